"""Leave as the month sees it: which days break a chain, what an office should know, who has not come back."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from attendance.policy import DayClass
from attendance.queries import own_days, recorded_of
from attendance.service import CountyNumbers, PostMonth, month_classes, months_of
from checkin.models import Checkin
from identity.offices import holders
from identity.permissions import Role
from identity.scope import Caller
from kernel import audit
from kernel.database import db, transaction
from kernel.periods import DaySet, Month, day_of, months_between, one
from leave.models import Leave
from leave.notices import return_overdue
from leave.policy import PENDING, VOID, LeaveState, return_due
from leave.queries import LeaveCase, cases, rule_of, work_calendar
from messages.service import tell
from org.models import Area, Level, Posting
from org.queries import counties_of, next_first_day, settings_of
from org.settings import AreaSettings


def presence_for(caller: Caller) -> Callable[..., Callable[[date], bool]]:
    """Return what tells leaves which days break a chain (D3): a day in the village as the sheet shows it.

    Of today and later a working day is still expected in the village. Where the township keeps the register
    by hand, a working day nobody has entered yet says nothing against the person.
    """

    def presence(
        posting: Posting, village: Area, settings: AreaSettings, first_day: date, last_day: date
    ) -> Callable[[date], bool]:
        today, calendar = day_of(caller.now), work_calendar(settings)
        seen = {DayClass.IN_VILLAGE}
        if settings["attendance.mode"] == "township_register":
            seen.add(DayClass.UNEXPLAINED)
        days = _days_of(posting.person_id, seen, first_day, last_day, settings, today)
        return lambda day: _holds(days, day) or (day >= today and not calendar.is_rest(day))

    return presence


def _holds(days: dict[Month, DaySet], day: date) -> bool:
    return bool(days.get(Month.of(day), 0) & one(day))


def _days_of(
    person_id: UUID,
    kinds: Collection[DayClass],
    first_day: date,
    last_day: date,
    settings: AreaSettings,
    today: date,
) -> dict[Month, DaySet]:
    """Return on which days a person is in one of these classes for half a day at least, in whichever village."""
    rows = db.session.execute(
        select(Posting, Area, next_first_day())
        .join(Area, Area.id == Posting.village_id)
        .where(Posting.person_id == person_id, Posting.first_day <= last_day)
    ).all()
    first, last = Month.of(first_day), Month.of(last_day)
    recorded = recorded_of(
        counties_of(village for _, village, _ in rows),
        [posting.id for posting, _, _ in rows],
        first=first,
        last=last,
    )
    numbers = CountyNumbers(settings)
    days: dict[Month, DaySet] = defaultdict(int)
    for posting, _, next_day in rows:
        span = own_days(posting.first_day, posting.last_day, next_day)
        for month in months_between(first, last):
            classes = month_classes(posting.id, span, month, recorded.months[month], numbers, today)
            for kind in kinds:
                halves = classes.halves(kind)
                days[month] |= halves.morning | halves.afternoon
    return days


def months_of_applicants(found: Collection[LeaveCase], caller: Caller) -> dict[UUID, PostMonth]:
    """Return, by posting, the running month and the year's average of those who ask for leave."""
    month = Month.of(day_of(caller.now))
    posting_ids = {case.leave.posting_id for case in found}
    rows = months_of(caller=caller, month=month, posting_ids=posting_ids) if posting_ids else []
    return {post.posting_id: row for post, row in rows}


# -- who has not come back ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settled:
    """How many leaves a night has closed, and how many it found overdue."""

    returned: int
    overdue: int


def settle_returns(*, now: datetime) -> Settled:
    """Close leaves whose people are back, and mark those of whom nothing has been seen in time (D6).

    Whoever checked in after the last day is back and need not say so; nobody else is more than marked: what
    follows from it a person decides.
    """
    counties = db.session.scalars(select(Area).where(Area.level == Level.COUNTY)).all()
    settled = [_settle_in(county, now) for county in counties]
    return Settled(sum(each.returned for each in settled), sum(each.overdue for each in settled))


def _settle_in(county: Area, now: datetime) -> Settled:
    today = day_of(now)
    rule = rule_of(settings_of(county, day=today))
    with transaction():
        ended = _ended(county.id, today)
        back_on = _first_days_back([case.leave for case in ended])
        back = {case.leave.id: back_on[case.leave.id] for case in ended if case.leave.id in back_on}
        left_again = _left_again([case.leave for case in ended], today)
        late = [
            case
            for case in ended
            if case.leave.id not in back.keys() | left_again
            and case.leave.state == LeaveState.APPROVED
            and today
            > return_due(case.leave.last_day, grace_days=rule.return_grace_days, calendar=rule.calendar)
        ]
        _close(county.id, back)
        marked = _mark(county.id, [case.leave.id for case in late])
        if settled := [*back, *marked]:
            audit.record_several("leave.settle", [(county.id, leave_id) for leave_id in settled], now=now)
        _tell_late([case for case in late if case.leave.id in marked], now)
    return Settled(len(back), len(marked))


def _ended(county_id: UUID, today: date) -> list[LeaveCase]:
    """Return the leaves of a county whose last day is over and whose people are not back, nor ask for more days.

    From a leave that outlasts the post nobody comes back to it. What somebody is dealing with at this moment is left for the next night.
    """
    extension = aliased(Leave)
    asks_for_more = exists().where(
        extension.county_id == Leave.county_id,
        extension.extends_id == Leave.id,
        extension.state.in_(PENDING),
    )
    statement = cases().where(
        Leave.county_id == county_id,
        Leave.state.in_((LeaveState.APPROVED, LeaveState.OVERDUE_RETURN)),
        Leave.last_day < today,
        or_(Posting.last_day.is_(None), Posting.last_day > Leave.last_day),
        Leave.returned_on.is_(None),
        ~asks_for_more,
    )
    held = statement.with_for_update(key_share=True, skip_locked=True, of=Leave)
    rows = db.session.execute(held.execution_options(populate_existing=True))
    return [LeaveCase(*row) for row in rows]


def _left_again(leaves: Collection[Leave], today: date) -> set[UUID]:
    """Return those of the leaves whose people have begun another since: away on that one they are not late."""
    later = aliased(Leave)
    begun_since = exists().where(
        later.county_id == Leave.county_id,
        later.person_id == Leave.person_id,
        later.state.not_in(VOID),
        later.first_day <= today,
        tuple_(later.first_day, later.begins_at_noon) > tuple_(Leave.first_day, Leave.begins_at_noon),
    )
    return set(
        db.session.scalars(
            select(Leave.id).where(
                Leave.county_id.in_({leave.county_id for leave in leaves}),
                Leave.id.in_([leave.id for leave in leaves]),
                begun_since,
            )
        )
    )


def _first_days_back(leaves: Collection[Leave]) -> dict[UUID, date]:
    """Return the first day each person is seen in the village after the leave's last whole day."""
    rows = db.session.execute(
        select(Leave.id, func.min(Checkin.day))
        .join(
            Checkin,
            and_(
                Checkin.county_id == Leave.county_id,
                Checkin.person_id == Leave.person_id,
                Checkin.counted,
                Checkin.day > Leave.last_day,
            ),
        )
        .where(
            Leave.county_id.in_({leave.county_id for leave in leaves}),
            Leave.id.in_([leave.id for leave in leaves]),
        )
        .group_by(Leave.id)
    )
    return {leave_id: day for leave_id, day in rows}


def _close(county_id: UUID, back: dict[UUID, date]) -> None:
    if not back:
        return
    table = Leave.__table__
    db.session.connection().execute(
        update(table)  # type: ignore[arg-type]
        .where(
            table.c.county_id == county_id,
            table.c.id == bindparam("leave_id"),
            or_(*(table.c.state == state for state in (LeaveState.APPROVED, LeaveState.OVERDUE_RETURN))),
            table.c.returned_on.is_(None),
        )
        .values(state=LeaveState.RETURNED, returned_on=bindparam("back_on"), returned_at_noon=False),
        [{"leave_id": leave_id, "back_on": day} for leave_id, day in sorted(back.items())],
    )


def _mark(county_id: UUID, leave_ids: Collection[UUID]) -> set[UUID]:
    if not leave_ids:
        return set()
    return set(
        db.session.scalars(
            update(Leave)
            .where(
                Leave.county_id == county_id,
                Leave.id.in_(leave_ids),
                Leave.state == LeaveState.APPROVED,
                Leave.returned_on.is_(None),
            )
            .values(state=LeaveState.OVERDUE_RETURN)
            .returning(Leave.id)
            .execution_options(synchronize_session=False)
        )
    )


def _tell_late(late: Collection[LeaveCase], now: datetime) -> None:
    if not late:
        return
    townships = {case.village.township_id for case in late}
    clerks = holders([Role.TOWNSHIP_CLERK], townships, day=day_of(now))
    notices = []
    for case in late:
        people = [
            case.leave.person_id,
            *(clerks[case.village.township_id] if case.village.township_id else ()),
        ]
        notices += return_overdue(case.leave, people, applicant=case.person.name)
    tell(notices, now=now)
