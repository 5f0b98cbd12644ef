"""Article 18 as a table: who has to agree, and on which days the change falls."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roster.policy import (
    MOVES,
    OVER,
    Change,
    Office,
    RotationState,
    change_days,
    offices,
    state_on,
    step,
)

DAYS = st.dates(date(2021, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("is_city", "line"),
    [
        (False, ["township", "county_group"]),
        (True, ["township", "county_group", "city_org", "city_rural"]),
    ],
)
def test_people_of_city_units_need_the_two_city_offices_too(is_city, line):
    assert list(offices(is_city_dispatched=is_city)) == line


@pytest.mark.parametrize(
    ("is_city", "office", "state", "next_office"),
    [
        (False, "township", "township_ok", "county_group"),
        (False, "county_group", "county_ok", None),
        (True, "township", "township_ok", "county_group"),
        (True, "county_group", "county_ok", "city_org"),
        (True, "city_org", "county_ok", "city_rural"),
        (True, "city_rural", "city_ok", None),
    ],
)
def test_each_yes_hands_the_request_to_the_next_office(is_city, office, state, next_office):
    taken = step(Office(office), agrees=True, is_city_dispatched=is_city)
    assert (taken.state, taken.waits_for) == (state, next_office)
    assert taken.is_approval == (next_office is None)


@pytest.mark.parametrize("office", Office)
def test_one_no_ends_it_wherever_it_is_said(office):
    taken = step(office, agrees=False, is_city_dispatched=True)
    assert (taken.state, taken.waits_for, taken.is_approval) == (RotationState.REJECTED, None, False)


@given(st.booleans(), st.lists(st.booleans(), max_size=6))
def test_however_they_decide_each_step_is_one_that_is_allowed(is_city, answers):
    state, waits_for = RotationState.APPLIED, Office.TOWNSHIP
    for agrees in answers:
        if waits_for is None:
            break
        taken = step(waits_for, agrees=agrees, is_city_dispatched=is_city)
        assert taken.state in MOVES[state]
        state, waits_for = taken.state, taken.waits_for
    assert waits_for is not None or state in OVER | {
        RotationState.CITY_OK if is_city else RotationState.COUNTY_OK
    }


@pytest.mark.parametrize(
    ("asked", "days", "approved", "last_day", "first_day"),
    [
        ("2026-06-30", 7, "2026-06-01", "2026-06-30", "2026-06-24"),
        ("2026-06-30", 7, "2026-06-24", "2026-06-30", "2026-06-24"),
        ("2026-06-30", 7, "2026-06-25", "2026-07-01", "2026-06-25"),
        ("2026-06-30", 7, "2026-08-01", "2026-08-07", "2026-08-01"),
        ("2026-06-30", 1, "2026-06-01", "2026-06-30", "2026-06-30"),
    ],
)
def test_both_are_there_for_the_days_of_hand_over_and_nobody_comes_before_the_approval(
    asked, days, approved, last_day, first_day
):
    change = change_days(
        date.fromisoformat(asked), handover_days=days, approved_on=date.fromisoformat(approved)
    )
    assert change == Change(date.fromisoformat(last_day), date.fromisoformat(first_day))


@given(DAYS, st.integers(1, 60), DAYS)
def test_a_later_approval_moves_both_days_and_never_shortens_the_hand_over(asked, days, approved):
    change = change_days(asked, handover_days=days, approved_on=approved)
    assert change.last_day - change.successor_first_day == timedelta(days=days - 1)
    assert change.successor_first_day >= approved and change.last_day >= asked
    assert change.last_day == asked or change.successor_first_day == approved


def test_an_approved_change_is_carried_out_once_its_last_day_is_over_without_any_job():
    last_day = date(2026, 6, 30)
    ok = RotationState.COUNTY_OK
    assert state_on(ok, last_day=last_day, day=last_day) is ok
    assert state_on(ok, last_day=last_day, day=date(2026, 7, 1)) is RotationState.EFFECTIVE
    assert state_on(RotationState.REJECTED, last_day=None, day=date(2027, 1, 1)) is RotationState.REJECTED
