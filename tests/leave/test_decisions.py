"""Who may sign: whoever heads the office it waits for, and nobody for himself; several at once (D7, D8, B7, B8)."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from identity.permissions import Role
from kernel.audit import AuditEntry
from kernel.database import db, transaction
from leave.models import Decision
from org.models import Posting, PostingRole
from tests.factories import Phone, make_office, make_person, make_posting
from tests.leave.steps import (
    approve,
    ask,
    candidate,
    day,
    decide,
    extend,
    iso,
    on_record,
    read,
    refused,
    take,
)


def decide_several(person, leaves, decision="approved", opinion="同意"):
    body = {"leave_ids": [leave["id"] for leave in leaves], "decision": decision, "opinion": opinion}
    return Phone(person).post("/approvals/decisions", body)


def outcomes(answer):
    assert answer.status_code == 200, answer.json
    return [(item["state"], item["code"]) for item in answer.json["items"]]


def decisions():
    with transaction():
        return db.session.scalars(select(Decision)).all()


# -- which office ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["township_clerk", "county_office", "county_group"])
def test_an_office_it_does_not_wait_for_may_not_sign(world, who):
    asked = ask(world.secretary, 1, 2)
    assert refused(decide(world.people[who], asked)) == (403, "other_office")
    assert decisions() == []


def test_the_head_of_another_township_who_clerks_here_does_not_sign_here(world):
    make_office(world.township_clerk, Role.TOWNSHIP_HEAD, area=world.township_2)
    asked = ask(world.secretary, 1, 2)
    assert refused(decide(world.township_clerk, asked)) == (403, "other_office")
    (item,) = Phone(world.township_clerk).get("/approvals").json["items"]
    assert not item["may_decide"]


def test_the_township_does_not_decide_what_the_county_decides(world):
    asked = ask(world.secretary, 1, 5)
    approve(asked, world.township_head)
    assert refused(decide(world.township_head, asked)) == (403, "other_office")
    assert read(world.secretary, asked)["state"] == "submitted"


def test_the_county_does_not_decide_before_the_township_is_heard(world):
    asked = ask(world.secretary, 1, 9)
    for office in (world.county_office, world.county_group):
        assert refused(decide(office, asked)) == (403, "other_office")


@pytest.mark.parametrize("who", ["township_clerk_2", "township_clerk_b", "county_office_b"])
def test_another_township_and_county_find_no_such_leave(world, who):
    asked, invented = ask(world.secretary, 1, 2), {"id": str(uuid4())}
    real, other = decide(world.people[who], asked), decide(world.people[who], invented)
    assert real.status_code == other.status_code == 404
    assert real.json == other.json
    with transaction():
        denied = db.session.scalars(select(AuditEntry).where(AuditEntry.result == "denied")).all()
    assert {str(entry.subject_id) for entry in denied} >= {asked["id"]}
    assert read(world.secretary, asked)["state"] == "submitted"


@pytest.mark.parametrize(
    "who", ["secretary", "village_secretary", "unit_head", "city_org", "helper", "admin"]
)
def test_no_other_role_decides(world, who):
    assert decide(world.people[who], ask(world.secretary, 1, 2)).status_code == 403


def test_nobody_decides_on_his_own_leave(world):
    make_posting(world.county_group, world.village, world.unit, role=PostingRole.MEMBER)
    asked = ask(world.county_group, 1, 2)
    assert asked["waits_for"] == "county_group"
    assert refused(decide(world.county_group, asked)) == (403, "own_leave")
    (item,) = Phone(world.county_group).get("/approvals").json["items"]
    assert not item["may_decide"]
    colleague = make_person("张副组")
    make_office(colleague, Role.COUNTY_GROUP, area=world.county)
    assert approve(asked, colleague)["state"] == "approved"


def test_after_the_move_to_another_township_nobody_decides_on_what_was_asked_before(world):
    asked = ask(world.secretary, 5, 2)
    with transaction():
        db.session.execute(
            update(Posting).where(Posting.id == world.postings["secretary"].id).values(last_day=day(2))
        )
    make_posting(world.secretary, world.village_of_township_2, world.unit, first_day=day(2))
    assert refused(decide(world.township_head, asked)) == (409, "posting_ended")
    assert Phone(world.township_head).get("/approvals").json["items"] == []
    assert decide(world.township_clerk_2, asked).status_code == 404
    assert take(world.secretary, asked, "withdrawal").json["state"] == "withdrawn"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "maybe"},
        {"decision": "approved", "opinion": "长" * 301},
        {"decision": "approved", "opinion": "同\u0007意"},
        {"decision": "approved", "state": "approved"},
        {"decision": "rejected"},
        {"decision": "rejected", "opinion": " \n "},
    ],
)
def test_a_decision_that_is_none_is_refused(world, body):
    asked = ask(world.secretary, 1, 2)
    assert take(world.township_head, asked, "decisions", **body).status_code == 422
    assert decisions() == []


def test_a_decision_needs_no_words_to_agree(world):
    asked = ask(world.secretary, 1, 2)
    assert decide(world.township_head, asked, opinion="").json["state"] == "approved"


# -- several at once ---------------------------------------------------------------------------


def test_of_several_each_answers_for_itself(world):
    mine, others = ask(world.secretary, 1, 2), ask(world.member, 1, 2)
    longer = ask(world.member_of_village_2, 1, 5)
    foreign = ask(world.member_of_township_2, 1, 2)
    gone = ask(world.secretary, 10, 2)
    take(world.secretary, gone, "withdrawal")
    oral = ask(
        world.secretary, 20, 2, consent={"by": "李", "at": "2026-01-01T08:00:00+08:00", "channel": "sms"}
    )
    answer = decide_several(world.township_head, [mine, others, longer, foreign, gone, oral])
    assert outcomes(answer) == [
        ("approved", None),
        ("approved", None),
        ("submitted", None),
        (None, "leave_not_found"),
        (None, "leave_decided"),
        (None, "papers_missing"),
    ]
    assert [item["leave_id"] for item in answer.json["items"]] == [
        leave["id"] for leave in (mine, others, longer, foreign, gone, oral)
    ]
    assert len(decisions()) == 3
    assert read(world.member_of_village_2, longer)["waits_for"] == "county_office"
    assert on_record(others["id"]) == ["leave.request", "leave.decide"]


def test_several_are_rejected_with_one_reason_and_never_without(world):
    leaves = [ask(world.secretary, 1, 2), ask(world.member, 1, 2)]
    assert refused(decide_several(world.township_head, leaves, "rejected", "")) == (422, "opinion_needed")
    answer = decide_several(world.township_head, leaves, "rejected", "近期有督查")
    assert outcomes(answer) == [("rejected", None)] * 2
    assert {said.opinion for said in decisions()} == {"近期有督查"}


def test_an_extension_of_what_is_over_does_not_hold_up_the_others(world):
    first = ask(world.secretary, 0, 2)
    approve(first, world.township_head)
    longer = extend(world.secretary, first, 2).json
    take(world.secretary, first, "return", day=iso(0), half="afternoon")
    other = ask(world.member, 1, 2)
    answer = decide_several(world.township_head, [longer, other])
    assert outcomes(answer) == [(None, "extended_leave_over"), ("approved", None)]
    assert refused(decide(world.township_head, longer)) == (409, "extended_leave_over")
    assert decide(world.township_head, longer, "rejected", "已经回村").json["state"] == "rejected"


def test_a_long_leave_without_a_stand_in_does_not_hold_up_the_others(world):
    long, short = ask(world.secretary, 1, 20), ask(world.member, 1, 9)
    decide_several(world.township_head, [long, short])
    answer = decide_several(world.county_group, [long, short])
    assert outcomes(answer) == [(None, "stand_in_needed"), ("approved", None)]
    take(world.unit_clerk, long, "stand-in", **candidate())
    assert outcomes(decide_several(world.county_group, [long, short])) == [
        ("approved", None),
        (None, "leave_decided"),
    ]


def test_a_long_leave_is_refused_without_a_stand_in(world):
    long = ask(world.secretary, 1, 20)
    approve(long, world.township_head)
    assert decide(world.county_group, long, "rejected", "任务重").json["state"] == "rejected"


def test_deciding_many_takes_as_many_statements_as_deciding_two(world, statements):
    people = [make_person(f"黄{number}") for number in range(14)]
    for person in people:
        make_posting(person, world.village, world.unit)
    leaves = [ask(person, 1, 5) for person in people]
    head = Phone(world.township_head)

    def count(some):
        statements.clear()
        body = {"leave_ids": [leave["id"] for leave in some], "decision": "approved", "opinion": "同意"}
        assert {item["state"] for item in head.post("/approvals/decisions", body).json["items"]} == {
            "submitted"
        }
        return len(statements)

    assert count(leaves[:2]) == count(leaves[2:])


ONE = str(uuid4())


@pytest.mark.parametrize("ids", [[], ["x"], [ONE, ONE], [str(uuid4()) for _ in range(51)]])
def test_a_list_that_is_none_is_refused(world, ids):
    body = {"leave_ids": ids, "decision": "approved"}
    assert Phone(world.township_head).post("/approvals/decisions", body).status_code == 422
