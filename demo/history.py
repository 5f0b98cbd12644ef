"""Three months of check-ins and entries of the township, judged by the program's own rules.

Every attempt is first played as a phone would send it, then weighed in the order of arrival, so that what is
stored is what checking in would have stored; a test holds that against the service itself.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count, cycle
from random import Random
from typing import Any
from uuid import UUID

from checkin.models import Checkin, CheckinDoubt
from checkin.policy import SHARED_POINT_MINUTES, Doubt, Moment, Outcome, Reading, doubts_about, place_in_time
from checkin.queries import READINGS_COMPARED
from checkin.service import Attempt, Fix
from demo.places import key, moved
from geofence.datum import Datum, Point, from_wgs84
from geofence.geometry import Fence
from geofence.policy import NO_FENCE_JUDGEMENT, FenceLimits, Verdict, judge
from identity.tickets import TimeTicket
from kernel.periods import CHINA, DaySpan, Month, days_of, months_between, span_bits
from kernel.workdays import rest_days
from org.models import Posting
from org.settings import AreaSettings

ORDINARY_DAYS_BETWEEN_INCIDENTS = 15
THIN_MONTH_SHARE = 0.08


@dataclass(frozen=True)
class Ground:
    """A village as an attempt is weighed against it."""

    village_id: UUID
    township_id: UUID
    county_id: UUID
    middle: Point
    settings: AreaSettings
    fence_id: UUID
    fence: Fence
    drawn_at: datetime

    @property
    def limits(self) -> FenceLimits:
        return FenceLimits.of(self.settings)

    def beyond(self, metres: float, *, step_m: float = 20) -> Point:
        """Return the nearest point due north that lies more than so many metres outside the fence."""
        points = (moved(self.middle, east_m=0, north_m=step_m * step) for step in count(1))
        return next(point for point in points if self.fence.distance_m(point) > metres)


@dataclass
class Stay:
    """One posting as it is played: its own days up to yesterday, where the person lives, the kind of phone."""

    posting: Posting
    ground: Ground
    days: DaySpan
    present: list[date] = field(default_factory=list)
    away: list[list[date]] = field(default_factory=list)
    """Runs of working days spent elsewhere without leave."""
    frozen: frozenset[date] = frozenset()
    """Days on which the phone gives one and the same reading."""
    steady_from: date = date.max
    """From this day on nothing keeps the person away by chance."""
    on_leave: set[date] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rng = Random(f"stay {self.posting.id}")
        self.home = moved(
            self.ground.middle, east_m=self.rng.uniform(-350, 350), north_m=self.rng.uniform(-350, 350)
        )
        self.datum = self.rng.choice((Datum.GCJ02, Datum.GCJ02, Datum.WGS84))
        for month in months_between(Month.of(self.days.first_day), Month.of(self.days.last_day or date.max)):
            self._live_through(month)

    def _live_through(self, month: Month) -> None:
        own, rest = span_bits(month, self.days), rest_days(month)
        working, free = days_of(month, own & ~rest), days_of(month, own & rest)
        is_thin = self.rng.random() < THIN_MONTH_SHARE
        gone: set[date] = set()
        for length in (7, 3) if is_thin else self.rng.choice(((), (1,), (1,), (2,), (1, 2), (3,), (4,))):
            start = self.rng.randrange(max(1, len(working)))
            run = [
                day for day in working[start : start + length] if day not in gone and day < self.steady_from
            ]
            gone.update(run)
            if run:
                self.away.append(run)
                free = [day for day in free if not run[0] < day < run[-1]]
        weekends = self.rng.sample(free, min(len(free), self.rng.randint(*((0, 2) if is_thin else (2, 6)))))
        self.present += sorted([day for day in working if day not in gone] + weekends)

    def leave_village(self, first_day: date, last_day: date) -> None:
        """Let the person be elsewhere between two days, both included."""
        self.present = [day for day in self.present if not first_day <= day <= last_day]


@dataclass(frozen=True, slots=True)
class Tap:
    """One attempt as it reached the server."""

    stay: Stay
    attempt: Attempt
    received_at: datetime


@dataclass(frozen=True)
class Scene:
    """One day of one stay, with the colleagues who are in the village too."""

    stay: Stay
    day: date
    yesterday: date
    mates: list[Stay]

    @property
    def rng(self) -> Random:
        return self.stay.rng

    def at(self, hour: float, *, days: int = 0) -> datetime:
        """Return about that hour of the day, in China."""
        midnight = datetime.combine(self.day + timedelta(days=days), time(), CHINA)
        return midnight + timedelta(hours=hour, seconds=self.rng.randint(0, 1_500))

    def tap(
        self,
        received_at: datetime,
        *,
        by: Stay | None = None,
        place: Point | None = None,
        captured_at: datetime | None = None,
        ticket_issued_at: datetime | None = None,
        accuracy_m: float | None = None,
    ) -> Tap:
        """Return an attempt, by default one made at home just before it arrived."""
        stay = by or self.stay
        captured_at = captured_at or received_at - timedelta(seconds=self.rng.randint(1, 7))
        place = place or _near(stay.home, self.rng)
        reading = {
            "accuracy_m": accuracy_m
            if accuracy_m is not None
            else float(self.rng.choice((15, 20, 30, 40, 65))),
            "altitude_m": round(self.rng.uniform(180, 420), 1),
            "speed_m_s": round(self.rng.uniform(0, 1.2), 2),
        }
        if self.day in stay.frozen:
            place, reading = stay.home, {"accuracy_m": 5.0, "altitude_m": 0.0, "speed_m_s": 0.0}
        sent = from_wgs84(place, stay.datum)
        fix = Fix(
            longitude_deg=round(sent.longitude_deg, 6), latitude_deg=round(sent.latitude_deg, 6),
            datum=stay.datum, captured_at=captured_at, **reading,
        )  # fmt: skip
        return _tap(stay, fix, received_at, ticket_issued_at)

    def declare(self, received_at: datetime) -> Tap:
        """Return the person's own declaration, without a place."""
        return _tap(self.stay, None, received_at, None)


def _tap(stay: Stay, fix: Fix | None, received_at: datetime, ticket_issued_at: datetime | None) -> Tap:
    taken_at = fix.captured_at.isoformat() if fix else ""  # two may arrive in the same second
    who = (stay.posting.person_id, received_at.isoformat(), taken_at)
    attempt = Attempt(
        client_key=key("tap", *who),
        fix=fix,
        ticket=TimeTicket(key("ticket", *who), ticket_issued_at) if ticket_issued_at else None,
        sent={"fix": _sent(fix) if fix else None},
    )
    return Tap(stay, attempt, received_at)


def _sent(fix: Fix) -> dict[str, Any]:
    names = ("latitude_deg", "longitude_deg", "accuracy_m", "altitude_m", "speed_m_s")
    return {
        **{name: getattr(fix, name) for name in names},
        "datum": str(fix.datum),
        "captured_at": fix.captured_at.isoformat(),
    }


def _near(point: Point, rng: Random) -> Point:
    return moved(point, east_m=rng.gauss(0, 40), north_m=rng.gauss(0, 40))


def ordinary(scene: Scene) -> list[Tap]:
    """One tap after breakfast or in the evening."""
    return [scene.tap(scene.at(scene.rng.choice((7, 7.5, 8, 8.5, 12, 18.5, 19.5, 21))))]


def twice(scene: Scene) -> list[Tap]:
    """A second tap in the evening, which the day does not need."""
    return [scene.tap(scene.at(8)), scene.tap(scene.at(20))]


def late_upload(scene: Scene) -> list[Tap]:
    """No signal in the morning; the ticket of the same day proves the day."""
    taken = scene.at(9)
    return [scene.tap(scene.at(17), captured_at=taken, ticket_issued_at=scene.at(7))]


def late_over_night(scene: Scene) -> list[Tap]:
    """No signal until the next morning; the township has to look."""
    return [scene.tap(scene.at(7, days=1), captured_at=scene.at(19), ticket_issued_at=scene.at(8))]


def late_without_ticket(scene: Scene) -> list[Tap]:
    """As before, from a phone that lost its ticket."""
    return [scene.tap(scene.at(8, days=1), captured_at=scene.at(18))]


def wrong_clock(scene: Scene) -> list[Tap]:
    """The phone lives a day ahead."""
    received_at = scene.at(8)
    return [scene.tap(received_at, captured_at=received_at + timedelta(days=1))]


def too_late(scene: Scene) -> list[Tap]:
    """Sent four days after it was taken."""
    return [
        scene.tap(scene.at(9), captured_at=scene.at(10, days=-4), ticket_issued_at=scene.at(8, days=-4)),
        scene.tap(scene.at(19)),
    ]


def at_the_edge(scene: Scene) -> list[Tap]:
    """Just beyond the buffer, as far as so rough a reading can tell."""
    place = scene.stay.ground.beyond(scene.stay.ground.limits.buffer_m + 40)
    return [scene.tap(scene.at(10), place=place, accuracy_m=120.0)]


def from_outside(scene: Scene) -> list[Tap]:
    """Tapped on the way, and again on arrival."""
    place = scene.stay.ground.beyond(scene.rng.choice((700, 2_500, 8_000)))
    return [scene.tap(scene.at(7), place=place), scene.tap(scene.at(9.5))]


def at_two_places(scene: Scene) -> list[Tap]:
    """In the village, and twelve minutes later far away."""
    arrived = scene.at(8)
    far = moved(scene.stay.ground.middle, east_m=-42_000, north_m=35_000)
    return [scene.tap(arrived), scene.tap(arrived + timedelta(minutes=12), place=far)]


def rough(scene: Scene) -> list[Tap]:
    """A reading too rough to tell anything."""
    return [scene.tap(scene.at(8), accuracy_m=2_600.0)]


def perfect(scene: Scene) -> list[Tap]:
    """A reading more exact than a phone can be."""
    return [scene.tap(scene.at(8), accuracy_m=0.0)]


def one_phone_for_two(scene: Scene) -> list[Tap]:
    """Two colleagues within two minutes at the very same point."""
    first, place = scene.at(8), _near(scene.stay.home, scene.rng)
    taps = [scene.tap(first, place=place)]
    for mate in scene.mates[:1]:
        mate_tap = scene.tap(first + timedelta(minutes=2), by=mate, place=place)
        taps.append(_with_same_fix(taps[0], mate_tap))
    return taps


def _with_same_fix(tap: Tap, other: Tap) -> Tap:
    return _tap(other.stay, tap.attempt.fix, other.received_at, None)


def declared(scene: Scene) -> list[Tap]:
    """The person's own word, without a place."""
    return [scene.declare(scene.at(18))]


Incident = Callable[[Scene], list[Tap]]
INCIDENTS: tuple[Incident, ...] = (
    late_upload,
    twice,
    from_outside,
    at_the_edge,
    late_over_night,
    one_phone_for_two,
    rough,
    wrong_clock,
    late_upload,
    declared,
    at_two_places,
    too_late,
    late_without_ticket,
    perfect,
)
ARRIVE_NEXT_DAY = (late_over_night, late_without_ticket)
REACH_BACK_DAYS: dict[Incident, int] = {too_late: 4}


def play(stays: Iterable[Stay], *, yesterday: date) -> list[Tap]:
    """Return every attempt of these stays in the order of arrival; now and then something odd happens."""
    stays = list(stays)
    incidents = cycle(INCIDENTS)
    taps: list[Tap] = []
    for number, (stay, day) in enumerate((who, day) for who in stays for day in who.present):
        scene = Scene(stay, day, yesterday, [other for other in stays if _is_mate(stay, other, day)])
        happens = next(incidents) if number % ORDINARY_DAYS_BETWEEN_INCIDENTS == 0 else ordinary
        taps += happens(scene) if _is_possible(happens, scene) else ordinary(scene)
    return sorted(taps, key=lambda tap: (tap.received_at, tap.attempt.client_key))


def _is_mate(stay: Stay, other: Stay, day: date) -> bool:
    return (
        other is not stay
        and other.ground is stay.ground
        and other.days.contains(day)
        and day in other.present
    )


def _is_possible(incident: Incident, scene: Scene) -> bool:
    if incident in ARRIVE_NEXT_DAY:
        return scene.day < scene.yesterday
    return scene.day - timedelta(days=REACH_BACK_DAYS.get(incident, 0)) >= scene.stay.days.first_day


class Weighing:
    """Weighs attempts one after the other, remembering what later ones are compared with."""

    def __init__(self) -> None:
        self.checkins: list[Checkin] = []
        self._doubts: dict[tuple[UUID, Doubt], CheckinDoubt] = {}
        self._earlier: dict[UUID, deque[tuple[Reading, UUID]]] = {}
        self._at_point: dict[tuple[UUID, Point], list[Checkin]] = {}
        self._days_made: set[tuple[UUID, date]] = set()

    @property
    def doubts(self) -> list[CheckinDoubt]:
        return list(self._doubts.values())

    def weigh(self, tap: Tap) -> None:
        """Judge one attempt and keep its row and the doubts about it."""
        fix, ground, settings = tap.attempt.fix, tap.stay.ground, tap.stay.ground.settings
        moment = Moment(tap.received_at, is_proven=True, is_late=False)
        if fix is not None:
            moment = place_in_time(
                captured_at=fix.captured_at,
                received_at=tap.received_at,
                ticket_issued_at=tap.attempt.ticket.issued_at if tap.attempt.ticket else None,
                fresh=timedelta(minutes=settings["checkin.fresh_minutes"]),
                offline=timedelta(hours=settings["checkin.offline_hours"]),
            )
        checkin = _row(tap, moment)
        makes_case, doubts = False, set(moment.doubts)
        if fix is not None:
            point = fix.point()
            judgement = NO_FENCE_JUDGEMENT
            if tap.received_at >= ground.drawn_at:
                checkin.fence_id = ground.fence_id
                checkin.distance_m = ground.fence.distance_m(point)
                judgement = judge(
                    distance_m=checkin.distance_m, accuracy_m=fix.accuracy_m, limits=ground.limits
                )
            checkin.verdict, checkin.band = judgement.verdict, judgement.band
            makes_case = judgement.is_trusted and moment.is_proven
            if checkin.fence_id is None:
                doubts.add(Doubt.NO_FENCE)
            elif not judgement.is_trusted:
                doubts.add(Doubt.LOW_ACCURACY)
            self._compare(checkin, fix, point, doubts)
        checkin.outcome = self._outcome(checkin, makes_case)
        checkin.counted = checkin.outcome is Outcome.COUNTED
        self.checkins.append(checkin)
        for doubt in doubts:
            self._note(checkin, checkin.id, doubt)

    def _compare(self, checkin: Checkin, fix: Fix, point: Point, doubts: set[Doubt]) -> None:
        """Add the doubts that come of earlier attempts of the same person, and of others at the same point."""
        reading = Reading(point, checkin.happened_at, fix.accuracy_m, fix.altitude_m, fix.speed_m_s)
        earlier = self._earlier.setdefault(checkin.person_id, deque(maxlen=READINGS_COMPARED))
        doubts |= doubts_about(reading, earlier=[other for other, _ in earlier])
        if Doubt.IMPOSSIBLE_SPEED in doubts:
            self._note(checkin, earlier[0][1], Doubt.IMPOSSIBLE_SPEED)
        earlier.appendleft((reading, checkin.id))
        since = checkin.received_at - timedelta(minutes=SHARED_POINT_MINUTES)
        same_point = self._at_point.setdefault((checkin.village_id, point), [])
        for other in same_point:
            if other.person_id != checkin.person_id and other.received_at >= since:
                doubts.add(Doubt.SHARED_POINT)
                self._note(checkin, other.id, Doubt.SHARED_POINT)
        same_point.append(checkin)

    def _outcome(self, checkin: Checkin, makes_case: bool) -> Outcome:
        if checkin.verdict is Verdict.OUTSIDE:
            return Outcome.OUTSIDE
        if not makes_case:
            return Outcome.WAITS_FOR_TOWNSHIP
        of_day = (checkin.person_id, checkin.day)
        if of_day in self._days_made:
            return Outcome.ALREADY_COUNTED
        self._days_made.add(of_day)
        return Outcome.COUNTED

    def _note(self, found_with: Checkin, checkin_id: UUID, doubt: Doubt) -> None:
        self._doubts.setdefault(
            (checkin_id, doubt),
            CheckinDoubt(
                county_id=found_with.county_id,
                id=key("doubt", checkin_id, doubt),
                checkin_id=checkin_id,
                kind=doubt,
                found_at=found_with.received_at,
            ),
        )


def _row(tap: Tap, moment: Moment) -> Checkin:
    fix, ticket, ground = tap.attempt.fix, tap.attempt.ticket, tap.stay.ground
    point = fix.point() if fix else None
    return Checkin(
        county_id=ground.county_id,
        id=key("checkin", tap.attempt.client_key),
        posting_id=tap.stay.posting.id,
        person_id=tap.stay.posting.person_id,
        village_id=ground.village_id,
        client_key=tap.attempt.client_key,
        content_sha256=tap.attempt.content_sha256,
        day=moment.day,
        late_upload=moment.is_late,
        captured_at=fix.captured_at if fix else None,
        happened_at=moment.happened_at,
        received_at=tap.received_at,
        ticket_id=ticket.id if ticket else None,
        ticket_issued_at=ticket.issued_at if ticket else None,
        sent=tap.attempt.sent,
        longitude_deg=point.longitude_deg if point else None,
        latitude_deg=point.latitude_deg if point else None,
        accuracy_m=fix.accuracy_m if fix else None,
        altitude_m=fix.altitude_m if fix else None,
        speed_m_s=fix.speed_m_s if fix else None,
    )


def weigh_all(taps: Iterable[Tap]) -> tuple[list[Checkin], list[CheckinDoubt]]:
    """Return the rows of these attempts, given in the order of arrival, and the doubts about them."""
    weighing = Weighing()
    for tap in taps:
        weighing.weigh(tap)
    return weighing.checkins, weighing.doubts
