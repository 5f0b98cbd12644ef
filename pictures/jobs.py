"""What is done with photos while nobody waits."""

from uuid import UUID

from flask import current_app
from procrastinate import RetryStrategy

from kernel.clock import now
from kernel.jobs import queue
from pictures.checking import CHECK_PHOTO, check_left_photos, check_photo
from pictures.cleaning import clean_photo
from pictures.keeping import expire_photos, forget_dismissed_marks, sweep, take_up_waiting
from pictures.receiving import CLEAN_PHOTO

STORE_BUSY = RetryStrategy(max_attempts=5, exponential_wait=5)
"""Five more times, after 5 s, 25 s, 2 min, 10 min and 52 min; then nightly."""
WECHAT_BUSY = RetryStrategy(max_attempts=5, exponential_wait=5)
"""The same; then hourly."""


@queue.task(name=CLEAN_PHOTO, retry=STORE_BUSY)
def clean(county_id: str, photo_id: str) -> None:
    """Clean one photo; what an earlier run has done is not done again."""
    with current_app.app_context():
        clean_photo(county_id=UUID(county_id), photo_id=UUID(photo_id), now=now())


@queue.task(name=CHECK_PHOTO, retry=WECHAT_BUSY)
def check(county_id: str, photo_id: str) -> None:
    """Have WeChat look at one photo; what it has looked at is not asked again."""
    with current_app.app_context():
        check_photo(county_id=UUID(county_id), photo_id=UUID(photo_id), now=now())


@queue.periodic(cron="23 * * * *")
@queue.task(queueing_lock="check_left_photos")
def check_left(timestamp: int) -> None:
    """Ask again about photos for which WeChat had no answer; it may run twice, the second time finds fewer."""
    with current_app.app_context():
        check_left_photos(now=now())


@queue.periodic(cron="57 2 * * *")
@queue.task(queueing_lock="keep_photos")
def keep_photos(timestamp: int) -> int:
    """Let old photos expire and sweep what no row names; it may run twice, the second time finds nothing."""
    with current_app.app_context():
        at = now()
        expired = expire_photos(now=at)
        forget_dismissed_marks(now=at)
        take_up_waiting(now=at)
        return expired + sweep(now=at)
