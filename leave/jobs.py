"""What is done with leaves while nobody waits."""

from flask import current_app

from kernel.clock import now
from kernel.jobs import queue
from leave.papers import remind_of_papers


@queue.periodic(cron="30 8 * * *")
@queue.task(queueing_lock="remind_of_papers")
def remind(timestamp: int) -> int:
    """Count down to the day on which papers are due; nobody is reminded twice a day."""
    with current_app.app_context():
        return remind_of_papers(now=now())
