"""Long work: asking for it, how far it is, its file."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, url_for

from identity.permissions import Permission
from identity.session import caller, requires
from kernel.files import as_file
from reports.job_schemas import JobRequest, JobResponse
from reports.long_work import ask, fetch, get_job
from reports.models import JobKind, ReportJob

bp = APIBlueprint("report_jobs", __name__, tag="报表任务 report jobs")
ANY_CODE = "0" * 12


@bp.post("/reports/jobs")
@bp.input(JobRequest)
@bp.output(JobResponse, 202)
@requires(Permission.ORDER_REPORTS)
def post_job(json_data: dict[str, Any]) -> ReportJob:
    """Ask for a township's or county's stamped sheets as one archive, or for a report; a worker makes it."""
    return ask(
        caller=caller(),
        kind=JobKind(json_data["kind"]),
        period=json_data["month"] or json_data["quarter"],
        area_id=json_data["area"],
        unit_id=json_data["unit"],
        form=json_data["format"],
        verify_url=_verify_url(),
    )


def _verify_url() -> str:
    """Return where papers are checked, as the outside calls this server; a worker would not know."""
    return url_for("sheets.get_verify", code=ANY_CODE, _external=True).replace(ANY_CODE, "{code}")


@bp.get("/reports/jobs/<uuid:job_id>")
@bp.output(JobResponse)
@requires(Permission.FETCH_FILES)
def get_report_job(job_id: UUID) -> ReportJob:
    """How far my work is."""
    return get_job(job_id, caller=caller())


@bp.get("/reports/jobs/<uuid:job_id>/file")
@requires(Permission.FETCH_FILES)
def get_file(job_id: UUID) -> Response:
    """The file, once it is there; kept for a week."""
    made = fetch(job_id, caller=caller())
    return as_file(made.content, made.name, made.mimetype)
