"""How the facts of an assessment are shown: the same figures on the screen, in the workbook and on paper."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attendance.policy import DayClass
from kernel.periods import Quarter
from leave.policy import LeaveKind
from oversight.assessment import NOT_RECORDED, AssessedPosting, Assessment
from oversight.duties import present_line
from oversight.duty_policy import Subject
from oversight.months import PostedMonth
from visits.policy import Tally

CLASSES: Mapping[DayClass, str] = {
    DayClass.IN_VILLAGE: "在村",
    DayClass.TRIP: "出差",
    DayClass.MEETING: "会议",
    DayClass.TRAINING: "培训",
    DayClass.PERSONAL: "事假",
    DayClass.SICK: "病假",
    DayClass.ANNUAL: "年休假",
    DayClass.OTHER: "其他请假",
    DayClass.REST: "休息",
    DayClass.PENDING: "待批",
    DayClass.UNEXPLAINED: "缺勤待说明",
    DayClass.UNEXCUSED: "认定脱岗",
}
"""The classes whose days are told, with their words."""


def days_by_class(months: Iterable[PostedMonth]) -> dict[DayClass, float]:
    """Add up the days of some months by class."""
    days: Counter[DayClass] = Counter()
    for month in months:
        days.update(month.days)
    return {kind: days[kind] for kind in CLASSES}


def visits_of(quarters: Mapping[Quarter, Tally]) -> dict[str, int]:
    """Add up visits over the quarters: owed, done, and what stands beside them (Article 12)."""
    names = ("expected", "done", "not_done", "exempt", "grace", "away")
    return {name: sum(getattr(tally, name) for tally in quarters.values()) for name in names}


def present(sheet: Assessment) -> dict[str, Any]:
    """Return the sheet as JSON has it."""
    return {
        "kind": sheet.kind,
        "id": sheet.id,
        "name": sheet.name,
        "is_term": sheet.is_term,
        "first_day": sheet.span.first_day,
        "last_day": sheet.span.last_day,
        "average_days": sheet.average_days,
        "not_recorded": list(NOT_RECORDED[sheet.kind]),
        "postings": [_posting(each, sheet) for each in sheet.postings],
        "duties": [present_line(line) for line in sheet.duties],
        "coverage": None if sheet.coverage is None else _quarters(sheet.coverage),
        "village_problems": sheet.village_problems,
    }


def _posting(each: AssessedPosting, sheet: Assessment) -> dict[str, Any]:
    days = days_by_class(each.months)
    return {
        "posting_id": each.post.posting_id,
        "person": {"id": each.post.person_id, "name": each.post.person_name},
        "role": each.post.role,
        "village": each.post.village,
        "unit": {"id": each.post.unit_id, "name": each.post.unit_name},
        "first_day": each.post.span.first_day,
        "last_day": each.post.span.last_day,
        "average_days": each.average_days,
        "posted_days": sum(month.posted_days for month in each.months),
        "assessed_days": sum(month.assessed_days for month in each.months),
        "days": {str(kind): count for kind, count in days.items()},
        "months": [
            {
                "month": month.month,
                "posted_days": month.posted_days,
                "required_days": month.required_days,
                "assessed_days": month.assessed_days,
                "in_village_days": month.days.get(DayClass.IN_VILLAGE, 0),
                "is_stamped": month.is_stamped,
                "is_over": month.is_over,
            }
            for month in each.months
        ],
        "leaves": [
            {"kind": kind, "leaves": each.leaves.get(kind, 0), "days": days[DayClass(kind)]}
            for kind in LeaveKind
        ],
        "visits": visits_of(each.visits),
        "quarters": _quarters(each.visits),
        "problems": each.problems,
        "findings": each.findings,
        "trainings": trainings_of(each, sheet),
    }


def _quarters(quarters: Mapping[Quarter, Tally]) -> list[dict[str, Any]]:
    return [
        {
            "quarter": str(quarter),
            **visits_of({quarter: tally}),
            "households": tally.households,
            "covered": tally.covered,
        }
        for quarter, tally in quarters.items()
    ]


def trainings_of(each: AssessedPosting, sheet: Assessment) -> list[dict[str, Any]]:
    """Return the trainings of a posting: those of its own days."""
    return [
        {"day": line.events[place].day, "note": line.events[place].note}
        for line in sheet.duties
        if line.duty.subject is Subject.PERSON and line.subject.id == each.post.person_id
        for period in line.periods
        if period.span.first_day == each.post.span.first_day
        for place in period.events
    ]
