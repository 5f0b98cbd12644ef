"""Tests of distances to a fence, checked against the geodesic."""

from math import cos, inf, pi, sin

import pytest
import shapely
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from geofence.datum import Point
from geofence.geometry import CircleShape, Fence, PolygonShape, Shape, speed_km_h

CENTRE = Point(114.9335, 25.851)
HALF_DEG = 0.02

centres = st.builds(Point, st.floats(113.9, 116.7), st.floats(24.5, 27.2))
bearings = st.floats(0, 360)


def walk(start: Point, bearing_deg: float, distance_m: float) -> Point:
    """Go along the geodesic."""
    end = geodesic(meters=distance_m).destination((start.latitude_deg, start.longitude_deg), bearing_deg)
    return Point(end.longitude, end.latitude)


def metres(a: Point, b: Point) -> float:
    return float(geodesic((a.latitude_deg, a.longitude_deg), (b.latitude_deg, b.longitude_deg)).m)


def ring(centre: Point, radius_m: float, corners: int = 40) -> list[tuple[float, float]]:
    points = [walk(centre, 360 * i / corners, radius_m) for i in range(corners)]
    return [(point.longitude_deg, point.latitude_deg) for point in points]


def square(centre: Point, half_deg: float) -> list[tuple[float, float]]:
    x, y = centre.longitude_deg, centre.latitude_deg
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return [(x + half_deg * east, y + half_deg * north) for east, north in corners]


def nearest_vertex_m(polygon: Polygon, point: Point) -> float:
    return min(metres(Point(x, y), point) for x, y in polygon.exterior.coords)


VILLAGE = PolygonShape(Polygon(square(CENTRE, HALF_DEG)))


@given(centre=centres, bearing_deg=bearings, distance_m=st.floats(0, 20_000))
def test_distance_to_a_tiny_village_agrees_with_the_geodesic(
    centre: Point, bearing_deg: float, distance_m: float
) -> None:
    speck = PolygonShape(Polygon(ring(centre, 0.1)))
    measured = Fence.of([speck]).distance_m(walk(centre, bearing_deg, distance_m))
    assert measured == pytest.approx(max(0, distance_m - 0.1), rel=0.005, abs=0.5)


@given(centre=centres, bearing_deg=bearings, distance_m=st.floats(0, 20_000))
def test_distance_to_a_drawn_village_agrees_with_the_geodesic(
    centre: Point, bearing_deg: float, distance_m: float
) -> None:
    polygon = Polygon(ring(centre, 2_000, corners=180))
    point = walk(centre, bearing_deg, 2_000 + distance_m)
    measured = Fence.of([PolygonShape(polygon)]).distance_m(point)
    assert measured == pytest.approx(distance_m, rel=0.005, abs=1)
    assert measured <= nearest_vertex_m(polygon, point) * 1.005 + 0.5


@given(along=st.floats(0.05, 0.95), side=st.integers(0, 3))
def test_a_metre_inside_the_edge_is_zero_and_a_metre_outside_is_one(along: float, side: int) -> None:
    corners = [*square(CENTRE, HALF_DEG), square(CENTRE, HALF_DEG)[0]]
    (x1, y1), (x2, y2) = corners[side], corners[side + 1]
    edge = Point(x1 + (x2 - x1) * along, y1 + (y2 - y1) * along)
    outward_deg = [180, 90, 0, 270][side]
    fence = Fence.of([VILLAGE])
    assert fence.distance_m(walk(edge, outward_deg, -1)) == 0
    assert fence.distance_m(walk(edge, outward_deg, 1)) == pytest.approx(1, abs=0.05)


@given(
    centre=centres,
    bearing_deg=bearings,
    radius_m=st.floats(50, 5_000),
    distance_m=st.floats(0, 20_000),
)
def test_distance_to_a_circle_is_the_distance_to_its_centre_less_the_radius(
    centre: Point, bearing_deg: float, radius_m: float, distance_m: float
) -> None:
    measured = Fence.of([CircleShape(centre, radius_m)]).distance_m(walk(centre, bearing_deg, distance_m))
    assert measured == pytest.approx(max(0, distance_m - radius_m), abs=0.5 + 0.005 * distance_m)


@given(bearing_deg=bearings)
def test_a_circle_is_round_to_the_metre(bearing_deg: float) -> None:
    fence = Fence.of([CircleShape(CENTRE, 2_000)])
    assert fence.distance_m(walk(CENTRE, bearing_deg, 1_999)) == 0
    assert 0 < fence.distance_m(walk(CENTRE, bearing_deg, 2_001)) < 2.5


def test_a_hole_lies_outside_the_fence() -> None:
    holed = Polygon(square(CENTRE, HALF_DEG), [square(CENTRE, HALF_DEG / 2)])
    edge = Point(CENTRE.longitude_deg, CENTRE.latitude_deg + HALF_DEG / 2)
    fence = Fence.of([PolygonShape(holed)])
    nearest_m = min(
        metres(CENTRE, edge), metres(CENTRE, Point(CENTRE.longitude_deg + HALF_DEG / 2, CENTRE.latitude_deg))
    )
    assert fence.distance_m(CENTRE) == pytest.approx(nearest_m, rel=0.001)
    assert fence.distance_m(walk(edge, 0, 1)) == 0
    assert fence.distance_m(walk(edge, 180, 1)) == pytest.approx(1, abs=0.05)


def test_a_place_inside_any_of_the_shapes_is_inside() -> None:
    holed = PolygonShape(Polygon(square(CENTRE, HALF_DEG), [square(CENTRE, HALF_DEG / 2)]))
    far = walk(CENTRE, 45, 9_000)
    fence = Fence.of([holed, CircleShape(CENTRE, 300, "村委会"), CircleShape(far, 500, "牧场")])
    assert fence.distance_m(CENTRE) == 0
    assert fence.distance_m(walk(CENTRE, 0, 400)) == pytest.approx(100, abs=1)
    assert fence.distance_m(walk(far, 200, 499)) == 0
    assert fence.distance_m(walk(far, 45, 700)) == pytest.approx(200, abs=2)


def test_each_part_of_a_multipolygon_counts() -> None:
    far = walk(CENTRE, 90, 10_000)
    parts = MultiPolygon([Polygon(square(CENTRE, 0.005)), Polygon(square(far, 0.005))])
    fence = Fence.of([PolygonShape(parts)])
    assert fence.distance_m(CENTRE) == fence.distance_m(far) == 0
    assert fence.distance_m(walk(CENTRE, 90, 5_000)) > 4_000


@given(angle=st.floats(0, 2 * pi), reach=st.floats(0, 0.06))
def test_a_fence_in_two_halves_measures_as_the_whole(angle: float, reach: float) -> None:
    x, y = CENTRE.longitude_deg, CENTRE.latitude_deg
    west = shapely.box(x - HALF_DEG, y - HALF_DEG, x, y + HALF_DEG)
    east = shapely.box(x, y - HALF_DEG, x + HALF_DEG, y + HALF_DEG)
    halves: list[Shape] = [PolygonShape(west), PolygonShape(east)]
    point = Point(x + reach * cos(angle), y + reach * sin(angle))
    whole = Fence.of([VILLAGE]).distance_m(point)
    assert Fence.of(halves).distance_m(point) == pytest.approx(whole, abs=1e-6)


def test_a_fence_without_shapes_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one shape"):
        Fence.of([])


@given(bearing_deg=bearings, distance_m=st.floats(1, 500_000), elapsed_seconds=st.floats(1, 86_400))
def test_speed_is_distance_over_time(bearing_deg: float, distance_m: float, elapsed_seconds: float) -> None:
    there = walk(CENTRE, bearing_deg, distance_m)
    expected_km_h = distance_m / elapsed_seconds * 3.6
    assert speed_km_h(CENTRE, there, elapsed_seconds) == pytest.approx(expected_km_h, rel=0.006)


def test_speed_is_infinite_between_two_places_at_once_and_zero_at_one_place() -> None:
    elsewhere = walk(CENTRE, 10, 100)
    assert speed_km_h(CENTRE, elsewhere, 0) == inf
    assert speed_km_h(CENTRE, CENTRE, 0) == 0
    assert speed_km_h(CENTRE, CENTRE, 60) == 0
