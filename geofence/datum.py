"""The datums of Chinese maps: WGS-84 (satellites), GCJ-02 (most maps) and BD-09 (Baidu).

Inside the program every point is WGS-84; in Ganzhou a mistaken datum is an error of about 600 m.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import atan2, cos, degrees, hypot, pi, radians, sin, sqrt

GCJ02_AXIS_M = 6378245.0
GCJ02_ECCENTRICITY_SQUARED = 0.00669342162296594323
BD09_WAVE = pi * 3000 / 180
BD09_SHIFT_DEG = (0.0065, 0.006)
WEST_DEG, EAST_DEG = 72.004, 137.8347
SOUTH_DEG, NORTH_DEG = 0.8293, 55.8271
# Each turn shrinks the error about 150-fold, from 600 m: after three it is below 0.2 mm all over China.
INVERSE_TURNS = 3


class Datum(StrEnum):
    """A datum a phone or a drawing may declare."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the earth, in degrees; WGS-84 unless said otherwise."""

    longitude_deg: float
    latitude_deg: float


def to_wgs84(point: Point, datum: Datum) -> Point:
    """Turn a point given in `datum` into WGS-84, to a millimetre; a point outside China stays as it is."""
    if datum is Datum.WGS84 or not lies_in_china(point):
        return point
    longitude, latitude = point.longitude_deg, point.latitude_deg
    if datum is Datum.BD09:
        longitude, latitude = _bd09_to_gcj02(longitude, latitude)
    return Point(*_gcj02_to_wgs84(longitude, latitude))


def from_wgs84(point: Point, datum: Datum) -> Point:
    """Turn a WGS-84 point into `datum`; a point outside China stays as it is."""
    if datum is Datum.WGS84 or not lies_in_china(point):
        return point
    longitude, latitude = point.longitude_deg, point.latitude_deg
    east, north = _gcj02_shift_deg(longitude, latitude)
    longitude, latitude = longitude + east, latitude + north
    if datum is Datum.BD09:
        longitude, latitude = _gcj02_to_bd09(longitude, latitude)
    return Point(longitude, latitude)


def lies_in_china(point: Point) -> bool:
    """Tell whether a point lies in the rectangle where GCJ-02 is customarily applied."""
    return WEST_DEG <= point.longitude_deg <= EAST_DEG and SOUTH_DEG <= point.latitude_deg <= NORTH_DEG


def _gcj02_shift_deg(longitude: float, latitude: float) -> tuple[float, float]:
    """Compute how far GCJ-02 moves a WGS-84 point east and north (the published, frozen formula)."""
    x, y = longitude - 105.0, latitude - 35.0
    ripple = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)
    root = 0.1 * sqrt(abs(x))
    north_waves = 20 * sin(pi * y) + 40 * sin(pi * y / 3) + 160 * sin(pi * y / 12) + 320 * sin(pi * y / 30)
    east_waves = 20 * sin(pi * x) + 40 * sin(pi * x / 3) + 150 * sin(pi * x / 12) + 300 * sin(pi * x / 30)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 2 * root + (ripple + north_waves) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + root + (ripple + east_waves) * 2 / 3
    phi = radians(latitude)
    flattening = 1 - GCJ02_ECCENTRICITY_SQUARED * sin(phi) ** 2
    parallel_radius_m = GCJ02_AXIS_M / sqrt(flattening) * cos(phi)
    meridian_radius_m = GCJ02_AXIS_M * (1 - GCJ02_ECCENTRICITY_SQUARED) / (flattening * sqrt(flattening))
    return degrees(east_m / parallel_radius_m), degrees(north_m / meridian_radius_m)


def _gcj02_to_wgs84(longitude: float, latitude: float) -> tuple[float, float]:
    wgs_longitude, wgs_latitude = longitude, latitude
    for _ in range(INVERSE_TURNS):
        east, north = _gcj02_shift_deg(wgs_longitude, wgs_latitude)
        wgs_longitude, wgs_latitude = longitude - east, latitude - north
    return wgs_longitude, wgs_latitude


def _bd09_turn(longitude: float, latitude: float) -> tuple[float, float]:
    """Compute by how much BD-09 stretches (degrees) and turns (radians) a GCJ-02 point about 0°, 0°."""
    return 0.00002 * sin(latitude * BD09_WAVE), 0.000003 * cos(longitude * BD09_WAVE)


def _gcj02_to_bd09(longitude: float, latitude: float) -> tuple[float, float]:
    stretch, turn = _bd09_turn(longitude, latitude)
    radius, angle = hypot(longitude, latitude) + stretch, atan2(latitude, longitude) + turn
    return radius * cos(angle) + BD09_SHIFT_DEG[0], radius * sin(angle) + BD09_SHIFT_DEG[1]


def _bd09_to_gcj02(longitude: float, latitude: float) -> tuple[float, float]:
    east, north = longitude - BD09_SHIFT_DEG[0], latitude - BD09_SHIFT_DEG[1]
    turned_radius, turned_angle = hypot(east, north), atan2(north, east)
    gcj_longitude, gcj_latitude = east, north
    for _ in range(INVERSE_TURNS):
        stretch, turn = _bd09_turn(gcj_longitude, gcj_latitude)
        radius, angle = turned_radius - stretch, turned_angle - turn
        gcj_longitude, gcj_latitude = radius * cos(angle), radius * sin(angle)
    return gcj_longitude, gcj_latitude
