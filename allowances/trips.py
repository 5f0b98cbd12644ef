"""Trips driven: one tap for the way out, one for the way back; one car a team (Article 27(1))."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update

from allowances.models import Trip
from allowances.policy import Way
from identity.permissions import Permission
from identity.scope import Caller, find_posting_on
from kernel import audit
from kernel.database import AnySelect, db, transaction
from kernel.errors import Conflict, NotFound, Refusal
from kernel.once import fingerprint, store_once
from kernel.periods import day_of
from org.models import Area, Person, Posting
from org.queries import settings_of

WAYS_TEXT = {Way.OUT: "往", Way.BACK: "返"}


def record_trip(*, caller: Caller, client_key: UUID, day: date, way: Way) -> tuple[Trip, Area, bool]:
    """Record one way driven on a day, and return it with its village and whether it is new.

    The same ``client_key`` again answers with the first record. Conflict where a colleague has entered the
    same way of the same day: a team has one car. The trip belongs to the village of that day's posting.
    """
    with transaction():
        found = find_posting_on(
            day, person_id=caller.person_id, caller=caller, permission=Permission.RECORD_TRIPS
        )
        if found is None:
            raise Conflict("no_posting", "该日不在派驻期内")
        posting, village = found
        _check_day(day, village, caller)
        trip = Trip(
            county_id=village.county_id,
            id=uuid4(),
            client_key=client_key,
            content_sha256=fingerprint(caller.person_id, day, way),
            posting_id=posting.id,
            person_id=caller.person_id,
            village_id=village.id,
            day=day,
            way=way,
            entered_at=caller.now,
        )
        stored, is_new = _store(trip)
        if is_new:
            _note("trip.record", stored, caller)
        return stored, village, is_new


def withdraw_trip(*, caller: Caller, trip_id: UUID) -> tuple[Trip, Area]:
    """Withdraw one of the caller's own trips that was entered wrongly; what it was paid is taken back (扣回)."""
    with transaction():
        row = db.session.execute(
            select(Trip, Area)
            .join(Area, Area.id == Trip.village_id)
            .where(Trip.county_id.in_(_counties(caller)), Trip.id == trip_id)
            .where(Trip.person_id == caller.person_id)
        ).one_or_none()
        if row is None:
            raise NotFound("trip_not_found", "没有找到这次行程")
        withdrawn = db.session.scalars(
            update(Trip)
            .where(Trip.county_id == row.Trip.county_id, Trip.id == trip_id, Trip.withdrawn_at.is_(None))
            .values(withdrawn_at=caller.now)
            .returning(Trip)
            .execution_options(populate_existing=True, synchronize_session=False)
        ).one_or_none()
        if withdrawn is None:
            raise Conflict("trip_withdrawn", "这次行程已撤销")
        _note("trip.withdraw", withdrawn, caller)
        return withdrawn, row.Area


def _counties(caller: Caller) -> AnySelect:
    posted = select(Area.county_id).join(Posting, Posting.village_id == Area.id)
    return posted.where(Posting.person_id == caller.person_id)


def _check_day(day: date, village: Area, caller: Caller) -> None:
    today = day_of(caller.now)
    if day > today:
        raise Refusal("day_in_future", "行程日期不能晚于今天")
    most: int = settings_of(village, day=today)["travel.entry_days"]
    if day < today - timedelta(days=most):
        raise Refusal("too_late", f"行程须在{most}天内登记", days=most)


def _store(trip: Trip) -> tuple[Trip, bool]:
    """Insert the trip and return it and True; where its key was faster, what stands there and False."""
    try:
        return store_once(trip)
    except Conflict as conflict:
        raise conflict if conflict.code == "key_reused" else _already_driven(trip) from None


def _already_driven(trip: Trip) -> Conflict:
    driver = db.session.scalars(
        select(Person.name)
        .join(Trip, Trip.person_id == Person.id)
        .where(
            Trip.county_id == trip.county_id,
            Trip.village_id == trip.village_id,
            Trip.day == trip.day,
            Trip.way == trip.way,
            Trip.withdrawn_at.is_(None),
        )
    ).one_or_none()
    return Conflict(
        "trip_known", f"本队这一天的{WAYS_TEXT[trip.way]}程已由{driver or '同事'}登记，一队只计一辆车"
    )


def _note(action: str, trip: Trip, caller: Caller) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=trip.county_id,
        actor_id=caller.person_id,
        subject_id=trip.id,
        day=trip.day.isoformat(),
        way=trip.way,
    )
