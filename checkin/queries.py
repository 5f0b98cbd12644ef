"""Reading check-ins: what a new one has to be weighed against, a person's month, the days of many."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Date,
    DateTime,
    Double,
    ScalarSelect,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from checkin.models import Checkin, CheckinDoubt
from checkin.policy import SHARED_POINT_MINUTES, Outcome, Reading
from geofence.datum import Point
from geofence.queries import newest_fence_id
from identity.consent import LOCATION_NOTICE
from identity.models import Consent
from identity.permissions import Permission
from identity.scope import Caller, within
from kernel.database import DATES, UUIDS, AnyRow, AnySelect, db
from kernel.periods import Month
from org.models import Area, AreaSetting, Posting
from org.settings import AreaSettings, SettingRow, resolve

READINGS_COMPARED = 9
OLDEST_UPLOAD_DAYS = 10


@dataclass(frozen=True, slots=True)
class PostingNow:
    """One posting of a person with its village's areas, fence and settings."""

    id: UUID
    first_day: date
    last_day: date | None
    village_id: UUID
    county_id: UUID
    fence_id: UUID | None
    settings: AreaSettings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that a new attempt is weighed against, read in one statement."""

    postings: list[PostingNow]
    has_consented: bool
    is_known: bool
    earlier: list[Reading]
    earlier_ids: list[UUID]
    same_place_ids: list[UUID]


def read_surroundings(*, caller: Caller, client_key: UUID, point: Point | None) -> Surroundings:
    """Return what an attempt of the caller at a WGS-84 point is weighed against."""
    asked = {
        "person_id": caller.person_id,
        "client_key": client_key,
        "longitude_deg": point.longitude_deg if point else None,
        "latitude_deg": point.latitude_deg if point else None,
        "since": caller.now - timedelta(minutes=SHARED_POINT_MINUTES),
    }
    rows = db.session.connection().execute(_SURROUNDINGS, asked).all()
    if not rows:
        return Surroundings([], False, False, [], [], [])
    first = rows[0]
    earlier = first.earlier or []
    return Surroundings(
        postings=[_posting_now(row, caller.now.date()) for row in rows],
        has_consented=first.has_consented,
        is_known=first.is_known,
        earlier=[_reading(entry) for entry in earlier],
        earlier_ids=[UUID(entry[0]) for entry in earlier],
        same_place_ids=first.same_place_ids or [],
    )


def _surroundings() -> AnySelect:
    """Build the statement over a person's own postings; nobody checks in for another, whatever their reach."""
    person_id = bindparam("person_id", type_=Uuid())
    return (
        select(
            Posting.id,
            Posting.first_day,
            Posting.last_day,
            Area.id.label("village_id"),
            Area.township_id,
            Area.county_id,
            Area.city_id,
            newest_fence_id(Area.id).label("fence_id"),
            _settings().label("settings"),
            _has_consented(person_id).label("has_consented"),
            _is_known().label("is_known"),
            _earlier(person_id).label("earlier"),
            _same_place(person_id).label("same_place_ids"),
        )
        .join(Area, Area.id == Posting.village_id)
        .where(Posting.person_id == person_id)
        .order_by(Posting.first_day.desc())
    )


def _settings() -> ScalarSelect[Any]:
    return (
        select(
            func.jsonb_agg(
                func.jsonb_build_array(
                    AreaSetting.area_id, AreaSetting.key, AreaSetting.value, AreaSetting.valid_from
                )
            )
        )
        .where(AreaSetting.area_id.in_((Area.id, Area.township_id, Area.county_id, Area.city_id)))
        .scalar_subquery()
    )


def _has_consented(person_id: BindParameter[UUID]) -> Any:
    return exists().where(
        Consent.person_id == person_id,
        Consent.purpose == LOCATION_NOTICE.purpose,
        Consent.version == LOCATION_NOTICE.version,
        Consent.withdrawn_at.is_(None),
    )


def _is_known() -> Any:
    return exists().where(
        Checkin.county_id == Area.county_id, Checkin.client_key == bindparam("client_key", type_=Uuid())
    )


def _earlier(person_id: BindParameter[UUID]) -> ScalarSelect[Any]:
    last = (
        select(Checkin)
        .where(
            Checkin.county_id == Area.county_id,
            Checkin.person_id == person_id,
            Checkin.longitude_deg.is_not(None),
        )
        .order_by(Checkin.received_at.desc())
        .limit(READINGS_COMPARED)
        .correlate(Area)
        .subquery()
    )
    return select(
        func.jsonb_agg(
            func.jsonb_build_array(
                last.c.id,
                last.c.longitude_deg,
                last.c.latitude_deg,
                last.c.happened_at,
                last.c.accuracy_m,
                last.c.altitude_m,
                last.c.speed_m_s,
            )
        )
    ).scalar_subquery()


def _same_place(person_id: BindParameter[UUID]) -> ScalarSelect[Any]:
    """Ids of other people's attempts at the very same point a few minutes ago, in the same village."""
    since = bindparam("since", type_=DateTime(timezone=True))
    return (
        select(func.array_agg(Checkin.id))
        .where(
            Checkin.county_id == Area.county_id,
            Checkin.village_id == Area.id,
            Checkin.day >= cast(since, Date) - OLDEST_UPLOAD_DAYS,
            Checkin.received_at >= since,
            Checkin.person_id != person_id,
            Checkin.longitude_deg == bindparam("longitude_deg", type_=Double()),
            Checkin.latitude_deg == bindparam("latitude_deg", type_=Double()),
        )
        .scalar_subquery()
    )


_SURROUNDINGS = _surroundings()
"""Built once: building it for each tap would cost more than asking it."""


def _posting_now(row: AnyRow, day: date) -> PostingNow:
    line = (row.village_id, row.township_id, row.county_id, row.city_id)
    settings = [
        SettingRow(UUID(area_id), key, value, date.fromisoformat(valid_from))
        for area_id, key, value, valid_from in row.settings or ()
    ]
    return PostingNow(
        id=row.id,
        first_day=row.first_day,
        last_day=row.last_day,
        village_id=row.village_id,
        county_id=row.county_id,
        fence_id=row.fence_id,
        settings=resolve(settings, ancestors=line, day=day),
    )


def _reading(entry: list[Any]) -> Reading:
    _, longitude_deg, latitude_deg, happened_at, accuracy_m, altitude_m, speed_m_s = entry
    return Reading(
        point=Point(longitude_deg, latitude_deg),
        happened_at=datetime.fromisoformat(happened_at),
        accuracy_m=accuracy_m,
        altitude_m=altitude_m,
        speed_m_s=speed_m_s,
    )


def moments_of_day(*, county_id: UUID, person_id: UUID, day: date) -> list[datetime]:
    """Return when the person's attempts of that day happened that show them in the village but did not make the day."""
    return list(
        db.session.scalars(
            select(Checkin.happened_at).where(
                Checkin.county_id == county_id,
                Checkin.person_id == person_id,
                Checkin.day == day,
                Checkin.outcome == Outcome.RULE_UNMET,
            )
        )
    )


def checkins_of_month(
    *, caller: Caller, person_id: UUID, month: Month, after: list[Any] | None, limit: int
) -> list[Checkin]:
    """Return a page of a person's attempts of a month, as far as the caller may see them, the latest first."""
    statement = (
        select(Checkin)
        .join(Posting, Posting.id == Checkin.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == Checkin.county_id))
        .where(Checkin.person_id == person_id, Checkin.day.between(month.first_day, month.last_day))
        .order_by(Checkin.received_at.desc(), Checkin.id.desc())
        .limit(limit)
    )
    if after is not None:
        received_at, checkin_id = after
        statement = statement.where(
            or_(
                Checkin.received_at < received_at,
                and_(Checkin.received_at == received_at, Checkin.id < checkin_id),
            )
        )
    return list(db.session.scalars(within(statement, caller, Permission.SEE_CHECKINS)))


def doubts_of(checkins: Collection[Checkin]) -> dict[UUID, list[str]]:
    """Return the doubts about these attempts by attempt."""
    found: dict[UUID, list[str]] = {}
    ids = [checkin.id for checkin in checkins]
    rows = db.session.execute(
        select(CheckinDoubt.checkin_id, CheckinDoubt.kind)
        .where(
            CheckinDoubt.county_id.in_({checkin.county_id for checkin in checkins}),
            CheckinDoubt.checkin_id.in_(ids),
        )
        .order_by(CheckinDoubt.kind)
    )
    for checkin_id, kind in rows:
        found.setdefault(checkin_id, []).append(kind)
    return found


def _days_present() -> AnySelect:
    asked = (
        func.unnest(
            bindparam("county_ids", type_=UUIDS),
            bindparam("village_ids", type_=UUIDS),
            bindparam("months", type_=DATES),
        )
        .table_valued(
            column("county_id", Uuid), column("village_id", Uuid), column("month", Date), name="asked"
        )
        .render_derived()
    )
    bit = func.bit_or(literal(1).op("<<")(Checkin.day - asked.c.month))
    of_village = (
        select(
            Checkin.posting_id,
            func.coalesce(bit.filter(Checkin.counted), 0).label("present"),
            func.coalesce(bit.filter(Checkin.outcome == Outcome.WAITS_FOR_TOWNSHIP), 0).label("waiting"),
        )
        .where(
            Checkin.county_id == asked.c.county_id,
            Checkin.village_id == asked.c.village_id,
            Checkin.day >= asked.c.month,
            Checkin.day < asked.c.month + func.make_interval(0, 1),
            or_(Checkin.counted, Checkin.outcome == Outcome.WAITS_FOR_TOWNSHIP),
        )
        .group_by(Checkin.posting_id)
        .lateral("of_village")  # a village's days are few to sort, a country's are not
    )
    return select(
        of_village.c.posting_id, asked.c.month, of_village.c.present, of_village.c.waiting
    ).join_from(asked, of_village, true())


DAYS_PRESENT = _days_present()
"""Reads (posting_id, month's first day, days in the village, days waiting), the days as bits of an int, for the
village and month of each place of ``county_ids``, ``village_ids``, ``months``; out of the index alone."""
