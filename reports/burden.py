"""What the system cost people in a month: one's own taps and fields, and averages of places (Article 29)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONPATH

from attendance.models import Sheet
from checkin.models import Checkin
from identity.permissions import Permission
from identity.scope import Caller
from kernel.database import UUIDS, AnySelect, db
from kernel.periods import CHINA, Month, day_of
from leave.models import Leave
from org.models import Area, Posting
from org.queries import lies_in, serves_between
from oversight.inspection_models import Finding, RollCallEntry
from pictures.models import Photo
from reports.burden_policy import Asked, BurdenRow, Task, row_of
from reports.places import Line, Place, Scope, areas_above, lines_below, scope_of
from reports.policy import total
from visits.models import Problem, ProblemStep, Visit

LEAVE_FIELDS = 5
"""Kind, first day, last day, reason, destination."""
CONSENT_FIELDS = 3
"""By whom, when, by which way it was consented to."""
PAPERS_FIELDS = 2
VISIT_FIELDS = 4
"""Household, time, way, one line."""
PROBLEM_FIELDS = 2
FILLED = 'strict $.** ? (@.type() != "object" && @.type() != "array")'
"""Where a value stands in the optional lines of a visit, at whichever depth."""


@dataclass(frozen=True, slots=True)
class Burden:
    """The report of a month: of a place and those below it, or of oneself."""

    month: Month
    is_running: bool
    place: Place | None
    total: BurdenRow
    lines: list[Line[BurdenRow]]


def own_burden(*, caller: Caller, month: Month) -> Burden:
    """Return what was asked of the caller in a month."""
    permission = Permission.SEE_BURDEN
    held = select(Area.county_id).where(
        Area.id.in_([holding.area_id for holding in caller.holdings_for(permission)])
    )
    served = (
        select(Area.county_id)
        .join(Posting, Posting.village_id == Area.id)
        .where(Posting.person_id == caller.person_id)
    )
    counties = db.session.scalars(held.union(served)).all()
    counted = _count({county for county in counties if county}, [caller.person_id], month)
    return Burden(month, _runs(month, caller), None, row_of(counted[caller.person_id]), [])


def burden_of(*, caller: Caller, area_id: UUID, month: Month) -> Burden:
    """Return what was asked of the people posted in an area, and of each next-lower place; never by person.

    Two statements and those of the names, however many people. Of a person who moved, all counts in the last village.
    """
    scope = scope_of(caller=caller, area_id=area_id, permission=Permission.SEE_BURDEN)
    rows = _rows(scope, month)
    nothing = BurdenRow()
    lines = lines_below(scope, rows, areas_above(village for village, _ in rows), nothing=nothing)
    whole = total((row for _, row in rows), nothing)
    return Burden(month, _runs(month, caller), scope.place, whole, lines)


def _runs(month: Month, caller: Caller) -> bool:
    return month.last_day >= day_of(caller.now)


def _rows(scope: Scope, month: Month) -> list[tuple[Area, BurdenRow]]:
    """Return a row for each person, with the village where they served last in the month."""
    posted: AnySelect = (
        select(Posting.person_id, Area)
        .join(Area, Area.id == Posting.village_id)
        .where(serves_between(month.first_day, month.last_day))
        .order_by(Posting.first_day)
    )
    if scope.area is not None:
        posted = posted.where(lies_in(scope.area))
    villages: dict[UUID, Area] = {person_id: village for person_id, village in db.session.execute(posted)}
    counties = {village.county_id for village in villages.values() if village.county_id}
    counted = _count(counties, list(villages), month)
    return [(village, row_of(counted[person_id])) for person_id, village in villages.items()]


# -- counting -------------------------------------------------------------------------------------


def _count(
    counties: Collection[UUID], person_ids: Collection[UUID], month: Month
) -> dict[UUID, dict[Task, Asked]]:
    """Count what was sent in a month, by person; one statement."""
    counted: dict[UUID, dict[Task, Asked]] = defaultdict(dict)
    if not counties:
        return counted
    rows = db.session.execute(
        _COUNTED,
        {
            "counties": list(counties),
            "people": list(person_ids),
            "begin": _midnight(month.first_day),
            "end": _midnight(month.last_day + timedelta(days=1)),
            "first_day": month.first_day,
            "last_day": month.last_day,
        },
    )
    for task, person_id, taps, filled in rows:
        counted[person_id][Task(task)] = Asked(taps, filled)
    return counted


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def _sent(
    task: Task,
    person: Any,
    county: Any,
    *when: ColumnElement[bool],
    filled: Any = 0,
) -> AnySelect:
    """Select how often each of the people sent one kind of thing, and how many fields they filled."""
    return (
        select(
            literal(str(task)),
            person.label("person_id"),
            func.count(),
            cast(func.coalesce(func.sum(filled), 0), Integer),
        )
        .where(
            county == any_(bindparam("counties", type_=UUIDS)),
            person == any_(bindparam("people", type_=UUIDS)),
            *when,
        )
        .group_by(person)
    )


def _in_month(instant: Any) -> ColumnElement[bool]:
    within: ColumnElement[bool] = (instant >= bindparam("begin")) & (instant < bindparam("end"))
    return within


def _one_if(condition: Any) -> Any:
    return cast(condition, Integer)


def _leave_fields() -> Any:
    return (
        LEAVE_FIELDS
        + _one_if(Leave.work_goes_to != "")
        + _one_if(Leave.begins_at_noon)
        + _one_if(Leave.asked_ends_at_noon)
        + CONSENT_FIELDS * _one_if(Leave.consented_at.is_not(None))
    )


def _visit_fields() -> Any:
    """Count the four lines that are required, the optional ones that were filled, and the problems told."""
    values = func.jsonb_path_query(Visit.content, cast(FILLED, JSONPATH)).table_valued("value")
    optional = select(func.count()).select_from(values).scalar_subquery()
    problems = (
        select(func.count())
        .where(Problem.county_id == Visit.county_id, Problem.visit_id == Visit.id)
        .scalar_subquery()
    )
    return VISIT_FIELDS + optional + PROBLEM_FIELDS * problems


_COUNTED = union_all(
    _sent(Task.CHECKIN, Checkin.person_id, Checkin.county_id, _in_month(Checkin.received_at)),
    _sent(
        Task.LEAVE,
        Leave.person_id,
        Leave.county_id,
        _in_month(Leave.submitted_at),
        filled=_leave_fields(),
    ),
    _sent(
        Task.LEAVE_PAPERS,
        Leave.person_id,
        Leave.county_id,
        _in_month(Leave.papers_filed_at),
        filled=PAPERS_FIELDS,
    ),
    _sent(
        Task.LEAVE_RETURN,
        Leave.person_id,
        Leave.county_id,
        Leave.return_confirmed_by == Leave.person_id,
        Leave.returned_on.between(bindparam("first_day"), bindparam("last_day")),
        filled=1,
    ),
    _sent(
        Task.VISIT,
        Visit.person_id,
        Visit.county_id,
        _in_month(Visit.received_at),
        filled=_visit_fields(),
    ),
    _sent(Task.PHOTO, Photo.person_id, Photo.county_id, _in_month(Photo.received_at)),
    _sent(
        Task.PROBLEM_STEP,
        ProblemStep.made_by,
        ProblemStep.county_id,
        _in_month(ProblemStep.made_at),
        filled=1 + _one_if(ProblemStep.responsible.is_not(None)) + _one_if(ProblemStep.due_on.is_not(None)),
    ),
    _sent(Task.SHEET, Sheet.submitted_by, Sheet.county_id, _in_month(Sheet.submitted_at)),
    _sent(
        Task.ROLL_CALL, RollCallEntry.person_id, RollCallEntry.county_id, _in_month(RollCallEntry.answered_at)
    ),
    _sent(Task.FINDING, Finding.person_id, Finding.county_id, _in_month(Finding.answered_at), filled=1),
)
