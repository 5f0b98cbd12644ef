"""The sheet 驻村干部考勤表 on paper and as a workbook (rules.md §7.1)."""

import io
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zipfile import ZipFile

import pypdfium2
import pytest
import zxingcpp
from python_calamine import CalamineWorkbook

from attendance.documents import (
    COUNTS,
    EXCERPT,
    MEANINGS,
    ON_PAPER,
    PEOPLE_ON_A_PAGE,
    TEMPLATE,
    UNSTAMPED,
    SheetMarks,
    Signing,
    sheet_pdf,
)
from attendance.policy import DayClass
from attendance.sheet import DayHalves, SheetContent, SheetRow, check_code
from attendance.workbook import sheet_xlsx
from kernel.clock import today
from kernel.periods import CHINA, Month
from kernel.workdays import rest_days
from tests.attendance.test_sheets import enter, go, stamp
from tests.factories import Phone
from tests.paper import empty_boxes, fonts, lines, pages, words

NOVEMBER = Month(2026, 11)
THERE = (DayClass.IN_VILLAGE, DayClass.IN_VILLAGE)


def whole(*classes: DayClass, first: int = 1) -> dict[int, DayHalves]:
    """Whole days of these classes on end."""
    return {day: (each, each) for day, each in enumerate(classes, first)}


def row(
    name: str = "刘塅生",
    *,
    number: int = 1,
    role: str = "first_secretary",
    unit: str = "赣州市瑤瑞投资公司",
    days: dict[int, DayHalves] | None = None,
    assessed_days: float = 0,
) -> SheetRow:
    days = whole(*[DayClass.IN_VILLAGE] * 30) if days is None else days
    there = tuple(day for day, halves in days.items() if DayClass.IN_VILLAGE in halves)
    return SheetRow(
        posting_id=UUID(int=number),
        person_id=UUID(int=1_000 + number),
        name=name,
        role=role,
        unit_id=UUID(int=5),
        unit=unit,
        days=days,
        in_village_days=len(there),
        assessed_days=assessed_days or len(there),
        paid_days=there,
    )


def sheet(*rows: SheetRow, **changes: Any) -> SheetContent:
    content = SheetContent(
        month=NOVEMBER,
        county="赣县区",
        township="埜田镇",
        village_id=UUID(int=9),
        village="坋塝村",
        closed_at="2026-12-04T09:12:00+08:00",
        rows=rows or (row(),),
    )
    return replace(content, **changes)


AT = datetime(2026, 12, 3, 9, 5, tzinfo=CHINA)
CODE = check_code(sheet().sha256())
URL = f"https://zhucun.example.cn/api/v1/verify/{CODE}"
STAMPED = SheetMarks(
    version=2,
    check_code=CODE,
    verify_url=URL,
    submitted=Signing("刘塅生", AT),
    witnessed=Signing("温水生", AT),
    checked=Signing("李四", AT),
    stamped=Signing("赵明", AT),
    reason="补登3日进村",
    rest_days=rest_days(NOVEMBER),
    printed=Signing("张打印", AT),
)


def picture(pdf: bytes, page: int = 0, scale: float = 3) -> Any:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=scale).to_pil()
    finally:
        document.close()


def qr_codes(pdf: bytes, page: int = 0) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture(pdf, page))]


# -- what stands on it --------------------------------------------------------------------------


def test_the_head_says_whose_month_it_is():
    text = words(sheet_pdf(sheet(), STAMPED))
    for shown in ("驻村干部考勤表", "2026年11月", "县（市、区）：赣县区", "乡镇：埜田镇", "村：坋塝村"):
        assert shown in text


def test_a_line_has_a_symbol_for_each_day_and_the_counts():
    kinds = [*MEANINGS, DayClass.IN_VILLAGE, DayClass.IN_VILLAGE]
    content = sheet(row("钟输坋", role="member", unit="赣南师范大学", days=whole(*kinds), assessed_days=6))
    text = words(sheet_pdf(content, STAMPED))
    assert "1钟输坋队员赣南师范大学" in text
    assert "✓差会训事病年他休待缺脱✓✓" in "".join(each for each in text if each in {*ON_PAPER.values()})
    #     驻村 差 会 训 事 病 年 他 休 缺脱 考核 补助
    assert "3" + "1" * 8 + "2" + "6" + "3" + "14日止" in text


def test_a_day_of_two_halves_shows_the_morning_over_the_afternoon():
    halves = {3: (DayClass.IN_VILLAGE, DayClass.SICK), 4: (DayClass.MEETING, DayClass.PERSONAL)}
    shown = lines(sheet_pdf(sheet(row(days=halves)), STAMPED))
    order = [each for line in shown for each in line if each in "✓病会事"]
    assert "✓病会事" in "".join(order)
    text = "".join(shown)
    assert "一格上下两个：上午、下午" in text
    # a date with one half in the village is a day in the village and nothing beside it
    assert words(sheet_pdf(sheet(row(days=halves, assessed_days=1.5)), STAMPED)).count("100.5000.5") == 0


def test_each_symbol_is_explained():
    text = words(sheet_pdf(sheet(), STAMPED))
    for kind, meaning in MEANINGS.items():
        assert f"{ON_PAPER[kind]}{meaning}" in text
    assert "空白不在派驻期" in text


def test_days_outside_the_posting_stay_blank_and_say_why():
    content = sheet(row(days=whole(*[DayClass.IN_VILLAGE] * 10, first=11)), row("钟", number=2, days={}))
    text = words(sheet_pdf(content, STAMPED))
    assert "11日起，20日止" in text
    assert text.count("✓") == 10 + 1, "and one in the legend"


def test_the_foot_has_the_places_to_sign_and_to_stamp():
    text = words(sheet_pdf(sheet(), STAMPED))
    for title in ("队长签字", "村党组织书记签字", "乡镇经办人", "乡镇党委审核意见", "（乡镇党委盖章）"):
        assert title in text
    assert "本表一式三份：乡镇、派出单位、县驻村办" in text
    assert text.count("年月日") == 4


def test_the_foot_says_who_passed_it_on_and_who_printed_it():
    text = words(sheet_pdf(sheet(), STAMPED))
    for said in ("系统提交：刘塅生", "系统见证：温水生", "系统核对：李四", "系统登记盖章：赵明"):
        assert f"{said}2026年12月3日09:05" in text
    assert "系统打印：张打印" in text
    assert "数据截至2026年12月4日09:12" in text
    blank = words(sheet_pdf(sheet(), SheetMarks()))
    assert "系统" not in blank and "校验码" not in blank


def test_a_later_version_says_which_it_is_and_why():
    text = words(sheet_pdf(sheet(), STAMPED))
    assert "第2版" in text and f"校验码{CODE}" in text and "第2版更正原因：补登3日进村" in text
    assert "更正原因" not in words(sheet_pdf(sheet(), replace(STAMPED, version=1, reason="")))


@pytest.mark.parametrize("note", [UNSTAMPED, EXCERPT])
def test_a_paper_that_is_less_than_it_seems_says_so(note):
    paper = sheet_pdf(sheet(), SheetMarks(note=note))
    assert note in words(paper)
    assert qr_codes(paper) == []


def test_a_reader_finds_the_address_in_the_picture_of_the_paper():
    assert qr_codes(sheet_pdf(sheet(), STAMPED)) == [URL]


def test_rest_days_are_shaded_and_the_rules_between_rows_are_not_covered():
    image = picture(sheet_pdf(sheet(row(), row("钟", number=2)), STAMPED), scale=6).convert("L")

    def greys(day: int) -> set[int]:
        """The lightness of a column of pixels through a day, a little left of its symbols."""
        x = (9 + 6 + 15 + 10.5 + 22.5 + (day - 1) * 124 / 30 + 0.7) / 297 * image.width
        return {image.getpixel((int(x), y)) for y in range(image.height)}

    sunday, monday = greys(8), greys(9)
    assert 228 in sunday and 228 not in monday
    assert min(sunday) < 60, "the rule between two people is black on the shaded day too"


# -- many people, long names, odd characters ----------------------------------------------------


def test_thirty_one_people_are_shared_out_evenly_each_page_a_whole_form():
    people = [row(f"邱{number}生", number=number) for number in range(1, 32)]
    paper = sheet_pdf(sheet(*people), STAMPED)
    shown = pages(paper)
    assert len(shown) == 3
    listed = [[number for number in range(1, 32) if f"{number}邱{number}生" in page] for page in shown]
    assert listed[0][0] == 1 and listed[-1][-1] == 31
    assert [len(page) for page in listed] == [11, 11, 9]
    for number, page in enumerate(shown, 1):
        assert f"第{number}页，共3页" in page
        assert "（乡镇党委盖章）" in page and f"校验码{CODE}" in page and "符号说明" in page
        assert qr_codes(paper, number - 1) == [URL]


@pytest.mark.parametrize("people", [0, 1, PEOPLE_ON_A_PAGE])
def test_a_village_of_few_has_one_page(people):
    rows = tuple(row(f"邱{number}", number=number) for number in range(people))
    paper = sheet_pdf(sheet(rows=rows), STAMPED)
    assert len(pages(paper)) == 1


RARE = "塅垇輋磜埜坋塝瑤崠岽嶂圳桝"


def test_rare_characters_of_place_names_are_printed():
    content = sheet(row(RARE[:6], unit=RARE), village=f"{RARE}村")
    paper = sheet_pdf(content, STAMPED)
    assert empty_boxes(paper) == 0
    assert f"{RARE}村" in words(paper) and RARE[:6] in words(paper)
    assert all(fonts(paper).values()), "each font is in the file"


NAUGHTY = [
    "=1+1", "@SUM(A1)", "＝1+1", "-1", "\x01\x08\x1b[31m", "\u202e\u2066反向", "\ufeff零\u200b宽", "a\nb\tc",
    "#set page(width: 1pt)", "$ x^2 $ *粗* _斜_ `码` \\ #", "<b>&amp;</b>", "名" * 300, "👩‍👩‍👧", "{{7*7}}", "\ud800",
]  # fmt: skip


def test_a_name_is_never_markup():
    text = words(sheet_pdf(sheet(village="#panic()", township="=HYPERLINK(1)\x00"), STAMPED))
    assert "乡镇：=HYPERLINK(1)村：#panic()" in text


def test_no_name_spoils_the_paper():
    rows = [row(name, number=number, unit=name) for number, name in enumerate(NAUGHTY)]
    content = sheet(*rows, village="村" * 90, county="a" * 300)
    marks = replace(STAMPED, reason="因" * 900, submitted=Signing("名" * 90, AT))
    text = "".join(pages(sheet_pdf(content, marks)))
    assert len(pages(sheet_pdf(content, marks))) == 2
    assert "#setpage(width:1pt)" in text
    assert not any(each in text for each in "\x01\x08\x1b\u202e\u2066\ufeff")


# -- the same for ever --------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [sheet_pdf, sheet_xlsx])
def test_the_same_content_gives_the_same_bytes_and_another_gives_others(draw):
    """P11."""
    first = draw(sheet(), STAMPED)
    assert draw(SheetContent.read(sheet().document()), STAMPED) == first
    assert draw(sheet(row("钟输坋")), STAMPED) != first


def test_a_workbook_does_not_say_when_it_was_made():
    """Otherwise the same content would be other bytes a second later."""
    made = ZipFile(io.BytesIO(sheet_xlsx(sheet(), STAMPED)))
    assert "2000-01-01T00:00:00Z" in made.read("docProps/core.xml").decode()
    assert {each.date_time[0] for each in made.infolist()} == {1980}


def test_the_template_is_installed_with_the_program():
    data = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert f"*{TEMPLATE.suffix}" in data["tool"]["setuptools"]["package-data"]["*"]


# -- as a workbook ------------------------------------------------------------------------------


def cells(content: bytes) -> list[list[Any]]:
    (name,) = (book := CalamineWorkbook.from_filelike(io.BytesIO(content))).sheet_names
    return book.get_sheet_by_name(name).to_python()


def test_the_workbook_says_what_the_paper_says():
    halves = {**whole(DayClass.IN_VILLAGE, DayClass.TRIP), 3: (DayClass.IN_VILLAGE, DayClass.SICK)}
    rows = cells(sheet_xlsx(sheet(row(days=halves, assessed_days=3)), STAMPED))
    text = "\n".join(str(cell) for line in rows for cell in line)
    for said in (
        "驻村干部考勤表　2026年11月", "县（市、区）：赣县区　乡镇：埜田镇　村：坋塝村", "第 2 版", f"校验码 {CODE}",
        "第 2 版更正原因：补登3日进村", "乡镇党委审核意见：系统登记盖章：赵明", "本表一式三份", "数据截至 2026年12月4日 09:12",
    ):  # fmt: skip
        assert said in text
    header = next(number for number, line in enumerate(rows) if line[0] == "序号")
    line = dict(zip(rows[header], rows[header + 1], strict=True))
    assert (line["姓名"], line["职务"], line["派出单位"]) == ("刘塅生", "第一书记", "赣州市瑤瑞投资公司")
    assert [line[str(day)] for day in (1, 2, 3, 4)] == ["√", "差", "√/病", ""]
    assert [line[name] for name in COUNTS] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2]
    assert line["备注"] == "3日止"


def test_no_name_is_a_formula_in_the_workbook():
    rows = [row(name, number=number) for number, name in enumerate(NAUGHTY)]
    names = [line[1] for line in cells(sheet_xlsx(sheet(*rows), STAMPED)) if isinstance(line[0], float)]
    assert names[:4] == ["=1+1", "@SUM(A1)", "＝1+1", "-1"]
    assert len(names) == len(NAUGHTY)


# -- over HTTP ----------------------------------------------------------------------------------


@pytest.fixture
def month(app) -> Month:
    return Month.of(today()).previous


def test_the_code_on_the_paper_opens_the_page_that_says_it_matches(world, month, client):
    enter(world, "secretary", 3, month)
    code = stamp(world, month)["version"]["check_code"]
    address = f"/sheets/{world.village.id}/{month}/versions/1"
    paper = Phone(world.township_clerk).get(address, query_string={"format": "pdf"})
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    assert f"校验码{code}" in words(paper.data) and world.township_head.name in words(paper.data)
    (url,) = qr_codes(paper.data)
    page = client.get(urlsplit(url).path, headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "与存档一致" in page.text and "杨梅村" in page.text and world.secretary.name not in page.text


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_version_one_stays_the_same_to_the_byte_when_there_is_a_second(world, month, form):
    enter(world, "secretary", 3, month)
    stamp(world, month)
    clerk = Phone(world.township_clerk)

    def paper(number: int) -> bytes:
        answer = clerk.get(
            f"/sheets/{world.village.id}/{month}/versions/{number}", query_string={"format": form}
        )
        assert answer.status_code == 200
        return _without_the_printing(answer.data, form)

    first = paper(1)
    enter(world, "secretary", 5, month)
    go(world, "township_clerk", "amendment", month, {"reason": "补登"})
    go(world, "township_head", "stamp", month)
    assert paper(1) == first
    assert paper(2) != first


def _without_the_printing(content: bytes, form: str) -> bytes:
    """Leave out who printed it when, the one thing in which two prints differ."""
    if form == "xlsx":
        return repr([line for line in cells(content) if "系统打印" not in str(line)]).encode()
    return "".join(line for line in lines(content) if "系统打印" not in line).encode()


def test_a_sheet_not_stamped_prints_as_none(world, month):
    answer = Phone(world.secretary).get(f"/sheets/{world.village.id}/{month}/paper")
    assert answer.status_code == 200
    assert UNSTAMPED in words(answer.data) and qr_codes(answer.data) == []


def test_a_unit_s_paper_is_an_excerpt(world, month):
    stamp(world, month)
    address = f"/sheets/{world.village.id}/{month}/versions/1"
    text = words(Phone(world.unit_clerk).get(address, query_string={"format": "pdf"}).data)
    assert EXCERPT in text and world.secretary.name in text and world.member.name not in text


def test_the_month_of_a_township_is_a_workbook_with_the_lines_of_the_list(world, month):
    enter(world, "secretary", 3, month)
    clerk = Phone(world.township_clerk)
    query = {"township": str(world.township.id)}
    listed = clerk.get(f"/attendance/{month}", query_string=query).json["items"]
    answer = clerk.get(f"/attendance/{month}", query_string={**query, "format": "xlsx"})
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    assert f"{month}.xlsx" in answer.headers["Content-Disposition"]
    rows = cells(answer.data)
    header = next(number for number, line in enumerate(rows) if line[0] == "村")
    found = [dict(zip(rows[header], line, strict=True)) for line in rows[header + 1 :]]
    assert [line["姓名"] for line in found] == [item["person"]["name"] for item in listed]
    assert [line["考核天数"] for line in found] == [item["assessed_days"] for item in listed]
    secretary = next(line for line in found if line["姓名"] == world.secretary.name)
    assert (secretary["3"], secretary["补助天数"]) == ("√", 1)
    assert "以盖章考勤表为准" in str(rows[:header])
    running = clerk.get(f"/attendance/{Month.of(today())}", query_string={**query, "format": "xlsx"})
    assert "进行中" in str(cells(running.data))


def test_a_unit_s_workbook_has_its_own_people(world, month):
    query = {"unit": str(world.unit.id), "format": "xlsx"}
    text = str(cells(Phone(world.unit_clerk).get(f"/attendance/{month}", query_string=query).data))
    assert world.secretary.name in text and world.member.name not in text
