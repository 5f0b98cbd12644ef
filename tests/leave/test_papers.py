"""Leave agreed by phone: the papers that follow, the reminders, what becomes overdue (补办, D5, F14)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kernel.database import db, transaction
from leave.jobs import remind
from leave.models import Leave
from leave.papers import remind_of_papers
from leave.policy import LeaveState
from messages.models import Message, MessageKind
from tests.factories import Phone, make_leave, make_setting
from tests.leave.steps import (
    approve,
    ask,
    consent,
    day,
    days,
    decide,
    iso,
    now,
    read,
    refused,
    take,
)


@pytest.fixture
def world(world):
    """Every day is a working day, so that three working days are three days."""
    make_setting(world.county, "calendar.extra_workdays", [iso(n) for n in range(-60, 60)])
    return world


def agreed(world, start=0, length=2, who="secretary", **changes):
    return ask(world.people[who], start, length, consent=consent(), **changes)


def file(person, leave, **changes):
    body = {"reason": "母亲住院陪护", "destination": "市人民医院", **changes}
    return take(person, leave, "paperwork", **body)


def remind_at(days_later):
    return remind_of_papers(now=now() + timedelta(days=days_later))


def due_since(leave, days_ago):
    with transaction():
        db.session.execute(update(Leave).where(Leave.id == leave["id"]).values(papers_due_on=day(-days_ago)))


def overdue(person):
    answer = Phone(person).get("/leaves?papers_overdue=true")
    assert answer.status_code == 200
    return [item["id"] for item in answer.json["items"]]


# -- due ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "length", "due"), [(0, 2, 4), (-4, 3, 3), (3, 1, 6)])
def test_papers_are_due_three_working_days_after_the_return_or_the_consent(world, start, length, due):
    assert agreed(world, start, length)["papers_due_on"] == iso(due)


def test_an_early_return_brings_the_day_forward(world):
    asked = agreed(world, 0, 9)
    early = take(world.secretary, asked, "return", day=iso(0), half="afternoon").json
    assert (asked["papers_due_on"], early["papers_due_on"]) == (iso(11), iso(3))


def test_a_late_return_puts_it_back(world):
    asked = agreed(world, -3, 2)
    due_since(asked, 1)
    late = take(world.secretary, asked, "return", day=iso(0)).json
    assert (late["papers_due_on"], late["papers_overdue"], late["last_day"]) == (iso(3), False, iso(-2))


# -- filed --------------------------------------------------------------------------------------


def test_papers_go_the_way_of_the_real_length(world):
    asked = agreed(world, -8, 9)
    assert asked["tier"] == "county_group"
    take(world.secretary, asked, "return", day=iso(-6))
    filed = file(world.secretary, asked).json
    assert (filed["state"], filed["tier"], filed["counted_days"]) == ("submitted", "township", 2)
    assert read(world.secretary, asked)["papers_filed_at"] is not None


def test_papers_filed_take_the_place_of_what_was_said_on_the_phone(world):
    asked = agreed(world, reason="急事", destination="不明", work_goes_to="")
    filed = file(world.secretary, asked, work_goes_to="钟秋香").json
    assert (filed["reason"], filed["destination"], filed["work_goes_to"]) == (
        "母亲住院陪护",
        "市人民医院",
        "钟秋香",
    )


def test_papers_are_chained_like_any_request(world):
    ask(world.secretary, 2, 3)
    asked = agreed(world, 0, 2)
    assert file(world.secretary, asked).json["chain_days"] == 5


def test_papers_are_filed_once(world):
    asked = agreed(world)
    assert file(world.secretary, asked).status_code == 200
    assert refused(file(world.secretary, asked)) == (409, "papers_not_due")


def test_papers_of_days_that_turned_out_to_be_rest_days_are_not_needed(world):
    make_setting(world.county, "calendar.extra_workdays", [])
    make_setting(world.county, "calendar.extra_rest_days", [iso(-2), iso(-1)])
    make_setting(world.county, "calendar.extra_workdays", [iso(0), iso(1)])
    asked = agreed(world, -2, 4, kind="personal")
    take(world.secretary, asked, "return", day=iso(0))
    assert refused(file(world.secretary, asked)) == (422, "no_leave_needed")
    assert take(world.secretary, asked, "withdrawal").json["state"] == "withdrawn"


def test_papers_are_filed_even_where_the_county_has_stopped_taking_half_days(world):
    asked = agreed(world, 0, 2, last_half="morning")
    make_setting(world.county, "leave.half_days", False)
    assert file(world.secretary, asked).json["counted_days"] == 1.5


def test_the_mark_stays_when_the_leave_is_rejected(world):
    asked = agreed(world)
    file(world.secretary, asked)
    rejected = decide(world.township_head, asked, "rejected", "并未准假").json
    assert (rejected["state"], rejected["retro"]) == ("rejected", True)
    assert rejected["consent"]["by"] == "李书记"


def test_what_was_agreed_by_phone_may_be_taken_back(world):
    asked = agreed(world)
    assert take(world.secretary, asked, "withdrawal").json["state"] == "withdrawn"
    assert refused(file(world.secretary, asked)) == (409, "papers_not_due")


@pytest.mark.parametrize(
    "changes", [{"reason": " "}, {"destination": ""}, {"reason": "\u0000"}, {"kind": "trip"}]
)
def test_papers_that_are_none_are_refused(world, changes):
    assert file(world.secretary, agreed(world), **changes).status_code == 422


@pytest.mark.parametrize("channel", ["phone", "sms"])
def test_who_agreed_when_and_how_is_on_record(world, channel):
    at = now() - timedelta(hours=3)
    said = {"by": "镇党委书记李明", "at": at.isoformat(), "channel": channel}
    body = days(0, 2, consent=said)
    answer = Phone(world.secretary).post("/leaves", body)
    assert answer.json["consent"] == said
    again = Phone(world.secretary).post("/leaves", body)
    assert (again.status_code, again.json) == (200, answer.json)
    other = {**body, "consent": {**said, "by": "别人"}}
    assert refused(Phone(world.secretary).post("/leaves", other)) == (409, "key_reused")


# -- reminded of --------------------------------------------------------------------------------


def test_the_reminders_count_down_once_a_day(world):
    asked = agreed(world)
    assert asked["papers_due_on"] == iso(4)
    assert [remind_at(n) for n in (0, 1, 1, 2, 3, 4, 4)] == [0, 1, 0, 1, 1, 1, 0]
    texts = [item["text"] for item in Phone(world.secretary).get("/messages").json["items"]]
    said = ["还有3天到期", "还有2天到期", "还有1天到期", "今天到期"]
    assert sorted(text.split("：")[0].removeprefix("补办手续") for text in texts) == sorted(said)


def test_once_overdue_person_and_county_office_are_told_once(world):
    asked = agreed(world)
    due_since(asked, 1)
    assert [remind_at(n) for n in (0, 0, 1, 5)] == [2, 0, 0, 0]
    with transaction():
        told = db.session.scalars(
            select(Message.person_id).where(Message.kind == MessageKind.PAPERS_DUE)
        ).all()
    assert set(told) == {world.secretary.id, world.county_office.id}


def test_nobody_is_reminded_of_papers_filed_or_leave_taken_back(world):
    file(world.secretary, agreed(world))
    take(world.member, agreed(world, who="member"), "withdrawal")
    assert [remind_at(n) for n in range(8)] == [0] * 8


def test_the_daily_job_reminds(world, app):
    due_since(agreed(world), 1)
    assert remind(timestamp=0) == 2


def test_overdue_papers_are_listed_to_the_county(world):
    late, in_time = agreed(world), agreed(world, who="member")
    due_since(late, 1)
    due_since(in_time, 0)
    assert overdue(world.county_office) == overdue(world.township_head) == [late["id"]]
    assert overdue(world.county_office_b) == []
    (item,) = Phone(world.county_office).get("/leaves?papers_overdue=true").json["items"]
    assert (item["papers_overdue"], item["papers_due_on"], item["retro"]) == (True, iso(-1), True)


@pytest.mark.parametrize("end", ["withdrawn", "filed", "approved"])
def test_what_is_settled_is_listed_as_overdue_no_longer(world, end):
    asked = agreed(world)
    due_since(asked, 1)
    if end == "withdrawn":
        take(world.secretary, asked, "withdrawal")
    else:
        file(world.secretary, asked)
        if end == "approved":
            approve(asked, world.township_head)
    assert overdue(world.county_office) == []


def test_each_county_is_told_of_its_own(world):
    make_leave(
        world.postings["secretary_b"],
        county=world.county_b,
        state=LeaveState.ORAL,
        papers_due_on=day(-1),
    )
    assert remind_at(0) == 2
    assert Phone(world.county_office).get("/messages").json["items"] == []
    assert len(Phone(world.county_office_b).get("/messages").json["items"]) == 1
