"""Leave in the month and on the home screen: which days count, which do not, and what wins (Articles 16, 17, 27)."""

import pytest

from kernel.periods import Month
from leave.policy import LeaveState
from tests.factories import (
    MIDDLE,
    Phone,
    make_leave,
    make_person,
    make_posting,
    make_setting,
)
from tests.leave.steps import approve, ask, consent, day, decide, extend, iso, seen_in_village, take

APPROVED = LeaveState.APPROVED


@pytest.fixture
def world(world):
    """Every day is a working day."""
    make_setting(world.county, "calendar.extra_workdays", [iso(n) for n in range(-60, 60)])
    return world


def rows_of(world, who="secretary", month=None, reader="township_clerk"):
    month = month or Month.of(day(0))
    answer = Phone(world.people[reader]).get(f"/attendance/{month}?village={world.village.id}")
    (row,) = [row for row in answer.json["items"] if row["person"]["name"] == world.people[who].name]
    return row


def classes(world, *days_from_now, who="secretary"):
    """Return the classes of the mornings of these days, whichever months they lie in."""
    rows = {month: rows_of(world, who, month) for month in {Month.of(day(n)) for n in days_from_now}}
    return [rows[Month.of(day(n))]["days"][iso(n)] for n in days_from_now]


def halves(world, n, who="secretary"):
    row = rows_of(world, who, Month.of(day(n)))
    return row["days"][iso(n)], row["afternoons"].get(iso(n), row["days"][iso(n)])


def counts(world, *days_from_now, who="secretary"):
    """Return the assessed and the paid days of the months of these days, in which nothing else counts."""
    rows = [rows_of(world, who, month) for month in {Month.of(day(n)) for n in days_from_now}]
    return sum(row["assessed_days"] for row in rows), sum(row["paid_days"] for row in rows)


def away(world, start, length, who="secretary", **changes):
    return make_leave(
        world.postings[who],
        county=world.county,
        **{"state": APPROVED, "starts_in_days": start, "days": length, **changes},
    )


def enter(world, n, day_class, half="whole"):
    body = {
        "client_key": str(make_person("键").id),
        "person_id": str(world.secretary.id),
        "day": iso(n),
        "day_class": day_class,
        "half": half,
        "reason": "乡镇核实",
    }
    assert Phone(world.township_clerk).post("/attendance/corrections", body).status_code == 201


@pytest.mark.parametrize("kind", ["trip", "meeting", "training"])
def test_official_leave_counts_as_assessed_days_and_not_as_paid(world, kind):
    away(world, -4, 3, kind=kind)
    assert classes(world, -5, -4, -3, -2, -1) == ["unexplained", kind, kind, kind, "unexplained"]
    assert counts(world, -4, -3, -2) == (3, 0)


@pytest.mark.parametrize("kind", ["personal", "sick", "annual", "other"])
def test_other_leave_counts_for_nothing(world, kind):
    away(world, -4, 3, kind=kind)
    assert classes(world, -4, -3, -2) == [kind] * 3
    assert counts(world, -4, -3, -2) == (0, 0)


def test_a_county_may_let_annual_leave_count(world):
    make_setting(world.county, "residency.counts", ["in_village", "annual"])
    away(world, -4, 3, kind="annual")
    assert counts(world, -4, -3, -2) == (3, 0)


@pytest.mark.parametrize(
    "state", [LeaveState.RETURNED, LeaveState.OVERDUE_RETURN, LeaveState.EXTENDED, APPROVED]
)
def test_what_was_approved_keeps_its_days_whatever_became_of_it(world, state):
    away(world, -3, 2, state=state)
    assert classes(world, -3, -2, -1) == ["trip", "trip", "unexplained"]


@pytest.mark.parametrize("state", [LeaveState.SUBMITTED, LeaveState.ORAL])
def test_what_is_not_decided_is_pending_and_counts_for_nothing(world, state):
    away(world, -3, 2, state=state)
    assert classes(world, -3, -2, -1) == ["pending", "pending", "unexplained"]
    assert counts(world, -3, -2) == (0, 0)


@pytest.mark.parametrize("state", [LeaveState.REJECTED, LeaveState.WITHDRAWN, LeaveState.NOT_TAKEN])
def test_what_came_to_nothing_leaves_the_days_unexplained_and_those_to_come_open(world, state):
    away(world, -2, 4, state=state)
    assert classes(world, -2, -1, 0, 1) == ["unexplained", "unexplained", "open", "open"]


def test_the_decision_turns_pending_days_into_what_they_are(world):
    asked = ask(world.secretary, -2, 4, kind="sick", consent=consent())
    assert classes(world, -2, 1) == ["pending", "pending"]
    take(world.secretary, asked, "paperwork", reason="住院", destination="县医院")
    assert classes(world, -2, 1) == ["pending", "pending"]
    approve(asked, world.township_head, world.county_office)
    assert classes(world, -2, 1, 2) == ["sick", "sick", "open"]


def test_a_rejection_leaves_the_past_unexplained(world):
    asked = ask(world.secretary, -2, 2, consent=consent())
    take(world.secretary, asked, "paperwork", reason="住院", destination="县医院")
    decide(world.township_head, asked, "rejected", "没有人准过假")
    assert classes(world, -2, -1) == ["unexplained", "unexplained"]


def test_presence_wins_over_leave(world):
    away(world, -3, 3, kind="sick")
    away(world, 0, 2)
    seen_in_village(world.postings["secretary"], day(-2))
    Phone(world.secretary).check_in(MIDDLE)
    assert classes(world, -3, -2, -1, 0) == ["sick", "in_village", "sick", "in_village"]
    assert rows_of(world, month=Month.of(day(0)))["in_village_days"] >= 1


def test_presence_wins_over_a_leave_not_decided(world):
    away(world, -1, 2, state=LeaveState.SUBMITTED)
    seen_in_village(world.postings["secretary"], day(-1))
    assert classes(world, -1, 0) == ["in_village", "pending"]


def test_an_entry_of_the_township_wins_over_leave(world):
    away(world, -3, 3)
    enter(world, -2, "unexcused")
    enter(world, -1, "in_village", "morning")
    assert classes(world, -3, -2) == ["trip", "unexcused"]
    assert halves(world, -1) == ("in_village", "trip")


def test_leave_wins_over_a_rest_day(world):
    make_setting(world.county, "calendar.extra_workdays", [])
    make_setting(world.county, "calendar.extra_rest_days", [iso(-2), iso(-1)])
    make_setting(world.county, "calendar.extra_workdays", [iso(-3)])
    away(world, -2, 1, kind="personal")
    assert classes(world, -2, -1) == ["personal", "rest"]


def test_half_a_day_is_half_a_day(world):
    away(world, -3, 2, begins_at_noon=True, ends_at_noon=True)
    assert [halves(world, n) for n in (-3, -2)] == [("unexplained", "trip"), ("trip", "unexplained")]
    assert counts(world, -3, -2) == (1, 0)


def test_two_halves_of_a_day_count_for_what_each_is(world):
    away(world, -2, 1, kind="meeting", ends_at_noon=True)
    away(world, -2, 1, kind="sick", begins_at_noon=True)
    assert halves(world, -2) == ("meeting", "sick")
    assert counts(world, -2) == (0.5, 0)


def test_half_a_day_beside_a_check_in_is_a_day_in_the_village(world):
    away(world, -2, 1, kind="personal", ends_at_noon=True)
    seen_in_village(world.postings["secretary"], day(-2))
    assert halves(world, -2) == ("in_village", "in_village")
    assert counts(world, -2) == (1, 1)


def test_an_early_return_gives_the_days_back(world):
    leave = away(world, -4, 9)
    take(world.secretary, {"id": leave.id}, "return", day=iso(-2), half="afternoon")
    assert classes(world, -3, -1, 0, 2) == ["trip", "unexplained", "open", "open"]
    assert halves(world, -2) == ("trip", "unexplained")


def test_an_extension_goes_on_where_the_leave_ends(world):
    leave = away(world, -3, 2)
    longer = extend(world.secretary, {"id": leave.id}, 1).json
    assert classes(world, -2, -1, 0) == ["trip", "pending", "pending"]
    approve(longer, world.township_head, world.county_office)
    assert classes(world, -3, -2, -1, 0, 1, 2) == ["trip"] * 5 + ["open"]


def test_days_after_the_last_one_are_unexplained_however_late_the_person_is(world):
    away(world, -5, 2, state=LeaveState.OVERDUE_RETURN)
    assert classes(world, -4, -3, -2) == ["trip", "unexplained", "unexplained"]


def test_a_leave_shows_on_the_sheet_of_its_own_posting_only(world):
    make_setting(world.county, "calendar.extra_workdays", [iso(n) for n in range(-60, 60)])
    away(world, -3, 2, "member")
    assert classes(world, -3, -2) == ["unexplained", "unexplained"]
    assert classes(world, -3, -2, who="member") == ["trip", "trip"]


def test_every_office_reads_the_same_class(world):
    away(world, 0, 1, kind="sick")
    for reader in (
        "secretary",
        "village_secretary",
        "township_head",
        "county_office",
        "city_org",
        "unit_clerk",
    ):
        assert rows_of(world, reader=reader)["days"][iso(0)] == "sick", reader


# -- the home screen ----------------------------------------------------------------------------


def home(world, who="secretary"):
    return Phone(world.people[who]).get("/today").json


def test_the_home_screen_shows_the_leave_of_today(world):
    leave = away(world, -1, 3, kind="sick")
    today = home(world)
    assert (today["day_class"], today["state"]) == ("sick", "not_yet")
    assert today["leave"] == {
        "id": str(leave.id),
        "kind": "sick",
        "state": "approved",
        "last_day": iso(1),
        "proposes_return": False,
    }


def test_the_home_screen_proposes_to_end_a_leave_once_its_person_is_seen_in_the_village(world):
    leave = away(world, -1, 3)
    Phone(world.secretary).check_in(MIDDLE)
    today = home(world)
    assert (today["day_class"], today["leave"]["proposes_return"]) == ("in_village", True)
    take(world.secretary, {"id": leave.id}, "return")
    assert home(world)["leave"] is None


def test_a_check_in_outside_proposes_nothing(world):
    away(world, -1, 3)
    Phone(world.secretary).check_in(MIDDLE.moved(north_m=9_000))
    assert not home(world)["leave"]["proposes_return"]


@pytest.mark.parametrize("state", [APPROVED, LeaveState.OVERDUE_RETURN, LeaveState.ORAL])
def test_a_leave_that_is_over_is_shown_until_its_person_says_to_be_back(world, state):
    leave = away(world, -3, 2, state=state)
    assert home(world)["leave"]["id"] == str(leave.id)
    assert take(world.secretary, {"id": leave.id}, "return", day=iso(0)).status_code == 200
    assert home(world)["leave"] is None


@pytest.mark.parametrize(
    ("start", "state"),
    [(1, APPROVED), (-1, LeaveState.SUBMITTED), (-1, LeaveState.REJECTED), (-1, LeaveState.EXTENDED)],
)
def test_a_leave_to_come_or_not_running_is_not_shown(world, start, state):
    away(world, start, 3, state=state)
    assert home(world)["leave"] is None


def test_of_two_leaves_the_later_one_is_shown(world):
    away(world, -6, 3)
    later = away(world, -3, 5)
    assert home(world)["leave"]["id"] == str(later.id)


# -- statements ---------------------------------------------------------------------------------


def test_the_home_screen_takes_five_statements_however_many_the_leaves(world, statements):
    me = Phone(world.secretary)
    for number in range(6):
        away(world, -3 * number, 2)
    Phone(world.secretary).check_in(MIDDLE)
    statements.clear()
    assert me.get("/today").json["leave"] is not None
    assert len(statements) <= 5, statements


def test_the_sheet_takes_the_same_statements_however_many_the_leaves(world, statements):
    clerk = Phone(world.township_clerk)
    address = f"/attendance/{Month.of(day(0))}?township={world.township.id}"

    def count():
        statements.clear()
        assert clerk.get(address).status_code == 200
        return len(statements)

    few = count()
    for number in range(12):
        posting = make_posting(make_person(f"黄{number}"), world.village_2, world.unit)
        make_leave(posting, county=world.county, state=APPROVED, starts_in_days=-number)
    assert count() == few <= 8
