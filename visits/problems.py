"""Problems found on visits, until they are settled (动态清零, Article 12)."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, or_, select, tuple_, update

from identity.permissions import Permission
from identity.scope import Caller
from kernel import audit
from kernel.database import AnySelect, db, transaction
from kernel.errors import Conflict, NotFound
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import day_of
from kernel.web import read_cursor, write_cursor
from org.models import Area, Person
from org.queries import lies_in
from visits.models import Household, Problem, ProblemState, ProblemStep, StepKind, Visit
from visits.queries import brief, in_own_counties, reaches
from visits.reading import TEXT_NOTICES, reading_of, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody does about a problem."""

    client_key: UUID
    kind: StepKind
    note: str = ""
    responsible: str | None = None
    due_on: date | None = None


def take_step(*, caller: Caller, problem_id: UUID, step: Step) -> tuple[ProblemStep, bool]:
    """Assign a problem, note something about it or settle it; return the step and whether it is new.

    Conflict once it is settled. The same ``client_key`` again answers with the first step.
    """
    content = (problem_id, step.kind, step.note, step.responsible, step.due_on)
    content_sha256 = fingerprint(caller.person_id, *content)
    with transaction():
        problem = _get_problem(problem_id, caller, Permission.SETTLE_PROBLEMS).Problem
        if first := find_known(ProblemStep, problem.county_id, step.client_key, content_sha256):
            return first, False
        taken = ProblemStep(
            county_id=problem.county_id,
            id=uuid4(),
            problem_id=problem.id,
            number=problem.steps_count + 1,
            client_key=step.client_key,
            content_sha256=content_sha256,
            kind=step.kind,
            note=step.note,
            responsible=step.responsible,
            due_on=step.due_on,
            made_by=caller.person_id,
            made_at=caller.now,
        )
        taken, is_new = store_once(taken)
        if is_new:
            _move(problem, step, caller)
            audit.record(
                f"problem.{step.kind}",
                now=caller.now,
                county_id=problem.county_id,
                actor_id=caller.person_id,
                subject_id=problem.id,
            )
    return taken, is_new


def _move(problem: Problem, step: Step, caller: Caller) -> None:
    """Bring the problem to where the step takes it, unless it is settled already."""
    changes: dict[str, Any] = {"steps_count": problem.steps_count + 1}
    match step.kind:
        case StepKind.ASSIGN:
            changes |= {"responsible": step.responsible, "due_on": step.due_on}
        case StepKind.SETTLE:
            changes |= {"state": ProblemState.SETTLED, "settled_on": day_of(caller.now)}
    won = db.session.execute(
        update(Problem)
        .where(
            Problem.county_id == problem.county_id,
            Problem.id == problem.id,
            Problem.state == ProblemState.OPEN,
        )
        .values(changes)
        .returning(Problem.id)
        .execution_options(synchronize_session=False)
    ).first()
    if won is None:
        raise Conflict("problem_settled", "该问题已办结")


def _problems(caller: Caller, permission: Permission) -> AnySelect:
    """Select problems of the households the caller reaches, and those they found themselves."""
    return (
        select(Problem, Household, Area, Person, Visit.content_check)
        .join(Visit, and_(Visit.county_id == Problem.county_id, Visit.id == Problem.visit_id))
        .join(Household, and_(Household.county_id == Problem.county_id, Household.id == Problem.household_id))
        .join(Area, Area.id == Household.village_id)
        .join(Person, Person.id == Problem.found_by)
        .where(
            in_own_counties(caller, permission),
            or_(Problem.found_by == caller.person_id, reaches(caller, permission, of=Problem)),
        )
    )


def _get_problem(problem_id: UUID, caller: Caller, permission: Permission) -> Any:
    row = db.session.execute(_problems(caller, permission).where(Problem.id == problem_id)).one_or_none()
    if row is None:
        raise NotFound("problem_not_found", "没有找到该问题")
    return row


def describe_problem(*, caller: Caller, problem_id: UUID) -> dict[str, Any]:
    """Return a problem and the steps taken."""
    row = _get_problem(problem_id, caller, Permission.SEE_VISITS)
    steps = db.session.execute(
        select(ProblemStep, Person)
        .join(Person, Person.id == ProblemStep.made_by)
        .where(ProblemStep.county_id == row.Problem.county_id, ProblemStep.problem_id == problem_id)
        .order_by(ProblemStep.number)
    )
    return {
        **_describe(row, caller),
        "steps": [
            {
                "kind": step.kind,
                "note": step.note,
                "responsible": step.responsible,
                "due_on": step.due_on,
                "made_by": person,
                "made_at": step.made_at,
            }
            for step, person in steps
        ],
    }


def list_problems(
    caller: Caller,
    *,
    area: Area | None,
    household: UUID | None,
    state: str | None,
    overdue: bool,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """Return a page of the problems the caller may see, those found first at the top."""
    today = day_of(caller.now)
    statement = _problems(caller, Permission.SEE_VISITS)
    if area is not None:
        statement = statement.where(lies_in(area, of=Problem), Problem.county_id == area.county_id)
    if household is not None:
        statement = statement.where(Problem.household_id == household)
    if state is not None:
        statement = statement.where(Problem.state == state)
    if overdue:
        statement = statement.where(Problem.state == ProblemState.OPEN, Problem.due_on < today)
    order = tuple_(Problem.found_on, Problem.id)
    if (after := read_cursor(cursor, date.fromisoformat, UUID)) is not None:
        statement = statement.where(order > tuple_(*after))
    rows = db.session.execute(statement.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1].Problem if len(rows) > limit else None
    return {
        "items": [_describe(row, caller) for row in rows[:limit]],
        "next_cursor": write_cursor(last.found_on, last.id) if last else None,
    }


def _describe(row: Any, caller: Caller) -> dict[str, Any]:
    problem: Problem = row.Problem
    how = reading_of(row.content_check, problem.found_by, row.Area, caller)
    is_open = problem.state == ProblemState.OPEN
    return {
        "id": problem.id,
        "visit_id": problem.visit_id,
        "household": brief(row.Household, row.Area),
        "item": problem.item,
        "description": shown(problem.description, how),
        "content_notice": TEXT_NOTICES[how],
        "found_on": problem.found_on,
        "found_by": row.Person,
        "state": problem.state,
        "responsible": problem.responsible,
        "due_on": problem.due_on,
        "overdue": bool(is_open and problem.due_on and problem.due_on < day_of(caller.now)),
        "settled_on": problem.settled_on,
    }
