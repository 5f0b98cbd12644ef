"""Leaves of posts that are over: nobody waits for them, decides on them or comes back from them any more."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, literal_column, or_, select, update

from kernel import audit
from kernel.database import db, transaction
from kernel.periods import day_of
from leave.models import Leave, StandIn
from leave.policy import PENDING, LeaveState
from org.models import Posting


def close_leaves_of_ended_posts(*, now: datetime) -> int:
    """Close what is open of leaves whose posting is over, and return how many; a second run finds none.

    What would have begun later was not taken, or is taken back; what ran on ends with the post, and so does the
    posting of a stand-in. What began before and is not decided yet is still decided: those days count.
    """
    today = day_of(now)
    with transaction():
        closed = [
            *_close(_begins_later(PENDING), today, state=LeaveState.WITHDRAWN, **_WAITS_NO_MORE),
            *_close(_begins_later({LeaveState.APPROVED}), today, state=LeaveState.NOT_TAKEN),
            *_close(
                _runs_on(),
                today,
                state=LeaveState.RETURNED,
                last_day=Posting.last_day,
                ends_at_noon=and_(Leave.ends_at_noon, Leave.last_day == Posting.last_day),
                returned_on=Posting.last_day + literal_column("1"),
                returned_at_noon=False,
            ),
        ]
        _release_stand_ins(today)
        if closed:
            audit.record_several("leave.close_with_post", closed, now=now)
        return len(closed)


_WAITS_NO_MORE: dict[str, Any] = {"waits_for": None, "waits_in": None, "waits_since": None}


def _begins_later(states: Any) -> Any:
    return and_(Leave.state.in_(sorted(states)), Leave.first_day > Posting.last_day)


def _runs_on() -> Any:
    return and_(
        Leave.state.in_((LeaveState.APPROVED, LeaveState.OVERDUE_RETURN)),
        Leave.returned_on.is_(None),
        Leave.first_day <= Posting.last_day,
        Leave.last_day >= Posting.last_day,
    )


def _close(which: Any, today: date, **values: Any) -> list[Any]:
    return [
        (county_id, leave_id)
        for county_id, leave_id in db.session.execute(
            update(Leave)
            .where(Leave.posting_id == Posting.id, Posting.last_day < today, which)
            .values(**values)
            .returning(Leave.county_id, Leave.id)
            .execution_options(synchronize_session=False)
        )
    ]


def _release_stand_ins(today: date) -> None:
    """Let the temporary posting of a stand-in end with the post it stood in for."""
    post = Posting.__table__.alias("post")
    ended = (
        select(StandIn.posting_id, post.c.last_day)
        .join(Leave, and_(Leave.county_id == StandIn.county_id, Leave.id == StandIn.leave_id))
        .join(post, post.c.id == Leave.posting_id)
        .where(StandIn.posting_id.is_not(None), post.c.last_day < today)
        .subquery()
    )
    db.session.execute(
        update(Posting)
        .where(
            Posting.id == ended.c.posting_id,
            or_(
                Posting.last_day.is_(None),
                Posting.last_day > func.greatest(Posting.first_day, ended.c.last_day),
            ),
        )
        .values(last_day=func.greatest(Posting.first_day, ended.c.last_day))
        .execution_options(synchronize_session=False)
    )
