"""What is done about findings and recalls while nobody waits."""

from flask import current_app

from kernel.clock import now
from kernel.jobs import queue
from oversight.deadlines import remind_of_answers


@queue.periodic(cron="35 8 * * *")
@queue.task(queueing_lock="remind_of_answers")
def remind(timestamp: int) -> int:
    """Count down to the last day of an answer; nobody is told twice."""
    with current_app.app_context():
        return remind_of_answers(now=now())
