"""Recall (召回): proposed by the township, decided by the county's leading group, urged, carried out (Article 22)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, false, func, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from attendance.changeover import follow
from identity.people import Candidate, enter_person, qualification_of
from identity.permissions import Permission, Role
from identity.scope import Caller, find_posting_on, get_person, within
from kernel import audit
from kernel.database import AnySelect, db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import day_of
from leave.queries import work_calendar
from messages.service import tell
from org.models import Area, DispatchingUnit, Person, Posting, PostingRole
from org.policy import UnitKind, speaks_against
from org.queries import settings_of
from oversight.hearing import heard_since
from oversight.inspections import in_office
from oversight.notices import (
    TOWNSHIP_ROLES,
    UNIT_ROLES,
    in_office_of,
    place_of,
    recall_moved,
    recall_waits,
)
from oversight.policy import InspectionLevel, Step, answer_due, is_heard
from oversight.recall_models import Proposal, ProposalState, RecallCase, WrittenWarning
from oversight.recall_policy import RECALL_MOVES, Ground, RecallState, lacks_warning, urging_level
from oversight.sealing import seal, unseal
from roster.postings import insert_posting
from roster.rotations import overtake


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall with the posting it would end."""

    case: RecallCase
    posting: Posting
    village: Area
    township: Area | None
    person: Person
    unit: DispatchingUnit

    @property
    def urging_level(self) -> InspectionLevel:
        return urging_level(UnitKind(self.unit.kind))


# -- proposing ----------------------------------------------------------------------------------


def propose_recall(
    *,
    caller: Caller,
    client_key: UUID,
    person_id: UUID,
    ground: Ground,
    reason: str,
    warning_id: UUID | None,
    proposal_id: UUID | None,
) -> tuple[RecallCase, bool]:
    """Propose for the township's Party committee that somebody be recalled; the person sees it first.

    Ground four needs an earlier warning of the same posting. Of one posting one recall runs; the same key
    again is the same proposal.
    """
    get_person(person_id, caller, Permission.PROPOSE_RECALL)
    if person_id == caller.person_id:
        raise Forbidden("own_record", "不能对本人提出召回")
    today = day_of(caller.now)
    with transaction():
        found = find_posting_on(
            today, person_id=person_id, caller=caller, permission=Permission.PROPOSE_RECALL
        )
        if found is None:
            raise Refusal("not_posted", "此人现在没有派驻在本乡镇")
        posting, village = found
        county_id: UUID = village.county_id  # type: ignore[assignment]  # a village lies in a county
        content_sha256 = fingerprint(caller.person_id, posting.id, ground, reason, warning_id, proposal_id)
        if first := find_known(RecallCase, county_id, client_key, content_sha256):
            return first, False
        _check_basis(posting, county_id, ground, warning_id, proposal_id, today)
        settings = settings_of(village, day=today)
        case, is_new = store_once(
            RecallCase(
                county_id=county_id,
                id=uuid4(),
                client_key=client_key,
                content_sha256=content_sha256,
                posting_id=posting.id,
                person_id=person_id,
                unit_id=posting.unit_id,
                ground=ground,
                reason=reason,
                warning_id=warning_id,
                proposal_id=proposal_id,
                state=RecallState.PROPOSED,
                proposed_by=caller.person_id,
                proposed_at=caller.now,
                answer_due_on=answer_due(
                    today, workdays=settings["recall.answer_days"], calendar=work_calendar(settings)
                ),
            ),
            stands=("recall_running", "此人的召回正在办理"),
        )
        if is_new:
            _record("recall.propose", case, caller, ground=ground)
            recall_moved(case, [], name="", now=caller.now)
        return case, is_new


def _check_basis(
    posting: Posting,
    county_id: UUID,
    ground: Ground,
    warning_id: UUID | None,
    proposal_id: UUID | None,
    today: date,
) -> None:
    """Refuse a warning or a proposal that is not of this posting, and ground four without an earlier warning."""
    warned_on = None
    if warning_id is not None:
        warned_on = db.session.scalar(
            select(WrittenWarning.day).where(
                WrittenWarning.county_id == county_id,
                WrittenWarning.id == warning_id,
                WrittenWarning.posting_id == posting.id,
            )
        )
        if warned_on is None:
            raise NotFound("warning_not_found", "没有找到该书面提醒")
    if lacks_warning(ground, warned_on=warned_on, today=today):
        raise Refusal("warning_needed", "第二十二条（四）：须先书面提醒，仍不改正的方可提出召回")
    if proposal_id is not None:
        step = db.session.scalar(
            select(Proposal.step).where(
                Proposal.county_id == county_id,
                Proposal.id == proposal_id,
                Proposal.posting_id == posting.id,
                Proposal.state == ProposalState.CONFIRMED,
            )
        )
        if step != Step.RECALL:
            raise NotFound("proposal_not_found", "没有找到该建议")


def answer_recall(*, caller: Caller, recall_id: UUID, text: str) -> Recall:
    """Say what there is to say to one's own recall before it is decided; the same words again change nothing."""
    with transaction():
        recall = get_own_recall(recall_id, caller)
        case = recall.case
        answered = _move(
            case,
            {"answer_sealed": seal(text, case.id), "answered_at": caller.now},
            RecallCase.state == RecallState.PROPOSED,
            RecallCase.answered_at.is_(None),
        )
        if not answered:
            if unseal(case.answer_sealed, case.id) == text:
                return recall
            if case.answered_at is None:
                raise Conflict("recall_decided", "召回已经审定，不能再说明")
            raise Conflict("answered_already", "您已作过说明")
        _record("recall.answer", case, caller)
        group = in_office_of((Role.COUNTY_GROUP,), case.county_id, now=caller.now)
        tell(recall_waits(case, group, name=recall.person.name), now=caller.now)
        return recall


# -- the way through the offices ----------------------------------------------------------------


def decide_recall(*, caller: Caller, recall_id: UUID, upholds: bool, reason: str) -> Recall:
    """Decide for the county's leading group, once the person has been heard."""
    with transaction():
        recall = get_recall(recall_id, caller, Permission.DECIDE_RECALL)
        case = recall.case
        _refuse_own(case, caller)
        if case.state == RecallState.PROPOSED and not is_heard(
            has_answered=case.answered_at is not None,
            answer_due_on=case.answer_due_on,
            today=day_of(caller.now),
        ):
            raise Conflict(
                "answer_period", "本人说明期未满，暂不能审定", answer_due_on=case.answer_due_on.isoformat()
            )
        state = RecallState.DECIDED if upholds else RecallState.NOT_UPHELD
        _advance(
            recall,
            state,
            caller,
            decided_by=caller.person_id,
            decided_at=caller.now,
            reason_of_decision=reason,
        )
        told = in_office_of(TOWNSHIP_ROLES, recall.village.township_id, now=caller.now)
        if upholds:
            told += _urging_offices(recall, caller)
        recall_moved(case, told, name=recall.person.name, now=caller.now)
        return recall


def _urging_offices(recall: Recall, caller: Caller) -> list[UUID]:
    if recall.urging_level is InspectionLevel.CITY:
        return in_office_of((Role.CITY_ORG, Role.CITY_RURAL), recall.village.city_id, now=caller.now)
    return in_office_of((Role.COUNTY_OFFICE,), recall.village.county_id, now=caller.now)


def urge_recall(*, caller: Caller, recall_id: UUID, document_no: str) -> Recall:
    """Urge the unit for the organisation department and the rural bureau of its level, under one document."""
    with transaction():
        recall = get_recall(recall_id, caller, Permission.URGE_RECALL)
        _refuse_own(recall.case, caller)
        is_city = recall.urging_level is InspectionLevel.CITY
        place = recall.village.city_id if is_city else recall.village.county_id
        if all(holding.area_id != place for holding in caller.holdings_for(Permission.URGE_RECALL)):
            raise Forbidden(
                "other_level", "由派出单位同级党委组织部门和乡村振兴部门督促", level=recall.urging_level
            )
        _advance(
            recall,
            RecallState.URGED,
            caller,
            urged_by=caller.person_id,
            urged_at=caller.now,
            urging_document_no=document_no,
        )
        told = in_office_of(UNIT_ROLES, recall.unit.id, now=caller.now)
        recall_moved(recall.case, told, name=recall.person.name, now=caller.now)
        return recall


def carry_out(*, caller: Caller, recall_id: UUID, last_day: date) -> Recall:
    """Call somebody back for the dispatching unit: the posting ends on the day, and all that hangs on it follows.

    As after a death nobody is there yet to go on with the households: the township pairs them.
    """
    with transaction():
        recall = get_recall(recall_id, caller, Permission.CARRY_OUT_RECALL)
        case, posting = recall.case, recall.posting
        _refuse_own(case, caller)
        if last_day < day_of(caller.now):
            raise Refusal("day_in_past", "最后一天不能早于今天")
        _advance(
            recall,
            RecallState.RECALLED,
            caller,
            recalled_by=caller.person_id,
            recalled_at=caller.now,
            last_day=last_day,
        )
        db.session.execute(
            update(Posting)
            .where(
                Posting.id == posting.id,
                or_(Posting.last_day.is_(None), Posting.last_day > last_day),
            )
            .values(last_day=func.greatest(Posting.first_day, last_day))
            .execution_options(synchronize_session=False)
        )
        overtake(posting, case.county_id, last_day)
        follow(
            caller=caller,
            village=recall.village,
            person_id=recall.person.id,
            successor_id=None,
            last_day=last_day,
        )
        db.session.refresh(posting)
        told = [
            *in_office_of(TOWNSHIP_ROLES, recall.village.township_id, now=caller.now),
            *in_office_of((Role.COUNTY_OFFICE,), case.county_id, now=caller.now),
        ]
        recall_moved(case, told, name=recall.person.name, now=caller.now)
        return recall


def name_successor(*, caller: Caller, recall_id: UUID, candidate: Candidate, first_day: date) -> Recall:
    """Post the successor in the same role; Refusal if Article 6 speaks against it, its warnings are kept."""
    with transaction():
        recall = get_recall(recall_id, caller, Permission.CARRY_OUT_RECALL)
        case = recall.case
        if case.state != RecallState.RECALLED or case.last_day is None:
            raise _moved_on(case)
        if first_day < day_of(caller.now) or first_day <= case.last_day:
            raise Refusal("too_early", "到任日期须晚于被召回人员的最后一天，也不能早于今天")
        person = enter_person(candidate)
        if person.id == case.person_id:
            raise Refusal("same_person", "接替人员不能是被召回的本人")
        successor = _posting_of(person, recall, first_day)
        if not insert_posting(successor):
            raise Conflict("successor_posted", "该同志在此期间另有派驻，不能接替")
        _advance(
            recall,
            RecallState.REPLACED,
            caller,
            replaced_by=caller.person_id,
            replaced_at=caller.now,
            successor_id=person.id,
            successor_posting_id=successor.id,
        )
        told = [
            *in_office_of(TOWNSHIP_ROLES, recall.village.township_id, now=caller.now),
            *in_office_of((Role.COUNTY_OFFICE,), case.county_id, now=caller.now),
        ]
        recall_moved(case, told, name=person.name, now=caller.now)
        return recall


def _posting_of(person: Person, recall: Recall, first_day: date) -> Posting:
    before = recall.posting
    findings = speaks_against(
        qualification_of(person),
        leads=before.role == PostingRole.FIRST_SECRETARY,
        unit=UnitKind(recall.unit.kind),
        first_day=first_day,
    )
    if findings.errors:
        raise Refusal("successor_unqualified", "该同志不符合第一书记条件", reasons=findings.errors)
    return Posting(
        id=uuid4(),
        person_id=person.id,
        village_id=before.village_id,
        unit_id=before.unit_id,
        role=before.role,
        first_day=first_day,
        findings=findings.warnings,
    )


def _refuse_own(case: RecallCase, caller: Caller) -> None:
    if case.person_id == caller.person_id:
        raise Forbidden("own_record", "不能办理本人的召回")


def _advance(recall: Recall, state: RecallState, caller: Caller, **values: Any) -> None:
    """Move a recall on if it stands where this step begins; of two at once one wins."""
    case = recall.case
    before = [origin for origin, targets in RECALL_MOVES.items() if state in targets]
    if not _move(case, {"state": state, **values}, RecallCase.state.in_(before)):
        raise _moved_on(case)
    details = {key: str(values[key]) for key in ("last_day", "urging_document_no") if key in values}
    _record(f"recall.{state}", case, caller, **details)


def _moved_on(case: RecallCase) -> Conflict:
    return Conflict("recall_moved_on", "这一步现在不能办理，请刷新", state=case.state)


def _move(case: RecallCase, values: dict[str, Any], *conditions: Any) -> bool:
    moved = db.session.execute(
        update(RecallCase)
        .where(RecallCase.county_id == case.county_id, RecallCase.id == case.id, *conditions)
        .values(values)
        .returning(RecallCase.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(case)
    return moved is not None


# -- reading ------------------------------------------------------------------------------------


def get_recall(recall_id: UUID, caller: Caller, permission: Permission) -> Recall:
    """Return a recall that an office of the caller's reaches, or NotFound."""
    row = db.session.execute(
        within(_cases().where(RecallCase.id == recall_id), in_office(caller), permission)
    ).one_or_none()
    if row is None:
        raise _not_found()
    return Recall(*row)


def get_own_recall(recall_id: UUID, caller: Caller) -> Recall:
    """Return the caller's own recall, NotFound for any other."""
    row = db.session.execute(
        _cases().where(RecallCase.id == recall_id, RecallCase.person_id == caller.person_id)
    ).one_or_none()
    if row is None:
        raise _not_found()
    return Recall(*row)


def recalls(*, caller: Caller, state: str | None, after: list[Any] | None, limit: int) -> list[Recall]:
    """Return a page of the recalls the caller may see, the latest first."""
    order = RecallCase.proposed_at, RecallCase.id
    statement = _cases().order_by(*(column.desc() for column in order)).limit(limit)
    if state:
        statement = statement.where(RecallCase.state == state)
    if after is not None:
        statement = statement.where(tuple_(*order) < tuple_(*after))
    return [Recall(*row) for row in db.session.execute(_visible(statement, caller))]


def read_recall(recall_id: UUID, caller: Caller) -> Recall:
    """Return a recall the caller may see: one's own, or of an office's area, or of a unit's people."""
    row = db.session.execute(_visible(_cases().where(RecallCase.id == recall_id), caller)).one_or_none()
    if row is None:
        raise _not_found()
    return Recall(*row)


def _visible(statement: AnySelect, caller: Caller) -> AnySelect:
    reached = within(
        select(Posting.id).join(Area, Area.id == Posting.village_id),
        in_office(caller),
        Permission.SEE_RECALLS,
    ).correlate(None)
    return statement.where(or_(RecallCase.person_id == caller.person_id, Posting.id.in_(reached)))


def waiting_recalls(caller: Caller) -> AnySelect:
    """Select what the leading group has to decide, once the person was heard, and what is to be urged: (county, id, since)."""
    since = heard_since(RecallCase.answered_at, RecallCase.answer_due_on)
    statement = (
        _cases()
        .with_only_columns(
            RecallCase.county_id,
            RecallCase.id,
            func.coalesce(RecallCase.decided_at, since).label("since"),
        )
        .where(
            or_(
                and_(RecallCase.state == RecallState.PROPOSED, since <= caller.now, _decides(caller)),
                and_(RecallCase.state == RecallState.DECIDED, _urges(caller)),
            )
        )
    )
    return within(statement, caller, Permission.SEE_RECALLS)


def _decides(caller: Caller) -> Any:
    areas = [holding.area_id for holding in caller.holdings_for(Permission.DECIDE_RECALL)]
    return Area.county_id.in_(areas)


def _urges(caller: Caller) -> Any:
    """Return that a unit is urged at the level of an office of the caller's, as ``urging_level`` has it."""
    holdings = caller.holdings_for(Permission.URGE_RECALL)
    return or_(
        false(),
        *(
            and_(
                DispatchingUnit.kind.in_([kind for kind in UnitKind if urging_level(kind) is level]),
                place_of(level, Area).in_([holding.area_id for holding in holdings]),
            )
            for level in (InspectionLevel.COUNTY, InspectionLevel.CITY)
        ),
    )


def find_recalls(ids: Collection[UUID], caller: Caller) -> dict[UUID, Recall]:
    """Return those of the recalls the caller may see, by id."""
    rows = db.session.execute(_visible(_cases().where(RecallCase.id.in_(ids)), caller))
    return {row[0].id: Recall(*row) for row in rows}


def own_recalls(caller: Caller) -> list[Recall]:
    """Return the recalls of the caller's own postings, the latest first."""
    rows = db.session.execute(
        _cases().where(RecallCase.person_id == caller.person_id).order_by(RecallCase.proposed_at.desc())
    )
    return [Recall(*row) for row in rows]


def _cases() -> AnySelect:
    township = aliased(Area)
    return (
        select(RecallCase, Posting, Area, township, Person, DispatchingUnit)
        .join(Posting, Posting.id == RecallCase.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == RecallCase.county_id))
        .outerjoin(township, township.id == Area.township_id)
        .join(Person, Person.id == RecallCase.person_id)
        .join(DispatchingUnit, DispatchingUnit.id == RecallCase.unit_id)
    )


def _not_found() -> NotFound:
    return NotFound("recall_not_found", "没有找到该召回事项")


def _record(action: str, case: RecallCase, caller: Caller, **details: Any) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=case.county_id,
        actor_id=caller.person_id,
        subject_id=case.id,
        **details,
    )
