"""How inspections, roll-calls and findings are shown: places as 村内, 存疑, 村外, answers to whom they concern."""

from typing import Any

from identity.permissions import Permission
from identity.scope import Caller
from kernel.periods import day_of
from oversight.findings import FindingCase, day_class_then, findings_of, reads_answer
from oversight.inspection_models import RollCall, RollCallEntry
from oversight.inspections import InspectionCase
from oversight.policy import AnswerOutcome
from oversight.roll_calls import roll_calls_of
from oversight.sealing import unseal
from pictures.queries import photos_of


def present_inspection(case: InspectionCase) -> dict[str, Any]:
    """Return an inspection as a list shows it."""
    inspection = case.inspection
    return {
        "id": inspection.id,
        "village": case.village,
        "level": inspection.level,
        "day": inspection.day,
        "opened_at": inspection.opened_at,
        "inspector": case.inspector,
        "note": inspection.purpose,
    }


def present_inspection_in_full(case: InspectionCase) -> dict[str, Any]:
    """Return an inspection with who was to be there, who answered, and what was found."""
    inspection = case.inspection
    return {
        **present_inspection(case),
        "situation": inspection.situation,
        "roll_calls": [
            present_roll_call(roll_call, entries) for roll_call, entries in roll_calls_of(inspection)
        ],
        "findings": [present_finding(each) for each in findings_of(inspection.id, inspection.county_id)],
    }


def present_roll_call(roll_call: RollCall, entries: list[tuple[RollCallEntry, str]]) -> dict[str, Any]:
    """Return a roll-call with everybody called."""
    return {
        "id": roll_call.id,
        "called_at": roll_call.called_at,
        "due_at": roll_call.due_at,
        "people": [present_entry(entry, name) for entry, name in entries],
    }


def present_entry(entry: RollCallEntry, name: str) -> dict[str, Any]:
    """Return what somebody called has answered, and what the inspector says."""
    return {
        "person": {"id": entry.person_id, "name": name},
        "expectation": entry.expectation,
        "answered_at": entry.answered_at,
        "captured_at": entry.captured_at,
        "late": entry.is_late,
        "outcome": entry.outcome,
        "verdict": entry.verdict,
        "band": entry.band,
        "doubts": entry.doubts,
        "note": entry.said,
        "present": entry.is_present,
        "word_note": entry.word_note,
        "word_at": entry.word_at,
    }


MESSAGES = {
    AnswerOutcome.IN_VILLAGE: "已应答，在村",
    AnswerOutcome.OUTSIDE: "已应答，位置在村外。如确在村内，请向督查人员说明",
    AnswerOutcome.WAITS_FOR_INSPECTOR: "已应答，待督查人员核实",
}


def present_answer(entry: RollCallEntry) -> dict[str, Any]:
    """Return what somebody is told of an answer."""
    outcome = AnswerOutcome(entry.outcome or "")
    return {
        "roll_call_id": entry.roll_call_id,
        "client_key": entry.client_key,
        "answered_at": entry.answered_at,
        "late": entry.is_late,
        "outcome": outcome,
        "verdict": entry.verdict,
        "band": entry.band,
        "message": MESSAGES[outcome] + ("（迟答）" if entry.is_late else ""),
    }


def present_finding(case: FindingCase) -> dict[str, Any]:
    """Return a finding as a list shows it."""
    finding = case.finding
    return {
        "id": finding.id,
        "inspection_id": finding.inspection_id,
        "person": case.person,
        "village": case.village,
        "level": finding.level,
        "kind": finding.kind,
        "day": finding.day,
        "found_at": finding.found_at,
        "state": finding.state,
        "answer_due_on": finding.answer_due_on,
        "answered_at": finding.answered_at,
        "answered_late": _is_answered_late(case),
        "decided_at": finding.decided_at,
    }


def _is_answered_late(case: FindingCase) -> bool:
    finding = case.finding
    return finding.answered_at is not None and day_of(finding.answered_at) > finding.answer_due_on


def present_finding_in_full(case: FindingCase, me: Caller) -> dict[str, Any]:
    """Return a finding as its page shows it: the person's words to the person and the offices only."""
    finding = case.finding
    is_own = finding.person_id == me.person_id
    return {
        **present_finding_words(case, me),
        "day_class": None if is_own else day_class_then(case, me),
        "photos": photos_of(finding.county_id, finding.id, me) if sees_photos(case, me) else [],
    }


def present_finding_words(case: FindingCase, me: Caller) -> dict[str, Any]:
    """Return a finding with what was said of it, as far as somebody may read it."""
    finding = case.finding
    return {
        **present_finding(case),
        "description": finding.description,
        "answer": unseal(finding.answer_sealed, finding.id) if reads_answer(finding, me) else None,
        "reason": finding.reason,
    }


def sees_photos(case: FindingCase, me: Caller) -> bool:
    """Say whether somebody may see the photos: all who see the finding but the unit (security B5)."""
    return case.finding.person_id == me.person_id or me.may(Permission.SEE_INSPECTIONS)
