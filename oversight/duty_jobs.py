"""What is done about duties while nobody waits."""

from flask import current_app

from kernel.clock import now
from kernel.jobs import queue
from oversight.duty_reminders import remind_of_duties


@queue.periodic(cron="50 8 * * *")
@queue.task(queueing_lock="remind_of_duties")
def remind(timestamp: int) -> int:
    """Remind of duties as their periods draw to an end; nobody is reminded twice of one last day."""
    with current_app.app_context():
        return remind_of_duties(now=now())
