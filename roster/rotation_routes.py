"""Rotations asked for, read and taken back (Article 18). Deciding and the hand-over stand in `attendance`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from identity.permissions import Permission
from identity.scope import get_area
from identity.session import caller, requires
from kernel.web import read_cursor, write_cursor
from org.policy import Grade, Qualification
from pictures.schemas import PhotoRequest, PhotoResponse
from roster.policy import Ground, RotationState
from roster.rotation_cases import get_case, page_of_rotations, page_of_waiting
from roster.rotation_presentation import present_item, present_rotation
from roster.rotation_proofs import add_proof
from roster.rotation_schemas import (
    RotationPage,
    RotationPreviewRequest,
    RotationPreviewResponse,
    RotationQuery,
    RotationRequest,
    RotationResponse,
)
from roster.rotations import Request, apply, preview, withdraw
from roster.team_routes import read_candidate

bp = APIBlueprint("rotations", __name__, tag="轮换 rotations")


@bp.post("/rotations")
@bp.input(RotationRequest)
@bp.output(RotationResponse, 201)
@requires(Permission.APPLY_ROTATION)
def post_rotation(json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Ask for somebody of my unit to be changed for another; 200 with the same when the same key comes again."""
    me, asked = caller(), dict(json_data)
    client_key, candidate = asked.pop("client_key"), read_candidate(dict(asked.pop("successor")))
    request = Request(**{**asked, "ground": Ground(asked["ground"])}, successor=candidate)
    rotation, is_new = apply(caller=me, client_key=client_key, request=request)
    case = get_case(rotation.id, me, Permission.SEE_ROTATIONS)
    return present_rotation(case, me), 201 if is_new else 200


@bp.post("/rotations/preview")
@bp.input(RotationPreviewRequest)
@bp.output(RotationPreviewResponse)
@requires(Permission.APPLY_ROTATION)
def post_preview(json_data: dict[str, Any]) -> dict[str, Any]:
    """What a request would come to: days, offices, and whether Article 6 takes the successor."""
    asked = dict(json_data)
    grade = asked.pop("grade")
    who = Qualification(
        asked.pop("full_member_since"), asked.pop("working_since"), Grade(grade) if grade else None
    )
    found = preview(caller=caller(), successor=who, **{**asked, "ground": Ground(asked["ground"])})
    return {
        "qualified": not found.findings.errors,
        "errors": found.findings.errors,
        "warnings": found.findings.warnings,
        "offices": found.offices,
        "last_day": found.change.last_day,
        "successor_first_day": found.change.successor_first_day,
    }


@bp.get("/rotations")
@bp.input(RotationQuery, location="query")
@bp.output(RotationPage)
@requires(Permission.SEE_ROTATIONS)
def get_rotations(query_data: dict[str, Any]) -> dict[str, Any]:
    """Rotations I may see, the latest first; with ``waiting`` what waits for my office, the longest waiting first."""
    me, limit = caller(), query_data["limit"]
    if query_data["area"] is not None:
        get_area(query_data["area"], me, Permission.SEE_ROTATIONS)
    after = read_cursor(query_data["cursor"], datetime.fromisoformat, UUID)
    if query_data["waiting"]:
        found = page_of_waiting(caller=me, after=after, limit=limit + 1)
    else:
        states = [RotationState(query_data["state"])] if query_data["state"] else []
        found = page_of_rotations(
            caller=me, area_id=query_data["area"], states=states, after=after, limit=limit + 1
        )
    page = found[:limit]
    last = page[-1].rotation if len(found) > limit else None
    since = last and (last.waits_since if query_data["waiting"] else last.applied_at)
    return {
        "items": [present_item(case, me) for case in page],
        "next_cursor": write_cursor(since.isoformat(), last.id) if last and since else None,
    }


@bp.get("/rotations/<uuid:rotation_id>")
@bp.output(RotationResponse)
@requires(Permission.SEE_ROTATIONS)
def get_rotation(rotation_id: UUID) -> dict[str, Any]:
    """One rotation, what the offices said, its proofs."""
    me = caller()
    return present_rotation(get_case(rotation_id, me, Permission.SEE_ROTATIONS), me)


@bp.post("/rotations/<uuid:rotation_id>/proofs")
@bp.input(PhotoRequest, location="form_and_files")
@bp.output(PhotoResponse, 201)
@requires(Permission.APPLY_ROTATION)
def post_proof(rotation_id: UUID, form_and_files_data: dict[str, Any]) -> tuple[Any, int]:
    """Send one proof as a photo; no office agrees before there is one."""
    key, data = form_and_files_data["client_key"], form_and_files_data["photo"].read()
    photo, is_new = add_proof(caller=caller(), rotation_id=rotation_id, client_key=key, data=data)
    return photo, 201 if is_new else 200


@bp.post("/rotations/<uuid:rotation_id>/withdrawal")
@bp.output(RotationResponse)
@requires(Permission.APPLY_ROTATION)
def post_withdrawal(rotation_id: UUID) -> dict[str, Any]:
    """Take a request of my unit back, while an office still has to agree."""
    me = caller()
    withdraw(caller=me, rotation_id=rotation_id)
    return present_rotation(get_case(rotation_id, me, Permission.SEE_ROTATIONS), me)
