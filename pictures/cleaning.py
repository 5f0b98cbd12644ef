"""What a job makes of the bytes that came: the clean picture and its thumbnail, or a refusal, and marks.

Each step may be done twice: a worker that is killed leaves the photo waiting, and the next one begins again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from kernel import audit
from kernel.database import db, transaction
from kernel.errors import NotFound, Refusal, Unavailable
from kernel.pictures import CleanPicture, clean, near
from pictures.checking import have_checked
from pictures.models import Photo
from pictures.policy import COMPARED_FOR, MarkKind, PhotoState
from pictures.queries import is_this
from pictures.receiving import note_marks
from pictures.service import delete_files, photo_store

PHOTO_LOST = ("photo_lost", "照片没有存好，请重新上传")


def clean_photo(*, county_id: UUID, photo_id: UUID, now: datetime) -> None:
    """Clean a photo that waits; one that does not wait any more is left alone.

    Raises NoRoom and Unavailable, after which the job is tried again.
    """
    with transaction():
        photo = db.session.scalars(
            select(Photo).where(
                Photo.county_id == county_id, Photo.id == photo_id, Photo.state == PhotoState.WAITING
            )
        ).one_or_none()
    if photo is None or photo.incoming_key is None:
        return
    try:
        picture = clean(photo_store().get(photo.incoming_key))
    except NotFound:
        _refuse(photo, *PHOTO_LOST, now=now)
    except Unavailable:
        raise
    except Refusal as refusal:
        _refuse(photo, refusal.code, refusal.message, now=now)
    else:
        _keep(photo, picture, now=now)
    delete_files([photo.incoming_key])


def _refuse(photo: Photo, code: str, message: str, *, now: datetime) -> None:
    with transaction():
        refused = {"state": PhotoState.REFUSED, "error_code": code, "error_message": message}
        if _settle(photo, **refused):
            _record("photo.refuse", photo, now, code=code)


def _keep(photo: Photo, picture: CleanPicture, *, now: datetime) -> None:
    """Put the files first, then name them in the row; whoever comes second leaves nothing behind."""
    keys = {
        "picture_key": photo_store().put(picture.jpeg, photo_id=photo.id),
        "thumbnail_key": photo_store().put(picture.thumbnail, photo_id=photo.id),
    }
    with transaction():
        _hold_county(photo.county_id)
        is_kept = _settle(
            photo,
            **keys,
            state=PhotoState.KEPT,
            width_px=picture.width_px,
            height_px=picture.height_px,
            pixels_sha256=picture.pixels_sha256,
            dhash=picture.dhash,
        )
        if is_kept:
            note_marks(photo.county_id, photo.id, _alike(photo, picture), now=now)
            _record("photo.keep", photo, now)
            have_checked(photo)
    if not is_kept and not _names(photo, keys["picture_key"]):
        delete_files(list(keys.values()))


def _settle(photo: Photo, **values: object) -> bool:
    """Say what became of a photo, unless it has been said already."""
    won = db.session.execute(
        update(Photo)
        .where(is_this(photo), Photo.state == PhotoState.WAITING)
        .values(incoming_key=None, **values)
        .returning(Photo.id)
        .execution_options(synchronize_session=False)
    ).first()
    return won is not None


def _names(photo: Photo, picture_key: str) -> bool:
    """Tell whether the row names this picture: then another run of the same job has kept it."""
    with transaction():
        return db.session.scalar(select(Photo.picture_key).where(is_this(photo))) == picture_key


def _hold_county(county_id: UUID) -> None:
    """Let a county's photos become known one after the other: of two equal ones the second sees the first."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.uuid_hash_extended(county_id, 0))))


def _alike(photo: Photo, picture: CleanPicture) -> dict[MarkKind, UUID | None]:
    """Return the photo this one equals (D12), or else one it resembles (D13)."""
    if photo.compared_within is None:
        return {}
    others = (
        select(Photo.id, Photo.dhash)
        .where(Photo.county_id == photo.county_id, Photo.id != photo.id)
        .order_by(Photo.received_at.desc())
    )
    equal = others.where(Photo.pixels_sha256 == picture.pixels_sha256, Photo.compared_within.is_not(None))
    if first := db.session.execute(equal.limit(1)).first():
        return {MarkKind.EQUAL: first.id}
    related = others.where(
        or_(Photo.compared_within == photo.compared_within, Photo.person_id == photo.person_id),
        Photo.compared_within.is_not(None),
        Photo.subject_id != photo.subject_id,  # several views of one scene are what one visit looks like
        Photo.received_at > photo.received_at - COMPARED_FOR,
        Photo.dhash.is_not(None),
    )
    resembling = (other.id for other in db.session.execute(related) if near(other.dhash, picture.dhash))
    found = next(resembling, None)
    return {MarkKind.NEAR: found} if found else {}


def _record(action: str, photo: Photo, now: datetime, **details: Any) -> None:
    audit.record(action, now=now, county_id=photo.county_id, subject_id=photo.id, **details)
