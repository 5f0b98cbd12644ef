"""How proposals, warnings and recalls are shown."""

from typing import Any

from identity.permissions import Permission
from identity.scope import Caller
from oversight.proposals import ProposalCase
from oversight.recall_models import WrittenWarning
from oversight.recall_policy import CLAUSES, Ground
from oversight.recalls import Recall
from oversight.sealing import unseal


def present_proposal(case: ProposalCase) -> dict[str, Any]:
    """Return what the ladder proposes, and what became of it."""
    proposal = case.proposal
    return {
        "id": proposal.id,
        "person": case.person,
        "village": case.village,
        "step": proposal.step,
        "findings": proposal.finding_ids,
        "state": proposal.state,
        "made_at": proposal.made_at,
        "document_no": proposal.document_no,
        "decided_at": proposal.decided_at,
        "reason": proposal.reason,
    }


def present_warning(warning: WrittenWarning) -> dict[str, Any]:
    """Return a written warning."""
    return {
        "id": warning.id,
        "person_id": warning.person_id,
        "day": warning.day,
        "text": warning.text,
        "document_no": warning.document_no,
        "proposal_id": warning.proposal_id,
        "given_at": warning.given_at,
    }


def present_recall(recall: Recall, me: Caller) -> dict[str, Any]:
    """Return a recall; the person's words are for the person and the offices, not the unit."""
    case = recall.case
    reads_answer = case.person_id == me.person_id or me.may(Permission.SEE_PROPOSALS)
    return {
        "id": case.id,
        "person": recall.person,
        "role": recall.posting.role,
        "village": recall.village,
        "township": recall.township,
        "unit": recall.unit,
        "ground": case.ground,
        "clause": CLAUSES[Ground(case.ground)],
        "reason": case.reason,
        "warning_id": case.warning_id,
        "proposal_id": case.proposal_id,
        "state": case.state,
        "urged_by_level": recall.urging_level,
        "proposed_at": case.proposed_at,
        "answer_due_on": case.answer_due_on,
        "answered_at": case.answered_at,
        "answer": unseal(case.answer_sealed, case.id) if reads_answer else None,
        "decided_at": case.decided_at,
        "reason_of_decision": case.reason_of_decision,
        "urged_at": case.urged_at,
        "urging_document_no": case.urging_document_no,
        "recalled_at": case.recalled_at,
        "last_day": case.last_day,
        "replaced_at": case.replaced_at,
        "successor_id": case.successor_id,
    }
