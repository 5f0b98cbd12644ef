"""Coming back: in time, early, not gone at all, late; and the night that closes and marks (D6)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from attendance.absence import settle_returns
from attendance.jobs import close_leaves
from identity.permissions import Role
from kernel.audit import AuditEntry
from kernel.database import db, transaction
from leave.models import Leave
from leave.policy import LeaveState
from messages.models import Message, MessageKind
from tests.factories import MIDDLE, Phone, make_leave, make_office, make_setting
from tests.leave.steps import (
    approve,
    ask,
    consent,
    day,
    decide,
    extend,
    iso,
    now,
    on_record,
    preview,
    read,
    refused,
    seen_in_village,
    take,
)

APPROVED, OVERDUE, RETURNED = LeaveState.APPROVED, LeaveState.OVERDUE_RETURN, LeaveState.RETURNED


@pytest.fixture
def world(world):
    """Every day is a working day, so that a day of grace is a day."""
    make_setting(world.county, "calendar.extra_workdays", [iso(n) for n in range(-60, 60)])
    return world


def taken(world, start, length, who="secretary", **changes):
    """Let somebody have taken an approved leave."""
    leave = make_leave(
        world.postings[who],
        county=world.county,
        **{"state": APPROVED, "starts_in_days": start, "days": length, **changes},
    )
    return {"id": str(leave.id)}


def settle(nights_from_now=0):
    settled = settle_returns(now=now() + timedelta(days=nights_from_now))
    return settled.returned, settled.overdue


def state_of(leave):
    with transaction():
        return db.session.scalars(select(Leave.state).where(Leave.id == leave["id"])).one()


def back(person, leave, on, half="morning"):
    return take(person, leave, "return", day=iso(on), half=half)


# -- by hand ------------------------------------------------------------------------------------


def test_back_in_time_the_leave_stays_as_it_was_asked_for(world):
    leave = taken(world, -3, 3)
    answer = back(world.secretary, leave, 0).json
    assert (answer["state"], answer["last_day"], answer["last_half"]) == ("returned", iso(-1), "afternoon")
    assert (answer["returned_on"], answer["returned_half"]) == (iso(0), "morning")


def test_back_early_the_rest_is_free_for_another_leave(world):
    leave = taken(world, -2, 9)
    answer = back(world.secretary, leave, 0).json
    assert (answer["last_day"], answer["asked_last_day"]) == (iso(-1), iso(6))
    assert ask(world.secretary, 2, 2)["state"] == "submitted"


def test_back_at_noon_the_afternoon_is_free(world):
    leave = taken(world, -2, 9)
    answer = back(world.secretary, leave, 0, "afternoon").json
    assert (answer["last_day"], answer["last_half"]) == (iso(0), "morning")
    assert ask(world.secretary, 0, 2, first_half="afternoon")["state"] == "submitted"


def test_back_now_is_what_is_meant_when_no_day_is_given(world):
    leave = taken(world, -2, 2)
    answer = take(world.secretary, leave, "return").json
    assert (answer["state"], answer["returned_on"]) == ("returned", iso(0))


@pytest.mark.parametrize("who", ["township_clerk", "township_head"])
def test_the_township_confirms_that_somebody_is_back(world, who):
    leave = taken(world, -3, 3)
    assert back(world.people[who], leave, 0).json["state"] == "returned"


@pytest.mark.parametrize(
    ("who", "status"),
    [("secretary", 403), ("member_of_village_2", 404), ("township_clerk_2", 404), ("county_office", 403)],
)
def test_nobody_else_confirms_it(world, who, status):
    leave = taken(world, -3, 3, "member")
    assert back(world.people[who], leave, 0).status_code == status
    assert state_of(leave) == "approved"


def test_back_before_it_begins_it_is_not_taken_and_all_its_days_are_free(world):
    asked = ask(world.secretary, 3, 9)
    approve(asked, world.township_head, world.county_group)
    answer = take(world.secretary, asked, "return").json
    assert (answer["state"], answer["state_text"]) == ("not_taken", "未成行")
    assert ask(world.secretary, 3, 9)["state"] == "submitted"
    assert preview(world.secretary, 12, 2)["chain_days"] == 11


def test_a_return_is_not_in_the_future_and_not_said_twice(world):
    leave = taken(world, -3, 3)
    assert refused(back(world.secretary, leave, 1)) == (422, "return_in_future")
    assert back(world.secretary, leave, 0).status_code == 200
    assert refused(back(world.secretary, leave, 0)) == (409, "leave_not_running")
    assert on_record(leave["id"]) == ["leave.return"]


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_from_a_leave_that_is_none_nobody_returns(world, end):
    leave = taken(world, -3, 3, state=LeaveState(end))
    assert refused(back(world.secretary, leave, 0)) == (409, "leave_not_running")


def test_a_leave_not_decided_yet_is_withdrawn_rather_than_not_taken(world):
    asked = ask(world.secretary, 1, 2)
    assert refused(take(world.secretary, asked, "return")) == (409, "leave_undecided")


def test_back_before_it_is_decided_it_is_over_once_it_is(world):
    asked = ask(world.secretary, 0, 5)
    early = back(world.secretary, asked, 0, "afternoon").json
    assert (early["state"], early["returned_on"], early["last_day"]) == ("submitted", iso(0), iso(0))
    assert refused(back(world.secretary, asked, 0, "afternoon")) == (409, "leave_not_running")
    approve(asked, world.township_head)
    assert approve(asked, world.county_office)["state"] == "returned"


def test_whoever_asked_by_phone_and_said_to_be_back_is_not_asked_again(world):
    asked = ask(world.secretary, 0, 5, consent=consent())
    Phone(world.secretary).check_in(MIDDLE)
    assert Phone(world.secretary).get("/today").json["leave"]["proposes_return"]
    back(world.secretary, asked, 0, "afternoon")
    assert Phone(world.secretary).get("/today").json["leave"] is None


@pytest.mark.parametrize("body", [{"day": "1999-01-01"}, {"half": "night"}, {"state": "returned"}])
def test_a_return_that_is_none_is_refused(world, body):
    assert take(world.secretary, taken(world, -3, 3), "return", **body).status_code == 422


# -- at night -----------------------------------------------------------------------------------


def test_a_day_of_grace_later_the_leave_is_overdue_and_people_are_told(world):
    leave = taken(world, -3, 3)
    assert [settle(night) for night in (0, 1)] == [(0, 0), (0, 0)]
    assert settle(2) == (0, 1)
    assert read(world.secretary, leave)["state_text"] == "超假未销"
    with transaction():
        who = db.session.scalars(
            select(Message.person_id).where(Message.kind == MessageKind.RETURN_OVERDUE)
        ).all()
    assert set(who) == {world.secretary.id, world.township_clerk.id}
    assert on_record(leave["id"]) == ["leave.settle"]


def test_a_second_night_finds_nothing_to_do_and_leaves_no_trace(world):
    taken(world, -9, 3)
    assert settle() == (0, 1)
    with transaction():
        before = len(db.session.scalars(select(AuditEntry)).all())
    assert settle() == settle(1) == (0, 0)
    with transaction():
        assert len(db.session.scalars(select(AuditEntry)).all()) == before
        assert len(db.session.scalars(select(Message)).all()) == 2


@pytest.mark.parametrize(("grace", "overdue_from"), [(0, 1), (3, 4)])
def test_d6_a_county_sets_the_days_of_grace(world, grace, overdue_from):
    make_setting(world.county, "leave.return_grace_days", grace)
    taken(world, -3, 3)
    assert [settle(night)[1] for night in range(overdue_from + 1)] == [0] * overdue_from + [1]


def test_grace_is_counted_in_working_days(world):
    make_setting(world.county, "calendar.extra_workdays", [iso(n) for n in range(4, 20)])
    make_setting(world.county, "calendar.extra_rest_days", [iso(n) for n in range(0, 4)])
    taken(world, -3, 3)
    assert [settle(night)[1] for night in (3, 5, 6)] == [0, 0, 1]


@pytest.mark.parametrize("state", [APPROVED, OVERDUE])
def test_a_check_in_after_the_last_day_closes_the_leave(world, state):
    leave = taken(world, -9, 3, state=state)
    seen_in_village(world.postings["secretary"], day(-6))
    seen_in_village(world.postings["secretary"], day(-3))
    assert settle() == (1, 0)
    closed = read(world.secretary, leave)
    assert (closed["state"], closed["returned_on"]) == ("returned", iso(-6))
    assert on_record(leave["id"]) == ["leave.settle"]


def test_a_check_in_during_the_leave_closes_nothing(world):
    leave = taken(world, -9, 3)
    for on in (-9, -8, -7):
        seen_in_village(world.postings["secretary"], day(on))
    assert settle() == (0, 1)
    assert state_of(leave) == "overdue_return"


def test_a_check_in_of_a_colleague_closes_nothing(world):
    taken(world, -9, 3)
    seen_in_village(world.postings["member"], day(-3))
    assert settle() == (0, 1)


def test_whoever_has_asked_for_more_days_is_neither_late_nor_back(world):
    leave = taken(world, -9, 3)
    longer = extend(world.secretary, leave, 3).json
    seen_in_village(world.postings["secretary"], day(-1))
    assert settle() == (0, 0)
    approve(longer, world.township_head, world.county_group)
    assert state_of(leave) == "extended"


def test_whoever_is_away_on_another_leave_is_not_late(world):
    """Three days and three days more, both approved: nobody had to be back in between."""
    first, second = taken(world, -9, 3), taken(world, -6, 9)
    assert settle() == (0, 0)
    assert settle(6) == (0, 1)
    assert (state_of(first), state_of(second)) == ("approved", "overdue_return")
    seen_in_village(world.postings["secretary"], day(6))
    assert settle(6) == (2, 0)


def test_another_leave_in_the_morning_of_the_same_day_excuses_nobody(world):
    morning = taken(world, -9, 1, ends_at_noon=True)
    afternoon = taken(world, -9, 1, begins_at_noon=True)
    assert settle() == (0, 1)
    assert (state_of(morning), state_of(afternoon)) == ("approved", "overdue_return")


def test_a_rejected_leave_excuses_nobody(world):
    taken(world, -9, 3)
    taken(world, -6, 9, state=LeaveState.REJECTED)
    assert settle() == (0, 1)


@pytest.mark.parametrize("state", [LeaveState.SUBMITTED, LeaveState.ORAL, RETURNED, LeaveState.EXTENDED])
def test_the_night_leaves_alone_what_is_not_running(world, state):
    leave = taken(world, -9, 3, state=state)
    assert settle() == (0, 0)
    assert state_of(leave) == state


def test_the_nightly_job_does_it(world, app):
    leave = taken(world, -9, 3)
    assert close_leaves(timestamp=0) == 1
    assert state_of(leave) == "overdue_return"


def test_late_is_settled_by_coming_back(world):
    leave = taken(world, -9, 3, state=OVERDUE)
    answer = back(world.secretary, leave, 0).json
    assert (answer["state"], answer["returned_on"], answer["last_day"]) == ("returned", iso(0), iso(-7))


def test_late_is_settled_by_more_days_routed_by_the_total(world):
    leave = taken(world, -4, 3, state=OVERDUE)
    longer = extend(world.secretary, leave, 1).json
    assert (longer["first_day"], longer["chain_days"], longer["tier"]) == (iso(-1), 6, "county_office")
    approve(longer, world.township_head, world.county_office)
    assert state_of(leave) == "extended"


def test_more_days_that_are_not_agreed_to_leave_it_overdue(world):
    leave = taken(world, -4, 3, state=OVERDUE)
    longer = extend(world.secretary, leave, 1).json
    approve(longer, world.township_head)
    decide(world.county_office, longer, "rejected", "请立即返村")
    assert (settle(), state_of(leave)) == ((0, 0), "overdue_return")
    assert extend(world.secretary, leave, 1).status_code == 201


def test_each_county_is_settled_by_its_own_numbers(world):
    make_setting(world.county_b, "leave.return_grace_days", 10)
    make_setting(world.county_b, "calendar.extra_workdays", [iso(n) for n in range(-60, 60)])
    taken(world, -5, 3)
    make_leave(
        world.postings["secretary_b"], county=world.county_b, state=APPROVED, starts_in_days=-5, days=3
    )
    assert settle() == (0, 1)
    assert settle(30) == (0, 1)


def test_the_night_takes_as_many_statements_for_many_as_for_one(world, statements):
    def count():
        statements.clear()
        settle()
        return len([sql for sql in statements if "leave" in sql])

    taken(world, -9, 3)
    for_one = count()
    with transaction():
        db.session.execute(update(Leave).values(state=APPROVED))
    for who in ("member", "member_of_village_2", "member_of_township_2"):
        taken(world, -9, 3, who)
    make_office(world.helper, Role.TOWNSHIP_CLERK, area=world.township)
    assert count() == for_one
