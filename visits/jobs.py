"""What is done about visits while nobody waits."""

from uuid import UUID

from flask import current_app
from procrastinate import RetryStrategy

from kernel.clock import now
from kernel.jobs import queue
from visits.content import CHECK_VISIT, check_left_visits, check_visit
from visits.reminders import remind_of_visits

WECHAT_BUSY = RetryStrategy(max_attempts=5, exponential_wait=5)
"""Five more times, after 5 s, 25 s, 2 min, 10 min and 52 min; then hourly."""


@queue.task(name=CHECK_VISIT, retry=WECHAT_BUSY)
def check(county_id: str, visit_id: str) -> None:
    """Have WeChat look at the texts of one visit; what it has looked at is not asked again."""
    with current_app.app_context():
        check_visit(county_id=UUID(county_id), visit_id=UUID(visit_id), now=now())


@queue.periodic(cron="43 * * * *")
@queue.task(queueing_lock="check_left_visits")
def check_left(timestamp: int) -> None:
    """Ask again about texts for which WeChat had no answer; it may run twice, the second time finds fewer."""
    with current_app.app_context():
        check_left_visits(now=now())


@queue.periodic(cron="40 8 * * *")
@queue.task(queueing_lock="remind_of_visits")
def remind(timestamp: int) -> int:
    """Remind of visits as the quarter draws to its end; nobody is reminded twice of one quarter."""
    with current_app.app_context():
        return remind_of_visits(now=now())
