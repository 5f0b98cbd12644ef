"""Deciding on leaves: an office's opinion or decision, and who may sign for an office (Article 17, D7, D8)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, insert, select, update

from identity.permissions import Permission
from identity.scope import Caller
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.periods import day_of
from leave.models import Decision, Leave, StandIn, Verdict
from leave.notices import decided, offices_wait
from leave.policy import LeaveState, Tier, came_before, is_superior
from leave.queries import LeaveCase, find_cases, offices_headed, offices_signed_for, stand_ins_of
from leave.stand_ins import post_stand_ins
from leave.wording import OFFICES
from messages.service import tell


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one leave of several."""

    leave_id: UUID
    leave: Leave | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class _Table:
    """The leaves an office has before it, with what there is to know before it speaks."""

    found: dict[UUID, LeaveCase]
    signed_for: dict[tuple[Tier, UUID], UUID | None]
    heads: dict[UUID, set[Tier]]
    stand_ins: dict[UUID, tuple[StandIn, str | None]]
    running: set[UUID]
    """Those of the leaves to be extended that are not over."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A leave whose office is about to speak, and where that takes it."""

    case: LeaveCase
    office: Tier
    area_id: UUID
    is_opinion: bool
    state: LeaveState
    next_office: Tier | None

    @property
    def way(self) -> tuple[Tier, LeaveState, Tier | None]:
        return self.office, self.state, self.next_office

    @property
    def approves(self) -> bool:
        return self.state in (LeaveState.APPROVED, LeaveState.RETURNED)


def decide(*, caller: Caller, leave_id: UUID, decision: Verdict, opinion: str) -> Leave:
    """Give the opinion or take the decision of the office a leave waits for.

    Of two who decide at once the database lets one win; the other gets a Conflict.
    """
    with transaction():
        (outcome,) = decide_several(caller=caller, leave_ids=[leave_id], decision=decision, opinion=opinion)
        if outcome.refusal:
            raise outcome.refusal
        assert outcome.leave is not None  # noqa: S101 - either is set
        return outcome.leave


def decide_several(
    *, caller: Caller, leave_ids: Sequence[UUID], decision: Verdict, opinion: str
) -> list[Outcome]:
    """Decide several leaves alike, and say for each what became of it; the statements do not grow with their number."""
    if decision is Verdict.REJECTED and not opinion:
        raise Refusal("opinion_needed", "不同意须写明理由")
    with transaction():
        table = _lay_out(leave_ids, caller)
        refusals = {id_: why for id_ in leave_ids if (why := _objection(id_, table, caller, decision))}
        turns = [_turn(table.found[id_], decision) for id_ in leave_ids if id_ not in refusals]
        taken = [turn.case for turn in turns if turn.state is LeaveState.APPROVED]
        for id_ in post_stand_ins(taken, table.stand_ins):
            refusals[id_] = Conflict("stand_in_posted", "接替人员在此期间另有派驻，请派出单位重新安排")
        turns = [turn for turn in turns if turn.case.leave.id not in refusals]
        moved = _move(turns, caller.now)
        _record(turns, caller, table.signed_for, decision, opinion)
        _follow_up(turns, caller)
        return [Outcome(id_, moved.get(id_), refusals.get(id_)) for id_ in leave_ids]


def _lay_out(leave_ids: Sequence[UUID], caller: Caller) -> _Table:
    """Read the leaves and hold them: of two who decide at once, the second reads what the first has decided."""
    found = find_cases(leave_ids, caller, Permission.DECIDE_LEAVE, holds=True)
    leaves = [case.leave for case in found.values()]
    return _Table(
        found=found,
        signed_for=offices_signed_for(caller),
        heads=offices_headed(found.values(), day=day_of(caller.now)),
        stand_ins=stand_ins_of(leaves),
        running=_running([leave for leave in leaves if leave.extends_id]),
    )


def _running(extensions: Collection[Leave]) -> set[UUID]:
    if not extensions:
        return set()
    return set(db.session.scalars(select(Leave.id).where(_is_extended_by(extensions))))


def _is_extended_by(extensions: Collection[Leave]) -> Any:
    return and_(
        Leave.county_id.in_({leave.county_id for leave in extensions}),
        Leave.id.in_([leave.extends_id for leave in extensions]),
        Leave.state.in_(came_before(LeaveState.EXTENDED)),
        Leave.returned_on.is_(None),
    )


class Decided(Conflict):
    """A leave is decided once; a decided one is changed only by a new request."""

    def __init__(self) -> None:
        super().__init__("leave_decided", "这份请假已经办理，请刷新")


class StandInMissing(Conflict):
    """Article 17: from 15 days on the unit sends a stand-in or the post is adjusted; approval waits for it."""

    def __init__(self) -> None:
        super().__init__(
            "stand_in_needed", "15天以上的请假，须先由派出单位安排接替人员，或由领导小组注明调整岗位"
        )


def _objection(leave_id: UUID, table: _Table, caller: Caller, decision: Verdict) -> Refusal | None:
    """Return why this caller may not speak so on this leave now, or None."""
    case = table.found.get(leave_id)
    if case is None:
        return NotFound("leave_not_found", "没有找到该请假单")
    if refusal := _bar(case, caller, table.signed_for, table.heads[leave_id]):
        return refusal
    if not _turn(case, decision).approves:
        return None
    if case.leave.needs_stand_in and leave_id not in table.stand_ins:
        return StandInMissing()
    if case.leave.extends_id and case.leave.extends_id not in table.running:
        return Conflict("extended_leave_over", "原请假已经销假，续假不再需要批准")
    return None


def _bar(
    case: LeaveCase,
    caller: Caller,
    signed_for: dict[tuple[Tier, UUID], UUID | None],
    heads: Collection[Tier],
) -> Refusal | None:
    """Return what bars this caller from speaking on this leave at all, or None."""
    leave = case.leave
    if leave.person_id == caller.person_id:
        return Forbidden("own_leave", "不能审批本人的请假")
    if leave.state == LeaveState.ORAL:
        return Conflict("papers_missing", "手续还没有补交，暂不能审批")
    if leave.waits_for is None or leave.waits_in is None:
        return Decided()
    office = Tier(leave.waits_for)
    if (office, leave.waits_in) not in signed_for:
        return Forbidden("other_office", f"这份请假由{OFFICES[office]}负责人签批", office=office)
    if is_superior(heads, office):
        return Forbidden("superior_leave", "不能审批上级负责人的请假")
    if case.posting.last_day and case.posting.last_day < leave.first_day:
        return Conflict("posting_ended", "此人已离开该村的岗位，这份请假不再有效")
    return None


def _turn(case: LeaveCase, decision: Verdict) -> _Turn:
    leave = case.leave
    office, area_id = Tier(leave.waits_for or ""), leave.waits_in or leave.county_id
    if office is not Tier(leave.decides):
        return _Turn(case, office, area_id, True, LeaveState.SUBMITTED, Tier(leave.decides))
    if decision is Verdict.REJECTED:
        return _Turn(case, office, area_id, False, LeaveState.REJECTED, None)
    state = LeaveState.RETURNED if leave.returned_on else LeaveState.APPROVED
    return _Turn(case, office, area_id, False, state, None)


def _move(turns: Iterable[_Turn], now: datetime) -> dict[UUID, Leave]:
    """Move the leaves on, each only if it still waits for the same office; return those that moved."""
    by_way: dict[tuple[Tier, LeaveState, Tier | None], list[Leave]] = defaultdict(list)
    for turn in turns:
        by_way[turn.way].append(turn.case.leave)
    moved: dict[UUID, Leave] = {}
    for (office, state, next_office), leaves in by_way.items():
        rows = db.session.scalars(
            update(Leave)
            .where(
                Leave.county_id.in_({leave.county_id for leave in leaves}),
                Leave.id.in_([leave.id for leave in leaves]),
                Leave.state == LeaveState.SUBMITTED,
                Leave.waits_for == office,
            )
            .values(
                state=state,
                waits_for=next_office,
                waits_in=Leave.county_id if next_office else None,
                waits_since=now if next_office else None,
            )
            .returning(Leave)
            .execution_options(populate_existing=True, synchronize_session=False)
        )
        moved |= {leave.id: leave for leave in rows}
    return moved


def _record(
    turns: list[_Turn],
    caller: Caller,
    signed_for: dict[tuple[Tier, UUID], UUID | None],
    decision: Verdict,
    opinion: str,
) -> None:
    if not turns:
        return
    db.session.execute(
        insert(Decision),
        [
            {
                "county_id": turn.case.leave.county_id,
                "leave_id": turn.case.leave.id,
                "office": turn.office,
                "is_opinion": turn.is_opinion,
                "decision": decision,
                "opinion": opinion,
                "signed_by": caller.person_id,
                "delegation_id": signed_for[turn.office, turn.area_id],
                "signed_at": caller.now,
            }
            for turn in turns
        ],
    )
    audit.record_several(
        "leave.decide",
        [(turn.case.leave.county_id, turn.case.leave.id) for turn in turns],
        now=caller.now,
        actor_id=caller.person_id,
        decision=decision,
    )


def _follow_up(turns: Collection[_Turn], caller: Caller) -> None:
    """Do what a decision brings with it: the end of what is extended, the notices."""
    passed_on = [turn.case for turn in turns if turn.state is LeaveState.SUBMITTED]
    notices = offices_wait([(case.leave, case.person.name) for case in passed_on], now=caller.now)
    for turn in turns:
        if turn.state is not LeaveState.SUBMITTED:
            notices += decided(turn.case.leave)
    _close_extended(
        [turn.case.leave for turn in turns if turn.approves and turn.case.leave.extends_id], caller
    )
    tell(notices, now=caller.now)


def _close_extended(extensions: Collection[Leave], caller: Caller) -> None:
    """Let approved extensions take the place of what they extend."""
    if not extensions:
        return
    closed = db.session.execute(
        update(Leave)
        .where(_is_extended_by(extensions))
        .values(state=LeaveState.EXTENDED)
        .returning(Leave.county_id, Leave.id)
    ).all()
    audit.record_several(
        "leave.close_extended",
        [(county_id, leave_id) for county_id, leave_id in closed],
        now=caller.now,
        actor_id=caller.person_id,
    )
