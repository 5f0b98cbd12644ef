"""What is done about visits while nobody waits."""

from flask import current_app

from kernel.clock import now
from kernel.jobs import queue
from visits.reminders import remind_of_visits


@queue.periodic(cron="40 8 * * *")
@queue.task(queueing_lock="remind_of_visits")
def remind(timestamp: int) -> int:
    """Remind of visits as the quarter draws to its end; nobody is reminded twice of one quarter."""
    with current_app.app_context():
        return remind_of_visits(now=now())
