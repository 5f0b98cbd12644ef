"""A fence as a county sends it: a GeoJSON FeatureCollection, read into shapes and written back.

Each feature is a Polygon or MultiPolygon, or a Point with `radius_m` (a circle round a named place).
Its properties declare the `datum` of its coordinates (never guessed) and may give a `name`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, pi
from typing import Any, NoReturn

import shapely
from geopy.distance import geodesic
from shapely import MultiPolygon, Polygon

from geofence.datum import Datum, Point, from_wgs84, lies_in_china, to_wgs84
from geofence.geometry import CircleShape, Plane, PolygonShape, Shape, drawn_geometry

MIN_AREA_M2 = 1.0


@dataclass(frozen=True, kw_only=True)
class DrawingLimits:
    """How large a drawing may be; a village's fence is never larger than its county."""

    max_features: int = 50
    max_vertices: int = 20_000
    max_area_km2: float = 5_000
    max_extent_km: float = 150
    max_radius_m: float = 20_000
    max_name_characters: int = 100


class DrawingRefused(ValueError):
    """A drawing that cannot become a fence.

    `code` is stable English for programs and `message` Chinese for the county; `feature_index` counts
    from 0 and is None when the fault lies in the drawing as a whole.
    """

    def __init__(self, code: str, message: str, feature_index: int | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.feature_index = feature_index


def read_drawing(drawing: object, *, limits: DrawingLimits, default_radius_m: float = 2_000) -> list[Shape]:
    """Read decoded GeoJSON into WGS-84 shapes, one for each feature; raise DrawingRefused for any fault.

    A Point without `radius_m` becomes a circle of `default_radius_m` (rule D14); altitudes are dropped.
    """
    match drawing:
        case {"type": "FeatureCollection", "features": list() as features}:
            pass
        case _:
            raise DrawingRefused("not_a_feature_collection", "文件不是 GeoJSON 要素集合（FeatureCollection）")
    if not features:
        raise DrawingRefused("empty", "文件中没有任何图形")
    if len(features) > limits.max_features:
        raise DrawingRefused("too_many_features", f"图形超过 {limits.max_features} 个")
    reader = _Reader(limits, default_radius_m)
    shapes = [reader.read_feature(feature, index) for index, feature in enumerate(features)]
    _refuse_larger_than_a_county(shapes, limits)
    return shapes


def draw(shapes: Sequence[Shape]) -> dict[str, Any]:
    """Write shapes as a WGS-84 GeoJSON FeatureCollection, which `read_drawing` reads back unchanged."""
    return {"type": "FeatureCollection", "features": [_draw_feature(shape) for shape in shapes]}


class _Reader:
    """Reads the features of one drawing in turn, counting their vertices."""

    def __init__(self, limits: DrawingLimits, default_radius_m: float):
        self._limits = limits
        self._default_radius_m = default_radius_m
        self._vertices = 0
        self._index = 0
        self._datum = Datum.WGS84

    def read_feature(self, feature: object, index: int) -> Shape:
        self._index = index
        match feature:
            case {"type": "Feature", "geometry": dict() as geometry, "properties": dict() as properties}:
                pass
            case _:
                self._refuse("not_a_feature", "不是完整的 GeoJSON 要素（Feature，含 geometry 与 properties）")
        self._datum = self._read_datum(properties)
        name = self._read_name(properties)
        match geometry:
            case {"type": "Polygon", "coordinates": list() as rings}:
                return PolygonShape(self._checked(self._read_polygon(rings)), name)
            case {"type": "MultiPolygon", "coordinates": list() as polygons}:
                return PolygonShape(self._checked(self._read_multipolygon(polygons)), name)
            case {"type": "Point", "coordinates": position}:
                return CircleShape(self._read_position(position), self._read_radius_m(properties), name)
        self._refuse("unknown_geometry", "图形类型只能是 Polygon、MultiPolygon 或 Point，并须有坐标")

    def _refuse(self, code: str, message: str) -> NoReturn:
        raise DrawingRefused(code, f"第 {self._index + 1} 个图形：{message}", self._index)

    def _read_datum(self, properties: dict[str, object]) -> Datum:
        declared = properties.get("datum")
        if declared is None:
            self._refuse("datum_missing", "没有注明坐标系 datum（wgs84、gcj02 或 bd09）")
        if not isinstance(declared, str) or declared not in tuple(Datum):
            self._refuse("datum_unknown", "坐标系 datum 只能是 wgs84、gcj02 或 bd09")
        return Datum(declared)

    def _read_name(self, properties: dict[str, object]) -> str:
        name = properties.get("name")
        if name is None:
            return ""
        longest = self._limits.max_name_characters
        if not isinstance(name, str) or len(name) > longest or not name.isprintable():
            self._refuse("bad_name", f"名称须为不超过 {longest} 个字的文字，不含换行等控制字符")
        return name

    def _read_radius_m(self, properties: dict[str, object]) -> float:
        given = properties.get("radius_m")
        radius_m = self._default_radius_m if given is None else self._read_number(given)
        if not 0 < radius_m <= self._limits.max_radius_m:
            self._refuse("bad_radius", f"半径须大于 0 米且不超过 {self._limits.max_radius_m:,.0f} 米")
        return radius_m

    def _read_number(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse("not_a_number", "坐标或半径不是数字")
        number = _as_float(value)
        if not isfinite(number):
            self._refuse("not_a_number", "坐标或半径不是有限的数")
        return number

    def _read_position(self, position: object) -> Point:
        self._vertices += 1
        if self._vertices > self._limits.max_vertices:
            self._refuse("too_many_vertices", f"全部图形的顶点超过 {self._limits.max_vertices} 个")
        match position:
            case [longitude, latitude] | [longitude, latitude, _]:
                drawn = Point(self._read_number(longitude), self._read_number(latitude))
            case _:
                self._refuse("bad_position", "坐标须写成 [经度, 纬度]")
        point = to_wgs84(drawn, self._datum)
        if lies_in_china(point):
            return point
        if lies_in_china(Point(drawn.latitude_deg, drawn.longitude_deg)):
            self._refuse("axes_swapped", "经度与纬度写反了，应为 [经度, 纬度]")
        self._refuse("outside_china", "坐标不在中国范围内")

    def _read_ring(self, positions: object) -> list[tuple[float, float]]:
        if not isinstance(positions, list) or len(positions) < 4:
            self._refuse("ring_too_short", "每个环至少要有四个坐标（首尾相同）")
        points = [self._read_position(position) for position in positions]
        if points[0] != points[-1]:
            self._refuse("ring_open", "环没有闭合，首尾坐标须相同")
        return [(point.longitude_deg, point.latitude_deg) for point in points]

    def _read_polygon(self, rings: object) -> Polygon:
        if not isinstance(rings, list) or not rings:
            self._refuse("no_rings", "多边形没有边界")
        shell, *holes = [self._read_ring(ring) for ring in rings]
        return Polygon(shell, holes)

    def _read_multipolygon(self, polygons: list[object]) -> MultiPolygon:
        if not polygons:
            self._refuse("no_rings", "多边形没有边界")
        return MultiPolygon([self._read_polygon(rings) for rings in polygons])

    def _checked(self, geometry: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
        """Return the geometry if it bounds an area without crossing itself, else refuse it."""
        # The hull, not the shape: a symmetrical bow tie has no area either, but its fault is the crossing.
        if _area_m2(geometry.convex_hull) < MIN_AREA_M2:
            self._refuse("zero_area", "图形没有面积")
        if not geometry.is_valid:
            self._refuse_invalid(geometry)
        return geometry

    def _refuse_invalid(self, geometry: Polygon | MultiPolygon) -> NoReturn:
        reason, _, place = shapely.is_valid_reason(geometry).rstrip("]").partition("[")
        longitude, latitude = (float(number) for number in place.split()[:2])
        drawn = from_wgs84(Point(longitude, latitude), self._datum)
        where = f"位置在经度 {drawn.longitude_deg:.6f}、纬度 {drawn.latitude_deg:.6f} 附近"
        if "Self-intersection" in reason:
            self._refuse("self_crossing", f"边界自相交，{where}")
        self._refuse("invalid_shape", f"边界互相重叠或孔洞越界，{where}")


def _as_float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return inf


def _refuse_larger_than_a_county(shapes: Sequence[Shape], limits: DrawingLimits) -> None:
    area_km2 = sum(_shape_area_m2(shape) for shape in shapes) / 1e6
    if area_km2 > limits.max_area_km2:
        raise DrawingRefused("too_large", f"图形共 {area_km2:,.0f} 平方公里，大于一个县")
    extent_km = _extent_km(shapes)
    if extent_km > limits.max_extent_km:
        raise DrawingRefused("too_wide", f"图形跨度 {extent_km:,.0f} 公里，大于一个县")


def _shape_area_m2(shape: Shape) -> float:
    return pi * shape.radius_m**2 if isinstance(shape, CircleShape) else _area_m2(shape.geometry)


def _area_m2(geometry: Polygon | MultiPolygon) -> float:
    return float(Plane.amid([PolygonShape(geometry)]).project(geometry).area)


def _extent_km(shapes: Sequence[Shape]) -> float:
    """Measure the diagonal of the box round all vertices and centres."""
    west, south, east, north = shapely.total_bounds([drawn_geometry(shape) for shape in shapes])
    return float(geodesic((south, west), (north, east)).km)


def _draw_feature(shape: Shape) -> dict[str, Any]:
    properties: dict[str, Any] = {"datum": str(Datum.WGS84)}
    if shape.name:
        properties["name"] = shape.name
    if isinstance(shape, CircleShape):
        properties["radius_m"] = shape.radius_m
        coordinates: list[Any] = [shape.centre.longitude_deg, shape.centre.latitude_deg]
        geometry = {"type": "Point", "coordinates": coordinates}
    else:
        geometry = _draw_geometry(shape.geometry)
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _draw_geometry(geometry: Polygon | MultiPolygon) -> dict[str, Any]:
    if isinstance(geometry, Polygon):
        return {"type": "Polygon", "coordinates": _rings(geometry)}
    return {"type": "MultiPolygon", "coordinates": [_rings(polygon) for polygon in geometry.geoms]}


def _rings(polygon: Polygon) -> list[list[list[float]]]:
    return [shapely.get_coordinates(ring).tolist() for ring in (polygon.exterior, *polygon.interiors)]
