"""One row of the households' table, good and bad."""

from datetime import date

import pytest

from geofence.datum import Datum, Point, to_wgs84
from kernel.spreadsheet import Row
from visits import entries
from visits.entries import HOUSEHOLD_COLUMNS, read_entry
from visits.models import Category, RiskKind

GOOD = {
    entries.CODE: "A-001",
    entries.HEAD: "邱 福生",
    entries.PHONE: "13812341234",
    entries.TOWNSHIP: "甲一乡",
    entries.VILLAGE: "杨梅村",
    entries.CATEGORY: "边缘易致贫户",
    entries.RISK_KINDS: "因病、缺劳力、因病",
    entries.RISK_LEVEL: "7",
    entries.MEMBERS: "4",
    entries.IDENTIFIED: "2026/3/1",
}


def check_digit(number):
    total = sum(int(digit) * weight for digit, weight in zip(number, entries.ID_WEIGHTS, strict=True))
    return number + entries.ID_CHECKS[total % 11]


def read(**changes):
    cells = {column.name: "" for column in HOUSEHOLD_COLUMNS} | GOOD
    cells[entries.HEAD_ID] = check_digit("36070219700101123")
    return read_entry(Row(2, cells | changes))


def test_a_row_is_read_into_facts():
    entry, errors = read()
    assert errors == []
    assert (entry.head_name, entry.category, entry.identified_on) == (
        "邱福生", Category.MARGINAL, date(2026, 3, 1),
    )  # fmt: skip
    assert entry.risk_kinds == (RiskKind.ILLNESS, RiskKind.LABOUR)
    assert (entry.risk_level, entry.members_count, entry.place) == (7, 4, None)


def test_what_is_left_empty_is_not_known():
    entry, errors = read(**{entries.HEAD_ID: "", entries.PHONE: ""})
    assert (errors, entry.head_id, entry.head_phone) == ([], None, None)


def test_a_place_is_turned_into_wgs84():
    place = {entries.LONGITUDE: "114.93", entries.LATITUDE: "25.85", entries.DATUM: "GCJ02"}
    entry, errors = read(**place)
    expected = to_wgs84(Point(114.93, 25.85), Datum.GCJ02)
    assert errors == []
    assert (entry.place.longitude_deg, entry.place.latitude_deg) == pytest.approx(
        (expected.longitude_deg, expected.latitude_deg), abs=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({entries.HEAD: ""}, {"bad_name"}),
        ({entries.CODE: "", entries.HEAD_ID: ""}, {"no_key"}),
        ({entries.HEAD_ID: "360702197001011239"}, {"bad_id_number"}),
        ({entries.HEAD_ID: "36070219700101"}, {"bad_id_number"}),
        ({entries.CODE: check_digit("36070219700101123")}, {"bad_code"}),
        ({entries.PHONE: "138"}, {"bad_phone"}),
        ({entries.TOWNSHIP: "", entries.VILLAGE: ""}, {"missing"}),
        ({entries.CATEGORY: "贫困户"}, {"bad_category"}),
        ({entries.RISK_KINDS: ""}, {"bad_risk_kind"}),
        ({entries.RISK_KINDS: "因病、因懒"}, {"bad_risk_kind"}),
        ({entries.RISK_LEVEL: "高"}, {"bad_risk_level"}),
        ({entries.RISK_LEVEL: "101"}, {"bad_risk_level"}),
        ({entries.MEMBERS: "0"}, {"bad_members"}),
        ({entries.IDENTIFIED: "2026-02-30"}, {"bad_day"}),
        ({entries.IDENTIFIED: "三月"}, {"bad_day"}),
        ({entries.LONGITUDE: "114.93"}, {"place_incomplete"}),
        ({entries.LONGITUDE: "25.85", entries.LATITUDE: "114.93", entries.DATUM: "WGS84"}, {"bad_place"}),
        ({entries.LONGITUDE: "114.93", entries.LATITUDE: "25.85", entries.DATUM: "北京"}, {"bad_place"}),
        ({entries.HEAD: "", entries.MEMBERS: "x"}, {"bad_name", "bad_members"}),
    ],
)
def test_all_that_is_wrong_with_a_row_is_told_at_once(changes, codes):
    entry, errors = read(**changes)
    assert entry is None
    assert {error.code for error in errors} == codes
