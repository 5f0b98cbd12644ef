"""How leaves are shown: to whom what, in which words."""

from typing import Any
from uuid import UUID

from identity.permissions import Permission, Role
from identity.scope import Caller
from kernel.periods import day_of
from leave.models import Decision, Delegation, Leave, StandIn
from leave.policy import CLAUSES, LeaveState, Tier, sees_reason
from leave.queries import LeaveCase, decisions_of, get_case, offices_signed_for, stand_ins_of
from leave.requests import read_reason
from leave.wording import STATES
from org.models import Area, Person
from pictures.queries import photos_of

CHAIN_ROLES: dict[Role, Tier] = {
    Role.TOWNSHIP_CLERK: Tier.TOWNSHIP,
    Role.TOWNSHIP_HEAD: Tier.TOWNSHIP,
    Role.COUNTY_OFFICE: Tier.COUNTY_OFFICE,
    Role.COUNTY_GROUP: Tier.COUNTY_GROUP,
}
"""Who belongs to which office of the approval chain."""


def present_leave(
    leave_id: UUID, me: Caller, permission: Permission = Permission.SEE_LEAVES
) -> dict[str, Any]:
    """Return a leave as its page shows it to somebody."""
    case = get_case(leave_id, me, permission)
    leave, may_read = case.leave, reads_reason(case, me)
    stand_in = stand_ins_of([leave]).get(leave.id)
    return {
        **present_item(case, me),
        "reason": read_reason(leave) if may_read else None,
        "destination": leave.destination if may_read else None,
        "work_goes_to": leave.work_goes_to,
        "asked_last_day": leave.asked_last_day,
        "asked_last_half": _last_half(leave.asked_ends_at_noon),
        "day_count": leave.rule["day_count"],
        "consent": _present_consent(leave),
        "papers_filed_at": leave.papers_filed_at,
        "returned_half": None if leave.returned_on is None else _first_half(bool(leave.returned_at_noon)),
        "decisions": [
            present_decision(decision, name, may_read=may_read)
            for decision, name in decisions_of([leave]).get(leave.id, [])
        ],
        "stand_in": present_stand_in(*stand_in) if stand_in else None,
        "proofs": photos_of(leave.county_id, leave.id, me) if may_read else [],
    }


def present_item(case: LeaveCase, me: Caller) -> dict[str, Any]:
    """Return a leave as a list shows it."""
    leave, today = case.leave, day_of(me.now)
    is_due = leave.state == LeaveState.ORAL and leave.papers_due_on is not None
    return {
        **present_brief(leave, case.person.name),
        "client_key": leave.client_key if leave.person_id == me.person_id else None,
        "state_text": state_text(leave, me),
        "village": case.village,
        "unit": {"id": case.posting.unit_id, "name": case.unit_name},
        "role": case.posting.role,
        "counted_days": leave.counted_days,
        "chain_days": leave.chain_days,
        "tier": leave.decides,
        "clause": CLAUSES[Tier(leave.decides)],
        "waits_for": leave.waits_for,
        "submitted_at": leave.submitted_at,
        "retro": leave.is_retro,
        "papers_due_on": leave.papers_due_on if is_due else None,
        "papers_overdue": bool(is_due and leave.papers_due_on and leave.papers_due_on < today),
        "returned_on": leave.returned_on,
        "extends_id": leave.extends_id,
        "needs_stand_in": leave.needs_stand_in,
    }


def present_brief(leave: Leave, name: str) -> dict[str, Any]:
    """Return who is away, how and when."""
    return {
        "id": leave.id,
        "person": {"id": leave.person_id, "name": name},
        "kind": leave.kind,
        "state": leave.state,
        "first_day": leave.first_day,
        "first_half": _first_half(leave.begins_at_noon),
        "last_day": leave.last_day,
        "last_half": _last_half(leave.ends_at_noon),
    }


def state_text(leave: Leave, me: Caller) -> str:
    """Return the state in the office's words; who is away on an approved leave is 离村中."""
    today = day_of(me.now)
    if leave.state == LeaveState.APPROVED and leave.first_day <= today:
        return "离村中"
    if (
        leave.state == LeaveState.SUBMITTED
        and leave.waits_for == leave.decides
        and leave.decides != leave.rule["steps"][0]
    ):
        return "已签意见，待审批"
    return STATES[LeaveState(leave.state)]


def reads_reason(case: LeaveCase, me: Caller) -> bool:
    """Say whether somebody is the person or of an office in the leave's approval chain, or its deputy."""
    offices = {
        (CHAIN_ROLES[holding.role], holding.area_id) for holding in me.holdings if holding.role in CHAIN_ROLES
    }
    return case.leave.person_id == me.person_id or any(
        sees_reason(office, Tier(case.leave.decides)) and area_id == case.area_id(office)
        for office, area_id in offices | offices_signed_for(me).keys()
    )


def _first_half(begins_at_noon: bool) -> str:
    return "afternoon" if begins_at_noon else "morning"


def _last_half(ends_at_noon: bool) -> str:
    return "morning" if ends_at_noon else "afternoon"


def _present_consent(leave: Leave) -> dict[str, Any] | None:
    if leave.consented_at is None:
        return None
    return {"by": leave.consented_by, "at": leave.consented_at, "channel": leave.consent_channel}


def present_decision(decision: Decision, name: str, *, may_read: bool) -> dict[str, Any]:
    """Return what an office said; its words are for the approval chain."""
    return {
        "office": decision.office,
        "is_opinion": decision.is_opinion,
        "decision": decision.decision,
        "opinion": decision.opinion if may_read else None,
        "signed_by": {"id": decision.signed_by, "name": name},
        "by_delegation": decision.delegation_id is not None,
        "signed_at": decision.signed_at,
    }


def present_stand_in(stand_in: StandIn, name: str | None) -> dict[str, Any]:
    """Return who stands in, or the note on the post."""
    return {
        "person": {"id": stand_in.person_id, "name": name} if stand_in.person_id else None,
        "adjustment": stand_in.adjustment,
        "warnings": stand_in.warnings,
        "named_at": stand_in.named_at,
    }


def present_delegation(delegation: Delegation, deputy: Person, area: Area) -> dict[str, Any]:
    """Return who signs for which office, until when."""
    return {
        "id": delegation.id,
        "office": delegation.office,
        "area": area,
        "deputy": deputy,
        "first_day": delegation.first_day,
        "last_day": delegation.last_day,
        "document_no": delegation.document_no,
    }
