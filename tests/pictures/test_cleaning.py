"""The job of a photo: run twice, run by two, killed in the middle, its file gone; it ends the same way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from kernel.audit import AuditEntry
from kernel.clock import now
from kernel.database import db
from kernel.jobs import SCHEMA, take_up_stalled_jobs
from pictures import cleaning
from pictures.cleaning import clean_photo
from pictures.models import Photo, PhotoMark
from tests.factories import make_household, make_visit
from tests.photos_corpus import HOSTILE
from tests.pictures.steps import files, folder, row, sent, shot


@pytest.fixture
def waiting(helper, visit):
    """A photo that has come and waits for its job."""
    return row(sent(helper, f"/visits/{visit.id}/photos", shot()))


def clean(photo):
    clean_photo(county_id=photo.county_id, photo_id=photo.id, now=now())


def on_record(photo):
    statement = select(AuditEntry.action).where(AuditEntry.subject_id == photo.id).order_by(AuditEntry.action)
    return list(db.session.scalars(statement))


def test_a_job_run_twice_keeps_one_picture(waiting):
    clean(waiting)
    kept, stored = row(waiting.id), files()
    clean(waiting)
    assert (row(waiting.id).picture_key, files()) == (kept.picture_key, stored)
    assert sorted(stored) == sorted([kept.picture_key, kept.thumbnail_key])
    assert on_record(waiting) == ["photo.keep", "photo.receive"]


def test_a_job_run_by_two_at_once_keeps_one_picture(app, waiting, monkeypatch):
    """Both have cleaned before either says so."""
    both, settle = Barrier(2), cleaning._keep

    def keep_together(*args, **kwargs):
        both.wait(10)
        settle(*args, **kwargs)

    monkeypatch.setattr(cleaning, "_keep", keep_together)

    def run(_):
        with app.app_context():
            clean(waiting)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    kept = row(waiting.id)
    assert files() == sorted([kept.picture_key, kept.thumbnail_key])
    assert all(app.extensions["photos"].get(key) for key in files())
    assert on_record(waiting) == ["photo.keep", "photo.receive"]


@pytest.mark.parametrize("moment", ["before the files", "after the first file", "before the row"])
def test_a_job_that_dies_begins_again(waiting, monkeypatch, moment):
    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        match moment:
            case "before the files":
                patch.setattr(cleaning, "clean", die)
            case "after the first file":
                store, put = cleaning.photo_store(), cleaning.photo_store().put
                patch.setattr(store, "put", lambda *args, **kwargs: (put(*args, **kwargs), die()))
            case "before the row":
                patch.setattr(cleaning, "_settle", die)
        with pytest.raises(Killed):
            clean(waiting)
    assert row(waiting.id).state == "waiting"
    clean(waiting)
    kept = row(waiting.id)
    assert files() == sorted([kept.picture_key, kept.thumbnail_key])


def test_the_job_of_a_killed_worker_is_taken_up_again(jobs, work, waiting):
    with db.engine.begin() as database:
        database.execute(text(f"SET LOCAL search_path TO {SCHEMA}, public"))
        database.execute(text(f"UPDATE {SCHEMA}.procrastinate_jobs SET status = 'doing'"))
    work()
    assert row(waiting.id).state == "waiting"
    with jobs.open():
        take_up_stalled_jobs.defer(timestamp=0)
    for _ in range(2):
        work()
    assert row(waiting.id).state == "kept"


def test_a_photo_whose_file_is_lost_is_refused_so_that_it_is_sent_again(waiting, helper, visit):
    for file in (folder() / "incoming").iterdir():
        file.unlink()
    clean(waiting)
    (photo,) = helper.get(f"/visits/{visit.id}").json["photos"]
    assert (photo["state"], photo["error_code"], photo["error_message"]) == (
        "refused", "photo_lost", "照片没有存好，请重新上传",
    )  # fmt: skip


def test_damage_found_by_the_job_leaves_no_file(helper, visit):
    photo = row(sent(helper, f"/visits/{visit.id}/photos", HOSTILE["png_of_garbage"][0]()))
    clean(photo)
    assert (row(photo.id).state, row(photo.id).error_code, files()) == ("refused", "photo_damaged", [])
    assert on_record(photo) == ["photo.receive", "photo.refuse"]


def test_a_job_of_no_photo_does_nothing(world):
    clean_photo(county_id=world.county.id, photo_id=uuid4(), now=now())
    assert files() == []


def test_of_two_equal_photos_cleaned_at_once_one_is_marked(app, helper, world, visit, monkeypatch):
    elsewhere = make_visit(make_household(world.village), world.helper)
    waiting = [row(sent(helper, f"/visits/{each.id}/photos", shot())) for each in (visit, elsewhere)]
    both, settle = Barrier(2), cleaning._keep

    def keep_together(*args, **kwargs):
        both.wait(10)
        settle(*args, **kwargs)

    monkeypatch.setattr(cleaning, "_keep", keep_together)

    def run(photo):
        with app.app_context():
            clean(photo)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, waiting))
    assert db.session.scalar(select(func.count()).select_from(PhotoMark)) == 1
    assert db.session.scalars(select(Photo.state)).all() == ["kept", "kept"]
