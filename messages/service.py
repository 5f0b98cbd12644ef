"""Telling people something: a row in the inbox at once, through WeChat once it is certain."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.scope import Caller
from kernel import audit
from kernel.database import Base, db, transaction
from kernel.jobs import enqueue
from messages.models import Message, MessageKind, WechatState
from messages.queries import is_own

SEND_MESSAGES = "messages.send"
"""Name of the job that hands messages to WeChat."""
MESSAGES_A_JOB = 200
"""So many at most may come twice when a worker is killed before it has noted what it sent."""
KEPT_DAYS = 180

_TABLE = Base.metadata.tables[Message.__tablename__]
_INSERT = insert_or_skip(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


@dataclass(frozen=True, slots=True)
class Notice:
    """One person told one thing on one occasion.

    ``county_id`` is the county of the subject. About one subject nobody is told twice of the same kind and
    occasion. Title and text are short, begin with what matters, and name no reason and no illness: WeChat
    shows the first 20 characters of each on a locked phone.
    """

    person_id: UUID
    kind: MessageKind
    county_id: UUID
    subject_id: UUID
    title: str
    text: str
    occasion: str

    @property
    def dedupe(self) -> str:
        return f"{self.kind}:{self.subject_id}:{self.person_id}:{self.occasion}"


def tell(notices: Iterable[Notice], *, now: datetime) -> int:
    """Tell people, each once, in the running transaction; return how many are told now.

    One statement for each county, and a job for each 200 messages.
    """
    by_county: dict[UUID, dict[str, Notice]] = defaultdict(dict)
    for notice in notices:
        by_county[notice.county_id][notice.dedupe] = notice
    return sum(_tell_in(county_id, by_dedupe, now) for county_id, by_dedupe in sorted(by_county.items()))


def _tell_in(county_id: UUID, by_dedupe: dict[str, Notice], now: datetime) -> int:
    rows = [
        {
            "county_id": county_id,
            "id": uuid4(),
            "person_id": notice.person_id,
            "kind": notice.kind,
            "subject_id": notice.subject_id,
            "title": notice.title,
            "text": notice.text,
            "sent_at": now,
            "wechat_state": WechatState.WAITING,
            "dedupe": dedupe,
        }
        for dedupe, notice in sorted(by_dedupe.items())  # in one order: two who tell the same cannot deadlock
    ]
    with transaction():
        told = [str(message_id) for message_id in db.session.execute(_INSERT, rows).scalars()]
        for first in range(0, len(told), MESSAGES_A_JOB):
            ids = told[first : first + MESSAGES_A_JOB]
            enqueue(SEND_MESSAGES, county_id=str(county_id), ids=ids)
    return len(told)


def mark_read(*, caller: Caller, ids: Collection[UUID]) -> None:
    """Note that the caller has read these messages; those of others are left alone."""
    with transaction():
        counties = db.session.scalars(
            update(Message)
            .where(is_own(caller), Message.id.in_(ids), Message.read_at.is_(None))
            .values(read_at=caller.now)
            .returning(Message.county_id)
            .execution_options(synchronize_session=False)
        )
        for county_id, count in Counter(counties).items():
            audit.record(
                "message.read",
                now=caller.now,
                county_id=county_id,
                actor_id=caller.person_id,
                messages=count,
            )


def forget_old_messages(*, now: datetime) -> int:
    """Remove messages told longer ago than they are kept; returns how many."""
    with transaction():
        db.session.execute(sql("SET LOCAL statement_timeout = '10min'"))  # nobody waits for it
        removed = db.session.execute(
            delete(Message)
            .where(Message.sent_at < now - timedelta(days=KEPT_DAYS))
            .execution_options(synchronize_session=False)
        )
    return removed.rowcount  # type: ignore[attr-defined, no-any-return]
