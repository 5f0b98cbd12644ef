"""On any day of the month: can the year's average still be reached, and how many days are missing (Article 16)."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.policy import (
    MONTH_SHARES,
    NO_HALVES,
    Average,
    DayClass,
    Forecast,
    Halves,
    MonthClasses,
    MonthFacts,
    assessed_halves,
    average,
    classify,
    forecast,
)
from kernel.periods import CHINA, DaySet, Month, before, count, full, one
from tests.factories import MIDDLE, Phone, make_person, make_posting, make_setting

ASSESSED = frozenset({DayClass.IN_VILLAGE, DayClass.TRIP, DayClass.MEETING, DayClass.TRAINING})
NOVEMBER = Month(2026, 11)
REQUIRED = 20


def days(first: int, last: int) -> DaySet:
    return sum(one(date(2026, 11, day)) for day in range(first, last + 1))


def running_month(
    *,
    today: int,
    present: DaySet = 0,
    posted: DaySet | None = None,
    approved: dict[DayClass, Halves] | None = None,
    entries: dict[DayClass, Halves] | None = None,
) -> MonthClasses:
    return classify(
        MonthFacts(
            month=NOVEMBER,
            posted=full(NOVEMBER) if posted is None else posted,
            present=present,
            rest=0b1100000,
            today=date(2026, 11, today),
            approved=approved or {},
            entries=entries or {},
        )
    )


def forecast_on(
    today: int, classes: MonthClasses, *, so_far: Average | None = None, entered: DaySet = 0
) -> Forecast:
    return forecast(
        so_far,
        classes,
        ASSESSED,
        today=date(2026, 11, today),
        entered=entered,
        required_per_month=REQUIRED,
    )


# --- cases --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "present", "earlier", "missing", "remaining"),
    [
        # the month alone: 20 days, any of the 30 will do
        (1, 0, [], 20, 30),
        (11, 0, [], 20, 20),
        (12, 0, [], 20, 19),  # one day too late
        (16, days(1, 15), [], 5, 15),
        (16, days(1, 16), [], 4, 14),  # today is counted already
        (30, days(1, 19), [], 1, 1),  # the last day still decides
        (30, days(1, 20), [], 0, 1),
        (30, days(11, 30), [], 0, 0),
        # what the year brought so far: days saved up, days owed, halves
        (16, days(1, 15), [("2026-09", 30, 25.0), ("2026-10", 31, 20.0)], 0, 15),
        (16, days(1, 15), [("2026-09", 30, 18.0), ("2026-10", 31, 20.0)], 7, 15),
        (16, days(1, 15), [("2026-10", 31, 19.5)], 5.5, 15),
        # half of October asks for 10.32 days at 16 of 31: the average asks for them exactly, in half-days
        (16, days(1, 15), [("2026-10", 16, 10.0)], 5.5, 15),
        (1, 0, [("2026-02", 28, 8.0), ("2026-03", 31, 6.0), ("2026-04", 30, 0.0)], 66, 30),
    ],
)
def test_days_that_are_missing_and_days_that_are_left(
    today: int, present: DaySet, earlier: list[tuple[str, int, float]], missing: float, remaining: float
) -> None:
    so_far = average((Month.parse(month), posted, assessed) for month, posted, assessed in earlier)
    result = forecast_on(today, running_month(today=today, present=present), so_far=so_far)
    assert (result.missing_days, result.remaining_days) == (missing, remaining)
    assert result.is_reachable == (missing <= remaining)


def test_only_posted_days_are_asked_for_and_left() -> None:
    classes = running_month(today=20, posted=days(16, 27), present=days(16, 19))
    result = forecast_on(20, classes)
    assert (result.missing_days, result.remaining_days) == (4, 8)


def test_a_posting_that_is_over_has_no_day_left() -> None:
    result = forecast_on(20, running_month(today=20, posted=days(1, 15), present=days(1, 9)))
    assert (result.missing_days, result.remaining_days, result.is_reachable) == (1, 0, False)


def test_an_approved_trip_to_come_counts_and_is_no_longer_left() -> None:
    trip = {DayClass.TRIP: Halves(days(20, 22), days(20, 21))}
    result = forecast_on(16, running_month(today=16, present=days(1, 15), approved=trip))
    assert (result.missing_days, result.remaining_days) == (2.5, 12.5)


def test_a_day_of_other_leave_may_still_be_spent_in_the_village() -> None:
    leave = {DayClass.ANNUAL: Halves(days(20, 24), days(20, 24))}
    result = forecast_on(16, running_month(today=16, present=days(1, 15), approved=leave))
    assert (result.missing_days, result.remaining_days) == (5, 15)


def test_a_day_the_township_has_settled_is_not_left() -> None:
    unexcused = {DayClass.UNEXCUSED: Halves(days(30, 30), days(30, 30))}
    classes = running_month(today=30, present=days(1, 19), entries=unexcused)
    result = forecast_on(30, classes, entered=days(30, 30))
    assert (result.missing_days, result.remaining_days, result.is_reachable) == (1, 0, False)


# --- properties ---------------------------------------------------------------------------------------


@st.composite
def running_months(draw: st.DrawFn) -> tuple[MonthClasses, date]:
    month = draw(st.builds(Month, st.integers(2021, 2035), st.integers(1, 12)))
    some_days = st.integers(0, full(month))
    today = month.first_day + timedelta(draw(st.integers(0, month.days_count - 1)))
    posted = draw((st.just(full(month)) | some_days).filter(bool))
    leave = draw(st.sampled_from([DayClass.TRIP, DayClass.MEETING, DayClass.SICK]))
    facts = MonthFacts(
        month=month,
        posted=posted,
        present=draw(some_days) & before(month, today + timedelta(days=1)),
        rest=draw(some_days),
        today=today,
        approved={leave: Halves(draw(some_days), draw(some_days))},
        pending=draw(st.just(NO_HALVES) | st.builds(Halves, some_days, some_days)),
    )
    return classify(facts), today


earlier_months = st.none() | st.builds(
    lambda halves, shares: Average(halves, shares * (MONTH_SHARES // 30)),
    st.integers(0, 660),
    st.integers(2, 660),
)


@given(running_months(), earlier_months, st.integers(1, 31))
def test_exactly_the_missing_days_bring_the_average_up_and_half_a_day_less_does_not(
    running: tuple[MonthClasses, date], so_far: Average | None, required: int
) -> None:
    classes, today = running
    result = forecast(so_far, classes, ASSESSED, today=today, entered=0, required_per_month=required)
    halves = assessed_halves(classes, ASSESSED) + (so_far.assessed_halves if so_far else 0)
    posted_months = Fraction(count(classes.posted), classes.month.days_count)
    if so_far:
        posted_months += Fraction(so_far.posted_half_shares, 2 * MONTH_SHARES)

    def reaches(days: float) -> bool:
        return (Fraction(halves, 2) + Fraction(days)) / posted_months >= required

    assert reaches(result.missing_days)
    assert not result.missing_days or not reaches(result.missing_days - 0.5)


@given(running_months(), earlier_months)
def test_being_there_every_day_left_brings_exactly_the_days_said_to_be_left(
    running: tuple[MonthClasses, date], so_far: Average | None
) -> None:
    classes, today = running
    result = forecast(so_far, classes, ASSESSED, today=today, entered=0, required_per_month=REQUIRED)
    here = classes.posted & ~before(classes.month, today)
    elsewhere = {
        half: {kind: bits & ~here for kind, bits in getattr(classes, half).items()}
        for half in ("mornings", "afternoons")
    }
    for kinds in elsewhere.values():
        kinds[DayClass.IN_VILLAGE] = kinds.get(DayClass.IN_VILLAGE, 0) | here
    diligent = MonthClasses(classes.month, classes.posted, **elsewhere)
    gained = assessed_halves(diligent, ASSESSED) - assessed_halves(classes, ASSESSED)
    assert gained == result.remaining_halves
    at_the_end = forecast(so_far, diligent, ASSESSED, today=today, entered=0, required_per_month=REQUIRED)
    assert (at_the_end.missing_halves == 0) == result.is_reachable


@given(running_months(), earlier_months)
def test_the_average_of_the_month_that_is_over_agrees(
    running: tuple[MonthClasses, date], so_far: Average | None
) -> None:
    classes, today = running
    result = forecast(so_far, classes, ASSESSED, today=today, entered=0, required_per_month=REQUIRED)
    month = average([(classes.month, count(classes.posted), assessed_halves(classes, ASSESSED) / 2)])
    assert month is not None
    earlier = so_far or Average(0, 0)
    whole = Average(
        earlier.assessed_halves + month.assessed_halves, earlier.posted_half_shares + month.posted_half_shares
    )
    assert whole.is_compliant(REQUIRED) == (result.missing_halves == 0)


# --- as it is shown -----------------------------------------------------------------------------------

TODAY = datetime.now(CHINA).date()
THIS_MONTH = Month.of(TODAY)


def item_of(world, person, month=THIS_MONTH):
    answer = Phone(world.township_clerk).get(f"/attendance/{month}?township={world.township.id}")
    (item,) = [item for item in answer.json["items"] if item["person"]["id"] == str(person.id)]
    return item


@pytest.fixture
def newcomer(world):
    """Somebody posted since the first of this month: no earlier month weighs in."""
    person = make_person("黄新到")
    make_posting(person, world.village, world.unit, first_day=THIS_MONTH.first_day)
    return person


def test_the_home_screen_says_how_many_days_are_missing(world, newcomer):
    make_setting(world.county, "residency.required_per_month", 1)
    me = Phone(newcomer)
    left = (THIS_MONTH.last_day - TODAY).days + 1
    assert me.get("/today").json["forecast"] == {
        "missing_days": 1,
        "remaining_days": left,
        "reachable": True,
        "text": "本月再驻村1天，年均可达1天",
    }
    me.check_in(MIDDLE)
    assert me.get("/today").json["forecast"] == {
        "missing_days": 0,
        "remaining_days": left - 1,
        "reachable": True,
        "text": "本月已达到",
    }


def test_the_township_reads_the_same_of_each_person(world, newcomer):
    assert item_of(world, newcomer)["forecast"] == Phone(newcomer).get("/today").json["forecast"]


def test_what_can_no_longer_be_reached_is_said_plainly(world, newcomer):
    make_setting(world.county, "residency.required_per_month", 31)
    entry = {
        "client_key": str(uuid4()),
        "person_id": str(newcomer.id),
        "day": TODAY.isoformat(),
        "day_class": "personal",
        "reason": "家中有事",
    }
    assert Phone(world.township_clerk).post("/attendance/corrections", entry).status_code == 201
    left = (THIS_MONTH.last_day - TODAY).days
    assert Phone(newcomer).get("/today").json["forecast"] == {
        "missing_days": 31,
        "remaining_days": left,
        "reachable": False,
        "text": f"距年均31天还差31天，本月余下{left}天",
    }


def test_a_month_that_is_over_or_to_come_has_no_forecast(world):
    assert item_of(world, world.secretary, THIS_MONTH.previous)["forecast"] is None
    assert item_of(world, world.secretary, THIS_MONTH.next)["forecast"] is None


def test_an_office_without_a_posting_has_no_forecast(world):
    assert Phone(world.township_clerk).get("/today").json["forecast"] is None
