"""The monthly residency report, on the screen and as a file."""

from typing import Any

from apiflask import APIBlueprint

from identity.permissions import Permission
from identity.session import caller, requires
from reports.answers import as_export, as_job
from reports.models import JobKind
from reports.places import scope_of
from reports.policy import ResidencyRow, residency_of
from reports.residency import LookAt, Residency, is_large, residency
from reports.residency_documents import document, figures_shown, file_name, reasons_text
from reports.residency_schemas import ResidencyQuery, ResidencyResponse
from reports.residency_villages import PersonMonth

bp = APIBlueprint("residency", __name__, tag="报表 reports")


@bp.get("/reports/residency")
@bp.input(ResidencyQuery, location="query")
@bp.output(ResidencyResponse)
@bp.doc(responses={202: "Of so many people that it is made as a job: its id, see /reports/jobs/{job_id}"})
@requires(Permission.SEE_REPORTS)
def get_residency(query_data: dict[str, Any]) -> Any:
    """A month's residency of an area or a unit: the total, each next-lower place, whom to look at."""
    me, month, form = caller(), query_data["month"], query_data["format"]
    scope = scope_of(caller=me, area_id=query_data["area"], unit_id=query_data["unit"])
    if is_large(caller=me, month=month, scope=scope):
        return as_job(me, JobKind.RESIDENCY, month, scope, form)
    report = residency(caller=me, month=month, scope=scope)
    if form == "json":
        return _present(report)
    content = document(report, form, by=me.name, at=me.now)
    return as_export(me, JobKind.RESIDENCY, month, scope, form, name=file_name(report, form), content=content)


def _present(report: Residency) -> dict[str, Any]:
    def shown(figures: ResidencyRow) -> dict[str, Any]:
        return figures_shown(figures, tells_villages=report.tells_villages)

    return {
        "month": str(report.month),
        "place": report.place,
        "running": report.is_running,
        "unannounced_years": report.unannounced_years,
        "villages": report.villages_count,
        "stamped_villages": report.stamped_count,
        "total": shown(report.total),
        "lines": [{"place": line.place, "figures": shown(line.figures)} for line in report.lines],
        "people": [_present_person(person) for person in report.people],
        "to_look_at": [_present_look_at(found) for found in report.to_look_at],
    }


def _present_person(person: PersonMonth) -> dict[str, Any]:
    return {
        "person": {"id": person.person_id, "name": person.name},
        "posting_id": person.posting_id,
        "role": person.role,
        "village": person.village,
        "unit": {"id": person.unit_id, "name": person.unit},
        "paid_days": person.paid_days,
        "month_met": person.is_month_met,
        "average_met": person.is_average_met,
        "figures": figures_shown(residency_of(person.month), tells_villages=False),
    }


def _present_look_at(found: LookAt) -> dict[str, Any]:
    return {
        "person": {"id": found.person.person_id, "name": found.person.name},
        "posting_id": found.person.posting_id,
        "village": found.person.village,
        "reasons": list(found.reasons),
        "text": reasons_text(found),
    }
