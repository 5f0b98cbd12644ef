"""Checking in: one transaction from the tap to the row."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from checkin.models import Checkin, CheckinDoubt
from checkin.policy import DayRule, Doubt, Moment, Outcome, Reading, doubts_about, makes_day, place_in_time
from checkin.queries import PostingNow, Surroundings, moments_of_day, read_surroundings
from geofence.datum import Datum, Point, lies_in_china, to_wgs84
from geofence.policy import NO_FENCE_JUDGEMENT, FenceLimits, Judgement, Verdict, judge
from geofence.queries import fence
from identity.consent import ConsentMissing
from identity.scope import Caller
from identity.tickets import TimeTicket
from kernel import audit
from kernel.database import Base, db, transaction
from kernel.errors import Conflict, Refusal
from kernel.periods import day_of
from org.models import Area, Level
from org.queries import settings_of


@dataclass(frozen=True, slots=True)
class Fix:
    """One position as a phone sent it, in the datum it declares."""

    longitude_deg: float
    latitude_deg: float
    datum: Datum
    captured_at: datetime
    accuracy_m: float | None = None
    altitude_m: float | None = None
    speed_m_s: float | None = None

    def point(self) -> Point:
        """Return the WGS-84 point to 0.1 m; Refusal for no fix at all or for swapped axes."""
        sent = Point(self.longitude_deg, self.latitude_deg)
        if sent.longitude_deg == 0 and sent.latitude_deg == 0:
            raise Refusal("fix_empty", "手机没有取到位置，请到开阔处再试")
        swapped = Point(sent.latitude_deg, sent.longitude_deg)
        if not lies_in_china(sent) and lies_in_china(swapped):
            raise Refusal("axes_swapped", "经度和纬度写反了")
        point = to_wgs84(sent, self.datum)
        return Point(round(point.longitude_deg, 6), round(point.latitude_deg, 6))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a phone asks to be recorded; without a fix it is the person's own declaration."""

    client_key: UUID
    fix: Fix | None
    ticket: TimeTicket | None
    sent: dict[str, Any]
    declared_at: datetime | None = None
    is_signed: bool = False

    @property
    def claimed_at(self) -> datetime | None:
        """When it happened, by the phone's clock."""
        return self.fix.captured_at if self.fix else self.declared_at

    @property
    def content_sha256(self) -> bytes:
        return hashlib.sha256(json.dumps(self.sent, sort_keys=True, default=str).encode()).digest()


class NoPosting(Conflict):
    """A check-in hangs on a posting (Article 16): before it begins, after it ends, there is no day to count."""


def check_in(*, caller: Caller, attempt: Attempt) -> tuple[Checkin, bool]:
    """Record one attempt and return it, and whether it is new.

    The same ``client_key`` again answers with the first record; with other content it is a Conflict. The
    database decides which attempt makes the day (unique by person and day).
    """
    point = attempt.fix.point() if attempt.fix else None
    with transaction():
        around = read_surroundings(caller=caller, client_key=attempt.client_key, point=point)
        if around.is_known and (first := _first_of(around.postings[0].county_id, caller, attempt)):
            return first, False
        posting, moment = _posting_and_moment(around.postings, attempt, caller.now)
        if attempt.fix is not None and not around.has_consented:
            raise ConsentMissing()
        evidence = _weigh(attempt, posting, moment, point, around)
        checkin = _row(caller, attempt, posting, moment, point, evidence)
        stored, is_new = _store(checkin, caller, attempt)
        if is_new:
            _note_doubts(stored, evidence.doubts, around)
            audit.record(
                "checkin.make",
                now=caller.now,
                county_id=stored.county_id,
                actor_id=caller.person_id,
                subject_id=stored.id,
                outcome=stored.outcome,
            )
        return stored, is_new


def _posting_and_moment(
    postings: list[PostingNow], attempt: Attempt, now: datetime
) -> tuple[PostingNow, Moment]:
    """Return the posting of the attempt's day, and its moment by that county's numbers."""
    for posting in postings:
        moment = _moment(attempt, posting, now)
        if posting.first_day <= moment.day and (posting.last_day is None or moment.day <= posting.last_day):
            return posting, moment
    if not postings:
        raise NoPosting("no_posting", "名册中没有您的派驻记录，请联系县驻村办")
    if postings[0].first_day > day_of(now):
        raise NoPosting("posting_not_begun", "派驻尚未开始", first_day=postings[0].first_day.isoformat())
    raise NoPosting("posting_ended", "该日不在派驻期内", first_day=postings[0].first_day.isoformat())


def _moment(attempt: Attempt, posting: PostingNow, now: datetime) -> Moment:
    if attempt.claimed_at is None:
        return Moment(now, is_proven=True, is_late=False)
    return place_in_time(
        captured_at=attempt.claimed_at,
        received_at=now,
        ticket_issued_at=attempt.ticket.issued_at if attempt.ticket else None,
        fresh=timedelta(minutes=posting.settings["checkin.fresh_minutes"]),
        offline=timedelta(hours=posting.settings["checkin.offline_hours"]),
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an attempt shows by itself; one that does not make its case waits for the township."""

    makes_case: bool
    doubts: set[Doubt]
    judgement: Judgement | None = None
    distance_m: float | None = None


def _weigh(
    attempt: Attempt, posting: PostingNow, moment: Moment, point: Point | None, around: Surroundings
) -> Evidence:
    """Return what the attempt shows, by the county's way of keeping attendance."""
    mode = posting.settings["attendance.mode"]
    if mode == "township_register":
        raise Conflict("township_register", "本县由乡镇登记考勤，无需在手机上登记")
    if attempt.fix is None or point is None:
        return Evidence(makes_case=mode == "self_declare" and moment.is_proven, doubts=set(moment.doubts))
    evidence = weigh_fix(attempt.fix, posting, moment, point, around)
    if posting.settings["checkin.expects_signature"] and not attempt.is_signed:
        evidence.doubts.add(Doubt.UNSIGNED)
    return evidence


def weigh_fix(fix: Fix, posting: PostingNow, moment: Moment, point: Point, around: Surroundings) -> Evidence:
    """Return what a position shows, held against the fence and what was sent before."""
    distance_m, judgement = _judge(point, fix, posting)
    reading = Reading(point, moment.happened_at, fix.accuracy_m, fix.altitude_m, fix.speed_m_s)
    doubts = moment.doubts | doubts_about(reading, earlier=around.earlier)
    if around.same_place_ids:
        doubts |= {Doubt.SHARED_POINT}
    if not judgement.is_trusted:
        doubts |= {Doubt.NO_FENCE if posting.fence_id is None else Doubt.LOW_ACCURACY}
    return Evidence(
        makes_case=judgement.is_trusted and moment.is_proven,
        doubts=set(doubts),
        judgement=judgement,
        distance_m=distance_m,
    )


def _judge(point: Point, fix: Fix, posting: PostingNow) -> tuple[float | None, Judgement]:
    settings = posting.settings
    if posting.fence_id is None:
        return None, NO_FENCE_JUDGEMENT
    limits = FenceLimits.of(settings)
    distance_m = fence(posting.fence_id).distance_m(point)
    return distance_m, judge(distance_m=distance_m, accuracy_m=fix.accuracy_m, limits=limits)


def _row(
    caller: Caller,
    attempt: Attempt,
    posting: PostingNow,
    moment: Moment,
    point: Point | None,
    evidence: Evidence,
) -> Checkin:
    """Return the row to store: what was sent, and what was made of it."""
    fix, ticket, judgement = attempt.fix, attempt.ticket, evidence.judgement
    checkin = Checkin(
        county_id=posting.county_id,
        id=uuid4(),
        posting_id=posting.id,
        person_id=caller.person_id,
        village_id=posting.village_id,
        client_key=attempt.client_key,
        content_sha256=attempt.content_sha256,
        day=moment.day,
        late_upload=moment.is_late,
        happened_at=moment.happened_at,
        received_at=caller.now,
        captured_at=attempt.claimed_at,
        sent=attempt.sent,
        distance_m=evidence.distance_m,
    )
    if ticket:
        checkin.ticket_id, checkin.ticket_issued_at = ticket.id, ticket.issued_at
    if judgement:
        checkin.verdict, checkin.band, checkin.fence_id = judgement.verdict, judgement.band, posting.fence_id
    if fix and point:
        checkin.longitude_deg, checkin.latitude_deg = point.longitude_deg, point.latitude_deg
        checkin.accuracy_m, checkin.altitude_m, checkin.speed_m_s = (
            fix.accuracy_m,
            fix.altitude_m,
            fix.speed_m_s,
        )
    rule = DayRule(posting.settings["residency.day_rule"])
    checkin.outcome = _outcome(checkin, evidence.makes_case, rule)
    checkin.counted = checkin.outcome is Outcome.COUNTED
    return checkin


def _outcome(checkin: Checkin, makes_case: bool, rule: DayRule) -> Outcome:
    if checkin.verdict is Verdict.OUTSIDE:
        return Outcome.OUTSIDE
    if not makes_case:
        return Outcome.WAITS_FOR_TOWNSHIP
    moments = [checkin.happened_at]
    if rule is DayRule.MORNING_EVENING:
        moments += moments_of_day(county_id=checkin.county_id, person_id=checkin.person_id, day=checkin.day)
    return Outcome.COUNTED if makes_day(rule, moments) else Outcome.RULE_UNMET


def _store(checkin: Checkin, caller: Caller, attempt: Attempt) -> tuple[Checkin, bool]:
    """Insert the row; where a unique constraint objects, find out which, and answer accordingly."""
    if _insert(checkin):
        return checkin, True
    if first := _first_of(checkin.county_id, caller, attempt):
        return first, False
    if checkin.counted:
        checkin.outcome, checkin.counted = Outcome.ALREADY_COUNTED, False
        return _store(checkin, caller, attempt)
    raise Conflict("ticket_used", "时间凭证已用过")


_TABLE = Base.metadata.tables[Checkin.__tablename__]
_NAMES = list(_TABLE.c.keys())
_INSERT = insert_or_skip(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


def _insert(checkin: Checkin) -> bool:
    values = {name: getattr(checkin, name) for name in _NAMES}
    return db.session.execute(_INSERT, values).first() is not None


def _first_of(county_id: UUID, caller: Caller, attempt: Attempt) -> Checkin | None:
    """Return the record that has the attempt's key already; Conflict if it is another's or says otherwise."""
    first = db.session.scalars(
        select(Checkin).where(Checkin.county_id == county_id, Checkin.client_key == attempt.client_key)
    ).one_or_none()
    if first and (first.person_id != caller.person_id or first.content_sha256 != attempt.content_sha256):
        raise Conflict("key_reused", "同一编号已用于另一条登记")
    return first


def _note_doubts(checkin: Checkin, doubts: set[Doubt], around: Surroundings) -> None:
    """Keep the doubts; one that concerns two attempts is kept for both."""
    about = {(checkin.id, doubt) for doubt in doubts}
    if Doubt.SHARED_POINT in doubts:
        about |= {(other, Doubt.SHARED_POINT) for other in around.same_place_ids}
    if Doubt.IMPOSSIBLE_SPEED in doubts:
        about.add((around.earlier_ids[0], Doubt.IMPOSSIBLE_SPEED))
    if about:
        db.session.execute(
            insert_or_skip(CheckinDoubt).on_conflict_do_nothing(),
            [
                {
                    "county_id": checkin.county_id,
                    "checkin_id": id_,
                    "kind": doubt,
                    "found_at": checkin.received_at,
                }
                for id_, doubt in sorted(about)
            ],
        )


def forget_old_points(*, today: date) -> int:
    """Erase the points of every county's months that are over for longer than it keeps them (PIPL 47).

    Verdicts and days stay. Returns how many points were erased.
    """
    counties = db.session.scalars(select(Area).where(Area.level == Level.COUNTY)).all()
    return sum(_forget_points(county, today) for county in counties)


def _forget_points(county: Area, today: date) -> int:
    kept_days = settings_of(county, day=today)["checkin.point_days"]
    first_kept = (today - timedelta(days=kept_days)).replace(day=1)
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = '10min'"))  # nobody waits for it
        erased = db.session.execute(
            update(Checkin)
            .where(Checkin.county_id == county.id, Checkin.day < first_kept, Checkin.sent.is_not(None))
            .values(
                sent=None,
                longitude_deg=None,
                latitude_deg=None,
                distance_m=None,
                altitude_m=None,
                speed_m_s=None,
            )
        )
    return erased.rowcount  # type: ignore[attr-defined, no-any-return]
