"""Leaves: reading them, deciding, withdrawing, coming back, stand-ins, delegations. Asking is in `attendance`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint, FileSchema
from flask import Response

from identity.people import Candidate
from identity.permissions import Permission
from identity.scope import get_area, get_person
from identity.session import caller, requires
from kernel.periods import day_of
from kernel.web import read_cursor, write_cursor
from leave.decisions import decide, decide_several
from leave.delegations import delegate, delegations, deputies, end_delegation
from leave.documents import slip_pdf
from leave.models import Verdict
from leave.policy import Tier
from leave.presentation import (
    present_delegation,
    present_item,
    present_leave,
    present_stand_in,
    reads_reason,
)
from leave.proofs import add_proof
from leave.queries import get_case, page_of_leaves
from leave.requests import withdraw
from leave.returns import return_to_village
from leave.schemas import (
    DecisionRequest,
    DelegationItem,
    DelegationRequest,
    DelegationsResponse,
    DeputiesResponse,
    LeavePage,
    LeaveResponse,
    LeavesQuery,
    ReturnRequest,
    SeveralDecisionsRequest,
    SeveralDecisionsResponse,
    StandInItem,
    StandInRequest,
)
from leave.slips import slip_of
from leave.stand_ins import adjust_post, name_stand_in
from org.models import Level
from org.policy import Grade
from pictures.schemas import PhotoRequest, PhotoResponse

bp = APIBlueprint("leave", __name__, tag="请假 leave")


@bp.get("/leaves")
@bp.input(LeavesQuery, location="query")
@bp.output(LeavePage)
@requires(Permission.SEE_LEAVES)
def get_leaves(query_data: dict[str, Any]) -> dict[str, Any]:
    """The leaves I may see, the latest request first: my own, my team's, my area's, my unit's."""
    me, limit, month = caller(), query_data["limit"], query_data["month"]
    if query_data["person"] not in (None, me.person_id):
        get_person(query_data["person"], me, Permission.SEE_LEAVES)
    if query_data["village"]:
        get_area(query_data["village"], me, Permission.SEE_LEAVES, level=Level.VILLAGE)
    found = page_of_leaves(
        caller=me,
        person_id=query_data["person"],
        village_id=query_data["village"],
        states=[query_data["state"]] if query_data["state"] else [],
        touches=(month.first_day, month.last_day) if month else None,
        papers_due_before=day_of(me.now) if query_data["papers_overdue"] else None,
        after=read_cursor(query_data["cursor"], datetime.fromisoformat, UUID),
        limit=limit + 1,
    )
    page = found[:limit]
    last = page[-1].leave if len(found) > limit else None
    return {
        "items": [present_item(case, me) for case in page],
        "next_cursor": write_cursor(last.submitted_at.isoformat(), last.id) if last else None,
    }


@bp.get("/leaves/<uuid:leave_id>")
@bp.output(LeaveResponse)
@requires(Permission.SEE_LEAVES)
def get_leave(leave_id: UUID) -> dict[str, Any]:
    """One leave with what the offices said; the reason is shown to the person and the approval chain only."""
    return present_leave(leave_id, caller())


@bp.get("/leaves/<uuid:leave_id>/slip")
@bp.output(FileSchema(type="string", format="binary"), content_type="application/pdf")
@requires(Permission.SEE_LEAVES)
def get_slip(leave_id: UUID) -> Response:
    """驻村干部请（销）假审批表 as PDF, with the needed boxes only."""
    me = caller()
    case = get_case(leave_id, me, Permission.SEE_LEAVES)
    return Response(slip_pdf(slip_of(case, sees_all=reads_reason(case, me))), mimetype="application/pdf")


@bp.post("/leaves/<uuid:leave_id>/proofs")
@bp.input(PhotoRequest, location="form_and_files")
@bp.output(PhotoResponse, 201)
@requires(Permission.REQUEST_LEAVE)
def post_proof(leave_id: UUID, form_and_files_data: dict[str, Any]) -> tuple[Any, int]:
    """Send one proof of my leave as a photo; 200 with the same body when the same key comes again."""
    key, data = form_and_files_data["client_key"], form_and_files_data["photo"].read()
    photo, is_new = add_proof(caller=caller(), leave_id=leave_id, client_key=key, data=data)
    return photo, 201 if is_new else 200


@bp.post("/leaves/<uuid:leave_id>/decisions")
@bp.input(DecisionRequest)
@bp.output(LeaveResponse)
@requires(Permission.DECIDE_LEAVE)
def post_decision(leave_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Give the opinion or the decision of the office it waits for; not agreeing needs a reason."""
    me = caller()
    decide(
        caller=me, leave_id=leave_id, decision=Verdict(json_data["decision"]), opinion=json_data["opinion"]
    )
    return present_leave(leave_id, me)


@bp.post("/approvals/decisions")
@bp.input(SeveralDecisionsRequest)
@bp.output(SeveralDecisionsResponse)
@requires(Permission.DECIDE_LEAVE)
def post_decisions(json_data: dict[str, Any]) -> dict[str, Any]:
    """Decide several leaves alike; each answers for itself."""
    outcomes = decide_several(
        caller=caller(),
        leave_ids=json_data["leave_ids"],
        decision=Verdict(json_data["decision"]),
        opinion=json_data["opinion"],
    )
    return {
        "items": [
            {
                "leave_id": outcome.leave_id,
                "state": outcome.leave.state if outcome.leave else None,
                "code": outcome.refusal.code if outcome.refusal else None,
                "message": outcome.refusal.message if outcome.refusal else None,
            }
            for outcome in outcomes
        ]
    }


@bp.post("/leaves/<uuid:leave_id>/withdrawal")
@bp.output(LeaveResponse)
@requires(Permission.REQUEST_LEAVE)
def post_withdrawal(leave_id: UUID) -> dict[str, Any]:
    """Take my request back before it is decided."""
    me = caller()
    withdraw(caller=me, leave_id=leave_id)
    return present_leave(leave_id, me)


@bp.post("/leaves/<uuid:leave_id>/return")
@bp.input(ReturnRequest)
@bp.output(LeaveResponse)
@requires(Permission.CONFIRM_RETURN)
def post_return(leave_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """销假: I am back, or the township confirms that somebody is; days not needed fall back."""
    me, day = caller(), json_data["day"]
    return_to_village(
        caller=me,
        leave_id=leave_id,
        back_on=day,
        back_at_noon=json_data["half"] == "afternoon" if day else None,
    )
    return present_leave(leave_id, me)


@bp.post("/leaves/<uuid:leave_id>/stand-in")
@bp.input(StandInRequest)
@bp.output(StandInItem, 201)
@requires(Permission.NAME_STAND_IN)
def post_stand_in(leave_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Name who takes the post (the dispatching unit), or note that it is adjusted (the leading group)."""
    me = caller()
    if "adjustment" in json_data:
        stand_in = adjust_post(caller=me, leave_id=leave_id, note=json_data["adjustment"])
        return present_stand_in(stand_in, None)
    grade = Grade(json_data["grade"]) if json_data["grade"] else None
    stand_in = name_stand_in(
        caller=me, leave_id=leave_id, candidate=Candidate(**{**json_data, "grade": grade})
    )
    return present_stand_in(stand_in, json_data["name"])


@bp.get("/delegations")
@bp.output(DelegationsResponse)
@requires(Permission.DECIDE_LEAVE)
def get_delegations() -> dict[str, Any]:
    """Who may sign for the offices of my area, until when, by which document."""
    return {"items": [present_delegation(*row) for row in delegations(caller())]}


@bp.get("/delegations/deputies")
@bp.output(DeputiesResponse)
@requires(Permission.DELEGATE)
def get_deputies() -> dict[str, Any]:
    """Whom I may let sign for my office: the others who serve in it today."""
    found = deputies(caller())
    return {"items": [{"office": tier, "area": area, "deputy": person} for tier, area, person in found]}


@bp.post("/delegations")
@bp.input(DelegationRequest)
@bp.output(DelegationItem, 201)
@requires(Permission.DELEGATE)
def post_delegation(json_data: dict[str, Any]) -> Any:
    """Let a deputy sign for my office between two days."""
    office = Tier(json_data["office"]) if json_data["office"] else None
    return present_delegation(*delegate(caller=caller(), **{**json_data, "office": office}))


@bp.delete("/delegations/<uuid:delegation_id>")
@bp.output({}, 204)
@requires(Permission.DELEGATE)
def delete_delegation(delegation_id: UUID) -> str:
    """Take a delegation back; what the deputy signed stays signed."""
    end_delegation(caller=caller(), delegation_id=delegation_id)
    return ""
