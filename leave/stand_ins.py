"""Who takes the post during a long leave: named by the dispatching unit, posted when the leave is approved."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.people import Candidate, enter_person
from identity.permissions import Permission, Role
from identity.scope import Caller, Holding
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, Refusal
from leave.models import Leave, StandIn
from leave.policy import PENDING
from leave.queries import LeaveCase, get_case
from org.models import DispatchingUnit, Posting, PostingRole
from org.policy import Findings, Qualification, UnitKind, speaks_against
from org.queries import serves_between


def name_stand_in(*, caller: Caller, leave_id: UUID, candidate: Candidate) -> StandIn:
    """Name who takes the post; Refusal if Article 6 speaks against it, its warnings are kept."""
    with transaction():
        case = _pending_case(leave_id, caller)
        holds = any(
            holding.unit_id == case.posting.unit_id and holding.role in (Role.UNIT_CLERK, Role.UNIT_HEAD)
            for holding in caller.holdings
        )
        if not holds:
            raise Forbidden("not_your_unit", "接替人员由派出单位安排")
        findings = _findings(candidate, case)
        if findings.errors:
            raise Refusal("stand_in_unqualified", "该同志不符合第一书记条件", reasons=findings.errors)
        person = enter_person(candidate)
        if person.id == case.leave.person_id or _is_posted(person.id, case.leave):
            raise Conflict("stand_in_posted", "该同志在此期间另有派驻，不能接替")
        return _store(case, caller, person_id=person.id, warnings=findings.warnings)


def adjust_post(*, caller: Caller, leave_id: UUID, note: str) -> StandIn:
    """Note for the leading group that the post is adjusted instead (视情调整)."""
    with transaction():
        case = _pending_case(leave_id, caller)
        if Holding(Role.COUNTY_GROUP, case.village.county_id) not in caller.holdings:
            raise Forbidden("other_office", "调整岗位由县驻村工作领导小组注明")
        return _store(case, caller, adjustment=note)


def _pending_case(leave_id: UUID, caller: Caller) -> LeaveCase:
    case = get_case(leave_id, caller, Permission.NAME_STAND_IN, holds=True)
    if not case.leave.needs_stand_in:
        raise Conflict("no_stand_in_needed", "这份请假不需要安排接替人员")
    if case.leave.state not in PENDING:
        raise Conflict("leave_decided", "这份请假已经办结")
    return case


def _findings(candidate: Candidate, case: LeaveCase) -> Findings:
    unit = db.session.get_one(DispatchingUnit, case.posting.unit_id)
    return speaks_against(
        Qualification(candidate.full_member_since, candidate.working_since, candidate.grade),
        leads=case.posting.role == PostingRole.FIRST_SECRETARY,
        unit=UnitKind(unit.kind),
        first_day=case.leave.first_day,
    )


def _is_posted(person_id: UUID, leave: Leave) -> bool:
    statement = select(Posting.id).where(
        Posting.person_id == person_id, serves_between(leave.first_day, leave.last_day)
    )
    return db.session.execute(statement.limit(1)).first() is not None


def _store(
    case: LeaveCase,
    caller: Caller,
    *,
    person_id: UUID | None = None,
    adjustment: str | None = None,
    warnings: Collection[str] = (),
) -> StandIn:
    stand_in = StandIn(
        county_id=case.leave.county_id,
        id=uuid4(),
        leave_id=case.leave.id,
        person_id=person_id,
        adjustment=adjustment,
        warnings=list(warnings),
        unit_id=case.posting.unit_id,
        named_by=caller.person_id,
        named_at=caller.now,
    )
    db.session.add(stand_in)
    db.session.flush()
    audit.record(
        "leave.name_stand_in",
        now=caller.now,
        county_id=stand_in.county_id,
        actor_id=caller.person_id,
        subject_id=case.leave.id,
        person_id=str(person_id) if person_id else None,
        adjustment=adjustment,
    )
    return stand_in


def post_stand_ins(
    cases: Iterable[LeaveCase], stand_ins: dict[UUID, tuple[StandIn, str | None]]
) -> set[UUID]:
    """Give the stand-ins of these leaves their temporary postings, in the role of whom they stand in for.

    Returns the leaves whose stand-in is posted elsewhere meanwhile.
    """
    named = {
        uuid4(): (case, stand_ins[case.leave.id][0])
        for case in cases
        if case.leave.id in stand_ins and stand_ins[case.leave.id][0].person_id
    }
    if not named:
        return set()
    rows = [
        {
            "id": posting_id,
            "person_id": stand_in.person_id,
            "village_id": case.posting.village_id,
            "unit_id": case.posting.unit_id,
            "role": case.posting.role,
            "first_day": case.leave.first_day,
            "last_day": case.leave.last_day,
            "findings": stand_in.warnings,
        }
        for posting_id, (case, stand_in) in named.items()
    ]
    posted = set(
        db.session.scalars(
            insert_or_skip(Posting).values(rows).on_conflict_do_nothing().returning(Posting.id)
        )
    )
    for posting_id in posted:
        named[posting_id][1].posting_id = posting_id
    db.session.flush()
    return {case.leave.id for posting_id, (case, _) in named.items() if posting_id not in posted}


def release_stand_in(leave: Leave, *, last_day: date) -> None:
    """End the temporary posting of a leave that ends early."""
    posting_ids = select(StandIn.posting_id).where(
        StandIn.county_id == leave.county_id, StandIn.leave_id == leave.id, StandIn.posting_id.is_not(None)
    )
    db.session.execute(
        update(Posting)
        .where(Posting.id.in_(posting_ids), Posting.last_day > last_day)
        .values(last_day=func.greatest(Posting.first_day, last_day))
        .execution_options(synchronize_session=False)
    )
