"""Problems found on visits, until they are settled."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db
from tests.factories import make_household, make_pairing
from visits.models import ProblemStep


def find(phone, household, *descriptions):
    """Record a visit on which these were found; return their ids."""
    visit = {
        "client_key": str(uuid4()),
        "household_id": str(household.id),
        "occurred_at": now().isoformat(),
        "way": "at_home",
        "note": "走访",
        "problems": [{"item": "water", "description": description} for description in descriptions],
    }
    answer = phone.post("/visits", visit)
    assert answer.status_code == 201, answer.json
    detail = phone.get(f"/visits/{answer.json['id']}").json
    return [each["id"] for each in detail["problems"]]


@pytest.fixture
def family(world):
    household = make_household(world.village, head_name="欧阳福生")
    make_pairing(household, world.helper)
    return household


@pytest.fixture
def problem(world, phone, family):
    return find(phone(world.helper), family, "水管破裂")[0]


def step(phone, problem, kind, **more):
    return phone.post(f"/problems/{problem}/steps", {"client_key": str(uuid4()), "kind": kind, **more})


def assign(phone, problem, due_on=None):
    due_on = due_on or today() + timedelta(days=7)
    return step(phone, problem, "assign", responsible="民政所 张三", due_on=str(due_on))


def listed(phone, query=""):
    answer = phone.get(f"/problems{query}")
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def test_a_problem_lives_from_the_visit_until_it_is_settled(world, phone, problem):
    clerk, helper = phone(world.township_clerk), phone(world.helper)
    assert listed(clerk, "?state=open") == [problem]
    assert assign(clerk, problem).status_code == 201
    assert step(helper, problem, "note", note="已报修").status_code == 201
    assert step(clerk, problem, "settle", note="水管已换，通水").status_code == 201
    detail = helper.get(f"/problems/{problem}").json
    assert (detail["state"], detail["settled_on"], detail["responsible"]) == (
        "settled", str(today()), "民政所 张三",
    )  # fmt: skip
    assert [each["kind"] for each in detail["steps"]] == ["assign", "note", "settle"]
    assert listed(clerk, "?state=open") == []
    assert listed(clerk, "?state=settled") == [problem]
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("problem.%")).order_by(AuditEntry.at)
    )
    assert sorted(actions) == ["problem.assign", "problem.note", "problem.settle"]


def test_what_is_settled_takes_no_more_steps(world, phone, problem):
    clerk = phone(world.township_clerk)
    step(clerk, problem, "settle", note="办好了")
    for kind in ("note", "settle"):
        answer = step(clerk, problem, kind, note="再来")
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "problem_settled")
    assert db.session.scalar(select(func.count()).select_from(ProblemStep)) == 1


def test_the_same_key_again_is_the_same_step(world, phone, problem):
    clerk = phone(world.township_clerk)
    sent = {"client_key": str(uuid4()), "kind": "settle", "note": "办好了"}
    first, again = (clerk.post(f"/problems/{problem}/steps", sent) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    other = clerk.post(f"/problems/{problem}/steps", {**sent, "note": "没办好"})
    assert (other.status_code, other.json["error"]["code"]) == (409, "key_reused")


def test_a_problem_is_settled_once_however_many_settle_it(app, world, phone, problem):
    phones, start = [phone(world.township_clerk), phone(world.township_head)], Barrier(2)

    def settle(one):
        sent = {"client_key": str(uuid4()), "kind": "settle", "note": "办好了"}
        start.wait()
        headers = {"Authorization": f"Bearer {one.token}"}
        return app.test_client().post(f"/api/v1/problems/{problem}/steps", json=sent, headers=headers)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(answer.status_code for answer in pool.map(settle, phones))
    assert answers == [201, 409]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("assign", {}),
        ("assign", {"responsible": "张三"}),
        ("settle", {}),
        ("note", {"note": "好", "responsible": "张三", "due_on": "2026-12-01"}),
        ("note", {"note": "户主36070219880808123X"}),
        ("reopen", {"note": "x"}),
    ],
)
def test_a_step_says_what_its_kind_needs(world, phone, problem, kind, more):
    assert step(phone(world.township_clerk), problem, kind, **more).status_code == 422


@pytest.mark.parametrize(
    ("who", "sees", "acts"),
    [
        ("helper", True, 201),
        ("member", True, 201),
        ("village_secretary", True, 201),
        ("township_head", True, 201),
        ("county_office", True, 403),
        ("member_of_village_2", False, 404),
        ("township_clerk_2", False, 404),
        ("county_office_b", False, 403),
    ],
)
def test_who_sees_a_problem_and_who_acts(world, phone, problem, who, sees, acts):
    caller = phone(getattr(world, who))
    assert listed(caller) == ([problem] if sees else [])
    assert caller.get(f"/problems/{problem}").status_code == (200 if sees else 404)
    assert step(caller, problem, "note", note="看过").status_code == acts


def test_the_list_of_a_village_shows_the_oldest_first_and_what_is_overdue(world, phone, family):
    clerk = phone(world.township_clerk)
    first, second = sorted(find(phone(world.helper), family, "断水", "漏雨"))
    (other,) = find(phone(world.member_of_village_2), make_household(world.village_2), "路断")
    assert listed(clerk, f"?area={world.village.id}") == [first, second]
    assert listed(clerk, f"?area={world.township.id}&limit=2") == sorted([first, second, other])[:2]
    page = clerk.get("/problems?limit=2").json
    assert listed(clerk, f"?limit=2&cursor={page['next_cursor']}") == sorted([first, second, other])[2:]
    assert listed(clerk, f"?household={family.id}") == [first, second]
    assign(clerk, first, due_on=today() - timedelta(days=1))
    assign(clerk, second, due_on=today())
    assert listed(clerk, "?overdue=true") == [first]
    assert clerk.get(f"/problems/{first}").json["overdue"] is True
    assert clerk.get(f"/problems/{first}").json["household"]["head_name"] == "欧**"
    assert clerk.get(f"/problems?area={world.village_b.id}").status_code == 404


def test_a_page_takes_the_same_statements_for_any_number(world, phone, family, statements):
    clerk = phone(world.township_clerk)
    listed(clerk)
    few = len(statements)
    find(phone(world.helper), family, *(f"事{number}" for number in range(8)))
    statements.clear()
    assert len(listed(clerk)) == 8
    assert len(statements) <= few
