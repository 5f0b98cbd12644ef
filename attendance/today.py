"""What a person sees first: today, this month, this year."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, Uuid, bindparam, select

from attendance.policy import DayClass, day_class
from attendance.queries import LeaveFact, own_days, recorded_of
from attendance.service import CountyNumbers, PostMonth, averages_of, draw_up
from checkin.models import Checkin
from checkin.queries import PostingNow, read_surroundings
from identity.scope import Caller
from kernel.database import AnyRow, db
from kernel.periods import CHINA, DaySpan, Month, day_of, one
from leave.policy import LeaveState

NO_KEY = UUID(int=0)
RUNNING = frozenset({LeaveState.ORAL, LeaveState.APPROVED, LeaveState.OVERDUE_RETURN})
"""States of a leave from which one comes back."""


def describe_today(caller: Caller) -> dict[str, Any]:
    """Return where the caller's day, month and year stand; the same few statements however long the history."""
    today = day_of(caller.now)
    around = read_surroundings(caller=caller, client_key=NO_KEY, point=None)
    own = _posting_of_today(around.postings, caller)
    if own is None:
        return {
            "day": today,
            "state": "no_posting",
            "mode": None,
            "consented": around.has_consented,
            "village_id": None,
            "day_class": None,
            "month": None,
            "average": None,
            "forecast": None,
            "checkins": [],
            "leave": None,
        }
    posting, span = own
    month, leaves = _month(caller, posting, span)
    checkins = _checkins_of_today(caller, posting)
    morning, _ = day_class(month.classes, today)
    return {
        "day": today,
        "state": _state(month, today),
        "mode": posting.settings["attendance.mode"],
        "consented": around.has_consented,
        "village_id": posting.village_id,
        "day_class": morning,
        "month": {
            "month": str(month.classes.month),
            "in_village_days": month.in_village_days,
            "assessed_days": month.assessed_days,
            "paid_days": month.paid_days,
            "required_days": month.required_days,
        },
        "average": month.describe_average(),
        "forecast": month.describe_forecast(),
        "checkins": checkins,
        "leave": _leave(leaves, month, today),
    }


def _state(month: PostMonth, today: date) -> str:
    if DayClass.IN_VILLAGE in day_class(month.classes, today):
        return "counted"
    return "waiting" if month.waiting & one(today) else "not_yet"


def _leave(leaves: list[LeaveFact], month: PostMonth, today: date) -> dict[str, Any] | None:
    """Return the leave of today, or the last one whose person has not said to be back (D6)."""
    begun = [
        leave
        for leave in leaves
        if leave.state in RUNNING and leave.returned_on is None and leave.span.first_day <= today
    ]
    if not begun:
        return None
    leave = max(begun, key=lambda each: each.span.last_day)
    is_back = DayClass.IN_VILLAGE in day_class(month.classes, today)
    return {
        "id": leave.id,
        "kind": leave.day_class,
        "state": leave.state,
        "last_day": leave.span.last_day,
        "proposes_return": is_back,
    }


def _posting_of_today(postings: list[PostingNow], caller: Caller) -> tuple[PostingNow, DaySpan] | None:
    today = day_of(caller.now)
    next_first_day = None
    for posting in postings:
        span = own_days(posting.first_day, posting.last_day, next_first_day)
        if span.contains(today):
            return posting, span
        next_first_day = posting.first_day
    return None


def _month(caller: Caller, posting: PostingNow, span: DaySpan) -> tuple[PostMonth, list[LeaveFact]]:
    today = day_of(caller.now)
    numbers = CountyNumbers(posting.settings)
    month = Month.of(today)
    recorded = recorded_of(
        {posting.village_id: posting.county_id}, [posting.id], first=numbers.first_month(month), last=month
    )
    so_far = averages_of({posting.id: span}, recorded, month=month, numbers=numbers, today=today)[posting.id]
    own = draw_up(
        posting.id,
        span,
        so_far,
        month=month,
        recorded=recorded.months[month],
        numbers=numbers,
        today=today,
    )
    return own, recorded.leaves[posting.id]


_OF_TODAY = (
    select(
        Checkin.id,
        Checkin.outcome,
        Checkin.verdict,
        Checkin.counted,
        Checkin.late_upload,
        Checkin.received_at,
    )
    .where(
        Checkin.county_id == bindparam("county_id", type_=Uuid()),
        Checkin.person_id == bindparam("person_id", type_=Uuid()),
        Checkin.day == bindparam("day", type_=Date()),
        Checkin.received_at >= bindparam("midnight", type_=DateTime(timezone=True)),
    )
    .order_by(Checkin.received_at)
    .limit(20)
)


def _checkins_of_today(caller: Caller, posting: PostingNow) -> Sequence[AnyRow]:
    asked = {
        "county_id": posting.county_id,
        "person_id": caller.person_id,
        "day": day_of(caller.now),
        "midnight": datetime.combine(day_of(caller.now), time.min, CHINA),
    }
    return db.session.connection().execute(_OF_TODAY, asked).all()
