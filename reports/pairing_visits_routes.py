"""The quarterly report of pairing visits, on the screen and as a file."""

from typing import Any

from apiflask import APIBlueprint

from identity.permissions import Permission
from identity.session import caller, requires
from reports.answers import as_export, as_job
from reports.models import JobKind
from reports.pairing_visits import PERMISSION, PairingVisits, is_large, pairing_visits
from reports.pairing_visits_documents import document, figures_shown, file_name, owed_text
from reports.pairing_visits_schemas import PairingVisitsQuery, PairingVisitsResponse
from reports.places import scope_of

bp = APIBlueprint("pairing_visits", __name__, tag="报表 reports")


@bp.get("/reports/visits")
@bp.input(PairingVisitsQuery, location="query")
@bp.output(PairingVisitsResponse)
@bp.doc(responses={202: "Of so many households that it is made as a job: its id, see /reports/jobs/{job_id}"})
@requires(Permission.SEE_VISIT_REPORTS)
def get_pairing_visits(query_data: dict[str, Any]) -> Any:
    """A quarter's pairing visits of an area: the total, each next-lower place, helpers, who still owes a visit."""
    me, quarter, form = caller(), query_data["quarter"], query_data["format"]
    scope = scope_of(caller=me, area_id=query_data["area"], permission=PERMISSION)
    if is_large(caller=me, scope=scope):
        return as_job(me, JobKind.VISITS, quarter, scope, form)
    report = pairing_visits(caller=me, quarter=quarter, scope=scope)
    if form == "json":
        return _present(report)
    content = document(report, form, by=me.name, at=me.now)
    name = file_name(report, form)
    return as_export(me, JobKind.VISITS, quarter, scope, form, name=name, content=content)


def _present(report: PairingVisits) -> dict[str, Any]:
    return {
        "quarter": str(report.quarter),
        "place": report.place,
        "running": report.is_running,
        "total": figures_shown(report.total),
        "lines": [{"place": line.place, "figures": figures_shown(line.figures)} for line in report.lines],
        "helpers": [
            {"helper": line.helper, "villages": line.villages, "figures": figures_shown(line.figures)}
            for line in report.helpers
        ],
        "to_look_at": [
            {
                "helper": line.helper,
                "villages": line.villages,
                "text": owed_text(line, is_running=report.is_running),
            }
            for line in report.to_look_at
        ],
    }
