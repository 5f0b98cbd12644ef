"""Reading photos and their marks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from identity.permissions import Permission
from identity.scope import Caller, areas_within
from kernel.database import db
from kernel.errors import NotFound
from org.models import Area, Person
from pictures.guards import guard_of
from pictures.models import Photo, PhotoMark
from pictures.policy import RECEIVED, MarkKind
from pictures.wording import MARKS


def get_photo(photo_id: UUID, caller: Caller, permission: Permission, *, holds: bool = False) -> Photo:
    """Return a photo whose visit, leave or duty the caller may see; NotFound for any other, or for none at all.

    ``holds`` keeps it as it is until the transaction ends.
    """
    held = [holding.area_id for holding in caller.holdings_for(permission)]
    of_offices = select(Area.county_id).where(Area.id.in_(held))
    reached = areas_within(select(Area.county_id), caller, permission)
    statement = select(Photo).where(Photo.id == photo_id, Photo.county_id.in_(of_offices.union(reached)))
    if holds:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    photo = db.session.scalars(statement).one_or_none()
    try:
        if photo is not None:
            guard_of(photo).check_seen(photo, caller)
            return photo
    except NotFound:
        pass
    raise NotFound("photo_not_found", "没有找到该照片")


def photos_of(county_id: UUID, subject_id: UUID, caller: Caller) -> list[dict[str, Any]]:
    """Return the photos of a visit or leave in the order they came, also those that are gone; without marks."""
    photos = db.session.scalars(
        select(Photo).where(is_of(county_id, subject_id)).order_by(Photo.received_at, Photo.id)
    )
    return [_describe(photo, caller) for photo in photos]


def _describe(photo: Photo, caller: Caller) -> dict[str, Any]:
    return {
        "id": photo.id,
        "client_key": photo.client_key if photo.person_id == caller.person_id else None,
        "state": photo.state,
        "error_code": photo.error_code,
        "error_message": photo.error_message,
        "width_px": photo.width_px,
        "height_px": photo.height_px,
        "received_at": photo.received_at,
        "content_check": photo.content_check,
    }


def count_received(county_id: UUID, subject_id: UUID) -> int:
    """Return how many photos of a visit or leave came and were not refused or deleted."""
    statement = (
        select(func.count())
        .select_from(Photo)
        .where(is_of(county_id, subject_id), Photo.state.in_(sorted(RECEIVED)))
    )
    return db.session.scalar(statement) or 0


def is_of(county_id: UUID, subject_id: UUID) -> ColumnElement[bool]:
    """Return, for use inside a statement, that a photo belongs to this visit or leave."""
    return and_(Photo.county_id == county_id, Photo.subject_id == subject_id)


def is_this(photo: Photo) -> ColumnElement[bool]:
    """Return, for use inside a statement, that it is about this photo."""
    return and_(Photo.county_id == photo.county_id, Photo.id == photo.id)


def marks_of(county_id: UUID, subject_id: UUID) -> Mapping[UUID, list[dict[str, Any]]]:
    """Return the marks on the photos of a visit by photo, dismissed ones too.

    A mark names the photo it resembles and that one's visit; whoever follows it meets the usual check.
    """
    other = aliased(Photo)
    rows = db.session.execute(
        select(PhotoMark, other.subject_id, Person)
        .join(Photo, and_(Photo.county_id == PhotoMark.county_id, Photo.id == PhotoMark.photo_id))
        .outerjoin(other, and_(other.county_id == PhotoMark.county_id, other.id == PhotoMark.other_id))
        .outerjoin(Person, Person.id == PhotoMark.dismissed_by)
        .where(is_of(county_id, subject_id))
        .order_by(PhotoMark.kind)
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for mark, other_visit_id, judge in rows:
        found.setdefault(mark.photo_id, []).append(describe_mark(mark, other_visit_id, judge))
    return found


def describe_mark(mark: PhotoMark, other_visit_id: UUID | None, judge: Person | None) -> dict[str, Any]:
    """Return a mark as it is shown."""
    return {
        "kind": mark.kind,
        "text": MARKS[MarkKind(mark.kind)],
        "other_photo_id": mark.other_id,
        "other_visit_id": other_visit_id,
        "found_at": mark.found_at,
        "dismissed_by": judge,
        "dismissed_at": mark.dismissed_at,
        "dismissal_reason": mark.dismissal_reason,
    }
