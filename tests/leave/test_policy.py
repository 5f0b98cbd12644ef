"""Article 17 as tables: length, office, chains, papers."""

import csv
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.workdays import is_announced, is_holiday, is_rest_day
from leave.policy import (
    MOVES,
    DayCount,
    LeaveLimits,
    LeaveSpan,
    LeaveState,
    Tier,
    WorkCalendar,
    chain,
    counted_days,
    deciding_tier,
    is_superior,
    needs_stand_in,
    papers_due,
    steps,
    tier,
)

CALENDAR = WorkCalendar(is_rest=is_rest_day, is_holiday=is_holiday)
LIMITS = LeaveLimits(township_max_days=3, county_office_max_days=7, stand_in_min_days=15)


def span(first, last, **noon):
    return LeaveSpan(date.fromisoformat(first), date.fromisoformat(last), **noon)


@pytest.mark.parametrize(
    ("days", "office"),
    [
        ("0", None), ("0.5", Tier.TOWNSHIP), ("1", Tier.TOWNSHIP), ("3", Tier.TOWNSHIP),
        ("3.5", Tier.COUNTY_OFFICE), ("4", Tier.COUNTY_OFFICE), ("7", Tier.COUNTY_OFFICE),
        ("7.5", Tier.COUNTY_GROUP), ("8", Tier.COUNTY_GROUP), ("14.5", Tier.COUNTY_GROUP), ("40", Tier.COUNTY_GROUP),
    ],
)  # fmt: skip
def test_length_decides_the_office(days, office):
    assert tier(Decimal(days), LIMITS) is office


@pytest.mark.parametrize("days", range(1, 41))
def test_each_whole_number_of_days_has_its_office_and_stand_in(days):
    expected = Tier.TOWNSHIP if days <= 3 else Tier.COUNTY_OFFICE if days <= 7 else Tier.COUNTY_GROUP
    assert tier(Decimal(days), LIMITS) is expected
    assert needs_stand_in(Decimal(days), LIMITS) is (days >= 15)


@pytest.mark.parametrize(
    ("first", "last", "noon", "calendar", "duty_span", "workday"),
    [
        ("2026-03-09", "2026-03-11", {}, "3", "3", "3"),
        ("2026-03-09", "2026-03-12", {"ends_at_noon": True}, "3.5", "3.5", "3.5"),
        ("2026-03-06", "2026-03-09", {}, "4", "4", "2"),
        ("2026-03-06", "2026-03-09", {"begins_at_noon": True, "ends_at_noon": True}, "3", "3", "1"),
        ("2026-03-07", "2026-03-08", {}, "2", "0", "0"),
        ("2026-04-30", "2026-05-06", {}, "7", "2", "2"),
        ("2026-02-14", "2026-02-14", {}, "1", "1", "1"),
        ("2026-10-01", "2026-10-07", {}, "7", "0", "0"),
        ("2025-12-30", "2026-01-04", {}, "6", "3", "3"),
        ("2028-02-28", "2028-03-01", {}, "3", "3", "3"),
    ],
)
def test_a_county_counts_days_in_one_of_three_ways(first, last, noon, calendar, duty_span, workday):
    leave = span(first, last, **noon)
    counted = [str(counted_days(leave, mode=mode, calendar=CALENDAR)) for mode in DayCount]
    assert counted == [calendar, duty_span, workday]


def test_every_row_of_the_routing_vectors_holds(shared_data):
    text = (shared_data / "leave" / "leave_routing.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    columns = {
        DayCount.CALENDAR: ("calendar_days", "tier_by_calendar"),
        DayCount.DUTY_SPAN: ("counted_default", "tier_default"),
        DayCount.WORKDAY: ("workdays", "tier_by_workday"),
    }
    assert len(rows) == 16
    for row in rows:
        leave = span(row["start"], row["end"])
        for mode, (days_column, tier_column) in columns.items():
            days = counted_days(leave, mode=mode, calendar=CALENDAR)
            assert days == Decimal(row[days_column]), (row, mode)
            assert str(tier(days, LIMITS) or "none") == row[tier_column], (row, mode)
        for mode, column in (
            (DayCount.CALENDAR, "replacement_by_calendar"),
            (DayCount.DUTY_SPAN, "replacement_default"),
        ):
            days = counted_days(leave, mode=mode, calendar=CALENDAR)
            assert str(needs_stand_in(days, LIMITS)) == row[column], row


def test_a_year_without_announced_holidays_is_counted_by_weekends():
    assert not is_announced(2035)
    leave = span("2035-10-01", "2035-10-07")
    assert counted_days(leave, mode=DayCount.WORKDAY, calendar=CALENDAR) == 5


@pytest.mark.parametrize(
    ("first", "last", "noon"),
    [
        ("2026-03-10", "2026-03-09", {}),
        ("2026-03-09", "2026-03-09", {"begins_at_noon": True, "ends_at_noon": True}),
    ],
)
def test_a_leave_of_nothing_is_none(first, last, noon):
    with pytest.raises(ValueError, match="half a day"):
        span(first, last, **noon)


days = st.dates(date(2021, 1, 1), date(2035, 12, 31))


@given(first=days, length=st.integers(0, 60), begins=st.booleans(), ends=st.booleans())
def test_the_three_ways_of_counting_keep_their_order(first, length, begins, ends):
    if length == 0 and begins and ends:
        return
    leave = LeaveSpan(first, first + timedelta(days=length), begins, ends)
    calendar, duty_span, workday = (counted_days(leave, mode=mode, calendar=CALENDAR) for mode in DayCount)
    assert workday <= duty_span <= calendar
    assert calendar == Decimal(length + 1) - Decimal(begins + ends) / 2


def never(day):
    return False


def test_three_times_three_days_do_not_escape_the_county():
    earlier = [span("2026-03-02", "2026-03-04"), span("2026-03-05", "2026-03-07")]
    whole, chained = chain(span("2026-03-08", "2026-03-10"), earlier, is_in_village=never)
    assert (whole, chained) == (span("2026-03-02", "2026-03-10"), earlier)
    assert tier(counted_days(whole, mode=DayCount.CALENDAR, calendar=CALENDAR), LIMITS) is Tier.COUNTY_GROUP


def test_a_confirmed_day_in_the_village_breaks_the_chain():
    earlier = [span("2026-03-02", "2026-03-04"), span("2026-03-06", "2026-03-07")]
    back = date(2026, 3, 5)
    whole, chained = chain(span("2026-03-08", "2026-03-10"), earlier, is_in_village=back.__eq__)
    assert (whole, chained) == (span("2026-03-06", "2026-03-10"), earlier[1:])


def test_a_weekend_at_home_does_not_break_the_chain():
    whole, _ = chain(
        span("2026-03-09", "2026-03-10"), [span("2026-03-05", "2026-03-06")], is_in_village=never
    )
    assert whole == span("2026-03-05", "2026-03-10")


def test_asking_for_the_earlier_days_last_makes_the_same_chain():
    days = [
        span("2026-03-02", "2026-03-04"),
        span("2026-03-05", "2026-03-07"),
        span("2026-03-08", "2026-03-10"),
    ]
    for asked in days:
        whole, chained = chain(asked, [day for day in days if day != asked], is_in_village=never)
        assert whole == span("2026-03-02", "2026-03-10")
        assert len(chained) == 2


def test_a_later_leave_after_a_day_in_the_village_is_no_part_of_the_chain():
    request = span("2026-03-02", "2026-03-04")
    later = [span("2026-03-06", "2026-03-10")]
    assert chain(request, later, is_in_village=date(2026, 3, 5).__eq__) == (request, [])


@given(st.lists(st.tuples(days, st.integers(0, 9)), max_size=6), days, st.integers(0, 9))
def test_a_chain_is_never_shorter_than_its_request(earlier, first, length):
    request = LeaveSpan(first, first + timedelta(days=length))
    spans = [LeaveSpan(day, day + timedelta(days=more)) for day, more in earlier]
    whole, chained = chain(request, spans, is_in_village=never)
    assert whole.first_day <= request.first_day
    assert whole.last_day >= request.last_day
    assert all(whole.first_day <= leave.first_day and leave.last_day <= whole.last_day for leave in chained)


@pytest.mark.parametrize(
    ("deciding", "hears", "expected"),
    [
        (Tier.TOWNSHIP, True, [Tier.TOWNSHIP]),
        (Tier.COUNTY_OFFICE, True, [Tier.TOWNSHIP, Tier.COUNTY_OFFICE]),
        (Tier.COUNTY_GROUP, True, [Tier.TOWNSHIP, Tier.COUNTY_GROUP]),
        (Tier.COUNTY_GROUP, False, [Tier.COUNTY_GROUP]),
    ],
)
def test_the_township_is_heard_where_it_does_not_decide(deciding, hears, expected):
    assert steps(deciding, asks_lower_opinion=hears) == expected


@pytest.mark.parametrize(
    ("routed", "heads", "decides"),
    [
        (Tier.TOWNSHIP, [], Tier.TOWNSHIP),
        (Tier.TOWNSHIP, [Tier.TOWNSHIP], Tier.COUNTY_OFFICE),
        (Tier.TOWNSHIP, [Tier.TOWNSHIP, Tier.COUNTY_OFFICE], Tier.COUNTY_GROUP),
        (Tier.COUNTY_OFFICE, [Tier.TOWNSHIP], Tier.COUNTY_OFFICE),
        (Tier.TOWNSHIP, [Tier.COUNTY_OFFICE], Tier.COUNTY_GROUP),
        (Tier.COUNTY_GROUP, [Tier.COUNTY_GROUP], Tier.COUNTY_GROUP),
    ],
)
def test_whoever_heads_an_office_asks_above_it(routed, heads, decides):
    assert deciding_tier(routed, applicant_heads=heads) is decides


@given(routed=st.sampled_from(Tier), heads=st.sets(st.sampled_from(Tier)))
def test_nobody_s_leave_goes_to_an_office_at_or_below_the_one_they_head(routed, heads):
    decides = deciding_tier(routed, applicant_heads=heads)
    assert decides.rank >= routed.rank
    assert not is_superior(heads, decides)
    assert all(head.rank < decides.rank or head is decides is Tier.COUNTY_GROUP for head in heads)


@pytest.mark.parametrize(
    ("consented", "returned", "due"),
    [
        ("2026-03-02", "2026-03-04", "2026-03-09"),
        ("2026-03-06", "2026-03-04", "2026-03-11"),
        ("2026-04-28", "2026-04-30", "2026-05-08"),
        ("2026-02-11", "2026-02-13", "2026-02-25"),
    ],
)
def test_papers_are_due_three_working_days_after_the_return(consented, returned, due):
    assert papers_due(
        consented_on=date.fromisoformat(consented),
        returned_on=date.fromisoformat(returned),
        workdays=3,
        calendar=CALENDAR,
    ) == date.fromisoformat(due)


def test_a_decided_leave_is_never_undecided_again():
    undecided = {LeaveState.SUBMITTED, LeaveState.ORAL}
    for state in set(LeaveState) - undecided:
        assert not MOVES[state] & undecided
