"""What is done with reports while nobody waits."""

from uuid import UUID

from flask import current_app

from kernel.clock import now
from kernel.jobs import queue
from reports.long_work import MAKE_REPORT, forget_old_jobs, make


@queue.task(name=MAKE_REPORT)
def make_report(county_id: str, job_id: str) -> None:
    """Make one report somebody has asked for; run again, it makes the same or nothing."""
    with current_app.app_context():
        make(county_id=UUID(county_id), job_id=UUID(job_id))


@queue.periodic(cron="27 2 * * *")
@queue.task(queueing_lock="forget_reports")
def forget_reports(timestamp: int) -> int:
    """Remove reports made a week ago; it may run twice, the second time finds nothing."""
    with current_app.app_context():
        return forget_old_jobs(now=now())
