"""Photos of a visit over HTTP: sent one by one, cleaned in a job, seen by few, marked for a person to judge."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier
from uuid import uuid4

import pytest
from PIL import Image, ImageEnhance
from sqlalchemy import func, select, update

from kernel import photos
from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db, transaction
from kernel.pictures import LONG_SIDE_PX, THUMBNAIL_PX
from pictures.models import Photo
from pictures.policy import MarkKind, PhotoState
from tests.factories import (
    make_household,
    make_pairing,
    make_person,
    make_photo,
    make_posting,
    make_setting,
    make_visit,
)
from tests.photos_corpus import CANARY, CLEAN, HOSTILE, jpeg, phone_photo, png, scene, segment, with_segments
from tests.pictures.steps import PLACE, files, form, refused, row, send, sent, shot

KEY = "11111111-1111-4111-8111-111111111111"
KEPT_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.jpg")


@pytest.fixture(autouse=True)
def own_store(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.extensions, "photos", photos.connect(f"file:{tmp_path}/photos"))


@pytest.fixture
def family(world):
    household = make_household(world.village, head_name="欧阳福生")
    make_pairing(household, world.helper)
    return household


@pytest.fixture
def helper(world, phone):
    return phone(world.helper)


@pytest.fixture
def visit(family, world):
    return make_visit(family, world.helper, photos_expected=3)


@pytest.fixture
def address(visit):
    return f"/visits/{visit.id}/photos"


def shown(phone, visit):
    answer = phone.get(f"/visits/{visit.id}")
    assert answer.status_code == 200, answer.json
    return answer.json


def picture(phone, photo_id, size="full"):
    answer = phone.get(f"/photos/{photo_id}", query_string={"size": size})
    assert answer.status_code == 200, answer.json
    return answer


def marks(phone, visit):
    return {photo["id"]: [mark["kind"] for mark in photo["marks"]] for photo in shown(phone, visit)["photos"]}


# -- sending --------------------------------------------------------------------------------------


def test_a_photo_is_taken_in_at_once_and_seen_once_it_is_clean(helper, visit, address, work):
    photo_id = sent(helper, address, shot())
    waiting = helper.get(f"/photos/{photo_id}")
    assert refused(waiting) == (409, "photo_waiting")
    assert [photo["state"] for photo in shown(helper, visit)["photos"]] == ["waiting"]
    work()
    answer = picture(helper, photo_id)
    assert answer.mimetype == "image/jpeg"
    assert Image.open(BytesIO(answer.data)).size == (800, 600)
    (photo,) = shown(helper, visit)["photos"]
    assert (photo["state"], photo["width_px"], photo["height_px"]) == ("kept", 800, 600)
    assert [name for name in files() if not KEPT_KEY.fullmatch(name)] == [], "what came is gone"


def test_the_visit_says_how_many_announced_photos_have_not_come(helper, visit, address, work):
    assert (shown(helper, visit)["photos"], shown(helper, visit)["photos_missing"]) == ([], 3)
    for seed in range(2):
        sent(helper, address, shot(seed))
    assert shown(helper, visit)["photos_missing"] == 1
    for seed in range(2, 4):
        sent(helper, address, shot(seed))
    assert shown(helper, visit)["photos_missing"] == 0


def test_the_same_key_again_is_the_same_photo_and_other_bytes_are_none_of_it(helper, address, work):
    key = uuid4()
    first = send(helper, address, shot(1), key=key)
    again = send(helper, address, shot(1), key=key)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    work()
    later = send(helper, address, shot(1), key=key)
    assert (later.status_code, later.json) == (200, first.json)
    assert refused(send(helper, address, shot(2), key=key)) == (409, "key_reused")
    assert db.session.scalar(select(func.count()).select_from(Photo)) == 1
    assert len(files()) == 2


def test_the_key_of_another_visit_or_person_is_not_mine(helper, family, address, phone, world):
    key = uuid4()
    sent(helper, address, shot(1), key=key)
    other = make_visit(family, world.helper)
    assert refused(send(helper, f"/visits/{other.id}/photos", shot(1), key=key)) == (409, "key_reused")
    theirs = make_visit(family, world.member)
    taken = send(phone(world.member), f"/visits/{theirs.id}/photos", shot(1), key=key)
    assert refused(taken) == (409, "key_reused")


def test_eight_equal_photos_at_once_are_one_and_eight_equal_answers(app, helper, address, work):
    data, key, start = shot(), uuid4(), Barrier(8)

    def post(_):
        start.wait()
        headers = {"Authorization": f"Bearer {helper.token}"}
        return app.test_client().post(f"/api/v1{address}", data=form(data, key=key), headers=headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert len(files()) == 1, "what the other seven had put there is gone"
    work()
    assert len(files()) == 2


def test_nine_photos_are_enough_also_when_ten_come_at_once(app, helper, visit, address):
    start, shots = Barrier(12), [shot(seed) for seed in range(12)]

    def post(seed):
        start.wait()
        headers = {"Authorization": f"Bearer {helper.token}"}
        return app.test_client().post(f"/api/v1{address}", data=form(shots[seed]), headers=headers)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(post, range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 9 + [409] * 3
    assert {answer.json["error"]["code"] for answer in answers if answer.status_code == 409} == {
        "too_many_photos"
    }
    assert len(files()) == len(shown(helper, visit)["photos"]) == 9


def test_a_deleted_photo_makes_room_for_another(helper, address):
    ids = [sent(helper, address, shot(seed)) for seed in range(9)]
    assert refused(send(helper, address, shot(9))) == (409, "too_many_photos")
    helper.delete(f"/photos/{ids[0]}")
    sent(helper, address, shot(9))


def test_only_whoever_made_the_visit_sends_its_photos(visit, address, phone, world):
    for person in (world.member, world.secretary, world.township_clerk):
        assert refused(send(phone(person), address, shot())) == (403, "not_own_visit")
    assert refused(send(phone(world.township_clerk_2), address, shot())) == (404, "visit_not_found")
    assert files() == []


def test_a_withdrawn_visit_takes_no_more_photos_and_answers_for_those_it_has(helper, visit, address):
    key = uuid4()
    first = send(helper, address, shot(1), key=key)
    body = {"client_key": str(uuid4()), "reason": "记错了户", "withdrawn": True}
    assert helper.post(f"/visits/{visit.id}/corrections", body).status_code == 201
    assert refused(send(helper, address, shot(2))) == (409, "visit_withdrawn")
    again = send(helper, address, shot(1), key=key)
    assert (again.status_code, again.json) == (200, first.json)


def test_taking_in_and_deleting_are_on_record(helper, address, work, world):
    photo_id = sent(helper, address, shot())
    work()
    helper.delete(f"/photos/{photo_id}")
    actions = select(AuditEntry.action, AuditEntry.actor_id).where(AuditEntry.subject_id == row(photo_id).id)
    found = {tuple(each) for each in db.session.execute(actions)}
    assert found == {
        ("photo.receive", world.helper.id), ("photo.keep", None), ("photo.delete", world.helper.id),
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"client_key": KEY},
        {"photo": (BytesIO(b""), "a.jpg")},
        {"client_key": "no key", "photo": (BytesIO(b"\xff\xd8\xff"), "a.jpg")},
        {"client_key": KEY, "photo": "text and no file"},
        {"client_key": KEY, "photo": (BytesIO(b"\xff\xd8\xff"), "a.jpg"), "person_id": "1"},
    ],
)
def test_a_form_without_key_or_photo_or_with_more_is_refused(helper, address, body):
    answer = helper.post(address, data=body, content_type="multipart/form-data")
    assert refused(answer) == (422, "invalid")


def test_json_is_no_photo_and_bare_bytes_are_none(helper, address):
    assert refused(helper.post(address, {"client_key": KEY, "photo": "aGk="})) == (422, "invalid")
    bare = helper.post(address, data=shot(), content_type="image/jpeg")
    assert refused(bare) == (415, "unsupported_media_type")


# -- hostile ones ---------------------------------------------------------------------------------


def test_each_hostile_file_is_refused_with_its_code_or_kept_clean(helper, family, world, work):
    make_setting(world.county, "photo.per_day", 500)
    outcomes, sent_to = {}, {}
    for name, (make, _) in HOSTILE.items():
        sent_to[name] = make_visit(family, world.helper)
        answer = send(helper, f"/visits/{sent_to[name].id}/photos", file := make(), name=name)
        outcomes[name] = answer.json.get("error", {}).get("code", "taken in")
        if len(file) > 8 * 1024**2 - 1_000:  # with the form round it
            assert outcomes.pop(name) == "too_large"
    work()
    for name in (name for name, outcome in outcomes.items() if outcome == "taken in"):
        (photo,) = shown(helper, sent_to[name])["photos"]
        outcomes[name] = CLEAN if photo["state"] == "kept" else photo["error_code"]
        if photo["state"] == "kept":
            kept = picture(helper, photo["id"]).data + picture(helper, photo["id"], "thumbnail").data
            assert b"canary" not in kept and b"script" not in kept
        else:
            assert (photo["state"], photo["error_message"]) == (
                "refused",
                "照片已损坏或不完整，请重新选择后再传",
            )
            assert refused(helper.get(f"/photos/{photo['id']}")) == (404, "photo_gone")
    wrong = {name: outcome for name, outcome in outcomes.items() if outcome not in HOSTILE[name][1]}
    assert wrong == {}
    assert set(outcomes.values()) == {CLEAN, "not_a_photo", "photo_damaged", "photo_too_many_pixels"}
    assert [name for name in files() if not KEPT_KEY.fullmatch(name)] == []


@pytest.mark.parametrize("code", ["not_a_photo", "photo_damaged", "photo_too_many_pixels"])
def test_what_is_refused_at_once_leaves_neither_row_nor_file(helper, visit, address, code):
    make = next(make for make, outcomes in HOSTILE.values() if outcomes == {code})
    status = 422 if code == "photo_too_many_pixels" else 415
    assert refused(send(helper, address, make())) == (status, code)
    assert (files(), shown(helper, visit)["photos"]) == ([], [])


def test_a_photo_that_proves_damaged_later_is_still_missing_and_can_be_sent_again(
    helper, visit, address, work
):
    sent(helper, address, HOSTILE["png_of_garbage"][0]())
    assert shown(helper, visit)["photos_missing"] == 2
    work()
    assert shown(helper, visit)["photos_missing"] == 3
    sent(helper, address, shot())
    assert shown(helper, visit)["photos_missing"] == 2


def test_nine_megabytes_are_too_large(helper, address):
    assert refused(send(helper, address, b"\xff\xd8\xff" + bytes(9 * 1024**2))) == (413, "too_large")
    assert files() == []


def test_a_thousand_parts_are_too_many(helper, address):
    parts = {**form(shot()), **{f"part_{number}": "x" for number in range(1_000)}}
    assert refused(helper.post(address, data=parts)) == (413, "too_large")
    assert files() == []


@pytest.mark.parametrize(
    "name",
    ["../../../../etc/passwd", "..\\..\\boot.ini", "/etc/cron.d/x", "a.php", "a.jpg.html", "", ".", "..",
     "%2e%2e%2fpasswd", "....//x", "x" * 5_000, "照片.svg", "nul.jpg\x00.png"],
)  # fmt: skip
def test_a_name_never_matters(helper, address, work, name, tmp_path):
    answer = send(helper, address, shot(), name=name or "blank")
    assert answer.status_code == 201, answer.json
    work()
    assert all(KEPT_KEY.fullmatch(each) for each in files()) and len(files()) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"photos"}
    served = picture(helper, answer.json["id"])
    assert served.headers["Content-Disposition"] == 'inline; filename="photo.jpg"'


WAYS_UP = ("../", "..\\", "%2e%2e/", "..%2f", "%252e%252e%252f", "..%c0%af", "....//", "..;/", "‥/", "．．／")
TRAVERSALS = [
    f"{way_up * steps}{target}"
    for way_up in WAYS_UP
    for steps in (1, 2, 5, 9)
    for target in ("etc/passwd", "boot.ini", "app.py", "photo.php\x00.jpg")
]


def test_no_name_leads_out_of_the_store(helper, family, world, tmp_path):
    make_setting(world.county, "photo.per_day", 500)
    data = jpeg(scene(1, 320, 240))
    for number, name in enumerate(TRAVERSALS):
        if number % 9 == 0:
            visit = make_visit(family, world.helper)
        sent(helper, f"/visits/{visit.id}/photos", data, name=name)
    assert len(TRAVERSALS) == len(files()) == 160
    assert [name for name in files() if not re.fullmatch(r"incoming/[0-9a-f]{32}", name)] == []
    assert {path.name for path in tmp_path.iterdir()} == {"photos"}


def test_a_png_named_jpg_is_a_png(helper, address, work):
    photo_id = sent(helper, address, png(scene(3, 300, 200)), name="photo.jpg")
    work()
    assert Image.open(BytesIO(picture(helper, photo_id).data)).format == "JPEG"


@pytest.mark.parametrize("photos_count", [24, pytest.param(200, marks=pytest.mark.slow)])
def test_ordinary_photos_of_phones_are_all_taken(helper, family, world, work, photos_count):
    for limit in ("photo.per_day", "photo.mb_per_month"):
        make_setting(world.county, limit, 500)
    visits = [make_visit(family, world.helper) for _ in range(photos_count // 8)]
    for seed in range(photos_count):
        sent(helper, f"/visits/{visits[seed // 8].id}/photos", phone_photo(seed))
    work()
    assert db.session.scalars(select(Photo.state).distinct()).all() == [PhotoState.KEPT]


# -- what is served -------------------------------------------------------------------------------


def test_nothing_that_came_with_the_picture_is_served(helper, address, work):
    data = shot(taken_at=now(), place=PLACE, comment=CANARY)
    data = with_segments(data, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + CANARY)) + CANARY
    assert b"HUAWEI" in data and b"canary" in data
    photo_id = sent(helper, address, data)
    work()
    for size in ("full", "thumbnail"):
        answer = picture(helper, photo_id, size)
        assert not any(word in answer.data for word in (b"canary", b"script", b"HUAWEI", b"Exif", b"2026"))
        assert not Image.open(BytesIO(answer.data)).getexif()
    stored = {column.key: getattr(row(photo_id), column.key) for column in Photo.__table__.columns}
    assert "114" not in str(stored["error_message"]) and not {"taken_at", "longitude_deg"} & stored.keys()


def test_a_large_photo_is_kept_small_and_its_thumbnail_smaller(helper, address, work):
    photo_id = sent(helper, address, jpeg(scene(5, 2400, 1800)))
    work()
    full, thumbnail = (picture(helper, photo_id, size).data for size in ("full", "thumbnail"))
    assert max(Image.open(BytesIO(full)).size) == LONG_SIDE_PX
    assert max(Image.open(BytesIO(thumbnail)).size) == THUMBNAIL_PX
    assert len(thumbnail) < 40_000 < len(full)


def test_a_photo_is_served_as_a_picture_and_nothing_else(helper, visit):
    answer = picture(helper, make_photo(visit).id)
    assert {name: answer.headers[name] for name in ("Content-Type", "X-Content-Type-Options")} == {
        "Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_whoever_sees_the_visit_sees_the_photo_and_nobody_else(visit, phone, world):
    photo = make_photo(visit)
    nobody = phone(world.township_clerk).get(f"/photos/{uuid4()}")
    for person in (
        world.helper,
        world.secretary,
        world.village_secretary,
        world.township_head,
        world.county_office,
    ):
        assert phone(person).get(f"/photos/{photo.id}").status_code == 200
    for person in (
        world.township_clerk_2,
        world.township_clerk_b,
        world.secretary_b,
        world.member_of_village_2,
        world.unit_clerk,
        world.city_org,
    ):
        for size in ("full", "thumbnail"):
            foreign = phone(person).get(f"/photos/{photo.id}?size={size}")
            assert (foreign.status_code, foreign.json) == (404, nobody.json)
    assert phone(world.admin).get(f"/photos/{photo.id}").status_code == 403


def test_whoever_made_a_visit_sees_its_photos_though_the_household_is_not_theirs(phone, world):
    person = make_person("钟离任")
    make_posting(person, world.village_of_township_2, world.unit)
    photo = make_photo(make_visit(make_household(world.village), person))
    assert phone(person).get(f"/photos/{photo.id}").status_code == 200


def test_nobody_sees_a_photo_without_signing_in(client, visit):
    assert client.get(f"/api/v1/photos/{make_photo(visit).id}").status_code == 401


def test_the_key_of_a_photo_is_told_to_whoever_took_it_only(visit, helper, phone, world):
    photo = make_photo(visit)
    assert [each["client_key"] for each in shown(helper, visit)["photos"]] == [str(photo.client_key)]
    seen = shown(phone(world.township_clerk), visit)["photos"]
    assert [each["client_key"] for each in seen] == [None]


# -- deleting -------------------------------------------------------------------------------------


def test_a_deleted_photo_leaves_no_file_and_the_visit_says_so(helper, visit, address, work):
    photo_id = sent(helper, address, shot())
    work()
    assert helper.delete(f"/photos/{photo_id}").status_code == 204
    assert helper.delete(f"/photos/{photo_id}").status_code == 204, "an answer may get lost"
    assert files() == []
    assert refused(helper.get(f"/photos/{photo_id}")) == (404, "photo_gone")
    assert [(each["state"], each["marks"]) for each in shown(helper, visit)["photos"]] == [("deleted", [])]
    gone = row(photo_id)
    assert (gone.pixels_sha256, gone.dhash, gone.picture_key) == (None, None, None)
    deletions = select(func.count()).where(AuditEntry.action == "photo.delete")
    assert db.session.scalar(deletions) == 1


def test_a_photo_deleted_before_its_job_stays_deleted(helper, visit, address, work):
    photo_id = sent(helper, address, shot())
    helper.delete(f"/photos/{photo_id}")
    work()
    assert (row(photo_id).state, files()) == ("deleted", [])


def test_whoever_took_it_may_delete_it_for_a_week_and_the_township_ever_after(visit, helper, phone, world):
    photo = make_photo(visit, received_at=now() - timedelta(days=8))
    assert refused(helper.delete(f"/photos/{photo.id}")) == (409, "photo_not_fresh")
    for person in (world.member, world.village_secretary):
        assert refused(phone(person).delete(f"/photos/{photo.id}")) == (403, "not_own_photo")
    assert refused(phone(world.township_clerk_2).delete(f"/photos/{photo.id}")) == (404, "photo_not_found")
    assert phone(world.county_office).delete(f"/photos/{photo.id}").status_code == 403
    assert phone(world.township_head).delete(f"/photos/{photo.id}").status_code == 204


# -- marks ----------------------------------------------------------------------------------------


def test_the_same_pixels_again_are_marked_anywhere_in_the_county(helper, visit, address, phone, world, work):
    first = sent(helper, address, shot(1))
    elsewhere = make_household(world.village_of_township_2)
    theirs = make_visit(elsewhere, world.member_of_township_2)
    rewritten = with_segments(shot(1), segment(0xFE, b"another comment"))
    other = sent(phone(world.member_of_township_2), f"/visits/{theirs.id}/photos", rewritten)
    work()
    (seen,) = shown(phone(world.member_of_township_2), theirs)["photos"]
    assert [(mark["kind"], mark["other_photo_id"], mark["other_visit_id"]) for mark in seen["marks"]] == [
        ("equal", first, str(visit.id))
    ]
    assert seen["marks"][0]["text"] == "与本县另一张照片完全相同"
    assert marks(phone(world.township_clerk_2), theirs) == {other: ["equal"]}
    assert refused(phone(world.township_clerk_2).get(f"/photos/{first}")) == (404, "photo_not_found")


def test_another_county_s_photos_are_not_compared(helper, address, phone, world, work):
    sent(helper, address, shot(1))
    theirs = make_visit(make_household(world.village_b), world.secretary_b)
    sent(phone(world.secretary_b), f"/visits/{theirs.id}/photos", shot(1))
    work()
    assert list(marks(phone(world.secretary_b), theirs).values()) == [[]]


def brighter(seed):
    picture = Image.open(BytesIO(shot(seed))).resize((400, 300))
    return jpeg(ImageEnhance.Brightness(picture).enhance(1.2), quality=40)


def test_a_picture_made_over_is_marked_at_the_same_household_and_of_the_same_person(
    helper, family, address, phone, world, work
):
    sent(helper, address, shot(1))
    of_household = make_visit(family, world.member)
    of_person = make_visit(make_household(world.village), world.helper)
    of_neither = make_visit(make_household(world.village), world.member)
    for visit in (of_household, of_person, of_neither):
        phone_ = phone(world.helper if visit is of_person else world.member)
        sent(phone_, f"/visits/{visit.id}/photos", brighter(1))
        work()
    clerk = phone(world.township_clerk)
    assert list(marks(clerk, of_household).values()) == [["near"]]
    assert list(marks(clerk, of_person).values()) == [["equal"]], "the picture made over came before"
    assert list(marks(clerk, of_neither).values()) == [["equal"]]


def test_a_stranger_s_similar_picture_of_another_household_is_not_marked(helper, address, phone, world, work):
    sent(helper, address, shot(1))
    theirs = make_visit(make_household(world.village), world.member)
    sent(phone(world.member), f"/visits/{theirs.id}/photos", brighter(1))
    work()
    assert list(marks(phone(world.member), theirs).values()) == [[]]


def test_several_views_of_one_scene_in_one_visit_are_not_marked_but_one_sent_twice_is(
    helper, visit, address, work
):
    ids = [sent(helper, address, data) for data in (shot(1), brighter(1), shot(1))]
    work()
    found = marks(helper, visit)
    assert [found[photo_id] for photo_id in ids] == [[], [], ["equal"]]


def test_a_picture_more_than_a_year_old_is_not_held_against_a_similar_one(helper, family, world, work):
    old = make_visit(family, world.helper, day=today() - timedelta(days=370))
    new = make_visit(family, world.helper)
    photo_id = sent(helper, f"/visits/{old.id}/photos", shot(1))
    work()
    with transaction():
        long_ago = now() - timedelta(days=366)
        db.session.execute(update(Photo).where(Photo.id == row(photo_id).id).values(received_at=long_ago))
    sent(helper, f"/visits/{new.id}/photos", brighter(1))
    work()
    assert list(marks(helper, new).values()) == [[]]


def test_different_pictures_are_not_marked(helper, family, world, work):
    for seed in range(8):
        visit = make_visit(family, world.helper)
        sent(helper, f"/visits/{visit.id}/photos", shot(seed))
        work()
        assert list(marks(helper, visit).values()) == [[]]


@pytest.mark.parametrize(
    ("hours_before", "place", "found"),
    [
        (0, PLACE, []),
        (23, (114.945, 25.85), []),
        (25, PLACE, ["other_time"]),
        (-25, None, ["other_time"]),
        (0, (115.2, 25.85), ["other_place"]),
        (24 * 400, (116.4, 39.9), ["other_place", "other_time"]),
    ],
)
def test_time_and_place_in_the_file_are_held_against_the_visit(
    helper, family, world, hours_before, place, found
):
    """Also before the job, and nothing of it is kept but the mark."""
    visit = make_visit(family, world.helper)
    data = shot(taken_at=visit.occurred_at - timedelta(hours=hours_before), place=place)
    photo_id = sent(helper, f"/visits/{visit.id}/photos", data)
    assert marks(helper, visit) == {photo_id: found}


def test_a_photo_of_a_call_may_be_from_anywhere(helper, family, world):
    visit = make_visit(family, world.helper, way="video")
    photo_id = sent(helper, f"/visits/{visit.id}/photos", shot(place=(116.4, 39.9)))
    assert marks(helper, visit) == {photo_id: []}


def test_the_place_of_one_who_does_not_agree_is_not_looked_at(helper, visit, address, world):
    assert helper.delete("/consents/location").status_code == 204
    photo_id = sent(helper, address, shot(place=(116.4, 39.9)))
    assert marks(helper, visit) == {photo_id: []}


def test_marks_are_for_the_person_and_the_township(visit, helper, phone, world):
    photo_id = str(make_photo(visit, mark=MarkKind.NEAR).id)
    for person in (world.helper, world.township_clerk, world.township_head):
        assert marks(phone(person), visit) == {photo_id: ["near"]}
    for person in (world.secretary, world.village_secretary, world.county_office):
        assert marks(phone(person), visit) == {photo_id: []}


def dismiss(phone, photo_id, kind="near", reason="同一院子，两次走访"):
    return phone.post(f"/photos/{photo_id}/marks/{kind}/dismissal", {"reason": reason})


def test_the_township_dismisses_a_mark_with_a_reason(visit, helper, phone, world):
    photo_id = make_photo(visit, mark=MarkKind.NEAR).id
    clerk = phone(world.township_clerk)
    assert refused(dismiss(clerk, photo_id, reason=" ")) == (422, "invalid")
    assert refused(dismiss(clerk, photo_id, kind="equal")) == (404, "mark_not_found")
    assert refused(dismiss(clerk, photo_id, kind="odd")) == (404, "mark_not_found")
    assert dismiss(clerk, photo_id).status_code == 204
    assert refused(dismiss(clerk, photo_id)) == (409, "mark_dismissed")
    (photo,) = shown(helper, visit)["photos"]
    (mark,) = photo["marks"]
    assert (mark["dismissed_by"]["name"], mark["dismissal_reason"]) == (
        world.township_clerk.name, "同一院子，两次走访",
    )  # fmt: skip
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "photo.dismiss_mark")).one()
    assert (entry.actor_id, entry.details["kind"]) == (world.township_clerk.id, "near")


def test_nobody_dismisses_a_mark_of_their_own_or_of_another_township(family, visit, phone, world):
    own = make_photo(make_visit(family, world.township_clerk), mark=MarkKind.NEAR)
    assert refused(dismiss(phone(world.township_clerk), own.id)) == (403, "own_record")
    assert dismiss(phone(world.township_head), own.id).status_code == 204
    photo = make_photo(visit, mark=MarkKind.NEAR)
    assert refused(dismiss(phone(world.township_clerk_2), photo.id)) == (404, "photo_not_found")
    for person in (world.helper, world.secretary, world.county_office):
        assert dismiss(phone(person), photo.id).status_code == 403


# -- statements -----------------------------------------------------------------------------------


def test_a_visit_with_nine_marked_photos_takes_as_many_statements_as_one_with_one(
    family, helper, world, statements
):
    counts = []
    for photos_count in (1, 9):
        visit = make_visit(family, world.helper)
        for _ in range(photos_count):
            make_photo(visit, mark=MarkKind.NEAR)
        statements.clear()
        assert len(shown(helper, visit)["photos"]) == photos_count
        counts.append(len(statements))
    assert counts[0] == counts[1]
