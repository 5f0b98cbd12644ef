"""Who takes the post during a long leave: named by the dispatching unit under Article 6 (Article 17)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from identity.login import cipher
from identity.permissions import Role
from kernel.database import db, transaction
from leave.models import StandIn
from org.models import Person, Posting, PostingRole
from org.policy import Grade, UnitKind
from tests.factories import Phone, add, make_office, make_person, make_posting, make_unit
from tests.leave.steps import (
    approve,
    ask,
    candidate,
    day,
    decide,
    iso,
    on_record,
    preview,
    read,
    refused,
    take,
)


def name(world, leave, who="unit_clerk", **changes):
    return take(world.people[who], leave, "stand-in", **candidate(**changes))


def note(world, leave, who="county_group", text="由驻村队员钟秋香主持"):
    return take(world.people[who], leave, "stand-in", adjustment=text)


def posting_of(phone_owner: str) -> Posting | None:
    with transaction():
        return db.session.scalars(
            select(Posting).join(Person, Person.id == Posting.person_id).where(Person.name == phone_owner)
        ).one_or_none()


@pytest.mark.parametrize(("length", "needed"), [(14, False), (15, True), (40, True)])
def test_from_fifteen_days_on_somebody_stands_in(world, length, needed):
    assert preview(world.secretary, 1, length)["needs_stand_in"] is needed
    asked = ask(world.secretary, 1, length)
    approve(asked, world.township_head)
    assert decide(world.county_group, asked).status_code == (409 if needed else 200)


def test_half_a_day_less_than_fifteen_needs_nobody(world):
    assert not preview(world.secretary, 1, 15, last_half="morning")["needs_stand_in"]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"full_member_since": None}, ["正式党员"]),
        ({"working_since": None}, ["工作经历"]),
        ({"full_member_since": iso, "working_since": iso}, ["党龄", "工作经历"]),
    ],
)
def test_what_must_be_and_is_not_is_refused(world, changes, reasons):
    asked = ask(world.secretary, 1, 20)
    changes = {field: value(-30) if value else None for field, value in changes.items()}
    answer = name(world, asked, **changes)
    assert refused(answer) == (422, "stand_in_unqualified")
    told = answer.json["error"]["details"]["reasons"]
    assert len(told) == len(reasons)
    assert all(reason in line for reason, line in zip(reasons, told, strict=True))
    assert read(world.secretary, asked)["stand_in"] is None
    assert posting_of("邱接替") is None


def test_party_and_work_may_have_begun_long_ago(world):
    old = {"full_member_since": "1989-07-01", "working_since": "1986-08-01"}
    assert name(world, ask(world.secretary, 1, 20), **old).status_code == 201


@pytest.mark.parametrize("grade", [None, "deputy_section_chief", "middle_management", "other"])
def test_what_should_be_in_principle_is_a_warning_that_stays_on_the_leave(world, grade):
    asked = ask(world.secretary, 1, 20)
    answer = name(world, asked, grade=grade)
    assert answer.status_code == 201
    (warning,) = answer.json["warnings"]
    assert "职级" in warning
    assert read(world.county_group, asked)["stand_in"]["warnings"] == [warning]


def test_whoever_stands_in_for_a_member_is_only_warned_about(world):
    world.people["clerk_2"] = make_person("张水利")
    make_office(world.clerk_2, Role.UNIT_CLERK, unit=world.unit_2)
    asked = ask(world.member, 1, 20)
    answer = name(world, asked, "clerk_2", full_member_since=None, working_since=None, grade=None)
    assert answer.status_code == 201
    assert "党员" in answer.json["warnings"][0]


def test_party_age_is_measured_on_the_first_day_of_the_leave(world):
    start = next(n for n in (10, 11) if (day(n).month, day(n).day) != (2, 29))
    asked = ask(world.secretary, start, 20)
    a_year_before = day(start).replace(year=day(start).year - 1)
    too_late = a_year_before + timedelta(days=1)
    answer = name(world, asked, full_member_since=too_late.isoformat())
    assert refused(answer) == (422, "stand_in_unqualified")
    assert name(world, asked, full_member_since=a_year_before.isoformat()).status_code == 201


def test_another_unit_finds_nobody_to_stand_in_for(world):
    other = make_unit("甲县林业局", UnitKind.COUNTY_ORGAN)
    world.people["other_clerk"] = make_person("张林")
    make_office(world.other_clerk, Role.UNIT_CLERK, unit=other)
    asked = ask(world.secretary, 1, 20)
    assert name(world, asked, "other_clerk").status_code == 404
    assert name(world, ask(world.member, 1, 20)).status_code == 404


@pytest.mark.parametrize("who", ["township_head", "county_office", "member", "village_secretary", "city_org"])
def test_only_the_unit_names_a_stand_in(world, who):
    assert name(world, ask(world.secretary, 1, 20), who).status_code == 403


def test_the_leading_group_names_nobody_and_the_unit_adjusts_no_post(world):
    asked = ask(world.secretary, 1, 20)
    assert refused(name(world, asked, "county_group")) == (403, "not_your_unit")
    assert refused(note(world, asked, "unit_clerk")) == (403, "other_office")


def test_the_leading_group_of_another_county_adjusts_no_post_of_this_one(world):
    """Who clerks for the unit sees the leave, but as the leading group only the own county's."""
    make_office(world.unit_clerk, Role.COUNTY_GROUP, area=world.county_b)
    assert refused(note(world, ask(world.secretary, 1, 20), "unit_clerk")) == (403, "other_office")


def test_the_post_may_be_adjusted_instead(world):
    asked = ask(world.secretary, 1, 20)
    approve(asked, world.township_head)
    answer = note(world, asked)
    assert (answer.status_code, answer.json["person"]) == (201, None)
    away = approve(asked, world.county_group)
    assert (away["state"], away["stand_in"]["adjustment"]) == ("approved", "由驻村队员钟秋香主持")


def test_what_was_named_last_holds(world):
    asked = ask(world.secretary, 1, 20)
    note(world, asked)
    name(world, asked, name="温前", phone="13700000001")
    name(world, asked)
    approve(asked, world.township_head, world.county_group)
    assert read(world.secretary, asked)["stand_in"]["person"]["name"] == "邱接替"
    assert posting_of("温前") is None
    posting = posting_of("邱接替")
    assert (posting.first_day, posting.last_day) == (day(1), day(20))
    assert (posting.role, posting.village_id) == (PostingRole.FIRST_SECRETARY, world.village.id)
    assert on_record(asked["id"]).count("leave.name_stand_in") == 3


def test_nobody_stands_in_for_a_short_or_a_decided_leave(world):
    short = ask(world.secretary, 1, 2)
    assert refused(name(world, short)) == (409, "no_stand_in_needed")
    take(world.secretary, short, "withdrawal")
    long = ask(world.secretary, 1, 20)
    take(world.secretary, long, "withdrawal")
    assert refused(name(world, long)) == (409, "leave_decided")


def test_whoever_is_posted_elsewhere_meanwhile_does_not_stand_in(world):
    busy = make_person("温忙", "13700000077")
    make_posting(busy, world.village_b, world.unit, first_day=day(20))
    asked = ask(world.secretary, 1, 20)
    named = {"name": "温忙", "phone": "13700000077"}
    assert refused(name(world, asked, **named)) == (409, "stand_in_posted")


def test_the_person_on_leave_is_no_stand_in(world):
    me = world.secretary
    number = cipher().decrypt(me.phone_sealed, field="phone", row_id=me.id)
    answer = name(world, ask(me, 1, 20), name=me.name, phone=number)
    assert refused(answer) == (409, "stand_in_posted")


def test_whoever_was_posted_elsewhere_since_is_refused_with_the_approval_only(world):
    short, long = ask(world.member, 1, 9), ask(world.secretary, 1, 20)
    name(world, long)
    approve(short, world.township_head)
    approve(long, world.township_head)
    with transaction():
        stand_in = db.session.scalars(select(Person).where(Person.name == "邱接替")).one()
    make_posting(stand_in, world.village_b, world.unit, first_day=day(3), last_day=day(4))
    several = {"leave_ids": [long["id"], short["id"]], "decision": "approved"}
    items = Phone(world.county_group).post("/approvals/decisions", several).json["items"]
    assert [(item["state"], item["code"]) for item in items] == [
        (None, "stand_in_posted"),
        ("approved", None),
    ]
    assert read(world.secretary, long)["state"] == "submitted"


def test_one_person_does_not_stand_in_twice_at_a_time(world):
    make_office(world.unit_clerk, Role.UNIT_CLERK, unit=world.unit_2)
    one, other = ask(world.secretary, 1, 20), ask(world.member, 15, 20)
    for leave in (one, other):
        assert name(world, leave).status_code == 201
        approve(leave, world.township_head)
    assert approve(one, world.county_group)["state"] == "approved"
    assert refused(decide(world.county_group, other)) == (409, "stand_in_posted")


def test_a_known_number_belongs_to_the_name_it_has(world):
    make_person("温水生", "13700000055")
    asked = ask(world.secretary, 1, 20)
    answer = name(world, asked, name="温冒名", phone="13700000055")
    assert refused(answer) == (422, "name_differs")
    assert "温水生" not in answer.get_data(as_text=True)


def test_what_the_register_knows_is_not_wiped_out_by_what_was_left_blank(world):
    known = make_person("温老", "13700000044")
    known.full_member_since, known.working_since = date(2010, 7, 1), None
    known.grade = Grade.SECTION_CHIEF
    add(known)
    world.people["clerk_2"] = make_person("张水利")
    make_office(world.clerk_2, Role.UNIT_CLERK, unit=world.unit_2)
    asked = ask(world.member, 1, 20)
    blank = {"full_member_since": None, "grade": None, "working_since": "2009-07-01"}
    assert name(world, asked, "clerk_2", name="温老", phone="13700000044", **blank).status_code == 201
    with transaction():
        person = db.session.get_one(Person, known.id, populate_existing=True)
    assert (person.full_member_since.year, person.grade) == (2010, "section_chief")
    assert person.working_since.isoformat() == "2009-07-01"


def test_a_return_before_the_end_ends_the_posting_of_the_stand_in(world):
    asked = ask(world.secretary, 0, 20)
    name(world, asked)
    approve(asked, world.township_head, world.county_group)
    take(world.secretary, asked, "return", day=iso(0), half="afternoon")
    db.session.expire_all()
    assert posting_of("邱接替").last_day == day(0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "邱接替"},
        {"phone": "13700000088"},
        {"adjustment": ""},
        candidate(adjustment="两样都填"),
        candidate(phone="12345"),
        candidate(phone="２３７０００００００８"),
        candidate(grade="king"),
        candidate(full_member_since="1939-12-31"),
        candidate(working_since="9999-12-31"),
        candidate(working_since="20100801"),
        candidate(name="邱\u0000"),
        candidate(posting_id="x"),
    ],
)
def test_a_stand_in_that_is_none_is_refused(world, body):
    asked = ask(world.secretary, 1, 20)
    assert take(world.unit_clerk, asked, "stand-in", **body).status_code == 422
    with transaction():
        assert db.session.scalars(select(StandIn)).all() == []
