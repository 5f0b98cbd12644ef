"""The recurring duties of Articles 14, 15, 26 and 28: which there are, whose, and what of them is done.

Pure: no I/O, no clock. How often or how much each asks for is a county's own number (`Duty.minimum_key`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from kernel.periods import MONTHS_PER_YEAR, DaySpan, Month
from org.policy import term_ends_on


class Subject(StrEnum):
    """Whose duty it is: a county's, a dispatching unit's, a village's team, one person's in a posting."""

    COUNTY = "county"
    UNIT = "unit"
    TEAM = "team"
    PERSON = "person"


class Every(StrEnum):
    """How often a duty comes round."""

    MONTH = "month"
    HALF_YEAR = "half_year"
    YEAR = "year"
    POSTING = "posting"


class DutyCode(StrEnum):
    COUNTY_MEETING = "county_meeting"
    COUNTY_DISPATCH = "county_dispatch"
    UNIT_HEAD_REPORT = "unit_head_report"
    UNIT_HEAD_VISIT = "unit_head_visit"
    UNIT_DEPUTY_VISIT = "unit_deputy_visit"
    TEAM_FUND = "team_fund"
    COUNTY_TRAINING = "county_training"


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the table of duties. ``per_village``: a unit owes it to each village where its people serve."""

    code: DutyCode
    subject: Subject
    every: Every
    article: int
    name: str
    per_village: bool = False
    is_amount: bool = False

    @property
    def minimum_key(self) -> str:
        """The setting that says how often, or how many fen, each period."""
        return f"duty.{self.code}"


DUTIES = (
    Duty(DutyCode.COUNTY_MEETING, Subject.COUNTY, Every.HALF_YEAR, 14, "召开第一书记和队长会议"),
    Duty(DutyCode.COUNTY_DISPATCH, Subject.COUNTY, Every.MONTH, 14, "调度在岗及工作情况"),
    Duty(DutyCode.UNIT_HEAD_REPORT, Subject.UNIT, Every.HALF_YEAR, 15, "主要领导听取汇报"),
    Duty(DutyCode.UNIT_HEAD_VISIT, Subject.UNIT, Every.YEAR, 15, "主要领导到村调研", per_village=True),
    Duty(DutyCode.UNIT_DEPUTY_VISIT, Subject.UNIT, Every.HALF_YEAR, 15, "分管领导到村指导", per_village=True),
    Duty(DutyCode.TEAM_FUND, Subject.TEAM, Every.YEAR, 26, "拨付驻村工作经费", is_amount=True),
    Duty(DutyCode.COUNTY_TRAINING, Subject.PERSON, Every.POSTING, 28, "参加县级以上培训"),
)
DUTY = {duty.code: duty for duty in DUTIES}


class Standing(StrEnum):
    """How one period stands: done, still to be done, over without it, or too short a part to ask for anything."""

    DONE = "done"
    DUE = "due"
    MISSING = "missing"
    NOT_OWED = "not_owed"


class EventFact(NamedTuple):
    """That a duty was seen to on a day; with how much, if it is one of amounts."""

    day: date
    amount_fen: int | None = None


class DutyNumbers(NamedTuple):
    """What a county asks for on a day: how often or how much, of how short a part of a period nothing, and how
    long a term is."""

    minimum: int
    least_days: int
    term_years: int


@dataclass(frozen=True, slots=True)
class DutyPeriod:
    """One period of one duty. ``owed`` and ``done`` are times, or fen where the duty is one of amounts.

    ``until`` is the last day for it: earlier than the period's own where the subject has the duty no longer, and
    the end of the term for a posting that runs. ``events`` are the places, among the events given, of those that count here.
    """

    label: str
    span: DaySpan
    until: date
    owed: int
    done: int
    standing: Standing
    events: tuple[int, ...]

    @property
    def missing(self) -> int:
        return max(0, self.owed - self.done)


def draw_up(
    duty: Duty,
    *,
    held: Sequence[DaySpan],
    events: Sequence[EventFact],
    day: date,
    numbers_on: Callable[[date], DutyNumbers],
) -> list[DutyPeriod]:
    """Return the periods of a duty that have begun in the year by a day, and how each stands on that day.

    ``held`` are the days on which the subject has the duty: for ever for a county, while people of a unit
    serve for the unit, the posting itself for training. An event counts in the period of its day, never
    before it has happened. Of a period held in part only, times are asked for in full and amounts by the days
    held, rounded down; of a part, or a whole posting, shorter than the least days nothing is.
    """
    periods = []
    for label, span in _periods(duty.every, held, day):
        last_day = _last_held_day(held, span)
        numbers = numbers_on(min(last_day or day, day))
        until = last_day or term_ends_on(span.first_day, years=numbers.term_years)
        owed = _owed(duty, span, held, numbers)
        counted = tuple(
            place for place, event in enumerate(events) if span.contains(event.day) and event.day <= day
        )
        done = sum(events[place].amount_fen or 0 for place in counted) if duty.is_amount else len(counted)
        standing = _standing(owed, done, is_over=last_day is not None and last_day < day)
        periods.append(DutyPeriod(label, span, until, owed, done, standing, counted))
    return periods


def _periods(every: Every, held: Sequence[DaySpan], day: date) -> list[tuple[str, DaySpan]]:
    if every is Every.POSTING:
        of_year = DaySpan(date(day.year, 1, 1), day)
        return [("", span) for span in held if span.overlap(of_year)]
    begun = [(label, span) for label, span in periods_of_year(every, day.year) if span.first_day <= day]
    return [
        (label, span)
        for label, span in begun
        if any((part := span.overlap(own)) and part.first_day <= day for own in held)
    ]


def periods_of_year(every: Every, year: int) -> list[tuple[str, DaySpan]]:
    """Return the periods of a calendar year by their names: 2026-11, 2026H2, 2026."""
    months = [Month(year, number + 1) for number in range(MONTHS_PER_YEAR)]
    match every:
        case Every.MONTH:
            return [(str(month), DaySpan(month.first_day, month.last_day)) for month in months]
        case Every.HALF_YEAR:
            return [
                (f"{year}H1", DaySpan(months[0].first_day, months[5].last_day)),
                (f"{year}H2", DaySpan(months[6].first_day, months[11].last_day)),
            ]
        case _:
            return [(str(year), DaySpan(months[0].first_day, months[11].last_day))]


def _last_held_day(held: Iterable[DaySpan], period: DaySpan) -> date | None:
    parts = [part for span in held if (part := span.overlap(period))]
    if any(part.last_day is None for part in parts):
        return None
    return max(part.last_day for part in parts if part.last_day)


def _owed(duty: Duty, period: DaySpan, held: Iterable[DaySpan], numbers: DutyNumbers) -> int:
    whole = period.days_count
    if whole is None:
        return numbers.minimum
    days = days_within(held, period)
    if days < numbers.least_days and (days < whole or duty.every is Every.POSTING):
        return 0
    return numbers.minimum * days // whole if duty.is_amount else numbers.minimum


def days_within(spans: Iterable[DaySpan], period: DaySpan) -> int:
    """Count the days of a closed period that lie in one of the spans at least; none counts twice."""
    parts = sorted((part.first_day, part.last_day) for span in spans if (part := span.overlap(period)))
    days, begin = 0, period.first_day
    for first_day, last_day in parts:
        if last_day is not None and last_day >= begin:
            days += (last_day - max(first_day, begin)).days + 1
            begin = last_day + timedelta(days=1)
    return days


def _standing(owed: int, done: int, *, is_over: bool) -> Standing:
    if owed == 0:
        return Standing.NOT_OWED
    if done >= owed:
        return Standing.DONE
    return Standing.MISSING if is_over else Standing.DUE


def tally(periods: Iterable[DutyPeriod]) -> Mapping[Standing, int]:
    """Count how many periods stand how."""
    return Counter(period.standing for period in periods)
