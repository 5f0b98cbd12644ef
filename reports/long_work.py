"""Long work: asked for, made by a worker with its progress told, fetched by whoever asked, forgotten after a week."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.permissions import Permission
from identity.scope import Caller
from identity.session import caller_without_session
from kernel import audit
from kernel.audit import NO_COUNTY
from kernel.clock import now as clock_now
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.files import MIMETYPES
from kernel.jobs import enqueue
from kernel.periods import Month, Quarter
from oversight.evidence import collect_evidence, evidence_name
from oversight.inspections import InspectionCase, get_inspection
from reports import pairing_visits_documents, residency_documents
from reports.models import JobKind, JobState, ReportJob
from reports.pairing_visits import pairing_visits
from reports.places import Scope, scope_of
from reports.residency import residency
from reports.sheets_zip import ZIP, zip_sheets

MAKE_REPORT = "reports.make"
KEPT_DAYS = 7
GIVEN_UP_AFTER = timedelta(days=1)
UNFINISHED = (JobState.WAITING, JobState.RUNNING)
FAULT = "系统出错，已记录，请稍后重新生成"

PERMISSIONS = {
    JobKind.SHEETS_ZIP: Permission.SEE_REPORTS,
    JobKind.RESIDENCY: Permission.SEE_REPORTS,
    JobKind.VISITS: Permission.SEE_VISIT_REPORTS,
    JobKind.EVIDENCE: Permission.SEE_INSPECTIONS,
}
"""What somebody must be allowed to read to have it made."""

Period = Month | Quarter
Tell = Callable[[int], None]
"""Told how far the work is, in percent."""


class Made(NamedTuple):
    """A finished file."""

    content: bytes
    name: str
    mimetype: str


def described(period: Period) -> dict[str, str]:
    """Return a period by the name it has in a question: month or quarter."""
    return {"month" if isinstance(period, Month) else "quarter": str(period)}


def ask(
    *,
    caller: Caller,
    kind: JobKind,
    period: Period,
    area_id: UUID | None,
    unit_id: UUID | None,
    form: str,
    verify_url: str = "",
) -> ReportJob:
    """Put work into the queue; what is being made already for the caller is not made twice.

    Forbidden for a kind of report that the caller may not read.

    ``verify_url`` is the address of the public check with ``{code}`` for its code.
    """
    params = {
        **described(period),
        "area": str(area_id) if area_id else None,
        "unit": str(unit_id) if unit_id else None,
        "format": form,
        "verify_url": verify_url,
    }
    if not caller.may(PERMISSIONS[kind]):
        raise Forbidden()
    with transaction():
        scope = _scope(kind, params, caller)
        return _put(caller, kind, params, scope.county_id or NO_COUNTY)


def ask_for_evidence(*, caller: Caller, case: InspectionCase) -> ReportJob:
    """Put the evidence of an inspection into the queue; what is being made already is not made twice."""
    params = {"inspection": str(case.inspection.id)}
    with transaction():
        return _put(caller, JobKind.EVIDENCE, params, case.inspection.county_id)


def _put(caller: Caller, kind: JobKind, params: dict[str, Any], county_id: UUID) -> ReportJob:
    job_id = _insert(caller, kind, params, county_id)
    if job_id is not None:
        enqueue(MAKE_REPORT, county_id=str(county_id), job_id=str(job_id))
        _audit("report.ask", caller.now, caller.person_id, county_id, job_id, kind, params)
    return _being_made(caller, kind, params, county_id)


def _insert(caller: Caller, kind: JobKind, params: dict[str, Any], county_id: UUID) -> UUID | None:
    """Return the id of a new job, None while the same is being made."""
    return db.session.execute(
        insert_or_skip(ReportJob)
        .values(
            county_id=county_id,
            id=uuid4(),
            kind=kind,
            params=params,
            asked_by=caller.person_id,
            state=JobState.WAITING,
            percent=0,
            created_at=caller.now,
            expires_at=caller.now + timedelta(days=KEPT_DAYS),
        )
        .on_conflict_do_nothing()
        .returning(ReportJob.id)
    ).scalar()


def _being_made(caller: Caller, kind: JobKind, params: dict[str, Any], county_id: UUID) -> ReportJob:
    job = db.session.scalars(
        select(ReportJob).where(
            ReportJob.county_id == county_id,
            ReportJob.asked_by == caller.person_id,
            ReportJob.kind == kind,
            ReportJob.params == params,
            ReportJob.state.in_(UNFINISHED),
        )
    ).one_or_none()
    if job is None:
        raise Conflict("job_just_finished", "刚刚生成完毕，请再试一次")
    return job


def get_job(job_id: UUID, *, caller: Caller) -> ReportJob:
    """Return a job the caller has asked for, NotFound for another's and for one forgotten."""
    job = db.session.scalars(
        select(ReportJob).where(
            ReportJob.id == job_id,
            ReportJob.asked_by == caller.person_id,
            ReportJob.expires_at > caller.now,
        )
    ).one_or_none()
    if job is None:
        raise NotFound("job_not_found", "没有找到这项任务，可能已过期")
    return job


def fetch(job_id: UUID, *, caller: Caller) -> Made:
    """Return the file of a job that is done; whoever lost sight of the place meanwhile gets NotFound."""
    with transaction():
        job = get_job(job_id, caller=caller)
        _check_reach(job, caller)
        if job.state != JobState.DONE or job.file is None or job.file_name is None or job.mimetype is None:
            raise Conflict("job_not_done", "文件还没有生成", state=job.state, percent=job.percent)
        _audit("report.fetch", caller.now, caller.person_id, job.county_id, job.id, job.kind, job.params)
        return Made(job.file, job.file_name, job.mimetype)


def _check_reach(job: ReportJob, caller: Caller) -> None:
    """Refuse with NotFound what a job is about once the caller sees it no longer."""
    if job.kind == JobKind.EVIDENCE:
        get_inspection(UUID(job.params["inspection"]), caller)
    else:
        _scope(job.kind, job.params, caller)


def _scope(kind: JobKind, params: dict[str, Any], caller: Caller) -> Scope:
    area, unit = params["area"], params["unit"]
    return scope_of(
        caller=caller,
        area_id=UUID(area) if area else None,
        unit_id=UUID(unit) if unit else None,
        permission=PERMISSIONS[kind],
    )


# -- in the worker ------------------------------------------------------------------------------


def make(*, county_id: UUID, job_id: UUID) -> None:
    """Carry out a job with the rights its person has now; a second run makes the same file again or nothing."""
    job = _begin(county_id, job_id)
    if job is None:
        return
    try:
        made = _make(job, lambda percent: _note_progress(job, percent))
    except Refusal as refusal:
        _fail(job, refusal.code, refusal.message)
    except Exception:
        _fail(job, "internal", FAULT)
        raise
    else:
        _finish(job, made)


def _begin(county_id: UUID, job_id: UUID) -> ReportJob | None:
    with transaction():
        return db.session.scalars(
            update(ReportJob)
            .where(_is_unfinished(county_id, job_id))
            .values(state=JobState.RUNNING, percent=0)
            .returning(ReportJob)
        ).one_or_none()


def _is_unfinished(county_id: UUID, job_id: UUID) -> Any:
    return and_(ReportJob.county_id == county_id, ReportJob.id == job_id, ReportJob.state.in_(UNFINISHED))


def _make(job: ReportJob, tell: Tell) -> Made:
    with transaction():
        caller = caller_without_session(job.asked_by, now=clock_now())
        if caller is None:
            raise Forbidden()
    if job.kind == JobKind.EVIDENCE:
        return _evidence(job, caller, tell)
    with transaction():
        scope = _scope(job.kind, job.params, caller)
    if job.kind == JobKind.SHEETS_ZIP:
        return _sheets(job, scope, caller, tell)
    drawn = _draw_up(job, scope, caller)
    tell(70)
    return drawn(job.params["format"])


def _evidence(job: ReportJob, caller: Caller, tell: Tell) -> Made:
    with transaction():
        case = get_inspection(UUID(job.params["inspection"]), caller)
    return Made(collect_evidence(case, caller=caller, tell=tell).archive, evidence_name(case), ZIP)


def _sheets(job: ReportJob, scope: Scope, caller: Caller, tell: Tell) -> Made:
    if scope.area is None:
        raise NotFound()
    month = Month.parse(job.params["month"])
    content = zip_sheets(
        caller=caller, area=scope.area, month=month, verify_url=job.params["verify_url"], tell=tell
    )
    return Made(content, f"考勤表-{scope.area.name}-{month}.zip", ZIP)


def _draw_up(job: ReportJob, scope: Scope, caller: Caller) -> Callable[[str], Made]:
    """Read what a report says; return what writes it in a form."""
    by, at = caller.name, caller.now
    with transaction():
        if job.kind == JobKind.VISITS:
            quarter = Quarter.parse(job.params["quarter"])
            visits = pairing_visits(caller=caller, quarter=quarter, scope=scope)
            return lambda form: Made(
                pairing_visits_documents.document(visits, form, by=by, at=at),
                pairing_visits_documents.file_name(visits, form),
                MIMETYPES[form],
            )
        month = residency(caller=caller, month=Month.parse(job.params["month"]), scope=scope)
        return lambda form: Made(
            residency_documents.document(month, form, by=by, at=at),
            residency_documents.file_name(month, form),
            MIMETYPES[form],
        )


def _note_progress(job: ReportJob, percent: int) -> None:
    with transaction():
        db.session.execute(
            update(ReportJob).where(_is_unfinished(job.county_id, job.id)).values(percent=percent)
        )


def _finish(job: ReportJob, made: Made) -> None:
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = '60s'"))  # a county's sheets are tens of MB
        _close(
            job, "report.make",
            state=JobState.DONE, percent=100, file=made.content, file_name=made.name, mimetype=made.mimetype,
        )  # fmt: skip


def _fail(job: ReportJob, code: str, message: str) -> None:
    db.session.rollback()
    with transaction():
        _close(job, "report.fail", state=JobState.FAILED, error_code=code, error_message=message)


def _close(job: ReportJob, action: str, **values: Any) -> None:
    """End a job unless another run has; who comes second leaves no trace."""
    now = clock_now()
    ended = db.session.execute(
        update(ReportJob)
        .where(_is_unfinished(job.county_id, job.id))
        .values(finished_at=now, **values)
        .returning(ReportJob.id)
        .execution_options(synchronize_session=False)
    ).first()
    if ended:
        _audit(action, now, job.asked_by, job.county_id, job.id, job.kind, job.params)


def forget_old_jobs(*, now: datetime) -> int:
    """Remove jobs with their files a week after they were asked for, and what nobody has carried out in a day."""
    with transaction():
        gone = delete(ReportJob).where(
            or_(
                ReportJob.expires_at <= now,
                and_(ReportJob.state.in_(UNFINISHED), ReportJob.created_at <= now - GIVEN_UP_AFTER),
            )
        )
        return len(db.session.execute(gone.returning(ReportJob.id)).all())


def _audit(
    action: str,
    now: datetime,
    person_id: UUID,
    county_id: UUID,
    job_id: UUID,
    kind: str,
    params: dict[str, Any],
) -> None:
    audit.record(
        action,
        now=now,
        county_id=county_id,
        actor_id=person_id,
        subject_id=job_id,
        kind=kind,
        **{name: value for name, value in params.items() if name != "verify_url"},
    )
