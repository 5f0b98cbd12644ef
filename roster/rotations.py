"""Rotations (Article 18): asked for by the dispatching unit, agreed to office by office, and only then carried out."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from identity.people import Candidate, enter_person, qualification_of
from identity.permissions import Permission
from identity.scope import Caller, within
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import day_of
from org.models import Area, DispatchingUnit, Person, Posting, PostingRole
from org.policy import Findings, Qualification, UnitKind, speaks_against, term_ends_on
from org.queries import settings_of
from pictures.queries import count_received
from roster.models import Rotation, RotationDecision, Verdict
from roster.policy import (
    APPROVED,
    SUDDEN,
    Change,
    Ground,
    Office,
    RotationState,
    Step,
    change_days,
    offices,
    step,
)
from roster.postings import Unqualified, insert_posting
from roster.rotation_cases import Case, get_case, seal_reason, signs_for
from roster.rotation_notices import tell_office, tell_outcome

OFFICE_NAMES = {
    Office.TOWNSHIP: "乡镇党委",
    Office.COUNTY_GROUP: "县驻村工作领导小组",
    Office.CITY_ORG: "市委组织部",
    Office.CITY_RURAL: "市乡村振兴局",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who shall leave, why, until when at the latest they stay, and who comes instead."""

    posting_id: UUID
    ground: Ground
    reason: str
    last_day: date
    successor: Candidate
    home_unit: str | None


# -- asking ---------------------------------------------------------------------------------------


def apply(*, caller: Caller, client_key: UUID, request: Request) -> tuple[Rotation, bool]:
    """Ask for a rotation and return it, and whether it is new; the same key again answers with the first.

    Unqualified if Article 6 speaks against the successor, Refusal before the term is over, Conflict where a
    request of this posting is under way or the successor is posted elsewhere.
    """
    with transaction():
        posting, village = _get_posting(request.posting_id, caller, Permission.APPLY_ROTATION)
        content = fingerprint(caller.person_id, asdict(request))
        county_id = village.county_id or audit.NO_COUNTY
        if known := find_known(Rotation, county_id, client_key, content):
            return known, False
        settings = settings_of(village, day=day_of(caller.now))
        _check_asked(request.ground, request.last_day, posting, caller, years=settings["posting.term_years"])
        unit = db.session.get_one(DispatchingUnit, posting.unit_id)
        successor = enter_person(request.successor)
        change = change_days(
            request.last_day,
            handover_days=settings["rotation.handover_days"],
            approved_on=day_of(caller.now),
        )
        warnings = _check_successor(successor, posting, unit, change, request.home_unit)
        rotation, is_new = store_once(
            Rotation(
                **_common(posting, village, unit, request.ground, request.reason, caller),
                client_key=client_key,
                content_sha256=content,
                asked_last_day=request.last_day,
                handover_days=settings["rotation.handover_days"],
                successor_id=successor.id,
                successor_home_unit=request.home_unit,
                findings=warnings,
                state=RotationState.APPLIED,
                waits_for=Office.TOWNSHIP,
                waits_in=village.township_id,
                waits_since=caller.now,
            ),
            stands=("rotation_running", "该同志已有轮换申请在办或已批准，不能再申请"),
        )
        if is_new:
            _record("rotation.apply", rotation, caller, ground=rotation.ground)
            tell_office(rotation, name=db.session.get_one(Person, posting.person_id).name, caller=caller)
        return rotation, is_new


def _get_posting(posting_id: UUID, caller: Caller, permission: Permission) -> tuple[Posting, Area]:
    statement = (
        select(Posting, Area).join(Area, Area.id == Posting.village_id).where(Posting.id == posting_id)
    )
    row = db.session.execute(within(statement, caller, permission)).one_or_none()
    if row is None:
        raise NotFound("posting_not_found", "没有找到该派驻")
    posting, village = row
    return posting, village


def _check_asked(ground: Ground, last_day: date, posting: Posting, caller: Caller, *, years: int) -> None:
    today = day_of(caller.now)
    if ground in SUDDEN:
        raise Refusal("ground_sudden", "去世、被采取强制措施的，由县驻村办登记")
    if not posting.first_day <= today <= (posting.last_day or today):
        raise Conflict("posting_ended", "此人现在不在该岗位上")
    if last_day < today:
        raise Refusal("day_past", "在岗截止日期不能早于今天")
    term_ends = term_ends_on(posting.first_day, years=years)
    if ground is Ground.TERM_OVER and last_day < term_ends:
        raise Refusal(
            "term_not_over", "任期未满，请写明需要调整的特殊原因", term_ends_on=term_ends.isoformat()
        )


def _check_successor(
    successor: Person, posting: Posting, unit: DispatchingUnit, change: Change, home_unit: str | None
) -> list[str]:
    """Return what the policy asks of the successor in principle; refuse whom it does not take."""
    findings = _judge(qualification_of(successor), posting, unit, change, home_unit)
    if findings.errors:
        raise Unqualified(findings)
    elsewhere = select(Posting.id).where(
        Posting.person_id == successor.id,
        or_(Posting.last_day.is_(None), Posting.last_day > change.successor_first_day),
    )
    if successor.id == posting.person_id or db.session.execute(elsewhere.limit(1)).first():
        raise Conflict("successor_posted", "接替人选在此期间另有派驻")
    return findings.warnings


def _judge(
    who: Qualification, posting: Posting, unit: DispatchingUnit, change: Change, home_unit: str | None
) -> Findings:
    return speaks_against(
        who,
        leads=posting.role == PostingRole.FIRST_SECRETARY,
        unit=UnitKind(unit.kind),
        first_day=change.successor_first_day,
        is_seconded=home_unit not in (None, unit.name),
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a request: on which days, before which offices, and what speaks against the successor."""

    change: Change
    offices: tuple[Office, ...]
    findings: Findings


def preview(
    *,
    caller: Caller,
    posting_id: UUID,
    ground: Ground,
    last_day: date,
    successor: Qualification,
    home_unit: str | None,
) -> Preview:
    """Return what a request would come to; nothing is written, and nobody is looked up.

    Refuses what ``apply`` refuses before it looks at the successor.
    """
    posting, village = _get_posting(posting_id, caller, Permission.APPLY_ROTATION)
    settings = settings_of(village, day=day_of(caller.now))
    _check_asked(ground, last_day, posting, caller, years=settings["posting.term_years"])
    unit = db.session.get_one(DispatchingUnit, posting.unit_id)
    change = change_days(
        last_day, handover_days=settings["rotation.handover_days"], approved_on=day_of(caller.now)
    )
    is_city = UnitKind(unit.kind).is_city_dispatched
    findings = _judge(successor, posting, unit, change, home_unit)
    return Preview(change, offices(is_city_dispatched=is_city), findings)


def _common(
    posting: Posting, village: Area, unit: DispatchingUnit, ground: Ground, reason: str, caller: Caller
) -> dict[str, Any]:
    rotation_id = uuid4()
    return {
        "county_id": village.county_id,
        "id": rotation_id,
        "posting_id": posting.id,
        "person_id": posting.person_id,
        "village_id": village.id,
        "unit_id": unit.id,
        "is_city_dispatched": UnitKind(unit.kind).is_city_dispatched,
        "ground": ground,
        "reason_sealed": seal_reason(reason, rotation_id),
        "applied_by": caller.person_id,
        "applied_at": caller.now,
    }


def withdraw(*, caller: Caller, rotation_id: UUID) -> Rotation:
    """Take a request back while an office still has to agree."""
    with transaction():
        case = get_case(rotation_id, caller, Permission.APPLY_ROTATION, holds=True)
        rotation = case.rotation
        if rotation.waits_for is None:
            raise Decided()
        withdrawn = _move(rotation, Step(RotationState.WITHDRAWN, None), case, caller.now)
        _record("rotation.withdraw", withdrawn, caller)
        return withdrawn


# -- deciding -------------------------------------------------------------------------------------


class Decided(Conflict):
    """Each office is heard once; what it said is changed only by a new request."""

    def __init__(self) -> None:
        super().__init__("rotation_decided", "该轮换申请刚被办理，请刷新")


def decide(*, caller: Caller, rotation_id: UUID, decision: Verdict, opinion: str) -> tuple[Rotation, Case]:
    """Say the word of the office a rotation waits for; the last one's yes sets the dates of both postings.

    Of two who decide at once the database lets one win; the other gets a Conflict.
    """
    if decision is Verdict.REJECTED and not opinion:
        raise Refusal("opinion_needed", "不同意须写明理由")
    with transaction():
        case = get_case(rotation_id, caller, Permission.DECIDE_ROTATION, holds=True)
        rotation = case.rotation
        _check_may_decide(case, caller, decision)
        office = Office(rotation.waits_for or "")
        taken = step(
            office, agrees=decision is Verdict.APPROVED, is_city_dispatched=rotation.is_city_dispatched
        )
        moved = _move(rotation, taken, case, caller.now)
        db.session.execute(
            insert(RotationDecision).values(
                county_id=rotation.county_id,
                id=uuid4(),
                rotation_id=rotation.id,
                office=office,
                decision=decision,
                opinion=opinion,
                signed_by=caller.person_id,
                signed_at=caller.now,
            )
        )
        _record("rotation.decide", moved, caller, office=office, decision=decision)
        if moved.waits_for:
            tell_office(moved, name=case.person.name, caller=caller)
        else:
            tell_outcome(moved, name=case.person.name, caller=caller)
        return moved, case


def _check_may_decide(case: Case, caller: Caller, decision: Verdict) -> None:
    rotation = case.rotation
    if caller.person_id in (rotation.person_id, rotation.successor_id):
        raise Forbidden("own_rotation", "不能审核本人的轮换")
    if rotation.waits_for is None:
        raise Decided()
    if not signs_for(case, caller):
        office = Office(rotation.waits_for)
        raise Forbidden("other_office", f"该申请正由{OFFICE_NAMES[office]}审核", office=office)
    if decision is Verdict.APPROVED and not count_received(rotation.county_id, rotation.id):
        raise Conflict("proof_missing", "派出单位还没有上传证明材料（第十八条）")


def _move(rotation: Rotation, taken: Step, case: Case, now: datetime) -> Rotation:
    """Take a step from where the rotation was read; Decided if somebody was faster."""
    dates = _carry_out(case, now) if taken.is_approval else {}
    place = case.area_id(taken.waits_for) if taken.waits_for else None
    moved = db.session.scalars(
        update(Rotation)
        .where(
            Rotation.county_id == rotation.county_id,
            Rotation.id == rotation.id,
            Rotation.state == rotation.state,
            Rotation.waits_for == rotation.waits_for,
        )
        .values(
            state=taken.state,
            waits_for=taken.waits_for,
            waits_in=place,
            waits_since=now if place else None,
            **dates,
        )
        .returning(Rotation)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()
    if moved is None:
        raise Decided()
    return moved


def _carry_out(case: Case, now: datetime) -> dict[str, Any]:
    """Set the last day of who leaves and post who comes; return the days. Conflict if the posts have changed."""
    rotation, posting = case.rotation, case.posting
    change = change_days(
        rotation.asked_last_day, handover_days=rotation.handover_days, approved_on=day_of(now)
    )
    _end_posting(posting, change.last_day, still_runs_on=change.successor_first_day)
    successor = Posting(
        id=uuid4(),
        person_id=rotation.successor_id,
        village_id=posting.village_id,
        unit_id=posting.unit_id,
        role=posting.role,
        first_day=change.successor_first_day,
        last_day=None,
        home_unit=rotation.successor_home_unit,
        party_transfer_on=None,
        findings=rotation.findings,
        override_reason=None,
    )
    if not insert_posting(successor):
        raise Conflict("successor_posted", "接替人选在此期间另有派驻")
    return {
        "last_day": change.last_day,
        "successor_first_day": change.successor_first_day,
        "successor_posting_id": successor.id,
    }


def _end_posting(posting: Posting, last_day: date, *, still_runs_on: date) -> None:
    try:
        ended = db.session.execute(
            update(Posting)
            .where(
                Posting.id == posting.id,
                or_(Posting.last_day.is_(None), Posting.last_day >= still_runs_on),
            )
            .values(last_day=last_day)
            .returning(Posting.id)
            .execution_options(synchronize_session=False)
        ).first()
    except IntegrityError as error:
        raise Conflict("postings_overlap", "此人届时另有派驻，请先核对名册") from error
    if ended is None:
        raise Conflict("posting_ended", "此人已离开该岗位，这份申请不再有效")
    db.session.refresh(posting)


# -- death and arrest -----------------------------------------------------------------------------


def end_suddenly(
    *, caller: Caller, posting_id: UUID, client_key: UUID, ground: Ground, last_day: date, reason: str
) -> tuple[Rotation, Case, bool]:
    """Note that somebody died or was arrested: the posting ends on that day, and nobody has to agree.

    The post is vacant from then on; its unit names somebody, whom the county posts.
    """
    with transaction():
        posting, village = _get_posting(posting_id, caller, Permission.END_POSTING)
        content = fingerprint(caller.person_id, posting_id, ground, last_day, reason)
        county_id = village.county_id or audit.NO_COUNTY
        if known := find_known(Rotation, county_id, client_key, content):
            return known, get_case(known.id, caller, Permission.END_POSTING), False
        if ground not in SUDDEN:
            raise Refusal("ground_not_sudden", "只有去世、被采取强制措施的由县驻村办直接登记")
        if not posting.first_day <= last_day <= day_of(caller.now):
            raise Refusal("day_outside", "日期须在派驻期内，且不晚于今天")
        _end_posting(posting, last_day, still_runs_on=last_day)
        if (approved := overtake(posting, county_id, last_day)) is not None:
            _record("rotation.end_suddenly", approved, caller, ground=ground, last_day=last_day.isoformat())
            return approved, get_case(approved.id, caller, Permission.END_POSTING), False
        unit = db.session.get_one(DispatchingUnit, posting.unit_id)
        rotation, is_new = store_once(
            Rotation(
                **_common(posting, village, unit, ground, reason, caller),
                client_key=client_key,
                content_sha256=content,
                asked_last_day=last_day,
                handover_days=1,
                successor_id=None,
                findings=[],
                state=RotationState.EFFECTIVE,
                last_day=last_day,
            )
        )
        _record("rotation.end_suddenly", rotation, caller, ground=ground, last_day=last_day.isoformat())
        case = get_case(rotation.id, caller, Permission.END_POSTING)
        tell_outcome(rotation, name=case.person.name, caller=caller)
        return rotation, case, is_new


def overtake(posting: Posting, county_id: UUID, last_day: date) -> Rotation | None:
    """Let the rotations of a post know that it ends on a day by death, arrest or recall; in that transaction.

    Requests wait for nobody any more. One that was approved ends on the day, if it had not ended by then, and is
    returned.
    """
    _void_open_requests(posting, county_id)
    return _bring_forward(posting, county_id, last_day)


def _void_open_requests(posting: Posting, county_id: UUID) -> None:
    """Let what was asked for of this posting, and is not agreed to yet, wait for nobody any more."""
    db.session.execute(
        update(Rotation)
        .where(
            Rotation.county_id == county_id,
            Rotation.posting_id == posting.id,
            Rotation.waits_for.is_not(None),
        )
        .values(state=RotationState.WITHDRAWN, waits_for=None, waits_in=None, waits_since=None)
        .execution_options(synchronize_session=False)
    )


def _bring_forward(posting: Posting, county_id: UUID, last_day: date) -> Rotation | None:
    """Let an approved rotation of this posting end on the day; who comes comes as agreed. None if there is none."""
    return db.session.scalars(
        update(Rotation)
        .where(
            Rotation.county_id == county_id,
            Rotation.posting_id == posting.id,
            Rotation.last_day >= last_day,
        )
        .values(last_day=last_day)
        .returning(Rotation)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()


# -- on the day -----------------------------------------------------------------------------------


def settle(*, now: datetime) -> list[Rotation]:
    """Mark the approved rotations whose last day is over as carried out; a second run finds none."""
    with transaction():
        settled = list(
            db.session.scalars(
                update(Rotation)
                .where(
                    Rotation.state.in_(sorted(APPROVED)),
                    Rotation.last_day < day_of(now),
                )
                .values(state=RotationState.EFFECTIVE)
                .returning(Rotation)
                .execution_options(synchronize_session=False, populate_existing=True)
            )
        )
        if settled:
            audit.record_several("rotation.settle", [(each.county_id, each.id) for each in settled], now=now)
        return settled


def _record(action: str, rotation: Rotation, caller: Caller, **details: Any) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=rotation.county_id,
        actor_id=caller.person_id,
        subject_id=rotation.id,
        state=rotation.state,
        **details,
    )
