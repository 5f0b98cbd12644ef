"""Postings, terms, teams, acting leaders, kinds of villages (Articles 2, 5, 6, 7, 18)."""

from dataclasses import asdict
from io import BytesIO
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint, FileSchema
from flask import Response, send_file

from identity.people import Candidate
from identity.permissions import Permission
from identity.scope import Caller, get_area
from identity.session import caller, requires
from kernel.database import db
from kernel.files import XLSX
from kernel.spreadsheet import write_template
from org.models import Area, DispatchingUnit, Level, Person, PostingRole
from org.policy import Grade, VillageKindName
from roster.leading import appoint, end_appointment
from roster.people import ERRORS_SHOWN
from roster.postings import Place, post
from roster.queries import describe_posting
from roster.schemas import RosterItem
from roster.team_schemas import (
    EndingPage,
    EndingQuery,
    KindImportRequest,
    KindImportResponse,
    KindsRequest,
    KindsResponse,
    LeaderEndRequest,
    LeaderRequest,
    LeaderResponse,
    PostingRequest,
    TeamPage,
    TeamQuery,
)
from roster.teams import list_teams
from roster.terms import list_ending
from roster.village_kinds import KIND_COLUMNS, history, import_kinds, set_kinds

bp = APIBlueprint("teams", __name__, tag="队伍 teams")


@bp.post("/postings")
@bp.input(PostingRequest)
@bp.output(RosterItem, 201)
@requires(Permission.POST_PEOPLE)
def post_posting(json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Post somebody to a village; 422 `unqualified` where Article 6 speaks against it and no reason is given."""
    asked = dict(json_data)
    posting, is_new = post(
        caller=caller(), candidate=read_candidate(asked), override_reason=asked.pop("override_reason"),
        place=Place(**{**asked, "role": PostingRole(asked["role"])}),
    )  # fmt: skip
    described = describe_posting(
        posting,
        db.session.get_one(Person, posting.person_id),
        db.session.get_one(Area, posting.village_id),
        db.session.get_one(DispatchingUnit, posting.unit_id),
    )
    return described, 201 if is_new else 200


def read_candidate(asked: dict[str, Any]) -> Candidate:
    """Take what is said of a person out of a request."""
    grade = asked.pop("grade")
    said = {name: asked.pop(name) for name in ("name", "phone", "full_member_since", "working_since")}
    return Candidate(**said, grade=Grade(grade) if grade else None)


@bp.get("/postings/ending")
@bp.input(EndingQuery, location="query")
@bp.output(EndingPage)
@requires(Permission.SEE_TERMS)
def get_ending(query_data: dict[str, Any]) -> dict[str, Any]:
    """Postings that end soon or whose term is over, the first first."""
    me = caller()
    area_id = _area_asked(query_data.pop("area"), me, Permission.SEE_TERMS)
    return list_ending(me, area_id=area_id, **query_data)


@bp.get("/teams")
@bp.input(TeamQuery, location="query")
@bp.output(TeamPage)
@requires(Permission.SEE_TEAMS)
def get_teams(query_data: dict[str, Any]) -> dict[str, Any]:
    """How each village's team stands on a day: size, leader, who is missing."""
    me = caller()
    area_id = _area_asked(query_data.pop("area"), me, Permission.SEE_TEAMS)
    return list_teams(me, area_id=area_id, incomplete_only=query_data.pop("incomplete"), **query_data)


def _area_asked(area_id: UUID | None, me: Caller, permission: Permission) -> UUID | None:
    return get_area(area_id, me, permission).id if area_id else None


@bp.post("/villages/<uuid:village_id>/acting-leaders")
@bp.input(LeaderRequest)
@bp.output(LeaderResponse, 201)
@requires(Permission.APPOINT_LEADER)
def post_leader(village_id: UUID, json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Let a member lead the team between two days (代理队长)."""
    appointment, person, village, is_new = appoint(caller=caller(), village_id=village_id, **json_data)
    described = {
        "id": appointment.id,
        "village": village,
        "person": person,
        "first_day": appointment.first_day,
        "last_day": appointment.last_day,
        "reason": appointment.reason,
    }
    return described, 201 if is_new else 200


@bp.post("/acting-leaders/<uuid:appointment_id>/end")
@bp.input(LeaderEndRequest)
@bp.output({}, 204)
@requires(Permission.APPOINT_LEADER)
def post_leader_end(appointment_id: UUID, json_data: dict[str, Any]) -> str:
    """Let an acting leader's time end earlier than appointed."""
    end_appointment(caller=caller(), appointment_id=appointment_id, **json_data)
    return ""


@bp.get("/villages/<uuid:village_id>/kinds")
@bp.output(KindsResponse)
@requires(Permission.SEE_TEAMS)
def get_kinds(village_id: UUID) -> dict[str, Any]:
    """The kinds a village has been of, the latest first (Article 2)."""
    village = get_area(village_id, caller(), Permission.SEE_TEAMS, level=Level.VILLAGE)
    return {"village": village, "items": history(village)}


@bp.put("/villages/<uuid:village_id>/kinds")
@bp.input(KindsRequest)
@bp.output(KindsResponse)
@requires(Permission.SET_VILLAGE_KINDS)
def put_kinds(village_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Let a village be of exactly these kinds from a day on, under a document."""
    kinds = {VillageKindName(kind) for kind in json_data.pop("kinds")}
    village = set_kinds(caller=caller(), village_id=village_id, kinds=kinds, **json_data)
    return {"village": village, "items": history(village)}


@bp.get("/villages/kinds/template")
@bp.output(FileSchema(type="string", format="binary"), content_type=XLSX)
@requires(Permission.SET_VILLAGE_KINDS)
def get_kinds_template() -> Response:
    """The spreadsheet in which a county names the kinds of its villages."""
    file = BytesIO(write_template(KIND_COLUMNS, title="村类别"))
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name="村类别模板.xlsx")


@bp.post("/villages/kinds/imports")
@bp.input(KindImportRequest, location="form_and_files")
@bp.output(KindImportResponse)
@requires(Permission.SET_VILLAGE_KINDS)
def post_kinds_import(form_and_files_data: dict[str, Any]) -> dict[str, Any]:
    """Set the kinds of many villages of my county; a dry run lists every bad row and writes nothing."""
    me = caller()
    (holding, *_) = me.holdings_for(Permission.SET_VILLAGE_KINDS)
    assert holding.area_id is not None  # noqa: S101 - the office of a county
    result = import_kinds(
        form_and_files_data["file"].read(),
        now=me.now,
        by=me.person_id,
        within_county=holding.area_id,
        document_no=form_and_files_data["document_no"],
        dry_run=form_and_files_data["dry_run"],
    )
    errors = [asdict(error) for error in result.errors[:ERRORS_SHOWN]]
    return {**asdict(result), "errors": errors, "error_count": len(result.errors)}
