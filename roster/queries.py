"""Reading the roster, the areas, and the settings of an area, within what the caller may see."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from identity.login import cipher
from identity.permissions import Permission
from identity.scope import Caller, areas_within, get_area, within
from kernel.crypto import mask_phone
from kernel.database import db
from kernel.web import read_cursor, write_cursor
from org.models import Area, AreaSetting, DispatchingUnit, Level, Person, Posting
from org.queries import ancestors, is_or_lies_in
from org.settings import SETTINGS, SettingRow, resolve

LEVELS = tuple(Level)


def list_roster(caller: Caller, *, area_id: UUID | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """Return a page of the postings the caller may see, by name."""
    statement = (
        select(Posting, Person, Area, DispatchingUnit)
        .join(Person, Person.id == Posting.person_id)
        .join(Area, Area.id == Posting.village_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
    )
    statement = within(statement, caller, Permission.SEE_ROSTER)
    if area_id is not None:
        statement = statement.where(is_or_lies_in(area_id))
    order = tuple_(Person.sort_key, Posting.id)
    if (after := read_cursor(cursor, bytes.fromhex, UUID)) is not None:
        statement = statement.where(order > tuple_(*after))
    rows = db.session.execute(statement.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [describe_posting(*row) for row in rows[:limit]],
        "next_cursor": write_cursor(last.Person.sort_key.hex(), last.Posting.id) if last else None,
    }


def describe_posting(
    posting: Posting, person: Person, village: Area, unit: DispatchingUnit
) -> dict[str, Any]:
    """Return a posting as the roster shows it, the phone masked."""
    return {
        "posting_id": posting.id,
        "person_id": person.id,
        "name": person.name,
        "phone": mask_phone(cipher().decrypt(person.phone_sealed, field="phone", row_id=person.id)),
        "role": posting.role,
        "village": village,
        "unit": unit,
        "first_day": posting.first_day,
        "last_day": posting.last_day,
        "home_unit": posting.home_unit,
        "party_transfer_on": posting.party_transfer_on,
        "findings": posting.findings,
        "override_reason": posting.override_reason,
    }


def list_areas(
    caller: Caller, *, parent_id: UUID | None, level: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of areas in force: those one level below an area, or all of a level, by name."""
    statement = areas_within(select(Area).where(Area.last_day.is_(None)), caller, Permission.SEE_AREAS)
    if parent_id is not None:
        parent = get_area(parent_id, caller, Permission.SEE_AREAS)
        if parent.level == Level.VILLAGE:
            return {"items": [], "next_cursor": None}
        level = LEVELS[LEVELS.index(Level(parent.level)) + 1]
        above = {Level.CITY: Area.city_id, Level.COUNTY: Area.county_id, Level.TOWNSHIP: Area.township_id}
        statement = statement.where(above[Level(parent.level)] == parent.id)
    statement = statement.where(Area.level == level)
    order = tuple_(Area.sort_key, Area.id)
    if (after := read_cursor(cursor, bytes.fromhex, UUID)) is not None:
        statement = statement.where(order > tuple_(*after))
    areas = db.session.scalars(statement.order_by(*order).limit(limit + 1)).all()
    last = areas[limit - 1] if len(areas) > limit else None
    return {
        "items": areas[:limit],
        "next_cursor": write_cursor(last.sort_key.hex(), last.id) if last else None,
    }


def describe_settings(area: Area, *, day: date) -> list[dict[str, Any]]:
    """Return every setting there is: its value in force for the area on a day, and whose it is (Article 30)."""
    line = ancestors(area)
    rows = db.session.execute(
        select(AreaSetting, Area)
        .join(Area, Area.id == AreaSetting.area_id)
        .where(AreaSetting.area_id.in_(list(filter(None, line))))
        .order_by(AreaSetting.set_at)
    ).all()
    in_force = resolve(
        (SettingRow(row.Area.id, row.AreaSetting.key, row, row.AreaSetting.valid_from) for row in rows),
        ancestors=line,
        day=day,
    )
    return [_describe_setting(key, in_force[key]) for key in SETTINGS]


def _describe_setting(key: str, found: Any) -> dict[str, Any]:
    setting = SETTINGS[key]
    described = {
        "key": key,
        "value": found,
        "built_in": setting.built_in,
        "meaning": setting.meaning,
        "source": None,
    }
    if found is not setting.built_in:
        own: AreaSetting = found.AreaSetting
        described["value"] = own.value
        described["source"] = {
            "area": found.Area,
            "valid_from": own.valid_from,
            "document_no": own.document_no,
        }
    return described
