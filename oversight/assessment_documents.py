"""The facts of an assessment as .xlsx and on paper."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from attendance.policy import DayClass
from kernel.periods import CHINA
from kernel.printing import pdf
from kernel.tables import Cell, Table, write_xlsx
from org.models import PostingRole
from oversight.assessment import NOT_RECORDED, AssessedKind, AssessedPosting, Assessment
from oversight.assessment_presentation import CLASSES, days_by_class, trainings_of, visits_of
from oversight.duty_documents import FEN_PER_YUAN, STANDINGS
from oversight.duty_facts import DutyLine
from oversight.duty_policy import DutyPeriod

TEMPLATE = Path(__file__).with_name("assessment.typ")
TITLES: Mapping[AssessedKind, str] = {
    AssessedKind.PERSON: "驻村干部考核事实表",
    AssessedKind.TEAM: "驻村工作队考核事实表",
    AssessedKind.UNIT: "派出单位考核事实表",
}
ROLES = {PostingRole.FIRST_SECRETARY: "第一书记", PostingRole.MEMBER: "队员"}
FACTS_ONLY = "本表只列系统记录的事实，不评分、不排名"
AWAY = (DayClass.PERSONAL, DayClass.SICK, DayClass.ANNUAL, DayClass.OTHER)
ON_BUSINESS = (DayClass.TRIP, DayClass.MEETING, DayClass.TRAINING)


def document(sheet: Assessment, form: str, *, by: str, at: datetime) -> bytes:
    """Return the sheet as xlsx or pdf; it says who took it out of the system, and when."""
    made = f"{by} {at.astimezone(CHINA):%Y-%m-%d %H:%M} 导出"
    return write_xlsx(_tables(sheet, made)) if form == "xlsx" else pdf(TEMPLATE, _on_paper(sheet, made))


def file_name(sheet: Assessment, form: str) -> str:
    """Return the name under which it is kept."""
    return f"{TITLES[sheet.kind]}-{sheet.name}-{_period(sheet)}.{form}"


def _period(sheet: Assessment) -> str:
    if not sheet.is_term:
        return f"{sheet.span.first_day.year}年度"
    return f"任期{_day(sheet.span.first_day)}至{_day(sheet.span.last_day) or '今'}"


def _day(day: date | None) -> str:
    return str(day or "")


def _number(count: float | None) -> str:
    return "—" if count is None else f"{count:g}"


# -- tables ---------------------------------------------------------------------------------------


def _tables(sheet: Assessment, made: str) -> list[Table]:
    notes = [f"{TITLES[sheet.kind]}　{sheet.name}　{_period(sheet)}", FACTS_ONLY, made]
    people = Table("人员", PEOPLE, [_person_row(each, sheet) for each in sheet.postings], notes)
    months = Table("逐月", MONTHS, list(_month_rows(sheet)), notes)
    quarters = Table("走访", QUARTERS, list(_quarter_rows(sheet)), notes)
    duties = Table(
        "履职", DUTIES, [_duty_row(line, period) for line in sheet.duties for period in line.periods], notes
    )
    return [people, months, quarters, duties]


PEOPLE = (
    "姓名", "职务", "村", "派出单位", "派驻起", "派驻止", "派驻天数", "考核天数", "月均考核天数", *CLASSES.values(),
    "应走访", "已走访", "发现问题", "已办结", "督查认定", "培训",
)  # fmt: skip
MONTHS = ("姓名", "村", "月份", "派驻天数", "应驻天数", "考核天数", "在村天数", "依据")
QUARTERS = ("对象", "季度", "应走访", "已走访", "未走访", "豁免", "宽限", "外出", "监测户", "已覆盖")
DUTIES = ("职责", "条款", "对象", "村", "周期", "应（次/元）", "已（次/元）", "缺（次/元）", "状态")


def _person_row(each: AssessedPosting, sheet: Assessment) -> list[Cell]:
    visits, post = visits_of(each.visits), each.post
    trainings = [f"{training['day']} {training['note']}".strip() for training in trainings_of(each, sheet)]
    return [
        post.person_name,
        ROLES[PostingRole(post.role)],
        post.village.name,
        post.unit_name,
        _day(post.span.first_day),
        _day(post.span.last_day),
        sum(month.posted_days for month in each.months),
        sum(month.assessed_days for month in each.months),
        each.average_days,
        *days_by_class(each.months).values(),
        visits["expected"],
        visits["done"],
        each.problems.found,
        each.problems.settled,
        len(each.findings),
        "；".join(trainings),
    ]


def _month_rows(sheet: Assessment) -> Iterable[list[Cell]]:
    for each in sheet.postings:
        for month in each.months:
            yield [
                each.post.person_name,
                each.post.village.name,
                str(month.month),
                month.posted_days,
                month.required_days,
                month.assessed_days,
                month.days.get(DayClass.IN_VILLAGE, 0),
                _source(month.is_stamped, month.is_over),
            ]


def _source(is_stamped: bool, is_over: bool) -> str:
    return "盖章考勤表" if is_stamped else "系统记录" if is_over else "进行中"


def _quarter_rows(sheet: Assessment) -> Iterable[list[Cell]]:
    whose = [(each.post.person_name, each.visits) for each in sheet.postings]
    for name, quarters in [*whose, (sheet.name, sheet.coverage or {})]:
        for quarter, tally in quarters.items():
            yield [
                name,
                str(quarter),
                *visits_of({quarter: tally}).values(),
                tally.households or None,
                tally.covered if tally.households else None,
            ]


def _duty_row(line: DutyLine, period: DutyPeriod) -> list[Cell]:
    unit = FEN_PER_YUAN if line.duty.is_amount else 1
    return [
        line.duty.name,
        f"第{line.duty.article}条",
        line.subject.name,
        line.village.name if line.village else None,
        period.label or "任期内",
        *(amount / unit for amount in (period.owed, period.done, period.missing)),
        STANDINGS[period.standing],
    ]


# -- paper ----------------------------------------------------------------------------------------


def _on_paper(sheet: Assessment, made: str) -> dict[str, Any]:
    with_months = sheet.kind is AssessedKind.PERSON
    return {
        "title": TITLES[sheet.kind],
        "name": sheet.name,
        "period": _period(sheet),
        "facts_only": FACTS_ONLY,
        "average": _number(sheet.average_days),
        "people": [_paper_person(each, sheet) for each in sheet.postings],
        "months": list(_paper_months(sheet)) if with_months else [],
        "quarters": [[_text(cell) for cell in row] for row in _quarter_rows(sheet)],
        "duties": [_paper_duty(line, period) for line in sheet.duties for period in line.periods],
        "village_problems": sheet.village_problems
        and [sheet.village_problems.found, sheet.village_problems.settled],
        "not_recorded": list(NOT_RECORDED[sheet.kind]),
        "made": made,
    }


def _paper_person(each: AssessedPosting, sheet: Assessment) -> list[str]:
    days, visits = days_by_class(each.months), visits_of(each.visits)
    trained = [training["day"] for training in trainings_of(each, sheet)]
    return [
        each.post.person_name,
        ROLES[PostingRole(each.post.role)],
        each.post.village.name,
        _number(sum(month.posted_days for month in each.months)),
        _number(sum(month.assessed_days for month in each.months)),
        _number(each.average_days),
        _number(days[DayClass.IN_VILLAGE]),
        _number(sum(days[kind] for kind in ON_BUSINESS)),
        _number(sum(days[kind] for kind in AWAY)),
        f"{days[DayClass.UNEXPLAINED]:g}/{days[DayClass.UNEXCUSED]:g}",
        f"{visits['done']}/{visits['expected']}",
        f"{each.problems.settled}/{each.problems.found}",
        str(len(each.findings)),
        str(len(trained)),
    ]


def _paper_months(sheet: Assessment) -> Iterable[list[str]]:
    for _, village, *figures in _month_rows(sheet):
        yield [_text(figures[0]), _text(village), *(_text(cell) for cell in figures[1:])]


def _text(cell: Cell) -> str:
    return "—" if cell is None else cell if isinstance(cell, str) else f"{cell:g}"


def _paper_duty(line: DutyLine, period: DutyPeriod) -> list[str]:
    name, article, subject, village, *rest = _duty_row(line, period)
    about = f"{subject}（{village}）" if village and str(village) not in str(subject) else subject
    return [_text(cell) for cell in (name, article, about, *rest)]
