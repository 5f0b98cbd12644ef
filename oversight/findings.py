"""Findings: made by an inspector, answered by the person, confirmed or lifted by an office (Article 21, D22)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, false, or_, select, tuple_, update

from attendance.policy import DayClass
from identity.permissions import Permission, Role
from identity.scope import Caller, within
from kernel import audit
from kernel.database import AnySelect, db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import day_of
from leave.queries import work_calendar
from messages.service import tell
from org.models import Area, Person, Posting
from org.queries import settings_of
from oversight.hearing import heard_since
from oversight.inspection_models import Finding
from oversight.inspections import get_running, in_office
from oversight.notices import (
    JUDGES,
    TOWNSHIP_ROLES,
    UNIT_ROLES,
    finding_decided,
    finding_made,
    finding_waits,
    in_office_of,
    offices_of,
    place_of,
)
from oversight.policy import (
    UNDECIDED,
    Expectation,
    FindingKind,
    FindingState,
    InspectionLevel,
    answer_due,
    is_heard,
)
from oversight.proposals import propose_step
from oversight.sealing import seal, unseal
from oversight.situation import Standing, standings


@dataclass(frozen=True, slots=True)
class FindingCase:
    """A finding with its posting, village, person and who found it."""

    finding: Finding
    posting: Posting
    village: Area
    person: Person


def make_finding(
    *,
    caller: Caller,
    inspection_id: UUID,
    client_key: UUID,
    person_id: UUID,
    kind: FindingKind,
    description: str,
) -> tuple[Finding, bool]:
    """Write down what was found about somebody posted to the village; the person is told first.

    Nobody is found absent who is away on an approved leave or off duty at this hour. The same key again
    answers with the first record; of one kind there is one finding a visit.
    """
    with transaction():
        case = get_running(inspection_id, caller)
        inspection, village = case.inspection, case.village
        content_sha256 = fingerprint(caller.person_id, inspection.id, person_id, kind, description)
        if first := find_known(Finding, inspection.county_id, client_key, content_sha256):
            return first, False
        if person_id == caller.person_id:
            raise Forbidden("own_record", "不能记录本人")
        found = standings(caller=caller, village=village, at=caller.now, permission=Permission.INSPECT)
        standing = next((each for each in found if each.post.person_id == person_id), None)
        if standing is None:
            raise NotFound("person_not_found", "没有找到此人")
        if kind is FindingKind.ABSENT:
            _refuse_with_cause(standing)
        settings = settings_of(village, day=inspection.day)
        finding, is_new = store_once(
            Finding(
                county_id=inspection.county_id,
                id=uuid4(),
                client_key=client_key,
                content_sha256=content_sha256,
                inspection_id=inspection.id,
                posting_id=standing.post.posting_id,
                person_id=person_id,
                village_id=village.id,
                level=inspection.level,
                kind=kind,
                day=inspection.day,
                description=description,
                found_by=caller.person_id,
                found_at=caller.now,
                state=FindingState.FOUND,
                answer_due_on=answer_due(
                    inspection.day,
                    workdays=settings["inspection.answer_days"],
                    calendar=work_calendar(settings),
                ),
            ),
            stands=("found_already", "这次督查已对此人记录过同一问题"),
        )
        if is_new:
            _record("finding.make", finding, caller, kind=kind, level=finding.level)
            finding_made(finding, caller.now)
        return finding, is_new


def _refuse_with_cause(standing: Standing) -> None:
    if standing.expectation is Expectation.AWAY:
        raise Refusal("away_with_cause", "此人此刻有已批准的请假或乡镇登记，不属无故不在岗")
    if standing.expectation is Expectation.NOT_ON_DUTY:
        raise Refusal("not_on_duty", "此刻为休息日，不属无故不在岗")


def answer_finding(*, caller: Caller, finding_id: UUID, text: str) -> FindingCase:
    """Say what there is to say to a finding about oneself; the same words again change nothing.

    A later answer than the day set is taken as long as nobody has decided.
    """
    with transaction():
        case = get_own_finding(finding_id, caller)
        finding = case.finding
        answered = db.session.execute(
            update(Finding)
            .where(_is(finding), Finding.state == FindingState.FOUND)
            .values(state=FindingState.ANSWERED, answer_sealed=seal(text, finding.id), answered_at=caller.now)
            .returning(Finding.id)
            .execution_options(synchronize_session=False)
        ).first()
        db.session.refresh(finding)
        if answered is None:
            if unseal(finding.answer_sealed, finding.id) == text:
                return case
            raise Decided() if finding.decided_at else Conflict("answered_already", "您已作过说明")
        _record("finding.answer", finding, caller)
        people = offices_of(InspectionLevel(finding.level), case.village, now=caller.now)
        tell(finding_waits(finding, people, name=case.person.name), now=caller.now)
        return case


class Decided(Conflict):
    """A finding is decided once."""

    def __init__(self) -> None:
        super().__init__("finding_decided", "该督查记录已经办结，请刷新")


def decide_finding(*, caller: Caller, finding_id: UUID, confirms: bool, reason: str) -> FindingCase:
    """Confirm a finding, or lift it, for the office of its level; the person is heard before it is confirmed.

    Of two who decide at once the database lets one win; the other gets a Conflict.
    """
    with transaction():
        case = get_finding(finding_id, caller, Permission.JUDGE_FINDINGS)
        finding = case.finding
        _check_judge(case, caller)
        if confirms:
            _check_confirmable(case, caller)
        state = FindingState.CONFIRMED if confirms else FindingState.LIFTED
        decided = db.session.execute(
            update(Finding)
            .where(_is(finding), Finding.state.in_(sorted(UNDECIDED)))
            .values(state=state, decided_by=caller.person_id, decided_at=caller.now, reason=reason)
            .returning(Finding.id)
            .execution_options(synchronize_session=False)
        ).first()
        if decided is None:
            raise Decided()
        db.session.refresh(finding)
        _record("finding.decide", finding, caller, state=state)
        others = [
            *in_office_of(TOWNSHIP_ROLES, case.village.township_id, now=caller.now),
            *in_office_of(UNIT_ROLES, case.posting.unit_id, now=caller.now),
        ]
        finding_decided(finding, others, name=case.person.name, now=caller.now)
        if confirms:
            propose_step(finding, village=case.village, name=case.person.name, caller=caller)
        return case


def _check_judge(case: FindingCase, caller: Caller) -> None:
    """Refuse who found it, whom it is about, and the office of another level."""
    finding = case.finding
    if caller.person_id in (finding.person_id, finding.found_by):
        raise Forbidden("own_record", "不能认定本人的或本人所作的督查记录")
    place = place_of(InspectionLevel(finding.level), case.village)
    if all(holding.area_id != place for holding in caller.holdings_for(Permission.JUDGE_FINDINGS)):
        raise Forbidden("other_level", "由派出督查的一级认定", level=finding.level)


def _check_confirmable(case: FindingCase, caller: Caller) -> None:
    finding = case.finding
    if finding.decided_at is not None:
        raise Decided()
    today = day_of(caller.now)
    if not is_heard(
        has_answered=finding.answered_at is not None, answer_due_on=finding.answer_due_on, today=today
    ):
        raise Conflict(
            "answer_period", "本人说明期未满，暂不能认定", answer_due_on=finding.answer_due_on.isoformat()
        )
    if finding.kind != FindingKind.ABSENT:
        return
    standing = standing_then(case, caller, Permission.JUDGE_FINDINGS)
    if standing is not None and not standing.expectation.is_called:
        raise Conflict("away_with_cause", "该时段已有批准的请假或登记，不属无故不在岗，请撤销")


def standing_then(case: FindingCase, caller: Caller, permission: Permission) -> Standing | None:
    """Return what is known today of the hour at which something was found."""
    found = standings(
        caller=in_office(caller),
        village=case.village,
        at=case.finding.found_at,
        permission=permission,
        posting_ids=[case.posting.id],
    )
    return found[0] if found else None


def day_class_then(case: FindingCase, caller: Caller) -> DayClass | None:
    """Return what the half-day of a finding counts as today, for offices."""
    standing = standing_then(case, caller, Permission.SEE_FINDINGS)
    return standing.half_day if standing else None


# -- reading ------------------------------------------------------------------------------------


def get_own_finding(finding_id: UUID, caller: Caller) -> FindingCase:
    """Return a finding about the caller, NotFound for any other."""
    row = db.session.execute(
        _cases().where(Finding.id == finding_id, Finding.person_id == caller.person_id)
    ).one_or_none()
    if row is None:
        raise _not_found()
    return FindingCase(*row)


def get_finding(finding_id: UUID, caller: Caller, permission: Permission) -> FindingCase:
    """Return a finding the caller may see: about oneself, of one's own making, of an office's area, of a unit's people."""
    row = db.session.execute(
        _visible(_cases().where(Finding.id == finding_id), caller, permission)
    ).one_or_none()
    if row is None:
        raise _not_found()
    return FindingCase(*row)


def findings(
    *, caller: Caller, states: list[str], person_id: UUID | None, after: list[Any] | None, limit: int
) -> list[FindingCase]:
    """Return a page of the findings the caller may see, the latest first."""
    order = Finding.found_at, Finding.id
    statement = _cases().order_by(*(column.desc() for column in order)).limit(limit)
    if states:
        statement = statement.where(Finding.state.in_(states))
    if person_id is not None:
        statement = statement.where(Finding.person_id == person_id)
    if after is not None:
        statement = statement.where(tuple_(*order) < tuple_(*after))
    rows = db.session.execute(_visible(statement, caller, Permission.SEE_FINDINGS))
    return [FindingCase(*row) for row in rows]


def waiting_findings(caller: Caller) -> AnySelect:
    """Select what the caller's offices have to confirm or to lift, once the person was heard: (county, id, since)."""
    judged = [
        and_(Finding.level == level, place_of(level, Area) == holding.area_id)
        for holding in caller.holdings_for(Permission.JUDGE_FINDINGS)
        for level, roles in JUDGES.items()
        if holding.role in roles
    ]
    since = heard_since(Finding.answered_at, Finding.answer_due_on)
    statement = (
        select(Finding.county_id, Finding.id, since.label("since"))
        .join(Posting, Posting.id == Finding.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == Finding.county_id))
        .where(Finding.state.in_(sorted(UNDECIDED)), since <= caller.now, or_(false(), *judged))
    )
    return within(statement, caller, Permission.JUDGE_FINDINGS)


def find_findings(ids: Collection[UUID], caller: Caller) -> dict[UUID, FindingCase]:
    """Return those of the findings that the caller's offices may judge, by id."""
    statement = within(_cases().where(Finding.id.in_(ids)), caller, Permission.JUDGE_FINDINGS)
    return {row[0].id: FindingCase(*row) for row in db.session.execute(statement)}


def findings_of(inspection_id: UUID, county_id: UUID) -> list[FindingCase]:
    """Return what was found on one inspection, in order."""
    rows = db.session.execute(
        _cases()
        .where(Finding.county_id == county_id, Finding.inspection_id == inspection_id)
        .order_by(Finding.found_at, Finding.id)
    )
    return [FindingCase(*row) for row in rows]


def _cases() -> AnySelect:
    return (
        select(Finding, Posting, Area, Person)
        .join(Posting, Posting.id == Finding.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == Finding.county_id))
        .join(Person, Person.id == Finding.person_id)
    )


def _visible(statement: AnySelect, caller: Caller, permission: Permission) -> AnySelect:
    reached = within(
        select(Posting.id).join(Area, Area.id == Posting.village_id), in_office(caller), permission
    ).correlate(None)
    inspects = any(holding.role is Role.INSPECTOR for holding in caller.holdings_for(permission))
    return statement.where(
        or_(
            Finding.person_id == caller.person_id,
            Finding.found_by == caller.person_id if inspects else false(),
            Posting.id.in_(reached),
        )
    )


def reads_answer(finding: Finding, caller: Caller) -> bool:
    """Say whether somebody may read the person's words: the person and the offices, not the unit."""
    return finding.person_id == caller.person_id or caller.may(Permission.JUDGE_FINDINGS)


def _not_found() -> NotFound:
    return NotFound("finding_not_found", "没有找到该督查记录")


def _is(finding: Finding) -> Any:
    return and_(Finding.county_id == finding.county_id, Finding.id == finding.id)


def _record(action: str, finding: Finding, caller: Caller, **details: Any) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=finding.county_id,
        actor_id=caller.person_id,
        subject_id=finding.id,
        **details,
    )
