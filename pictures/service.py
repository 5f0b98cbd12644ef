"""Handing photos out, deleting them, and dismissing marks."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select, update

from identity.permissions import Permission
from identity.scope import Caller
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, NotFound, Refusal
from kernel.photos import PhotoStore
from pictures.guards import guard_of
from pictures.models import Photo, PhotoMark
from pictures.policy import MarkKind, PhotoState
from pictures.queries import get_photo, is_this

NOTHING_LEFT: dict[str, Any] = {
    "incoming_key": None,
    "picture_key": None,
    "thumbnail_key": None,
    "pixels_sha256": None,
    "dhash": None,
}
"""What a photo that is gone is left with: no file, and nothing to recognise it by."""


def photo_store() -> PhotoStore:
    """Return where the files of photos lie."""
    store: PhotoStore = current_app.extensions["photos"]
    return store


def record(action: str, caller: Caller, county_id: UUID, photo_id: UUID, **details: Any) -> None:
    """Put on record what somebody did to a photo."""
    audit.record(
        action,
        now=caller.now,
        county_id=county_id,
        actor_id=caller.person_id,
        subject_id=photo_id,
        **details,
    )


def open_photo(*, caller: Caller, photo_id: UUID, as_thumbnail: bool) -> bytes:
    """Return the picture, or its thumbnail, as a JPEG.

    Conflict `photo_waiting` before it is cleaned, NotFound `photo_gone` if it was refused, deleted or has expired.
    """
    with transaction():  # the connection goes back before the file is read
        photo = get_photo(photo_id, caller, Permission.SEE_PHOTOS)
    if photo.state == PhotoState.WAITING:
        raise Conflict("photo_waiting", "照片正在处理，请稍后再看")
    key = photo.thumbnail_key if as_thumbnail else photo.picture_key
    if key is None:
        raise NotFound("photo_gone", "照片已不在")
    return photo_store().get(key)


# -- deleting -------------------------------------------------------------------------------------


def delete_photo(*, caller: Caller, photo_id: UUID) -> None:
    """Delete a photo: its files go, its row stays and says so; deleting it again changes nothing."""
    with transaction():
        photo = get_photo(photo_id, caller, Permission.DELETE_PHOTOS, holds=True)
        if photo.state == PhotoState.DELETED:
            return
        guard_of(photo).check_deleted(photo, caller)
        keys = keys_of(photo)
        gone = {**NOTHING_LEFT, "state": PhotoState.DELETED, "error_code": None, "error_message": None}
        db.session.execute(update(Photo).where(is_this(photo)).values(gone))
        record("photo.delete", caller, photo.county_id, photo.id, belongs_to=str(photo.subject_id))
    delete_files(keys)


def keys_of(photo: Photo) -> list[str]:
    """Return the keys of the files a photo has."""
    return [key for key in (photo.incoming_key, photo.picture_key, photo.thumbnail_key) if key]


def delete_files(keys: Collection[str]) -> int:
    """Delete files that no row names any more and return how many; what does not go now is left to the sweep."""
    store = photo_store()
    for number, key in enumerate(keys):
        try:
            store.delete(key)
        except (OSError, Refusal):
            return number
    return len(keys)


# -- judging --------------------------------------------------------------------------------------


def dismiss_mark(*, caller: Caller, photo_id: UUID, kind: MarkKind, reason: str) -> None:
    """Say why a mark means nothing; NotFound without such a mark, Conflict if it is dismissed already."""
    with transaction():
        photo = get_photo(photo_id, caller, Permission.JUDGE_PHOTOS)
        guard_of(photo).check_judged(photo, caller)
        mark = (PhotoMark.county_id == photo.county_id) & (PhotoMark.photo_id == photo.id)
        mark &= PhotoMark.kind == kind
        won = db.session.execute(
            update(PhotoMark)
            .where(mark, PhotoMark.dismissed_at.is_(None))
            .values(dismissed_by=caller.person_id, dismissed_at=caller.now, dismissal_reason=reason)
            .returning(PhotoMark.id)
        ).first()
        if won is None and db.session.scalar(select(PhotoMark.id).where(mark)):
            raise Conflict("mark_dismissed", "该疑点已排除")
        if won is None:
            raise NotFound("mark_not_found", "没有该疑点")
        record("photo.dismiss_mark", caller, photo.county_id, photo.id, kind=kind, reason=reason)
