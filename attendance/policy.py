"""What each day of a posting counts as, and what month and year add up to (Articles 16, 17, 27). Pure.

A month is classed with whole sets of days at once (the bits of `kernel.periods`), not day by day, and the
months of several people side by side as one: a country has 560,000 people-months to class. Mornings and
afternoons are two such months, and one when they are equal.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from kernel.periods import (
    MONTHS_PER_YEAR,
    DaySet,
    Month,
    Quarter,
    apart,
    before,
    count,
    days_of,
    for_each,
    full,
    months_between,
    one,
    pick,
    side_by_side,
)


class DayClass(StrEnum):
    """What one half of one day counts as."""

    IN_VILLAGE = "in_village"
    TRIP = "trip"
    MEETING = "meeting"
    TRAINING = "training"
    PERSONAL = "personal"
    SICK = "sick"
    ANNUAL = "annual"
    OTHER = "other"
    REST = "rest"
    PENDING = "pending"
    UNEXPLAINED = "unexplained"
    UNEXCUSED = "unexcused"
    OPEN = "open"


ENTERABLE = frozenset(DayClass) - {DayClass.OPEN, DayClass.PENDING, DayClass.UNEXPLAINED}
"""What a township may enter; only a person may say unexcused (脱), and nobody enters that a day is unknown."""

SYMBOLS: Mapping[DayClass, str] = {
    DayClass.IN_VILLAGE: "√",
    DayClass.TRIP: "差",
    DayClass.MEETING: "会",
    DayClass.TRAINING: "训",
    DayClass.PERSONAL: "事",
    DayClass.SICK: "病",
    DayClass.ANNUAL: "年",
    DayClass.OTHER: "他",
    DayClass.REST: "休",
    DayClass.PENDING: "待",
    DayClass.UNEXPLAINED: "缺",
    DayClass.UNEXCUSED: "脱",
    DayClass.OPEN: "",
}


class Halves(NamedTuple):
    """The mornings and the afternoons of some days of one month."""

    morning: DaySet = 0
    afternoon: DaySet = 0


NO_HALVES = Halves()
NO_CLAIMS: Mapping[DayClass, Halves] = MappingProxyType({})
_MORNING, _AFTERNOON = range(2)


class MonthFacts(NamedTuple):
    """Everything known about one posting in one month, or about those of several people side by side.

    `posted` are the days inside the posting, `present` those with a valid sign-in, `entries` what the
    township registered (at most one class for each half-day, none after `today`), `approved` and
    `pending` leave. `rest`, the days off, and `today` are everybody's.
    """

    month: Month
    posted: DaySet
    present: DaySet
    rest: DaySet
    today: date
    entries: Mapping[DayClass, Halves] = NO_CLAIMS
    approved: Mapping[DayClass, Halves] = NO_CLAIMS
    pending: Halves = NO_HALVES
    people: int = 1


class MonthClasses(NamedTuple):
    """The classes of a month: each half of each posted day is in exactly one, other days in none.

    Only classes that occur are held. With no half-days both maps are one and the same. The months of several
    people stand side by side.
    """

    month: Month
    posted: DaySet
    mornings: Mapping[DayClass, DaySet]
    afternoons: Mapping[DayClass, DaySet]
    people: int = 1

    def halves(self, kind: DayClass) -> Halves:
        """Give the mornings and afternoons of one class."""
        return Halves(self.mornings.get(kind, 0), self.afternoons.get(kind, 0))


def classify(facts: MonthFacts) -> MonthClasses:
    """Give each half of each posted day its one class: the first claim on it wins (Articles 16, 17)."""
    mornings = _classes_of_half(facts, _MORNING)
    afternoons = _classes_of_half(facts, _AFTERNOON) if _has_half_days(facts) else mornings
    return MonthClasses(facts.month, facts.posted, mornings, afternoons, facts.people)


def _classes_of_half(facts: MonthFacts, half: int) -> dict[DayClass, DaySet]:
    classes: dict[DayClass, DaySet] = {}
    unclassed = facts.posted
    for kind, claimed in _claims(facts, half):
        if won := claimed & unclassed:
            classes[kind] = classes.get(kind, 0) | won
            unclassed ^= won
    return classes


def _claims(facts: MonthFacts, half: int) -> Iterator[tuple[DayClass, DaySet]]:
    """Name the claims on the days in the order in which they win."""
    for kind, halves in facts.entries.items():
        yield kind, halves[half]
    yield DayClass.IN_VILLAGE, facts.present
    for kind, halves in facts.approved.items():
        yield kind, halves[half]
    yield DayClass.PENDING, facts.pending[half]
    yield DayClass.REST, for_each(facts.rest, facts.people)
    yield DayClass.OPEN, for_each(full(facts.month) & ~before(facts.month, facts.today), facts.people)
    yield DayClass.UNEXPLAINED, facts.posted


def _has_half_days(facts: MonthFacts) -> bool:
    return any(
        morning != afternoon
        for morning, afternoon in (facts.pending, *facts.entries.values(), *facts.approved.values())
    )


def together(month: Month, months: Sequence[MonthClasses]) -> MonthClasses:
    """Put one and the same month of some people, one each, side by side."""
    mornings = _together([each.mornings for each in months])
    has_halves = any(each.afternoons is not each.mornings for each in months)
    return MonthClasses(
        month,
        side_by_side([each.posted for each in months]),
        mornings,
        _together([each.afternoons for each in months]) if has_halves else mornings,
        len(months),
    )


def _together(halves: Sequence[Mapping[DayClass, DaySet]]) -> dict[DayClass, DaySet]:
    kinds = dict.fromkeys(kind for half in halves for kind in half)
    return {kind: side_by_side([half.get(kind, 0) for half in halves]) for kind in kinds}


def one_of(classes: MonthClasses, number: int) -> MonthClasses:
    """Give back the month of one of the people whose months stand side by side, the first being 0."""
    mornings = _of_one(classes.mornings, number)
    afternoons = mornings if classes.afternoons is classes.mornings else _of_one(classes.afternoons, number)
    return MonthClasses(classes.month, pick(classes.posted, number), mornings, afternoons)


def _of_one(half: Mapping[DayClass, DaySet], number: int) -> dict[DayClass, DaySet]:
    return {kind: days for kind, bits in half.items() if (days := pick(bits, number))}


def assessed_halves(classes: MonthClasses, counts: Set[DayClass]) -> int:
    """Count the half-days that count towards the 20 days (考核天数, Article 16)."""
    morning, afternoon = _counted(classes, counts)
    return count(morning) + count(afternoon)


def assessed_halves_of_each(classes: MonthClasses, counts: Set[DayClass]) -> list[int]:
    """Count the half-days of each of several people that count towards the 20 days (考核天数, Article 16)."""
    mornings, afternoons = (apart(half, classes.people) for half in _counted(classes, counts))
    return [
        count(morning) + count(afternoon) for morning, afternoon in zip(mornings, afternoons, strict=True)
    ]


def assessed_days(classes: MonthClasses, counts: Set[DayClass]) -> float:
    """Count the days that count towards the 20 days (考核天数, Article 16), to the exact half-day."""
    return assessed_halves(classes, counts) / 2


def paid_on(classes: MonthClasses, counts: Set[DayClass]) -> DaySet:
    """Give the days that earn the living allowance (补助天数, Article 27(2)); only whole days do."""
    morning, afternoon = _counted(classes, counts)
    return morning & afternoon


def paid_days(classes: MonthClasses, counts: Set[DayClass]) -> int:
    """Count the days that earn the living allowance (补助天数, Article 27(2))."""
    return count(paid_on(classes, counts))


def paid_days_of_each(classes: MonthClasses, counts: Set[DayClass]) -> list[int]:
    """Count the days of each of several people that earn the living allowance (补助天数, Article 27(2))."""
    return [count(days) for days in apart(paid_on(classes, counts), classes.people)]


def _counted(classes: MonthClasses, counts: Set[DayClass]) -> Halves:
    """Give the half-days in one of `counts`; one half in the village makes the whole date count."""
    morning = _union(classes.mornings, counts)
    if classes.afternoons is classes.mornings:
        return Halves(morning, morning)
    afternoon = _union(classes.afternoons, counts)
    in_village = classes.halves(DayClass.IN_VILLAGE) if DayClass.IN_VILLAGE in counts else NO_HALVES
    village = in_village.morning | in_village.afternoon
    return Halves(morning | village, afternoon | village)


def _union(half: Mapping[DayClass, DaySet], counts: Set[DayClass]) -> DaySet:
    days = 0
    for kind, bits in half.items():
        if kind in counts:
            days |= bits
    return days


def day_class(classes: MonthClasses, day: date) -> tuple[DayClass | None, DayClass | None]:
    """Name the classes of the morning and the afternoon of one day, None outside the posting."""
    if Month.of(day) != classes.month:
        return None, None
    return _class_on(classes.mornings, one(day)), _class_on(classes.afternoons, one(day))


def _class_on(half: Mapping[DayClass, DaySet], bit: DaySet) -> DayClass | None:
    return next((kind for kind, bits in half.items() if bits & bit), None)


def by_day(classes: MonthClasses) -> list[tuple[date, DayClass, DayClass]]:
    """List the posted days in order, each with the class of its morning and of its afternoon."""
    mornings = _by_day(classes.month, classes.mornings)
    afternoons = (
        mornings if classes.afternoons is classes.mornings else _by_day(classes.month, classes.afternoons)
    )
    return [(day, mornings[day], afternoons[day]) for day in days_of(classes.month, classes.posted)]


def _by_day(month: Month, half: Mapping[DayClass, DaySet]) -> dict[date, DayClass]:
    return {day: kind for kind, bits in half.items() for day in days_of(month, bits)}


def required_days(month: Month, *, posted_days: float, required_per_month: int) -> int:
    """Say how many days a month of the posting asks for: in part, rounded down (Article 16).

    `posted_days` may hold a half, where leave is taken out of it (Article 27(4)).
    """
    return math.floor(required_per_month * posted_days / month.days_count)


def month_met(*, assessed_days: float, required_days: int) -> bool:
    """Tell whether the month alone reaches its days; a hint, for only the average decides (Article 16)."""
    return assessed_days >= required_days


class Window(StrEnum):
    """The months over which the average is taken."""

    YEAR_TO_DATE = "year_to_date"
    MONTH = "month"
    QUARTER = "quarter"
    ROLLING12 = "rolling12"


def window_months(month: Month, window: Window) -> list[Month]:
    """List the months of the window, the last one being `month`."""
    first = {
        Window.YEAR_TO_DATE: Month(month.year, 1),
        Window.MONTH: month,
        Window.QUARTER: Quarter.of(month.first_day).months[0],
        Window.ROLLING12: month.plus(1 - MONTHS_PER_YEAR),
    }[window]
    return months_between(first, month)


MONTH_SHARES = math.lcm(28, 29, 30, 31)
"""A month in shares of which every day, of however long a month, is a whole number."""


@dataclass(frozen=True, slots=True)
class Average:
    """Assessed days a month over some months of a posting, held exactly as half-days over shares."""

    assessed_halves: int
    posted_half_shares: int

    @property
    def days(self) -> float:
        """Days a month to one decimal, rounded down: 19.96 never shows as 20."""
        return self.assessed_halves * MONTH_SHARES * 10 // self.posted_half_shares / 10

    def is_compliant(self, required_per_month: int) -> bool:
        """Tell whether the exact average reaches the required days a month (Article 16)."""
        return _reaches(self.assessed_halves, self.posted_half_shares, required_per_month)


Weight = tuple[int, int]
"""What months add to an average: assessed half-days and posted half-days as shares of their months."""


def weigh(month: Month, posted_days: float, assessed_halves: int) -> Weight:
    """Return what a month adds to an average: a part month weighs its posted days, whole or half, by its length."""
    return assessed_halves, int(posted_days * 2) * (MONTH_SHARES // month.days_count)


def weigh_each(weights: Iterable[Weight], month: Month, own: Iterable[tuple[int, int]]) -> list[Weight]:
    """Add a month's posted days and assessed half-days of each of several people to what their months weigh."""
    more = (weigh(month, days, halves) for days, halves in own)
    return [(a + c, b + d) for (a, b), (c, d) in zip(weights, more, strict=True)]


def average(months: Iterable[tuple[Month, float, float]]) -> Average | None:
    """Average (month, posted days, assessed days) over the given complete months (平均每月, Article 16).

    Days are whole or half. None without a posted day.
    """
    weights = [weigh(month, posted_days, int(assessed * 2)) for month, posted_days, assessed in months]
    return average_of((sum(halves for halves, _ in weights), sum(shares for _, shares in weights)))


def average_of(weight: Weight) -> Average | None:
    """Return the average of months that weigh so much, None without a posted day."""
    halves, shares = weight
    return Average(halves, shares) if shares else None


def averages_met(weights: Iterable[Weight], required_per_month: int) -> list[bool | None]:
    """Tell of each of several people whether the average of their months is compliant, None without a posted day."""
    return [_reaches(halves, shares, required_per_month) if shares else None for halves, shares in weights]


def _reaches(assessed_halves: int, posted_half_shares: int, required_per_month: int) -> bool:
    return assessed_halves * MONTH_SHARES >= required_per_month * posted_half_shares


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many half-days the running month still has to bring, and how many it still can (Article 16)."""

    missing_halves: int
    remaining_halves: int

    @property
    def missing_days(self) -> float:
        return self.missing_halves / 2

    @property
    def remaining_days(self) -> float:
        return self.remaining_halves / 2

    @property
    def is_reachable(self) -> bool:
        """Tell whether the days that are left are enough."""
        return self.missing_halves <= self.remaining_halves


def forecast(
    so_far: Average | None,
    classes: MonthClasses,
    counts: Set[DayClass],
    *,
    today: date,
    entered: DaySet,
    required_per_month: int,
) -> Forecast:
    """Say what the running month needs for the average at its end to reach the required days (Article 16).

    `so_far` averages the window's months that are over. A trip approved for a day to come counts already. A
    day left is one from today on that presence would still make count, weekends too; on the days in
    `entered` the township has settled both halves and it would not.
    """
    shares = 2 * count(classes.posted) * (MONTH_SHARES // classes.month.days_count)
    halves = assessed_halves(classes, counts)
    if so_far is not None:
        shares += so_far.posted_half_shares
        halves += so_far.assessed_halves
    needed_halves = -(-required_per_month * shares // MONTH_SHARES)
    return Forecast(max(0, needed_halves - halves), _remaining_halves(classes, counts, today, entered))


def _remaining_halves(classes: MonthClasses, counts: Set[DayClass], today: date, entered: DaySet) -> int:
    left = classes.posted & ~before(classes.month, today) & ~entered
    return sum(count(left & ~counted) for counted in _counted(classes, counts))
