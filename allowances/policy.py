"""What stamped sheets pay, and what a team's car is paid (Article 27). Pure: facts in, fen out."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from kernel.periods import Month
from org.settings import DatedValue


@dataclass(frozen=True, slots=True)
class DayRate:
    """What a day in the village is worth."""

    fen_per_day: int

    @property
    def fen_each(self) -> int:
        return self.fen_per_day


@dataclass(frozen=True, slots=True)
class TripRate:
    """What a round trip is worth: its kilometres by the rate, rounded half up to fen."""

    km_one_way: Decimal
    fen_per_km: int

    @property
    def fen_each(self) -> int:
        fen = 2 * self.km_one_way * self.fen_per_km
        return int(fen.quantize(Decimal(1), ROUND_HALF_UP))


Rate = TypeVar("Rate", DayRate, TripRate)


@dataclass(frozen=True, slots=True)
class PayLine(Generic[Rate]):
    """A number of days or round trips at one rate; of a difference more are 补发 and those below zero 扣回."""

    rate: Rate
    number: int

    @property
    def amount_fen(self) -> int:
        return self.rate.fen_each * self.number


def difference(*, paid: Iterable[PayLine[Rate]], now: Iterable[PayLine[Rate]]) -> list[PayLine[Rate]]:
    """Return the lines by which what is right now is made good after what was paid (补发、扣回, D21).

    What was paid is never edited: `paid` and the difference together amount to `now`.
    """
    numbers: Counter[Rate] = Counter()
    for line in paid:
        numbers[line.rate] -= line.number
    for line in now:
        numbers[line.rate] += line.number
    return [PayLine(rate, number) for rate, number in numbers.items() if number]


# -- living allowance (生活补助, Article 27(2)) ----------------------------------------------------


class Claim(NamedTuple):
    """The paid days (补助天数) that a stamped sheet gives to one posting of a person."""

    person_id: UUID
    posting_id: UUID
    posted_on: date
    """The first day of the posting."""
    days: frozenset[date]


def days_paid_once(claims: Iterable[Claim]) -> dict[UUID, frozenset[date]]:
    """Give each day of a person to one posting: where two villages' sheets name it, to the later one.

    The day of a transfer belongs to the new posting, as in the month itself.
    """
    taken: set[tuple[UUID, date]] = set()
    of_posting: dict[UUID, frozenset[date]] = {}
    for claim in sorted(claims, key=lambda claim: (claim.posted_on, claim.posting_id), reverse=True):
        own = frozenset(day for day in claim.days if (claim.person_id, day) not in taken)
        taken |= {(claim.person_id, day) for day in own}
        of_posting[claim.posting_id] = own
    return of_posting


def paying_areas(
    *, county_id: UUID | None, city_id: UUID | None, is_city_dispatched: bool
) -> tuple[UUID | None, ...]:
    """Name the areas whose rate a unit pays, the nearest first: the city's own, or the county's (Article 27(2))."""
    return (city_id,) if is_city_dispatched else (county_id, city_id)


def living_allowance(paid_days: Collection[date], rates: Sequence[DatedValue]) -> list[PayLine[DayRate]]:
    """Pay each day at the rate of that day, one line for each rate in the order of the days (Article 27(2)).

    `rates` are in fen and go by their first day; ValueError for a day before the first of them.
    """
    days = Counter(DayRate(value_on(day, rates)) for day in sorted(set(paid_days)))
    return [PayLine(rate, number) for rate, number in days.items()]


def value_on(day: date, values: Sequence[DatedValue]) -> int:
    """Return what is in force on a day; ValueError for a day before the first value."""
    begun = [value for first_day, value in values if first_day <= day]
    if not begun:
        raise ValueError(f"nothing is in force on {day}")
    return int(begun[-1])


# -- travel allowance (交通补贴, Article 27(1)) ----------------------------------------------------


class Way(StrEnum):
    """The two halves of a round trip: 往 and 返."""

    OUT = "out"
    BACK = "back"


class Drive(NamedTuple):
    """One way driven by a team's car on a day."""

    day: date
    way: Way


class RoundTrip(NamedTuple):
    """A 往 and its 返; it belongs to the month of the 返."""

    out_on: date
    back_on: date


def round_trips(drives: Iterable[Drive]) -> list[RoundTrip]:
    """Pair each 往 of a team with the 返 that follows (一往一返计1次, Article 27(1)).

    A team has one car: two who drive the same way on one day are one, and of several 往 in a row the last
    counts. A lone 往 waits for its 返, a 返 without 往 counts for nothing.
    """
    found: list[RoundTrip] = []
    out_on: date | None = None
    for day, of_day in groupby(sorted(set(drives)), key=lambda drive: drive.day):
        ways = {drive.way for drive in of_day}
        order = (Way.OUT, Way.BACK) if out_on is None else (Way.BACK, Way.OUT)
        for way in order:
            if way not in ways:
                continue
            if way is Way.OUT:
                out_on = day
            elif out_on is not None:
                found.append(RoundTrip(out_on, day))
                out_on = None
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTerms:
    """Under which terms a unit pays a team's car (Article 27(1)); `km_one_way` is the county's number."""

    km_one_way: Decimal
    fen_per_km: int
    max_round_trips: int
    is_city_dispatched: bool
    has_car_reform: bool
    is_self_driven: bool
    is_central_city: bool
    is_subsidised: bool
    """Receives a car subsidy already (已享受交通补贴)."""

    @property
    def may_claim(self) -> bool:
        """Tell whether round trips are paid at all."""
        is_paid_twice = self.is_central_city and self.is_subsidised
        return self.is_city_dispatched and self.has_car_reform and self.is_self_driven and not is_paid_twice


TermsOn = Callable[[UUID, date], TravelTerms | None]
"""The terms of a unit for a team on a day; None where the county has not set them."""


def travel_allowance(
    month: Month, drives: Mapping[Drive, UUID], terms_on: TermsOn
) -> dict[UUID, list[PayLine[TripRate]]]:
    """Pay a team's round trips of a month to the units whose people drove back (Article 27(1)).

    `drives` are all that the team ever drove up to the month's end, so that a lone 往 finds its 返, each with
    the driver's unit. A team is paid for one car: the units of a mixed team share the round trips of a month.
    """
    paid: dict[UUID, Counter[TripRate]] = {}
    count = 0
    for trip in _back_in(month, drives):
        unit_id = _paid_by(trip, drives)
        terms = terms_on(unit_id, trip.back_on)
        if terms and terms.may_claim and count < terms.max_round_trips:
            count += 1
            paid.setdefault(unit_id, Counter())[TripRate(terms.km_one_way, terms.fen_per_km)] += 1
    return {
        unit_id: [PayLine(rate, number) for rate, number in rates.items()] for unit_id, rates in paid.items()
    }


def trips_without_terms(
    month: Month, drives: Mapping[Drive, UUID], terms_on: TermsOn, unit_id: UUID
) -> list[RoundTrip]:
    """Return the month's round trips of a unit's people for which the county has not set the terms."""
    return [
        trip
        for trip in _back_in(month, drives)
        if _paid_by(trip, drives) == unit_id and terms_on(unit_id, trip.back_on) is None
    ]


def _back_in(month: Month, drives: Mapping[Drive, UUID]) -> list[RoundTrip]:
    return [trip for trip in round_trips(drives) if Month.of(trip.back_on) == month]


def _paid_by(trip: RoundTrip, drives: Mapping[Drive, UUID]) -> UUID:
    return drives[Drive(trip.back_on, Way.BACK)]
