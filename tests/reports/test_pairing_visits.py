"""The quarterly report of pairing visits as township, county and city read it, on the screen and as a file."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from identity.permissions import Role
from kernel.audit import AuditEntry
from kernel.clock import today
from kernel.database import db
from kernel.periods import Quarter
from org.models import Level
from reports import pairing_visits
from reports.models import ReportJob
from tests.factories import (
    Phone,
    World,
    add,
    make_area,
    make_household,
    make_office,
    make_pairing,
    make_person,
    make_problem,
    make_visit,
)
from tests.paper import empty_boxes, pages
from tests.reports.steps import ask_visits
from tests.reports.test_jobs import file_of, state_of
from tests.visits.test_quarter import wrote_state
from visits.models import ProblemState

Q = Quarter(2024, 2)
IN_Q, BEFORE_Q, AFTER_Q = date(2024, 5, 6), date(2024, 3, 30), date(2024, 7, 2)
COLUMNS = ("expected", "done", "not_done", "exempt", "grace", "away", "households", "covered")
PROBLEMS = ("problems_found", "problems_settled", "problems_open", "problems_overdue")


def columns(figures: dict[str, float], names: tuple[str, ...] = COLUMNS) -> list[float]:
    return [figures[name] for name in names]


def line_of(report: Any, name: str) -> Any:
    (line,) = [line for line in report.json["lines"] if line["place"]["name"] == name]
    return line["figures"]


@pytest.fixture
def past(world: World) -> dict[str, Any]:
    """A quarter long over: in village 1 one visited and one overlooked, in village 2 one of each other kind."""
    places = {
        "done": (world.village, world.member),
        "overdue": (world.village, world.secretary),
        "grace": (world.village_2, world.member_of_village_2),
        "exempt": (world.village_2, world.member_of_village_2),
        "away": (world.village_2, world.member_of_village_2),
        "phoned": (world.village_of_township_2, world.member_of_township_2),
        "elsewhere": (world.village_b, world.secretary_b),
    }
    families = {}
    for name, (village, helper) in places.items():
        families[name] = make_household(village)
        first_day = date(2024, 6, 10) if name == "grace" else date(2024, 1, 1)
        make_pairing(families[name], helper, first_day=first_day)
    wrote_state(families["exempt"], 2, "cleared_stable", date(2024, 6, 1))
    wrote_state(families["away"], 2, "away", date(2024, 2, 1))
    visit = make_visit(families["done"], world.member, day=IN_Q)
    make_visit(families["phoned"], world.member_of_township_2, day=IN_Q, way="phone")
    make_problem(visit)
    return families


# -- what it says -------------------------------------------------------------------------------


def test_a_township_reads_its_villages_its_helpers_and_who_still_owes_a_visit(world, past):
    report = ask_visits(Phone(world.township_clerk), world.township, Q)
    assert report.status_code == 200, report.json
    assert (report.json["quarter"], report.json["running"]) == ("2024Q2", False)
    assert report.json["place"] == {"id": str(world.township.id), "name": "甲一乡", "level": "township"}
    #                                                   应走访 已 未 豁免 宽限 外出 户 覆盖
    assert columns(report.json["total"]) == [2, 1, 1, 1, 1, 1, 4, 1]
    assert report.json["total"]["coverage_percent"] == 25.0
    assert [line["place"]["name"] for line in report.json["lines"]] == ["塅垇村", "杨梅村"]
    helpers = {line["helper"]["name"]: line for line in report.json["helpers"]}
    assert list(helpers) == ["赖水根", "曾福生", "钟秋香"], "in the order of names"
    assert columns(helpers["钟秋香"]["figures"]) == [1, 1, 0, 0, 0, 0, 1, 1]
    assert helpers["赖水根"]["villages"] == ["甲县甲一乡塅垇村"]
    (owing,) = report.json["to_look_at"]
    assert (owing["helper"]["name"], owing["text"]) == ("曾福生", "应走访1户，未走访1户")


def test_the_levels_agree_with_each_other_and_with_the_quarter_of_the_visits(world, past):
    city = ask_visits(Phone(world.city_org), world.city, Q)
    county = ask_visits(Phone(world.county_office), world.county, Q)
    township = ask_visits(Phone(world.township_clerk), world.township, Q)
    village = ask_visits(Phone(world.township_clerk), world.village, Q)
    assert line_of(city, "甲县") == county.json["total"]
    assert columns(line_of(city, "乙县")) == [1, 0, 1, 0, 0, 0, 1, 0]
    assert line_of(county, "甲一乡") == township.json["total"]
    assert line_of(township, "杨梅村") == village.json["total"]
    assert (village.json["lines"], county.json["helpers"]) == ([], [])
    for phone, area, seen in (
        (Phone(world.county_office), world.county, county),
        (Phone(world.township_clerk), world.village, village),
    ):
        query = {"quarter": str(Q), "area": area.id}
        told = phone.get("/visits/quarter", query_string=query).json["total"]
        assert {name: seen.json["total"][name] for name in told} == told


@pytest.mark.parametrize("level", ["township", "county", "city"])
def test_what_a_total_says_its_lines_add_up_to(world, past, level):
    who = world.city_org if level == "city" else world.county_office
    report = ask_visits(Phone(who), getattr(world, level), Q).json
    for name in (*COLUMNS, *PROBLEMS):
        assert report["total"][name] == sum(line["figures"][name] for line in report["lines"]), name
    assert report["total"]["expected"] > 0


def test_who_still_owes_a_visit_stands_in_the_order_of_names_however_many(world, past):
    for _ in range(3):
        make_pairing(make_household(world.village), world.member, first_day=date(2024, 1, 1))
    report = ask_visits(Phone(world.county_office), world.county, Q)
    assert [each["helper"]["name"] for each in report.json["to_look_at"]] == ["谢春莲", "曾福生", "钟秋香"]
    assert report.json["to_look_at"][-1]["text"] == "应走访4户，未走访3户，未办结问题1个"
    assert "rank" not in report.text


def test_a_helper_of_two_townships_names_both(world):
    for village in (world.village, world.village_of_township_2):
        make_pairing(make_household(village), world.helper, first_day=date(2024, 1, 1))
    (owing,) = ask_visits(Phone(world.county_office), world.county, Q).json["to_look_at"]
    assert owing["villages"] == [f"甲县甲二镇{world.village_of_township_2.name}", "甲县甲一乡杨梅村"]
    assert owing["text"].startswith("应走访2户")
    assert (
        ask_visits(Phone(world.township_clerk), world.township, Q).json["helpers"][0]["figures"]["expected"]
        == 1
    )


def test_a_running_quarter_says_so(world):
    make_pairing(make_household(world.village), world.helper)
    clerk, running = Phone(world.township_clerk), Quarter.of(today())
    report = ask_visits(clerk, world.township, running)
    assert report.json["running"] is True
    assert report.json["to_look_at"][0]["text"] == "应走访1户，尚未走访1户"
    assert "进行中" in ask_visits(clerk, world.township, running, form="csv").text
    assert "本季已结束" in ask_visits(clerk, world.township, Q, form="csv").text


# -- problems -----------------------------------------------------------------------------------


def problem(household: Any, person: Any, found_on: date, **changes: Any) -> None:
    found = make_problem(make_visit(household, person, day=found_on))
    for name, value in changes.items():
        setattr(found, name, value)
    add(found)


def test_problems_stand_as_they_were_at_the_end_of_the_quarter(world, past):
    family, member = past["done"], world.member
    settled = {"state": ProblemState.SETTLED, "settled_on": date(2024, 5, 20)}
    problem(family, member, BEFORE_Q, due_on=date(2024, 6, 1))  # open all the time, overdue
    problem(family, member, BEFORE_Q, **settled)  # settled in the quarter
    problem(family, member, IN_Q, state=ProblemState.SETTLED, settled_on=AFTER_Q)  # open at its end
    problem(family, member, AFTER_Q)  # not known then
    problem(family, member, date(2024, 1, 5), state=ProblemState.SETTLED, settled_on=date(2024, 1, 9))
    village = ask_visits(Phone(world.township_clerk), world.village, Q).json
    assert columns(village["total"], PROBLEMS) == [2, 1, 3, 1]
    helpers = {line["helper"]["name"]: line["figures"] for line in village["helpers"]}
    assert columns(helpers["钟秋香"], PROBLEMS) == [2, 1, 3, 1]
    assert columns(helpers["曾福生"], PROBLEMS) == [0, 0, 0, 0]
    later = ask_visits(Phone(world.township_clerk), world.village, Quarter(2024, 3)).json
    assert columns(later["total"], PROBLEMS) == [1, 1, 3, 1]


# -- as files -----------------------------------------------------------------------------------


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def body(rows: list[list[Any]], header: str) -> list[list[Any]]:
    start = next(number for number, row in enumerate(rows) if row[0] == header)
    return rows[start + 1 :]


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("township_clerk", "village"),
        ("township_head", "township"),
        ("county_office", "county"),
        ("county_group", "township"),
        ("city_rural", "city"),
    ],
)
def test_a_file_has_the_lines_of_the_list_no_more_and_no_fewer(world, past, who, place):
    """B14, for each role."""
    phone, area = Phone(world.people[who]), getattr(world, place)
    listed = ask_visits(phone, area, Q).json
    places = [area.name, *(line["place"]["name"] for line in listed["lines"])]
    helpers = [line["helper"]["name"] for line in listed["helpers"]]
    owing = [line["helper"]["name"] for line in listed["to_look_at"]]
    header, *rows = csv_rows(ask_visits(phone, area, Q, form="csv").data)
    assert [row[1] for row in rows if len(row) == len(header)] == [*places, *helpers, *owing]
    figures = dict(zip(header, rows[0], strict=True))
    assert figures["应走访户数"] == f"{listed['total']['expected']:g}"
    assert figures["覆盖率%"] == f"{listed['total']['coverage_percent']:g}"
    book = sheets_of(ask_visits(phone, area, Q, form="xlsx").data)
    assert [row[1] for row in body(book["汇总"], "类别")] == places
    assert [row[0] for row in body(book.get("帮扶干部", [["姓名"]]), "姓名")] == helpers
    assert [row[0] for row in body(book["需关注"], "姓名")] == owing
    paper = "".join(pages(ask_visits(phone, area, Q, form="pdf").data))
    assert all(name in paper for name in (*places, *helpers, *owing))
    strangers = {"刘冬明", "谢春莲", "赖水根"} - {*helpers, *owing}
    assert not [name for name in strangers if name in paper + str(book) + str(rows)]


def test_no_family_is_named_in_any_form(world, past):
    office = Phone(world.county_office)
    for form in ("json", "csv"):
        assert "邱" not in ask_visits(office, world.county, Q, form=form).text
    assert "邱" not in str(sheets_of(ask_visits(office, world.township, Q, form="xlsx").data))


NAUGHTY = [
    "=1+1", "@SUM(A1)", "＝1", "-1", "\t=1", "\x01\x08\x1f", "\u202e反向", "#set page(width: 1pt)", "名" * 300, "a\nb",
    "<script>", "$ x $ *粗*", "null", "{0}%s",
]  # fmt: skip


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "pdf"])
def test_no_name_spoils_a_file_or_is_a_formula(world, form):
    for name in NAUGHTY:
        make_pairing(make_household(world.village), make_person(name), first_day=date(2024, 1, 1))
    world.village.name = "=HYPERLINK(1)"
    add(world.village)
    answer = ask_visits(Phone(world.township_clerk), world.township, Q, form=form)
    assert answer.status_code == 200, answer.text
    if form == "csv":
        cells = [cell for row in csv_rows(answer.data) for cell in row]
        assert not [cell for cell in cells if cell.strip().startswith(tuple("=+-@＝＋－＠\t\r"))]
        assert "'=1+1" in cells and "'=HYPERLINK(1)" in cells
    if form == "xlsx":
        names = [row[0] for row in body(sheets_of(answer.data)["帮扶干部"], "姓名")]
        assert {"=1+1", "@SUM(A1)", "-1"} <= set(names) and all(isinstance(name, str) for name in names)
    if form == "pdf":
        assert "#setpage(width:1pt)" in "".join(pages(answer.data))


def test_the_paper_says_whose_quarter_it_is_and_leaves_no_box_empty(world, past):
    answer = ask_visits(Phone(world.township_clerk), world.township, Q, form="pdf")
    assert answer.mimetype == "application/pdf"
    paper = "".join(pages(answer.data))
    assert "结对走访季报" in paper and "甲一乡2024年第二季度" in paper
    assert "不是排名" in paper and world.township_clerk.name in paper
    assert empty_boxes(answer.data) == 0


def test_an_export_is_on_record(world, past):
    ask_visits(Phone(world.county_office), world.county, Q, form="xlsx")
    (entry,) = db.session.query(AuditEntry).filter_by(action="report.export").all()
    assert (entry.actor_id, entry.subject_id) == (world.county_office.id, world.county.id)
    assert entry.details == {"kind": "visits", "quarter": "2024Q2", "format": "xlsx"}


# -- how much it takes, and as a job ------------------------------------------------------------


@pytest.mark.parametrize(("who", "level"), [("township_clerk", "township"), ("county_office", "county")])
def test_the_statements_do_not_grow_with_households_villages_or_problems(world, past, statements, who, level):
    phone = Phone(world.people[who])

    def count() -> int:
        del statements[:]
        assert ask_visits(phone, getattr(world, level), Q).status_code == 200
        return len(statements)

    few = count()
    for number in range(5):
        village = make_area(f"村{number}", Level.VILLAGE, code=f"36079910022{number}", within=world.township)
        household = make_household(village)
        make_pairing(household, make_person(f"人{number}"), first_day=date(2024, 1, 1))
        make_problem(make_visit(household, world.member, day=IN_Q))
    assert count() == few <= 13


def test_a_report_of_very_many_households_becomes_a_job(world, past, work, monkeypatch):
    monkeypatch.setattr(pairing_visits, "LARGE_HOUSEHOLDS", 6)
    city = Phone(world.city_org)
    answer = ask_visits(city, world.city, Q, form="csv")
    assert (answer.status_code, answer.json["state"]) == (202, "waiting")
    assert ask_visits(city, world.city, Q, form="csv").json["id"] == answer.json["id"]
    work()
    assert state_of(city, answer)["state"] == "done"
    made = file_of(city, answer)
    assert "结对走访季报-赣州市-2024Q2.csv" in _decoded(made.headers["Content-Disposition"])
    monkeypatch.undo()
    assert csv_rows(made.data)[:-1] == csv_rows(ask_visits(city, world.city, Q, form="csv").data)[:-1]
    assert ask_visits(Phone(world.township_clerk), world.township, Q).status_code == 200


def _decoded(header: str) -> str:
    from urllib.parse import unquote

    return unquote(header)


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_it_is_ordered_as_a_job_of_its_own(world, past, work, form):
    office = Phone(world.county_office)
    order = {"kind": "visits", "quarter": "2024Q2", "area": str(world.county.id), "format": form}
    answer = office.post("/reports/jobs", order)
    assert answer.status_code == 202, answer.json
    work()
    assert file_of(office, answer).data
    assert db.session.query(ReportJob).one().params["quarter"] == "2024Q2"


@pytest.mark.parametrize(
    "changes",
    [
        {"quarter": None, "month": "2024-05"},
        {"month": "2024-05"},
        {"area": None, "unit": "unit"},
        {"quarter": None},
    ],
)
def test_an_order_names_the_period_of_its_kind(world, changes):
    order = {"kind": "visits", "quarter": "2024Q2", "area": str(world.county.id), "format": "csv", **changes}
    order = {name: value for name, value in order.items() if value is not None}
    if "unit" in order:
        order["unit"] = str(world.unit.id)
    assert Phone(world.county_office).post("/reports/jobs", order).status_code == 422


def test_a_unit_sees_no_households_and_no_report_of_them(world, past, work):
    clerk = Phone(world.unit_clerk)
    assert ask_visits(clerk, world.village, Q).status_code == 403
    order = {"kind": "visits", "quarter": "2024Q2", "area": str(world.village.id), "format": "csv"}
    assert clerk.post("/reports/jobs", order).status_code == 403
    assert db.session.query(ReportJob).count() == 0


@pytest.mark.parametrize(
    ("who", "area", "status"),
    [
        ("township_clerk", "township_2", 404),
        ("township_clerk", "county", 404),
        ("county_office_b", "township", 404),
        ("member", "village", 403),
        ("village_secretary", "village", 403),
        ("helper", "village", 403),
    ],
)
def test_what_lies_elsewhere_is_not_read(world, past, who, area, status):
    assert ask_visits(Phone(world.people[who]), getattr(world, area), Q).status_code == status


def test_who_has_two_townships_reads_each_by_itself(world, past):
    make_office(world.township_clerk, Role.TOWNSHIP_CLERK, area=world.township_2)
    clerk = Phone(world.township_clerk)
    assert columns(ask_visits(clerk, world.township_2, Q).json["total"])[:3] == [1, 0, 1]
    assert columns(ask_visits(clerk, world.township, Q).json["total"])[:3] == [2, 1, 1]


def test_a_quarter_to_come_owes_its_visits_already(world):
    make_pairing(make_household(world.village), world.helper)
    coming = Quarter.of(Quarter.of(today()).last_day + timedelta(days=1))
    report = ask_visits(Phone(world.township_clerk), world.village, coming).json
    assert (report["running"], report["total"]["not_done"]) == (True, 1)
