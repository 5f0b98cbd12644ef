"""Distances on the ground: from a fix to a village's fence, and the speed between two fixes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, inf
from typing import Self

import shapely
from geopy.distance import geodesic, great_circle
from shapely import Geometry, MultiPolygon, Polygon

from geofence.datum import Point


@dataclass(frozen=True)
class PolygonShape:
    """An area with a drawn edge, in WGS-84 longitude and latitude; its holes lie outside."""

    geometry: Polygon | MultiPolygon
    name: str = ""


@dataclass(frozen=True)
class CircleShape:
    """All places within `radius_m` metres of a named place."""

    centre: Point
    radius_m: float
    name: str = ""


Shape = PolygonShape | CircleShape


@dataclass(frozen=True)
class Plane:
    """A flat map in metres round an origin; true to 0.5 % within 20 km of it."""

    origin: Point

    @classmethod
    def amid(cls, shapes: Iterable[Shape]) -> Self:
        """Lay a plane round the middle of the shapes; ValueError if there are none."""
        drawn = [drawn_geometry(shape) for shape in shapes]
        if not drawn:
            raise ValueError("a fence needs at least one shape")
        middle = shapely.GeometryCollection(drawn).envelope.centroid
        return cls(Point(middle.x, middle.y))

    @cached_property
    def metres_per_degree(self) -> tuple[float, float]:
        """Measure a degree of longitude and one of latitude, in metres, across the origin."""
        longitude, latitude = self.origin.longitude_deg, self.origin.latitude_deg
        step = 0.05
        east_m = geodesic((latitude, longitude - step), (latitude, longitude + step)).m
        north_m = geodesic((latitude - step, longitude), (latitude + step, longitude)).m
        return east_m / (2 * step), north_m / (2 * step)

    def place(self, point: Point) -> tuple[float, float]:
        """Give a point's metres east and north of the origin."""
        east_m, north_m = self.metres_per_degree
        return (
            (point.longitude_deg - self.origin.longitude_deg) * east_m,
            (point.latitude_deg - self.origin.latitude_deg) * north_m,
        )

    def project(self, geometry: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
        """Lay a WGS-84 geometry on the plane, in metres."""
        origin = (self.origin.longitude_deg, self.origin.latitude_deg)
        return shapely.transform(geometry, lambda degrees: (degrees - origin) * self.metres_per_degree)


class Fence:
    """A village's fence, compiled once so that a fix is measured in microseconds (rules D14, D15)."""

    def __init__(self, plane: Plane, area: Polygon | MultiPolygon, circles: list[tuple[float, float, float]]):
        self._plane = plane
        self._area = area
        self._circles = circles
        # GEOS builds the index at the first question and is not thread-safe while it does: ask one now.
        shapely.prepare(area)
        shapely.intersects_xy(area, 0.0, 0.0)

    @classmethod
    def of(cls, shapes: Sequence[Shape]) -> Self:
        """Compile the fence made of these shapes together; ValueError if there are none."""
        plane = Plane.amid(shapes)
        polygons = [plane.project(shape.geometry) for shape in shapes if isinstance(shape, PolygonShape)]
        circles = [
            (*plane.place(shape.centre), shape.radius_m) for shape in shapes if isinstance(shape, CircleShape)
        ]
        return cls(plane, shapely.union_all(polygons), circles)

    def distance_m(self, point: Point) -> float:
        """Measure the metres from a WGS-84 point to the nearest edge; 0 inside any of the shapes."""
        x_m, y_m = self._plane.place(point)
        if shapely.intersects_xy(self._area, x_m, y_m):
            return 0.0
        to_circles_m = (hypot(x_m - x, y_m - y) - radius for x, y, radius in self._circles)
        return max(0.0, min(self._distance_to_area_m(x_m, y_m), min(to_circles_m, default=inf)))

    def _distance_to_area_m(self, x_m: float, y_m: float) -> float:
        if self._area.is_empty:
            return inf
        return float(shapely.distance(self._area, shapely.Point(x_m, y_m)))


def speed_km_h(a: Point, b: Point, elapsed_seconds: float) -> float:
    """Compute the speed from `a` to `b` in km/h; infinite between two places with no time passed."""
    distance_km = great_circle((a.latitude_deg, a.longitude_deg), (b.latitude_deg, b.longitude_deg)).km
    if distance_km == 0:
        return 0.0
    return float(distance_km * 3600 / elapsed_seconds) if elapsed_seconds > 0 else inf


def drawn_geometry(shape: Shape) -> Geometry:
    """Give what was drawn in WGS-84 degrees: the polygon itself, or a circle's centre."""
    if isinstance(shape, PolygonShape):
        return shape.geometry
    return shapely.Point(shape.centre.longitude_deg, shape.centre.latitude_deg)
