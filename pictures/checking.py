"""Having WeChat look at photos of visits, in jobs only (security.md E14); who sees a risky one is said by visits."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select, update

from kernel import audit
from kernel.content import ContentCheck
from kernel.database import db, transaction
from kernel.errors import NotFound
from kernel.jobs import enqueue
from kernel.pictures import small_enough_to_check
from kernel.settings import Settings
from kernel.wechat import WeChat, WeChatBusy, WeChatError
from pictures.models import Photo, SubjectKind
from pictures.policy import PhotoState
from pictures.queries import is_this
from pictures.service import photo_store

CHECK_PHOTO = "pictures.check"
"""Name of the job that has a photo checked."""
ASKED_FOR = timedelta(days=7)
ASKED_AFTER = timedelta(hours=1)
"""By then the tries of its own job are over, or nearly."""
AT_ONCE = 500


def checks_content() -> bool:
    """Say whether WeChat checks content here; where it does not, nothing is ever hidden."""
    settings: Settings = current_app.config["ZHUCUN"]
    return settings.wechat_content_check


def have_checked(photo: Photo) -> None:
    """Ask, in the running transaction, for a photo to be checked; only those of visits are."""
    if photo.subject_kind == SubjectKind.VISIT and checks_content():
        enqueue(CHECK_PHOTO, county_id=str(photo.county_id), photo_id=str(photo.id))


def check_photo(*, county_id: UUID, photo_id: UUID, now: datetime) -> None:
    """Have WeChat look at a photo and note what it says; one that was looked at, or is gone, is left alone.

    Where WeChat refuses to look the photo stays unchecked. Raises WeChatBusy and Unavailable, after which the
    job is tried again.
    """
    with transaction():
        photo = db.session.scalars(
            select(Photo).where(Photo.county_id == county_id, Photo.id == photo_id, *_IS_UNCHECKED)
        ).one_or_none()
    if photo is None or photo.picture_key is None:
        return
    wechat: WeChat = current_app.extensions["wechat"]
    try:
        is_risky = wechat.is_risky_picture(small_enough_to_check(photo_store().get(photo.picture_key)))
    except WeChatBusy:
        raise
    except (NotFound, WeChatError):
        return
    with transaction():
        said = ContentCheck.RISKY if is_risky else ContentCheck.PASSED
        db.session.execute(
            update(Photo)
            .where(is_this(photo), *_IS_UNCHECKED)
            .values(content_check=said)
            .execution_options(synchronize_session=False)
        )
        if is_risky:
            audit.record("photo.risky", now=now, county_id=county_id, subject_id=photo_id)


_IS_UNCHECKED = (
    Photo.state == PhotoState.KEPT,
    Photo.subject_kind == SubjectKind.VISIT,
    Photo.content_check == ContentCheck.UNCHECKED,
)


def check_left_photos(*, now: datetime) -> None:
    """Have the photos checked for which WeChat had no answer yet, the newest first, until it is busy again."""
    if not checks_content():
        return
    with transaction():
        left = db.session.execute(
            select(Photo.county_id, Photo.id)
            .where(*_IS_UNCHECKED, Photo.received_at.between(now - ASKED_FOR, now - ASKED_AFTER))
            .order_by(Photo.received_at.desc())
            .limit(AT_ONCE)
        ).all()
    try:
        for county_id, photo_id in left:
            check_photo(county_id=county_id, photo_id=photo_id, now=now)
    except WeChatBusy:
        return
