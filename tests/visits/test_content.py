"""Security E14: WeChat looks at what is written and sent on a visit, over real HTTP to the stand-in, in a real worker."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select, text, update

from kernel import photos
from kernel.audit import AuditEntry
from kernel.clock import now
from kernel.database import db, transaction
from kernel.jobs import SCHEMA
from kernel.wechat import WeChat
from phone_preview.wechat_server import APP_ID, APP_SECRET, RISKY_WORD
from pictures.checking import check_left_photos
from pictures.models import Photo
from tests.factories import bind_wechat, make_household, make_pairing
from tests.pictures.steps import sent, shot
from visits.content import check_left_visits
from visits.models import Visit, VisitCorrection

RISKY = f"这里有{RISKY_WORD}"
FINE = "一家平安，孩子在校"


@pytest.fixture(autouse=True)
def checking(app, settings, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "ZHUCUN", replace(settings, wechat_content_check=True))
    monkeypatch.setitem(app.extensions, "photos", photos.connect(f"file:{tmp_path}/photos"))


@pytest.fixture
def wechat_is_down(app, settings, monkeypatch):
    """Let WeChat be unreachable until the test ends, or says that it is back."""
    away = WeChat(
        app_id=APP_ID, app_secret=APP_SECRET, base_url="http://127.0.0.1:9", cache=app.extensions["cache"]
    )
    reachable = app.extensions["wechat"]
    monkeypatch.setitem(app.extensions, "wechat", away)
    yield lambda: monkeypatch.setitem(app.extensions, "wechat", reachable)
    away.close()


@pytest.fixture
def family(world):
    household = make_household(world.village, head_name="欧阳福生")
    make_pairing(household, world.helper)
    return household


@pytest.fixture
def helper(world, phone):
    bind_wechat(world.helper, f"o-{uuid4().hex}")
    return phone(world.helper)


@pytest.fixture
def others(world, phone):
    """Phones of those who see the family and release nothing: the team, the village, the county."""
    office = phone(world.county_office)
    return [phone(world.secretary), phone(world.village_secretary), office]


@pytest.fixture
def clerk(world, phone):
    return phone(world.township_clerk)


def record(phone, family, note=FINE, **more):
    body = {
        "client_key": str(uuid4()),
        "household_id": str(family.id),
        "occurred_at": now().isoformat(),
        "way": "at_home",
        "note": note,
        **more,
    }
    answer = phone.post("/visits", body)
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def correct(phone, visit_id, **changes):
    body = {"client_key": str(uuid4()), "reason": "写错了", **changes}
    answer = phone.post(f"/visits/{visit_id}/corrections", body)
    assert answer.status_code == 201, answer.json


def release(phone, visit_id, **more):
    return phone.post(f"/visits/{visit_id}/release", {"reason": "方言用语，已与本人核实", **more})


def shown(phone, visit_id):
    answer = phone.get(f"/visits/{visit_id}")
    assert answer.status_code == 200, answer.json
    return answer.json


def listed(phone, visit_id):
    (item,) = [each for each in phone.get("/visits").json["items"] if each["id"] == visit_id]
    return item


def problem_of(phone):
    (item,) = phone.get("/problems").json["items"]
    return item


def check_of(kind):
    with db.engine.connect() as connection:
        return [str(state) for state in connection.execute(select(kind.content_check)).scalars()]


def let_time_pass():
    """Until the next try of what WeChat was too busy for."""
    with db.engine.begin() as database:
        database.execute(text(f"SET LOCAL search_path TO {SCHEMA}, public"))
        database.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))


def red():
    file = BytesIO()
    Image.new("RGB", (1_600, 1_200), (250, 10, 10)).save(file, "JPEG")
    return file.getvalue()


# -- texts ----------------------------------------------------------------------------------------


def test_e14_what_passes_is_seen_as_ever(helper, family, clerk, others, work):
    visit_id = record(helper, family, problems=[{"item": "water", "description": "水管破裂"}])
    work()
    assert check_of(Visit) == ["passed"]
    for phone in (helper, clerk, *others):
        visit = shown(phone, visit_id)
        assert (visit["note"], visit["content_notice"], visit["content_reading"]) == (FINE, None, "open")


@pytest.mark.parametrize(
    "told",
    [
        {"note": RISKY},
        {"content": {"needs": RISKY}},
        {"content": {"topics": {"farming": RISKY}}},
        {"problems": [{"item": "water", "description": RISKY}]},
        {"note": "长" * 1_000, "content": {"needs": "长" * 1_000, "helped": "长" * 1_000, "reported": RISKY}},
    ],
    ids=["note", "needs", "topic", "problem", "last of a long one"],
)
def test_e14_risky_text_is_hidden_from_others_and_its_author_reads_why(
    helper, family, clerk, others, work, told
):
    visit_id = record(helper, family, **told)
    work()
    for phone in others:
        answer = phone.get(f"/visits/{visit_id}")
        assert RISKY_WORD not in answer.text, answer.text
        assert answer.json["content_notice"] == "文字待乡镇核实，暂不显示"
        assert (answer.json["content"], listed(phone, visit_id)["note"]) == ({}, "")
    mine = helper.get(f"/visits/{visit_id}")
    assert RISKY_WORD in mine.text
    assert "只有您和乡镇看得到" in mine.json["content_notice"] == listed(helper, visit_id)["content_notice"]
    theirs = clerk.get(f"/visits/{visit_id}")
    assert RISKY_WORD in theirs.text and theirs.json["content_reading"] == "to_release"


def test_e14_a_risky_problem_is_hidden_wherever_it_is_listed(helper, family, clerk, others, work):
    record(helper, family, problems=[{"item": "water", "description": RISKY}])
    work()
    for phone in others:
        problem = problem_of(phone)
        assert (problem["description"], problem["content_notice"]) == ("", "文字待乡镇核实，暂不显示")
        assert phone.get(f"/problems/{problem['id']}").json["description"] == ""
    assert [problem_of(phone)["description"] for phone in (helper, clerk)] == [RISKY] * 2


def test_e14_the_township_releases_it_with_a_reason_that_stays_on_record(
    helper, family, world, clerk, others, work
):
    visit_id = record(helper, family, note=RISKY)
    work()
    assert release(clerk, visit_id).status_code == 204
    assert [shown(phone, visit_id)["note"] for phone in (*others, helper)] == [RISKY] * 4
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "visit.release")).one()
    assert (entry.actor_id, entry.details) == (world.township_clerk.id, {"reason": "方言用语，已与本人核实"})
    again = release(clerk, visit_id)
    assert (again.status_code, again.json["error"]["code"]) == (409, "nothing_hidden")


def test_e14_nobody_releases_what_they_wrote_themselves(family, world, phone, work):
    bind_wechat(world.township_clerk, f"o-{uuid4().hex}")
    clerk = phone(world.township_clerk)
    visit_id = record(clerk, family, note=RISKY)
    work()
    answer = release(clerk, visit_id)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "own_record")
    assert release(phone(world.township_head), visit_id).status_code == 204


def test_e14_a_person_decides_and_no_program_hides_it_again(helper, family, clerk, others, work):
    """A correction of released words repeats them; only its reason is new."""
    visit_id = record(helper, family, note=RISKY)
    work()
    assert release(clerk, visit_id).status_code == 204
    correct(helper, visit_id, way="phone")
    work()
    assert check_of(VisitCorrection) == ["passed"]
    assert [shown(phone, visit_id)["note"] for phone in others] == [RISKY] * 3


def test_e14_a_correction_is_looked_at_too_and_mends_what_was_risky(helper, family, others, work):
    visit_id = record(helper, family)
    work()
    correct(helper, visit_id, note=RISKY, reason="补充")
    work()
    for phone in others:
        assert RISKY_WORD not in phone.get(f"/visits/{visit_id}").text
        assert shown(phone, visit_id)["corrections"][0]["reason"] == ""
    correct(helper, visit_id, note=FINE)
    work()
    assert [shown(phone, visit_id)["note"] for phone in others] == [FINE] * 3


# -- WeChat does not answer -----------------------------------------------------------------------


def test_e14_wechat_down_is_201_and_unchecked_and_asked_again(
    helper, family, clerk, others, work, wechat_is_down
):
    visit_id = record(helper, family, note=RISKY)
    photo_id = sent(helper, f"/visits/{visit_id}/photos", red())
    work()
    assert (check_of(Visit), check_of(Photo)) == (["unchecked"], ["unchecked"])
    for phone in (clerk, *others):
        assert shown(phone, visit_id)["note"] == RISKY, "offices work with it meanwhile"
        assert phone.get(f"/photos/{photo_id}").status_code == 200
    wechat_is_down()
    let_time_pass()
    work()
    assert (check_of(Visit), check_of(Photo)) == (["risky"], ["risky"])


def test_e14_what_its_jobs_gave_up_is_taken_up_each_hour(helper, family, work, jobs, wechat_is_down):
    visit_id = record(helper, family, note=RISKY)
    correct(helper, visit_id, way="phone")
    sent(helper, f"/visits/{visit_id}/photos", red())
    work()
    at = now() + timedelta(hours=2)
    check_left_visits(now=at)
    check_left_photos(now=at)
    assert (check_of(Visit), check_of(Photo)) == (["unchecked"], ["unchecked"])
    wechat_is_down()
    check_left_visits(now=at)
    check_left_photos(now=at)
    assert (check_of(Visit), check_of(VisitCorrection), check_of(Photo)) == (["risky"], ["risky"], ["risky"])


@pytest.mark.parametrize(("openid", "after"), [("limit-once-e14", "risky"), ("away-e14", "unchecked")])
def test_e14_a_limit_is_waited_for_and_who_left_is_asked_about_later(
    family, world, phone, work, openid, after
):
    bind_wechat(world.helper, openid)
    record(phone(world.helper), family, note=RISKY)
    work()
    assert check_of(Visit) == ["unchecked"]
    let_time_pass()
    work()
    assert check_of(Visit) == [after]


def test_e14_who_has_no_wechat_is_not_asked_about(family, world, phone, work, jobs):
    record(phone(world.helper), family, note=RISKY)
    work()
    check_left_visits(now=now() + timedelta(hours=2))
    assert check_of(Visit) == ["unchecked"]


def test_e14_without_wechat_nothing_is_asked_and_nothing_hidden(
    app, settings, helper, family, others, work, monkeypatch
):
    monkeypatch.setitem(app.config, "ZHUCUN", settings)
    visit_id = record(helper, family, note=RISKY)
    photo_id = sent(helper, f"/visits/{visit_id}/photos", red())
    work()
    check_left_visits(now=now() + timedelta(hours=2))
    check_left_photos(now=now() + timedelta(hours=2))
    assert (check_of(Visit), check_of(Photo)) == (["unchecked"], ["unchecked"])
    assert [phone.get(f"/photos/{photo_id}").status_code for phone in others] == [200] * 3
    assert [shown(phone, visit_id)["note"] for phone in others] == [RISKY] * 3


# -- photos ---------------------------------------------------------------------------------------


def test_e14_a_risky_photo_is_its_authors_and_the_townships_until_it_is_released(
    helper, family, clerk, others, work
):
    visit_id = record(helper, family)
    photo_id = sent(helper, f"/visits/{visit_id}/photos", red())
    fine_id = sent(helper, f"/visits/{visit_id}/photos", shot(2))
    work()
    for phone in others:
        assert [phone.get(f"/photos/{each}").status_code for each in (photo_id, fine_id)] == [404, 200]
        readings = {photo["id"]: photo["content_reading"] for photo in shown(phone, visit_id)["photos"]}
        assert readings == {photo_id: "hidden", fine_id: "open"}
        assert shown(phone, visit_id)["note"] == FINE
    assert [phone.get(f"/photos/{photo_id}").status_code for phone in (helper, clerk)] == [200, 200]
    (notice,) = [
        photo["content_notice"] for photo in shown(helper, visit_id)["photos"] if photo["id"] == photo_id
    ]
    assert "照片可能违规，暂时只有您和乡镇看得到" in notice
    assert release(clerk, visit_id, photo_id=str(fine_id)).status_code == 409
    assert release(clerk, visit_id, photo_id=photo_id).status_code == 204
    assert [phone.get(f"/photos/{photo_id}").status_code for phone in others] == [200] * 3


def test_e14_only_photos_of_visits_go_to_wechat(helper, family, work):
    visit_id = record(helper, family)
    sent(helper, f"/visits/{visit_id}/photos", red())
    with transaction():
        db.session.execute(update(Photo).values(subject_kind="leave"))
    work()
    assert check_of(Photo) == ["unchecked"]
