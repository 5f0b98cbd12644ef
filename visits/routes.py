"""Households, who helps them, visits, problems, and the quarter."""

from dataclasses import asdict
from io import BytesIO
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint, FileSchema
from flask import Response, send_file

from geofence.datum import Datum, Point, to_wgs84
from identity.permissions import Permission
from identity.scope import get_area
from identity.session import caller, requires
from kernel.files import XLSX
from kernel.spreadsheet import write_template
from org.models import Area
from pictures.schemas import PhotoRequest, PhotoResponse
from visits.content import release_content
from visits.entries import HOUSEHOLD_COLUMNS
from visits.helper_entries import HELPER_COLUMNS
from visits.helper_import import HelperImport, import_helpers
from visits.households import ERRORS_SHOWN, HouseholdImport, import_households, read_in_full, write_state
from visits.models import StepKind
from visits.pairing import ConfirmedLine, EndedLine, confirm_pairings, propose_pairings
from visits.photos import add_photo
from visits.policy import DutyStatus, HelperRank, State, Way
from visits.problems import Step, describe_problem, list_problems, take_step
from visits.quarter import list_due, list_duties, report_quarter
from visits.queries import list_helpers, list_households, list_pairings, list_visits
from visits.register import end_helper, register_helper
from visits.schemas import (
    ConfirmationRequest,
    ConfirmationResponse,
    DueQuery,
    DueResponse,
    DutiesQuery,
    DutyPage,
    HelperEndRequest,
    HelperEndResponse,
    HelperImportRequest,
    HelperImportResponse,
    HelperItem,
    HelperPage,
    HelperRequest,
    HelpersQuery,
    HouseholdImportRequest,
    HouseholdImportResponse,
    HouseholdPage,
    HouseholdQuery,
    HouseholdResponse,
    HouseholdsQuery,
    PairingPage,
    PairingsQuery,
    ProblemDetail,
    ProblemPage,
    ProblemsQuery,
    ProposalRequest,
    ProposalResponse,
    QuarterQuery,
    QuarterResponse,
    ReleaseRequest,
    StateItem,
    StateRequest,
    StepRequest,
    StepResponse,
    VisitCorrectionRequest,
    VisitCorrectionResponse,
    VisitDetail,
    VisitPage,
    VisitRequest,
    VisitResponse,
    VisitsQuery,
)
from visits.service import Report, correct_visit, describe_one, record_visit

bp = APIBlueprint("visits", __name__, tag="走访 visits")


def _area(area_id: UUID | None, permission: Permission) -> Area | None:
    return get_area(area_id, caller(), permission) if area_id else None


# -- households -----------------------------------------------------------------------------------


@bp.get("/households")
@bp.input(HouseholdsQuery, location="query")
@bp.output(HouseholdPage)
@requires(Permission.SEE_HOUSEHOLDS)
def get_households(query_data: dict[str, Any]) -> dict[str, Any]:
    """The households I reach, the highest risk first; names, ID numbers and phones masked."""
    area = _area(query_data.pop("area"), Permission.SEE_HOUSEHOLDS)
    return list_households(caller(), area=area, **query_data)


@bp.get("/households/<uuid:household_id>")
@bp.input(HouseholdQuery, location="query")
@bp.output(HouseholdResponse)
@requires(Permission.SEE_HOUSEHOLDS)
def get_household(household_id: UUID, query_data: dict[str, Any]) -> dict[str, Any]:
    """One household in full, for a reason; that I looked is put on record."""
    return read_in_full(caller=caller(), household_id=household_id, **query_data)


@bp.get("/households/template")
@bp.output(FileSchema(type="string", format="binary"), content_type=XLSX)
@requires(Permission.KEEP_HOUSEHOLDS)
def get_template() -> Response:
    """The spreadsheet to fill in, with an explanation of each column."""
    file = BytesIO(write_template(HOUSEHOLD_COLUMNS, title="监测户"))
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name="监测户模板.xlsx")


@bp.post("/households/imports")
@bp.input(HouseholdImportRequest, location="form_and_files")
@bp.output(HouseholdImportResponse)
@requires(Permission.KEEP_HOUSEHOLDS)
def post_import(form_and_files_data: dict[str, Any]) -> dict[str, Any]:
    """Import the households of my villages; a dry run lists every bad row and writes nothing."""
    file, dry_run = form_and_files_data["file"], form_and_files_data["dry_run"]
    return _imported(import_households(file.read(), caller=caller(), dry_run=dry_run))


def _imported(result: HouseholdImport | HelperImport) -> dict[str, Any]:
    errors = [asdict(error) for error in result.errors[:ERRORS_SHOWN]]
    return {**asdict(result), "errors": errors, "error_count": len(result.errors)}


@bp.post("/households/<uuid:household_id>/states")
@bp.input(StateRequest)
@bp.output(StateItem, 201)
@requires(Permission.KEEP_HOUSEHOLDS)
def post_state(household_id: UUID, json_data: dict[str, Any]) -> Any:
    """Write down what became of a household: risk cleared, back, closed, moved, away, home."""
    state = State(json_data.pop("state"))
    return write_state(caller=caller(), household_id=household_id, state=state, **json_data)


# -- pairing --------------------------------------------------------------------------------------


@bp.post("/pairings/proposal")
@bp.input(ProposalRequest)
@bp.output(ProposalResponse)
@requires(Permission.PAIR)
def post_proposal(json_data: dict[str, Any]) -> dict[str, Any]:
    """Who should help whom by Article 11, each line explained; nothing is written."""
    return propose_pairings(caller=caller(), **json_data)


@bp.post("/pairings/confirmation")
@bp.input(ConfirmationRequest)
@bp.output(ConfirmationResponse)
@requires(Permission.PAIR)
def post_confirmation(json_data: dict[str, Any]) -> dict[str, int]:
    """Make the pairings my township agrees to, all of them or none; 409 where somebody else was faster."""
    rejected = [{name: str(value) for name, value in line.items()} for line in json_data["rejected"]]
    return confirm_pairings(
        caller=caller(),
        township_id=json_data["township_id"],
        day=json_data["day"],
        lines=[ConfirmedLine(**line) for line in json_data["lines"]],
        ends=[EndedLine(**line) for line in json_data["ends"]],
        rejected=rejected,
    )


@bp.get("/pairings")
@bp.input(PairingsQuery, location="query")
@bp.output(PairingPage)
@requires(Permission.SEE_HOUSEHOLDS)
def get_pairings(query_data: dict[str, Any]) -> dict[str, Any]:
    """Who helps which household, as far as I reach."""
    area = _area(query_data.pop("area"), Permission.SEE_HOUSEHOLDS)
    return list_pairings(caller(), area=area, **query_data)


@bp.get("/helpers")
@bp.input(HelpersQuery, location="query")
@bp.output(HelperPage)
@requires(Permission.SEE_HELPERS)
def get_helpers(query_data: dict[str, Any]) -> dict[str, Any]:
    """Those who can be paired, in the order of Article 11."""
    area = _area(query_data.pop("area"), Permission.SEE_HELPERS)
    return list_helpers(caller(), area=area, **query_data)


@bp.post("/helpers")
@bp.input(HelperRequest)
@bp.output(HelperItem, 201)
@requires(Permission.PAIR)
def post_helper(json_data: dict[str, Any]) -> dict[str, Any]:
    """Put a person on my township's list of helpers, with their rank and turn."""
    rank = HelperRank(json_data.pop("rank"))
    return register_helper(caller=caller(), rank=rank, **json_data)


@bp.get("/helpers/template")
@bp.output(FileSchema(type="string", format="binary"), content_type=XLSX)
@requires(Permission.PAIR)
def get_helper_template() -> Response:
    """The list of helpers to fill in, with an explanation of each column."""
    file = BytesIO(write_template(HELPER_COLUMNS, title="帮扶干部"))
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name="帮扶干部模板.xlsx")


@bp.post("/helpers/imports")
@bp.input(HelperImportRequest, location="form_and_files")
@bp.output(HelperImportResponse)
@requires(Permission.PAIR)
def post_helper_import(form_and_files_data: dict[str, Any]) -> dict[str, Any]:
    """Import my township's list of helpers; a dry run lists every bad row and writes nothing."""
    file = form_and_files_data.pop("file")
    return _imported(import_helpers(file.read(), caller=caller(), **form_and_files_data))


@bp.post("/helpers/<uuid:helper_id>/end")
@bp.input(HelperEndRequest)
@bp.output(HelperEndResponse)
@requires(Permission.PAIR)
def post_helper_end(helper_id: UUID, json_data: dict[str, Any]) -> dict[str, int]:
    """Take a helper off the list; the households they help here go back to those without."""
    return {"pairings_ended": end_helper(caller=caller(), helper_id=helper_id, **json_data)}


# -- visits ---------------------------------------------------------------------------------------


@bp.post("/visits")
@bp.input(VisitRequest)
@bp.output(VisitResponse, 201)
@requires(Permission.VISIT)
def post_visit(json_data: dict[str, Any]) -> tuple[Any, int]:
    """Record a visit or contact, also one of an earlier day; 200 with the same body when the same key comes again."""
    fix = json_data.pop("fix")
    problems = tuple((problem["item"], problem["description"]) for problem in json_data.pop("problems"))
    report = Report(
        **{**json_data, "way": Way(json_data["way"]), "content": _storable(json_data["content"])},
        problems=problems,
        point=_point(fix) if fix else None,
        accuracy_m=fix["accuracy_m"] if fix else None,
    )
    visit, is_new = record_visit(caller=caller(), report=report)
    return visit, 201 if is_new else 200


def _storable(content: dict[str, Any]) -> dict[str, Any]:
    day = content.get("next_visit_on")
    return {**content, "next_visit_on": day.isoformat()} if day else content


def _point(fix: dict[str, Any]) -> Point:
    return to_wgs84(Point(fix["longitude_deg"], fix["latitude_deg"]), Datum(fix["datum"]))


@bp.get("/visits")
@bp.input(VisitsQuery, location="query")
@bp.output(VisitPage)
@requires(Permission.SEE_VISITS)
def get_visits(query_data: dict[str, Any]) -> dict[str, Any]:
    """The visits I made and those of the households I reach, the latest first."""
    area = _area(query_data.pop("area"), Permission.SEE_VISITS)
    return list_visits(caller(), area=area, **query_data)


@bp.get("/visits/<uuid:visit_id>")
@bp.output(VisitDetail)
@requires(Permission.SEE_VISITS)
def get_visit(visit_id: UUID) -> dict[str, Any]:
    """One visit with all that was told, its corrections and the problems found."""
    return describe_one(caller=caller(), visit_id=visit_id)


@bp.post("/visits/<uuid:visit_id>/corrections")
@bp.input(VisitCorrectionRequest)
@bp.output(VisitCorrectionResponse, 201)
@requires(Permission.VISIT)
def post_correction(visit_id: UUID, json_data: dict[str, Any]) -> tuple[Any, int]:
    """Tell a visit anew, withdraw it, or as the township accept a late one; what was told stays on record."""
    key, reason = json_data.pop("client_key"), json_data.pop("reason")
    changes = {name: _storable(value) if name == "content" else value for name, value in json_data.items()}
    correction, is_new = correct_visit(
        caller=caller(), visit_id=visit_id, client_key=key, reason=reason, changes=changes
    )
    return correction, 201 if is_new else 200


@bp.post("/visits/<uuid:visit_id>/release")
@bp.input(ReleaseRequest)
@bp.output({}, 204)
@requires(Permission.RELEASE_CONTENT)
def post_release(visit_id: UUID, json_data: dict[str, Any]) -> str:
    """Let others see the texts of a visit, or one photo, that WeChat holds for risky; my reason stays on record."""
    release_content(caller=caller(), visit_id=visit_id, **json_data)
    return ""


@bp.post("/visits/<uuid:visit_id>/photos")
@bp.input(PhotoRequest, location="form_and_files")
@bp.output(PhotoResponse, 201)
@requires(Permission.VISIT)
def post_photo(visit_id: UUID, form_and_files_data: dict[str, Any]) -> tuple[Any, int]:
    """Send one photo of my visit; 200 with the same body when the same key comes again."""
    key, data = form_and_files_data["client_key"], form_and_files_data["photo"].read()
    photo, is_new = add_photo(caller=caller(), visit_id=visit_id, client_key=key, data=data)
    return photo, 201 if is_new else 200


# -- problems -------------------------------------------------------------------------------------


@bp.get("/problems")
@bp.input(ProblemsQuery, location="query")
@bp.output(ProblemPage)
@requires(Permission.SEE_VISITS)
def get_problems(query_data: dict[str, Any]) -> dict[str, Any]:
    """What was found on visits and is to be settled, the oldest first (动态清零)."""
    area = _area(query_data.pop("area"), Permission.SEE_VISITS)
    return list_problems(caller(), area=area, **query_data)


@bp.get("/problems/<uuid:problem_id>")
@bp.output(ProblemDetail)
@requires(Permission.SEE_VISITS)
def get_problem(problem_id: UUID) -> dict[str, Any]:
    """One problem and the steps taken."""
    return describe_problem(caller=caller(), problem_id=problem_id)


@bp.post("/problems/<uuid:problem_id>/steps")
@bp.input(StepRequest)
@bp.output(StepResponse, 201)
@requires(Permission.SETTLE_PROBLEMS)
def post_step(problem_id: UUID, json_data: dict[str, Any]) -> tuple[Any, int]:
    """Say who sees to a problem by when, what was done, or that it is settled."""
    step = Step(**{**json_data, "kind": StepKind(json_data["kind"])})
    taken, is_new = take_step(caller=caller(), problem_id=problem_id, step=step)
    return taken, 201 if is_new else 200


# -- the quarter ----------------------------------------------------------------------------------


@bp.get("/visits/due")
@bp.input(DueQuery, location="query")
@bp.output(DueResponse)
@requires(Permission.VISIT)
def get_due(query_data: dict[str, Any]) -> dict[str, Any]:
    """The visits I still owe in a quarter, the nearest first where places are known."""
    near = _point(query_data) if query_data["datum"] else None
    return list_due(caller(), quarter=query_data["quarter"], near=near)


@bp.get("/visits/quarter")
@bp.input(QuarterQuery, location="query")
@bp.output(QuarterResponse)
@requires(Permission.SEE_VISITS)
def get_quarter(query_data: dict[str, Any]) -> dict[str, Any]:
    """A quarter in numbers: an area, and each helper, village or township in it."""
    area_id = query_data.pop("area")
    return report_quarter(caller(), area_id=area_id, **query_data)


@bp.get("/visits/duties")
@bp.input(DutiesQuery, location="query")
@bp.output(DutyPage)
@requires(Permission.SEE_VISITS)
def get_duties(query_data: dict[str, Any]) -> dict[str, Any]:
    """How each pairing of an area stands in a quarter, one by one."""
    area_id, status = query_data.pop("area"), query_data.pop("status")
    status = DutyStatus(status) if status else None
    return list_duties(caller(), area_id=area_id, status=status, **query_data)
