"""A dated, written delegation lets a deputy sign between its days and for its office (D7)."""

import pytest
from sqlalchemy import select, update

from identity.permissions import Role
from kernel.database import db, transaction
from leave.models import Decision, Delegation, Leave
from org.models import PostingRole
from tests.factories import Phone, make_office, make_person, make_posting
from tests.leave.steps import approve, ask, day, decide, delegate, iso, on_record, read, refused, told


def test_a_deputy_signs_by_a_written_delegation_and_it_shows(world):
    asked = ask(world.secretary, 1, 2)
    assert delegate(world.township_head, world.township_clerk).status_code == 201
    (item,) = Phone(world.township_clerk).get("/approvals").json["items"]
    assert item["may_decide"]
    (said,) = approve(asked, world.township_clerk)["decisions"]
    assert (said["signed_by"]["name"], said["by_delegation"]) == (world.township_clerk.name, True)
    with transaction():
        row = db.session.scalars(select(Decision)).one()
        document = db.session.scalars(
            select(Delegation.document_no).where(Delegation.id == row.delegation_id)
        ).one()
    assert document == "甲一乡委〔2026〕8号"


def test_the_head_signs_as_before_and_not_by_delegation(world):
    asked = ask(world.secretary, 1, 2)
    delegate(world.township_head, world.township_clerk)
    (said,) = approve(asked, world.township_head)["decisions"]
    assert not said["by_delegation"]


@pytest.mark.parametrize(
    ("first", "last", "signs"), [(0, 0, True), (-3, 0, True), (0, 9, True), (1, 9, False)]
)
def test_a_deputy_signs_between_the_days_of_the_document(world, first, last, signs):
    asked = ask(world.secretary, 1, 2)
    assert delegate(world.township_head, world.township_clerk, first, last).status_code == 201
    assert decide(world.township_clerk, asked).status_code == (200 if signs else 403)


def test_a_delegation_that_is_over_lets_nobody_sign(world):
    asked = ask(world.secretary, 1, 2)
    delegate(world.township_head, world.township_clerk)
    with transaction():
        db.session.execute(update(Delegation).values(first_day=day(-9), last_day=day(-1)))
    assert refused(decide(world.township_clerk, asked)) == (403, "other_office")
    assert Phone(world.township_head).get("/delegations").json["items"] == []


def test_a_delegation_taken_back_ends_at_once(world):
    asked = ask(world.secretary, 1, 2)
    made = delegate(world.township_head, world.township_clerk).json
    assert Phone(world.township_head).delete(f"/delegations/{made['id']}").status_code == 204
    assert refused(decide(world.township_clerk, asked)) == (403, "other_office")
    assert Phone(world.township_head).delete(f"/delegations/{made['id']}").status_code == 404
    assert on_record(made["id"]) == ["leave.delegate", "leave.end_delegation"]


def test_a_deputy_is_told_what_waits(world):
    delegate(world.township_head, world.township_clerk)
    ask(world.secretary, 1, 2)
    assert told(world.township_clerk) == told(world.township_head) == [("office_waits", "有请假待审批")]


def test_a_deputy_of_another_office_of_the_county_reads_what_he_signs(world):
    delegate(world.county_office, world.county_group, office="county_office")
    asked = ask(world.secretary, 1, 5)
    assert read(world.county_group, asked)["reason"] == asked["reason"]
    approve(asked, world.township_head)
    assert approve(asked, world.county_group)["decisions"][1]["by_delegation"]


def test_a_deputy_does_not_sign_his_own_leave(world):
    make_posting(world.township_clerk, world.village, world.unit, role=PostingRole.MEMBER)
    delegate(world.township_head, world.township_clerk)
    asked = ask(world.township_clerk, 1, 2)
    assert refused(decide(world.township_clerk, asked)) == (403, "own_leave")
    assert approve(asked, world.township_head)["state"] == "approved"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"last": -1, "first": -5}, "delegation_dates"),
        ({"first": 3, "last": 2}, "delegation_dates"),
        ({"last": 400}, "delegation_dates"),
        ({"document_no": " "}, "invalid"),
        ({"office": "ministry"}, "invalid"),
        ({"area_id": "x"}, "invalid"),
    ],
)
def test_a_delegation_that_is_none_is_refused(world, changes, code):
    answer = delegate(world.township_head, world.township_clerk, **changes)
    assert refused(answer) == (422, code)


def test_an_office_is_delegated_to_its_own_people_only(world):
    assert refused(delegate(world.township_head, world.township_head)) == (422, "deputy_not_in_office")
    assert refused(delegate(world.township_head, world.village_secretary)) == (422, "deputy_not_in_office")
    assert delegate(world.township_head, world.township_clerk_2).status_code == 404
    assert refused(delegate(world.township_head, world.township_clerk, office="county_office")) == (
        403,
        "not_your_office",
    )


def test_the_ones_who_may_not_sign_themselves_delegate_nothing(world):
    for who in (world.township_clerk, world.secretary, world.unit_head):
        assert delegate(who, world.township_head).status_code == 403


def test_a_deputy_who_has_left_the_office_signs_no_more(world):
    asked = ask(world.secretary, 1, 2)
    clerk = make_person("张临时")
    office = make_office(clerk, Role.TOWNSHIP_CLERK, area=world.township)
    delegate(world.township_head, clerk)
    make_office(clerk, Role.TOWNSHIP_CLERK, area=world.township_2)
    with transaction():
        db.session.execute(update(type(office)).where(type(office).id == office.id).values(last_day=day(-1)))
    assert decide(clerk, asked).status_code == 404
    with transaction():
        assert db.session.scalars(select(Leave.state)).one() == "submitted"


def test_a_head_is_shown_who_else_serves_in_the_office(world):
    make_office(make_person("黄副书记"), Role.TOWNSHIP_CLERK, area=world.township)
    make_office(make_person("黄二镇"), Role.TOWNSHIP_CLERK, area=world.township_2)
    make_office(make_person("黄离任"), Role.TOWNSHIP_CLERK, area=world.township, last_day=day(-1))
    items = Phone(world.township_head).get("/delegations/deputies").json["items"]
    assert {item["deputy"]["name"] for item in items} == {"黄副书记", world.township_clerk.name}
    assert {(item["office"], item["area"]["name"]) for item in items} == {("township", "甲一乡")}
    for item in items:
        body = {"deputy_id": item["deputy"]["id"], "first_day": iso(0), "last_day": iso(3)}
        answer = Phone(world.township_head).post(
            "/delegations", {**body, "document_no": "甲一乡委〔2026〕8号"}
        )
        assert answer.status_code == 201


def test_whoever_heads_two_offices_of_a_county_is_shown_the_deputies_of_each(world):
    make_office(world.county_group, Role.COUNTY_OFFICE, area=world.county)
    items = Phone(world.county_group).get("/delegations/deputies").json["items"]
    assert {item["office"] for item in items} == {"county_office", "county_group"}
    assert str(world.county_group.id) not in {item["deputy"]["id"] for item in items}
