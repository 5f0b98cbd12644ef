"""What is done about findings and recalls while nobody waits."""

from flask import current_app

from kernel.clock import now
from kernel.jobs import queue
from oversight.deadlines import end_sessions_of_recalled, remind_of_answers


@queue.periodic(cron="35 8 * * *")
@queue.task(queueing_lock="remind_of_answers")
def remind(timestamp: int) -> int:
    """Count down to the last day of an answer; nobody is told twice."""
    with current_app.app_context():
        return remind_of_answers(now=now())


@queue.periodic(cron="5 0 * * *")
@queue.task(queueing_lock="end_sessions_of_recalled")
def end_sessions(timestamp: int) -> int:
    """End the sessions of the recalled once their last day is over; a second run finds nothing."""
    with current_app.app_context():
        return end_sessions_of_recalled(now=now())
