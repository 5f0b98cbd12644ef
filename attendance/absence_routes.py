"""Asking for leave and the inbox of the offices: what of leave needs the month beside it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from attendance.absence import presence_for
from attendance.approvals import offices_of, present_approvals
from attendance.schemas import ApprovalsPage
from identity.permissions import Permission
from identity.scope import Caller
from identity.session import caller, requires
from kernel.web import PageQuery, read_cursor, write_cursor
from kernel.workdays import is_announced
from leave.models import ConsentChannel, Leave
from leave.presentation import present_brief, present_leave
from leave.queries import page_of_waiting
from leave.requests import (
    Draft,
    PhoneConsent,
    Preview,
    extend,
    file_paperwork,
    preview,
    request_leave,
)
from leave.schemas import (
    ExtensionRequest,
    LeaveRequest,
    LeaveResponse,
    PaperworkRequest,
    PreviewRequest,
    PreviewResponse,
)
from leave.wording import OFFICES

bp = APIBlueprint("absence", __name__, tag="请假 leave")


@bp.post("/leaves/preview")
@bp.input(PreviewRequest)
@bp.output(PreviewResponse)
@requires(Permission.REQUEST_LEAVE)
def post_preview(json_data: dict[str, Any]) -> dict[str, Any]:
    """What would become of a request: days, office and clause, chain, stand-in, days without anybody."""
    me = caller()
    return _present_preview(preview(caller=me, draft=_draft(json_data), presence=presence_for(me)), me)


@bp.post("/leaves")
@bp.input(LeaveRequest)
@bp.output(LeaveResponse, 201)
@requires(Permission.REQUEST_LEAVE)
def post_leave(json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Ask for leave; 200 with the same leave when the same key comes again."""
    me, client_key = caller(), json_data.pop("client_key")
    return _answer(
        *request_leave(caller=me, client_key=client_key, draft=_draft(json_data), presence=presence_for(me)),
        me,
    )


@bp.post("/leaves/<uuid:leave_id>/extension")
@bp.input(ExtensionRequest)
@bp.output(LeaveResponse, 201)
@requires(Permission.REQUEST_LEAVE)
def post_extension(leave_id: UUID, json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """续假: ask for more days; routed by the total."""
    me = caller()
    leave, is_new = extend(
        caller=me,
        leave_id=leave_id,
        client_key=json_data["client_key"],
        last_day=json_data["last_day"],
        ends_at_noon=json_data["last_half"] == "morning",
        reason=json_data["reason"],
        consent=_consent(json_data["consent"]),
        presence=presence_for(me),
    )
    return _answer(leave, is_new, me)


@bp.post("/leaves/<uuid:leave_id>/paperwork")
@bp.input(PaperworkRequest)
@bp.output(LeaveResponse)
@requires(Permission.REQUEST_LEAVE)
def post_paperwork(leave_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """补办: file the papers of a leave agreed by phone."""
    me = caller()
    file_paperwork(caller=me, leave_id=leave_id, presence=presence_for(me), **json_data)
    return present_leave(leave_id, me)


@bp.get("/approvals")
@bp.input(PageQuery, location="query")
@bp.output(ApprovalsPage)
@requires(Permission.DECIDE_LEAVE)
def get_approvals(query_data: dict[str, Any]) -> dict[str, Any]:
    """What waits for my office, the longest waiting first, with what there is to know about each."""
    me, limit = caller(), query_data["limit"]
    offices, signed_for = offices_of(me)
    found = page_of_waiting(
        caller=me,
        offices=offices,
        after=read_cursor(query_data["cursor"], datetime.fromisoformat, UUID),
        limit=limit + 1,
    )
    page = found[:limit]
    last = page[-1].leave if len(found) > limit else None
    return {
        "items": present_approvals(page, me, signed_for),
        "next_cursor": write_cursor(last.waits_since.isoformat(), last.id)
        if last and last.waits_since
        else None,
    }


def _draft(data: dict[str, Any]) -> Draft:
    return Draft(**{**data, "consent": _consent(data["consent"])})


def _consent(data: dict[str, Any] | None) -> PhoneConsent | None:
    return PhoneConsent(data["by"], data["at"], ConsentChannel(data["channel"])) if data else None


def _answer(leave: Leave, is_new: bool, me: Caller) -> tuple[dict[str, Any], int]:
    return present_leave(leave.id, me), 201 if is_new else 200


def _present_preview(found: Preview, me: Caller) -> dict[str, Any]:
    routing = found.routing
    years = {day.year for day in routing.whole.days()}
    return {
        "counted_days": routing.counted_days,
        "natural_days": routing.natural_days,
        "chain_days": routing.chain_days,
        "chain_first_day": routing.whole.first_day,
        "chain_last_day": routing.whole.last_day,
        "tier": routing.decides,
        "steps": routing.steps,
        "clause": routing.clause,
        "needs_stand_in": routing.needs_stand_in,
        "chained_with": [present_brief(leave, me.name) for leave in found.chained],
        "empty_days": found.empty_days,
        "unannounced_years": sorted(year for year in years if not is_announced(year)),
        "message": _advice(found),
    }


def _advice(found: Preview) -> str:
    routing = found.routing
    if routing.decides is None:
        return "休息日离村不需要请假"
    said = [f"共{routing.counted_days.normalize():f}天，由{OFFICES[routing.decides]}审批"]
    if routing.chained:
        said.append(f"与前后请假连续计算，共{routing.chain_days.normalize():f}天")
    if routing.needs_stand_in:
        said.append("须由派出单位安排接替人员")
    if found.empty_days:
        said.append(f"其中{len(found.empty_days)}天村里没有其他队员")
    return "；".join(said)
