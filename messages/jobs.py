"""What is done with messages while nobody waits."""

from uuid import UUID

from flask import current_app
from procrastinate import RetryStrategy

from kernel.clock import now
from kernel.jobs import queue
from messages.delivery import deliver
from messages.service import SEND_MESSAGES, forget_old_messages

WECHAT_BUSY = RetryStrategy(max_attempts=5, exponential_wait=5)
"""Five more times, after 5 s, 25 s, 2 min, 10 min and 52 min."""


@queue.task(name=SEND_MESSAGES, retry=WECHAT_BUSY)
def send_messages(county_id: str, ids: list[str]) -> None:
    """Hand messages of a county to WeChat; what an earlier run has sent is not sent again."""
    with current_app.app_context():
        deliver(county_id=UUID(county_id), ids=[UUID(message_id) for message_id in ids])


@queue.periodic(cron="47 2 * * *")
@queue.task(queueing_lock="forget_messages")
def forget_messages(timestamp: int) -> int:
    """Remove messages nobody needs any more; it may run twice, the second time finds nothing."""
    with current_app.app_context():
        return forget_old_messages(now=now())
