"""The ladder of Article 21: what a confirmed finding is proposed for, and what the city makes of it; warnings."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, exists, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.permissions import Permission, Role
from identity.scope import Caller, find_posting_on, get_person, within
from kernel import audit
from kernel.database import AnySelect, db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import day_of
from org.models import Area, Person, Posting
from oversight.inspection_models import Finding
from oversight.notices import (
    TOWNSHIP_ROLES,
    UNIT_ROLES,
    in_office_of,
    offices_of,
    proposal_confirmed,
    proposal_made,
    warned,
)
from oversight.policy import (
    CountedFinding,
    FindingKind,
    FindingState,
    InspectionLevel,
    Step,
    counts,
    ladder,
)
from oversight.recall_models import Proposal, ProposalState, WrittenWarning


@dataclass(frozen=True, slots=True)
class ProposalCase:
    """A proposal with its posting, village and person."""

    proposal: Proposal
    posting: Posting
    village: Area
    person: Person


def propose_step(finding: Finding, *, village: Area, name: str, caller: Caller) -> None:
    """Propose what the confirmed findings of the posting lead to, if this one counts (Article 21).

    Findings of one posting are counted one after the other, so that of two confirmed at once one sees the other.
    """
    if not counts(_counted(finding)):
        return
    db.session.execute(
        select(Posting.id).where(Posting.id == finding.posting_id).with_for_update(key_share=True)
    )
    counted = [other for other in _findings_of(finding) if counts(_counted(other))]
    step = ladder(map(_counted, counted))
    if step is None or _is_proposed(finding, step):
        return
    made = db.session.execute(
        insert_or_skip(Proposal)
        .values(
            county_id=finding.county_id,
            id=uuid4(),
            posting_id=finding.posting_id,
            person_id=finding.person_id,
            step=step,
            finding_id=finding.id,
            finding_ids=[str(other.id) for other in counted],
            state=ProposalState.OPEN,
            made_at=caller.now,
        )
        .on_conflict_do_nothing()
        .returning(Proposal)
    ).scalar_one_or_none()
    if made is None:
        return
    _record("proposal.make", made, caller, step=step)
    people = set(offices_of(InspectionLevel.CITY, village, now=caller.now)) - {finding.person_id}
    proposal_made(made, people, name=name, now=caller.now)


def _counted(finding: Finding) -> CountedFinding:
    return CountedFinding(
        InspectionLevel(finding.level), FindingKind(finding.kind), FindingState(finding.state), finding.day
    )


def _findings_of(finding: Finding) -> list[Finding]:
    return list(
        db.session.scalars(
            select(Finding)
            .where(
                Finding.county_id == finding.county_id,
                Finding.person_id == finding.person_id,
                Finding.posting_id == finding.posting_id,
            )
            .order_by(Finding.day, Finding.found_at)
            .execution_options(populate_existing=True)
        )
    )


def _is_proposed(finding: Finding, step: Step) -> bool:
    """Say whether the step has been proposed for this posting and not been dropped."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Proposal.county_id == finding.county_id,
                    Proposal.posting_id == finding.posting_id,
                    Proposal.step == step,
                    Proposal.state != ProposalState.DROPPED,
                )
            )
        )
    )


def decide_proposal(
    *, caller: Caller, proposal_id: UUID, confirms: bool, reason: str, document_no: str | None
) -> ProposalCase:
    """Take a proposal up under a document, or drop it, for the city; one decision, by a person.

    A notice taken up is a written warning too. A recall taken up is passed to the township, which proposes it.
    """
    if confirms and not document_no:
        raise Refusal("document_needed", "须填写文件号")
    with transaction():
        case = get_proposal(proposal_id, caller, Permission.DECIDE_PROPOSALS)
        proposal = case.proposal
        if proposal.person_id == caller.person_id:
            raise Forbidden("own_record", "不能决定本人的事项")
        state = ProposalState.CONFIRMED if confirms else ProposalState.DROPPED
        decided = db.session.execute(
            update(Proposal)
            .where(_is(proposal), Proposal.state == ProposalState.OPEN)
            .values(
                state=state,
                decided_by=caller.person_id,
                decided_at=caller.now,
                reason=reason,
                document_no=document_no if confirms else None,
            )
            .returning(Proposal.id)
            .execution_options(synchronize_session=False)
        ).first()
        if decided is None:
            raise Conflict("proposal_decided", "该建议已经办结，请刷新")
        db.session.refresh(proposal)
        _record("proposal.decide", proposal, caller, state=state, step=proposal.step)
        if confirms:
            _follow_up(case, caller, reason)
        return case


def _follow_up(case: ProposalCase, caller: Caller, reason: str) -> None:
    proposal, village, now = case.proposal, case.village, caller.now
    if proposal.step == Step.NOTICE:
        db.session.add(
            WrittenWarning(
                county_id=proposal.county_id,
                id=uuid4(),
                client_key=proposal.id,
                content_sha256=fingerprint(caller.person_id, proposal.id),
                posting_id=proposal.posting_id,
                person_id=proposal.person_id,
                proposal_id=proposal.id,
                day=day_of(now),
                text=reason,
                document_no=proposal.document_no,
                given_by=caller.person_id,
                given_at=now,
            )
        )
        db.session.flush()
    others = [
        *in_office_of(UNIT_ROLES, case.posting.unit_id, now=now),
        *in_office_of(TOWNSHIP_ROLES, village.township_id, now=now),
        *in_office_of((Role.COUNTY_OFFICE,), village.county_id, now=now),
    ]
    proposal_confirmed(proposal, set(others) - {proposal.person_id}, name=case.person.name, now=now)


def get_proposal(proposal_id: UUID, caller: Caller, permission: Permission) -> ProposalCase:
    """Return a proposal within the caller's reach, or NotFound."""
    row = db.session.execute(
        within(_cases().where(Proposal.id == proposal_id), caller, permission)
    ).one_or_none()
    if row is None:
        raise NotFound("proposal_not_found", "没有找到该建议")
    return ProposalCase(*row)


def proposals(
    *, caller: Caller, state: str | None, after: list[Any] | None, limit: int
) -> list[ProposalCase]:
    """Return a page of the proposals in the caller's area, the latest first.

    The offices below the city are told of a proposal once the city has taken it up.
    """
    order = Proposal.made_at, Proposal.id
    statement = _cases().order_by(*(column.desc() for column in order)).limit(limit)
    if not caller.may(Permission.DECIDE_PROPOSALS):
        statement = statement.where(Proposal.state == ProposalState.CONFIRMED)
    if state:
        statement = statement.where(Proposal.state == state)
    if after is not None:
        statement = statement.where(tuple_(*order) < tuple_(*after))
    rows = db.session.execute(within(statement, caller, Permission.SEE_PROPOSALS))
    return [ProposalCase(*row) for row in rows]


def waiting_proposals(caller: Caller) -> AnySelect:
    """Select what the city has to take up or to drop: (county, id, since)."""
    statement = (
        select(Proposal.county_id, Proposal.id, Proposal.made_at.label("since"))
        .join(Posting, Posting.id == Proposal.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == Proposal.county_id))
        .where(Proposal.state == ProposalState.OPEN)
    )
    return within(statement, caller, Permission.DECIDE_PROPOSALS)


def find_proposals(ids: Collection[UUID], caller: Caller) -> dict[UUID, ProposalCase]:
    """Return those of the proposals that are the caller's to decide, by id."""
    statement = within(_cases().where(Proposal.id.in_(ids)), caller, Permission.DECIDE_PROPOSALS)
    return {row[0].id: ProposalCase(*row) for row in db.session.execute(statement)}


def _cases() -> AnySelect:
    return (
        select(Proposal, Posting, Area, Person)
        .join(Posting, Posting.id == Proposal.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == Proposal.county_id))
        .join(Person, Person.id == Proposal.person_id)
    )


def _is(proposal: Proposal) -> Any:
    return and_(Proposal.county_id == proposal.county_id, Proposal.id == proposal.id)


def _record(action: str, proposal: Proposal, caller: Caller, **details: Any) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=proposal.county_id,
        actor_id=caller.person_id,
        subject_id=proposal.id,
        **details,
    )


# -- warnings -----------------------------------------------------------------------------------


def warn(*, caller: Caller, client_key: UUID, person_id: UUID, text: str) -> tuple[WrittenWarning, bool]:
    """Warn somebody of the area in writing (Article 22(4) asks for it before a recall); told at once."""
    get_person(person_id, caller, Permission.WARN)
    if person_id == caller.person_id:
        raise Forbidden("own_record", "不能提醒本人")
    today = day_of(caller.now)
    with transaction():
        found = find_posting_on(today, person_id=person_id, caller=caller, permission=Permission.WARN)
        if found is None:
            raise Refusal("not_posted", "此人现在没有派驻在本地")
        posting, village = found
        content_sha256 = fingerprint(caller.person_id, posting.id, text)
        county_id: UUID = village.county_id  # type: ignore[assignment]  # a village lies in a county
        if first := find_known(WrittenWarning, county_id, client_key, content_sha256):
            return first, False
        warning, is_new = store_once(
            WrittenWarning(
                county_id=county_id,
                id=uuid4(),
                client_key=client_key,
                content_sha256=content_sha256,
                posting_id=posting.id,
                person_id=person_id,
                day=today,
                text=text,
                given_by=caller.person_id,
                given_at=caller.now,
            )
        )
        if is_new:
            audit.record(
                "warning.give",
                now=caller.now,
                county_id=county_id,
                actor_id=caller.person_id,
                subject_id=warning.id,
                person_id=str(person_id),
            )
            warned(warning, caller.now)
        return warning, is_new


def warnings_of(person_id: UUID, caller: Caller) -> list[WrittenWarning]:
    """Return the warnings somebody was given in postings the caller reaches, the latest first."""
    statement = (
        select(WrittenWarning)
        .join(Posting, Posting.id == WrittenWarning.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == WrittenWarning.county_id))
        .where(WrittenWarning.person_id == person_id)
        .order_by(WrittenWarning.given_at.desc())
        .limit(200)
    )
    return list(db.session.scalars(within(statement, caller, Permission.SEE_PROPOSALS)))
