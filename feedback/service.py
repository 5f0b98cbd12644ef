"""Saying something about the system."""

from uuid import UUID, uuid4

from feedback.models import Feedback
from feedback.queries import county_of
from identity.scope import Caller
from kernel import audit
from kernel.database import transaction
from kernel.once import find_known, fingerprint, store_once


def say(*, caller: Caller, client_key: UUID, text: str) -> tuple[Feedback, bool]:
    """Keep what somebody says and return it, and whether it is new; the same key again answers with the first."""
    content_sha256 = fingerprint(caller.person_id, text)
    with transaction():
        county_id = county_of(caller)
        if first := find_known(Feedback, county_id, client_key, content_sha256):
            return first, False
        said, is_new = store_once(
            Feedback(
                county_id=county_id,
                id=uuid4(),
                person_id=caller.person_id,
                client_key=client_key,
                content_sha256=content_sha256,
                text=text,
                sent_at=caller.now,
            )
        )
        if is_new:
            audit.record(
                "feedback.say",
                now=caller.now,
                county_id=county_id,
                actor_id=caller.person_id,
                subject_id=said.id,
            )
    return said, is_new
