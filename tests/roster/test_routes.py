"""The addresses of the roster, areas and settings."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from kernel.audit import AuditEntry
from kernel.clock import today
from kernel.database import db
from kernel.spreadsheet import read_table, write_template
from org.models import AreaSetting, Person
from roster.entries import ROSTER_COLUMNS
from tests.factories import make_person, make_posting, make_setting
from tests.kernel.test_spreadsheet import with_entry

HEADER = ",".join(column.name for column in ROSTER_COLUMNS)
GOOD = "曾大山,13811110001,队员,甲县,甲一乡,塅垇村,,市统计局,市直机关,2026-01-01,"
BAD = "曾小山,1381,队员,甲县,甲一乡,无此村,,市统计局,市直机关,2026-01-01,"


def upload(phone, *lines, **form):
    file = (BytesIO("\n".join((HEADER, *lines)).encode()), "名册.csv")
    return phone.post("/roster/imports", data={"file": file, **form}, content_type="multipart/form-data")


def people():
    return db.session.scalar(select(func.count()).select_from(Person))


def names(response):
    assert response.status_code == 200, response.json
    return [item["name"] for item in response.json["items"]]


def test_template_reads_back_empty(world, phone):
    answer = phone(world.county_office).get("/roster/template")
    assert answer.status_code == 200
    assert read_table(answer.data, columns=ROSTER_COLUMNS) == ([], [])


def test_import_is_a_dry_run_unless_asked(world, phone):
    office = phone(world.county_office)
    before = people()
    answer = upload(office, GOOD, BAD)
    assert answer.status_code == 200
    assert (answer.json["postings_added"], answer.json["error_count"]) == (1, 1)
    assert {(error["row"], error["code"]) for error in answer.json["errors"]} == {(3, "bad_phone")}
    assert people() == before
    assert upload(office, GOOD, dry_run="false").json["people_added"] == 1
    assert people() == before + 1


def test_bad_row_refuses_the_import(world, phone):
    answer = upload(phone(world.county_office), GOOD, BAD, dry_run="false")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "roster_has_errors")
    assert answer.json["error"]["details"]["errors"][0]["column"] == "手机号"


def test_a_workbook_that_unpacks_without_end_is_refused(world, phone):
    before = people()
    bomb = with_entry(
        write_template(ROSTER_COLUMNS, title="名册"), "xl/worksheets/sheet1.xml", bytes(30_000_000)
    )
    assert len(bomb) < 50_000
    answer = phone(world.county_office).post(
        "/roster/imports", data={"file": (BytesIO(bomb), "名册.xlsx")}, content_type="multipart/form-data"
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "file_too_large")
    assert people() == before


def test_import_without_a_file_is_refused(world, phone):
    answer = phone(world.county_office).post("/roster/imports", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422


def test_other_county_is_outside(world, phone):
    answer = upload(phone(world.county_office_b), GOOD)
    assert [error["code"] for error in answer.json["errors"]] == ["outside_county"]


@pytest.mark.parametrize("who", ["member", "township_clerk", "city_org", "unit_clerk", "admin"])
def test_only_the_county_office_imports(world, phone, who):
    assert upload(phone(getattr(world, who)), GOOD).status_code == 403


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("county_office", {"曾福生", "钟秋香", "赖水根", "谢春莲"}),
        ("township_clerk", {"曾福生", "钟秋香", "赖水根"}),
        ("county_office_b", {"刘冬明"}),
        ("unit_clerk", {"曾福生", "谢春莲", "刘冬明"}),
    ],
)
def test_roster_shows_whom_the_caller_reaches(world, phone, who, seen):
    assert set(names(phone(getattr(world, who)).get("/roster"))) == seen


def test_roster_masks_the_phone(world, phone):
    item = phone(world.county_office_b).get("/roster").json["items"][0]
    assert item["phone"][3:7] == "****"
    assert (item["village"]["name"], item["unit"]["name"], item["role"]) == (
        "杨梅村",
        "市统计局",
        "first_secretary",
    )


def test_roster_of_an_area(world, phone):
    office = phone(world.county_office)
    assert names(office.get(f"/roster?area={world.township_2.id}")) == ["谢春莲"]
    assert office.get(f"/roster?area={world.county_b.id}").status_code == 404
    assert office.get(f"/roster?area={uuid4()}").status_code == 404


def test_pages_of_the_roster_are_stable_while_people_are_added(world, phone):
    office = phone(world.county_office)
    first = office.get("/roster?limit=2").json
    for _ in range(2):
        make_posting(make_person("阿一"), world.village, world.unit)
    second = office.get(f"/roster?limit=2&cursor={first['next_cursor']}").json
    assert [item["name"] for item in first["items"] + second["items"]] == sorted(
        ["曾福生", "钟秋香", "赖水根", "谢春莲"], key=lambda name: name.encode("gb18030")
    )
    assert second["next_cursor"] is None
    assert office.get("/roster?cursor=xyz").status_code == 404


def test_roster_takes_the_same_statements_for_any_number(world, phone, statements):
    office = phone(world.county_office)
    office.get("/roster")
    few = len(statements)
    for number in range(20):
        make_posting(make_person(f"张{number}"), world.village, world.unit)
    statements.clear()
    office.get("/roster?limit=200")
    assert len(statements) <= few


def test_areas_below_one_are_in_the_order_of_their_names(world, phone):
    office = phone(world.county_office)
    assert names(office.get(f"/areas?parent={world.county.id}")) == ["甲二镇", "甲一乡"]
    page = office.get(f"/areas?parent={world.county.id}&limit=1").json
    rest = office.get(f"/areas?parent={world.county.id}&limit=1&cursor={page['next_cursor']}").json
    assert [item["code"] for item in page["items"] + rest["items"]] == ["360799101000", "360799100000"]
    assert rest["next_cursor"] is None
    assert names(office.get(f"/areas?parent={world.village.id}")) == []


def test_areas_of_a_level_end_at_the_callers_reach(world, phone):
    assert len(names(phone(world.city_org).get("/areas?level=village"))) == 4
    assert len(names(phone(world.county_office).get("/areas?level=village"))) == 3
    assert names(phone(world.member).get("/areas?level=village")) == ["杨梅村"]
    assert phone(world.township_clerk).get(f"/areas?parent={world.county.id}").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?level=hamlet", "?level=village&parent=00000000-0000-0000-0000-000000000000"]
)
def test_areas_want_a_parent_or_a_level(world, phone, query):
    assert phone(world.county_office).get(f"/areas{query}").status_code == 422


def settings_of(phone, area):
    answer = phone.get(f"/areas/{area.id}/settings")
    assert answer.status_code == 200, answer.json
    return {item["key"]: item for item in answer.json["items"]}


def test_settings_tell_whose_value_is_in_force(world, phone):
    make_setting(world.city, "fence.buffer_m", 300)
    make_setting(world.county, "fence.buffer_m", 400)
    make_setting(world.county, "fence.buffer_m", 500, valid_from=today() + timedelta(days=1))
    found = settings_of(phone(world.township_clerk), world.township)["fence.buffer_m"]
    assert (found["value"], found["built_in"]) == (400, 200)
    assert found["source"]["area"]["name"] == "甲县"
    assert found["source"]["document_no"] == "试〔2021〕1号"
    own = settings_of(phone(world.county_office), world.county)["residency.required_per_month"]
    assert (own["value"], own["source"]) == (20, None)


CHANGE = {"value": 22, "valid_from": "2026-01-01", "document_no": "甲驻村办〔2026〕1号"}


def test_county_sets_a_number_of_its_own_on_the_record(world, phone):
    office = phone(world.county_office)
    answer = office.put(f"/areas/{world.township.id}/settings/residency.required_per_month", CHANGE)
    assert answer.status_code == 200
    assert answer.json["value"] == 22
    assert answer.json["source"]["valid_from"] == "2026-01-01"
    assert db.session.scalars(select(AreaSetting.set_by)).one() == world.county_office.id
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "setting.set")).one()
    assert (entry.county_id, entry.details["value"]) == (world.county.id, 22)


def test_later_value_leaves_todays_in_force(world, phone):
    office = phone(world.county_office)
    later = {**CHANGE, "valid_from": (today() + timedelta(days=30)).isoformat()}
    answer = office.put(f"/areas/{world.county.id}/settings/residency.required_per_month", later)
    assert answer.json["value"] == 20


@pytest.mark.parametrize(
    ("key", "change", "code"),
    [
        ("no.such", CHANGE, "setting_unknown"),
        ("residency.required_per_month", {**CHANGE, "value": 32}, "setting_value"),
        ("residency.required_per_month", {**CHANGE, "value": True}, "setting_value"),
        ("residency.required_per_month", {**CHANGE, "document_no": ""}, "invalid"),
        ("residency.required_per_month", {"value": 20}, "invalid"),
    ],
)
def test_setting_that_is_none_is_refused(world, phone, key, change, code):
    answer = phone(world.county_office).put(f"/areas/{world.county.id}/settings/{key}", change)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)


@pytest.mark.parametrize(
    ("who", "place", "status"),
    [("county_office", "county_b", 404), ("county_office", "city", 404), ("township_clerk", "township", 403)],
)
def test_nobody_sets_what_is_not_theirs(world, phone, who, place, status):
    area = getattr(world, place)
    answer = phone(getattr(world, who)).put(
        f"/areas/{area.id}/settings/fence.buffer_m", {**CHANGE, "value": 100}
    )
    assert answer.status_code == status
