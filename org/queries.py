"""Reading the registers: postings in a span of days, settings of areas."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from kernel.database import UUIDS, db
from org.models import Area, AreaSetting, Level, Posting
from org.settings import AreaSettings, SettingRow, resolve


def serves_between(first_day: date, last_day: date) -> ColumnElement[bool]:
    """Return, for use inside a statement, that a posting has a day between two days, both included."""
    return and_(Posting.first_day <= last_day, or_(Posting.last_day.is_(None), Posting.last_day >= first_day))


def is_or_lies_in(area_id: UUID | None) -> ColumnElement[bool]:
    """Return, for use inside a statement over ``Area``, that it is the one of this id, of any level, or lies in it."""
    return or_(*(line == area_id for line in (Area.id, Area.township_id, Area.county_id, Area.city_id)))


def lies_in(area: Area, *, of: Any = None) -> ColumnElement[bool]:
    """Return, for use inside a statement over ``Area``, that it lies in another or, a village, is it.

    ``of`` may be visits or problems: where their own columns say it, the planner knows how many there are.
    """
    column: Any = {
        Level.VILLAGE: of.village_id if of else Area.id,
        Level.TOWNSHIP: Area.township_id,
        Level.COUNTY: of.county_id if of else Area.county_id,
        Level.CITY: Area.city_id,
    }[Level(area.level)]
    return column == area.id  # type: ignore[no-any-return]


def next_first_day() -> ColumnElement[date | None]:
    """Return, for use inside a statement, the day on which the person's next posting begins.

    None is looked for as long as a posting has no end: two of one person never overlap.
    """
    later = aliased(Posting)
    first_day = (
        select(func.min(later.first_day))
        .where(later.person_id == Posting.person_id, later.first_day > Posting.first_day)
        .scalar_subquery()
    )
    return case((Posting.last_day.is_not(None), first_day))


_SETTINGS = (
    select(AreaSetting.area_id, AreaSetting.key, AreaSetting.value, AreaSetting.valid_from)
    .where(AreaSetting.area_id == any_(bindparam("area_ids", type_=UUIDS)))
    .order_by(AreaSetting.set_at)
)


def setting_rows(area_ids: Iterable[UUID]) -> list[SettingRow]:
    """Return every setting ever made for these areas."""
    rows = db.session.connection().execute(_SETTINGS, {"area_ids": list(area_ids)})
    return [SettingRow(*row) for row in rows]


class Located(Protocol):
    """An area, or what was read of one: its id and those of all it lies in."""

    @property
    def id(self) -> UUID: ...
    @property
    def township_id(self) -> UUID | None: ...
    @property
    def county_id(self) -> UUID | None: ...
    @property
    def city_id(self) -> UUID | None: ...


def ancestors(area: Located) -> tuple[UUID | None, ...]:
    """Return the ids of the area and of all it lies in, the nearest first."""
    return (area.id, area.township_id, area.county_id, area.city_id)


def counties_of(villages: Iterable[Located]) -> dict[UUID, UUID]:
    """Return the villages' counties by village, without those that lie in none."""
    return {village.id: village.county_id for village in villages if village.county_id}


def settings_of(area: Area, *, day: date) -> AreaSettings:
    """Return the settings in force for an area on a day (Article 30)."""
    line = ancestors(area)
    return resolve(setting_rows(filter(None, line)), ancestors=line, day=day)
