"""What a check-in proves: where (D14, D15), when (D16, D23), and what a person should look at. Pure.

Articles 16 and 17 ask for life in the village and honest attendance; no doubt found here refuses
or punishes anything, a person judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from geofence.datum import Point
from geofence.geometry import speed_km_h
from kernel.periods import CHINA, day_of

SHARED_POINT_MINUTES = 10
FROZEN_POINT_TIMES = 3
CONSTANT_READING_TIMES = 5
IMPOSSIBLE_KM_H = 150
SLACK_M = 500
EVENING_HOUR, NOON_HOUR = 18, 12


class Doubt(StrEnum):
    SAME_POINT = "same_point"
    ACCURACY_ODD = "accuracy_odd"
    IMPOSSIBLE_SPEED = "impossible_speed"
    SHARED_POINT = "shared_point"
    NO_TICKET = "no_ticket"
    PHONE_CLOCK = "phone_clock"
    TOO_LATE = "too_late"
    LOW_ACCURACY = "low_accuracy"
    NO_FENCE = "no_fence"
    UNSIGNED = "unsigned"


class Outcome(StrEnum):
    """What an attempt does to its day."""

    COUNTED = "counted"
    ALREADY_COUNTED = "already_counted"
    WAITS_FOR_TOWNSHIP = "waits_for_township"
    OUTSIDE = "outside"
    RULE_UNMET = "rule_unmet"


class DayRule(StrEnum):
    """D9: which sign-ins make a day in the village."""

    ONE_SIGNIN = "one_signin"
    EVENING = "evening"
    MORNING_EVENING = "morning_evening"


@dataclass(frozen=True, slots=True)
class Moment:
    """When an attempt happened, as far as the server can tell."""

    happened_at: datetime
    is_proven: bool
    is_late: bool
    doubts: frozenset[Doubt] = frozenset()

    @property
    def day(self) -> date:
        return day_of(self.happened_at)


def place_in_time(
    *,
    captured_at: datetime,
    received_at: datetime,
    ticket_issued_at: datetime | None,
    fresh: timedelta,
    offline: timedelta,
) -> Moment:
    """Return when an attempt happened; the phone's clock is a claim, the server's contacts are the proof (D16).

    The real time lies between the ticket's issue and the arrival. When both are one day in China the day
    is proven, whatever the phone's clock says; otherwise the day waits for the township.
    """
    age = received_at - captured_at
    if abs(age) <= fresh and day_of(captured_at) >= day_of(received_at):
        return Moment(received_at, is_proven=True, is_late=False)
    if ticket_issued_at is None:
        believable = timedelta(0) <= age <= offline
        doubts = {Doubt.NO_TICKET} if believable else {Doubt.NO_TICKET, Doubt.PHONE_CLOCK}
        return Moment(captured_at if believable else received_at, False, believable, frozenset(doubts))
    in_bounds = ticket_issued_at - fresh <= captured_at <= received_at
    is_proven = day_of(ticket_issued_at) == day_of(received_at)
    if not in_bounds:
        return Moment(received_at, is_proven, not is_proven, frozenset({Doubt.PHONE_CLOCK}))
    if age > offline:
        return Moment(received_at, False, True, frozenset({Doubt.TOO_LATE}))
    happened_at = max(captured_at, ticket_issued_at)
    return Moment(happened_at, is_proven, age > fresh)


@dataclass(frozen=True, slots=True)
class Reading:
    """One fix as later ones are compared with it; degrees in WGS-84, rounded to six decimals."""

    point: Point
    happened_at: datetime
    accuracy_m: float | None = None
    altitude_m: float | None = None
    speed_m_s: float | None = None


def doubts_about(reading: Reading, *, earlier: Sequence[Reading]) -> set[Doubt]:
    """Return what a person should look at, given the person's earlier readings, the latest first (security D1, D2, D6)."""
    found = set()
    if sum(other.point == reading.point for other in earlier) + 1 >= FROZEN_POINT_TIMES:
        found.add(Doubt.SAME_POINT)
    if reading.accuracy_m == 0 or _is_constant([reading, *earlier]):
        found.add(Doubt.ACCURACY_ODD)
    if earlier and _is_impossible(earlier[0], reading):
        found.add(Doubt.IMPOSSIBLE_SPEED)
    return found


def _is_constant(readings: Sequence[Reading]) -> bool:
    """Say whether the instrument never wavers: the same accuracy, altitude and speed several times running."""
    last = [(r.accuracy_m, r.altitude_m, r.speed_m_s) for r in readings[:CONSTANT_READING_TIMES]]
    return len(last) == CONSTANT_READING_TIMES and None not in last[0] and len(set(last)) == 1


def _is_impossible(before: Reading, after: Reading) -> bool:
    """Say whether nobody travels so fast; the errors of both fixes speak for the person."""
    seconds = abs((after.happened_at - before.happened_at).total_seconds())
    if speed_km_h(before.point, after.point, seconds) <= IMPOSSIBLE_KM_H:
        return False
    slack_m = SLACK_M + (before.accuracy_m or 0) + (after.accuracy_m or 0)
    return speed_km_h(before.point, after.point, 3_600) * 1_000 > slack_m


def makes_day(rule: DayRule, moments: Sequence[datetime]) -> bool:
    """Say whether sign-ins at these instants of one day make it a day in the village (D9)."""
    hours = [moment.astimezone(CHINA).hour for moment in moments]
    evening = any(hour >= EVENING_HOUR for hour in hours)
    match rule:
        case DayRule.ONE_SIGNIN:
            return bool(hours)
        case DayRule.EVENING:
            return evening
        case DayRule.MORNING_EVENING:
            return evening and any(hour < NOON_HOUR for hour in hours)
