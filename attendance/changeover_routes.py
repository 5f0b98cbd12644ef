"""Deciding on rotations, ending a post at once, and the hand-over sheet: what needs households and leaves beside it."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from attendance.changeover import decide, end_suddenly
from attendance.changeover_schemas import HandoverQuery, HandoverResponse
from attendance.handover import draw, present, print_out
from identity.permissions import Permission
from identity.session import caller, requires
from kernel.files import PDF, as_file
from roster.models import Verdict
from roster.policy import Ground
from roster.rotation_cases import get_case
from roster.rotation_presentation import present_rotation
from roster.rotation_schemas import RotationDecisionRequest, RotationResponse, SuddenEndRequest

bp = APIBlueprint("changeover", __name__, tag="轮换 rotations")


@bp.post("/rotations/<uuid:rotation_id>/decisions")
@bp.input(RotationDecisionRequest)
@bp.output(RotationResponse)
@requires(Permission.DECIDE_ROTATION)
def post_decision(rotation_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Say whether my office agrees; not agreeing needs a reason, and the last yes sets the days of both postings."""
    me = caller()
    verdict = Verdict(json_data["decision"])
    decide(caller=me, rotation_id=rotation_id, decision=verdict, opinion=json_data["opinion"])
    return present_rotation(get_case(rotation_id, me, Permission.DECIDE_ROTATION), me)


@bp.post("/postings/<uuid:posting_id>/sudden-end")
@bp.input(SuddenEndRequest)
@bp.output(RotationResponse, 201)
@requires(Permission.END_POSTING)
def post_sudden_end(posting_id: UUID, json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Note that somebody died or was arrested: the posting ends on that day without anybody's approval."""
    me, asked = caller(), dict(json_data)
    case, is_new = end_suddenly(caller=me, posting_id=posting_id, ground=Ground(asked.pop("ground")), **asked)
    return present_rotation(case, me), 201 if is_new else 200


@bp.get("/rotations/<uuid:rotation_id>/handover")
@bp.input(HandoverQuery, location="query")
@bp.output(HandoverResponse)
@requires(Permission.SEE_HANDOVER)
def get_handover(rotation_id: UUID, query_data: dict[str, Any]) -> dict[str, Any] | Response:
    """The hand-over sheet as it stands now: households, open problems, leaves, sheets; as JSON or PDF."""
    me = caller()
    handover = draw(rotation_id=rotation_id, caller=me)
    if query_data["format"] == "pdf":
        name = f"交接单-{handover.case.village.name}-{handover.case.person.name}.pdf"
        return as_file(print_out(handover, me), name, PDF, disposition="inline")
    return present(handover, me)
