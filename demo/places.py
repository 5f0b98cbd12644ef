"""The corner of the country where the demo plays: real names and statistics codes, invented fences.

The outlines are made up; they lie near the real townships and mean nothing about them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import cos, pi, radians, sin
from random import Random
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from geofence.datum import Datum, Point, from_wgs84
from org.models import Area, Level, sort_key
from org.policy import VillageKindName

METRES_PER_DEGREE_NORTH = 110_800
METRES_PER_DEGREE_EAST = 111_320
VILLAGE_RADIUS_M = 1_700
VILLAGES_APART_M = 5_600
NAMESPACE = uuid5(NAMESPACE_DNS, "demo.zhucun")

AREAS = (
    ("360700000000", "赣州市", Level.CITY),
    ("360726000000", "安远县", Level.COUNTY),
    ("360726103000", "天心镇", Level.TOWNSHIP),
    ("360726103201", "高塅村村委会", Level.VILLAGE),
    ("360726103209", "大坋村村委会", Level.VILLAGE),
    ("360726103202", "五龙村村委会", Level.VILLAGE),
    ("360726105000", "鹤子镇", Level.TOWNSHIP),
    ("360726105205", "大輋村村委会", Level.VILLAGE),
    ("360726105202", "阳佳村村委会", Level.VILLAGE),
    ("360726105206", "半迳村村委会", Level.VILLAGE),
    ("360728000000", "定南县", Level.COUNTY),
    ("360728100000", "历市镇", Level.TOWNSHIP),
    ("360728100223", "磜上村民委员会", Level.VILLAGE),
    ("360728100204", "杨梅村民委员会", Level.VILLAGE),
    ("360728100207", "桥水村民委员会", Level.VILLAGE),
    ("360728103000", "天九镇", Level.TOWNSHIP),
    ("360728103215", "新垇村民委员会", Level.VILLAGE),
    ("360728103201", "九曲村民委员会", Level.VILLAGE),
    ("360728103203", "洋田村民委员会", Level.VILLAGE),
)
"""Code, name and level of the statistics bureau's table of 2023."""

TOWNSHIP_MIDDLES = {
    "360726103": Point(115.56, 25.36),
    "360726105": Point(115.33, 24.97),
    "360728100": Point(115.03, 24.78),
    "360728103": Point(115.12, 24.69),
}


DIGITS = {Level.CITY: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9}
"""How many digits of a code name the area of that level."""
LINES = {
    Level.CITY: (Level.CITY,),
    Level.COUNTY: (Level.CITY, Level.COUNTY),
    Level.TOWNSHIP: (Level.CITY, Level.COUNTY, Level.TOWNSHIP),
    Level.VILLAGE: (Level.CITY, Level.COUNTY, Level.TOWNSHIP),
}
"""Which levels an area names the ids of; a village's own id is not repeated."""


class Shape(StrEnum):
    """How a village's fence is drawn."""

    PLAIN = "plain"
    WITH_HOLE = "with_hole"
    TWO_PARTS = "two_parts"
    CIRCLES = "circles"


@dataclass(frozen=True)
class Village:
    """A village of the demo: what Article 2 calls it, how its fence is drawn and in which datum."""

    code: str
    kinds: tuple[VillageKindName, ...]
    shape: Shape = Shape.PLAIN
    datum: Datum = Datum.WGS84
    is_drawn_late: bool = False

    @cached_property
    def middle(self) -> Point:
        """The WGS-84 point where the village committee has its house, well inside the fence."""
        siblings = [code for code, _, level in AREAS if level is Level.VILLAGE and code[:9] == self.code[:9]]
        step = siblings.index(self.code) - 1
        return moved(
            TOWNSHIP_MIDDLES[self.code[:9]], east_m=step * VILLAGES_APART_M, north_m=1_800 * (step % 2)
        )


_KIND = VillageKindName

VILLAGES = {
    village.code: village
    for village in (
        Village("360726103201", (_KIND.FORMER_POOR, _KIND.KEY_SUPPORT)),
        Village("360726103209", (_KIND.FORMER_POOR,), Shape.WITH_HOLE),
        Village("360726103202", (_KIND.RED_VILLAGE,), Shape.TWO_PARTS),
        Village("360726105205", (_KIND.FORMER_POOR,), Shape.CIRCLES),
        Village("360726105202", (_KIND.RESETTLEMENT,), datum=Datum.GCJ02),
        Village("360726105206", (_KIND.CONSOLIDATION,), datum=Datum.BD09),
        Village("360728100223", (_KIND.KEY_SUPPORT,)),
        Village("360728100204", (_KIND.WEAK_PARTY_BRANCH,)),
        Village("360728100207", (_KIND.FORMER_POOR, _KIND.RESETTLEMENT)),
        Village("360728103215", (_KIND.FORMER_POOR,)),
        Village("360728103201", (_KIND.CONSOLIDATION,)),
        Village("360728103203", (_KIND.FORMER_POOR,), is_drawn_late=True),
    )
}


def key(*parts: object) -> UUID:
    """Return the id of a thing of the demo: the same for the same parts, on every machine."""
    return uuid5(NAMESPACE, "/".join(map(str, parts)))


def make_areas() -> dict[str, Area]:
    """Return the areas by code, each with the ids of those it lies in."""
    areas: dict[str, Area] = {}
    for code, name, level in AREAS:
        area = Area(id=key("area", code), code=code, name=name, sort_key=sort_key(name), level=level)
        for upper in LINES[level]:
            setattr(area, f"{upper}_id", key("area", code[: DIGITS[upper]].ljust(12, "0")))
        areas[code] = area
    return areas


def moved(point: Point, *, east_m: float, north_m: float) -> Point:
    """Return the point so many metres to the east and north, to six decimals."""
    east = east_m / (METRES_PER_DEGREE_EAST * cos(radians(point.latitude_deg)))
    return Point(
        round(point.longitude_deg + east, 6),
        round(point.latitude_deg + north_m / METRES_PER_DEGREE_NORTH, 6),
    )


def drawing_of(village: Village) -> dict[str, Any]:
    """Return the village's fence as its county would send it: GeoJSON in the village's own datum."""
    return {"type": "FeatureCollection", "features": list(_features(village))}


def _features(village: Village) -> Iterable[dict[str, Any]]:
    rng, middle = Random(f"fence {village.code}"), village.middle
    if village.shape is Shape.CIRCLES:
        for name, east_m, north_m, radius_m in (
            ("村委会", 0, 0, 1_500),
            ("驻村工作队住处", 900, 500, 1_000),
            ("上坪小组", -2_400, 1_100, 800),
        ):
            place = moved(middle, east_m=east_m, north_m=north_m)
            yield _feature(village, "Point", _position(place, village.datum), name=name, radius_m=radius_m)
        return
    shell = [_ring(rng, middle, VILLAGE_RADIUS_M, village.datum)]
    match village.shape:
        case Shape.WITH_HOLE:
            quarry = moved(middle, east_m=-500, north_m=450)
            yield _feature(village, "Polygon", [*shell, _ring(rng, quarry, 180, village.datum)])
        case Shape.TWO_PARTS:
            hamlet = moved(middle, east_m=3_300, north_m=1_200)
            yield _feature(village, "MultiPolygon", [shell, [_ring(rng, hamlet, 450, village.datum)]])
        case _:
            yield _feature(village, "Polygon", shell)


def _feature(village: Village, kind: str, coordinates: list[Any], **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"datum": str(village.datum), **properties},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _ring(rng: Random, middle: Point, radius_m: float, datum: Datum) -> list[list[float]]:
    """Return a closed, uneven outline that never crosses itself, since its angles only grow."""
    corners = rng.randint(20, 40)
    waves = [(rng.uniform(0.03, 0.09), rng.randint(2, 5), rng.uniform(0, 2 * pi)) for _ in range(3)]
    ring = []
    for corner in range(corners):
        angle = 2 * pi * corner / corners
        bulge = sum(height * sin(times * angle + phase) for height, times, phase in waves)
        reach_m = radius_m * (1 + bulge + rng.uniform(-0.03, 0.03))
        ring.append(
            _position(moved(middle, east_m=reach_m * cos(angle), north_m=reach_m * sin(angle)), datum)
        )
    return [*ring, ring[0]]


def _position(point: Point, datum: Datum) -> list[float]:
    drawn = from_wgs84(point, datum)
    return [round(drawn.longitude_deg, 6), round(drawn.latitude_deg, 6)]
