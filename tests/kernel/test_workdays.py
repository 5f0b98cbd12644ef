import csv
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import Month, count, days_of, full, one
from kernel.workdays import is_announced, rest_days

NOTICES = Path(__file__).parents[2].parent / "shared" / "data" / "holidays"
needs_notices = pytest.mark.skipif(
    not NOTICES.is_dir(), reason="the folder ../shared with the notices is absent"
)

months = st.builds(Month, st.integers(2021, 2035), st.integers(1, 12))
days = st.dates(date(2021, 1, 1), date(2030, 12, 31))


def is_rest_day(day: date) -> bool:
    return bool(rest_days(Month.of(day)) & one(day))


def is_weekend(day: date) -> bool:
    return day.isoweekday() in {6, 7}


@needs_notices
@pytest.mark.parametrize("year", range(2021, 2027))
def test_every_day_agrees_with_the_notice(year: int) -> None:
    notice = json.loads((NOTICES / f"{year}.json").read_text(encoding="utf-8"))
    named = {date.fromisoformat(entry["date"]): entry["isOffDay"] for entry in notice["days"]}
    for number in range(1, 13):
        month = Month(year, number)
        expected = [day for day in month.days() if named.get(day, is_weekend(day))]
        assert days_of(month, rest_days(month)) == expected


@needs_notices
def test_every_month_has_the_known_number_of_workdays() -> None:
    with (NOTICES / "derived_workdays_per_month.csv").open(encoding="utf-8") as file:
        rows = [{name: int(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert len(rows) == 72
    for row in rows:
        month = Month(row["year"], row["month"])
        assert count(full(month) & ~rest_days(month)) == row["workdays"], month


@needs_notices
def test_a_year_is_announced_when_its_notice_is_out() -> None:
    for file in NOTICES.glob("20[0-9][0-9].json"):
        notice = json.loads(file.read_text(encoding="utf-8"))
        if notice["papers"]:
            assert is_announced(notice["year"])


@pytest.mark.parametrize(
    ("day", "rests"),
    [
        (date(2026, 1, 1), True),  # New Year's Day, a Thursday
        (date(2026, 1, 4), False),  # a Sunday worked for it
        (date(2026, 2, 14), False),  # a Saturday worked for Spring Festival
        (date(2026, 2, 16), True),  # Spring Festival, a Monday
        (date(2026, 2, 28), False),  # a Saturday worked for Spring Festival
        (date(2026, 10, 1), True),  # National Day
        (date(2026, 10, 10), False),  # a Saturday worked for it
        (date(2026, 11, 21), True),  # a plain Saturday
        (date(2026, 11, 23), False),  # a plain Monday
        (date(2024, 2, 9), False),  # New Year's Eve, off only by encouragement that year
        (date(2024, 2, 16), True),  # Spring Festival, a Friday off by notice alone
        (date(2025, 1, 28), True),  # New Year's Eve, a public holiday since 2025
        (date(2023, 6, 25), False),  # a Sunday worked for Dragon Boat Festival
        (date(2020, 1, 31), True),  # Spring Festival, lengthened in the epidemic
    ],
)
def test_known_days_rest_or_work(day: date, rests: bool) -> None:
    assert is_rest_day(day) == rests


@pytest.mark.parametrize(
    ("year", "announced"),
    [(2000, False), *((year, True) for year in range(2001, 2027)), (2050, False), (2100, False)],
)
def test_years_with_a_notice_are_announced(year: int, announced: bool) -> None:
    assert is_announced(year) == announced


@pytest.mark.parametrize("year", [2027, 2028, 2035, 2100])
def test_unannounced_year_is_monday_to_friday_and_guesses_nothing(year: int) -> None:
    if is_announced(year):
        pytest.skip(f"the holidays library now knows the notice of {year}")
    for number in range(1, 13):
        month = Month(year, number)
        assert days_of(month, rest_days(month)) == [day for day in month.days() if is_weekend(day)]


def test_office_wins_over_the_calendar() -> None:
    month = Month(2026, 11)
    local_festival, worked_saturday, elsewhere = date(2026, 11, 23), date(2026, 11, 21), date(2026, 12, 23)
    rest = rest_days(
        month,
        extra_rest_days=frozenset({local_festival, elsewhere}),
        extra_workdays=frozenset({worked_saturday}),
    )
    assert rest == rest_days(month) ^ one(local_festival) ^ one(worked_saturday)


def test_day_named_as_rest_and_as_work_is_worked() -> None:
    both = frozenset({date(2026, 10, 1)})
    assert not rest_days(Month(2026, 10), extra_rest_days=both, extra_workdays=both) & one(date(2026, 10, 1))


@given(months)
def test_rest_days_lie_in_their_month(month: Month) -> None:
    assert 0 < rest_days(month) < full(month)
