"""Tests of reading a county's drawing: what is accepted, what is refused and why."""

import json
import re
from collections.abc import Callable
from math import cos, inf, nan, pi, sin
from typing import Any

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from geofence.datum import Datum, Point, from_wgs84
from geofence.drawing import DrawingLimits, DrawingRefused, draw, read_drawing
from geofence.geometry import CircleShape, PolygonShape, Shape

LIMITS = DrawingLimits()
X, Y = 114.93, 25.85
SQUARE = [[X, Y], [X + 0.02, Y], [X + 0.02, Y + 0.02], [X, Y + 0.02], [X, Y]]
HOLE = [[X + 0.005, Y + 0.005], [X + 0.01, Y + 0.005], [X + 0.01, Y + 0.01], [X + 0.005, Y + 0.005]]


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"datum": "wgs84", **properties}}


def collection(*features: object) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def polygon(*rings: object) -> dict[str, Any]:
    return collection(feature("Polygon", list(rings)))


def circle(position: object = (X, Y), **properties: object) -> dict[str, Any]:
    return collection(feature("Point", position, **properties))


def refusal(drawing: object, limits: DrawingLimits = LIMITS) -> DrawingRefused:
    with pytest.raises(DrawingRefused) as caught:
        read_drawing(drawing, limits=limits)
    return caught.value


def nested(depth: int) -> list[object]:
    inner: list[object] = []
    for _ in range(depth):
        inner = [inner]
    return inner


def test_a_polygon_with_a_hole_and_a_name_is_read() -> None:
    drawing = collection(feature("Polygon", [SQUARE, HOLE], name="坪石村"))
    assert read_drawing(drawing, limits=LIMITS) == [PolygonShape(Polygon(SQUARE, [HOLE]), "坪石村")]


def test_a_multipolygon_is_read() -> None:
    other = [[x + 0.1, y] for x, y in SQUARE]
    drawing = collection(feature("MultiPolygon", [[SQUARE], [other]]))
    assert read_drawing(drawing, limits=LIMITS) == [
        PolygonShape(MultiPolygon([Polygon(SQUARE), Polygon(other)]))
    ]


@pytest.mark.parametrize(
    ("properties", "radius_m"),
    [({"radius_m": 350}, 350), ({}, 1_500), ({"radius_m": None}, 1_500)],
)
def test_a_point_becomes_a_circle(properties: dict[str, Any], radius_m: float) -> None:
    shapes = read_drawing(circle(**properties), limits=LIMITS, default_radius_m=1_500)
    assert shapes == [CircleShape(Point(X, Y), radius_m)]


def test_altitudes_are_dropped() -> None:
    with_altitude = [[x, y, 312.5] for x, y in SQUARE]
    assert read_drawing(polygon(with_altitude), limits=LIMITS) == read_drawing(polygon(SQUARE), limits=LIMITS)
    assert read_drawing(circle([X, Y, None]), limits=LIMITS) == read_drawing(circle(), limits=LIMITS)


@pytest.mark.parametrize("datum", list(Datum))
def test_a_drawing_in_any_datum_becomes_wgs84(datum: Datum) -> None:
    shifted = [from_wgs84(Point(x, y), datum) for x, y in SQUARE]
    drawn = [[point.longitude_deg, point.latitude_deg] for point in shifted]
    [shape] = read_drawing(collection(feature("Polygon", [drawn], datum=datum.value)), limits=LIMITS)
    assert isinstance(shape, PolygonShape)
    for (x, y), (expected_x, expected_y) in zip(shape.geometry.exterior.coords, SQUARE, strict=True):
        assert geodesic((y, x), (expected_y, expected_x)).m < 0.001


def swapped(positions: list[list[float]]) -> list[list[float]]:
    return [[y, x] for x, y in positions]


def scaled(factor: float) -> list[list[float]]:
    return [[X + (x - X) * factor, Y + (y - Y) * factor] for x, y in SQUARE]


BOW_TIE = [[X, Y], [X + 0.02, Y + 0.02], [X + 0.02, Y], [X, Y + 0.02], [X, Y]]
FAULTS: list[tuple[str, object]] = [
    ("not_a_feature_collection", None),
    ("not_a_feature_collection", [feature("Polygon", [SQUARE])]),
    ("not_a_feature_collection", feature("Polygon", [SQUARE])),
    ("not_a_feature_collection", {"type": "FeatureCollection", "features": {}}),
    ("not_a_feature_collection", {"type": ["FeatureCollection"], "features": []}),
    ("empty", collection()),
    ("too_many_features", collection(*[feature("Point", [X, Y])] * 51)),
    ("not_a_feature", collection(None)),
    ("not_a_feature", collection({"type": "Feature", "geometry": None, "properties": {"datum": "wgs84"}})),
    ("not_a_feature", collection({"type": "Feature", "geometry": {"type": "Point", "coordinates": [X, Y]}})),
    ("datum_missing", circle(datum=None)),
    ("datum_unknown", circle(datum="cgcs2000")),
    ("datum_unknown", circle(datum=["wgs84"])),
    ("bad_name", circle(name=7)),
    ("bad_name", circle(name="村" * 101)),
    ("bad_name", circle(name="坪石\x00村")),
    ("bad_name", circle(name="\ud800")),
    ("unknown_geometry", collection(feature("LineString", SQUARE))),
    ("unknown_geometry", collection(feature("Polygon", "SQUARE"))),
    ("unknown_geometry", collection(feature("GeometryCollection", []))),
    ("bad_position", circle([X])),
    ("bad_position", circle([X, Y, 0, 0])),
    ("bad_position", circle("114.93,25.85")),
    ("bad_position", circle({"longitude": X})),
    ("not_a_number", circle([str(X), Y])),
    ("not_a_number", circle([X, True])),
    ("not_a_number", circle([X, None])),
    ("not_a_number", circle([X, nan])),
    ("not_a_number", circle([inf, Y])),
    ("not_a_number", circle([X, 10**400])),
    ("not_a_number", circle(radius_m="300")),
    ("not_a_number", circle(radius_m=True)),
    ("not_a_number", circle(radius_m=nan)),
    ("bad_radius", circle(radius_m=0)),
    ("bad_radius", circle(radius_m=-5)),
    ("bad_radius", circle(radius_m=20_001)),
    ("no_rings", polygon()),
    ("no_rings", collection(feature("MultiPolygon", []))),
    ("no_rings", collection(feature("MultiPolygon", [SQUARE[0][0]]))),
    ("ring_too_short", polygon(SQUARE[:3])),
    ("ring_too_short", polygon(SQUARE, [])),
    ("ring_too_short", polygon("ring")),
    ("ring_open", polygon(SQUARE[:4])),
    ("axes_swapped", polygon(swapped(SQUARE))),
    ("axes_swapped", circle([Y, X])),
    ("outside_china", circle([2.35, 48.86])),
    ("outside_china", circle([X, -Y])),
    ("outside_china", circle([39_000_000, 2_800_000])),
    ("zero_area", polygon([[X, Y]] * 4)),
    ("zero_area", polygon([[X, Y], [X + 0.1, Y + 0.1], [X + 0.05, Y + 0.05], [X, Y]])),
    ("self_crossing", polygon(BOW_TIE)),
    ("invalid_shape", polygon(SQUARE, [[x + 1, y] for x, y in HOLE])),
    ("invalid_shape", collection(feature("MultiPolygon", [[SQUARE], [HOLE]]))),
    ("too_large", polygon(scaled(40))),
    ("too_large", collection(*[feature("Point", [X, Y], radius_m=20_000)] * 4)),
    ("too_wide", collection(feature("Point", [X, Y]), feature("Point", [X, Y + 1.5]))),
    ("unknown_geometry", collection(feature("nested", nested(1000)))),
    ("ring_too_short", polygon(nested(1000))),
    ("bad_position", circle(nested(1000))),
]


@pytest.mark.parametrize(
    ("code", "drawing"), FAULTS, ids=[f"{code}-{i}" for i, (code, _) in enumerate(FAULTS)]
)
def test_a_faulty_drawing_is_refused_with_its_code(code: str, drawing: object) -> None:
    refused = refusal(drawing)
    assert refused.code == code
    assert any("\u4e00" <= character <= "\u9fff" for character in refused.message)


def test_a_datum_never_mentioned_is_refused() -> None:
    silent = feature("Point", [X, Y])
    del silent["properties"]["datum"]
    assert refusal(collection(silent)).code == "datum_missing"


def test_the_faulty_feature_is_named() -> None:
    refused = refusal(collection(feature("Polygon", [SQUARE]), feature("Polygon", [BOW_TIE])))
    assert refused.feature_index == 1
    assert refused.message.startswith("第 2 个图形")


@pytest.mark.parametrize("datum", list(Datum))
def test_a_crossing_is_placed_in_the_datum_of_the_drawing(datum: Datum) -> None:
    refused = refusal(collection(feature("Polygon", [BOW_TIE], datum=datum.value)))
    assert refused.code == "self_crossing"
    longitude, latitude = re.findall(r"[\d.]{8,}", refused.message)
    assert float(longitude) == pytest.approx(X + 0.01, abs=1e-4)
    assert float(latitude) == pytest.approx(Y + 0.01, abs=1e-4)


def test_vertices_are_counted_over_all_features() -> None:
    limits = DrawingLimits(max_vertices=9)
    assert read_drawing(polygon(SQUARE, HOLE), limits=limits)
    refused = refusal(collection(feature("Polygon", [SQUARE, HOLE]), feature("Point", [X, Y])), limits)
    assert (refused.code, refused.feature_index) == ("too_many_vertices", 1)


def star(centre: Point, reaches: list[float], scale: float) -> list[tuple[float, float]]:
    """Draw a closed ring round a centre: one corner in each direction, so it never crosses itself."""
    angles = [2 * pi * i / len(reaches) for i in range(len(reaches))]
    corners = [
        (centre.longitude_deg + scale * reach * cos(angle), centre.latitude_deg + scale * reach * sin(angle))
        for angle, reach in zip(angles, reaches, strict=True)
    ]
    return [*corners, corners[0]]


centres = st.builds(Point, st.floats(114.8, 115.1), st.floats(25.7, 26.0))
reaches = st.lists(st.floats(0.7, 1), min_size=5, max_size=12)
names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)


@st.composite
def stars(draw_value: Callable[..., Any], offset_deg: float = 0) -> Polygon:
    middle = draw_value(centres)
    centre = Point(middle.longitude_deg + offset_deg, middle.latitude_deg)
    holes = [star(centre, draw_value(reaches), 0.005)] if draw_value(st.booleans()) else []
    return Polygon(star(centre, draw_value(reaches), 0.02), holes)


multi_stars = st.builds(lambda a, b: MultiPolygon([a, b]), stars(), stars(offset_deg=0.4))
shapes_drawn: st.SearchStrategy[Shape] = st.one_of(
    st.builds(PolygonShape, st.one_of(stars(), multi_stars), names),
    st.builds(CircleShape, centres, st.floats(1, 5_000), names),
)


@given(shapes=st.lists(shapes_drawn, min_size=1, max_size=4))
def test_what_is_drawn_is_read_back_the_same(shapes: list[Shape]) -> None:
    sent = json.loads(json.dumps(draw(shapes)))
    assert read_drawing(sent, limits=LIMITS) == shapes


def test_a_drawing_is_written_in_wgs84_with_names_and_radii() -> None:
    [written] = draw([CircleShape(Point(X, Y), 300, "村委会")])["features"]
    assert written["geometry"] == {"type": "Point", "coordinates": [X, Y]}
    assert written["properties"] == {"datum": "wgs84", "name": "村委会", "radius_m": 300}


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(10**400), st.just(X)
)
words = st.sampled_from(["type", "features", "geometry", "coordinates", "properties", "datum", "radius_m"])
any_json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(words, inner, max_size=5),
    max_leaves=20,
)
kinds = st.sampled_from(["Point", "Polygon", "MultiPolygon", "LineString"])
hostile_positions = st.lists(
    st.one_of(st.floats(114, 116), st.floats(25, 26), scalars), min_size=1, max_size=4
)
near_positions = st.tuples(st.floats(114.9, 115), st.floats(25.8, 25.9)).map(list)
near_rings = st.lists(near_positions, min_size=3, max_size=8).map(lambda ring: [*ring, ring[0]])
coordinates = st.one_of(
    any_json,
    hostile_positions,
    st.lists(near_rings, max_size=3),
    st.lists(st.lists(near_rings, max_size=2), max_size=3),
    st.lists(st.lists(st.one_of(near_positions, hostile_positions), max_size=6), max_size=3),
)
near_drawings = st.builds(
    lambda kind, place, properties: collection(feature(kind, place, **properties)),
    kinds,
    coordinates,
    st.dictionaries(st.sampled_from(["datum", "name", "radius_m"]), scalars, max_size=1),
)


@given(drawing=st.one_of(any_json, any_json.map(collection), near_drawings))
def test_no_input_raises_anything_but_a_refusal(drawing: object) -> None:
    try:
        shapes = read_drawing(drawing, limits=LIMITS)
    except DrawingRefused as refused:
        assert refused.code
    else:
        assert all(isinstance(shape, CircleShape) or shape.geometry.is_valid for shape in shapes)
