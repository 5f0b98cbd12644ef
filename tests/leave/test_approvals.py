"""The inbox of an office: what waits, for how long, and what there is to know about it; and the lists of leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from kernel.database import db, transaction
from leave.models import Leave
from leave.policy import LeaveState, Tier
from tests.factories import MIDDLE, Phone, make_leave, make_person, make_posting
from tests.leave.steps import approve, ask, day, days, decide, iso, now, preview, take


def inbox(person, query=""):
    answer = Phone(person).get(f"/approvals{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def leaves(person, query=""):
    answer = Phone(person).get(f"/leaves{query}")
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def let_wait(leave, hours):
    with transaction():
        since = now() - timedelta(hours=hours)
        db.session.execute(update(Leave).where(Leave.id == leave["id"]).values(waits_since=since))


def test_what_has_waited_longest_comes_first(world):
    asked = [ask(person, 1, 2) for person in (world.secretary, world.member, world.member_of_village_2)]
    for leave, hours in zip(asked, (2, 50, 7), strict=True):
        let_wait(leave, hours)
    assert [(item["id"], item["waiting_hours"]) for item in inbox(world.township_head)] == [
        (asked[1]["id"], 50),
        (asked[2]["id"], 7),
        (asked[0]["id"], 2),
    ]


def test_an_item_says_all_there_is_to_know(world):
    Phone(world.secretary).check_in(MIDDLE)
    colleague = ask(world.member, 2, 9, kind="sick", reason="手术")
    asked = ask(world.secretary, 1, 5, work_goes_to="钟秋香")
    approve(asked, world.township_head)
    (item,) = inbox(world.county_office)
    assert (item["person"]["name"], item["unit"]["name"]) == ("曾福生", "市统计局")
    assert (item["reason"], item["destination"], item["work_goes_to"]) == (
        asked["reason"],
        "赣州市",
        "钟秋香",
    )
    assert "4—7天" in item["clause"]
    assert item["month"]["in_village_days"] == item["month"]["assessed_days"] == 1
    (said,) = item["decisions"]
    assert (said["office"], said["is_opinion"], said["opinion"]) == ("township", True, "同意")
    (away,) = item["away"]
    assert (away["id"], away["person"]["name"]) == (colleague["id"], "钟秋香")
    assert "手术" not in str(item)


@pytest.mark.parametrize(
    ("start", "state", "shown"),
    [(1, LeaveState.APPROVED, True), (3, LeaveState.APPROVED, False), (1, LeaveState.WITHDRAWN, False)],
)
def test_who_is_away_on_the_same_days_is_named(world, start, state, shown):
    make_leave(world.postings["member"], county=world.county, state=state, starts_in_days=start)
    ask(world.secretary, 1, 2)
    (item,) = inbox(world.township_head)
    assert bool(item["away"]) is shown


def test_the_clerk_sees_what_waits_and_does_not_decide(world):
    ask(world.secretary, 1, 2)
    (for_clerk,), (for_head,) = inbox(world.township_clerk), inbox(world.township_head)
    assert (for_clerk["may_decide"], for_head["may_decide"]) == (False, True)


def test_each_office_finds_its_own_in_the_inbox(world):
    short, long = ask(world.secretary, 1, 2), ask(world.member, 1, 9)
    assert [item["id"] for item in inbox(world.township_head)] == [short["id"], long["id"]]
    assert inbox(world.county_office) == inbox(world.county_group) == []
    assert inbox(world.township_clerk_2) == inbox(world.county_office_b) == []
    approve(long, world.township_head)
    assert [item["id"] for item in inbox(world.county_group)] == [long["id"]]
    assert inbox(world.county_office) == []


def test_the_inbox_is_for_offices(world):
    for who in (world.secretary, world.village_secretary, world.unit_clerk, world.city_org):
        assert Phone(who).get("/approvals").status_code == 403


def test_the_inbox_is_turned_page_by_page_while_it_fills_and_empties(world):
    people = [make_person(f"黄{number}") for number in range(5)]
    for person in people:
        make_posting(person, world.village, world.unit)
    asked = [ask(person, 1, 2)["id"] for person in people]
    head = Phone(world.township_head)
    first = head.get("/approvals?limit=2").json
    decide(world.township_head, {"id": asked[0]})
    later = ask(world.secretary, 1, 2)["id"]
    second = head.get(f"/approvals?limit=2&cursor={first['next_cursor']}").json
    third = head.get(f"/approvals?limit=2&cursor={second['next_cursor']}").json
    assert [item["id"] for page in (first, second, third) for item in page["items"]] == [*asked, later]
    assert third["next_cursor"] is None
    assert head.get("/approvals?cursor=nonsense").status_code == 404


def test_the_inbox_takes_the_same_statements_whatever_is_in_it(world, statements):
    head = Phone(world.township_head)

    def count():
        statements.clear()
        assert head.get("/approvals").status_code == 200
        return len(statements)

    ask(world.secretary, 1, 2)
    few = count()
    for number in range(12):
        person = make_person(f"黄{number}")
        make_posting(person, (world.village, world.village_2)[number % 2], world.unit)
        ask(person, 1, 2)
    assert count() == few <= 16


# -- lists -------------------------------------------------------------------------------------


def test_each_sees_the_leaves_within_reach(world):
    of_village = [ask(world.member, 1, 2)["id"], ask(world.secretary, 1, 2)["id"]][::-1]
    of_township = [ask(world.member_of_village_2, 1, 2)["id"], *of_village]
    of_county = [ask(world.member_of_township_2, 1, 2)["id"], *of_township]
    of_city = [ask(world.secretary_b, 1, 2)["id"], *of_county]
    for who, expected in (
        ("member", of_village[1:]),
        ("secretary", of_village),
        ("village_secretary", of_village),
        ("township_clerk", of_township),
        ("township_head", of_township),
        ("county_office", of_county),
        ("county_group", of_county),
        ("city_org", of_city),
        ("unit_clerk", [of_city[0], of_county[0], of_village[0]]),
        ("township_clerk_2", of_county[:1]),
        ("county_office_b", of_city[:1]),
    ):
        assert leaves(world.people[who]) == expected, who


def test_the_list_is_narrowed_by_person_village_state_and_month(world):
    mine, others = ask(world.secretary, 1, 2), ask(world.member, 1, 2)
    far = ask(world.member_of_village_2, 200, 2)
    approve(others, world.township_head)
    head = world.township_head
    assert leaves(head, f"?person={world.secretary.id}") == [mine["id"]]
    assert leaves(head, f"?village={world.village.id}") == [others["id"], mine["id"]]
    assert leaves(head, "?state=approved") == [others["id"]]
    assert leaves(head, f"?month={day(200):%Y-%m}") == [far["id"]]
    assert Phone(head).get(f"/leaves?person={world.member_of_township_2.id}").status_code == 404
    assert Phone(head).get("/leaves?state=gone").status_code == 422
    assert Phone(head).get("/leaves?month=2026-13").status_code == 422


def test_the_list_is_turned_page_by_page_while_it_grows(world):
    asked = [ask(world.secretary, 10 * number, 2)["id"] for number in range(5)]
    me = Phone(world.secretary)
    first = me.get("/leaves?limit=2").json
    ask(world.secretary, 100, 2)
    second = me.get(f"/leaves?limit=2&cursor={first['next_cursor']}").json
    third = me.get(f"/leaves?limit=2&cursor={second['next_cursor']}").json
    shown = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert shown == asked[::-1]
    assert third["next_cursor"] is None


def test_the_list_takes_the_same_statements_however_long(world, statements):
    clerk = Phone(world.township_clerk)

    def count():
        statements.clear()
        clerk.get("/leaves")
        return len(statements)

    ask(world.secretary, 1, 2)
    few = count()
    for number in range(12):
        ask(world.member, 10 * number, 2)
    assert count() == few


def test_a_leave_somewhere_else_is_as_good_as_none(world):
    asked = ask(world.secretary, 1, 2)
    for who in ("member", "township_clerk_2", "county_office_b", "member_of_village_2"):
        phone = Phone(world.people[who])
        for address in ("", "/slip"):
            real = phone.get(f"/leaves/{asked['id']}{address}")
            invented = phone.get(f"/leaves/{world.village.id}{address}")
            assert real.status_code == invented.status_code == 404
            assert real.json == invented.json


def test_the_key_comes_back_to_the_one_who_made_it_only(world):
    body = days(1, 2)
    Phone(world.secretary).post("/leaves", body)
    (mine,) = Phone(world.secretary).get("/leaves").json["items"]
    (seen,) = Phone(world.township_head).get("/leaves").json["items"]
    assert (mine["client_key"], seen["client_key"]) == (body["client_key"], None)


def test_the_state_is_said_in_the_words_of_the_office(world):
    def words():
        return Phone(world.secretary).get("/leaves").json["items"][0]["state_text"]

    asked = ask(world.secretary, 0, 5)
    said = [words()]
    approve(asked, world.township_head)
    said.append(words())
    approve(asked, world.county_office)
    said.append(words())
    take(world.secretary, asked, "return", day=iso(0), half="afternoon")
    assert [*said, words()] == ["待审批", "已签意见，待审批", "离村中", "已销假"]


def test_the_leading_group_finds_what_waits_for_it_without_the_township_being_asked(world):
    make_leave(world.postings["secretary"], county=world.county, waits_for=Tier.COUNTY_GROUP)
    (item,) = inbox(world.county_group)
    assert item["may_decide"]
    assert preview(world.member, 1, 2)["empty_days"] == [iso(1), iso(2)]
