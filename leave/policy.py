"""Article 17: how long a leave counts, which office decides it, when its papers are due. Pure.

All numbers arrive as values (Article 30); half days go to the stricter side (D2).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

ONE_DAY = timedelta(days=1)


class LeaveKind(StrEnum):
    """Trips, meetings and training need leave too; they count as assessed days (Article 16)."""

    TRIP = "trip"
    MEETING = "meeting"
    TRAINING = "training"
    PERSONAL = "personal"
    SICK = "sick"
    ANNUAL = "annual"
    OTHER = "other"


class DayCount(StrEnum):
    """D1: how the days of a leave are counted."""

    CALENDAR = "calendar"
    DUTY_SPAN = "duty_span"
    WORKDAY = "workday"


class Tier(StrEnum):
    """The office that decides, from the lowest to the highest."""

    TOWNSHIP = "township"
    COUNTY_OFFICE = "county_office"
    COUNTY_GROUP = "county_group"

    @property
    def rank(self) -> int:
        return list(Tier).index(self)


CLAUSES = {
    Tier.TOWNSHIP: "第十七条：请假3天（含）以内的由乡镇党委批准",
    Tier.COUNTY_OFFICE: "第十七条：请假4—7天（含）的由县驻村工作领导小组办公室批准",
    Tier.COUNTY_GROUP: "第十七条：请假8天（含）以上的由县驻村工作领导小组批准",
}


@dataclass(frozen=True, slots=True)
class LeaveSpan:
    """From a day to a day, both included; it may begin at noon and end at noon. ValueError if nothing is left."""

    first_day: date
    last_day: date
    begins_at_noon: bool = False
    ends_at_noon: bool = False

    def __post_init__(self) -> None:
        if self.last_day < self.first_day or self.halves_of(self.first_day) == 0:
            raise ValueError("a leave must last at least half a day")

    def halves_of(self, day: date) -> int:
        """Return how many half-days of this calendar day the leave takes: 0, 1 or 2."""
        if not self.first_day <= day <= self.last_day:
            return 0
        halves = 2
        if day == self.first_day and self.begins_at_noon:
            halves -= 1
        if day == self.last_day and self.ends_at_noon:
            halves -= 1
        return halves

    def days(self) -> list[date]:
        """Return the calendar days the leave touches."""
        return [self.first_day + n * ONE_DAY for n in range((self.last_day - self.first_day).days + 1)]


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days nobody works, and which of them are public holidays with the weekends they take in."""

    is_rest: Callable[[date], bool]
    is_holiday: Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class LeaveLimits:
    """A county's numbers, in counted days."""

    township_max_days: int
    county_office_max_days: int
    stand_in_min_days: int


def counted_days(span: LeaveSpan, *, mode: DayCount, calendar: WorkCalendar) -> Decimal:
    """Return how many days a leave counts for routing (D1).

    ``duty_span`` cuts off the rest days at either end and leaves public holidays out; weekends inside count.
    """
    days = span.days()
    match mode:
        case DayCount.WORKDAY:
            days = [day for day in days if not calendar.is_rest(day)]
        case DayCount.DUTY_SPAN:
            days = [day for day in _without_rest_at_the_ends(days, calendar) if not calendar.is_holiday(day)]
    return Decimal(sum(map(span.halves_of, days))) / 2


def _without_rest_at_the_ends(days: list[date], calendar: WorkCalendar) -> list[date]:
    duty = [place for place, day in enumerate(days) if not calendar.is_rest(day)]
    return days[duty[0] : duty[-1] + 1] if duty else []


def tier(days: Decimal, limits: LeaveLimits) -> Tier | None:
    """Return the office that decides a leave of so many counted days; None if no leave is needed at all."""
    if days == 0:
        return None
    if days <= limits.township_max_days:
        return Tier.TOWNSHIP
    return Tier.COUNTY_OFFICE if days <= limits.county_office_max_days else Tier.COUNTY_GROUP


def steps(deciding: Tier, *, asks_lower_opinion: bool) -> list[Tier]:
    """Return the offices a request passes, the deciding one last; the township is heard where it does not decide (D8)."""
    return [Tier.TOWNSHIP, deciding] if asks_lower_opinion and deciding is not Tier.TOWNSHIP else [deciding]


def needs_stand_in(days: Decimal, limits: LeaveLimits) -> bool:
    """Say whether the dispatching unit must send a stand-in or the post be adjusted (15 days and more)."""
    return days >= limits.stand_in_min_days


def chain(
    request: LeaveSpan, others: Iterable[LeaveSpan], *, is_in_village: Callable[[date], bool]
) -> tuple[LeaveSpan, list[LeaveSpan]]:
    """Return the whole absence a request belongs to, and the leaves it is chained to, by day (D3).

    Two leaves are one absence when no day in the village lies between, so 3+3+3 days do not escape the
    county, in whichever order they are asked for.
    """
    whole, chained = request, []
    ordered = sorted(others, key=lambda span: span.first_day)
    for leave in reversed([span for span in ordered if span.first_day <= request.first_day]):
        if _came_back_between(leave, whole, is_in_village):
            break
        whole = _hull(leave, whole)
        chained.append(leave)
    for leave in [span for span in ordered if span.first_day > request.first_day]:
        if _came_back_between(whole, leave, is_in_village):
            break
        whole = _hull(whole, leave)
        chained.append(leave)
    return whole, sorted(chained, key=lambda span: span.first_day)


def _came_back_between(leave: LeaveSpan, later: LeaveSpan, is_in_village: Callable[[date], bool]) -> bool:
    gap = (later.first_day - leave.last_day).days
    return any(is_in_village(leave.last_day + n * ONE_DAY) for n in range(1, gap))


def _hull(one: LeaveSpan, other: LeaveSpan) -> LeaveSpan:
    first = min(one, other, key=lambda span: (span.first_day, span.begins_at_noon))
    last = max(one, other, key=lambda span: (span.last_day, not span.ends_at_noon))
    return LeaveSpan(first.first_day, last.last_day, first.begins_at_noon, last.ends_at_noon)


def papers_due(*, consented_on: date, returned_on: date, workdays: int, calendar: WorkCalendar) -> date:
    """Return the last day for the papers of a leave agreed by phone: so many working days after the return (D5).

    Whoever is back already when the consent is given counts from the consent.
    """
    return workdays_after(max(consented_on, returned_on), workdays, calendar)


def workdays_after(day: date, workdays: int, calendar: WorkCalendar) -> date:
    """Return the day so many working days after another."""
    while workdays > 0:
        day += ONE_DAY
        workdays -= not calendar.is_rest(day)
    return day


class LeaveState(StrEnum):
    SUBMITTED = "submitted"
    ORAL = "oral"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    OVERDUE_RETURN = "overdue_return"
    EXTENDED = "extended"
    NOT_TAKEN = "not_taken"


MOVES: dict[LeaveState, frozenset[LeaveState]] = {
    LeaveState.ORAL: frozenset({LeaveState.SUBMITTED, LeaveState.WITHDRAWN}),
    LeaveState.SUBMITTED: frozenset(
        {LeaveState.APPROVED, LeaveState.REJECTED, LeaveState.WITHDRAWN, LeaveState.RETURNED}
    ),
    LeaveState.APPROVED: frozenset(
        {LeaveState.RETURNED, LeaveState.OVERDUE_RETURN, LeaveState.EXTENDED, LeaveState.NOT_TAKEN}
    ),
    LeaveState.OVERDUE_RETURN: frozenset({LeaveState.RETURNED, LeaveState.EXTENDED, LeaveState.NOT_TAKEN}),
    LeaveState.REJECTED: frozenset(),
    LeaveState.WITHDRAWN: frozenset(),
    LeaveState.RETURNED: frozenset(),
    LeaveState.EXTENDED: frozenset(),
    LeaveState.NOT_TAKEN: frozenset(),
}
"""Where a leave may go from each state (rules.md §5); a decided leave is changed only by a new request.

Submitted goes straight to returned where the person was back before the papers were agreed to.
"""

VOID = frozenset({LeaveState.REJECTED, LeaveState.WITHDRAWN, LeaveState.NOT_TAKEN})
"""States in which a leave takes no days."""
PENDING = frozenset({LeaveState.SUBMITTED, LeaveState.ORAL})
"""States in which nobody has decided yet."""


def came_before(state: LeaveState) -> frozenset[LeaveState]:
    """Return the states from which a leave may come into this one."""
    return frozenset(origin for origin, targets in MOVES.items() if state in targets)


OFFICIAL = frozenset({LeaveKind.TRIP, LeaveKind.MEETING, LeaveKind.TRAINING})
"""Kinds that count as assessed days, so that they are registered on a rest day too (Article 16)."""


@dataclass(frozen=True, slots=True)
class LeaveRule:
    """A county's numbers for leave (D1 to D8), as they stood when it was asked for."""

    day_count: DayCount
    limits: LeaveLimits
    calendar: WorkCalendar
    takes_half_days: bool
    chains: bool
    rest_days_need_leave: bool
    asks_lower_opinion: bool
    papers_workdays: int
    retro_max_days: int
    return_grace_days: int

    def snapshot(self) -> dict[str, Any]:
        """Return the numbers that routed a leave, for its record (F15)."""
        return {
            "day_count": self.day_count,
            "township_max_days": self.limits.township_max_days,
            "county_office_max_days": self.limits.county_office_max_days,
            "stand_in_min_days": self.limits.stand_in_min_days,
        }


@dataclass(frozen=True, slots=True)
class Routing:
    """Who decides a leave, under which clause, and why."""

    counted_days: Decimal
    natural_days: Decimal
    chain_days: Decimal
    whole: LeaveSpan
    chained: list[LeaveSpan]
    decides: Tier | None
    """None: no leave is needed."""
    steps: list[Tier]
    needs_stand_in: bool

    @property
    def clause(self) -> str | None:
        return CLAUSES[self.decides] if self.decides else None


def route(
    request: LeaveSpan,
    *,
    kind: LeaveKind,
    others: Iterable[LeaveSpan],
    rule: LeaveRule,
    is_in_village: Callable[[date], bool],
    extends: LeaveSpan | None = None,
    applicant_heads: Collection[Tier] = (),
) -> Routing:
    """Return the way of a request through the offices: by the counted days of the whole absence (§4.3).

    An extension (续假) is one absence with what it extends even where a county does not chain leaves.
    """
    if not rule.chains:
        others = [extends] if extends else []
    whole, chained = chain(request, others, is_in_village=is_in_village)
    days = counted_days(whole, mode=rule.day_count, calendar=rule.calendar)
    decides = tier(days, rule.limits)
    if kind not in OFFICIAL and not rule.rest_days_need_leave and _is_rest(request, rule.calendar):
        decides = None
    if decides:
        decides = deciding_tier(decides, applicant_heads=applicant_heads)
    return Routing(
        counted_days=counted_days(request, mode=rule.day_count, calendar=rule.calendar),
        natural_days=counted_days(request, mode=DayCount.CALENDAR, calendar=rule.calendar),
        chain_days=days,
        whole=whole,
        chained=chained,
        decides=decides,
        steps=steps(decides, asks_lower_opinion=rule.asks_lower_opinion and not applicant_heads)
        if decides
        else [],
        needs_stand_in=decides is not None and needs_stand_in(days, rule.limits),
    )


def _is_rest(span: LeaveSpan, calendar: WorkCalendar) -> bool:
    return all(calendar.is_rest(day) for day in span.days())


def deciding_tier(routed: Tier, *, applicant_heads: Collection[Tier]) -> Tier:
    """Return the office that decides for somebody who heads offices: nobody decides a superior's leave (§4.3)."""
    above = max((office.rank + 1 for office in applicant_heads), default=0)
    return list(Tier)[min(max(routed.rank, above), Tier.COUNTY_GROUP.rank)]


def is_superior(applicant_heads: Collection[Tier], office: Tier) -> bool:
    """Say whether whoever signs for an office would decide over their own head (B7).

    The leading group has none above it: there a colleague signs.
    """
    return any(
        head.rank > office.rank or (head is office and office is not Tier.COUNTY_GROUP)
        for head in applicant_heads
    )


def sees_reason(viewer: Tier, decides: Tier) -> bool:
    """Say whether an office is in the approval chain of a leave; the others are told the kind only."""
    return viewer.rank <= decides.rank


def begun(span: LeaveSpan, *, back_on: date, back_at_noon: bool) -> LeaveSpan | None:
    """Return what a return leaves of a leave: up to the half-day of coming back; None if nothing was taken."""
    if (back_on, back_at_noon) > (span.last_day, not span.ends_at_noon):
        return span
    if (back_on, back_at_noon) <= (span.first_day, span.begins_at_noon):
        return None
    last_day = back_on if back_at_noon else back_on - ONE_DAY
    return LeaveSpan(span.first_day, last_day, span.begins_at_noon, ends_at_noon=back_at_noon)


def after(span: LeaveSpan, *, last_day: date, ends_at_noon: bool) -> LeaveSpan:
    """Return the extension (续假) of a leave up to a later day; ValueError if it would not be longer."""
    first_day = span.last_day if span.ends_at_noon else span.last_day + ONE_DAY
    return LeaveSpan(first_day, last_day, begins_at_noon=span.ends_at_noon, ends_at_noon=ends_at_noon)


def return_due(last_day: date, *, grace_days: int, calendar: WorkCalendar) -> date:
    """Return the last day on which coming back is in time: the first working day, and the days of grace (D6)."""
    return workdays_after(last_day, 1 + grace_days, calendar)
