"""What a change of post brings with it: households, leaves, sessions (Article 18).

It stands here because it needs roster, visits and leave side by side, and recall, one floor up, ends posts too.
Everything hangs on the days of the postings, so it is right on its day without any job; the job tidies up.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from identity.scope import Caller
from identity.session import end_sessions_without_role
from kernel.database import db, transaction
from kernel.periods import day_of
from leave.ended_posts import close_leaves_of_ended_posts
from org.models import Area, Posting
from roster import rotations
from roster.models import Rotation, Verdict
from roster.policy import Ground
from roster.rotation_cases import Case
from visits.succession import hand_over_households

LOOKED_BACK = timedelta(days=7)
"""How long after a post's end the job still looks at it, should it not have run."""


def follow(
    *, caller: Caller, village: Area, person_id: UUID, successor_id: UUID | None, last_day: date
) -> None:
    """Let all that hangs on somebody's post follow its end; in the transaction that sets the day.

    Rights need nothing: whoever holds no post today is nobody to the gate.
    """
    with transaction():
        hand_over_households(
            caller=caller, village=village, person_id=person_id, successor_id=successor_id, day=last_day
        )
        if last_day < day_of(caller.now):
            close_leaves_of_ended_posts(now=caller.now)
            end_sessions_without_role([person_id], now=caller.now)


def decide(*, caller: Caller, rotation_id: UUID, decision: Verdict, opinion: str) -> Case:
    """Say the word of an office; with the last yes the households follow the post."""
    with transaction():
        rotation, case = rotations.decide(
            caller=caller, rotation_id=rotation_id, decision=decision, opinion=opinion
        )
        if rotation.last_day is not None:
            follow(
                caller=caller,
                village=case.village,
                person_id=rotation.person_id,
                successor_id=rotation.successor_id,
                last_day=rotation.last_day,
            )
        return case


def end_suddenly(
    *, caller: Caller, posting_id: UUID, client_key: UUID, ground: Ground, last_day: date, reason: str
) -> tuple[Case, bool]:
    """Note a death or an arrest, and let all that hangs on the post end with it."""
    with transaction():
        rotation, case, is_new = rotations.end_suddenly(
            caller=caller,
            posting_id=posting_id,
            client_key=client_key,
            ground=ground,
            last_day=last_day,
            reason=reason,
        )
        follow(
            caller=caller,
            village=case.village,
            person_id=rotation.person_id,
            successor_id=rotation.successor_id,
            last_day=last_day,
        )
        return case, is_new


def carry_out_changes(*, now: datetime) -> int:
    """Mark rotations carried out, close the leaves of ended posts, end sessions of nobody; return how many rotations."""
    today = day_of(now)
    with transaction():
        settled: list[Rotation] = rotations.settle(now=now)
        close_leaves_of_ended_posts(now=now)
        left = db.session.scalars(
            select(Posting.person_id).where(Posting.last_day < today, Posting.last_day >= today - LOOKED_BACK)
        ).all()
        end_sessions_without_role(left, now=now)
        return len(settled)
