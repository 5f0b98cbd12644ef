"""What the addresses of reports share: a file with its place in the audit, or a job where it would take too long."""

from flask import Response, jsonify

from identity.scope import Caller
from kernel import audit
from kernel.audit import NO_COUNTY
from kernel.database import transaction
from kernel.files import MIMETYPES, as_file
from reports.job_schemas import JobResponse
from reports.long_work import Period, ask, described
from reports.models import JobKind, ReportJob
from reports.places import Scope


def as_job(me: Caller, kind: JobKind, period: Period, scope: Scope, form: str) -> Response:
    """Ask for the report as a job and answer with it; who wanted to read it on the screen gets a workbook."""
    return accepted(
        ask(
            caller=me,
            kind=kind,
            period=period,
            area_id=scope.area.id if scope.area else None,
            unit_id=scope.unit.id if scope.unit else None,
            form="xlsx" if form == "json" else form,
        )
    )


def accepted(job: ReportJob) -> Response:
    """Answer with work that has been put into the queue."""
    response: Response = jsonify(JobResponse().dump(job))
    response.status_code = 202
    return response


def as_export(
    me: Caller, kind: JobKind, period: Period, scope: Scope, form: str, *, name: str, content: bytes
) -> Response:
    """Answer with the report as a file, and write down who took it out of the system."""
    with transaction():
        audit.record(
            "report.export",
            now=me.now,
            county_id=scope.county_id or NO_COUNTY,
            actor_id=me.person_id,
            subject_id=scope.place.id,
            kind=kind,
            **described(period),
            format=form,
        )
    return as_file(content, name, MIMETYPES[form])
