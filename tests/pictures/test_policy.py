"""What speaks against a photo, and when somebody has sent too many."""

from datetime import datetime, timedelta

import pytest

from kernel.periods import CHINA
from pictures.policy import Limit, MarkKind, Quota, Sent, contradictions, passed_limit

NOON = datetime(2026, 11, 23, 12, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("apart", "is_doubtful"),
    [
        (timedelta(0), False),
        (timedelta(hours=24), False),
        (timedelta(hours=24, seconds=1), True),
        (-timedelta(hours=24), False),
        (-timedelta(hours=24, seconds=1), True),
        (timedelta(days=4_000), True),
    ],
)
def test_a_photo_of_another_day_than_the_visit_is_doubtful(apart, is_doubtful):
    found = contradictions(taken_at=NOON + apart, occurred_at=NOON, distance_m=None)
    assert found == ({MarkKind.OTHER_TIME} if is_doubtful else set())


@pytest.mark.parametrize(
    ("distance_m", "is_doubtful"), [(0, False), (2_000, False), (2_000.1, True), (9e6, True)]
)
def test_a_photo_from_beyond_two_kilometres_is_doubtful(distance_m, is_doubtful):
    found = contradictions(taken_at=None, occurred_at=NOON, distance_m=distance_m)
    assert found == ({MarkKind.OTHER_PLACE} if is_doubtful else set())


def test_a_photo_that_claims_nothing_contradicts_nothing():
    assert contradictions(taken_at=None, occurred_at=NOON, distance_m=None) == set()


@pytest.mark.parametrize(
    ("sent", "size_bytes", "limit"),
    [
        (Sent(0, 0, 0), 100, None),
        (Sent(8, 59, 900), 100, None),
        (Sent(9, 0, 0), 1, Limit.OF_SUBJECT),
        (Sent(9, 60, 1_000), 1, Limit.OF_SUBJECT),
        (Sent(0, 60, 0), 1, Limit.PER_DAY),
        (Sent(0, 0, 901), 100, Limit.PER_MONTH),
        (Sent(0, 0, 0), 1_001, Limit.PER_MONTH),
    ],
)
def test_one_more_photo_passes_the_nearest_limit(sent, size_bytes, limit):
    quota = Quota(per_day=60, bytes_per_month=1_000)
    assert passed_limit(sent, size_bytes=size_bytes, most_of_subject=9, quota=quota) is limit
