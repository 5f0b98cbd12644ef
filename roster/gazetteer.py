"""Finding an area by the names people write. Pure.

Names repeat (rule 9): a name is looked for only below its township or county, and a code settles what is left.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from org.models import Level
from roster.entries import COUNTY, TOWNSHIP, VILLAGE, VILLAGE_CODE, Entry, Seat

COMMITTEE = re.compile(r"(村民委员会|村委会|居民委员会|居委会)$")
SORT_OF_VILLAGE = re.compile(r"(?<=.)(社区|村)$")


class Place(NamedTuple):
    """An area in force, and what it lies in."""

    id: UUID
    code: str
    name: str
    level: Level
    city_id: UUID | None
    county_id: UUID | None
    township_id: UUID | None


class BadCell(Exception):
    """A cell of the roster does not fit the registers."""

    def __init__(self, column: str, code: str, message: str) -> None:
        super().__init__(code)
        self.column = column
        self.code = code
        self.message = message


class Gazetteer:
    """The areas of the register; with ``within_county`` those of one county, and nothing outside is found."""

    def __init__(self, places: Iterable[Place], *, within_county: UUID | None) -> None:
        self._within_county = within_county
        self._named: dict[tuple[UUID | None, Level, str], list[Place]] = defaultdict(list)
        self._cities: list[Place] = []
        for place in places:
            if place.level == Level.CITY:
                self._cities.append(place)
            for above in {None, place.city_id, place.county_id, place.township_id}:
                for name in {place.name, short_name(place.name)}:
                    self._named[above, place.level, name].append(place)

    def find(self, entry: Entry) -> UUID | None:
        """Return the area the entry's role is held for; None for a role of a unit. BadCell if it is not found."""
        match entry.seat:
            case Seat.UNIT:
                return None
            case Seat.CITY:
                return self._find_city(entry.county).id
        county = self._find_county(entry.county)
        if entry.seat is Seat.COUNTY:
            return county.id
        above = self._only(TOWNSHIP, county, Level.TOWNSHIP, entry.township) if entry.township else county
        if entry.seat is Seat.TOWNSHIP:
            return above.id
        return self._find_village(entry.village, entry.village_code, above).id

    def village(self, *, county: str, township: str, village: str, village_code: str) -> UUID:
        """Return a village by its names, the township perhaps left out; BadCell if it is not found."""
        above = self._find_county(county)
        if township:
            above = self._only(TOWNSHIP, above, Level.TOWNSHIP, township)
        return self._find_village(village, village_code, above).id

    def _find_city(self, name: str) -> Place:
        if self._within_county:
            raise BadCell("", "outside_county", "市级角色不由县里导入")
        found = [city for city in self._cities if name in ("", city.name)]
        if len(found) != 1:
            raise BadCell(COUNTY, "city_unknown", "请在县（市、区）一栏写明设区市的名称")
        return found[0]

    def _find_county(self, name: str) -> Place:
        try:
            return self._only(COUNTY, None, Level.COUNTY, name)
        except BadCell as bad:
            if self._within_county and bad.code == "area_unknown":
                raise BadCell(COUNTY, "outside_county", "只能导入本县（市、区）的人员") from bad
            raise

    def _only(self, column: str, above: Place | None, level: Level, name: str) -> Place:
        found = [
            place
            for place in self._named.get((above.id if above else None, level, name), ())
            if place.name == name
        ]
        if not found:
            raise BadCell(column, "area_unknown", f"没有“{name}”")
        if len(found) > 1:
            raise BadCell(column, "area_ambiguous", f"有 {len(found)} 个“{name}”")
        return found[0]

    def _find_village(self, name: str, code: str, above: Place) -> Place:
        alike = self._named.get((above.id, Level.VILLAGE, short_name(name)), [])
        found = [place for place in alike if place.name == name] or alike
        if not found:
            raise BadCell(VILLAGE, "area_unknown", f"{above.name}没有“{name}”")
        if code:
            found = [place for place in alike if place.code == code]
            if not found:
                raise BadCell(VILLAGE_CODE, "code_differs", f"村代码不是{above.name}“{name}”的代码")
        if len(found) > 1:
            codes = "、".join(sorted(place.code for place in found))
            raise BadCell(
                VILLAGE,
                "village_ambiguous",
                f"{above.name}有 {len(found)} 个“{name}”，请填村代码：{codes}",
            )
        return found[0]


def short_name(name: str) -> str:
    """Return a village's name as people say it: 杨梅村委会 and 杨梅村 are 杨梅."""
    return SORT_OF_VILLAGE.sub("", COMMITTEE.sub("", name) or name)
