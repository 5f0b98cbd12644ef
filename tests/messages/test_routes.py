"""The inbox on a phone."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from identity.models import Office
from identity.permissions import Role
from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db, transaction
from messages.models import MessageKind
from org.models import Posting
from tests.factories import Phone, make_office, make_posting


def _ids(answer):
    return [item["id"] for item in answer.json["items"]]


def test_i_read_what_i_was_told_the_latest_first(world, tell_people):
    leave, at = uuid4(), now()
    tell_people(world.secretary, title="较早", at=at - timedelta(days=1))
    tell_people(
        world.secretary,
        kind=MessageKind.RETURN_OVERDUE,
        subject_id=leave,
        title="请销假",
        text="假期已满",
        at=at,
    )
    answer = Phone(world.secretary).get("/messages")
    assert answer.status_code == 200
    assert [item["title"] for item in answer.json["items"]] == ["请销假", "较早"]
    assert (answer.json["unread"], answer.json["next_cursor"]) == (2, None)
    first = answer.json["items"][0]
    assert first.pop("id")
    assert first == {
        "kind": "return_overdue",
        "subject_id": str(leave),
        "title": "请销假",
        "text": "假期已满",
        "sent_at": at.isoformat(),
        "read_at": None,
    }


def test_i_see_nobody_else_s(world, tell_people):
    tell_people(world.secretary)
    for other in (world.member, world.township_clerk, world.county_office, world.admin):
        assert Phone(other).get("/messages").json == {"items": [], "next_cursor": None, "unread": 0}


def test_what_i_have_read_stays_and_counts_no_more(world, tell_people):
    tell_people(world.secretary, occasion="1")
    tell_people(world.secretary, occasion="2")
    me = Phone(world.secretary)
    read, unread = _ids(me.get("/messages"))
    assert me.post("/messages/reading", {"ids": [read]}).status_code == 204
    all_, left = me.get("/messages"), me.get("/messages?unread_only=true")
    assert (all_.json["unread"], _ids(all_)) == (1, [read, unread])
    assert [item["read_at"] is None for item in all_.json["items"]] == [False, True]
    assert (left.json["unread"], _ids(left)) == (1, [unread])


def test_the_first_reading_counts(world, tell_people):
    tell_people(world.secretary)
    me = Phone(world.secretary)
    ids = _ids(me.get("/messages"))
    me.post("/messages/reading", {"ids": ids})
    first = me.get("/messages").json
    assert me.post("/messages/reading", {"ids": ids}).status_code == 204
    assert me.get("/messages").json == first
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "message.read"))
    assert (entry.actor_id, entry.county_id, entry.details) == (
        world.secretary.id,
        world.county.id,
        {"messages": 1},
    )


def test_nobody_reads_for_me(world, tell_people):
    """And the answer does not say whether there is such a message."""
    tell_people(world.secretary)
    me = Phone(world.secretary)
    ids = _ids(me.get("/messages"))
    for other in (world.member, world.township_clerk):
        assert Phone(other).post("/messages/reading", {"ids": [*ids, str(uuid4())]}).status_code == 204
    assert me.get("/messages").json["unread"] == 1


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": ["1"]}, {"ids": None}, {"ids": [str(uuid4())] * 201}]
)
def test_a_reading_names_one_to_two_hundred_messages(world, body):
    assert Phone(world.secretary).post("/messages/reading", body).status_code == 422


def test_pages_follow_each_other_though_many_were_told_at_one_instant(world, tell_people):
    at = now()
    for number in range(7):
        tell_people(world.secretary, occasion=str(number), at=at - timedelta(minutes=number // 3))
    me, cursor, seen, pages = Phone(world.secretary), None, [], 0
    while pages == 0 or cursor:
        answer = me.get("/messages", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen, cursor, pages = seen + answer.json["items"], answer.json["next_cursor"], pages + 1
        assert answer.json["unread"] == 7
    assert pages == 4 and len({item["id"] for item in seen}) == 7
    assert [item["sent_at"] for item in seen] == sorted((item["sent_at"] for item in seen), reverse=True)


def test_a_page_takes_three_statements_however_long(world, tell_people, statements):
    for number in range(20):
        tell_people(world.secretary, occasion=str(number))
    me = Phone(world.secretary)
    statements.clear()
    assert len(_ids(me.get("/messages"))) == 20
    assert len(statements) == 3, statements


@pytest.mark.parametrize(
    "key",
    ["secretary", "member", "helper", "village_secretary", "township_clerk", "township_head", "county_office",
     "county_group", "city_org", "city_rural", "unit_clerk", "unit_head", "admin"],
)  # fmt: skip
def test_every_role_finds_what_it_is_told_in_its_county(world, tell_people, key):
    tell_people(world.people[key])
    assert Phone(world.people[key]).get("/messages").json["unread"] == 1


@pytest.mark.parametrize("key", ["city_org", "unit_clerk"])
def test_who_reaches_several_counties_is_told_of_all_in_one_inbox(world, tell_people, key):
    tell_people(world.people[key], title="甲")
    tell_people(world.people[key], title="乙", county_id=world.county_b.id)
    titles = [item["title"] for item in Phone(world.people[key]).get("/messages").json["items"]]
    assert titles == ["乙", "甲"]


def test_after_a_transfer_to_another_county_i_still_read_of_my_own_leave(world, tell_people):
    tell_people(world.secretary)
    with transaction():
        db.session.execute(
            update(Posting)
            .where(Posting.person_id == world.secretary.id)
            .values(last_day=today() - timedelta(days=1))
        )
    make_posting(world.secretary, world.village_b, world.unit, first_day=today())
    tell_people(world.secretary, county_id=world.county_b.id)
    assert Phone(world.secretary).get("/messages").json["unread"] == 2


def test_what_an_office_was_told_stays_behind_with_the_office(world, tell_people):
    tell_people(world.county_office)
    with transaction():
        db.session.execute(
            update(Office)
            .where(Office.person_id == world.county_office.id)
            .values(last_day=today() - timedelta(days=1))
        )
    make_office(world.county_office, Role.COUNTY_OFFICE, area=world.county_b, first_day=date(2026, 1, 1))
    assert Phone(world.county_office).get("/messages").json == {"items": [], "next_cursor": None, "unread": 0}


def test_the_phone_is_told_which_templates_it_may_ask_for(world, phone, bound):
    templates = phone(world.secretary).get("/messages/templates").json["items"]
    assert {each["kind"]: each["template"] for each in templates} == {
        "leave_decided": "tmpl-own",
        "office_waits": "tmpl-library",
        "papers_due": "tmpl-withdrawn",
    }
