"""What is done with check-ins while nobody waits."""

from flask import current_app

from checkin.service import forget_old_points
from kernel.clock import today
from kernel.jobs import queue


@queue.periodic(cron="17 2 * * *")
@queue.task(queueing_lock="forget_points")
def forget_points(timestamp: int) -> int:
    """Erase the points of months long over; it may run twice, the second time finds nothing."""
    with current_app.app_context():
        return forget_old_points(today=today())
