"""What a report is about: an area or a unit within the caller's reach, and the lines of the places below it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import select

from identity.permissions import Permission
from identity.scope import Caller, get_area, get_unit
from kernel.database import db
from kernel.errors import NotFound
from org.models import Area, DispatchingUnit, Level
from org.queries import Located
from reports.policy import Figures, totals_by

UNIT = "unit"
BELOW = {Level.COUNTY: Level.TOWNSHIP, Level.CITY: Level.COUNTY}
"""By which places an area is broken down; a township and a village by their villages."""
LEVELS = {Level.VILLAGE: "村", Level.TOWNSHIP: "乡镇", Level.COUNTY: "县", Level.CITY: "市", UNIT: "单位"}


@dataclass(frozen=True, slots=True)
class Place:
    """An area or a dispatching unit as a report names it; ``level`` is the area's, or ``unit``."""

    id: UUID
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about."""

    place: Place
    area: Area | None = None
    unit: DispatchingUnit | None = None

    @property
    def county_id(self) -> UUID | None:
        """The county in which all of it lies, if there is one."""
        return self.area.county_id if self.area else None


class Village(NamedTuple):
    """What a report says of a village's area; it reads thousands of them."""

    id: UUID
    name: str
    sort_key: bytes
    level: Level
    township_id: UUID | None
    county_id: UUID | None
    city_id: UUID | None


VILLAGE = tuple(getattr(Area, name) for name in Village._fields)
"""The columns of a ``Village``."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Line(Generic[Row]):
    """What a place adds up to."""

    place: Place
    figures: Row


def scope_of(
    *,
    caller: Caller,
    area_id: UUID | None,
    unit_id: UUID | None = None,
    permission: Permission = Permission.SEE_REPORTS,
) -> Scope:
    """Return the area or unit asked for, or NotFound outside the caller's reach."""
    if unit_id is not None:
        unit = get_unit(unit_id, caller, permission)
        return Scope(Place(unit.id, unit.name, UNIT), unit=unit)
    if area_id is not None:
        area = get_area(area_id, caller, permission)
        return Scope(Place(area.id, area.name, area.level), area=area)
    raise NotFound()


def lines_below(
    scope: Scope, rows: Sequence[tuple[Area | Village, Figures]], above: dict[UUID, Area], *, nothing: Figures
) -> list[Line[Figures]]:
    """Add the rows of villages up to a line for each next-lower place, in the order of names.

    Of a village and of a unit there are none. ``above`` are the counties and townships of the villages.
    """
    if scope.area is None or scope.area.level == Level.VILLAGE:
        return []
    of_place = totals_by(((place_below(scope.area, village), row) for village, row in rows), nothing)
    places: dict[UUID, Area | Village] = {**above, **{village.id: village for village, _ in rows}}
    ordered = sorted((places[place_id] for place_id in of_place), key=lambda each: (each.sort_key, each.id))
    return [Line(Place(each.id, each.name, each.level), of_place[each.id]) for each in ordered]


def place_below(area: Area, village: Located) -> UUID:
    """Return the next-lower place of an area in which one of its villages lies, or that is the village."""
    below = {Level.COUNTY: village.township_id, Level.CITY: village.county_id}
    return below.get(Level(area.level)) or village.id


def areas_above(villages: Iterable[Located]) -> dict[UUID, Area]:
    """Return the counties and townships of villages by their id, read in one statement."""
    ids = {id_ for village in villages for id_ in (village.county_id, village.township_id) if id_}
    return {area.id: area for area in db.session.scalars(select(Area).where(Area.id.in_(ids)))}


def where_it_lies(village: Located, above: dict[UUID, Area]) -> str:
    """Return the names of a village's county and township: 甲县甲一乡."""
    line = (village.county_id, village.township_id)
    return "".join(above[area_id].name for area_id in line if area_id in above)
