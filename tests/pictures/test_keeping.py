"""Nights: what no row names is swept, what is old expires, what was left waiting is taken up."""

import os
import time
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select, update

from kernel.audit import AuditEntry
from kernel.clock import now
from kernel.database import db, transaction
from kernel.errors import Unavailable
from pictures.jobs import keep_photos
from pictures.keeping import expire_photos, forget_dismissed_marks, sweep, take_up_waiting
from pictures.models import Photo, PhotoMark
from pictures.policy import MarkKind
from pictures.service import photo_store
from tests.factories import make_household, make_leave, make_photo, make_setting, make_visit
from tests.pictures.steps import files, folder, row, sent, shot


def grow_old(hours=25):
    """Let every file in the store be older."""
    then = time.time() - hours * 3_600
    for file in folder().rglob("*"):
        if file.is_file():
            os.utime(file, (then, then))


# -- the sweep ------------------------------------------------------------------------------------


def test_what_no_row_names_is_swept_after_a_day(helper, visit):
    kept, waiting = make_photo(visit), row(sent(helper, f"/visits/{visit.id}/photos", shot()))
    named = sorted([kept.picture_key, kept.thumbnail_key, waiting.incoming_key])
    store = photo_store()
    store.put(b"nobody's", photo_id=uuid4())
    store.put_incoming(b"nobody's", photo_id=uuid4())
    (folder() / "incoming" / f"{uuid4().hex}.part").write_bytes(b"half a file")
    assert len(files()) == 6
    assert sweep(now=now()) == 0, "a row may be coming yet"
    grow_old()
    assert sweep(now=now()) == 3
    assert files() == named
    assert sweep(now=now()) == 0


def test_a_visit_whose_photos_never_came_is_left_alone(helper, visit):
    sweep(now=now() + timedelta(days=30))
    assert helper.get(f"/visits/{visit.id}").json["photos_missing"] == 3


def test_what_a_deletion_could_not_reach_is_swept(helper, visit, monkeypatch):
    photo = make_photo(visit)

    def away(key):
        raise Unavailable()

    with monkeypatch.context() as patch:
        patch.setattr(photo_store(), "delete", away)
        assert helper.delete(f"/photos/{photo.id}").status_code == 204
    assert len(files()) == 2
    grow_old()
    assert (sweep(now=now()), files()) == (2, [])


def test_the_files_of_a_large_store_are_looked_through_in_parts(visit, monkeypatch):
    monkeypatch.setattr("pictures.keeping.FILES_AT_ONCE", 3)
    kept = [make_photo(visit) for _ in range(4)]
    for _ in range(5):
        photo_store().put(b"nobody's", photo_id=uuid4())
    grow_old()
    assert sweep(now=now()) == 5
    assert files() == sorted(key for photo in kept for key in (photo.picture_key, photo.thumbnail_key))


# -- retention ------------------------------------------------------------------------------------


def test_after_two_years_the_visit_remains_and_says_that_its_photo_is_gone(helper, visit, phone):
    photo = make_photo(visit)
    assert expire_photos(now=now() + timedelta(days=729)) == 0
    assert expire_photos(now=now() + timedelta(days=731)) == 1
    assert files() == []
    (seen,) = helper.get(f"/visits/{visit.id}").json["photos"]
    assert (seen["id"], seen["state"]) == (str(photo.id), "expired")
    answer = helper.get(f"/photos/{photo.id}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "photo_gone")
    assert helper.get(f"/visits/{visit.id}").json["photos_missing"] == 2
    assert expire_photos(now=now() + timedelta(days=800)) == 0
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "photo.expire")).one()
    assert (entry.county_id, entry.details) == (photo.county_id, {"photos": 1})


def test_each_county_keeps_photos_as_long_as_it_says(world):
    make_setting(world.county_b, "photo.kept_days", 365)
    ours = make_photo(make_visit(make_household(world.village), world.helper))
    theirs = make_photo(make_visit(make_household(world.village_b), world.secretary_b))
    assert expire_photos(now=now() + timedelta(days=400)) == 1
    assert (row(ours.id).state, row(theirs.id).state) == ("kept", "expired")


def test_many_expire_in_parts_and_proofs_with_them(world, visit, monkeypatch):
    monkeypatch.setattr("pictures.keeping.PHOTOS_AT_ONCE", 2)
    for _ in range(4):
        make_photo(visit)
    make_photo(make_leave(world.postings["secretary"], county=world.county))
    assert expire_photos(now=now() + timedelta(days=731)) == 5
    assert files() == []


def test_an_expired_photo_is_held_against_no_other(helper, family, world, visit, work):
    address = f"/visits/{visit.id}/photos"
    sent(helper, address, shot())
    work()
    expire_photos(now=now() + timedelta(days=731))
    again = make_visit(family, world.helper)
    sent(helper, f"/visits/{again.id}/photos", shot())
    work()
    (photo,) = helper.get(f"/visits/{again.id}").json["photos"]
    assert (photo["state"], photo["marks"]) == ("kept", [])


# -- what was left --------------------------------------------------------------------------------


def test_a_photo_still_waiting_gets_another_job(visit, work):
    gone = dict.fromkeys(("picture_key", "thumbnail_key", "pixels_sha256", "dhash"))
    incoming_key = photo_store().put_incoming(shot(), photo_id=uuid4())
    photo = make_photo(visit, state="waiting", incoming_key=incoming_key, **gone)
    assert take_up_waiting(now=now()) == 0, "its own job may be about to begin"
    assert take_up_waiting(now=now() + timedelta(hours=2)) == 1
    work()
    assert row(photo.id).state == "kept"
    assert take_up_waiting(now=now() + timedelta(hours=2)) == 0


def test_a_mark_dismissed_three_months_ago_is_forgotten_and_another_is_not(visit, world):
    for kind in (MarkKind.NEAR, MarkKind.EQUAL):
        make_photo(visit, mark=kind)
    with transaction():
        dismissed = {
            "dismissed_by": world.township_clerk.id,
            "dismissal_reason": "无误",
            "dismissed_at": now(),
        }
        db.session.execute(update(PhotoMark).where(PhotoMark.kind == MarkKind.NEAR).values(dismissed))
    assert forget_dismissed_marks(now=now() + timedelta(days=89)) == 0
    assert forget_dismissed_marks(now=now() + timedelta(days=91)) == 1
    assert db.session.scalars(select(PhotoMark.kind)).all() == ["equal"]


def test_the_night_does_it_all(visit, jobs, work):
    make_photo(visit, received_at=now() - timedelta(days=800))
    photo_store().put(b"nobody's", photo_id=uuid4())
    grow_old()
    with jobs.open():
        keep_photos.defer(timestamp=0)
    work()
    assert files() == []
    assert db.session.scalar(select(func.count()).where(Photo.state == "expired")) == 1
