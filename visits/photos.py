"""Photos of a visit: sending them, what speaks against one, who may see, delete and judge them (Article 12)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, true
from sqlalchemy.orm import aliased

from geofence.datum import Point
from geofence.queries import fence, newest_fence_id
from identity.permissions import Permission
from identity.scope import Caller
from kernel.database import db
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.periods import day_of
from kernel.pictures import Look
from org.models import Area
from org.queries import settings_of
from pictures.guards import Guard
from pictures.models import Photo, SubjectKind
from pictures.policy import MarkKind, PhotoState, contradictions
from pictures.queries import marks_of, photos_of
from pictures.receiving import Receipt, Subject, receive
from visits.models import Visit, VisitCorrection
from visits.policy import Reading, Way
from visits.queries import get_visit, has_consented, newest_correction
from visits.reading import PHOTO_NOTICES, is_township, reading_of
from visits.schemas import MAX_PHOTOS

_HELD, _LATEST = aliased(Area), newest_correction()
_OWN_VISIT = (
    select(Visit, _LATEST, Area)
    .join(Area, Area.id == Visit.village_id)
    .outerjoin(_LATEST, true())
    .where(
        Visit.county_id.in_(
            select(_HELD.county_id).where(_HELD.id.in_(bindparam("held_ids", expanding=True)))
        ),
        Visit.id == bindparam("visit_id"),
        Visit.person_id == bindparam("person_id"),
    )
)


def add_photo(*, caller: Caller, visit_id: UUID, client_key: UUID, data: bytes) -> tuple[Receipt, bool]:
    """Take in a photo of the caller's own visit; return its receipt, and whether it is new; at most nine a visit.

    Raises what ``pictures.receiving.receive`` raises, Forbidden for somebody else's visit.
    """
    visit, latest, village = _get_own_visit(visit_id, caller)
    told = latest or visit
    subject = Subject(
        kind=SubjectKind.VISIT,
        id=visit.id,
        village=village,
        most_photos=MAX_PHOTOS,
        compared_within=visit.household_id,
        closed=_withdrawn() if latest and latest.is_withdrawn else None,
    )

    def doubts_of(seen: Look) -> set[MarkKind]:
        distance_m = _distance_m(seen, visit) if told.way == Way.AT_HOME else None
        return contradictions(taken_at=seen.taken_at, occurred_at=told.occurred_at, distance_m=distance_m)

    return receive(caller=caller, subject=subject, client_key=client_key, data=data, doubts_of=doubts_of)


def _get_own_visit(visit_id: UUID, caller: Caller) -> tuple[Visit, VisitCorrection | None, Area]:
    """Return the caller's own visit as it holds now; Forbidden for another's within reach, else NotFound."""
    held_ids = [holding.area_id for holding in caller.holdings_for(Permission.VISIT)]
    asked = {"visit_id": visit_id, "person_id": caller.person_id, "held_ids": held_ids}
    own = db.session.execute(_OWN_VISIT, asked).one_or_none()
    if own is None:
        get_visit(visit_id, caller, Permission.VISIT)
        raise Forbidden("not_own_visit", "只能由走访人本人上传照片")
    return tuple(own)


def _withdrawn() -> Conflict:
    return Conflict("visit_withdrawn", "该走访已撤销，不能再传照片")


def _distance_m(seen: Look, visit: Visit) -> float | None:
    """Return how far from the village a photo says it was taken; nobody asks of one who does not agree to it."""
    if seen.longitude_deg is None or seen.latitude_deg is None or not has_consented(visit.person_id):
        return None
    fence_id = visit.fence_id or db.session.scalar(select(newest_fence_id(visit.village_id)))
    return fence(fence_id).distance_m(Point(seen.longitude_deg, seen.latitude_deg)) if fence_id else None


def describe_photos(visit: Visit, village: Area, caller: Caller) -> dict[str, Any]:
    """Return the photos of a visit and how many of those announced have not come.

    Marks are shown to the person of the visit, who sees them first, and to the township.
    """
    sees_marks = visit.person_id == caller.person_id or _is_township(village, caller)
    marks = marks_of(visit.county_id, visit.id) if sees_marks else {}
    photos = [
        _describe(photo, visit, village, caller) for photo in photos_of(visit.county_id, visit.id, caller)
    ]
    came = sum(photo["state"] != PhotoState.REFUSED for photo in photos)
    return {
        "photos": [{**photo, "marks": marks.get(photo["id"], [])} for photo in photos],
        "photos_missing": max(0, visit.photos_expected - came),
    }


def _describe(photo: dict[str, Any], visit: Visit, village: Area, caller: Caller) -> dict[str, Any]:
    is_there = photo["state"] == PhotoState.KEPT
    how = reading_of(photo["content_check"], visit.person_id, village, caller) if is_there else Reading.OPEN
    return {**photo, "content_notice": PHOTO_NOTICES[how], "content_reading": how}


def _is_township(village: Area, caller: Caller) -> bool:
    return is_township(village, caller, Permission.JUDGE_PHOTOS)


# -- the guard ------------------------------------------------------------------------------------


def _check_seen(photo: Photo, caller: Caller) -> None:
    visit, _, _, village = get_visit(photo.subject_id, caller, Permission.SEE_VISITS)
    if reading_of(photo.content_check, visit.person_id, village, caller) is Reading.HIDDEN:
        raise NotFound("photo_not_found", "没有找到该照片")


def _check_deleted(photo: Photo, caller: Caller) -> None:
    """Let the township delete it, and whoever took it while it is fresh."""
    _, _, _, village = get_visit(photo.subject_id, caller, Permission.DELETE_PHOTOS)
    if _is_township(village, caller):
        return
    if photo.person_id != caller.person_id:
        raise Forbidden("not_own_photo", "只能由拍摄人本人或乡镇删除")
    days: int = settings_of(village, day=day_of(caller.now))["photo.own_deletion_days"]
    if caller.now - photo.received_at > timedelta(days=days):
        raise Conflict("photo_not_fresh", f"上传已超过{days}天，请联系乡镇删除", days=days)


def _check_judged(photo: Photo, caller: Caller) -> None:
    get_visit(photo.subject_id, caller, Permission.JUDGE_PHOTOS)
    if photo.person_id == caller.person_id:
        raise Forbidden("own_record", "不能排除本人照片的疑点")


GUARD = Guard(check_seen=_check_seen, check_deleted=_check_deleted, check_judged=_check_judged)
