"""What is done overnight with leaves, and with what a change of post brings with it."""

from flask import current_app

from attendance.absence import settle_returns
from attendance.changeover import carry_out_changes
from kernel.clock import now
from kernel.jobs import queue


@queue.periodic(cron="40 0 * * *")
@queue.task(queueing_lock="settle_returns")
def close_leaves(timestamp: int) -> int:
    """Close the leaves of those who are back and mark those overdue; a second run finds nothing."""
    with current_app.app_context():
        return settle_returns(now=now()).overdue


@queue.periodic(cron="10 0 * * *")
@queue.task(queueing_lock="carry_out_changes")
def end_posts(timestamp: int) -> int:
    """Tidy up after the posts that ended yesterday; a second run finds nothing."""
    with current_app.app_context():
        return carry_out_changes(now=now())
