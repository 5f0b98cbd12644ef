"""The hand-over sheet (压茬交接单): what who leaves hands to who comes, drawn from data and never typed."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, or_, select

from attendance.models import Sheet, SheetState, SheetVersion
from identity.permissions import Permission
from identity.scope import Caller
from kernel.content import ContentCheck
from kernel.database import db
from kernel.periods import CHINA, Month, day_of
from kernel.printing import pdf
from leave.models import Leave
from leave.policy import LeaveKind, LeaveState
from leave.presentation import present_brief
from leave.wording import KINDS, span_text
from leave.wording import STATES as LEAVE_STATES
from org.models import Area, Person, Posting
from org.queries import serves_between
from roster.models import Rotation
from roster.rotation_cases import Case, get_case
from visits.entries import CATEGORIES
from visits.models import Household, Pairing, Problem, ProblemState, Visit
from visits.policy import Way, reading
from visits.queries import brief
from visits.reading import TEXT_NOTICES

TEMPLATE = Path(__file__).with_name("handover.typ")
MONTHS_SHOWN = 3
OPEN_LEAVES = (LeaveState.ORAL, LeaveState.SUBMITTED, LeaveState.APPROVED, LeaveState.OVERDUE_RETURN)
CATEGORY_NAMES = {category: name for name, category in CATEGORIES.items()}
SHEET_NAMES = {
    SheetState.OPEN: "填报中",
    SheetState.SUBMITTED: "已提交",
    SheetState.CHECKED: "乡镇已核",
    SheetState.STAMPED: "已盖章",
    SheetState.AMENDED: "更正中",
}


@dataclass(frozen=True, slots=True)
class Handover:
    """All that is handed over, as it stands at the moment of drawing."""

    case: Case
    households: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    leaves: list[dict[str, Any]]
    sheets: list[dict[str, Any]]


def draw(*, rotation_id: Any, caller: Caller) -> Handover:
    """Draw the sheet of a rotation for whoever may see it: five statements, however much there is."""
    case = get_case(rotation_id, caller, Permission.SEE_HANDOVER)
    today = day_of(caller.now)
    day = min(today, case.rotation.last_day or today)
    return Handover(
        case=case,
        households=_households(case, day),
        problems=_problems(case),
        leaves=_leaves(case, day),
        sheets=_sheets(case, day),
    )


def _households(case: Case, day: date) -> list[dict[str, Any]]:
    """Return the families the person helps in the village on a day, worst risk first, with their last visit at home."""
    rotation = case.rotation
    visited = (
        select(func.max(Visit.day))
        .where(
            Visit.county_id == Household.county_id,
            Visit.household_id == Household.id,
            Visit.way == Way.AT_HOME,
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Household, Pairing.first_day, visited)
        .join(Pairing, and_(Pairing.county_id == Household.county_id, Pairing.household_id == Household.id))
        .where(
            Household.county_id == rotation.county_id,
            Household.village_id == case.village.id,
            Pairing.person_id == rotation.person_id,
            Pairing.first_day <= day,
            or_(Pairing.last_day.is_(None), Pairing.last_day >= day),
        )
        .order_by(Household.risk_level.desc(), Household.head_name, Household.id)
    )
    return [
        {
            **brief(household, case.village),
            "code": household.code,
            "members_count": household.members_count,
            "is_away": household.is_away,
            "paired_since": since,
            "last_visit_on": last_visit,
        }
        for household, since, last_visit in rows
    ]


def _problems(case: Case) -> list[dict[str, Any]]:
    """Return what is not settled yet in the village, the oldest first."""
    rows = db.session.execute(
        select(Problem, Household, Visit.content_check)
        .join(Visit, and_(Visit.county_id == Problem.county_id, Visit.id == Problem.visit_id))
        .join(Household, and_(Household.county_id == Problem.county_id, Household.id == Problem.household_id))
        .where(
            Problem.county_id == case.rotation.county_id,
            Problem.village_id == case.village.id,
            Problem.state == ProblemState.OPEN,
        )
        .order_by(Problem.found_on, Problem.id)
    )
    return [
        {
            "id": problem.id,
            "household": brief(household, case.village),
            "item": problem.item,
            "description": _open(problem.description, check),
            "found_on": problem.found_on,
            "responsible": problem.responsible,
            "due_on": problem.due_on,
        }
        for problem, household, check in rows
    ]


def _open(text: str, check: ContentCheck) -> str:
    """Return the text, or that it is hidden: the paper goes to others, whoever has it drawn."""
    how = reading(check, is_author=False, may_release=False)
    return TEXT_NOTICES[how] or text


def _leaves(case: Case, day: date) -> list[dict[str, Any]]:
    """Return the leaves of the team that are under way or asked for."""
    rows = db.session.execute(
        select(Leave, Person)
        .join(Posting, Posting.id == Leave.posting_id)
        .join(Person, Person.id == Leave.person_id)
        .where(
            Leave.county_id == case.rotation.county_id,
            Posting.village_id == case.village.id,
            serves_between(day, day),
            Leave.state.in_(OPEN_LEAVES),
            Leave.returned_on.is_(None),
        )
        .order_by(Leave.first_day, Leave.id)
    )
    return [
        {**present_brief(leave, person.name), "span_text": span_text(leave.span)} for leave, person in rows
    ]


def _sheets(case: Case, day: date) -> list[dict[str, Any]]:
    """Return where the village's sheets of the last months stand, the latest first; one nobody began is open."""
    months = [Month.of(day).plus(-back) for back in range(MONTHS_SHOWN)]
    rows = db.session.execute(
        select(Sheet, SheetVersion.check_code)
        .outerjoin(
            SheetVersion,
            and_(
                SheetVersion.county_id == Sheet.county_id,
                SheetVersion.sheet_id == Sheet.id,
                SheetVersion.number == Sheet.version,
            ),
        )
        .where(
            Sheet.county_id == case.rotation.county_id,
            Sheet.village_id == case.village.id,
            Sheet.month.in_([month.first_day for month in months]),
        )
    )
    found = {Month.of(sheet.month): (sheet, code) for sheet, code in rows}
    return [_sheet(month, *found.get(month, (None, None))) for month in months]


def _sheet(month: Month, sheet: Sheet | None, check_code: str | None) -> dict[str, Any]:
    return {
        "month": str(month),
        "state": sheet.state if sheet else SheetState.OPEN,
        "version": sheet.version if sheet else 0,
        "check_code": check_code,
    }


def present(handover: Handover, caller: Caller) -> dict[str, Any]:
    """Return the sheet as JSON."""
    case, rotation = handover.case, handover.case.rotation
    return {
        "rotation_id": rotation.id,
        "village": case.village,
        "role": case.posting.role,
        "person": case.person,
        "successor": case.successor,
        "successor_first_day": rotation.successor_first_day,
        "last_day": rotation.last_day,
        "drawn_at": caller.now,
        "households": handover.households,
        "problems": handover.problems,
        "leaves": handover.leaves,
        "sheets": handover.sheets,
    }


def print_out(handover: Handover, caller: Caller) -> bytes:
    """Return the sheet as a PDF to be signed by both."""
    case, rotation = handover.case, handover.case.rotation
    return pdf(
        TEMPLATE,
        {
            "village": _full_name(case.village),
            "unit": case.unit.name,
            "person": case.person.name,
            "successor": case.successor.name if case.successor else "",
            "days": _days(rotation),
            "drawn_at": f"{caller.now.astimezone(CHINA):%Y-%m-%d %H:%M}",
            "households": [
                [
                    each["code"] or "",
                    each["head_name"],
                    CATEGORY_NAMES[each["category"]],
                    str(each["risk_level"]),
                    f"{each['members_count']}{'（外出）' if each['is_away'] else ''}",
                    each["paired_since"].isoformat(),
                    each["last_visit_on"].isoformat() if each["last_visit_on"] else "—",
                ]
                for each in handover.households
            ],
            "problems": [
                [
                    each["found_on"].isoformat(),
                    each["household"]["head_name"],
                    each["description"],
                    each["responsible"] or "—",
                    each["due_on"].isoformat() if each["due_on"] else "—",
                ]
                for each in handover.problems
            ],
            "leaves": [
                [
                    each["person"]["name"],
                    KINDS[LeaveKind(each["kind"])],
                    each["span_text"],
                    LEAVE_STATES[LeaveState(each["state"])],
                ]
                for each in handover.leaves
            ],
            "sheets": [
                [each["month"], SHEET_NAMES[SheetState(each["state"])], each["check_code"] or "—"]
                for each in handover.sheets
            ],
        },
    )


def _days(rotation: Rotation) -> str:
    if rotation.last_day is None:
        return "尚未批复"
    if rotation.successor_first_day is None:
        return f"在岗至 {rotation.last_day}"
    return f"{rotation.successor_first_day} 至 {rotation.last_day}"


def _full_name(village: Area) -> str:
    above = db.session.scalars(
        select(Area).where(Area.id.in_((village.county_id, village.township_id)))
    ).all()
    names = {area.id: area.name for area in above}
    line = [names.get(area_id, "") for area_id in (village.county_id, village.township_id) if area_id]
    return " ".join([*line, village.name])
