"""Rest days and working days of China: public holidays, make-up workdays, and years not announced yet.

The days come from the `holidays` library, which follows the yearly notice of the State Council and,
where there is none yet, silently guesses. A guess never leaves this file: such a year is Monday to Friday.
"""

from collections.abc import Set
from datetime import date, timedelta
from functools import lru_cache

import holidays

from kernel.periods import DaySet, Month, full, one

NO_DAYS: frozenset[date] = frozenset()
SATURDAY = 5
ONE_DAY = timedelta(days=1)


def is_announced(year: int) -> bool:
    """Tell whether the holiday notice of the year is known; if not, show 节假日未公布.

    Every notice since 2001 moves at least one weekend to work, so a year without any has none yet.
    """
    return any(day.year == year for day in _library_year(year).weekend_workdays)


def rest_days(
    month: Month, *, extra_rest_days: Set[date] = NO_DAYS, extra_workdays: Set[date] = NO_DAYS
) -> DaySet:
    """Give the days of the month on which nobody has to work.

    Those are weekends that are not make-up workdays, and announced public holidays. The office's own
    days win over both; a day named as rest and as work is a working day.
    """
    national = _national_rest_days(month)
    if not extra_rest_days and not extra_workdays:
        return national
    return (national | _in_month(month, extra_rest_days)) & ~_in_month(month, extra_workdays)


def is_rest_day(day: date) -> bool:
    """Tell whether nobody has to work on a day, before any office's own days."""
    return bool(rest_days(Month.of(day)) & one(day))


def is_holiday(day: date) -> bool:
    """Tell whether a day lies in a public holiday as the notice draws it: with the weekends joined to it."""
    return any(_is_named_holiday(other) for other in _rest_around(day))


def _rest_around(day: date) -> list[date]:
    """Return the unbroken run of rest days a day lies in; empty for a working day."""
    run = [day] if is_rest_day(day) else []
    for step in (ONE_DAY, -ONE_DAY):
        other = day + step
        while run and is_rest_day(other):
            run.append(other)
            other += step
    return run


def _is_named_holiday(day: date) -> bool:
    return is_announced(day.year) and day in _library_year(day.year)


@lru_cache(maxsize=512)
def _national_rest_days(month: Month) -> DaySet:
    works = _library_year(month.year).is_working_day if is_announced(month.year) else _is_monday_to_friday
    return full(month) & ~sum(one(day) for day in month.days() if works(day))


@lru_cache(maxsize=128)
def _library_year(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year, expand=False)


def _is_monday_to_friday(day: date) -> bool:
    return day.weekday() < SATURDAY


def _in_month(month: Month, days: Set[date]) -> DaySet:
    return sum(one(day) for day in days if day.year == month.year and day.month == month.number)
