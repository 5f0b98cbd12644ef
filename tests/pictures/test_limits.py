"""How many photos somebody may send, and a disk that is full."""

import os
import subprocess
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from kernel import photos
from kernel.clock import now
from kernel.database import db, transaction
from kernel.periods import CHINA, day_of
from pictures.models import Photo
from tests.factories import MIDDLE, make_photo, make_setting, make_visit
from tests.pictures.steps import files, refused, send, sent, shot


def address(visit):
    return f"/visits/{visit.id}/photos"


def rows():
    return db.session.scalar(select(func.count()).select_from(Photo))


# -- quota ----------------------------------------------------------------------------------------


def test_whoever_has_sent_the_photos_of_a_day_is_asked_to_wait_for_the_next(family, helper, world):
    make_setting(world.county, "photo.per_day", 2)
    for seed in range(2):
        sent(helper, address(make_visit(family, world.helper)), shot(seed))
    key, last = uuid4(), make_visit(family, world.helper)
    answer = send(helper, address(last), shot(2), key=key)
    assert refused(answer) == (429, "photo_quota_day")
    at = now()
    midnight = datetime.combine(day_of(at) + timedelta(days=1), datetime.min.time(), tzinfo=CHINA)
    assert abs(int(answer.headers["Retry-After"]) - (midnight - at).total_seconds()) < 60
    assert (rows(), len(files())) == (2, 2)
    _a_day_passes()
    assert send(helper, address(last), shot(2), key=key).status_code == 201


def _a_day_passes():
    with transaction():
        db.session.execute(update(Photo).values(received_at=Photo.received_at - timedelta(days=1)))


def test_a_photo_sent_again_is_answered_for_also_past_the_quota(family, helper, world):
    make_setting(world.county, "photo.per_day", 1)
    key, visit = uuid4(), make_visit(family, world.helper)
    first = send(helper, address(visit), shot(), key=key)
    again = send(helper, address(visit), shot(), key=key)
    assert (again.status_code, again.json) == (200, first.json)


def test_deleting_does_not_make_the_day_longer(family, helper, world):
    make_setting(world.county, "photo.per_day", 1)
    visit = make_visit(family, world.helper)
    helper.delete(f"/photos/{sent(helper, address(visit), shot(1))}")
    assert refused(send(helper, address(visit), shot(2))) == (429, "photo_quota_day")


def test_the_megabytes_of_a_month_are_counted(family, helper, world):
    make_setting(world.county, "photo.mb_per_month", 10)
    visit = make_visit(family, world.helper)
    photo = make_photo(visit, size_bytes=10 * 1024**2 - 1_000)
    answer = send(helper, address(visit), shot())
    assert refused(answer) == (429, "photo_quota_month")
    assert 0 < int(answer.headers["Retry-After"]) <= 31 * 86_400 + 1
    with transaction():
        month_ago = now() - timedelta(days=32)
        db.session.execute(update(Photo).where(Photo.id == photo.id).values(received_at=month_ago))
    sent(helper, address(visit), shot())


def test_one_s_photos_are_not_another_s_quota(family, helper, world, phone):
    make_setting(world.county, "photo.per_day", 1)
    sent(helper, address(make_visit(family, world.helper)), shot(1))
    sent(phone(world.member), address(make_visit(family, world.member)), shot(2))


# -- the disk -------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(app, tmp_path, monkeypatch):
    """A disk of 600 KB of its own for photos."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk may be mounted here (not root): a full one is not tried")
    monkeypatch.setitem(app.extensions, "photos", photos.connect(f"file:{place}/photos"))
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_says_so_and_check_ins_go_on(family, helper, world, phone):
    visits = [make_visit(family, world.helper) for _ in range(20)]
    answers = []
    while not answers or answers[-1].status_code == 201:
        answers.append(send(helper, address(visits[len(answers)]), shot(len(answers))))
    stored = len(answers) - 1
    assert refused(answers[-1]) == (507, "no_room_for_photos")
    assert stored >= 2 and rows() == len(files()) == stored, "neither a row without file nor a part of one"
    checked_in = phone(world.secretary).check_in(MIDDLE)
    assert (checked_in.status_code, checked_in.json["counted"]) == (201, True)
    body = {"client_key": str(uuid4()), "household_id": str(family.id), "occurred_at": now().isoformat()}
    assert helper.post("/visits", {**body, "way": "at_home", "note": "一家平安"}).status_code == 201


@pytest.mark.usefixtures("small_disk")
def test_the_same_photo_is_taken_once_there_is_room_again(family, helper, world, small_disk):
    key, visit = uuid4(), make_visit(family, world.helper)
    (small_disk / "filler").write_bytes(bytes(540_000))
    assert refused(send(helper, address(visit), shot(), key=key)) == (507, "no_room_for_photos")
    (small_disk / "filler").unlink()
    assert send(helper, address(visit), shot(), key=key).status_code == 201


@pytest.mark.usefixtures("small_disk")
def test_a_job_that_finds_no_room_leaves_the_photo_waiting(family, helper, world, small_disk, work):
    visit = make_visit(family, world.helper)
    photo_id = sent(helper, address(visit), shot())
    (small_disk / "filler").write_bytes(bytes(400_000))
    work()
    (photo,) = helper.get(f"/visits/{visit.id}").json["photos"]
    assert (photo["id"], photo["state"]) == (photo_id, "waiting")


def test_a_store_that_is_away_is_said_to_be_away(app, family, helper, world, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setitem(app.extensions, "photos", photos.connect("s3://photos?endpoint=http://127.0.0.1:9"))
    answer = send(helper, address(make_visit(family, world.helper)), shot())
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert rows() == 0
