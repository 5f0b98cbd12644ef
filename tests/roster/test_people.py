"""Importing the roster."""

from datetime import date

import pytest
from sqlalchemy import func, select

from identity.models import Office
from identity.permissions import Role
from kernel.audit import AuditEntry
from kernel.clock import now
from kernel.database import db
from kernel.errors import Refusal
from org.models import DispatchingUnit, Level, Person, Posting
from org.policy import UnitKind
from roster.entries import ROSTER_COLUMNS
from roster.people import import_roster
from tests.factories import make_area

NAMES = [column.name for column in ROSTER_COLUMNS]
PHONE = "13811110001"


def row(name="曾大山", phone=PHONE, role="队员", **cells):
    """Return a row that is in order: a member in the only 塅垇村 of 甲县."""
    usual = {
        "姓名": name,
        "手机号": phone,
        "角色": role,
        "县（市、区）": "甲县",
        "乡镇": "甲一乡",
        "村": "塅垇村",
        "派出单位": "市统计局",
        "单位性质": "市直机关",
        "开始日期": "2026-01-01",
    }
    filled = {**usual, **cells}
    return [filled.get(column, "") for column in NAMES]


def office(role, **cells):
    nowhere = {"县（市、区）": "", "乡镇": "", "村": "", "派出单位": "", "单位性质": ""}
    return row(role=role, **{**nowhere, **cells})


def sheet(*rows):
    return "\n".join(",".join(cells) for cells in (NAMES, *rows)).encode()


def load(*rows, county=None, dry_run=False):
    return import_roster(
        sheet(*rows), now=now(), by=None, within_county=county and county.id, dry_run=dry_run
    )


def faults(*rows, county=None):
    return [
        (error.row, error.column, error.code) for error in load(*rows, county=county, dry_run=True).errors
    ]


def postings_of(name):
    return db.session.execute(
        select(Posting.role, Posting.village_id, Posting.first_day, Posting.last_day)
        .join(Person, Person.id == Posting.person_id)
        .where(Person.name == name)
        .order_by(Posting.first_day)
    ).all()


def counts():
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (Person, Posting, Office)]


def test_person_is_posted_and_can_be_found_by_phone(world, app):
    result = load(row())
    assert (result.people_added, result.postings_added, result.unchanged) == (1, 1, 0)
    assert postings_of("曾大山") == [("member", world.village_2.id, date(2026, 1, 1), None)]
    cipher = app.extensions["field_cipher"]
    person = db.session.scalars(
        select(Person).where(Person.phone_lookup == cipher.lookup(PHONE, field="phone"))
    ).one()
    assert cipher.decrypt(person.phone_sealed, field="phone", row_id=person.id) == PHONE
    assert person.sort_key == "曾大山".encode("gb18030")


def test_same_file_again_changes_nothing(world):
    rows = [row(), office("乡镇经办", **{"县（市、区）": "甲县", "乡镇": "甲一乡"})]
    load(*rows)
    before = counts()
    again = load(*rows)
    assert (again.people_added, again.postings_added, again.offices_added, again.unchanged) == (0, 0, 0, 2)
    assert counts() == before


def test_dry_run_counts_and_writes_nothing(world):
    before = counts()
    assert load(row(), dry_run=True).postings_added == 1
    assert counts() == before


@pytest.mark.parametrize(
    ("role", "place", "held"),
    [
        ("结对帮扶干部", {"县（市、区）": "甲县", "村": "塅垇村"}, (Role.HELPER, "village_2")),
        ("村党组织书记", {"县（市、区）": "甲县", "村": "塅垇"}, (Role.VILLAGE_SECRETARY, "village_2")),
        ("乡镇经办", {"县（市、区）": "甲县", "乡镇": "甲一乡"}, (Role.TOWNSHIP_CLERK, "township")),
        ("乡镇党委书记", {"县（市、区）": "甲县", "乡镇": "甲二镇"}, (Role.TOWNSHIP_HEAD, "township_2")),
        ("县驻村办", {"县（市、区）": "乙县"}, (Role.COUNTY_OFFICE, "county_b")),
        ("县驻村工作领导小组", {"县（市、区）": "甲县"}, (Role.COUNTY_GROUP, "county")),
        ("系统管理员", {"县（市、区）": "甲县"}, (Role.ADMIN, "county")),
        ("市委组织部", {}, (Role.CITY_ORG, "city")),
        ("市乡村振兴局", {"县（市、区）": "赣州市"}, (Role.CITY_RURAL, "city")),
        ("派出单位经办", {"派出单位": "市统计局"}, (Role.UNIT_CLERK, "unit")),
        ("派出单位负责人", {"派出单位": "市统计局"}, (Role.UNIT_HEAD, "unit")),
    ],
)
def test_office_is_held_for_its_own_kind_of_place(world, role, place, held):
    load(office(role, **place))
    kept = db.session.execute(
        select(Office.role, Office.area_id, Office.unit_id)
        .join(Person, Person.id == Office.person_id)
        .where(Person.name == "曾大山")
    ).one()
    holder = getattr(world, held[1]).id
    assert kept == (held[0], *((None, holder) if held[1] == "unit" else (holder, None)))


def test_one_person_may_hold_several_roles(world):
    result = load(row(), office("结对帮扶干部", **{"县（市、区）": "甲县", "村": "塅垇村"}))
    assert (result.people_added, result.postings_added, result.offices_added) == (1, 1, 1)


def test_new_end_date_ends_the_posting(world):
    load(row())
    result = load(row(结束日期="2026-06-30"))
    assert (result.dates_changed, result.postings_added) == (1, 0)
    assert postings_of("曾大山")[0].last_day == date(2026, 6, 30)
    assert load(row()).unchanged == 1
    assert postings_of("曾大山")[0].last_day == date(2026, 6, 30)


def test_transfer_in_one_file_ends_one_posting_and_begins_the_next_on_the_same_day(world):
    load(row())
    result = load(row(结束日期="2026-06-30"), row(村="杨梅村", 开始日期="2026-06-30"))
    assert (result.dates_changed, result.postings_added) == (1, 1)
    assert [posting.village_id for posting in postings_of("曾大山")] == [world.village_2.id, world.village.id]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"姓名": ""}, ("姓名", "bad_name")),
        ({"手机号": "1381111000"}, ("手机号", "bad_phone")),
        ({"手机号": "12811110001"}, ("手机号", "bad_phone")),
        ({"手机号": "１３８１１１１０００１"}, ("手机号", "bad_phone")),
        ({"角色": "书记"}, ("角色", "bad_role")),
        ({"县（市、区）": ""}, ("县（市、区）", "missing")),
        ({"村": ""}, ("村", "missing")),
        ({"派出单位": ""}, ("派出单位", "missing")),
        ({"县（市、区）": "丁县"}, ("县（市、区）", "area_unknown")),
        ({"乡镇": "甲九乡"}, ("乡镇", "area_unknown")),
        ({"村": "杨桃村"}, ("村", "area_unknown")),
        ({"村代码": "360799100200"}, ("村代码", "code_differs")),
        ({"单位性质": "机关"}, ("单位性质", "bad_unit_kind")),
        ({"单位性质": "县直机关"}, ("单位性质", "unit_kind_differs")),
        ({"派出单位": "市新单位", "单位性质": ""}, ("单位性质", "unit_kind_missing")),
        ({"开始日期": "2026-02-30"}, ("开始日期", "bad_day")),
        ({"开始日期": ""}, ("开始日期", "bad_day")),
        ({"结束日期": "明年"}, ("结束日期", "bad_day")),
        ({"结束日期": "2025-12-31"}, ("结束日期", "days_reversed")),
        ({"姓名": "=1"}, ("姓名", "formula")),
    ],
)
def test_bad_row_is_told_with_its_column_and_reason(world, cells, fault):
    assert faults(row("好人", "13811110009"), row(**cells)) == [(3, *fault)]


@pytest.mark.parametrize("written", ["2026-01-01", "2026/1/1", "2026.1.1", "2026年1月1日"])
def test_days_may_be_written_as_offices_write_them(world, written):
    load(row(开始日期=written))
    assert postings_of("曾大山")[0].first_day == date(2026, 1, 1)


def test_name_padded_with_blanks_is_the_same_name(world):
    load(row("曾 山"), row("曾\u3000山", 开始日期="2025-01-01", 结束日期="2025-06-30"))
    assert len(postings_of("曾山")) == 2


def test_phone_belongs_to_one_name(world):
    assert faults(row(), row("别人", 开始日期="2027-01-01")) == [(3, "姓名", "name_differs")]
    load(row())
    assert faults(row("别人")) == [(2, "姓名", "name_differs")]


def test_same_row_twice_is_told(world):
    assert faults(row(), row()) == [(3, "", "row_doubled")]


@pytest.mark.parametrize(
    ("village", "first_day", "last_day", "overlaps"),
    [
        ("杨梅村", "2026-06-29", "", True),
        ("杨梅村", "2026-06-30", "", False),
        ("杨梅村", "2025-01-01", "2026-01-01", False),
        ("杨梅村", "2025-01-01", "2026-01-02", True),
        ("杨梅村", "2026-03-01", "2026-03-01", False),
        ("塅垇村", "2026-02-01", "2026-03-01", True),
    ],
)
@pytest.mark.parametrize("registered", [True, False])
def test_postings_of_one_person_meet_only_on_a_day_of_transfer(
    world, village, first_day, last_day, overlaps, registered
):
    first, second = row(结束日期="2026-06-30"), row(村=village, 开始日期=first_day, 结束日期=last_day)
    if registered:
        load(first)
    rows = [second] if registered else [first, second]
    assert bool(faults(*rows)) is overlaps
    if overlaps:
        assert {code for _, _, code in faults(*rows)} == {"postings_overlap"}
    else:
        load(*rows)


def test_database_has_the_last_word_on_overlaps(world, monkeypatch):
    load(row())
    monkeypatch.setattr("roster.people._Register.refuse_overlaps", lambda self: None)
    with pytest.raises(Refusal) as refused:
        load(row(村="杨梅村", 开始日期="2026-06-01"))
    assert refused.value.code == "postings_overlap"
    assert len(postings_of("曾大山")) == 1


def test_doubled_village_name_asks_for_the_code(world):
    twin = make_area("杨梅村", Level.VILLAGE, code="360799100299", within=world.township)
    load_error = load(row(村="杨梅村"), dry_run=True).errors[0]
    assert load_error.code == "village_ambiguous"
    assert "360799100200、360799100299" in load_error.message
    load(row(村="杨梅村", 村代码="360799100299"))
    assert postings_of("曾大山")[0].village_id == twin.id


def test_village_name_is_looked_for_below_its_township(world):
    assert faults(row(乡镇="", 村="杨梅村")) == [(2, "村", "village_ambiguous")]
    load(row(乡镇="甲二镇", 村="杨梅村"))
    assert postings_of("曾大山")[0].village_id == world.village_of_township_2.id


def test_village_may_be_written_without_its_committee(world):
    village = make_area("垇背村委会", Level.VILLAGE, code="360799100298", within=world.township)
    load(row(村="垇背村"))
    assert postings_of("曾大山")[0].village_id == village.id


def test_new_unit_is_registered_once(world):
    load(
        row(派出单位="市新单位", 单位性质="市属高校"),
        row("李四", "13811110002", 派出单位="市新单位", 单位性质=""),
    )
    assert db.session.scalars(
        select(DispatchingUnit.kind).where(DispatchingUnit.name == "市新单位")
    ).all() == [UnitKind.CITY_COLLEGE]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (row(**{"县（市、区）": "乙县", "乡镇": "乙一乡", "村": "杨梅村"}), "县（市、区）"),
        (office("县驻村办", **{"县（市、区）": "乙县"}), "县（市、区）"),
        (office("市委组织部"), ""),
        (office("派出单位经办", 派出单位="市统计局"), "派出单位"),
        (office("派出单位经办", 派出单位="市新单位", 单位性质="市直机关"), "派出单位"),
    ],
)
def test_county_imports_its_own_people_only(world, line, column):
    assert faults(line) == []
    assert faults(line, county=world.county) == [(2, column, "outside_county")]


def test_county_imports_offices_of_its_own_units(world):
    assert faults(office("派出单位经办", 派出单位="甲县水利局"), county=world.county) == []
    assert faults(office("派出单位经办", 派出单位="甲县水利局"), county=world.county_b) == [
        (2, "派出单位", "outside_county")
    ]


def test_one_bad_row_among_many_stops_them_all(world):
    before = counts()
    good = [row("张三", f"1371111{number:04}") for number in range(250)]
    bad = [row("张三", f"1372222{number:04}", 村="无此村") for number in range(250)]
    with pytest.raises(Refusal) as refused:
        load(*good, *bad)
    assert (refused.value.code, refused.value.status) == ("roster_has_errors", 422)
    assert (refused.value.details["count"], len(refused.value.details["errors"])) == (250, 200)
    assert refused.value.details["errors"][0]["row"] == 252
    assert counts() == before


def test_statements_do_not_grow_with_the_rows(world, statements):
    load(row("张三", "13700000000"))
    few = len(statements)
    load(*(row("张三", f"1371111{number:04}") for number in range(300)))
    assert len(statements) - few <= few


def test_import_is_on_record_for_the_county(world):
    load(row(), county=world.county)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "roster.import")).one()
    assert entry.county_id == world.county.id
    assert entry.details["postings_added"] == 1
    assert PHONE not in str(entry.details)
