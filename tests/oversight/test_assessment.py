"""The facts for an assessment over HTTP: what is recorded, for whom, and nothing that judges (Article 20)."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from attendance.models import Sheet
from attendance.policy import DayClass
from kernel.clock import today
from kernel.database import db, transaction
from kernel.periods import Month, Quarter
from leave.models import Leave
from leave.policy import LeaveKind, LeaveState
from org.models import Posting
from oversight.duty_policy import DutyCode
from tests.factories import (
    Phone,
    make_duty_event,
    make_household,
    make_leave,
    make_pairing,
    make_person,
    make_posting,
    make_problem,
    make_visit,
)
from tests.oversight.making import make_finding, make_inspection
from tests.paper import empty_boxes, pages
from tests.reports.steps import LAST_MONTH, be_there, correction, put, stamp
from visits.models import Problem, ProblemState

YEAR = LAST_MONTH.year


def read(phone: Phone, **query: Any) -> Any:
    answer = phone.get("/assessments", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def posting_of(sheet: Any, name: str) -> Any:
    (found,) = [each for each in sheet["postings"] if each["person"]["name"] == name]
    return found


def month_of(posting: Any, month: Month) -> Any:
    (found,) = [each for each in posting["months"] if each["month"] == str(month)]
    return found


# -- days -----------------------------------------------------------------------------------------


def test_days_are_those_of_the_stamped_sheet_whatever_is_recorded_later(world, phone):
    be_there(world, "secretary", *range(1, 22))
    stamp(world)
    put(
        correction(
            world.postings["secretary"],
            world.county,
            LAST_MONTH.day_at(24),
            DayClass.MEETING,
            by=world.township_clerk,
        )
    )
    month = month_of(
        posting_of(read(phone(world.county_office), person=world.secretary.id, year=YEAR), "曾福生"),
        LAST_MONTH,
    )
    assert (month["assessed_days"], month["in_village_days"], month["is_stamped"]) == (21, 21, True)
    assert db.session.scalars(select(Sheet)).one().version == 1


def test_days_without_a_stamp_are_those_recorded(world, phone):
    be_there(world, "secretary", *range(1, 22))
    put(
        correction(
            world.postings["secretary"],
            world.county,
            LAST_MONTH.day_at(24),
            DayClass.MEETING,
            by=world.township_clerk,
        )
    )
    sheet = read(phone(world.county_office), person=world.secretary.id, year=YEAR)
    month = month_of(posting_of(sheet, "曾福生"), LAST_MONTH)
    assert (month["assessed_days"], month["in_village_days"], month["is_stamped"]) == (22, 21, False)
    assert posting_of(sheet, "曾福生")["days"]["meeting"] == 1


def test_the_average_is_over_the_months_that_are_over(world, phone):
    only_last_month = {"first_day": LAST_MONTH.first_day}
    with transaction():
        db.session.execute(
            update(Posting).where(Posting.id == world.postings["secretary"].id).values(**only_last_month)
        )
    be_there(world, "secretary", *range(1, 22))
    be_there(world, "secretary", 1, month=Month.of(today()))
    sheet = read(phone(world.county_office), person=world.secretary.id)
    assert sheet["average_days"] == posting_of(sheet, "曾福生")["average_days"] == 21
    assert (sheet["is_term"], sheet["first_day"]) == (True, LAST_MONTH.first_day.isoformat())


# -- leaves, visits, problems, trainings ----------------------------------------------------------


def test_leaves_count_by_kind_and_those_never_granted_do_not(world, phone):
    posting, county = world.postings["secretary"], world.county
    ago = (today() - LAST_MONTH.first_day).days
    for days_ago, kind, state in (
        (ago, LeaveKind.SICK, LeaveState.RETURNED),
        (ago - 4, LeaveKind.SICK, LeaveState.APPROVED),
        (ago - 8, LeaveKind.TRIP, LeaveState.APPROVED),
        (ago - 12, LeaveKind.ANNUAL, LeaveState.REJECTED),
        (ago - 16, LeaveKind.ANNUAL, LeaveState.SUBMITTED),
    ):
        make_leave(posting, county=county, kind=kind, state=state, starts_in_days=-days_ago, days=2)
    sheet = read(phone(world.county_office), person=world.secretary.id, year=YEAR)
    leaves = {each["kind"]: (each["leaves"], each["days"]) for each in posting_of(sheet, "曾福生")["leaves"]}
    assert (leaves["sick"], leaves["trip"], leaves["annual"]) == ((2, 4), (1, 2), (0, 0))
    assert db.session.query(Leave).count() == 5


def test_visits_are_counted_by_quarter_for_the_person_and_for_the_village(world, phone):
    quarter = Quarter.of(LAST_MONTH.first_day)
    visited, missed = (make_household(world.village) for _ in range(2))
    for household in (visited, missed):
        make_pairing(household, world.secretary)
    problem = make_problem(make_visit(visited, world.secretary, day=LAST_MONTH.day_at(5)))
    make_problem(make_visit(visited, world.secretary, day=LAST_MONTH.day_at(6)))
    with transaction():
        db.session.execute(
            update(Problem)
            .where(Problem.id == problem.id)
            .values(state=ProblemState.SETTLED, settled_on=today())
        )
    person = posting_of(read(phone(world.county_office), person=world.secretary.id, year=YEAR), "曾福生")
    (counted,) = [each for each in person["quarters"] if each["quarter"] == str(quarter)]
    assert (counted["expected"], counted["done"], counted["not_done"]) == (2, 1, 1)
    assert person["problems"] == {"found": 2, "settled": 1}
    team = read(phone(world.county_office), village=world.village.id, year=YEAR)
    (covered,) = [each for each in team["coverage"] if each["quarter"] == str(quarter)]
    assert (covered["households"], covered["covered"]) == (2, 1)
    assert team["village_problems"] == {"found": 2, "settled": 1}


def test_trainings_and_duties_of_the_posting_are_told(world, phone):
    about = {"village": world.village, "by": world.county_office, "day": LAST_MONTH.day_at(3)}
    make_duty_event(DutyCode.COUNTY_TRAINING, person=world.secretary, note="县委党校", **about)
    make_duty_event(DutyCode.UNIT_HEAD_VISIT, unit=world.unit, **about)
    person = read(phone(world.secretary), person=world.secretary.id, year=YEAR)
    trained_on = LAST_MONTH.day_at(3).isoformat()
    assert person["postings"][0]["trainings"] == [{"day": trained_on, "note": "县委党校"}]
    assert [line["duty"] for line in person["duties"]] == ["county_training"]
    unit = read(phone(world.unit_head), unit=world.unit.id, year=YEAR)
    visit = [
        period["standing"]
        for line in unit["duties"]
        if line["duty"] == "unit_head_visit" and line["village"]["id"] == str(world.village.id)
        for period in line["periods"]
    ]
    assert visit == ["done"]
    assert {line["subject"]["kind"] for line in unit["duties"]} == {"unit", "team", "person"}


def test_a_finding_is_a_fact_once_a_person_has_confirmed_it(world, phone):
    posting, day = world.postings["secretary"], LAST_MONTH.day_at(7)
    for state in ("found", "answered", "confirmed", "lifted"):
        inspection = make_inspection(world.village, world.city_org, day=day)
        make_finding(inspection, posting, state=state)
    person = posting_of(read(phone(world.county_office), person=world.secretary.id, year=YEAR), "曾福生")
    assert [(each["day"], each["kind"]) for each in person["findings"]] == [(day.isoformat(), "absent")]


# -- year and term --------------------------------------------------------------------------------


def test_a_term_is_the_posting_that_runs_and_duties_are_those_of_all_its_years(world, phone):
    sheet = read(phone(world.county_office), village=world.village.id)
    assert sheet["is_term"] and sheet["first_day"] == "2021-05-01"
    funds = [
        period["period"]
        for line in sheet["duties"]
        if line["duty"] == "team_fund"
        for period in line["periods"]
    ]
    assert funds == [str(year) for year in range(2021, today().year + 1)]
    trainings = [line for line in sheet["duties"] if line["duty"] == "county_training"]
    assert len(trainings) == 2  # each posting once, not once a year


def test_of_a_person_who_moved_the_year_holds_both_postings_and_the_term_the_last(world, phone):
    moved_on = LAST_MONTH.first_day
    with transaction():
        db.session.execute(
            update(Posting).where(Posting.id == world.postings["member"].id).values(last_day=moved_on)
        )
    make_posting(world.member, world.village_2, world.unit_2, first_day=moved_on)
    year = read(phone(world.county_office), person=world.member.id, year=YEAR)
    term = read(phone(world.county_office), person=world.member.id)
    places = [[each["village"]["name"] for each in sheet["postings"]] for sheet in (year, term)]
    assert places[1] == ["塅垇村"]
    assert places[0] == (["杨梅村", "塅垇村"] if moved_on > date(YEAR, 1, 1) else ["塅垇村"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"year": 2099}, "year_to_come"),
        ({"year": 1999}, "invalid"),
        ({"unit": "11111111-1111-4111-8111-111111111111"}, "invalid"),
    ],
)
def test_what_cannot_be_assessed_is_refused(world, phone, query, code):
    answer = phone(world.county_office).get(
        "/assessments", query_string={"person": world.secretary.id, **query}
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)


def test_a_year_before_the_posting_holds_nothing(world, phone):
    late = make_person("新来")
    make_posting(late, world.village, world.unit_2, first_day=today() - timedelta(days=3))
    answer = phone(world.county_office).get(
        "/assessments", query_string={"person": late.id, "year": YEAR - 1}
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "nothing_to_assess")


# -- who reads it ---------------------------------------------------------------------------------


def test_a_team_is_read_whole_or_not_at_all(world, phone):
    query = {"village": world.village.id}
    for person in (world.secretary, world.township_clerk, world.county_office, world.city_org):
        assert len(read(phone(person), **query)["postings"]) == 2
    for person in (world.member, world.unit_clerk):
        answer = phone(person).get("/assessments", query_string=query)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "part_of_team")


def test_a_unit_reads_its_own_people_by_village_and_name_however_their_months_went(world, phone):
    be_there(world, "secretary_b", *range(1, 20))
    sheet = read(phone(world.unit_clerk), unit=world.unit.id, year=YEAR)
    assert {each["person"]["name"] for each in sheet["postings"]} == {"曾福生", "谢春莲", "刘冬明"}
    assert {each["unit"]["name"] for each in sheet["postings"]} == {"市统计局"}
    villages = [each["village"]["id"] for each in sheet["postings"]]  # all three of one name
    assert villages == sorted(villages)


def test_no_field_judges(world, phone):
    sheet = str(read(phone(world.county_office), village=world.village.id))
    assert not re.search(r"score|rank|grade|得分|名次|等次", sheet)


def test_more_people_take_no_more_statements(world, phone, statements):
    office = phone(world.county_office)

    def count() -> int:
        statements.clear()
        read(office, unit=world.unit_2.id, year=YEAR)
        return len(statements)

    few = count()
    for number in range(6):
        make_posting(make_person(f"新{number}"), world.village_2, world.unit_2)
    assert count() == few


# -- workbook and paper ---------------------------------------------------------------------------


def test_the_workbook_and_the_page_say_the_same(world, phone):
    be_there(world, "secretary", *range(1, 22))
    office, query = phone(world.county_office), {"person": world.secretary.id, "year": YEAR}
    xlsx = office.get("/assessments", query_string={**query, "format": "xlsx"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.data))
    assert book.sheet_names == ["人员", "逐月", "走访", "履职"]
    rows = book.get_sheet_by_name("逐月").to_python()
    (of_month,) = [row for row in rows if str(LAST_MONTH) in row]
    assert of_month[5:] == [21, 21, "系统记录"]
    paper = office.get("/assessments", query_string={**query, "format": "pdf"})
    text = "".join(pages(paper.data))
    assert "驻村干部考核事实表" in text and "曾福生" in text and "不评分、不排名" in text
    assert "群众认可度" in text  # a line for those who assess
    assert empty_boxes(paper.data) == 0
