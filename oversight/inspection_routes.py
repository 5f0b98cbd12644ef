"""Mandates, inspections, roll-calls, findings and their evidence (Article 21)."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from checkin.service import Fix
from geofence.datum import Datum
from identity.permissions import Permission
from identity.session import caller, requires
from identity.tickets import read_ticket
from kernel.web import read_cursor, write_cursor
from oversight.finding_photos import add_photo
from oversight.findings import answer_finding, decide_finding, findings, get_finding, make_finding
from oversight.inspection_presentation import (
    present_answer,
    present_entry,
    present_finding,
    present_finding_in_full,
    present_inspection,
    present_inspection_in_full,
    present_roll_call,
)
from oversight.inspection_schemas import (
    AnswerRequest,
    AnswerResponse,
    CalledPersonItem,
    FindingDecisionRequest,
    FindingPage,
    FindingRequest,
    FindingResponse,
    FindingsQuery,
    InspectionPage,
    InspectionRequest,
    InspectionResponse,
    MandateItem,
    MandateRequest,
    MandatesResponse,
    RollCallItem,
    RollCallRequest,
    WordRequest,
    WordsRequest,
    point_of,
)
from oversight.inspections import CURSOR, get_inspection, inspections, open_inspection
from oversight.mandates import Mandate, end_mandate, give_mandate, mandates
from oversight.policy import FindingKind
from oversight.roll_calls import Answer, answer, call_roll, give_word, roll_calls_of
from pictures.schemas import PhotoRequest, PhotoResponse

bp = APIBlueprint("inspections", __name__, tag="督查 inspections")


# -- mandates -----------------------------------------------------------------------------------


@bp.get("/mandates")
@bp.output(MandatesResponse)
@requires(Permission.GIVE_MANDATES)
def get_mandates() -> dict[str, Any]:
    """Who may inspect in the name of my level, where and until when."""
    return {"items": [_present_mandate(mandate) for mandate in mandates(caller())]}


@bp.post("/mandates")
@bp.input(MandateRequest)
@bp.output(MandateItem, 201)
@requires(Permission.GIVE_MANDATES)
def post_mandate(json_data: dict[str, Any]) -> dict[str, Any]:
    """Send somebody to inspect an area between two days, under a document."""
    return _present_mandate(give_mandate(caller=caller(), **json_data))


@bp.delete("/mandates/<uuid:mandate_id>")
@bp.output({}, 204)
@requires(Permission.GIVE_MANDATES)
def delete_mandate(mandate_id: UUID) -> str:
    """Take a mandate back; what the inspector found stays."""
    end_mandate(caller=caller(), mandate_id=mandate_id)
    return ""


def _present_mandate(mandate: Mandate) -> dict[str, Any]:
    office = mandate.office
    return {
        "id": office.id,
        "person": mandate.person,
        "area": mandate.area,
        "level": office.mandate_level,
        "first_day": office.first_day,
        "last_day": office.last_day,
        "document_no": office.document_no,
    }


# -- inspections --------------------------------------------------------------------------------


@bp.post("/inspections")
@bp.input(InspectionRequest)
@bp.output(InspectionResponse, 201)
@requires(Permission.INSPECT)
def post_inspection(json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Open a village: who must be there now, who is away, under which approval; kept as it was known."""
    me = caller()
    inspection, is_new = open_inspection(caller=me, **json_data)
    return present_inspection_in_full(get_inspection(inspection.id, me)), 201 if is_new else 200


@bp.get("/inspections")
@bp.input(FindingsQuery(only=("limit", "cursor")), location="query")
@bp.output(InspectionPage)
@requires(Permission.SEE_INSPECTIONS)
def get_inspections(query_data: dict[str, Any]) -> dict[str, Any]:
    """The inspections I carried out, or those of my office's level and below, the latest first."""
    limit = query_data["limit"]
    found = inspections(caller=caller(), after=read_cursor(query_data["cursor"], *CURSOR), limit=limit + 1)
    last = found[limit - 1].inspection if len(found) > limit else None
    return {
        "items": [present_inspection(case) for case in found[:limit]],
        "next_cursor": write_cursor(last.opened_at.isoformat(), last.id) if last else None,
    }


@bp.get("/inspections/<uuid:inspection_id>")
@bp.output(InspectionResponse)
@requires(Permission.SEE_INSPECTIONS)
def get_one_inspection(inspection_id: UUID) -> dict[str, Any]:
    """One inspection: the situation it found, its roll-calls with who has answered, its findings."""
    return present_inspection_in_full(get_inspection(inspection_id, caller()))


# -- roll-calls ---------------------------------------------------------------------------------


@bp.post("/inspections/<uuid:inspection_id>/roll-calls")
@bp.input(RollCallRequest)
@bp.output(RollCallItem, 201)
@requires(Permission.INSPECT)
def post_roll_call(inspection_id: UUID, json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Call everybody who must be there now; they have some minutes to answer."""
    me = caller()
    roll_call, is_new = call_roll(caller=me, inspection_id=inspection_id, client_key=json_data["client_key"])
    calls = roll_calls_of(get_inspection(inspection_id, me).inspection)
    shown = next(present_roll_call(*call) for call in calls if call[0].id == roll_call.id)
    return shown, 201 if is_new else 200


@bp.post("/roll-calls/<uuid:roll_call_id>/answers")
@bp.input(AnswerRequest)
@bp.output(AnswerResponse, 201)
@requires(Permission.ANSWER_OVERSIGHT)
def post_answer(roll_call_id: UUID, json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Answer a roll-call from where I stand; 200 with the same body when the same key comes again."""
    me = caller()
    fix, ticket = json_data["fix"], json_data["time_ticket"]
    sent = Answer(
        client_key=json_data["client_key"],
        fix=Fix(**{**fix, "datum": Datum(fix["datum"])}) if fix else None,
        ticket=read_ticket(ticket, person_id=me.person_id, now=me.now) if ticket else None,
        note=json_data["note"],
        sent={"fix": point_of(fix), "note": json_data["note"]},
    )
    entry, is_new = answer(caller=me, roll_call_id=roll_call_id, sent=sent)
    return present_answer(entry), 201 if is_new else 200


@bp.post("/roll-calls/<uuid:roll_call_id>/people/<uuid:person_id>/word")
@bp.input(WordRequest)
@bp.output(CalledPersonItem)
@requires(Permission.INSPECT)
def post_word(roll_call_id: UUID, person_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Say whether somebody called is there whose answer does not show it, or who has no phone."""
    entry, name = give_word(
        caller=caller(),
        roll_call_id=roll_call_id,
        person_id=person_id,
        is_present=json_data["present"],
        note=json_data["note"],
    )
    return present_entry(entry, name)


# -- findings -----------------------------------------------------------------------------------


@bp.post("/inspections/<uuid:inspection_id>/findings")
@bp.input(FindingRequest)
@bp.output(FindingResponse, 201)
@requires(Permission.INSPECT)
def post_finding(inspection_id: UUID, json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Write down what was found about somebody; the person is told first and may answer."""
    me = caller()
    finding, is_new = make_finding(
        caller=me, inspection_id=inspection_id, **{**json_data, "kind": FindingKind(json_data["kind"])}
    )
    case = get_finding(finding.id, me, Permission.SEE_FINDINGS)
    return present_finding_in_full(case, me), 201 if is_new else 200


@bp.get("/findings")
@bp.input(FindingsQuery, location="query")
@bp.output(FindingPage)
@requires(Permission.SEE_FINDINGS)
def get_findings(query_data: dict[str, Any]) -> dict[str, Any]:
    """The findings about me, of my making, of my office's area or of my unit's people, the latest first."""
    limit = query_data["limit"]
    found = findings(
        caller=caller(),
        states=[query_data["state"]] if query_data["state"] else [],
        person_id=query_data["person"],
        after=read_cursor(query_data["cursor"], *CURSOR),
        limit=limit + 1,
    )
    last = found[limit - 1].finding if len(found) > limit else None
    return {
        "items": [present_finding(case) for case in found[:limit]],
        "next_cursor": write_cursor(last.found_at.isoformat(), last.id) if last else None,
    }


@bp.get("/findings/<uuid:finding_id>")
@bp.output(FindingResponse)
@requires(Permission.SEE_FINDINGS)
def get_one_finding(finding_id: UUID) -> dict[str, Any]:
    """One finding; the person's words are shown to the person and the offices."""
    me = caller()
    return present_finding_in_full(get_finding(finding_id, me, Permission.SEE_FINDINGS), me)


@bp.post("/findings/<uuid:finding_id>/photos")
@bp.input(PhotoRequest, location="form_and_files")
@bp.output(PhotoResponse, 201)
@requires(Permission.INSPECT)
def post_photo(finding_id: UUID, form_and_files_data: dict[str, Any]) -> tuple[Any, int]:
    """Send one photo of my finding; 200 with the same body when the same key comes again."""
    key, data = form_and_files_data["client_key"], form_and_files_data["photo"].read()
    photo, is_new = add_photo(caller=caller(), finding_id=finding_id, client_key=key, data=data)
    return photo, 201 if is_new else 200


@bp.post("/findings/<uuid:finding_id>/answer")
@bp.input(WordsRequest)
@bp.output(FindingResponse)
@requires(Permission.ANSWER_OVERSIGHT)
def post_finding_answer(finding_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Say what there is to say to a finding about me."""
    me = caller()
    return present_finding_in_full(
        answer_finding(caller=me, finding_id=finding_id, text=json_data["text"]), me
    )


@bp.post("/findings/<uuid:finding_id>/decision")
@bp.input(FindingDecisionRequest)
@bp.output(FindingResponse)
@requires(Permission.JUDGE_FINDINGS)
def post_finding_decision(finding_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Confirm a finding once the person has been heard, or lift it."""
    me = caller()
    return present_finding_in_full(decide_finding(caller=me, finding_id=finding_id, **json_data), me)
