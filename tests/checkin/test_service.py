"""Checking in at chosen instants: days, tickets, postings, settings, doubts."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from checkin.models import Checkin, CheckinDoubt
from checkin.policy import Doubt, Outcome
from checkin.service import Attempt, Fix, check_in, forget_old_points
from geofence.datum import Datum, Point, from_wgs84
from geofence.policy import Verdict
from identity.permissions import Role
from identity.scope import Caller, Holding
from identity.tickets import TimeTicket
from kernel.database import db
from kernel.errors import Conflict, Refusal
from kernel.periods import CHINA
from org.models import PostingRole
from tests.factories import MIDDLE, Phone, make_person, make_posting, make_setting

MONDAY = datetime(2026, 11, 23, 20, 0, tzinfo=CHINA)
TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=CHINA)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def tap(world):
    """Tap as a person, at an instant and place; consents first."""

    def tap(
        person=None,
        *,
        at=MONDAY,
        place=MIDDLE,
        captured_at=None,
        ticket=None,
        key=None,
        datum=Datum.WGS84,
        declared_at=None,
        **fix,
    ):
        person = person or world.secretary
        if person.id not in seen:
            Phone(person)
            seen.add(person.id)
        caller = Caller(person.id, person.name, uuid4(), at, (Holding(Role.MEMBER),))
        position = from_wgs84(Point(place.longitude_deg, place.latitude_deg), datum) if place else None
        sent = (
            Fix(
                longitude_deg=position.longitude_deg,
                latitude_deg=position.latitude_deg,
                datum=datum,
                captured_at=captured_at or at,
                **{"accuracy_m": 20, **fix},
            )
            if position
            else None
        )
        attempt = Attempt(
            client_key=key or uuid4(),
            fix=sent,
            ticket=TimeTicket(uuid4(), ticket) if ticket else None,
            sent={"fix": str(sent)},
            declared_at=declared_at,
        )
        return check_in(caller=caller, attempt=attempt)[0]

    seen = set()
    return tap


def doubts_of(checkin):
    return set(db.session.scalars(select(CheckinDoubt.kind).where(CheckinDoubt.checkin_id == checkin.id)))


def test_the_first_tap_inside_makes_the_day_and_the_second_finds_it_made(tap):
    assert tap().outcome == Outcome.COUNTED
    assert tap(at=MONDAY + HOUR).outcome == Outcome.ALREADY_COUNTED
    assert tap(at=TUESDAY).outcome == Outcome.COUNTED


@pytest.mark.parametrize(
    ("north_m", "accuracy_m", "verdict", "outcome"),
    [
        (0, 20, Verdict.INSIDE, Outcome.COUNTED),
        (1_150, 20, Verdict.INSIDE, Outcome.COUNTED),
        (1_300, 150, Verdict.UNSURE, Outcome.COUNTED),
        (1_500, 20, Verdict.OUTSIDE, Outcome.OUTSIDE),
        (1_500, None, Verdict.UNSURE, Outcome.COUNTED),
        (0, 5_000, Verdict.UNSURE, Outcome.WAITS_FOR_TOWNSHIP),
    ],
)
def test_the_place_decides_what_a_tap_is_worth(tap, north_m, accuracy_m, verdict, outcome):
    checkin = tap(place=MIDDLE.moved(north_m=north_m), accuracy_m=accuracy_m)
    assert (checkin.verdict, checkin.outcome) == (verdict, outcome)


def test_the_same_place_in_both_datums_gets_the_same_verdict(tap):
    edge = MIDDLE.moved(north_m=1_100)
    first = tap(place=edge)
    second = tap(place=edge, at=TUESDAY, datum=Datum.GCJ02)
    assert first.verdict == second.verdict == Verdict.INSIDE
    assert second.distance_m == pytest.approx(first.distance_m, abs=1)


def test_an_upload_of_the_same_day_counts_late_and_says_so(tap):
    checkin = tap(captured_at=MONDAY - 8 * HOUR, ticket=MONDAY - 9 * HOUR)
    assert (checkin.outcome, checkin.late_upload) == (Outcome.COUNTED, True)
    assert checkin.happened_at == MONDAY - 8 * HOUR


def test_an_upload_across_midnight_waits_for_the_township(tap):
    checkin = tap(at=TUESDAY, captured_at=MONDAY + HOUR, ticket=MONDAY)
    assert (checkin.day, checkin.outcome) == (date(2026, 11, 23), Outcome.WAITS_FOR_TOWNSHIP)


@pytest.mark.parametrize("off", [DAY, -DAY, 365 * DAY, -365 * DAY])
def test_a_phone_clock_that_is_off_does_not_move_the_day(tap, off):
    checkin = tap(captured_at=MONDAY + off, ticket=MONDAY - HOUR)
    assert (checkin.day, checkin.outcome) == (date(2026, 11, 23), Outcome.COUNTED)
    assert doubts_of(checkin) == {Doubt.PHONE_CLOCK}


def test_a_ticket_is_good_for_one_attempt(tap, world):
    ticket = TimeTicket(uuid4(), MONDAY - HOUR)
    caller = Caller(world.secretary.id, "", uuid4(), MONDAY, (Holding(Role.MEMBER),))
    Phone(world.secretary)
    attempt = Attempt(uuid4(), Fix(114.93, 25.85, Datum.WGS84, MONDAY), ticket, {})
    check_in(caller=caller, attempt=attempt)
    with pytest.raises(Conflict) as refused:
        check_in(caller=caller, attempt=replace(attempt, client_key=uuid4()))
    assert refused.value.code == "ticket_used"


def test_the_same_key_with_other_content_is_refused(tap):
    key = uuid4()
    tap(key=key)
    with pytest.raises(Conflict) as refused:
        tap(key=key, accuracy_m=21)
    assert refused.value.code == "key_reused"


def test_somebody_elses_key_is_refused(tap, world):
    key = uuid4()
    tap(key=key)
    with pytest.raises(Conflict):
        tap(world.member, key=key)


@pytest.mark.parametrize(
    ("first_day", "last_day", "code"),
    [
        (date(2026, 12, 1), None, "posting_not_begun"),
        (date(2025, 1, 1), date(2026, 11, 22), "posting_ended"),
        (None, None, "no_posting"),
    ],
)
def test_outside_the_posting_there_is_no_day_to_count(tap, world, first_day, last_day, code):
    person = make_person("黄新来")
    if first_day:
        make_posting(person, world.village, world.unit, first_day=first_day, last_day=last_day)
    with pytest.raises(Conflict) as refused:
        tap(person)
    assert refused.value.code == code


def test_the_day_of_a_transfer_belongs_to_the_new_posting(tap, world):
    person = make_person("黄新来")
    make_posting(person, world.village_2, world.unit, last_day=MONDAY.date())
    new = make_posting(
        person, world.village, world.unit, role=PostingRole.FIRST_SECRETARY, first_day=MONDAY.date()
    )
    assert tap(person).posting_id == new.id


@pytest.mark.parametrize(
    ("longitude_deg", "latitude_deg", "code"), [(0.0, 0.0, "fix_empty"), (25.85, 114.93, "axes_swapped")]
)
def test_a_fix_that_is_none_is_answered_at_once(tap, longitude_deg, latitude_deg, code):
    fix = Fix(longitude_deg, latitude_deg, Datum.WGS84, MONDAY)
    with pytest.raises(Refusal) as refused:
        fix.point()
    assert refused.value.code == code


def test_a_village_without_a_fence_waits_for_the_township(tap, world):
    from tests.factories import make_area

    village = make_area("新村", "village", code="360799100299", within=world.township)
    person = make_person("黄新来")
    make_posting(person, village, world.unit)
    checkin = tap(person)
    assert (checkin.outcome, doubts_of(checkin)) == (Outcome.WAITS_FOR_TOWNSHIP, {Doubt.NO_FENCE})


def test_a_frozen_point_is_doubted_and_counts(tap):
    days = [tap(at=MONDAY + n * DAY, accuracy_m=20 + n) for n in range(3)]
    assert [checkin.outcome for checkin in days] == [Outcome.COUNTED] * 3
    assert [doubts_of(checkin) for checkin in days] == [set(), set(), {Doubt.SAME_POINT}]


def test_an_impossible_journey_is_doubted_at_both_ends(tap):
    far = tap(place=MIDDLE.moved(east_m=80_000))
    near = tap(at=MONDAY + timedelta(minutes=10))
    assert doubts_of(far) == doubts_of(near) == {Doubt.IMPOSSIBLE_SPEED}
    assert near.outcome == Outcome.COUNTED


def test_two_people_at_the_very_same_point_are_both_doubted(tap, world):
    first = tap()
    second = tap(world.member, at=MONDAY + timedelta(minutes=5))
    assert doubts_of(first) == doubts_of(second) == {Doubt.SHARED_POINT}
    later = tap(world.secretary, at=MONDAY + DAY)
    assert Doubt.SHARED_POINT not in doubts_of(later)


def test_two_people_side_by_side_are_not_doubted(tap, world):
    tap()
    assert not doubts_of(tap(world.member, place=MIDDLE.moved(north_m=8)))


def test_in_a_self_declaring_county_the_word_is_enough(tap, world):
    make_setting(world.county, "attendance.mode", "self_declare")
    checkin = tap(place=None)
    assert (checkin.outcome, checkin.verdict) == (Outcome.COUNTED, None)


def test_in_a_geofence_county_a_declaration_waits_for_the_township(tap):
    assert tap(place=None).outcome == Outcome.WAITS_FOR_TOWNSHIP


def test_a_declaration_sent_the_next_day_waits_for_the_township_on_its_own_day(tap, world):
    make_setting(world.county, "attendance.mode", "self_declare")
    late = tap(at=TUESDAY, place=None, declared_at=MONDAY + HOUR, ticket=MONDAY)
    assert (late.day, late.outcome) == (date(2026, 11, 23), Outcome.WAITS_FOR_TOWNSHIP)
    same_day = tap(at=MONDAY, place=None, declared_at=MONDAY - 8 * HOUR, ticket=MONDAY - 9 * HOUR)
    assert (same_day.outcome, same_day.late_upload) == (Outcome.COUNTED, True)


def test_where_the_township_keeps_the_register_nobody_taps(tap, world):
    make_setting(world.county, "attendance.mode", "township_register")
    with pytest.raises(Conflict) as refused:
        tap()
    assert refused.value.code == "township_register"


def test_a_nearer_areas_setting_goes_before_the_countys(tap, world):
    make_setting(world.county, "fence.buffer_m", 0)
    assert tap(place=MIDDLE.moved(north_m=1_150)).outcome == Outcome.OUTSIDE
    make_setting(world.township, "fence.buffer_m", 300)
    assert tap(place=MIDDLE.moved(north_m=1_150)).outcome == Outcome.COUNTED


def test_a_setting_holds_from_its_day_on(tap, world):
    make_setting(world.county, "fence.buffer_m", 0, valid_from=date(2026, 11, 24))
    edge = MIDDLE.moved(north_m=1_150)
    assert tap(place=edge).outcome == Outcome.COUNTED
    assert tap(place=edge, at=TUESDAY).outcome == Outcome.OUTSIDE


def test_a_county_may_ask_for_morning_and_evening(tap, world):
    make_setting(world.county, "residency.day_rule", "morning_evening")
    assert tap(at=MONDAY.replace(hour=8)).outcome == Outcome.RULE_UNMET
    assert tap(at=MONDAY.replace(hour=12)).outcome == Outcome.RULE_UNMET
    assert tap(at=MONDAY.replace(hour=19)).outcome == Outcome.COUNTED


def test_points_of_months_long_over_are_forgotten_and_verdicts_stay(tap, world):
    make_setting(world.county, "checkin.point_days", 30)
    old = tap(at=MONDAY)
    assert forget_old_points(today=date(2026, 12, 30)) == 0
    assert forget_old_points(today=date(2027, 1, 1)) == 1
    db.session.expire_all()
    kept = db.session.scalars(select(Checkin)).one()
    assert (kept.longitude_deg, kept.latitude_deg, kept.sent, kept.distance_m) == (None, None, None, None)
    assert (kept.verdict, kept.day, kept.counted) == (old.verdict, old.day, True)


def test_a_replay_after_the_point_is_forgotten_is_still_the_same_attempt(tap):
    key = uuid4()
    first = tap(key=key)
    forget_old_points(today=date(2027, 6, 1))
    db.session.expire_all()
    assert tap(key=key).id == first.id


def test_every_attempt_is_kept(tap):
    tap(place=MIDDLE.moved(north_m=9_000))
    tap(accuracy_m=9_000)
    tap()
    tap(at=MONDAY + HOUR)
    assert db.session.scalar(select(func.count()).select_from(Checkin)) == 4
