"""What stamped sheets pay, and what a team's car is paid (Article 27)."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowances.policy import (
    Claim,
    DayRate,
    Drive,
    PayLine,
    RoundTrip,
    TravelTerms,
    TripRate,
    Way,
    days_paid_once,
    difference,
    living_allowance,
    paying_areas,
    round_trips,
    travel_allowance,
    trips_without_terms,
)
from kernel.periods import Month
from org.settings import DatedValue

NOVEMBER = Month(2026, 11)
DECEMBER = Month(2026, 12)
COUNTY, CITY = UUID(int=1), UUID(int=2)
UNIT, OTHER_UNIT = UUID(int=3), UUID(int=4)


def november(*numbers: int) -> list[date]:
    return [date(2026, 11, number) for number in numbers]


def total_fen(lines: list[PayLine]) -> int:
    return sum(line.amount_fen for line in lines)


def day_lines(lines: list[tuple[int, int]]) -> list[PayLine[DayRate]]:
    """Read (fen a day, days)."""
    return [PayLine(DayRate(fen_per_day), days) for fen_per_day, days in lines]


# --- living allowance ---------------------------------------------------------------------------------

FLAT = [DatedValue(date(2026, 11, 1), 10_000)]
RAISED = [*FLAT, DatedValue(date(2026, 11, 16), 12_000)]
BACK_AGAIN = [*RAISED, DatedValue(date(2026, 11, 21), 10_000)]


@pytest.mark.parametrize(
    ("paid", "rates", "lines"),
    [
        ([], FLAT, []),
        (november(2, 3, 4), FLAT, [(10_000, 3)]),
        (november(*range(1, 31)), FLAT, [(10_000, 30)]),
        (november(14, 15, 16, 17, 18), RAISED, [(10_000, 2), (12_000, 3)]),  # the new rate from its day on
        (november(17, 14), RAISED, [(10_000, 1), (12_000, 1)]),  # in the order of the days
        (november(20, 18), RAISED, [(12_000, 2)]),
        (november(15, 16, 21, 22), BACK_AGAIN, [(10_000, 3), (12_000, 1)]),
        (november(2, 2), FLAT, [(10_000, 1)]),  # one date on the sheets of two villages
        (november(5), [DatedValue(date(2026, 11, 1), 0)], [(0, 1)]),
    ],
)
def test_each_day_is_paid_at_its_own_rate(
    paid: list[date], rates: list[DatedValue], lines: list[tuple[int, int]]
) -> None:
    assert living_allowance(paid, rates) == day_lines(lines)


def test_twenty_days_at_the_city_s_rate_are_two_thousand_yuan() -> None:
    assert total_fen(living_allowance(november(*range(1, 21)), FLAT)) == 2_000_00


def test_a_day_without_a_rate_is_not_paid_by_guess() -> None:
    with pytest.raises(ValueError, match="2026-10-31"):
        living_allowance([date(2026, 10, 31)], FLAT)


def test_a_city_unit_pays_the_city_s_rate_and_a_county_unit_its_county_s() -> None:
    areas = {"county_id": COUNTY, "city_id": CITY}
    assert paying_areas(**areas, is_city_dispatched=True) == (CITY,)
    assert paying_areas(**areas, is_city_dispatched=False) == (COUNTY, CITY)


@pytest.mark.parametrize(
    ("paid", "now", "lines"),
    [
        ([(10_000, 20)], [(10_000, 20)], []),
        ([(10_000, 20)], [(10_000, 22)], [(10_000, 2)]),  # 补发
        ([(10_000, 20)], [(10_000, 17)], [(10_000, -3)]),  # 扣回
        ([], [(10_000, 4)], [(10_000, 4)]),
        ([(10_000, 4)], [], [(10_000, -4)]),
        # as many days, but some of them after the raise
        ([(10_000, 20)], [(10_000, 15), (12_000, 5)], [(10_000, -5), (12_000, 5)]),
        ([(10_000, 10), (12_000, 5)], [(12_000, 6)], [(10_000, -10), (12_000, 1)]),
    ],
)
def test_a_later_version_is_paid_by_its_difference(
    paid: list[tuple[int, int]], now: list[tuple[int, int]], lines: list[tuple[int, int]]
) -> None:
    assert difference(paid=day_lines(paid), now=day_lines(now)) == day_lines(lines)


days_of_november = st.sets(st.sampled_from(NOVEMBER.days()))
rates_of_november = st.lists(
    st.tuples(st.sampled_from(NOVEMBER.days()[1:]), st.integers(0, 50_000)), max_size=3
).map(lambda changes: [*FLAT, *(DatedValue(*change) for change in sorted(changes))])


@given(days_of_november, rates_of_november)
def test_lines_split_the_days_and_lose_none(paid: set[date], rates: list[DatedValue]) -> None:
    lines = living_allowance(paid, rates)
    assert sum(line.number for line in lines) == len(paid)
    assert total_fen(lines) == sum(total_fen(living_allowance([day], rates)) for day in paid)
    assert len({line.rate for line in lines}) == len(lines)


@given(st.lists(st.tuples(days_of_november, rates_of_november), min_size=1, max_size=5))
def test_after_any_number_of_versions_what_was_paid_is_the_last(
    versions: list[tuple[set[date], list[DatedValue]]],
) -> None:
    paid_fen, last = 0, []
    for days, rates in versions:
        lines = living_allowance(days, rates)
        paid_fen += total_fen(difference(paid=last, now=lines))
        last = lines
    assert paid_fen == total_fen(last)


PERSON, SOMEBODY_ELSE = UUID(int=5), UUID(int=6)
OLD_POST, NEW_POST, OTHER_POST = UUID(int=9), UUID(int=8), UUID(int=7)


def test_a_date_that_two_sheets_name_is_paid_once_in_the_new_village() -> None:
    paid = days_paid_once(
        [
            Claim(PERSON, OLD_POST, date(2021, 5, 1), frozenset(november(9, 10))),
            Claim(PERSON, NEW_POST, date(2026, 11, 10), frozenset(november(10, 11))),
            Claim(SOMEBODY_ELSE, OTHER_POST, date(2021, 5, 1), frozenset(november(10))),
        ]
    )
    assert paid == {
        OLD_POST: frozenset(november(9)),
        NEW_POST: frozenset(november(10, 11)),
        OTHER_POST: frozenset(november(10)),
    }


@given(st.dictionaries(st.integers(0, 4), st.tuples(days_of_november, days_of_november), max_size=5))
def test_nobody_is_paid_more_days_than_the_sheets_name_together(
    named: dict[int, tuple[set[date], set[date]]],
):
    claims = [
        Claim(
            UUID(int=person), UUID(int=100 + 2 * person + number), date(2026, 1, 1 + number), frozenset(days)
        )
        for person, sheets in named.items()
        for number, days in enumerate(sheets)
    ]
    paid = days_paid_once(claims)
    for person, sheets in named.items():
        own = [paid[claim.posting_id] for claim in claims if claim.person_id == UUID(int=person)]
        assert sum(map(len, own)) == len(set().union(*sheets))


# --- travel allowance ---------------------------------------------------------------------------------


def drives(text: str) -> list[Drive]:
    """Read "往11-02 返11-06"."""
    ways = {"往": Way.OUT, "返": Way.BACK}
    return [Drive(date.fromisoformat(f"2026-{each[1:]}"), ways[each[0]]) for each in text.split()]


@pytest.mark.parametrize(
    ("driven", "pairs"),
    [
        ("", []),
        ("往11-02", []),  # a lone 往 waits
        ("返11-06", []),  # a lone 返 counts for nothing
        ("往11-02 返11-06", ["11-02 11-06"]),
        ("返11-06 往11-02", ["11-02 11-06"]),  # entered in another order
        ("往11-02 返11-02", ["11-02 11-02"]),  # there and back within a day
        ("往10-30 返11-06", ["10-30 11-06"]),
        ("往11-02 返11-06 往11-09 返11-13 往11-16", ["11-02 11-06", "11-09 11-13"]),
        ("往11-02 返11-06 往11-06 返11-13", ["11-02 11-06", "11-06 11-13"]),  # back and off again
        ("返11-02 往11-02 返11-06", ["11-02 11-02"]),
        # one car a team: two cars on the same way, or one under way while the other is
        ("往11-02 往11-02 返11-06 返11-06", ["11-02 11-06"]),
        ("往11-02 往11-03 返11-06 返11-07", ["11-03 11-06"]),
        # a 返 that nobody entered: the later 往 has its own
        ("往09-07 往11-16 返11-20", ["11-16 11-20"]),
    ],
)
def test_one_way_out_and_one_back_are_one_round_trip(driven: str, pairs: list[str]) -> None:
    expected = [RoundTrip(*(date.fromisoformat(f"2026-{day}") for day in pair.split(" "))) for pair in pairs]
    assert round_trips(drives(driven)) == expected


def terms(**changes: object) -> TravelTerms:
    usual = {
        "km_one_way": Decimal(120),
        "fen_per_km": 45,
        "max_round_trips": 2,
        "is_city_dispatched": True,
        "has_car_reform": True,
        "is_self_driven": True,
        "is_central_city": False,
        "is_subsidised": False,
    }
    return TravelTerms(**{**usual, **changes})  # type: ignore[arg-type]


def paid_fen(month: Month, driven: list[Drive], their_terms: TravelTerms) -> int:
    """Pay a team of one unit."""
    paid = travel_allowance(month, dict.fromkeys(driven, UNIT), lambda *_: their_terms)
    return total_fen(paid.get(UNIT, []))


THREE = "往11-02 返11-06 往11-09 返11-13 往11-16 返11-20"


@pytest.mark.parametrize(
    ("driven", "changes", "fen"),
    [
        (THREE, {}, 216_00),  # the example of rules.md §4.6: 120 km, 3 trips, 2 of them paid
        ("往11-02 返11-06", {}, 108_00),
        ("往11-02", {}, 0),
        ("往10-30 返11-06", {}, 108_00),  # the month is the month of the 返
        ("往11-30 返12-04", {}, 0),
        (THREE, {"max_round_trips": 3}, 324_00),
        (THREE, {"max_round_trips": 0}, 0),
        (THREE, {"is_city_dispatched": False}, 0),
        (THREE, {"has_car_reform": False}, 0),
        (THREE, {"is_self_driven": False}, 0),
        (THREE, {"is_central_city": True}, 216_00),
        (THREE, {"is_subsidised": True}, 216_00),
        (THREE, {"is_central_city": True, "is_subsidised": True}, 0),
        # half a fen is rounded up, of each round trip
        ("往11-02 返11-06", {"km_one_way": Decimal("0.05")}, 5),
        ("往11-02 返11-06", {"km_one_way": Decimal("0.049")}, 4),
        (THREE, {"km_one_way": Decimal("0.3"), "fen_per_km": 47}, 56),
        (THREE, {"km_one_way": Decimal("87.5")}, 157_50),
    ],
)
def test_a_team_s_round_trips_are_paid_by_the_kilometre(
    driven: str, changes: dict[str, object], fen: int
) -> None:
    assert paid_fen(NOVEMBER, drives(driven), terms(**changes)) == fen


some_drives = st.lists(
    st.builds(Drive, st.dates(date(2026, 10, 1), date(2026, 12, 31)), st.sampled_from([Way.OUT, Way.BACK])),
    max_size=24,
)


@given(some_drives, st.randoms())
def test_round_trips_never_overlap_and_do_not_depend_on_the_order_of_entry(driven, random) -> None:
    trips = round_trips(driven)
    for trip in trips:
        assert Drive(trip.out_on, Way.OUT) in driven
        assert Drive(trip.back_on, Way.BACK) in driven
        assert trip.out_on <= trip.back_on
    assert all(first.back_on <= second.out_on for first, second in pairwise(trips))
    shuffled = list(driven)
    random.shuffle(shuffled)
    assert round_trips(shuffled) == trips


@given(some_drives)
def test_what_is_driven_later_does_not_change_a_month_that_is_over(driven: list[Drive]) -> None:
    by_then = [drive for drive in driven if drive.day <= NOVEMBER.last_day]
    assert paid_fen(NOVEMBER, driven, terms()) == paid_fen(NOVEMBER, by_then, terms())


@given(some_drives)
def test_never_more_than_two_round_trips_a_month_are_paid(driven: list[Drive]) -> None:
    for month in (NOVEMBER, DECEMBER):
        assert paid_fen(month, driven, terms()) in {0, 108_00, 216_00}


def on_each_day(*drives_of_unit: tuple[str, UUID]) -> dict[Drive, UUID]:
    return {drive: unit_id for text, unit_id in drives_of_unit for drive in drives(text)}


def test_the_units_of_a_mixed_team_share_one_car() -> None:
    driven = on_each_day(
        ("往11-02 返11-06", UNIT), ("往11-09 返11-13", OTHER_UNIT), ("往11-16 返11-20", UNIT)
    )
    paid = travel_allowance(NOVEMBER, driven, lambda *_: terms())
    assert {unit_id: total_fen(lines) for unit_id, lines in paid.items()} == {
        UNIT: 108_00,
        OTHER_UNIT: 108_00,
    }


def test_a_unit_that_may_not_claim_takes_nothing_from_the_other() -> None:
    driven = on_each_day(("往11-02 返11-06", OTHER_UNIT), ("往11-09 返11-13 往11-16 返11-20", UNIT))
    paid = travel_allowance(NOVEMBER, driven, lambda unit_id, day: terms(has_car_reform=unit_id == UNIT))
    assert {unit_id: total_fen(lines) for unit_id, lines in paid.items()} == {UNIT: 216_00}


def test_who_drives_back_is_whose_unit_pays() -> None:
    driven = on_each_day(("往11-02", UNIT), ("返11-06", OTHER_UNIT))
    assert travel_allowance(NOVEMBER, driven, lambda *_: terms()).keys() == {OTHER_UNIT}


def test_new_terms_within_a_month_are_two_lines() -> None:
    raised = {date(2026, 11, 1): 45, date(2026, 11, 10): 50}

    def terms_on(unit_id: UUID, day: date) -> TravelTerms:
        return terms(fen_per_km=max(fen for first_day, fen in raised.items() if first_day <= day))

    paid = travel_allowance(NOVEMBER, dict.fromkeys(drives(THREE), UNIT), terms_on)
    assert paid == {UNIT: [PayLine(TripRate(Decimal(120), 45), 1), PayLine(TripRate(Decimal(120), 50), 1)]}


def test_without_the_county_s_terms_nothing_is_paid_and_the_trips_are_named() -> None:
    driven = on_each_day(("往11-02 返11-06", UNIT), ("往11-09 返11-13", OTHER_UNIT))
    assert travel_allowance(NOVEMBER, driven, lambda *_: None) == {}
    assert trips_without_terms(NOVEMBER, driven, lambda *_: None, UNIT) == [
        RoundTrip(date(2026, 11, 2), date(2026, 11, 6))
    ]
    assert trips_without_terms(NOVEMBER, driven, lambda *_: terms(), UNIT) == []


trip_lines = st.lists(
    st.builds(
        PayLine,
        st.builds(TripRate, st.decimals("0.1", "400", places=1), st.integers(0, 99)),
        st.integers(0, 3),
    ),
    max_size=3,
)


@given(st.lists(trip_lines, min_size=1, max_size=5))
def test_after_any_number_of_changes_the_travel_paid_is_the_last(
    months: list[list[PayLine[TripRate]]],
) -> None:
    paid: list[PayLine[TripRate]] = []
    for now in months:
        paid += difference(paid=paid, now=now)
    assert total_fen(paid) == total_fen(months[-1])
    assert all(type(line.amount_fen) is int for line in paid)
