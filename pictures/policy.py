"""What makes a photo doubtful, and when somebody has sent too many.

A doubt refuses nothing: it is a mark for a person to judge (D12–D14). Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class PhotoState(StrEnum):
    """``waiting`` for the job, then ``kept`` or ``refused``; later perhaps ``deleted`` or ``expired``."""

    WAITING = "waiting"
    KEPT = "kept"
    REFUSED = "refused"
    DELETED = "deleted"
    EXPIRED = "expired"


RECEIVED = frozenset({PhotoState.WAITING, PhotoState.KEPT, PhotoState.EXPIRED})
"""States of a photo that takes one of the places of its visit or leave."""


class MarkKind(StrEnum):
    """Why a photo should be looked at twice."""

    EQUAL = "equal"
    NEAR = "near"
    OTHER_TIME = "other_time"
    OTHER_PLACE = "other_place"


TAKEN_WITHIN = timedelta(hours=24)
NEAR_ENOUGH_M = 2_000
COMPARED_FOR = timedelta(days=365)
"""How far back a photo is held against others."""


def contradictions(
    *, taken_at: datetime | None, occurred_at: datetime, distance_m: float | None
) -> set[MarkKind]:
    """Return what a photo's own claim of time and place speaks against (D14); None: it makes no claim."""
    found = set()
    if taken_at is not None and abs(taken_at - occurred_at) > TAKEN_WITHIN:
        found.add(MarkKind.OTHER_TIME)
    if distance_m is not None and distance_m > NEAR_ENOUGH_M:
        found.add(MarkKind.OTHER_PLACE)
    return found


@dataclass(frozen=True, slots=True)
class Quota:
    """How many photos one person may send (E11)."""

    per_day: int
    bytes_per_month: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How many photos there are already: of one visit or leave, of its person today and this month."""

    of_subject: int
    today: int
    bytes_this_month: int


class Limit(StrEnum):
    """Which limit one more photo would pass."""

    OF_SUBJECT = "of_subject"
    PER_DAY = "per_day"
    PER_MONTH = "per_month"


def passed_limit(sent: Sent, *, size_bytes: int, most_of_subject: int, quota: Quota) -> Limit | None:
    """Return the limit that one more photo would pass, or None."""
    if sent.of_subject >= most_of_subject:
        return Limit.OF_SUBJECT
    if sent.today >= quota.per_day:
        return Limit.PER_DAY
    if sent.bytes_this_month + size_bytes > quota.bytes_per_month:
        return Limit.PER_MONTH
    return None
