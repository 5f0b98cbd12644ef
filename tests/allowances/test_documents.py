"""The payment list as .csv, .xlsx and on paper (rules.md §7.4)."""

import csv
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from kernel.audit import AuditEntry
from kernel.database import db, transaction
from kernel.periods import Month
from tests.allowances.steps import look, month_before, prepared, stamp
from tests.factories import World, make_terms, make_trip
from tests.paper import empty_boxes, pages


@pytest.fixture
def month(app) -> Month:
    return month_before(2)


@pytest.fixture
def listed(world, month) -> World:
    """A list with a month, a difference of the month before, and a round trip."""
    stamp(world, month.previous, secretary=range(1, 20))
    prepared(world, month.previous)
    stamp(world, month.previous, secretary=range(1, 18))
    stamp(world, month, secretary=range(1, 21))
    make_terms(world.village, world.unit, by=world.county_office)
    for day, way in ((2, "out"), (6, "back")):
        make_trip(world.postings["secretary"], month.day_at(day), way)
    prepared(world, month)
    return world


def test_the_workbook_is_the_form_with_room_to_sign(listed, month):
    answer = look(listed, month, form="xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    assert book.sheet_names == ["生活补助", "交通补贴", "未列入"]
    rows = book.get_sheet_by_name("生活补助").to_python()
    top = next(number for number, row in enumerate(rows) if row[0] == "序号")
    own, less, total = rows[top + 1 :]
    code = look(listed, month).json["living"][0]["sheet"]["check_code"]
    assert rows[top][-1] == "领款签字"
    assert own[1:] == [
        "曾福生",
        "杨梅村",
        f"{month.year}年{month.number}月",
        "当月",
        "第1版",
        code,
        20,
        100,
        2000,
        "",
        "",
    ]
    assert (less[4], less[5], less[7], less[9], less[10]) == ("扣回", "第2版", -2, "", -200)
    assert (total[0], total[9]) == ("合计", 1800)
    (trip,) = [row for row in book.get_sheet_by_name("交通补贴").to_python() if row[0] == 1]
    assert trip[1:8] == ["杨梅村", f"{month.year}年{month.number}月", "当月", 1, 120, 0.45, 108]


def test_the_csv_says_everything_under_one_header(listed, month):
    rows = list(csv.reader(StringIO(look(listed, month, form="csv").data.decode("utf-8-sig"))))
    assert {len(row) for row in rows[:6]} == {13}
    kinds = [(row[0], row[4], row[10], row[11]) for row in rows[1:4]]
    assert kinds == [
        ("生活补助", "当月", "2000", ""),
        ("生活补助", "扣回", "", "-200"),
        ("交通补贴", "当月", "108", ""),
    ]


def test_the_paper_carries_check_codes_sums_and_who_prepared_it(listed, month):
    paper = look(listed, month, form="pdf").data
    text = "".join(pages(paper))
    view = look(listed, month).json
    for word in (
        "驻村干部补助发放表", "市统计局", *(each["sheet"]["check_code"] for each in view["living"]),
        "2,000.00", "-200.00", "108.00", "应发合计：1,908.00元", listed.unit_clerk.name, "未列入",
    ):  # fmt: skip
        assert word in text, word
    assert empty_boxes(paper) == 0


def test_a_draft_says_that_nothing_is_paid_by_it(world, month):
    stamp(world, month, secretary=[3])
    assert "尚未造表，不作为发放依据" in "".join(pages(look(world, month, form="pdf").data))


def test_who_sees_some_of_the_people_gets_an_excerpt_that_says_so(world, month):
    stamp(world, month, secretary=[3])
    text = "".join(pages(look(world, month, who="township_clerk", form="pdf").data))
    assert "本表为节选" in text


def test_a_name_that_is_a_formula_stays_a_name(world, month):
    with transaction():
        world.secretary.name = "=1+1"
    stamp(world, month, secretary=[3])
    rows = csv.reader(StringIO(look(world, month, form="csv").data.decode("utf-8-sig")))
    assert "'=1+1" in {cell for row in rows for cell in row}


def test_who_takes_a_list_out_of_the_system_is_on_record(world, month):
    look(world, month, form="xlsx")
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "allowances.export"))
    assert (entry.actor_id, entry.subject_id) == (world.unit_clerk.id, world.unit.id)
