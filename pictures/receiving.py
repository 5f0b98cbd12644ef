"""Taking photos in: what comes from a phone, once and no more than there may be."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.scope import Caller
from kernel.database import Base, db, transaction
from kernel.errors import Conflict, Refusal, TooMany
from kernel.jobs import enqueue
from kernel.periods import CHINA, Month, day_of
from kernel.pictures import Look, look
from org.models import Area, Person
from org.queries import settings_of
from org.settings import AreaSettings
from pictures.models import Photo, PhotoMark, SubjectKind
from pictures.policy import RECEIVED, Limit, MarkKind, PhotoState, Quota, Sent, passed_limit
from pictures.service import delete_files, photo_store, record

CLEAN_PHOTO = "pictures.clean"
"""Name of the job that cleans what came."""
MEGABYTE = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The visit or leave that a photo belongs to, and how many it takes."""

    kind: SubjectKind
    id: UUID
    village: Area
    most_photos: int
    compared_within: UUID | None = None
    closed: Refusal | None = None
    """Why it takes no more photos; one that came before is still answered for."""


def no_doubts(seen: Look) -> Collection[MarkKind]:
    """Find nothing to say against a photo."""
    return ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a phone is told of a photo that was taken in."""

    id: UUID
    client_key: UUID
    received_at: datetime


_TABLE = Base.metadata.tables[Photo.__tablename__]
_BY_KEY = select(_TABLE.c.id, _TABLE.c.client_key, _TABLE.c.received_at, _TABLE.c.content_sha256).where(
    _TABLE.c.county_id == bindparam("county_id"), _TABLE.c.client_key == bindparam("client_key")
)
_HOLD = select(Person.id).where(Person.id == bindparam("person_id")).with_for_update(key_share=True)
_IS_OWN = _TABLE.c.person_id == bindparam("person_id")
_IS_OF_SUBJECT = _TABLE.c.subject_id == bindparam("subject_id")
_IS_OF_MONTH = _TABLE.c.received_at >= bindparam("month_began")
_SENT = select(
    func.count().filter(_IS_OF_SUBJECT, _TABLE.c.state.in_(sorted(RECEIVED))),
    func.count().filter(_IS_OWN, _TABLE.c.received_at >= bindparam("day_began")),
    func.coalesce(func.sum(_TABLE.c.size_bytes).filter(_IS_OWN, _IS_OF_MONTH), 0),
).where(_TABLE.c.county_id == bindparam("county_id"), or_(_IS_OF_SUBJECT, _IS_OWN & _IS_OF_MONTH))
_INSERT = insert_or_skip(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


def receive(
    *,
    caller: Caller,
    subject: Subject,
    client_key: UUID,
    data: bytes,
    doubts_of: Callable[[Look], Collection[MarkKind]] = no_doubts,
) -> tuple[Receipt, bool]:
    """Take in a photo of the caller's own visit or leave; return its receipt, and whether it is new.

    It is looked at now and cleaned in a job; the file lies safely on the disk before its row is written. The same
    ``client_key`` again answers with the first receipt; with other bytes it is a Conflict. Raises what ``look``
    raises, Conflict `too_many_photos`, TooMany past the quota, NoRoom, Unavailable.
    """
    seen = look(data)
    photo = _begin(caller, subject, client_key, seen, len(data))
    with transaction():  # it ends before the file is written: a slow store holds no connection
        if first := _find_known(photo):
            return first, False
        if subject.closed:
            raise subject.closed
        doubts = doubts_of(seen)
        settings = settings_of(subject.village, day=day_of(caller.now))
    photo["incoming_key"] = incoming_key = photo_store().put_incoming(data, photo_id=photo["id"])
    try:
        receipt = _store(photo, subject, caller, settings, doubts)
    except Refusal:  # after any other failure the row may be there all the same
        delete_files([incoming_key])
        raise
    is_new = receipt.id == photo["id"]
    if not is_new:
        delete_files([incoming_key])
    return receipt, is_new


def _begin(caller: Caller, subject: Subject, client_key: UUID, seen: Look, size_bytes: int) -> dict[str, Any]:
    """Return the row of a photo that has just come."""
    said = caller.person_id.bytes + subject.id.bytes + seen.sha256
    return {
        "county_id": subject.village.county_id,
        "id": uuid4(),
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "compared_within": subject.compared_within,
        "person_id": caller.person_id,
        "client_key": client_key,
        "content_sha256": hashlib.sha256(said).digest(),
        "size_bytes": size_bytes,
        "received_at": caller.now,
        "state": PhotoState.WAITING,
    }


def _find_known(photo: dict[str, Any]) -> Receipt | None:
    """Return the receipt of what has the key already; Conflict if it is another photo."""
    key = {name: photo[name] for name in ("county_id", "client_key")}
    first = db.session.connection().execute(_BY_KEY, key).one_or_none()
    if first is None:
        return None
    if first.content_sha256 != photo["content_sha256"]:
        raise Conflict("key_reused", "同一编号已用于另一张照片")
    return Receipt(first.id, first.client_key, first.received_at)


def _store(
    photo: dict[str, Any],
    subject: Subject,
    caller: Caller,
    settings: AreaSettings,
    doubts: Collection[MarkKind],
) -> Receipt:
    """Write the row with its job; where its key was faster, return the receipt of what stands there.

    One person's photos come one after the other, so that each counts those before it.
    """
    with transaction():
        connection = db.session.connection()
        connection.execute(_HOLD, {"person_id": photo["person_id"]})
        refusal = _past_limit(photo, subject, settings)
        if refusal is not None or connection.execute(_INSERT, photo).first() is None:
            if first := _find_known(photo):
                return first
            raise refusal or Conflict("key_reused", "同一编号已用于另一张照片")
        note_marks(photo["county_id"], photo["id"], dict.fromkeys(doubts), now=caller.now)
        enqueue(CLEAN_PHOTO, county_id=str(photo["county_id"]), photo_id=str(photo["id"]))
        record("photo.receive", caller, photo["county_id"], photo["id"], belongs_to=str(subject.id))
        return Receipt(photo["id"], photo["client_key"], photo["received_at"])


def _past_limit(photo: dict[str, Any], subject: Subject, settings: AreaSettings) -> Refusal | None:
    """Return why there may not be one more photo."""
    quota = Quota(settings["photo.per_day"], settings["photo.mb_per_month"] * MEGABYTE)
    now: datetime = photo["received_at"]
    about = {name: photo[name] for name in ("county_id", "person_id", "subject_id")}
    began = {"day_began": _midnight(now), "month_began": _first_of_month(now)}
    sent = Sent(*db.session.connection().execute(_SENT, {**about, **began}).one())
    match passed_limit(
        sent, size_bytes=photo["size_bytes"], most_of_subject=subject.most_photos, quota=quota
    ):
        case Limit.OF_SUBJECT:
            most = subject.most_photos
            return Conflict("too_many_photos", f"照片已有{most}张，不能再传", most=most)
        case Limit.PER_DAY:
            return TooMany(
                "photo_quota_day",
                f"今天已传{quota.per_day}张照片，请明天再传",
                retry_after_seconds=_seconds_until(now, _midnight(now) + timedelta(days=1)),
            )
        case Limit.PER_MONTH:
            return TooMany(
                "photo_quota_month",
                f"本月照片已超过{quota.bytes_per_month // MEGABYTE} MB，请下月再传",
                retry_after_seconds=_seconds_until(now, _first_of_month(now, next_month=True)),
            )
    return None


def _midnight(now: datetime) -> datetime:
    return datetime.combine(day_of(now), time(), tzinfo=CHINA)


def _first_of_month(now: datetime, *, next_month: bool = False) -> datetime:
    month = Month.of(day_of(now))
    return datetime.combine((month.next if next_month else month).first_day, time(), tzinfo=CHINA)


def _seconds_until(now: datetime, then: datetime) -> int:
    return int((then - now).total_seconds()) + 1


def note_marks(county_id: UUID, photo_id: UUID, found: dict[MarkKind, UUID | None], *, now: datetime) -> None:
    """Put marks on a photo in the running transaction, each kind once; with the photo it resembles, if any."""
    if found:
        db.session.execute(
            insert_or_skip(PhotoMark).on_conflict_do_nothing(),
            [
                {
                    "county_id": county_id,
                    "id": uuid4(),
                    "photo_id": photo_id,
                    "kind": kind,
                    "other_id": other_id,
                    "found_at": now,
                }
                for kind, other_id in sorted(found.items())
            ],
        )
