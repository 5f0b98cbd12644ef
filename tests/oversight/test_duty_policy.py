"""Articles 14, 15, 26, 28: what is due, done and missing, case by case, and what holds for every case."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import DaySpan
from org.settings import SETTINGS
from oversight.duty_policy import (
    DUTIES,
    DUTY,
    DutyCode,
    DutyNumbers,
    DutyPeriod,
    EventFact,
    Every,
    Standing,
    Subject,
    days_within,
    draw_up,
    periods_of_year,
    tally,
)

YUAN = 100
EVER = DaySpan(date(2000, 1, 1))
DONE, DUE, MISSING, NOT_OWED = Standing.DONE, Standing.DUE, Standing.MISSING, Standing.NOT_OWED


def drawn(
    code: DutyCode,
    *events: EventFact | date,
    day: date,
    held: Sequence[DaySpan] = (EVER,),
    minimum: int | None = None,
    least_days: int = 30,
) -> list[DutyPeriod]:
    asked = SETTINGS[DUTY[code].minimum_key].built_in if minimum is None else minimum
    facts = [event if isinstance(event, EventFact) else EventFact(event) for event in events]
    return draw_up(
        DUTY[code],
        held=held,
        events=facts,
        day=day,
        numbers_on=lambda _: DutyNumbers(asked, least_days, term_years=2),
    )


def standings(periods: Sequence[DutyPeriod]) -> list[Standing]:
    return [period.standing for period in periods]


def test_the_table_of_duties_is_that_of_the_articles():
    assert [(duty.code, duty.subject, duty.every, duty.article) for duty in DUTIES] == [
        ("county_meeting", Subject.COUNTY, Every.HALF_YEAR, 14),
        ("county_dispatch", Subject.COUNTY, Every.MONTH, 14),
        ("unit_head_report", Subject.UNIT, Every.HALF_YEAR, 15),
        ("unit_head_visit", Subject.UNIT, Every.YEAR, 15),
        ("unit_deputy_visit", Subject.UNIT, Every.HALF_YEAR, 15),
        ("team_fund", Subject.TEAM, Every.YEAR, 26),
        ("county_training", Subject.PERSON, Every.POSTING, 28),
    ]


def test_the_policy_asks_for_each_once_and_for_ten_thousand_yuan():
    asked = {duty.code: SETTINGS[duty.minimum_key].built_in for duty in DUTIES}
    assert asked.pop(DutyCode.TEAM_FUND) == 10_000 * YUAN
    assert set(asked.values()) == {1}


def test_a_county_dispatches_every_month_and_the_running_one_is_still_to_come():
    periods = drawn(DutyCode.COUNTY_DISPATCH, date(2026, 1, 31), date(2026, 3, 1), day=date(2026, 4, 2))
    assert standings(periods) == [DONE, MISSING, DONE, DUE]
    assert [period.label for period in periods] == ["2026-01", "2026-02", "2026-03", "2026-04"]


@pytest.mark.parametrize(
    ("event", "day", "expected"),
    [
        (None, date(2026, 6, 30), [DUE]),
        (None, date(2026, 7, 1), [MISSING, DUE]),
        (date(2026, 1, 1), date(2026, 7, 1), [DONE, DUE]),
        (date(2026, 6, 30), date(2026, 7, 1), [DONE, DUE]),
        (date(2026, 7, 1), date(2026, 7, 1), [MISSING, DONE]),
        (date(2025, 12, 31), date(2026, 7, 1), [MISSING, DUE]),
        (date(2026, 7, 2), date(2026, 7, 1), [MISSING, DUE]),
    ],
)
def test_a_half_year_ends_with_june_and_with_december(event, day, expected):
    events = [event] if event else []
    assert standings(drawn(DutyCode.COUNTY_MEETING, *events, day=day)) == expected


@pytest.mark.parametrize(
    ("begins", "standing"),
    [
        (date(2026, 6, 1), DUE),  # 30 days of the half-year
        (date(2026, 6, 2), NOT_OWED),  # 29
    ],
)
def test_of_a_short_first_part_nothing_is_asked(begins, standing):
    (period,) = drawn(DutyCode.UNIT_DEPUTY_VISIT, held=[DaySpan(begins)], day=date(2026, 6, 20))
    assert period.standing is standing


def test_a_unit_that_has_left_owes_the_part_it_served_until_its_last_day():
    served = [DaySpan(date(2025, 1, 1), date(2026, 2, 28))]
    visit = {"code": DutyCode.UNIT_DEPUTY_VISIT, "held": served}
    (during,) = drawn(**visit, day=date(2026, 2, 28))
    (after,) = drawn(**visit, day=date(2026, 3, 1))
    assert (during.standing, during.until) == (DUE, date(2026, 2, 28))
    assert after.standing is MISSING
    assert drawn(**visit, day=date(2026, 8, 1)) == [after]  # nothing of the second half


def test_two_people_of_a_unit_side_by_side_are_not_counted_twice():
    spans = [DaySpan(date(2026, 1, 1), date(2026, 1, 20)), DaySpan(date(2026, 1, 11), date(2026, 1, 29))]
    assert days_within(spans, DaySpan(date(2026, 1, 1), date(2026, 6, 30))) == 29
    (period,) = drawn(DutyCode.UNIT_DEPUTY_VISIT, held=spans, day=date(2026, 1, 15))
    assert period.standing is NOT_OWED


@pytest.mark.parametrize(
    ("paid_fen", "standing", "missing_fen"),
    [
        ([], DUE, 1_000_000),
        ([999_999], DUE, 1),
        ([1_000_000], DONE, 0),
        ([600_000, 400_000], DONE, 0),
        ([5_000_000], DONE, 0),
    ],
)
def test_a_team_gets_ten_thousand_yuan_a_year_in_one_sum_or_several(paid_fen, standing, missing_fen):
    paid = [EventFact(date(2026, 3, 1), amount) for amount in paid_fen]
    (period,) = drawn(DutyCode.TEAM_FUND, *paid, day=date(2026, 12, 31))
    assert (period.standing, period.missing, period.done) == (standing, missing_fen, sum(paid_fen))


def test_a_team_of_half_a_year_gets_its_share_rounded_down():
    (period,) = drawn(DutyCode.TEAM_FUND, held=[DaySpan(date(2026, 7, 1))], day=date(2026, 12, 31))
    assert period.owed == 1_000_000 * 184 // 365 == 504_109


POSTING = DaySpan(date(2025, 5, 6), date(2027, 5, 5))


@pytest.mark.parametrize(
    ("trained_on", "day", "standing"),
    [
        (None, date(2026, 11, 28), DUE),
        (None, date(2027, 5, 5), DUE),
        (None, date(2027, 5, 6), MISSING),
        (date(2025, 5, 6), date(2026, 11, 28), DONE),
        (date(2025, 5, 5), date(2026, 11, 28), DUE),  # the day before it began
        (date(2027, 5, 6), date(2027, 5, 6), MISSING),  # the day after it ended
        (date(2025, 12, 31), date(2026, 11, 28), DONE),  # in an earlier year of the same posting
    ],
)
def test_training_counts_within_the_posting_only(trained_on, day, standing):
    trained = [trained_on] if trained_on else []
    (period,) = drawn(DutyCode.COUNTY_TRAINING, *trained, held=[POSTING], day=day)
    assert (period.standing, period.span) == (standing, POSTING)


def test_of_a_posting_that_runs_training_is_due_by_the_end_of_the_term_and_not_missing_after_it():
    running = [DaySpan(date(2024, 5, 6))]
    for day in (date(2026, 5, 5), date(2026, 5, 6)):
        (period,) = drawn(DutyCode.COUNTY_TRAINING, held=running, day=day)
        assert (period.until, period.standing) == (date(2026, 5, 5), DUE)


def test_whoever_stands_in_for_three_weeks_need_not_be_trained():
    short = DaySpan(date(2026, 3, 1), date(2026, 3, 21))
    assert standings(drawn(DutyCode.COUNTY_TRAINING, held=[short], day=date(2026, 3, 10))) == [NOT_OWED]


def test_a_county_may_ask_for_more_or_for_nothing():
    visited = date(2026, 2, 1)
    (twice,) = drawn(DutyCode.UNIT_HEAD_VISIT, visited, day=date(2026, 3, 1), minimum=2)
    (never,) = drawn(DutyCode.UNIT_HEAD_VISIT, visited, day=date(2026, 3, 1), minimum=0)
    assert (twice.standing, twice.missing) == (DUE, 1)
    assert (never.standing, never.missing) == (NOT_OWED, 0)


# -- for every case -------------------------------------------------------------------------------

days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
spans = st.lists(
    st.tuples(days, st.none() | st.integers(0, 500)).map(
        lambda pair: DaySpan(pair[0], None if pair[1] is None else pair[0] + timedelta(days=pair[1]))
    ),
    min_size=1,
    max_size=4,
)


@given(year=st.integers(2000, 2100), every=st.sampled_from([Every.MONTH, Every.HALF_YEAR, Every.YEAR]))
def test_the_periods_of_a_year_are_its_days_each_once(year, every):
    periods = [span for _, span in periods_of_year(every, year)]
    assert periods[0].first_day == date(year, 1, 1) and periods[-1].last_day == date(year, 12, 31)
    for before, after in pairwise(periods):
        assert after.first_day - before.last_day == timedelta(days=1)


@given(held=spans, first_day=days, length=st.integers(0, 400))
def test_days_held_are_the_days_counted_one_by_one(held, first_day, length):
    period = DaySpan(first_day, first_day + timedelta(days=length))
    one_by_one = sum(
        any(span.contains(first_day + timedelta(days=step)) for span in held) for step in range(length + 1)
    )
    assert days_within(held, period) == one_by_one


@given(code=st.sampled_from(list(DutyCode)), held=spans, day=days, events=st.lists(days, max_size=8))
def test_one_more_event_never_makes_anything_worse(code, held, day, events):
    facts = [EventFact(each, 300_000) for each in events]
    order = [MISSING, DUE, DONE]
    before = drawn(code, *facts[:-1], held=held, day=day)
    after = drawn(code, *facts, held=held, day=day)
    assert [period.span for period in before] == [period.span for period in after]
    for one, other in zip(before, after, strict=True):
        assert other.owed == one.owed and other.missing <= one.missing
        if one.standing is not NOT_OWED:
            assert order.index(other.standing) >= order.index(one.standing)


@given(code=st.sampled_from(list(DutyCode)), held=spans, day=days, events=st.lists(days, max_size=8))
def test_an_event_counts_in_one_period_at_most_and_never_before_its_day(code, held, day, events):
    if DUTY[code].every is Every.POSTING:
        held = held[:1]
    periods = drawn(code, *(EventFact(each, 1) for each in events), held=held, day=day)
    counted = [place for period in periods for place in period.events]
    assert len(counted) == len(set(counted))
    assert all(events[place] <= day for place in counted)


@given(code=st.sampled_from(list(DutyCode)), held=spans, day=days, events=st.lists(days, max_size=8))
def test_nothing_is_missing_while_there_is_time_and_no_part_owes_more_than_the_whole(code, held, day, events):
    periods = drawn(code, *(EventFact(each, 1) for each in events), held=held, day=day)
    for period in periods:
        assert 0 <= period.owed <= SETTINGS[DUTY[code].minimum_key].built_in
        if period.standing is MISSING:
            assert period.until < day
    assert sum(tally(periods).values()) == len(periods)
