"""Recording and correcting visits over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from identity.permissions import Role
from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db
from kernel.periods import CHINA, Quarter
from tests.factories import MIDDLE, make_household, make_office, make_pairing, make_setting
from visits.models import Problem, Visit, VisitCorrection

ID = "36070219880808123X"


@pytest.fixture
def family(world):
    household = make_household(world.village, head_name="欧阳福生")
    make_pairing(household, world.helper)
    return household


@pytest.fixture
def helper(world, phone):
    return phone(world.helper)


def body(household, **more):
    return {
        "client_key": str(uuid4()),
        "household_id": str(household.id),
        "occurred_at": now().isoformat(),
        "way": "at_home",
        "note": "一家平安，孩子在校",
        **more,
    }


def noon(day):
    return datetime.combine(day, time(12), tzinfo=CHINA).isoformat()


def visits_count():
    return db.session.scalar(select(func.count()).select_from(Visit))


def seen(phone, query=""):
    answer = phone.get(f"/visits{query}")
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


# -- recording ------------------------------------------------------------------------------------


def test_household_time_way_and_one_line_are_enough(family, helper):
    answer = helper.post("/visits", body(family))
    assert answer.status_code == 201, answer.json
    assert (answer.json["entry"], answer.json["standing"], answer.json["photos_expected"]) == (
        "on_time", None, 0,
    )  # fmt: skip
    detail = helper.get(f"/visits/{answer.json['id']}").json
    assert (detail["household"]["head_name"], detail["counts"], detail["content"]) == ("欧**", True, {})


def test_the_whole_form_is_kept(family, helper, world):
    content = {
        "checklist": {"income": "secured", "water": "problem", "schooling": "not_applicable"},
        "topics": {"employment": "大儿子在县城务工", "daily_life": "吃穿不愁"},
        "present": ["户主", "户主妻子"],
        "needs": "想学养蜂\n缺蜂箱",
        "helped": "联系了合作社",
        "reported": "饮水管道老化",
        "next_visit_on": "2026-12-20",
    }
    problems = [{"item": "water", "description": "水管破裂，时有断水"}]
    answer = helper.post("/visits", body(family, content=content, problems=problems, photos_expected=3))
    detail = helper.get(f"/visits/{answer.json['id']}").json
    assert (detail["content"], detail["photos_expected"]) == (content, 3)
    assert [(each["item"], each["state"]) for each in detail["problems"]] == [("water", "open")]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "visit.record")).one()
    assert (entry.actor_id, str(entry.subject_id)) == (world.helper.id, answer.json["id"])


def test_the_same_key_again_is_the_same_visit(family, helper):
    sent = body(family, problems=[{"item": "water", "description": "断水"}])
    first = helper.post("/visits", sent)
    again = helper.post("/visits", sent)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    other = helper.post("/visits", {**sent, "note": "别的"})
    assert (other.status_code, other.json["error"]["code"]) == (409, "key_reused")
    assert visits_count() == 1
    assert db.session.scalar(select(func.count()).select_from(Problem)) == 1


def test_somebody_else_s_key_is_not_taken_for_mine(family, helper, phone, world):
    sent = body(family)
    helper.post("/visits", sent)
    answer = phone(world.member).post("/visits", sent)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "key_reused")


def test_eight_equal_posts_at_once_are_one_visit_and_eight_equal_answers(app, family, helper):
    sent, start = body(family, problems=[{"item": "water", "description": "断水"}]), Barrier(8)

    def send(_):
        start.wait()
        return app.test_client().post(
            "/api/v1/visits", json=sent, headers={"Authorization": f"Bearer {helper.token}"}
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert visits_count() == 1
    assert db.session.scalar(select(func.count()).select_from(Problem)) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"note": ""},
        {"note": f"户主{ID}"},
        {"content": {"needs": f"证件号 {ID}"}},
        {"content": {"topics": {"medical": ID}}},
        {"content": {"present": [ID]}},
        {"problems": [{"item": "water", "description": ID}]},
        {"way": "wechat"},
        {"content": {"checklist": {"income": "good"}}},
        {"content": {"checklist": {"luck": "secured"}}},
        {"photos_expected": 10},
        {"occurred_at": "2026-11-11T08:00:00"},
        {"counts": True},
        {"person_id": str(uuid4())},
        {"fix": {"latitude_deg": 25.8, "longitude_deg": 114.9}},
    ],
)
def test_what_the_form_does_not_take_is_refused(family, helper, more):
    answer = helper.post("/visits", body(family, **more))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")
    assert ID not in answer.text
    assert visits_count() == 0


def test_a_visit_to_come_is_refused_but_a_clock_may_be_a_little_fast(family, helper):
    soon, later = now() + timedelta(minutes=5), now() + timedelta(minutes=15)
    assert helper.post("/visits", body(family, occurred_at=soon.isoformat())).status_code == 201
    answer = helper.post("/visits", body(family, occurred_at=later.isoformat()))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "visit_in_future")


# -- reach ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("helper", 201),
        ("member", 201),
        ("secretary", 201),
        ("village_secretary", 201),
        ("township_clerk", 201),
        ("member_of_village_2", 404),
        ("township_clerk_2", 404),
        ("secretary_b", 404),
        ("county_office", 403),
        ("unit_clerk", 403),
        ("city_org", 403),
    ],
)
def test_who_may_record_a_visit(world, phone, family, who, status):
    assert phone(getattr(world, who)).post("/visits", body(family)).status_code == status


def test_a_helper_s_days_decide_not_the_day_of_the_upload(world, phone):
    family = make_household(world.village)
    make_pairing(family, world.helper, last_day=today() - timedelta(days=3))
    offline = body(family, occurred_at=noon(today() - timedelta(days=3)))
    assert phone(world.helper).post("/visits", offline).status_code == 201
    after = body(family, occurred_at=noon(today() - timedelta(days=2)))
    assert phone(world.helper).post("/visits", after).status_code == 404


def test_own_visits_stay_in_sight_after_the_pairing(world, phone, family, helper):
    mine = helper.post("/visits", body(family)).json["id"]
    phone(world.member).post("/visits", body(family))
    assert len(seen(helper)) == 2
    with db.engine.begin() as connection:
        yesterday = {"day": today() - timedelta(days=1)}
        connection.execute(text("UPDATE pairings SET last_day = :day"), yesterday)
    assert seen(helper) == [mine]
    assert helper.get(f"/visits/{mine}").status_code == 200


def test_each_sees_the_visits_of_the_households_they_reach(world, phone, family, helper):
    here = helper.post("/visits", body(family)).json["id"]
    there = make_household(world.village_b)
    phone(world.secretary_b).post("/visits", body(there))
    for who in ("member", "village_secretary", "township_clerk", "county_office"):
        assert seen(phone(getattr(world, who))) == [here]
    for who in ("member_of_village_2", "township_clerk_2"):
        assert seen(phone(getattr(world, who))) == []
        assert phone(getattr(world, who)).get(f"/visits/{here}").status_code == 404


def test_filters_and_pages(world, phone, family, helper):
    office = phone(world.county_office)
    other = make_household(world.village_2)
    days = [today() - timedelta(days=number) for number in (0, 1, 200)]
    ids = [helper.post("/visits", body(family, occurred_at=noon(day))).json.get("id") for day in days[1:]]
    ids.append(phone(world.township_clerk).post("/visits", body(other)).json["id"])
    assert seen(office) == [ids[2], ids[0], ids[1]]
    assert seen(office, f"?household={family.id}") == [ids[0], ids[1]]
    assert seen(office, f"?area={world.village_2.id}") == [ids[2]]
    assert seen(office, f"?quarter={Quarter.of(days[2])}") == [ids[1]]
    assert seen(phone(world.township_clerk), "?mine=true") == [ids[2]]
    first = office.get("/visits?limit=2").json
    assert seen(office, f"?limit=2&cursor={first['next_cursor']}") == [ids[1]]
    assert office.get("/visits?quarter=2026-4").status_code == 422
    assert office.get(f"/visits?area={world.village_b.id}").status_code == 404


def test_a_page_takes_the_same_statements_for_any_number(world, phone, family, helper, statements):
    office = phone(world.county_office)
    office.get("/visits")
    few = len(statements)
    for _ in range(6):
        helper.post("/visits", body(family))
    statements.clear()
    assert len(seen(office)) == 6
    assert len(statements) <= few


# -- late entry -----------------------------------------------------------------------------------


def last_quarter(days_before_its_end=0):
    return Quarter.of(today()).first_day - timedelta(days=1 + days_before_its_end)


def test_entry_is_marked_against_the_quarter_it_happened_in(world, family, helper):
    make_setting(world.county, "visit.late_entry_days", 100)
    late = helper.post("/visits", body(family, occurred_at=noon(last_quarter()))).json
    assert late["entry"] == "late"
    make_setting(world.village, "visit.late_entry_days", 0)
    too_late = helper.post("/visits", body(family, occurred_at=noon(last_quarter()))).json
    assert too_late["entry"] == "too_late"
    assert helper.get(f"/visits/{late['id']}").json["counts"] is True
    assert helper.get(f"/visits/{too_late['id']}").json["counts"] is False


# -- the point ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "standing"),
    [
        (MIDDLE, "inside"),
        (MIDDLE.moved(north_m=1_210), "unsure"),
        (MIDDLE.moved(north_m=5_000), "outside"),
    ],
)
def test_a_point_is_information_only_and_not_kept(family, helper, place, standing):
    answer = helper.post("/visits", body(family, fix=place.fix()))
    assert (answer.status_code, answer.json["standing"]) == (201, standing)
    dump = db.session.scalar(text("SELECT string_agg(v::text, ' ') FROM visits v"))
    assert str(place.latitude_deg)[:6] not in dump
    assert "_deg" not in helper.get(f"/visits/{answer.json['id']}").text


def test_a_point_wants_consent(world, phone, family):
    silent = phone(world.member, consents=False)
    answer = silent.post("/visits", body(family, fix=MIDDLE.fix()))
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "consent")
    assert silent.post("/visits", body(family)).status_code == 201


def test_without_a_fence_nothing_is_said_of_the_place(world, helper, family):
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM fences"))
    assert helper.post("/visits", body(family, fix=MIDDLE.fix())).json["standing"] == "unsure"


# -- corrections ----------------------------------------------------------------------------------


@pytest.fixture
def visit(family, helper):
    return helper.post("/visits", body(family, content={"needs": "蜂箱"})).json["id"]


def correct(phone, visit_id, **changes):
    sent = {"client_key": str(uuid4()), "reason": "记错了", **changes}
    return phone.post(f"/visits/{visit_id}/corrections", sent)


def test_a_correction_is_told_beside_what_was_told(helper, visit):
    before = db.session.scalars(select(Visit.note)).one()
    answer = correct(helper, visit, way="phone", content={"helped": "已送到"})
    assert answer.status_code == 201, answer.json
    assert correct(helper, visit, note="改为电话联系").status_code == 201
    detail = helper.get(f"/visits/{visit}").json
    assert (detail["way"], detail["note"], detail["corrected"]) == ("phone", "改为电话联系", True)
    assert detail["content"] == {"needs": "蜂箱", "helped": "已送到"}
    assert len(detail["corrections"]) == 2
    assert db.session.scalars(select(Visit.note)).one() == before


def test_the_same_correction_again_is_one(helper, visit):
    sent = {"client_key": str(uuid4()), "reason": "记错了", "way": "phone"}
    first = helper.post(f"/visits/{visit}/corrections", sent)
    again = helper.post(f"/visits/{visit}/corrections", sent)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    other = helper.post(f"/visits/{visit}/corrections", {**sent, "way": "video"})
    assert (other.status_code, other.json["error"]["code"]) == (409, "key_reused")
    assert db.session.scalar(select(func.count()).select_from(VisitCorrection)) == 1


def test_a_visit_is_withdrawn_and_brought_back(helper, visit):
    assert correct(helper, visit, withdrawn=True).json["withdrawn"] is True
    assert correct(helper, visit, note="还是算").json["withdrawn"] is True
    assert helper.get(f"/visits/{visit}").json["counts"] is False
    assert correct(helper, visit, withdrawn=False).json["withdrawn"] is False
    assert helper.get(f"/visits/{visit}").json["counts"] is True


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "invalid"),
        ({"reason": "", "way": "phone"}, "invalid"),
        ({"note": f"户主{ID}"}, "invalid"),
        ({"occurred_at": "2020-01-01T08:00:00+08:00"}, "other_quarter"),
        ({"occurred_at": "2099-01-01T08:00:00+08:00"}, "visit_in_future"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(helper, visit, changes, code):
    answer = correct(helper, visit, **changes)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("helper", 201, None),
        ("township_clerk", 201, None),
        ("village_secretary", 403, "not_own_visit"),
        ("member", 403, "not_own_visit"),
        ("township_clerk_2", 404, "visit_not_found"),
        ("county_office", 403, "forbidden"),
    ],
)
def test_its_person_or_the_township_corrects(world, phone, visit, who, status, code):
    answer = correct(phone(getattr(world, who)), visit, way="phone")
    assert answer.status_code == status
    if code:
        assert answer.json["error"]["code"] == code


def test_only_the_township_lets_count_what_came_too_late(world, phone, family, helper):
    make_setting(world.county, "visit.late_entry_days", 0)
    old = helper.post("/visits", body(family, occurred_at=noon(last_quarter()))).json["id"]
    refused = correct(helper, old, accepted=True)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "own_record")
    assert correct(phone(world.township_clerk), old, accepted=True).json["counts"] is True
    assert helper.get(f"/visits/{old}").json["counts"] is True
    assert correct(helper, old, note="补一句").json["counts"] is True


def test_nobody_accepts_their_own(world, phone, family):
    make_setting(world.county, "visit.late_entry_days", 0)
    clerk = phone(world.township_clerk)
    own = clerk.post("/visits", body(family, occurred_at=noon(last_quarter()))).json["id"]
    assert correct(clerk, own, accepted=True).status_code == 403
    assert correct(phone(world.township_head), own, accepted=True).status_code == 201


def test_a_clerk_of_another_township_corrects_nothing_as_a_helper_here(world, phone, family, visit):
    make_office(world.township_clerk_2, Role.HELPER, area=world.village)
    with db.engine.begin() as connection:
        connection.execute(
            text("UPDATE pairings SET person_id = :person"), {"person": world.township_clerk_2.id}
        )
    answer = correct(phone(world.township_clerk_2), visit, accepted=True)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_own_visit")


def test_corrections_at_once_are_numbered_one_after_the_other(app, helper, visit):
    start = Barrier(4)

    def send(number):
        sent = {"client_key": str(uuid4()), "reason": f"第{number}次", "note": f"话{number}"}
        start.wait()
        headers = {"Authorization": f"Bearer {helper.token}"}
        return app.test_client().post(f"/api/v1/visits/{visit}/corrections", json=sent, headers=headers)

    with ThreadPoolExecutor(4) as pool:
        answers = [answer.status_code for answer in pool.map(send, range(4))]
    assert set(answers) <= {201, 409} and 201 in answers
    numbers = db.session.scalars(select(VisitCorrection.number).order_by(VisitCorrection.number)).all()
    assert list(numbers) == list(range(1, answers.count(201) + 1))
