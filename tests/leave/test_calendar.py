"""Leaves over the ends of months, quarters and years, 29 February and make-up Saturdays, at a day of our choosing.

The clock is the database's; the gate hands its instant to the services, and here the tests do.
"""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from attendance.absence import presence_for, settle_returns
from attendance.service import months_of
from identity.permissions import Role
from identity.scope import Caller, Holding
from kernel.database import transaction
from kernel.errors import Refusal
from kernel.periods import CHINA, Month
from leave.decisions import decide
from leave.models import ConsentChannel, Verdict
from leave.policy import LeaveKind, LeaveSpan, LeaveState
from leave.requests import Draft, PhoneConsent, preview, request_leave
from leave.returns import return_to_village
from tests.factories import World, make_setting
from tests.leave.steps import caller_at, seen_in_village

MARCH = datetime(2026, 3, 1, 9, tzinfo=CHINA)


def at(day: str, hour: int = 9) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), CHINA).replace(hour=hour)


def trip(first: str, last: str, kind: LeaveKind = LeaveKind.TRIP, **noon: bool) -> Draft:
    return Draft(kind, LeaveSpan(date.fromisoformat(first), date.fromisoformat(last), **noon), "开会", "南昌")


def asks(world: World, draft: Draft, now: datetime, key=None):
    me = caller_at(now, world.postings["secretary"])
    return request_leave(caller=me, client_key=key or uuid4(), draft=draft, presence=presence_for(me))[0]


def previews(world: World, draft: Draft, now: datetime):
    me = caller_at(now, world.postings["secretary"])
    with transaction():
        return preview(caller=me, draft=draft, presence=presence_for(me)).routing


def official(world: World, who: str, role: Role, area_id, now: datetime) -> Caller:
    person = world.people[who]
    return Caller(person.id, person.name, uuid4(), now, (Holding(role, area_id),))


def agrees(world: World, leave, now: datetime) -> None:
    head = official(world, "township_head", Role.TOWNSHIP_HEAD, world.township.id, now)
    decide(caller=head, leave_id=leave.id, decision=Verdict.APPROVED, opinion="")


def sheet(world: World, month: Month, today: str):
    """Return the classes of the first secretary's month as the township reads them on a day."""
    clerk = official(world, "township_clerk", Role.TOWNSHIP_CLERK, world.township.id, at(today))
    with transaction():
        rows = months_of(caller=clerk, month=month, posting_ids=[world.postings["secretary"].id])
    ((_, row),) = rows
    return row


# -- how long it is -----------------------------------------------------------------------------


def test_every_row_of_the_routing_vectors_is_previewed_as_it_says(world, shared_data):
    text = (shared_data / "leave" / "leave_routing.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert rows
    for mode, days_column, tier_column in (
        ("calendar", "calendar_days", "tier_by_calendar"),
        ("duty_span", "counted_default", "tier_default"),
        ("workday", "workdays", "tier_by_workday"),
    ):
        make_setting(world.county, "leave.day_count", mode)
        for row in rows:
            routing = previews(world, trip(row["start"], row["end"]), at(row["start"]))
            assert routing.counted_days == Decimal(row[days_column]), (row, mode)
            assert (routing.decides or "none") == row[tier_column], (row, mode)


@pytest.mark.parametrize(
    ("first", "last", "calendar", "duty_span", "workday"),
    [
        ("2026-03-06", "2026-03-09", 4, 4, 2),
        ("2026-03-07", "2026-03-10", 4, 2, 2),
        ("2026-03-05", "2026-03-08", 4, 2, 2),
    ],
)
def test_days_are_counted_as_the_county_counts(world, first, last, calendar, duty_span, workday):
    counted = []
    for mode in ("calendar", "duty_span", "workday"):
        make_setting(world.county, "leave.day_count", mode)
        counted.append(previews(world, trip(first, last), at(first)).counted_days)
    assert counted == [calendar, duty_span, workday]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-02-27", "2026-03-02", 4),
        ("2028-02-28", "2028-03-01", 3),
        ("2027-02-28", "2027-03-01", 2),
        ("2026-03-30", "2026-04-02", 4),
        ("2026-06-29", "2026-07-03", 5),
        ("2026-12-30", "2027-01-02", 4),
        ("2028-02-29", "2028-02-29", 1),
    ],
)
def test_days_are_counted_over_the_ends_of_months_quarters_and_years(world, first, last, days):
    routing = previews(world, trip(first, last), at(first))
    assert routing.counted_days == routing.natural_days == days


@pytest.mark.parametrize(
    ("saturday", "mode", "days"),
    [
        ("2026-02-14", "workday", 1),
        ("2026-02-28", "workday", 1),
        ("2026-02-14", "duty_span", 1),
        ("2026-03-07", "workday", 0),
        ("2026-03-07", "duty_span", 0),
    ],
)
def test_a_make_up_saturday_is_a_working_day(world, saturday, mode, days):
    make_setting(world.county, "leave.day_count", mode)
    assert previews(world, trip(saturday, saturday), at(saturday)).counted_days == days


def test_a_make_up_saturday_needs_leave_and_an_ordinary_one_does_not(world):
    asked = asks(world, trip("2026-02-14", "2026-02-14", LeaveKind.PERSONAL), at("2026-02-10"))
    assert asked.decides == "township"
    with pytest.raises(Refusal, match="no_leave_needed"):
        asks(world, trip("2026-03-07", "2026-03-08", LeaveKind.PERSONAL), MARCH)


def test_the_spring_festival_in_the_middle_is_counted_as_the_county_counts(world):
    leave = trip("2026-02-13", "2026-02-25")
    counted = {}
    for mode in ("calendar", "duty_span", "workday"):
        make_setting(world.county, "leave.day_count", mode)
        routing = previews(world, leave, at("2026-02-10"))
        counted[mode] = (routing.counted_days, routing.decides)
    assert counted["calendar"] == (13, "county_group")
    assert counted["workday"] == (4, "county_office")
    assert counted["duty_span"] == (4, "county_office")


# -- chains -------------------------------------------------------------------------------------


def test_a_weekend_at_home_chains_two_leaves_and_a_monday_in_the_village_parts_them(world):
    asks(world, trip("2026-03-05", "2026-03-06"), MARCH)
    assert previews(world, trip("2026-03-09", "2026-03-10"), MARCH).chain_days == 6
    assert previews(world, trip("2026-03-10", "2026-03-11"), MARCH).chain_days == 2


def test_a_monday_nobody_was_seen_on_parts_nothing_once_it_is_past(world):
    asks(world, trip("2026-03-05", "2026-03-06"), MARCH)
    tuesday = at("2026-03-10")
    assert previews(world, trip("2026-03-10", "2026-03-11"), tuesday).chain_days == 7
    seen_in_village(world.postings["secretary"], date(2026, 3, 9))
    assert previews(world, trip("2026-03-10", "2026-03-11"), tuesday).chain_days == 2


def test_a_chain_runs_over_the_end_of_the_year(world):
    first = asks(world, trip("2026-12-29", "2026-12-31"), at("2026-12-20"))
    assert first.decides == "township"
    second = asks(world, trip("2027-01-01", "2027-01-03"), at("2026-12-20"))
    assert (second.chain_days, second.decides) == (6, "county_office")
    assert second.chain_first_day == date(2026, 12, 29)


def test_a_chain_runs_over_the_leap_day(world):
    asks(world, trip("2028-02-27", "2028-02-28"), at("2028-02-20"))
    last = asks(world, trip("2028-02-29", "2028-03-02"), at("2028-02-20"))
    assert (last.chain_days, last.decides) == (5, "county_office")


def test_a_make_up_saturday_in_between_parts_two_leaves(world):
    asks(world, trip("2026-02-12", "2026-02-13"), at("2026-02-01"))
    assert previews(world, trip("2026-02-15", "2026-02-16"), at("2026-02-01")).chain_days == 2


# -- when it may be asked for -------------------------------------------------------------------


def test_leave_is_asked_for_until_the_midnight_of_its_first_day_in_china(world):
    leave = trip("2026-03-05", "2026-03-06")
    just_before = datetime(2026, 3, 5, 23, 59, 59, tzinfo=CHINA)
    assert previews(world, leave, just_before).decides == "township"
    with pytest.raises(Refusal, match="leave_begins_in_past"):
        previews(world, leave, just_before + timedelta(seconds=1))


def test_a_request_whose_answer_got_lost_before_midnight_is_found_again_after_it(world):
    key, leave = uuid4(), trip("2026-03-05", "2026-03-06")
    first = asks(world, leave, at("2026-03-05", 23), key)
    for later in ("2026-03-06", "2026-04-20"):
        assert asks(world, leave, at(later), key).id == first.id


def test_a_leave_may_begin_on_the_leap_day_and_lie_a_year_ahead(world):
    assert previews(world, trip("2028-02-29", "2028-03-01"), at("2027-03-01")).decides == "township"
    with pytest.raises(Refusal, match="leave_too_far"):
        previews(world, trip("2028-02-29", "2028-03-02"), at("2027-03-01"))


@pytest.mark.parametrize(("today", "taken"), [("2026-03-10", True), ("2026-03-11", False)])
def test_a_consent_by_phone_is_entered_within_a_week_after_the_leave(world, today, taken):
    consent = PhoneConsent("李书记", at("2026-03-01"), ConsentChannel.PHONE)
    span = LeaveSpan(date(2026, 3, 2), date(2026, 3, 3))
    draft = Draft(LeaveKind.SICK, span, "急病", "县医院", consent=consent)
    if not taken:
        with pytest.raises(Refusal, match="retro_too_late"):
            asks(world, draft, at(today))
        return
    assert asks(world, draft, at(today)).state == LeaveState.ORAL


@pytest.mark.parametrize(
    ("last", "due"),
    [("2026-02-12", "2026-02-24"), ("2026-04-29", "2026-05-07"), ("2026-03-06", "2026-03-11")],
)
def test_papers_are_due_after_holidays_and_on_make_up_saturdays_too(world, last, due):
    """Friday 13 and the make-up Saturday 14 February, then the festival until the 23rd."""
    consent = PhoneConsent("李书记", at("2026-02-01"), ConsentChannel.SMS)
    span = LeaveSpan(date.fromisoformat(last), date.fromisoformat(last))
    draft = Draft(LeaveKind.TRIP, span, "急事", "南昌", consent=consent)
    assert asks(world, draft, at(last)).papers_due_on == date.fromisoformat(due)


# -- in the month -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        ("2026-03-30", "2026-04-01", {Month(2026, 3): 2, Month(2026, 4): 1}),
        ("2026-12-31", "2027-01-02", {Month(2026, 12): 1, Month(2027, 1): 2}),
        ("2028-02-28", "2028-03-01", {Month(2028, 2): 2, Month(2028, 3): 1}),
    ],
)
def test_each_month_counts_the_days_of_a_trip_that_lie_in_it(world, first, last, counts):
    asked = asks(world, trip(first, last), at(first))
    for month in counts:
        assert sheet(world, month, last).assessed_days == 0
    agrees(world, asked, at(first))
    assert {month: sheet(world, month, last).assessed_days for month in counts} == counts
    assert {month: sheet(world, month, last).paid_days for month in counts} == dict.fromkeys(counts, 0)


def test_a_leave_that_ends_on_friday_is_overdue_on_wednesday(world):
    agrees(world, asks(world, trip("2026-03-05", "2026-03-06"), MARCH), MARCH)
    nights = [f"2026-03-{day:02}" for day in range(7, 12)]
    assert [settle_returns(now=at(night, 0)).overdue for night in nights] == [0, 0, 0, 0, 1]


def test_a_leave_over_the_spring_festival_is_overdue_two_working_days_after_it(world):
    agrees(world, asks(world, trip("2026-02-13", "2026-02-15"), at("2026-02-10")), at("2026-02-10"))
    nights = [*(f"2026-02-{day}" for day in range(16, 27))]
    marked = [night for night in nights if settle_returns(now=at(night, 0)).overdue]
    assert marked == ["2026-02-26"]


@pytest.mark.parametrize(("hour", "half"), [(11, False), (12, True)])
def test_back_before_noon_the_whole_day_is_free_and_after_it_the_afternoon(world, hour, half):
    asked = asks(world, trip("2026-03-02", "2026-03-04"), MARCH)
    agrees(world, asked, MARCH)
    me = caller_at(at("2026-03-04", hour), world.postings["secretary"])
    back = return_to_village(caller=me, leave_id=asked.id)
    assert back.ends_at_noon is half
    assert back.last_day == date(2026, 3, 4 if half else 3)
