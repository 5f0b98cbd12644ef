"""How the inbox is shown: of each thing its clause, how long it has waited, and what its own list says of it."""

from typing import Any
from uuid import UUID

from attendance.approvals import hours_waited, present_approvals
from identity.scope import Caller
from leave.policy import CLAUSES as LEAVE_CLAUSES
from leave.policy import Tier
from oversight.inbox import InboxKind, Page, Waiting
from oversight.inspection_presentation import present_finding
from oversight.policy import FINDING_CLAUSE, STEP_CLAUSES, Step
from oversight.recall_policy import CLAUSES as RECALL_CLAUSES
from oversight.recall_policy import Ground
from oversight.recall_presentation import present_proposal, present_recall
from roster.models import Rotation
from roster.policy import CLAUSES as ROTATION_CLAUSES
from roster.policy import Office
from roster.rotation_presentation import present_item as present_rotation


def present_inbox(page: Page, me: Caller) -> list[dict[str, Any]]:
    """Return the things of a page in its order."""
    leaves = [waiting.case for waiting in page.items if waiting.kind is InboxKind.LEAVE]
    shown = present_approvals(leaves, me, page.signed_for) if leaves else []  # type: ignore[arg-type]
    approvals = {approval["id"]: approval for approval in shown}
    return [_present(waiting, approvals, me) for waiting in page.items]


def _present(waiting: Waiting, approvals: dict[UUID, dict[str, Any]], me: Caller) -> dict[str, Any]:
    described: dict[str, Any] = dict.fromkeys(map(str, InboxKind))
    case: Any = waiting.case
    match waiting.kind:
        case InboxKind.LEAVE:
            own = approvals[waiting.id]
            clause, may_decide = LEAVE_CLAUSES[Tier(case.leave.decides)], own["may_decide"]
        case InboxKind.ROTATION:
            own = present_rotation(case, me)
            clause, may_decide = _rotation_clause(case.rotation), own["may_decide"]
        case InboxKind.FINDING:
            own = present_finding(case)
            clause = FINDING_CLAUSE
            may_decide = me.person_id not in (case.person.id, case.finding.found_by)
        case InboxKind.PROPOSAL:
            own = present_proposal(case)
            clause, may_decide = STEP_CLAUSES[Step(case.proposal.step)], case.person.id != me.person_id
        case InboxKind.RECALL:
            own = present_recall(case, me)
            clause, may_decide = RECALL_CLAUSES[Ground(case.case.ground)], case.person.id != me.person_id
    return {
        **described,
        "kind": waiting.kind,
        "id": waiting.id,
        "waits_since": waiting.since,
        "waiting_hours": hours_waited(waiting.since, me.now),
        "person": case.person,
        "village": case.village,
        "clause": clause,
        "may_decide": may_decide,
        str(waiting.kind): own,
    }


def _rotation_clause(rotation: Rotation) -> str:
    """Return by what the office is asked; of what another office has decided this very moment, the article alone."""
    return ROTATION_CLAUSES[Office(rotation.waits_for)] if rotation.waits_for else "第十八条"
