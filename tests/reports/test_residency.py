"""The monthly residency report as township, county, city and unit read it, on the screen and as a file."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from attendance.policy import DayClass
from kernel.clock import now, today
from kernel.database import db
from kernel.periods import Month
from leave.policy import LeaveState
from org.models import VillageKind
from org.policy import VillageKindName
from reports import residency, residency_villages
from reports.models import ReportJob
from tests.factories import (
    LONG_AGO,
    Phone,
    add,
    make_area,
    make_leave,
    make_person,
    make_posting,
    make_unit,
)
from tests.paper import empty_boxes, pages
from tests.reports.steps import LAST_MONTH, ask, be_there, correction, put, stamp

FILES = ("csv", "xlsx", "pdf")


def people_of(report: Any) -> dict[str, Any]:
    return {person["person"]["name"]: person for person in report.json["people"]}


def line_of(report: Any, name: str) -> Any:
    (line,) = [line for line in report.json["lines"] if line["place"]["name"] == name]
    return line["figures"]


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


# -- what it says -------------------------------------------------------------------------------


def test_a_township_reads_its_villages_its_people_and_whom_to_look_at(world):
    be_there(world, "secretary", *range(1, 29))
    report = ask(Phone(world.township_clerk), area=world.township)
    assert report.status_code == 200, report.json
    assert report.json["place"] == {"id": str(world.township.id), "name": "甲一乡", "level": "township"}
    assert [line["place"]["name"] for line in report.json["lines"]] == ["塅垇村", "杨梅村"]
    assert report.json["total"]["people"] == len(report.json["people"]) == 3
    secretary = people_of(report)["曾福生"]
    assert (secretary["figures"]["in_village_days"], secretary["paid_days"], secretary["month_met"]) == (
        28,
        28,
        True,
    )
    looked_at = {found["person"]["name"]: found["reasons"] for found in report.json["to_look_at"]}
    assert looked_at == {
        "赖水根": ["unexplained", "average_below"],
        "曾福生": looked_at["曾福生"],
        "钟秋香": ["unexplained", "average_below"],
    }


def test_whom_to_look_at_is_in_the_order_of_names_however_bad_the_month(world):
    be_there(world, "member", *range(1, 20))
    report = ask(Phone(world.county_office), area=world.county)
    assert [found["person"]["name"] for found in report.json["to_look_at"]] == [
        "赖水根",
        "谢春莲",
        "曾福生",
        "钟秋香",
    ]
    assert "rank" not in report.text


@pytest.mark.parametrize("level", ["village", "township", "county", "city", "unit"])
def test_what_a_total_says_its_lines_and_people_add_up_to(world, level):
    be_there(world, "secretary", *range(1, 20))
    be_there(world, "member_of_township_2", 3, 4, 5)
    who = {"city": world.city_org, "unit": world.unit_clerk}.get(level, world.county_office)
    place = {"unit": world.unit} if level == "unit" else {"area": getattr(world, level)}
    report = ask(Phone(who), **place).json
    parts = [line["figures"] for line in report["lines"]] or [each["figures"] for each in report["people"]]
    of_villages = {"villages", "teams_short", "team_short_days", "villages_with_nobody", "nobody_days"}
    skipped = set() if report["lines"] else of_villages
    for name in report["total"].keys() - skipped:
        assert report["total"][name] == sum(part[name] for part in parts), name


def test_the_levels_agree_with_each_other(world):
    be_there(world, "secretary", *range(1, 20))
    be_there(world, "member_of_village_2", 3, 4, 5)
    city = ask(Phone(world.city_org), area=world.city)
    county = ask(Phone(world.county_office), area=world.county)
    township = ask(Phone(world.township_clerk), area=world.township)
    village = ask(Phone(world.township_clerk), area=world.village)
    assert line_of(city, "甲县") == county.json["total"]
    assert line_of(county, "甲一乡") == township.json["total"]
    assert line_of(township, "杨梅村") == village.json["total"]
    seen = {person["posting_id"]: person for person in township.json["people"]}
    assert all(seen[person["posting_id"]] == person for person in village.json["people"])


def test_a_city_says_the_same_however_many_counties_are_read_at_once(world, monkeypatch):
    be_there(world, "secretary", *range(1, 20))
    be_there(world, "member_of_township_2", 3, 4, 5)
    stamp(world)
    at_once = ask(Phone(world.city_org), area=world.city).json
    monkeypatch.setattr(residency_villages, "COUNTIES_AT_ONCE", 1)
    assert ask(Phone(world.city_org), area=world.city).json == at_once
    assert [line["place"]["name"] for line in at_once["lines"]] == ["甲县", "乙县"]


def test_a_village_with_the_duty_of_a_team_is_short_of_people_and_has_days_with_nobody(world):
    add(VillageKind(village_id=world.village.id, kind=VillageKindName.FORMER_POOR, first_day=LONG_AGO))
    lonely = make_area("无人村", world.village.level, code="360799100209", within=world.township)
    add(VillageKind(village_id=lonely.id, kind=VillageKindName.KEY_SUPPORT, first_day=LONG_AGO))
    weak = make_area("软弱村", world.village.level, code="360799100210", within=world.township)
    add(VillageKind(village_id=weak.id, kind=VillageKindName.WEAK_PARTY_BRANCH, first_day=LONG_AGO))
    report = ask(Phone(world.township_clerk), area=world.township)
    days = LAST_MONTH.days_count
    assert {line["place"]["name"] for line in report.json["lines"]} == {"塅垇村", "杨梅村", "无人村"}
    assert (line_of(report, "杨梅村")["team_short_days"], line_of(report, "无人村")["team_short_days"]) == (
        days,
        days,
    )
    assert (report.json["total"]["teams_short"], line_of(report, "塅垇村")["teams_short"]) == (2, 0)
    assert line_of(report, "杨梅村")["nobody_days"] > 15
    for number in range(2):
        make_posting(make_person(f"邱{number}"), world.village, world.unit)
    assert line_of(ask(Phone(world.township_clerk), area=world.township), "杨梅村")["teams_short"] == 0


def test_the_county_sees_how_many_leaves_got_their_papers_afterwards(world):
    """Security F14: who lets papers follow as a habit is seen."""
    by_phone = {"consented_by": "李书记", "consented_at": now(), "consent_channel": "phone"}
    for number, changes in (
        (0, {"state": LeaveState.RETURNED}),
        (1, {"state": LeaveState.ORAL}),
        (2, {"state": LeaveState.SUBMITTED, **by_phone}),
        (3, {"state": LeaveState.SUBMITTED}),
        (4, {"state": LeaveState.REJECTED, **by_phone}),
        (20, {"state": LeaveState.RETURNED}),
    ):
        day = LAST_MONTH.first_day + timedelta(days=number * 2)
        span = {"first_day": day, "last_day": day, "asked_last_day": day}
        make_leave(world.postings["member"], county=world.county, **span, **changes)
    report = ask(Phone(world.county_office), area=world.county)
    for line in (report.json["total"], line_of(report, "甲一乡")):
        assert (line["leaves"], line["leaves_retro"]) == (3, 2)
    assert "补办请假2/3件" in "".join(
        pages(ask(Phone(world.county_office), area=world.county, form="pdf").data)
    )


def test_who_is_not_back_from_leave_in_time_is_overdue(world):
    make_leave(
        world.postings["member"],
        county=world.county,
        state=LeaveState.OVERDUE_RETURN,
        starts_in_days=-9,
        days=3,
    )
    report = ask(Phone(world.township_clerk), area=world.village, month=Month.of(today()))
    assert report.json["total"]["people_overdue"] == 1
    (found,) = [each for each in report.json["to_look_at"] if each["person"]["name"] == "钟秋香"]
    assert "overdue_return" in found["reasons"] and "超假未归" in found["text"]


def test_who_is_on_leave_today_is_away(world):
    make_leave(world.postings["member"], county=world.county, state=LeaveState.APPROVED, starts_in_days=0)
    report = ask(Phone(world.township_clerk), area=world.village, month=Month.of(today()))
    assert report.json["total"]["people_away"] == 1


def test_a_unit_reads_about_its_own_people_and_nothing_about_villages(world):
    own = {"曾福生", "谢春莲", "刘冬明"}
    clerk = Phone(world.unit_clerk)
    whole = ask(clerk, unit=world.unit)
    assert people_of(whole).keys() == own
    assert (whole.json["total"]["people"], whole.json["total"]["villages"], whole.json["lines"]) == (
        3,
        None,
        [],
    )
    village = ask(clerk, area=world.village)
    assert people_of(village).keys() == {"曾福生"} and village.json["total"]["teams_short"] is None
    county = ask(clerk, area=world.county)
    assert {found["person"]["name"] for found in county.json["to_look_at"]} == own - {"刘冬明"}
    assert county.json["total"]["people"] == 2


# -- running, closed ----------------------------------------------------------------------------


def test_a_running_month_says_so_and_counts_what_is_recorded_so_far(world):
    month = Month.of(today())
    report = ask(Phone(world.township_clerk), area=world.township, month=month)
    assert report.json["running"] is True
    assert report.json["total"]["open_days"] > 0
    assert "进行中" in ask(Phone(world.township_clerk), area=world.township, month=month, form="csv").text
    over = ask(Phone(world.township_clerk), area=world.township)
    assert (over.json["running"], over.json["total"]["open_days"]) == (False, 0)


def test_a_month_says_how_many_of_its_villages_are_stamped(world):
    office = Phone(world.county_office)
    assert [ask(office, area=world.county).json[name] for name in ("villages", "stamped_villages")] == [3, 0]
    stamp(world)
    assert [ask(office, area=world.county).json[name] for name in ("villages", "stamped_villages")] == [3, 1]


def test_what_comes_after_the_stamp_moves_nothing_until_it_is_stamped_too(world):
    be_there(world, "secretary", 3, 4)
    stamp(world)
    before = ask(Phone(world.county_office), area=world.village).json
    be_there(world, "member", 5)
    put(
        correction(
            world.postings["secretary"],
            world.county,
            LAST_MONTH.day_at(5),
            DayClass.TRIP,
            by=world.township_clerk,
        )
    )
    posting = world.postings["secretary"]
    posting.last_day = LAST_MONTH.first_day - timedelta(days=40)
    add(posting)
    assert ask(Phone(world.county_office), area=world.village).json == before
    posting.last_day = None
    add(posting)
    stamp(world)
    after = people_of(ask(Phone(world.county_office), area=world.village))
    assert after["曾福生"]["figures"]["assessed_days"] == 3
    assert after["钟秋香"]["figures"]["in_village_days"] == 1


def test_the_average_too_takes_a_stamped_month_as_it_was_stamped(world):
    start = LAST_MONTH.first_day
    for who in ("secretary", "member"):
        world.postings[who].first_day = start
        add(world.postings[who])
    be_there(world, "secretary", *range(1, 21))
    stamp(world)
    be_there(world, "member", *range(1, 22))
    report = people_of(ask(Phone(world.county_office), area=world.village))
    assert (report["曾福生"]["average_met"], report["钟秋香"]["average_met"]) == (
        LAST_MONTH.days_count <= 31,
        False,
    )
    stamp(world)
    assert people_of(ask(Phone(world.county_office), area=world.village))["钟秋香"]["average_met"] is True


def test_the_average_is_taken_over_the_year_so_far(world):
    """A short month is no reason to look at somebody whose average is reached (Article 16)."""
    before = LAST_MONTH.previous
    world.postings["member"].first_day = before.first_day
    add(world.postings["member"])
    be_there(world, "member", *range(1, before.days_count + 1), month=before)
    be_there(world, "member", *range(1, 14))
    (row,) = [each for each in ask(Phone(world.county_office), area=world.village).json["people"] if each["person"]["name"] == "钟秋香"]  # fmt: skip
    expected = before.year == LAST_MONTH.year
    assert (row["month_met"], row["average_met"]) == (False, expected)


# -- as files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("township_clerk", "village"),
        ("township_head", "township"),
        ("county_office", "county"),
        ("county_group", "township"),
        ("city_org", "city"),
        ("unit_clerk", "unit"),
        ("unit_head", "village"),
        ("unit_clerk", "county"),
    ],
)
def test_a_file_has_the_lines_of_the_list_no_more_and_no_fewer(world, who, place):
    """B14, for each role."""
    be_there(world, "secretary", 3, 4, 5)
    phone = Phone(world.people[who])
    about = {"unit" if place == "unit" else "area": getattr(world, place)}
    listed = ask(phone, **about).json
    places = [listed["place"]["name"], *(line["place"]["name"] for line in listed["lines"])]
    people = [each["person"]["name"] for each in listed["people"]]
    looked_at = [each["person"]["name"] for each in listed["to_look_at"]]
    header, *rows = csv_rows(ask(phone, form="csv", **about).data)
    assert [row[1] for row in rows if len(row) == len(header)] == [*places, *people, *looked_at]
    total = rows[0][header.index("应在岗人数")]
    assert total == f"{listed['total']['people']:g}"
    book = sheets_of(ask(phone, form="xlsx", **about).data)
    assert [row[1] for row in _body(book["汇总"], "类别")] == places
    assert [row[0] for row in _body(book.get("人员", [["姓名"]]), "姓名")] == people
    assert [row[0] for row in _body(book["需关注"], "姓名")] == looked_at
    paper = "".join(pages(ask(phone, form="pdf", **about).data))
    assert all(name in paper for name in (*places, *people, *looked_at))
    strangers = {person.name for person in world.people.values()} - {*people, *looked_at, phone.person.name}
    others = {name for name in strangers if not name.startswith("张")}
    assert not [name for name in others if name in paper + str(book) + str(rows)]


def _body(rows: list[list[Any]], header: str) -> list[list[Any]]:
    start = next(number for number, row in enumerate(rows) if row[0] == header)
    return rows[start + 1 :]


CANARIES = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    "\t=1",
    "\r=1",
    '=cmd|"/C calc"!A0',
    " =1",
]


def test_no_name_is_ever_a_formula(world):
    for name in CANARIES:
        unit = make_unit(f"{name}{uuid4().hex[:4]}")
        make_posting(make_person(name), world.village, unit)
    world.village.name = "=HYPERLINK(1)"
    add(world.village)
    clerk = Phone(world.township_clerk)
    cells = [cell for row in csv_rows(ask(clerk, area=world.township, form="csv").data) for cell in row]
    assert not [cell for cell in cells if cell.strip().startswith(tuple("=+-@＝＋－＠\t\r"))]
    assert "'=1+1" in cells and "'=HYPERLINK(1)" in cells
    book = sheets_of(ask(clerk, area=world.township, form="xlsx").data)
    names = [row[0] for row in _body(book["人员"], "姓名")]
    assert {"=1+1", "@SUM(A1)", "＝1+1"} <= set(names) and all(isinstance(name, str) for name in names)


NAUGHTY = [
    "\x01\x08\x0b\x1f", "\x7f\x80\x9f", "\u202e\u2066反向", "\ufeff零宽\u200b", "<script>alert(1)</script>",
    "'; DROP TABLE people; --", "#set page(width: 1pt)", "$ x^2 $ *粗* _斜_ `码`", "\\u0000 \\n {{7*7}}", "👩‍👩‍👧 𠜎𠜱",
    "Ω≈ç√∫˜µ≤≥÷", "𝕿𝖍𝖊", "ﷺ", "null", "NaN", "1e309", "]]>", "&amp;", "名" * 300, "_x0041_", "a\nb", "%s%d{0}",
]  # fmt: skip


@pytest.mark.parametrize("form", ["json", *FILES])
def test_no_name_spoils_a_file(world, form):
    for name in NAUGHTY:
        make_posting(make_person(name), world.village, world.unit)
    answer = ask(Phone(world.township_clerk), area=world.village, form=form)
    assert answer.status_code == 200, answer.json
    if form == "xlsx":
        names = [row[0] for row in _body(sheets_of(answer.data)["人员"], "姓名")]
        assert len(names) == 2 + len(NAUGHTY) and "<script>alert(1)</script>" in names
    if form == "pdf":
        assert "#setpage(width:1pt)" in "".join(pages(answer.data))


def test_the_paper_says_whose_month_it_is_and_leaves_no_box_empty(world):
    be_there(world, "secretary", *range(1, 20))
    answer = ask(Phone(world.township_clerk), area=world.township, form="pdf")
    assert answer.mimetype == "application/pdf"
    paper = "".join(pages(answer.data))
    assert "驻村情况月报" in paper and f"甲一乡{LAST_MONTH.year}年{LAST_MONTH.number}月" in paper
    assert "不是排名" in paper and world.township_clerk.name in paper
    assert empty_boxes(answer.data) == 0


@pytest.mark.parametrize("form", FILES)
def test_a_file_says_who_took_it_out_and_on_which_day(world, form):
    data, day = ask(Phone(world.township_clerk), area=world.township, form=form).data, today()
    match form:
        case "csv":
            said = data.decode()
        case "xlsx":
            said = str(sheets_of(data))
        case _:
            said = "".join(pages(data))
    mark = f"{world.township_clerk.name}{day.year}年{day.month}月{day.day}日"
    assert mark in said.replace(" ", "")


def test_an_export_is_on_record(world):
    from kernel.audit import AuditEntry

    ask(Phone(world.county_office), area=world.county, form="xlsx")
    (entry,) = db.session.query(AuditEntry).filter_by(action="report.export").all()
    assert (entry.actor_id, entry.subject_id) == (world.county_office.id, world.county.id)
    assert entry.details == {"kind": "residency", "month": str(LAST_MONTH), "format": "xlsx"}


# -- how much it takes --------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "level"), [("township_clerk", "township"), ("county_office", "county")])
def test_the_statements_do_not_grow_with_people_villages_or_stamps(world, statements, who, level):
    phone = Phone(world.people[who])

    def count() -> int:
        del statements[:]
        assert ask(phone, area=getattr(world, level)).status_code == 200
        return len(statements)

    few = count()
    for number in range(6):
        village = make_area(
            f"村{number}", world.village.level, code=f"36079910022{number}", within=world.township
        )
        for each in range(3):
            make_posting(make_person(f"人{number}{each}"), village, make_unit(f"单位{number}{each}"))
    be_there(world, "secretary", 3, 4, 5)
    stamp(world)
    assert count() == few <= 14


def test_a_report_of_very_many_people_becomes_a_job(world, monkeypatch):
    monkeypatch.setattr(residency, "LARGE_PEOPLE", 3)
    answer = ask(Phone(world.city_org), area=world.city)
    assert (answer.status_code, answer.json["state"], answer.json["percent"]) == (202, "waiting", 0)
    again = ask(Phone(world.city_org), area=world.city)
    assert again.json["id"] == answer.json["id"]
    assert db.session.query(ReportJob).count() == 1
    assert ask(Phone(world.township_clerk), area=world.township).status_code == 200


def test_one_place_is_named(world):
    clerk = Phone(world.township_clerk)
    assert ask(clerk).status_code == 422
    assert ask(clerk, area=world.township, unit=world.unit).status_code == 422
    assert ask(clerk, area=world.township_2).status_code == 404
    assert ask(Phone(world.member), area=world.village).status_code == 403
