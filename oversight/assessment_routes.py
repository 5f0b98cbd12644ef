"""The facts for the yearly and term-end assessment."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from identity.permissions import Permission
from identity.scope import Caller
from identity.session import caller, requires
from kernel import audit
from kernel.audit import NO_COUNTY
from kernel.database import transaction
from kernel.files import MIMETYPES, as_file
from oversight.assessment import Assessment, assess
from oversight.assessment_documents import document, file_name
from oversight.assessment_presentation import present
from oversight.assessment_schemas import AssessmentQuery, AssessmentResponse

bp = APIBlueprint("assessments", __name__, tag="考核 assessments")


@bp.get("/assessments")
@bp.input(AssessmentQuery, location="query")
@bp.output(AssessmentResponse)
@requires(Permission.SEE_ASSESSMENTS)
def get_assessment(query_data: dict[str, Any]) -> Any:
    """The recorded facts of a person, a team or a unit in a year or the term: no score, no rank."""
    me, form = caller(), query_data["format"]
    sheet = assess(
        caller=me,
        person_id=query_data["person"],
        village_id=query_data["village"],
        unit_id=query_data["unit"],
        year=query_data["year"],
    )
    return present(sheet) if form == "json" else _export(sheet, form, me)


def _export(sheet: Assessment, form: str, me: Caller) -> Response:
    with transaction():
        audit.record(
            "assessment.export",
            now=me.now,
            county_id=sheet.postings[0].post.village.county_id or NO_COUNTY,
            actor_id=me.person_id,
            subject_id=sheet.id,
            kind=sheet.kind,
            first_day=sheet.span.first_day.isoformat(),
            format=form,
        )
    return as_file(document(sheet, form, by=me.name, at=me.now), file_name(sheet, form), MIMETYPES[form])
