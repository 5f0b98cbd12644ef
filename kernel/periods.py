"""Months, quarters, spans of days, and the days of one month held as the bits of an int. Pure."""

import calendar
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
YEARS = range(2000, 2101)
MONTHS_PER_YEAR = 12
MONTHS_PER_QUARTER = 3

_MONTH_TEXT = re.compile(r"([0-9]{4})-([0-9]{2})")
_QUARTER_TEXT = re.compile(r"([0-9]{4})Q([1-4])")

DaySet = int
"""The days of one month as bits, bit 0 = day 1. Which month is said beside it, never inside it."""


def day_of(instant: datetime) -> date:
    """Give the calendar day of an instant in China (D23)."""
    return instant.astimezone(CHINA).date()


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month of the years 2000 to 2100; ValueError for any other."""

    year: int
    number: int
    days_count: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.year not in YEARS or not 1 <= self.number <= MONTHS_PER_YEAR:
            raise ValueError(f"no such month: {self.year}-{self.number}")
        object.__setattr__(self, "days_count", calendar.monthrange(self.year, self.number)[1])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a month written as "2026-11"; ValueError for any other text."""
        match = _MONTH_TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a month: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Name the month that holds `day`."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, self.days_count)

    @property
    def next(self) -> "Month":
        return self.plus(1)

    @property
    def previous(self) -> "Month":
        return self.plus(-1)

    def plus(self, months: int) -> "Month":
        """Step `months` months forward, or back if negative; ValueError outside the years 2000 to 2100."""
        years, index = divmod(self.number - 1 + months, MONTHS_PER_YEAR)
        return Month(self.year + years, index + 1)

    def days(self) -> tuple[date, ...]:
        """List the days of the month in order."""
        return _days(self)

    def day_at(self, index: int) -> date:
        """Name the day that bit `index` of a DaySet stands for; ValueError outside the month."""
        return date(self.year, self.number, index + 1)


@lru_cache(maxsize=512)
def _days(month: Month) -> tuple[date, ...]:
    return tuple(month.day_at(index) for index in range(month.days_count))


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a calendar year, 2000 to 2100; ValueError for any other."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if self.year not in YEARS or not 1 <= self.number <= MONTHS_PER_YEAR // MONTHS_PER_QUARTER:
            raise ValueError(f"no such quarter: {self.year}Q{self.number}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a quarter written as "2026Q4"; ValueError for any other text."""
        match = _QUARTER_TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a quarter: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Name the quarter that holds `day`."""
        return cls(day.year, (day.month - 1) // MONTHS_PER_QUARTER + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def months(self) -> tuple[Month, ...]:
        first = (self.number - 1) * MONTHS_PER_QUARTER + 1
        return tuple(Month(self.year, first + step) for step in range(MONTHS_PER_QUARTER))

    @property
    def first_day(self) -> date:
        return self.months[0].first_day

    @property
    def last_day(self) -> date:
        return self.months[-1].last_day


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Days from `first_day` to `last_day`, both included; without a last day it stays open.

    ValueError if it ends before it begins.
    """

    first_day: date
    last_day: date | None = None

    def __post_init__(self) -> None:
        if self.last_day is not None and self.last_day < self.first_day:
            raise ValueError(f"a span ends before it begins: {self.first_day} to {self.last_day}")

    @property
    def days_count(self) -> int | None:
        """Number of days, None while the span is open."""
        return None if self.last_day is None else (self.last_day - self.first_day).days + 1

    def contains(self, day: date) -> bool:
        """Tell whether `day` lies in the span."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def overlap(self, other: "DaySpan") -> "DaySpan | None":
        """Name the days that lie in both spans, None if there are none."""
        first_day = max(self.first_day, other.first_day)
        last_days = [day for day in (self.last_day, other.last_day) if day is not None]
        last_day = min(last_days, default=None)
        return None if last_day is not None and last_day < first_day else DaySpan(first_day, last_day)


def months_between(first: Month, last: Month) -> list[Month]:
    """List the months from `first` to `last`, both included; none if `last` comes earlier."""
    steps = (last.year - first.year) * MONTHS_PER_YEAR + last.number - first.number
    return [first.plus(step) for step in range(steps + 1)]


def full(month: Month) -> DaySet:
    """Give all days of the month."""
    return (1 << month.days_count) - 1


def one(day: date) -> DaySet:
    """Give the set that holds only `day`, in its own month."""
    return 1 << (day.day - 1)


def before(month: Month, day: date) -> DaySet:
    """Give the days of the month strictly before `day`: none or all of them if it lies outside."""
    return _leading(month, day, day.day - 1)


def through(month: Month, day: date) -> DaySet:
    """Give the days of the month up to and including `day`: none or all of them if it lies outside."""
    return _leading(month, day, day.day)


def _leading(month: Month, day: date, days_count: int) -> DaySet:
    months_ahead = (day.year - month.year) * MONTHS_PER_YEAR + day.month - month.number
    if months_ahead == 0:
        return (1 << days_count) - 1
    return full(month) if months_ahead > 0 else 0


def span_bits(month: Month, span: DaySpan) -> DaySet:
    """Give the days of the month that lie in the span."""
    until = full(month) if span.last_day is None else through(month, span.last_day)
    return until & ~before(month, span.first_day)


def days_of(month: Month, bits: DaySet) -> list[date]:
    """List the days of the set in order."""
    return [day for index, day in enumerate(_days(month)) if bits >> index & 1]


def count(bits: DaySet) -> int:
    """Count the days of the set."""
    return bits.bit_count()


# -- the days of several people -----------------------------------------------------------------

_SLOT_BYTES = 4


def side_by_side(sets: Sequence[DaySet]) -> DaySet:
    """Put the days of a month of several people into one set, each in 32 bits of its own.

    Joining, meeting and counting such sets does for everybody at once what it does for one.
    """
    return int.from_bytes(struct.pack(f"<{len(sets)}I", *sets), "little")


def apart(together: DaySet, people: int) -> tuple[DaySet, ...]:
    """Give back the days of each of the people whose days stand side by side."""
    return struct.unpack(f"<{people}I", together.to_bytes(people * _SLOT_BYTES, "little"))


def pick(together: DaySet, number: int) -> DaySet:
    """Give back the days of one of the people, the first being 0."""
    return together >> number * _SLOT_BYTES * 8 & (1 << _SLOT_BYTES * 8) - 1


def for_each(bits: DaySet, people: int) -> DaySet:
    """Give the same days to each of the people."""
    return bits if people == 1 else side_by_side([bits] * people)
