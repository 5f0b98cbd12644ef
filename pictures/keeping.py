"""What is done at night: photos too old go, files that no row names go, photos left waiting are taken up."""

from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog
from sqlalchemy import Text, any_, bindparam, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from kernel import audit
from kernel.database import db, transaction
from kernel.jobs import enqueue
from kernel.periods import day_of
from org.models import Area, Level
from org.queries import settings_of
from pictures.models import Photo, PhotoMark
from pictures.policy import PhotoState
from pictures.receiving import CLEAN_PHOTO
from pictures.service import NOTHING_LEFT, delete_files, keys_of, photo_store

log = structlog.get_logger(__name__)

ORPHAN_AFTER = timedelta(hours=24)
"""A file is written before its row; after so long no row is coming."""
WAITING_TOO_LONG = timedelta(hours=1)
DISMISSED_MARK_KEPT = timedelta(days=90)
FILES_AT_ONCE, PHOTOS_AT_ONCE = 5_000, 500


def expire_photos(*, now: datetime) -> int:
    """Delete the pictures each county has kept for as long as it keeps them (PIPL 47); return how many.

    The visit stays, and says that its photos have expired.
    """
    counties = db.session.scalars(select(Area).where(Area.level == Level.COUNTY)).all()
    return sum(_expire(county, now) for county in counties)


def _expire(county: Area, now: datetime) -> int:
    kept_days: int = settings_of(county, day=day_of(now))["photo.kept_days"]
    expired = 0
    while batch := _expire_some(county.id, now - timedelta(days=kept_days), now):
        expired += batch
    return expired


def _expire_some(county_id: UUID, before: datetime, now: datetime) -> int:
    with transaction():
        old = db.session.scalars(
            select(Photo)
            .where(Photo.county_id == county_id, Photo.state == PhotoState.KEPT, Photo.received_at < before)
            .order_by(Photo.received_at)
            .limit(PHOTOS_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        keys = [key for photo in old for key in keys_of(photo)]
        ids = [photo.id for photo in old]
        db.session.execute(
            update(Photo)
            .where(Photo.county_id == county_id, Photo.id.in_(ids))
            .values({**NOTHING_LEFT, "state": PhotoState.EXPIRED})
            .execution_options(synchronize_session=False)
        )
        if ids:
            audit.record("photo.expire", now=now, county_id=county_id, photos=len(ids))
    delete_files(keys)
    return len(ids)


def sweep(*, now: datetime) -> int:
    """Delete the files that no row names and that are older than a day; return how many.

    They are what a killed server, a full disk or a store that did not answer left behind.
    """
    old = (found.key for found in photo_store().stored() if found.stored_at < now - ORPHAN_AFTER)
    swept = 0
    while keys := list(islice(old, FILES_AT_ONCE)):
        swept += delete_files(set(keys) - _named(keys))
    if swept:
        log.info("photo_orphans_swept", files=swept)
    return swept


def _named(keys: list[str]) -> set[str]:
    """Return those of the keys that a photo names."""
    columns = (Photo.incoming_key, Photo.picture_key, Photo.thumbnail_key)
    among = any_(bindparam("keys", keys, ARRAY(Text)))
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = '10min'"))  # nobody waits for it
        rows = db.session.execute(select(*columns).where(or_(*(column == among for column in columns))))
        return {key for row in rows for key in row if key}


def take_up_waiting(*, now: datetime) -> int:
    """Put a job there for each photo that still waits, whatever became of its first; return how many."""
    with transaction():
        waiting = db.session.execute(
            select(Photo.county_id, Photo.id).where(
                Photo.state == PhotoState.WAITING, Photo.received_at < now - WAITING_TOO_LONG
            )
        ).all()
        for county_id, photo_id in waiting:
            enqueue(CLEAN_PHOTO, county_id=str(county_id), photo_id=str(photo_id))
    return len(waiting)


def forget_dismissed_marks(*, now: datetime) -> int:
    """Remove marks that were dismissed three months ago; return how many."""
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = '10min'"))  # nobody waits for it
        gone = db.session.execute(
            delete(PhotoMark)
            .where(PhotoMark.dismissed_at < now - DISMISSED_MARK_KEPT)
            .execution_options(synchronize_session=False)
        )
    return gone.rowcount  # type: ignore[attr-defined, no-any-return]
