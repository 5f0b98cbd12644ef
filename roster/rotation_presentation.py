"""How rotations are shown: to whom what, in which words."""

from typing import Any

from identity.scope import Caller
from kernel.periods import day_of
from pictures.queries import photos_of
from roster.models import RotationDecision
from roster.policy import RotationState, offices, state_on
from roster.rotation_cases import Case, decisions_of, read_reason, reads_reason, signs_for

STATES = {
    RotationState.APPLIED: "派出单位已申请",
    RotationState.TOWNSHIP_OK: "乡镇党委已同意",
    RotationState.COUNTY_OK: "县领导小组已同意",
    RotationState.CITY_OK: "市已批复",
    RotationState.EFFECTIVE: "已交接",
    RotationState.REJECTED: "未同意",
    RotationState.WITHDRAWN: "已撤回",
}


def present_item(case: Case, me: Caller) -> dict[str, Any]:
    """Return a rotation as a list shows it."""
    rotation = case.rotation
    state = state_on(RotationState(rotation.state), last_day=rotation.last_day, day=day_of(me.now))
    return {
        "id": rotation.id,
        "posting_id": rotation.posting_id,
        "person": case.person,
        "role": case.posting.role,
        "village": case.village,
        "unit": case.unit,
        "successor": case.successor,
        "ground": rotation.ground if reads_reason(case, me) else None,
        "state": state,
        "state_text": STATES[state],
        "waits_for": rotation.waits_for,
        "waits_since": rotation.waits_since,
        "may_decide": signs_for(case, me) and me.person_id not in (rotation.person_id, rotation.successor_id),
        "asked_last_day": rotation.asked_last_day,
        "handover_days": rotation.handover_days,
        "last_day": rotation.last_day,
        "successor_first_day": rotation.successor_first_day,
        "applied_at": rotation.applied_at,
    }


def present_rotation(case: Case, me: Caller) -> dict[str, Any]:
    """Return a rotation as its page shows it to somebody."""
    rotation, may_read = case.rotation, reads_reason(case, me)
    return {
        **present_item(case, me),
        "client_key": rotation.client_key if rotation.applied_by == me.person_id else None,
        "reason": read_reason(rotation) if may_read else None,
        "findings": rotation.findings if may_read else [],
        "offices": offices(is_city_dispatched=rotation.is_city_dispatched),
        "decisions": [
            _present_decision(decision, signed_by, may_read)
            for decision, signed_by in decisions_of([rotation])[rotation.id]
        ],
        "proofs": photos_of(rotation.county_id, rotation.id, me) if may_read else [],
    }


def _present_decision(decision: RotationDecision, signed_by: Any, may_read: bool) -> dict[str, Any]:
    return {
        "office": decision.office,
        "decision": decision.decision,
        "opinion": decision.opinion if may_read else None,
        "signed_by": signed_by,
        "signed_at": decision.signed_at,
    }
