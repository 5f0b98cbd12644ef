"""The one inbox of an office: whatever waits for its word, in one list, the longest waiting first."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from identity.permissions import Role
from kernel.clock import now, today
from kernel.database import db, transaction
from leave.models import Leave
from leave.policy import Tier
from oversight.inspection_models import Finding
from oversight.recall_models import RecallCase
from roster.models import Rotation
from roster.policy import Office
from tests.factories import Phone, make_leave, make_office, make_person, make_posting, make_rotation
from tests.oversight.making import make_finding, make_inspection, make_proposal, only_recall
from tests.oversight.steps import instant, ok, refused


def inbox(person, query=""):
    return ok(Phone(person).get(f"/inbox{query}"))["items"]


def kinds(person):
    return [(item["kind"], item["person"]["name"]) for item in inbox(person)]


def let_wait(table, fact, **hours_ago):
    """Let something have begun to wait so many hours ago."""
    with transaction():
        values = {name: now() - timedelta(hours=hours) for name, hours in hours_ago.items()}
        db.session.execute(update(table).where(table.id == fact.id).values(**values))


def leave_for(world, office=Tier.TOWNSHIP, who="member"):
    return make_leave(world.postings[who], county=world.county, waits_for=office)


def finding_at(world, level="township", who="member", **changes):
    inspection = make_inspection(world.village, world.inspector, level=level)
    return make_finding(inspection, world.postings[who], **{"state": "answered", **changes})


# -- what waits for whom ------------------------------------------------------------------------


def test_all_that_waits_for_a_township_stands_in_one_list_the_longest_waiting_first(world):
    leave, rotation, finding = leave_for(world), make_rotation(world.postings["secretary"]), finding_at(world)
    let_wait(Leave, leave, waits_since=5)
    let_wait(Rotation, rotation, waits_since=50)
    let_wait(Finding, finding, answered_at=30)
    items = inbox(world.township_head)
    assert [(item["kind"], item["id"], item["waiting_hours"]) for item in items] == [
        ("rotation", str(rotation.id), 50),
        ("finding", str(finding.id), 30),
        ("leave", str(leave.id), 5),
    ]
    assert [item["clause"][:4] for item in items] == ["第十八条", "第二十一", "第十七条"]
    assert all(item["may_decide"] for item in items)
    assert [item[item["kind"]]["id"] for item in items] == [item["id"] for item in items]


def test_each_item_has_what_its_own_list_says_of_it_and_nothing_of_other_kinds(world):
    leave = leave_for(world)
    (item,) = inbox(world.township_head)
    (approval,) = Phone(world.township_head).get("/approvals").json["items"]
    assert (item["leave"], item["id"]) == (approval, str(leave.id))
    assert [item[kind] for kind in ("rotation", "finding", "proposal", "recall")] == [None] * 4


@pytest.mark.parametrize(
    ("office", "who"),
    [
        (Office.TOWNSHIP, "township_head"),
        (Office.COUNTY_GROUP, "county_group"),
        (Office.CITY_ORG, "city_org"),
        (Office.CITY_RURAL, "city_rural"),
    ],
)
def test_a_rotation_waits_for_the_one_office_whose_turn_it_is(world, office, who):
    make_rotation(world.postings["secretary"], waits_for=office)
    offices = ("township_head", "township_clerk", "county_office", "county_group", "city_org", "city_rural")
    found = {key: kinds(world.people[key]) for key in offices}
    assert {key: items for key, items in found.items() if items} == {who: [("rotation", "曾福生")]}


@pytest.mark.parametrize(
    ("level", "judges"),
    [
        ("township", {"township_head"}),
        ("county", {"county_office", "county_group"}),
        ("city", {"city_org", "city_rural"}),
    ],
)
def test_a_finding_waits_for_the_offices_of_the_level_that_sent_the_inspector(world, level, judges):
    finding_at(world, level)
    offices = ("township_head", "township_clerk", "county_office", "county_group", "city_org", "city_rural")
    assert {key for key in offices if inbox(world.people[key])} == judges


def test_a_finding_waits_once_the_person_has_answered_or_the_days_for_it_are_over(world):
    finding = finding_at(world, state="found")
    assert inbox(world.township_head) == []
    with transaction():
        over = {"answer_due_on": today() - timedelta(days=1)}
        db.session.execute(update(Finding).where(Finding.id == finding.id).values(**over))
    (item,) = inbox(world.township_head)
    assert item["waits_since"] == f"{instant().date()}T00:00:00+08:00"


def test_a_late_answer_does_not_make_a_finding_wait_less_long(world):
    finding = finding_at(world)
    with transaction():
        over = {"answer_due_on": today() - timedelta(days=3)}
        db.session.execute(update(Finding).where(Finding.id == finding.id).values(**over))
    (item,) = inbox(world.township_head)
    assert item["waits_since"] == f"{instant().date() - timedelta(days=2)}T00:00:00+08:00"


def test_a_proposal_waits_for_the_city_alone(world):
    make_proposal(finding_at(world, "city", state="confirmed"), step="recall")
    (item,) = inbox(world.city_rural)
    assert (item["kind"], item["proposal"]["step"]) == ("proposal", "recall")
    assert "两次以上" in item["clause"]
    assert inbox(world.county_group) == inbox(world.township_head) == []


def test_a_recall_waits_for_the_leading_group_once_the_person_was_heard(world):
    recall = only_recall(world.postings["member"], answered_at=None, answer_sealed=None)
    assert inbox(world.county_group) == []
    with transaction():
        over = {"answer_due_on": today() - timedelta(days=1)}
        db.session.execute(update(RecallCase).where(RecallCase.id == recall.id).values(**over))
    (item,) = inbox(world.county_group)
    assert (item["kind"], item["recall"]["state"]) == ("recall", "proposed")
    assert item["clause"].startswith("第二十二条（三）")
    assert inbox(world.county_office) == []


@pytest.mark.parametrize(
    ("who", "urging"), [("secretary", {"city_org", "city_rural"}), ("member", {"county_office"})]
)
def test_a_recall_that_is_decided_waits_to_be_urged_at_the_unit_s_level(world, who, urging):
    only_recall(world.postings[who], state="decided")
    offices = ("township_head", "county_office", "county_group", "city_org", "city_rural")
    assert {key for key in offices if inbox(world.people[key])} == urging


@pytest.mark.parametrize("state", ["urged", "recalled", "not_upheld"])
def test_a_recall_further_on_waits_for_no_office(world, state):
    only_recall(world.postings["member"])
    with transaction():
        done = {"decided_by": world.county_group.id, "decided_at": now(), "reason_of_decision": "属实"}
        if state != "not_upheld":
            done |= {"urged_by": world.county_office.id, "urged_at": now(), "urging_document_no": "1号"}
        if state == "recalled":
            done |= {"recalled_by": world.unit_head.id, "recalled_at": now(), "last_day": today()}
        db.session.execute(update(RecallCase).values(state=state, **done))
    assert [inbox(world.people[key]) for key in ("county_group", "county_office", "city_org")] == [[]] * 3


def test_whoever_it_is_about_sees_it_waiting_and_may_not_decide(world):
    posting = make_posting(world.township_head, world.village, world.unit)
    make_rotation(posting)
    make_finding(make_inspection(world.village, world.inspector, level="township"), posting, state="answered")
    assert [item["may_decide"] for item in inbox(world.township_head)] == [False, False]


def test_a_clerk_sees_the_leaves_to_prepare_and_nothing_else(world):
    leave_for(world)
    make_rotation(world.postings["secretary"])
    finding_at(world)
    ((kind, _),) = kinds(world.township_clerk)
    (item,) = inbox(world.township_clerk)
    assert (kind, item["may_decide"]) == ("leave", False)


# -- walls --------------------------------------------------------------------------------------


def test_nothing_of_another_area_is_in_the_inbox(world):
    leave_for(world)
    make_rotation(world.postings["secretary"])
    finding_at(world)
    finding_at(world, "county", who="secretary")
    only_recall(world.postings["member"])
    head = make_person("黄二镇")
    make_office(head, Role.TOWNSHIP_HEAD, area=world.township_2)
    group = make_person("黄乙县")
    make_office(group, Role.COUNTY_GROUP, area=world.county_b)
    assert inbox(head) == inbox(group) == inbox(world.county_office_b) == []


def test_the_inbox_is_for_offices(world):
    for who in (world.secretary, world.village_secretary, world.unit_clerk, world.inspector):
        assert Phone(who).get("/inbox").status_code == 403


def test_one_thing_is_found_by_its_id_while_it_waits_for_me(world):
    leave, rotation = leave_for(world), make_rotation(world.postings["secretary"])
    head = Phone(world.township_head)
    assert ok(head.get(f"/inbox/{rotation.id}"))["kind"] == "rotation"
    assert ok(head.get(f"/inbox/{leave.id}"))["kind"] == "leave"
    assert refused(Phone(world.county_group).get(f"/inbox/{rotation.id}")) == (404, "not_waiting")
    ok(head.post(f"/rotations/{rotation.id}/decisions", {"decision": "rejected", "opinion": "暂不调整"}))
    assert refused(head.get(f"/inbox/{rotation.id}")) == (404, "not_waiting")


# -- pages and statements -----------------------------------------------------------------------


def test_the_inbox_is_turned_page_by_page_over_all_kinds(world):
    leave, rotation, finding = leave_for(world), make_rotation(world.postings["secretary"]), finding_at(world)
    let_wait(Leave, leave, waits_since=9)
    let_wait(Rotation, rotation, waits_since=7)
    let_wait(Finding, finding, answered_at=8)
    head = Phone(world.township_head)
    seen, query = [], "?limit=1"
    while query:
        page = ok(head.get(f"/inbox{query}"))
        seen += [item["id"] for item in page["items"]]
        query = page["next_cursor"] and f"?limit=1&cursor={page['next_cursor']}"
    assert seen == [str(leave.id), str(finding.id), str(rotation.id)]


def test_the_inbox_takes_the_same_statements_however_much_of_each_kind_is_in_it(world, statements):
    make_office(world.county_group, Role.CITY_ORG, area=world.city)

    def add_one_of_each(number):
        postings = [make_posting(make_person(f"黄{number}"), world.village, world.unit_2) for _ in range(2)]
        make_leave(postings[0], county=world.county, waits_for=Tier.COUNTY_GROUP)
        make_rotation(postings[0], waits_for=Office.COUNTY_GROUP)
        inspection = make_inspection(world.village, world.inspector, level="county")
        make_finding(inspection, postings[0], state="answered")
        make_proposal(make_finding(inspection, postings[1], state="confirmed"))
        only_recall(postings[1])

    group = Phone(world.county_group)
    assert inbox(world.county_group) == ok(group.get("/inbox"))["items"] == []

    def count():
        statements.clear()
        items = ok(group.get("/inbox"))["items"]
        assert {item["kind"] for item in items} == {"leave", "rotation", "finding", "proposal", "recall"}
        return len(statements), len(items)

    add_one_of_each(0)
    few, items = count()
    assert items == 5
    for number in range(1, 7):
        add_one_of_each(number)
    assert count() == (few, 35)
    assert few <= 22
