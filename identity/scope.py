"""The walls between areas: the one place that narrows what a caller may see."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, or_, select, union_all
from sqlalchemy.orm import aliased

from identity.models import Office
from identity.permissions import AREA_LEVEL, MAY, REACH, Permission, Reach, Role
from kernel.database import AnySelect, db
from kernel.errors import Forbidden, NotFound
from kernel.periods import day_of
from org.models import Area, DispatchingUnit, Level, Person, Posting
from org.queries import is_or_lies_in, serves_between


@dataclass(frozen=True, slots=True)
class Holding:
    """A role the caller holds now: for an area, for a unit, or through a posting in a village."""

    role: Role
    area_id: UUID | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, at which instant, with which roles."""

    person_id: UUID
    name: str
    session_id: UUID
    now: datetime
    holdings: tuple[Holding, ...]

    @property
    def roles(self) -> set[Role]:
        return {holding.role for holding in self.holdings}

    def may(self, permission: Permission) -> bool:
        return not self.roles.isdisjoint(MAY[permission])

    def holdings_for(self, permission: Permission) -> list[Holding]:
        return [holding for holding in self.holdings if holding.role in MAY[permission]]


def within(statement: AnySelect, caller: Caller, permission: Permission) -> AnySelect:
    """Narrow a statement over ``Posting`` joined to its village ``Area`` to the rows the caller may see.

    Facts hang on the posting of their day, so an old area keeps what happened while the person was there
    and sees nothing of what came later.
    """
    return statement.where(
        or_(false(), *(_sees(holding, caller) for holding in caller.holdings_for(permission)))
    )


def _sees(holding: Holding, caller: Caller) -> ColumnElement[bool]:
    match REACH[holding.role]:
        case Reach.SELF:
            return Posting.person_id == caller.person_id
        case Reach.TEAM:
            return or_(Posting.person_id == caller.person_id, Area.id == holding.area_id)
        case Reach.VILLAGE:
            return Area.id == holding.area_id
        case Reach.UNIT:
            return Posting.unit_id == holding.unit_id
        case Reach.AREA:
            return is_or_lies_in(holding.area_id)
        case reach:
            return _lies_in(Area, AREA_LEVEL[reach], holding.area_id)


def _lies_in(area: Any, level: Level, area_id: UUID | None) -> ColumnElement[bool]:
    column = {Level.TOWNSHIP: area.township_id, Level.COUNTY: area.county_id, Level.CITY: area.city_id}[level]
    return column == area_id  # type: ignore[no-any-return]


def areas_within(statement: AnySelect, caller: Caller, permission: Permission) -> AnySelect:
    """Narrow a statement over ``Area`` to the areas the caller's roles reach."""
    return statement.where(
        or_(false(), *(_reaches(holding, caller) for holding in caller.holdings_for(permission)))
    )


def _reaches(holding: Holding, caller: Caller) -> ColumnElement[bool]:
    match REACH[holding.role]:
        case Reach.SELF:
            return exists().where(Posting.village_id == Area.id, Posting.person_id == caller.person_id)
        case Reach.TEAM | Reach.VILLAGE:
            return Area.id == holding.area_id
        case Reach.UNIT:
            village = aliased(Area)
            return exists().where(
                Posting.village_id == village.id,
                Posting.unit_id == holding.unit_id,
                Area.id.in_((village.id, village.township_id, village.county_id)),
            )
        case Reach.AREA:
            return is_or_lies_in(holding.area_id)
        case reach:
            return _lies_in(Area, AREA_LEVEL[reach], holding.area_id)


def get_area(area_id: UUID, caller: Caller, permission: Permission, *, level: Level | None = None) -> Area:
    """Return the area, or NotFound if there is none such within the caller's reach."""
    statement = areas_within(select(Area).where(Area.id == area_id), caller, permission)
    area: Area | None = db.session.scalars(statement).one_or_none()
    if area is None or level not in (None, area.level):
        raise NotFound("area_not_found", "没有找到该地区")
    return area


def get_unit(unit_id: UUID, caller: Caller, permission: Permission) -> DispatchingUnit:
    """Return the dispatching unit if a posting of its people lies within the caller's reach, or NotFound."""
    postings = within(select(Posting.unit_id).join(Area, Area.id == Posting.village_id), caller, permission)
    unit = db.session.scalars(
        select(DispatchingUnit).where(DispatchingUnit.id == unit_id, DispatchingUnit.id.in_(postings))
    ).one_or_none()
    if unit is None:
        raise NotFound("unit_not_found", "没有找到该单位")
    return unit


def get_person(person_id: UUID, caller: Caller, permission: Permission) -> Person:
    """Return the person if a posting or an office of theirs lies within the caller's reach, or NotFound."""
    postings, offices = _held_within(caller, permission)
    statement = select(Person).where(
        Person.id == person_id,
        or_(
            Person.id.in_(postings.with_only_columns(Posting.person_id)),
            Person.id.in_(offices.with_only_columns(Office.person_id)),
        ),
    )
    person = db.session.scalars(statement).one_or_none()
    if person is None:
        raise NotFound("person_not_found", "没有找到此人")
    return person


def find_posting_on(
    day: date, *, person_id: UUID, caller: Caller, permission: Permission
) -> tuple[Posting, Area] | None:
    """Return the posting of a person to which a day belongs, with its village, within the caller's reach.

    The day of a transfer belongs to the new posting.
    """
    statement = (
        select(Posting, Area)
        .join(Area, Area.id == Posting.village_id)
        .where(Posting.person_id == person_id, serves_between(day, day))
        .order_by(Posting.first_day.desc())
        .limit(1)
    )
    row = db.session.execute(within(statement, caller, permission)).one_or_none()
    return tuple(row) if row else None


def get_person_serving(person_id: UUID, caller: Caller, permission: Permission) -> Person:
    """Return a person who serves within the caller's reach now and nowhere beyond it.

    Whose account it is to bind: NotFound once the person has gone elsewhere, Forbidden while an office or
    posting beyond the reach runs beside.
    """
    person = get_person(person_id, caller, permission)
    within_reach, beyond = _serves(person, caller, permission)
    if not within_reach:
        raise NotFound("person_not_found", "没有找到此人")
    if beyond:
        raise Forbidden("serves_elsewhere", "此人还在别处任职，请由上级或系统管理员办理")
    return person


def _held_within(caller: Caller, permission: Permission) -> tuple[AnySelect, AnySelect]:
    """Return the statements for postings and offices of an area within the caller's reach."""
    postings = within(select(Posting.id).join(Area, Area.id == Posting.village_id), caller, permission)
    offices = areas_within(select(Office.id).join(Area, Area.id == Office.area_id), caller, permission)
    return postings, offices


def _serves(person: Person, caller: Caller, permission: Permission) -> tuple[bool, bool]:
    """Say whether the person serves now within the caller's reach, and whether beyond it."""
    postings, offices = _held_within(caller, permission)
    today = day_of(caller.now)
    held = union_all(
        select(Posting.id.in_(postings).label("is_within")).where(*_runs(Posting, person, today)),
        select(Office.id.in_(offices)).where(*_runs(Office, person, today), Office.area_id.is_not(None)),
    ).subquery()
    places = set(db.session.scalars(select(held.c.is_within)))
    return True in places, False in places


def _runs(held: type[Posting] | type[Office], person: Person, today: date) -> list[ColumnElement[bool]]:
    return [held.person_id == person.id, or_(held.last_day.is_(None), held.last_day >= today)]
