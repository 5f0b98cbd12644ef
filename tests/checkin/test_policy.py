"""Where, when, and what a person should look at, as tables."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkin.policy import DayRule, Doubt, Reading, doubts_about, makes_day, place_in_time
from geofence.datum import Point
from geofence.policy import Band, FenceLimits, Verdict, judge
from kernel.periods import CHINA
from tests.factories import MIDDLE

LIMITS = FenceLimits(buffer_m=200, missing_accuracy_m=500, max_accuracy_m=1_500)


@pytest.mark.parametrize(
    ("distance_m", "accuracy_m", "verdict", "band"),
    [
        (0, 20, Verdict.INSIDE, Band.INSIDE),
        (200, 20, Verdict.INSIDE, Band.INSIDE),
        (201, 20, Verdict.UNSURE, Band.EDGE),
        (220, 20, Verdict.UNSURE, Band.EDGE),
        (221, 20, Verdict.OUTSIDE, Band.UNDER_1KM),
        (500, 20, Verdict.OUTSIDE, Band.UNDER_1KM),
        (500, None, Verdict.UNSURE, Band.EDGE),
        (700, None, Verdict.UNSURE, Band.EDGE),
        (701, None, Verdict.OUTSIDE, Band.UNDER_1KM),
        (1_199, 20, Verdict.OUTSIDE, Band.UNDER_1KM),
        (1_200, 20, Verdict.OUTSIDE, Band.FROM_1_TO_5KM),
        (5_200, 20, Verdict.OUTSIDE, Band.OVER_5KM),
        (0, 1_500, Verdict.INSIDE, Band.INSIDE),
        (1_700, 1_500, Verdict.UNSURE, Band.EDGE),
    ],
)
def test_distance_against_accuracy_decides_the_verdict(distance_m, accuracy_m, verdict, band):
    judgement = judge(distance_m=distance_m, accuracy_m=accuracy_m, limits=LIMITS)
    assert (judgement.verdict, judgement.band, judgement.is_trusted) == (verdict, band, True)


@pytest.mark.parametrize("distance_m", [0, 300, 10_000])
def test_an_accuracy_beyond_all_use_is_for_the_township_to_settle(distance_m):
    judgement = judge(distance_m=distance_m, accuracy_m=5_000, limits=LIMITS)
    assert (judgement.verdict, judgement.is_trusted) == (Verdict.UNSURE, False)


@given(
    distance_m=st.floats(0, 20_000),
    nearer_m=st.floats(0, 20_000),
    accuracy_m=st.one_of(st.none(), st.floats(0, 1_500)),
)
def test_going_nearer_never_makes_the_verdict_worse(distance_m, nearer_m, accuracy_m):
    order = [Verdict.INSIDE, Verdict.UNSURE, Verdict.OUTSIDE]
    far = judge(distance_m=max(distance_m, nearer_m), accuracy_m=accuracy_m, limits=LIMITS)
    near = judge(distance_m=min(distance_m, nearer_m), accuracy_m=accuracy_m, limits=LIMITS)
    assert order.index(near.verdict) <= order.index(far.verdict)


MONDAY = datetime(2026, 11, 23, 20, 0, tzinfo=CHINA)
TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=CHINA)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def placed(captured_at, received_at, ticket_issued_at=None):
    return place_in_time(
        captured_at=captured_at,
        received_at=received_at,
        ticket_issued_at=ticket_issued_at,
        fresh=10 * MINUTE,
        offline=72 * HOUR,
    )


@pytest.mark.parametrize(
    ("what", "captured", "received", "ticket", "day", "proven", "late", "doubts"),
    [
        ("a tap now", MONDAY, MONDAY, None, 23, True, False, ()),
        ("a slow line", MONDAY - 9 * MINUTE, MONDAY, None, 23, True, False, ()),
        ("a phone clock a little fast", MONDAY + 9 * MINUTE, MONDAY, None, 23, True, False, ()),
        ("sent in the evening, tapped at noon", MONDAY - 8 * HOUR, MONDAY, MONDAY - 9 * HOUR, 23, True, True, ()),
        ("the same without a ticket", MONDAY - 8 * HOUR, MONDAY, None, 23, False, True, {Doubt.NO_TICKET}),
        ("tapped Monday, sent Tuesday", MONDAY + HOUR, TUESDAY, MONDAY, 23, False, True, ()),
        ("a clock a year slow", MONDAY - 365 * DAY, MONDAY, MONDAY - HOUR, 23, True, False, {Doubt.PHONE_CLOCK}),
        ("a clock a year fast", MONDAY + 365 * DAY, MONDAY, MONDAY - HOUR, 23, True, False, {Doubt.PHONE_CLOCK}),
        ("a clock a day fast", MONDAY + DAY, MONDAY, MONDAY - HOUR, 23, True, False, {Doubt.PHONE_CLOCK}),
        ("a clock a day slow", MONDAY - DAY, MONDAY, MONDAY - HOUR, 23, True, False, {Doubt.PHONE_CLOCK}),
        ("a clock a year slow, no ticket", MONDAY - 365 * DAY, MONDAY, None, 23, False, False,
         {Doubt.NO_TICKET, Doubt.PHONE_CLOCK}),
        ("a clock a day fast, no ticket", MONDAY + DAY, MONDAY, None, 23, False, False,
         {Doubt.NO_TICKET, Doubt.PHONE_CLOCK}),
        ("four days without signal", MONDAY - 90 * HOUR, MONDAY, MONDAY - 95 * HOUR, 23, False, True,
         {Doubt.TOO_LATE}),
    ],
)  # fmt: skip
def test_contacts_with_the_server_prove_the_day(what, captured, received, ticket, day, proven, late, doubts):
    moment = placed(captured, received, ticket)
    assert (moment.day.day, moment.is_proven, moment.is_late) == (day, proven, late)
    assert moment.doubts == set(doubts)


def test_the_day_turns_at_midnight_in_china():
    last = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    assert placed(last, last).day == date(2026, 11, 30)
    assert placed(last + timedelta(seconds=1), last + timedelta(seconds=1)).day == date(2026, 12, 1)


def test_a_tap_before_midnight_that_arrives_after_it_waits_for_the_township():
    midnight = datetime(2026, 11, 24, tzinfo=CHINA)
    moment = placed(midnight - 2 * MINUTE, midnight + 2 * MINUTE, midnight - HOUR)
    assert (moment.day, moment.is_proven) == (date(2026, 11, 23), False)


instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(CHINA))


@given(captured=instants, received=instants, back=st.one_of(st.none(), st.timedeltas(timedelta(0), 10 * DAY)))
def test_a_proven_day_is_the_day_of_the_arrival(captured, received, back):
    moment = placed(captured, received, received - back if back is not None else None)
    assert moment.happened_at <= received
    if moment.is_proven:
        assert moment.day == received.date()


HERE = Point(114.93, 25.85)


def reading(point=HERE, at=MONDAY, accuracy_m=None, altitude_m=None, speed_m_s=None):
    return Reading(point, at, accuracy_m, altitude_m, speed_m_s)


def elsewhere(number):
    return Point(114.93 + number / 1e5, 25.85)


def test_the_same_point_three_times_in_ten_is_doubted():
    earlier = [reading(elsewhere(n), MONDAY - n * DAY) for n in range(1, 8)]
    twice = [reading(HERE, MONDAY - 8 * DAY)]
    assert Doubt.SAME_POINT not in doubts_about(reading(), earlier=earlier + twice)
    assert Doubt.SAME_POINT in doubts_about(reading(), earlier=earlier[:7] + twice * 2)


@given(
    st.lists(
        st.tuples(st.floats(-40, 40), st.floats(-40, 40)), min_size=10, max_size=10, unique_by=lambda p: p
    ),
)
def test_a_phone_that_wavers_is_not_doubted(offsets):
    points = [Point(round(114.93 + x / 1e5, 6), round(25.85 + y / 1e5, 6)) for x, y in offsets]
    if len(set(points)) == 10:
        first, *rest = [reading(point, MONDAY - n * DAY, 20 + n) for n, point in enumerate(points)]
        assert not doubts_about(first, earlier=rest)


def test_of_a_thousand_phones_that_stand_still_none_is_doubted():
    """A real receiver strays by some eight metres from one day to the next."""
    chance, doubted = Random(20261128), 0
    for _ in range(1_000):
        places = [MIDDLE.moved(north_m=chance.gauss(0, 8), east_m=chance.gauss(0, 8)) for _ in range(10)]
        points = [Point(round(place.longitude_deg, 6), round(place.latitude_deg, 6)) for place in places]
        first, *rest = [reading(point, MONDAY - n * DAY, 20) for n, point in enumerate(points)]
        doubted += bool(doubts_about(first, earlier=rest))
    assert doubted == 0


@pytest.mark.parametrize("accuracy_m", [0, 0.0])
def test_accuracy_zero_is_odd(accuracy_m):
    assert doubts_about(reading(accuracy_m=accuracy_m), earlier=[]) == {Doubt.ACCURACY_ODD}


def test_five_readings_with_the_same_accuracy_altitude_and_speed_are_odd():
    readings = [reading(elsewhere(n), MONDAY - n * DAY, 10, 120, 0) for n in range(5)]
    assert Doubt.ACCURACY_ODD in doubts_about(readings[0], earlier=readings[1:])
    assert Doubt.ACCURACY_ODD not in doubts_about(readings[0], earlier=readings[1:4])
    plain = [reading(elsewhere(n), MONDAY - n * DAY, 65) for n in range(5)]
    assert not doubts_about(plain[0], earlier=plain[1:])


@pytest.mark.parametrize(("minutes", "is_doubted"), [(10, True), (30, True), (33, False), (120, False)])
def test_eighty_kilometres_take_half_an_hour_at_least(minutes, is_doubted):
    away = Point(114.93 + 80 / 100.2, 25.85)
    found = doubts_about(reading(HERE, MONDAY + minutes * MINUTE), earlier=[reading(away, MONDAY)])
    assert (Doubt.IMPOSSIBLE_SPEED in found) is is_doubted


def test_a_second_tap_at_once_from_across_the_yard_is_no_journey():
    across = Point(114.93 + 100 / 100_300, 25.85)
    assert not doubts_about(reading(across, MONDAY), earlier=[reading(HERE, MONDAY)])


@pytest.mark.parametrize(
    ("rule", "hours", "is_made"),
    [
        (DayRule.ONE_SIGNIN, [3], True),
        (DayRule.ONE_SIGNIN, [], False),
        (DayRule.EVENING, [17], False),
        (DayRule.EVENING, [18], True),
        (DayRule.MORNING_EVENING, [8], False),
        (DayRule.MORNING_EVENING, [19], False),
        (DayRule.MORNING_EVENING, [8, 19], True),
        (DayRule.MORNING_EVENING, [12, 19], False),
    ],
)
def test_the_countys_rule_says_which_taps_make_a_day(rule, hours, is_made):
    assert makes_day(rule, [MONDAY.replace(hour=hour) for hour in hours]) is is_made
