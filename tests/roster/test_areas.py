"""Importing areas: whole editions and changes."""

import csv
from datetime import date
from io import StringIO

import pytest
from sqlalchemy import delete, func, select

from kernel.audit import AuditEntry
from kernel.clock import now
from kernel.database import db
from kernel.errors import Refusal
from org.models import Area, Level
from roster.areas import import_areas, import_changes

FIRST, SECOND = date(2022, 10, 31), date(2023, 10, 31)

OWN = [
    ("360700000000", "赣州市", "", "city"),
    ("360732000000", "兴国县", "360700000000", "county"),
    ("360732200000", "鼎龙乡", "360732000000", "township"),
    ("360732200206", "塅水村委会", "360732200000", "village"),
    ("360732200209", "垇背村委会", "360732200000", "village"),
    ("360734000000", "寻乌县", "360700000000", "county"),
    ("360734103000", "南桥镇", "360734000000", "township"),
    ("360734103204", "垇背村委会", "360734103000", "village"),
]


def table(rows, header="code,name,parent_code,level"):
    text = StringIO()
    csv.writer(text).writerows([header.split(","), *rows])
    return text.getvalue().encode()


def changes(*rows):
    return table(rows, "change,code,old_name,new_name")


def load(data, day=FIRST, **options):
    return import_areas(data, edition_day=day, now=now(), **options)


def change(data, day=SECOND, **options):
    return import_changes(data, edition_day=day, now=now(), **options)


def register(*, ended=False):
    """Return the areas in force by code, each with the codes of what it lies in."""
    areas = db.session.scalars(
        select(Area).where(Area.last_day.is_(None) if not ended else Area.last_day.is_not(None))
    )
    codes = dict(db.session.execute(select(Area.id, Area.code)).all())
    return {
        area.code: (
            area.name,
            area.level,
            area.sort_key,
            codes.get(area.city_id),
            codes.get(area.county_id),
            codes.get(area.township_id),
            area.first_day,
        )
        for area in areas
    }


def errors_of(result):
    return {(error.row, error.code) for error in result.errors}


def test_every_area_knows_all_it_lies_in(app):
    load(table(OWN))
    areas = register()
    assert areas["360732200206"] == (
        "塅水村委会",
        "village",
        "塅水村委会".encode("gb18030"),
        "360700000000",
        "360732000000",
        "360732200000",
        None,
    )
    assert areas["360732200000"][3:6] == ("360700000000", "360732000000", "360732200000")
    assert areas["360700000000"][3:6] == ("360700000000", None, None)


def test_rows_may_stand_in_any_order(app):
    assert len(load(table(reversed(OWN))).added) == len(OWN)


def test_same_edition_again_changes_nothing(app):
    load(table(OWN))
    before = register()
    again = load(table(OWN), SECOND)
    assert (again.added, again.renamed, again.abolished, again.unchanged) == ([], [], [], len(OWN))
    assert register() == before


def test_later_edition_adds_renames_and_abolishes(app):
    load(table(OWN))
    later = [row for row in OWN if row[0] != "360732200209"]
    later[3] = ("360732200206", "段水村委会", "360732200000", "village")
    later.append(("360732200210", "新村委会", "360732200000", "village"))
    result = load(table(later), SECOND)
    assert (result.added, result.renamed, result.abolished) == (
        ["360732200210"],
        ["360732200206"],
        ["360732200209"],
    )
    areas = register()
    assert areas["360732200206"][0] == "段水村委会"
    assert areas["360732200210"][-1] == SECOND
    assert db.session.scalars(select(Area.last_day).where(Area.code == "360732200209")).one() == date(
        2023, 10, 30
    )


def test_file_of_one_county_leaves_the_others_alone(app):
    load(table(OWN))
    result = load(table(OWN[1:4]), SECOND)
    assert result.abolished == ["360732200209"]
    assert "360734103204" in register()


def test_code_that_returns_is_a_new_area(app):
    load(table(OWN))
    load(table(OWN[:-1]), SECOND)
    result = load(table(OWN), date(2024, 10, 31))
    assert result.added == ["360734103204"]
    assert db.session.scalar(select(func.count()).where(Area.code == "360734103204")) == 2


def test_edition_that_is_not_later_is_refused(app):
    load(table(OWN[:-1]))
    load(table(OWN), SECOND)
    with pytest.raises(Refusal) as refused:
        load(table(OWN[:-1]), SECOND)
    assert refused.value.code == "edition_not_later"


BAD = [
    ("36070000000", "少一位市", "", "city"),
    *OWN[:3],
    ("360732200206", "塅水村委会", "360732200000", "village"),
    ("360732200206", "垇背村委会", "360732200000", "village"),
    ("360732200207", "级别不对", "360732200000", "hamlet"),
    ("360732200208", "没有上级", "360799000000", "village"),
    ("360732201001", "直属于县", "360732000000", "village"),
    ("360732202000", "", "360732000000", "township"),
    ("360732202001", "其上级已有错", "360732202000", "village"),
]


def test_dry_run_lists_every_bad_row_and_writes_nothing(app):
    result = load(table(BAD), dry_run=True)
    assert errors_of(result) == {
        (2, "bad_code"),
        (6, "duplicate_code"),
        (7, "duplicate_code"),
        (8, "bad_level"),
        (9, "unknown_parent"),
        (10, "level_under_parent"),
        (11, "name_missing"),
    }
    assert register() == {}


def test_bad_row_stops_the_whole_import(app):
    with pytest.raises(Refusal) as refused:
        load(table(BAD))
    assert (refused.value.code, refused.value.details["count"]) == ("areas_have_errors", 7)
    assert register() == {}


def test_area_that_moved_is_an_error(app):
    load(table(OWN))
    moved = [*OWN[:4], ("360732200209", "垇背村委会", "360734103000", "village"), *OWN[5:]]
    assert errors_of(load(table(moved), SECOND, dry_run=True)) == {(6, "area_moved")}


def test_area_that_keeps_its_villages_cannot_end(app):
    load(table(OWN))
    orphaned = [row for row in OWN if row[3] != "township"]
    assert "has_areas" in {error.code for error in load(table(orphaned), SECOND, dry_run=True).errors}


def test_import_is_on_record_with_its_figures(app):
    load(table(OWN))
    assert db.session.scalars(
        select(AuditEntry.details).where(AuditEntry.action == "areas.import")
    ).one() == {
        "edition_day": "2022-10-31",
        "added": 8,
        "renamed": 0,
        "abolished": 0,
    }


CHANGE = changes(
    ("renamed", "360732200206", "塅水村委会", "段水村委会"),
    ("removed", "360732200209", "垇背村委会", ""),
    ("added", "360732201001", "", "新社区居委会"),
    ("added", "360732201000", "", "新镇"),
)


def test_changes_are_carried_out_whatever_their_order(app):
    load(table(OWN))
    result = change(CHANGE)
    assert (result.added, result.renamed, result.abolished) == (
        ["360732201000", "360732201001"],
        ["360732200206"],
        ["360732200209"],
    )
    assert register()["360732201001"][1:] == (
        "village",
        "新社区居委会".encode("gb18030"),
        "360700000000",
        "360732000000",
        "360732201000",
        SECOND,
    )


def test_changes_carried_out_again_change_nothing(app):
    load(table(OWN))
    change(CHANGE)
    again = change(CHANGE)
    assert (again.added, again.renamed, again.abolished, again.unchanged) == ([], [], [], 4)


def test_changes_that_do_not_fit_the_register_are_listed(app):
    load(table(OWN))
    result = change(
        changes(
            ("renamed", "360732200206", "段水村委会", "断水村委会"),
            ("removed", "360732200209", "坳背村委会", ""),
            ("added", "360732200206", "", "别的村委会"),
            ("added", "360799200001", "", "无上级村委会"),
            ("moved", "360732200206", "塅水村委会", ""),
            ("removed", "360734103000", "南桥镇", ""),
            ("added", "1", "", "短码"),
        ),
        dry_run=True,
    )
    assert errors_of(result) == {
        (2, "register_differs"),
        (3, "register_differs"),
        (4, "register_differs"),
        (5, "unknown_parent"),
        (6, "bad_change"),
        (0, "has_areas"),
        (8, "bad_code"),
    }


# -- the real table -----------------------------------------------------------------------------


@pytest.fixture
def edition(shared_data):
    return (shared_data / "divisions" / "ganzhou_divisions_nbs2023.csv").read_bytes()


@pytest.fixture
def edition_changes(shared_data):
    return (shared_data / "divisions" / "ganzhou_changes_2022_to_2023.csv").read_bytes()


def read(data):
    return list(csv.DictReader(StringIO(data.decode("utf-8-sig"))))


def edition_before(edition, edition_changes):
    """Return the edition before, made by undoing the changes."""
    areas = {row["code"]: row for row in read(edition)}
    for row in read(edition_changes):
        code = row["code"]
        match row["change"]:
            case "added":
                del areas[code]
            case "renamed":
                areas[code]["name"] = row["old_name"]
            case "removed":
                areas[code] = {
                    "code": code,
                    "name": row["old_name"],
                    "parent_code": f"{code[:9]}000",
                    "level": Level.VILLAGE,
                }
    return table([list(row.values()) for row in areas.values()])


def test_edition_of_2023_is_that_of_2022_and_the_changes(app, edition, edition_changes):
    load(edition_before(edition, edition_changes))
    result = load(edition, SECOND)
    told = {
        kind: {row["code"] for row in read(edition_changes) if row["change"] == kind}
        for kind in ("added", "renamed", "removed")
    }
    assert (set(result.added), set(result.renamed), set(result.abolished)) == tuple(told.values())
    assert result.unchanged == 4410 - len(told["added"]) - len(told["renamed"])
    by_edition, ended = register(), register(ended=True)
    assert load(edition, date(2024, 10, 31)).unchanged == 4410
    assert {character for row in by_edition.values() for character in row[0]} >= set("塅垇輋磜埜坋")

    db.session.execute(delete(Area))
    db.session.commit()
    load(edition_before(edition, edition_changes))
    change(edition_changes)
    assert register() == by_edition
    assert register(ended=True) == ended


def test_statements_do_not_grow_with_the_table(app, statements, edition):
    load(table(OWN))
    small = len(statements)
    load(edition)
    assert len(statements) - small <= small + 1
