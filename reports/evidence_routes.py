"""The evidence of an inspection as one archive; of so many photos that it takes long, as a job (Article 21)."""

from uuid import UUID

from apiflask import APIBlueprint, FileSchema
from flask import Response

from identity.permissions import Permission
from identity.session import caller, requires
from kernel.files import as_file
from oversight.evidence import ZIP, collect_evidence, evidence_name, is_large
from oversight.inspections import get_inspection
from reports.answers import accepted
from reports.long_work import ask_for_evidence

bp = APIBlueprint("evidence", __name__, tag="督查 inspections")


@bp.get("/inspections/<uuid:inspection_id>/evidence")
@bp.output(FileSchema(type="string", format="binary"), content_type=ZIP)
@bp.doc(responses={202: "Of so many photos that it is made as a job: its id, see /reports/jobs/{job_id}"})
@requires(Permission.SEE_INSPECTIONS)
def get_evidence(inspection_id: UUID) -> Response:
    """The evidence of an inspection as one archive with a manifest of SHA-256 hashes."""
    me = caller()
    case = get_inspection(inspection_id, me)
    if is_large(case):
        return accepted(ask_for_evidence(caller=me, case=case))
    evidence = collect_evidence(case, caller=me)
    response = as_file(evidence.archive, evidence_name(case), ZIP)
    response.headers["X-Manifest-SHA256"] = evidence.manifest_sha256
    return response
