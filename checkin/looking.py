"""Looking at somebody's attempts: who sees a point, and that another's was looked at is put on record (security J9)."""

from collections.abc import Sequence
from uuid import UUID

from checkin.models import Checkin
from identity.permissions import Permission
from identity.scope import Caller
from kernel import audit
from kernel.database import transaction


def sees_points(caller: Caller, person_id: UUID) -> bool:
    """Tell whether the caller sees where a person stood: the person, and the township clerk."""
    return person_id == caller.person_id or caller.may(Permission.SEE_POINTS)


def note_look(caller: Caller, person_id: UUID, shown: Sequence[Checkin]) -> None:
    """Put on record that the caller was shown another's points, once for each page that holds any."""
    located = [checkin for checkin in shown if checkin.longitude_deg is not None]
    if not located or person_id == caller.person_id or not sees_points(caller, person_id):
        return
    with transaction():
        audit.record(
            "checkin.read",
            now=caller.now,
            county_id=located[0].county_id,
            actor_id=caller.person_id,
            subject_id=person_id,
            points=len(located),
        )
