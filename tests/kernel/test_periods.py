from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import (
    DaySet,
    DaySpan,
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
    span_bits,
    through,
)

days = st.dates(date(2020, 12, 1), date(2036, 1, 31))
months = st.builds(Month, st.integers(2021, 2035), st.integers(1, 12))


@st.composite
def spans(draw: st.DrawFn) -> DaySpan:
    first_day = draw(days)
    last_day = draw(st.none() | st.integers(0, 400).map(lambda length: first_day + timedelta(length)))
    return DaySpan(first_day, last_day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-1",
        "2026-13",
        "2026-00",
        "1999-12",
        "2101-01",
        "2026-11\n",
        " 2026-11",
        "２０２６-11",
    ],
)
def test_bad_month_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Month.parse(text)


@pytest.mark.parametrize(
    "text", ["", "2026Q0", "2026Q5", "2026-Q1", "2026q1", "1999Q4", "2101Q1", "2026Q4\n"]
)
def test_bad_quarter_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Quarter.parse(text)


@pytest.mark.parametrize(
    ("text", "days_count"),
    [
        ("2000-02", 29),
        ("2024-02", 29),
        ("2026-02", 28),
        ("2100-02", 28),
        ("2026-04", 30),
        ("2026-11", 30),
        ("2026-12", 31),
    ],
)
def test_month_has_its_length(text: str, days_count: int) -> None:
    month = Month.parse(text)
    assert str(month) == text
    assert month.days_count == len(month.days()) == count(full(month)) == days_count
    assert (month.first_day.day, month.last_day.day) == (1, days_count)
    assert month.last_day + timedelta(1) == date(month.year + month.number // 12, month.number % 12 + 1, 1)


def test_month_steps_over_the_turn_of_the_year() -> None:
    assert Month(2026, 12).next == Month(2027, 1)
    assert Month(2027, 1).previous == Month(2026, 12)
    assert Month(2026, 3).plus(-15) == Month(2024, 12)
    assert months_between(Month(2026, 11), Month(2027, 2)) == [
        Month(2026, 11),
        Month(2026, 12),
        Month(2027, 1),
        Month(2027, 2),
    ]
    assert months_between(Month(2026, 11), Month(2026, 10)) == []


def test_no_month_lies_outside_the_years_kept() -> None:
    with pytest.raises(ValueError):
        Month(2100, 12).next  # noqa: B018
    with pytest.raises(ValueError):
        Month.of(date(1999, 12, 31))


@pytest.mark.parametrize("index", [-1, 28, 31])
def test_there_is_no_29th_of_february_2026(index: int) -> None:
    with pytest.raises(ValueError):
        Month(2026, 2).day_at(index)


@given(days)
def test_month_and_quarter_hold_their_day(day: date) -> None:
    month, quarter = Month.of(day), Quarter.of(day)
    assert month.first_day <= day <= month.last_day
    assert quarter.first_day <= day <= quarter.last_day
    assert month in quarter.months
    assert Month.parse(str(month)) == month
    assert Quarter.parse(str(quarter)) == quarter
    assert days_of(month, one(day)) == [day]


@given(months, months)
def test_months_sort_and_hash_by_time(one_month: Month, other: Month) -> None:
    assert (one_month < other) == (one_month.first_day < other.first_day)
    assert (one_month == other) == (one_month.first_day == other.first_day)
    assert len({one_month, other, Month(one_month.year, one_month.number)}) == len({one_month, other})


@pytest.mark.parametrize(
    ("text", "first_day", "last_day"),
    [
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_quarter_has_three_months(text: str, first_day: date, last_day: date) -> None:
    quarter = Quarter.parse(text)
    assert (quarter.first_day, quarter.last_day, len(quarter.months)) == (first_day, last_day, 3)


def test_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError):
        DaySpan(date(2026, 11, 2), date(2026, 11, 1))


def test_span_counts_both_ends() -> None:
    assert DaySpan(date(2024, 2, 28), date(2024, 3, 1)).days_count == 3
    assert DaySpan(date(2024, 2, 28), date(2024, 2, 28)).days_count == 1
    assert DaySpan(date(2024, 2, 28)).days_count is None


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2026, 11, 4), False),
        (date(2026, 11, 5), True),
        (date(2026, 11, 10), True),
        (date(2026, 11, 11), False),
    ],
)
def test_span_contains_both_ends(day: date, inside: bool) -> None:
    assert DaySpan(date(2026, 11, 5), date(2026, 11, 10)).contains(day) == inside
    assert DaySpan(date(2026, 11, 5)).contains(day) == (day >= date(2026, 11, 5))


@given(spans(), spans(), days)
def test_overlap_holds_the_days_of_both_spans(span: DaySpan, other: DaySpan, day: date) -> None:
    shared = span.overlap(other)
    assert shared == other.overlap(span)
    assert (shared is not None and shared.contains(day)) == (span.contains(day) and other.contains(day))


@pytest.mark.parametrize(
    ("span", "shared"),
    [
        (DaySpan(date(2026, 11, 10), date(2026, 11, 12)), DaySpan(date(2026, 11, 10), date(2026, 11, 10))),
        (DaySpan(date(2026, 11, 11)), None),
        (DaySpan(date(2026, 11, 1)), DaySpan(date(2026, 11, 5), date(2026, 11, 10))),
    ],
)
def test_overlap_of_touching_and_open_spans(span: DaySpan, shared: DaySpan | None) -> None:
    assert DaySpan(date(2026, 11, 5), date(2026, 11, 10)).overlap(span) == shared


@given(months, spans())
def test_span_bits_are_the_days_of_the_month_in_the_span(month: Month, span: DaySpan) -> None:
    assert days_of(month, span_bits(month, span)) == [day for day in month.days() if span.contains(day)]


@given(months, st.integers(-70, 70))
def test_before_and_through_cut_the_month_at_a_day(month: Month, offset: int) -> None:
    day = month.first_day + timedelta(offset)
    assert days_of(month, before(month, day)) == [each for each in month.days() if each < day]
    assert days_of(month, through(month, day)) == [each for each in month.days() if each <= day]


@given(months, st.data())
def test_bits_and_days_say_the_same(month: Month, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(month.days())))
    bits = sum(map(one, chosen))
    assert days_of(month, bits) == sorted(chosen)
    assert count(bits) == len(chosen)


@given(st.lists(st.integers(0, full(Month(2026, 10))), max_size=9))
def test_days_side_by_side_come_apart_again(sets: list[DaySet]) -> None:
    together = side_by_side(sets)
    assert list(apart(together, len(sets))) == sets
    assert [pick(together, number) for number in range(len(sets))] == sets
    assert count(together) == sum(map(count, sets))


@given(st.integers(0, full(Month(2026, 10))), st.integers(0, 9))
def test_the_same_days_for_each(bits: DaySet, people: int) -> None:
    assert list(apart(for_each(bits, people), people)) == [bits] * people
