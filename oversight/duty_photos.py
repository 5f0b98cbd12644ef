"""Photos that show how a duty was seen to: sending them, who may see and delete them, and the event with all of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from identity.permissions import Permission
from identity.scope import Caller
from kernel.database import db
from kernel.errors import Conflict, Forbidden
from kernel.periods import day_of
from org.models import Area, DispatchingUnit, Person
from org.queries import settings_of
from oversight.duty_events import get_tellings, may_correct
from oversight.duty_models import DutyEvent
from oversight.duty_policy import DUTY, DutyCode, Subject
from pictures.guards import Guard
from pictures.models import Photo, SubjectKind
from pictures.queries import photos_of
from pictures.receiving import Receipt, receive
from pictures.receiving import Subject as PhotoSubject

MAX_PHOTOS = 6


def add_photo(*, caller: Caller, event_id: UUID, client_key: UUID, data: bytes) -> tuple[Receipt, bool]:
    """Take in a photo of an event the caller may correct; return its receipt, and whether it is new.

    Raises what ``pictures.receiving.receive`` raises, Forbidden for an event that another office records.
    """
    event = get_tellings(event_id, caller, Permission.RECORD_DUTIES)[-1]
    if not may_correct(event, caller):
        raise Forbidden("other_office_records_it", "只能由登记的单位上传照片")
    subject = PhotoSubject(
        kind=SubjectKind.DUTY,
        id=event.event_id,
        village=_place(event),
        most_photos=MAX_PHOTOS,
        closed=Conflict("event_withdrawn", "该记录已撤销，不能再传照片") if event.is_withdrawn else None,
    )
    return receive(caller=caller, subject=subject, client_key=client_key, data=data)


def _place(event: DutyEvent) -> Area:
    return db.session.get_one(Area, event.village_id or event.county_id)


def describe_event(*, caller: Caller, event_id: UUID) -> dict[str, Any]:
    """Return an event as it was told last, all that was told before, and its photos."""
    told = get_tellings(event_id, caller, Permission.SEE_DUTIES)
    latest, duty = told[-1], DUTY[DutyCode(told[-1].duty)]
    people = db.session.scalars(select(Person).where(Person.id.in_({each.recorded_by for each in told})))
    by_id = {person.id: person for person in people}
    village = _area(latest.village_id)
    return {
        "id": latest.event_id,
        "duty": latest.duty,
        "name": duty.name,
        "article": duty.article,
        "subject": {"kind": latest.subject_kind, "id": latest.subject_id, "name": _subject_name(latest)},
        "village": village,
        "township": village and _area(village.township_id),
        "unit": latest.unit_id and db.session.get_one(DispatchingUnit, latest.unit_id),
        "is_withdrawn": latest.is_withdrawn,
        "tellings": [
            {
                "day": each.day,
                "amount_fen": each.amount_fen,
                "note": each.note,
                "is_withdrawn": each.is_withdrawn,
                "reason": each.reason,
                "recorded_by": by_id[each.recorded_by],
                "recorded_at": each.recorded_at,
            }
            for each in told
        ],
        "photos": photos_of(latest.county_id, latest.event_id, caller),
    }


def _area(area_id: UUID | None) -> Area | None:
    return db.session.get_one(Area, area_id) if area_id else None


def _subject_name(event: DutyEvent) -> str:
    match event.subject_kind:
        case Subject.UNIT:
            return db.session.get_one(DispatchingUnit, event.subject_id).name
        case Subject.PERSON:
            return db.session.get_one(Person, event.subject_id).name
        case _:
            return db.session.get_one(Area, event.subject_id).name


# -- the guard ------------------------------------------------------------------------------------


def _check_seen(photo: Photo, caller: Caller) -> None:
    get_tellings(photo.subject_id, caller, Permission.SEE_DUTIES)


def _check_deleted(photo: Photo, caller: Caller) -> None:
    """Let whoever sent it take it back while it is fresh."""
    event = get_tellings(photo.subject_id, caller, Permission.SEE_DUTIES)[-1]
    if photo.person_id != caller.person_id:
        raise Forbidden("not_own_photo", "只能由上传人本人删除")
    days: int = settings_of(_place(event), day=day_of(caller.now))["photo.own_deletion_days"]
    if caller.now - photo.received_at > timedelta(days=days):
        raise Conflict("photo_not_fresh", f"上传已超过{days}天，不能自行删除", days=days)


def _check_judged(photo: Photo, caller: Caller) -> None:
    """Let it pass: these photos are compared with nothing and carry no marks."""


GUARD = Guard(check_seen=_check_seen, check_deleted=_check_deleted, check_judged=_check_judged)
