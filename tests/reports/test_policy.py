"""What the months of many people add up to (Articles 7, 16)."""

from collections import Counter
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.policy import DayClass, Halves, MonthClasses, MonthFacts, by_day, classify, together
from attendance.sheet import classes_of, row_of
from kernel.periods import DaySet, Month, count, full, one
from reports import policy
from reports.policy import (
    PostingMonths,
    Reason,
    ResidencyRow,
    away_on,
    reasons_to_look_at,
    residency_of,
    villages_line,
)

NOVEMBER = Month(2026, 11)
ALL_MONTH = full(NOVEMBER)
AFTERWARDS = date(2026, 12, 1)
WEEKENDS = sum(one(day) for day in NOVEMBER.days() if day.isoweekday() in {6, 7})
COUNTY = UUID(int=1)
total, totals_by = (partial(add_up, nothing=ResidencyRow()) for add_up in (policy.total, policy.totals_by))


def november(*numbers: int) -> list[date]:
    return [date(2026, 11, number) for number in numbers]


def bits(first: int, last: int) -> DaySet:
    return sum(map(one, november(*range(first, last + 1))))


# --- the monthly report -------------------------------------------------------------------------------


def post(
    *,
    present: DaySet = 0,
    posted: DaySet = ALL_MONTH,
    approved: dict[DayClass, Halves] | None = None,
    entries: dict[DayClass, Halves] | None = None,
    assessed_days: float = 20,
    is_month_met: bool = True,
    is_average_met: bool | None = True,
    is_away: bool = False,
    is_overdue: bool = False,
    today: date = AFTERWARDS,
) -> PostingMonths:
    classes = classify(
        MonthFacts(
            month=NOVEMBER,
            posted=posted,
            present=present,
            rest=WEEKENDS,
            today=today,
            approved=approved or {},
            entries=entries or {},
        )
    )
    return PostingMonths(
        classes=classes,
        assessed_halves=[int(assessed_days * 2)],
        is_month_met=[is_month_met],
        is_average_met=[is_average_met],
        is_away=[is_away],
        is_overdue=[is_overdue],
        leaves=[0],
        leaves_retro=[0],
    )


def side_by_side(*posts: PostingMonths) -> PostingMonths:
    def all_of(name: str) -> list[Any]:
        return [value for each in posts for value in getattr(each, name)]

    classes = together(NOVEMBER, [each.classes for each in posts])
    return PostingMonths(
        classes=classes, **{name: all_of(name) for name in PostingMonths.__slots__ if name != "classes"}
    )


def figures(row: ResidencyRow) -> dict[str, float]:
    return {name: value for name, value in row._asdict().items() if value}


def test_a_line_says_what_each_day_of_a_posting_was() -> None:
    months_leave = {
        DayClass.TRIP: Halves(bits(16, 17), bits(16, 17)),
        DayClass.MEETING: Halves(bits(18, 18), 0),
        DayClass.SICK: Halves(0, bits(18, 18)),
    }
    row = residency_of(post(present=bits(1, 15), approved=months_leave, assessed_days=17.5))
    assert figures(row) == {
        "people": 1,
        "posted_days": 30,
        "assessed_days": 17.5,
        "in_village_days": 15,
        "trip_days": 2,
        "meeting_days": 0.5,
        "sick_days": 0.5,
        "rest_days": 4,
        "unexplained_days": 8,
        "people_month_met": 1,
        "people_with_average": 1,
        "people_average_met": 1,
        "people_15_to_19": 1,
    }


def test_half_a_day_in_the_village_makes_the_date_one_in_the_village_and_nothing_else() -> None:
    halves = {
        DayClass.IN_VILLAGE: Halves(bits(2, 2), 0),
        DayClass.PERSONAL: Halves(0, bits(2, 2)),
    }
    row = residency_of(post(entries=halves, posted=bits(2, 3)))
    assert (row.in_village_days, row.personal_days, row.unexplained_days) == (1, 0, 1)


@pytest.mark.parametrize(
    ("assessed_days", "column"),
    [
        (0, "people_below_15"),
        (14.5, "people_below_15"),
        (15, "people_15_to_19"),
        (19.5, "people_15_to_19"),
        (20, "people_from_20"),
        (30, "people_from_20"),
    ],
)
def test_everybody_stands_in_one_column_of_the_distribution(assessed_days: float, column: str) -> None:
    row = residency_of(post(assessed_days=assessed_days))
    columns = ("people_below_15", "people_15_to_19", "people_from_20")
    assert [name for name in columns if getattr(row, name)] == [column]


def test_whoever_has_no_average_yet_is_not_counted_as_failing_it() -> None:
    rows = [residency_of(post(is_average_met=met)) for met in (True, False, None)]
    assert (total(rows).people, total(rows).people_with_average, total(rows).people_average_met) == (3, 2, 1)


def test_who_is_away_and_who_is_late_are_counted() -> None:
    row = residency_of(post(is_away=True, is_overdue=True, is_month_met=False))
    assert (row.people_away, row.people_overdue, row.people_month_met) == (1, 1, 0)


@pytest.mark.parametrize(
    ("day", "away"),
    [
        (2, True),  # a trip
        (3, True),  # ill for the afternoon
        (4, False),  # back for the afternoon
        (5, False),
        (14, False),  # a rest day
    ],
)
def test_on_leave_is_who_was_not_in_the_village_for_leave(day: int, away: bool) -> None:
    halves = {
        DayClass.TRIP: Halves(bits(2, 2) | bits(4, 4), bits(2, 2)),
        DayClass.SICK: Halves(0, bits(3, 3)),
        DayClass.IN_VILLAGE: Halves(bits(5, 5), bits(4, 5)),
    }
    assert away_on(post(entries=halves).classes, date(2026, 11, day)) == [away]
    assert away_on(post(entries=halves).classes, date(2026, 12, day)) == [False]


def line_of(
    *posts: PostingMonths, today: date = AFTERWARDS, rest: DaySet = WEEKENDS, needs_team: bool = True
) -> ResidencyRow:
    months = side_by_side(*posts)
    return villages_line(months, [len(posts)], [needs_team], today=today, rest=rest)


@pytest.mark.parametrize(
    ("posted", "needs_team", "today", "short_days"),
    [
        ([ALL_MONTH] * 3, True, AFTERWARDS, 0),
        ([ALL_MONTH] * 4, True, AFTERWARDS, 0),
        ([ALL_MONTH] * 2, True, AFTERWARDS, 30),
        ([], True, AFTERWARDS, 30),  # a village whose team is missing altogether
        ([ALL_MONTH], False, AFTERWARDS, 0),  # 软弱涣散村: a first secretary only (Article 2)
        ([ALL_MONTH] * 2, True, date(2026, 11, 11), 10),  # the days to come are not yet short
        # a change of people with four days between, without a gap, and with days together
        ([ALL_MONTH, ALL_MONTH, bits(1, 10), bits(15, 30)], True, AFTERWARDS, 4),
        ([ALL_MONTH, ALL_MONTH, bits(1, 14), bits(15, 30)], True, AFTERWARDS, 0),
        ([ALL_MONTH, ALL_MONTH, bits(1, 16), bits(12, 30)], True, AFTERWARDS, 0),
    ],
)
def test_a_team_below_three_is_seen_by_the_day(
    posted: list[DaySet], needs_team: bool, today: date, short_days: int
) -> None:
    posts = [post(posted=days, today=today) for days in posted]
    row = line_of(*posts, needs_team=needs_team, today=today)
    assert (row.villages, row.teams_short, row.team_short_days) == (1, int(short_days > 0), short_days)


@pytest.mark.parametrize(
    ("present", "today", "nobody_days"),
    [
        ([0, 0], AFTERWARDS, 21),  # the working days of November 2026
        ([bits(1, 15), bits(16, 30)], AFTERWARDS, 0),  # they took turns
        ([bits(1, 13), bits(1, 13)], AFTERWARDS, 11),
        ([0, 0], date(2026, 11, 9), 5),  # until yesterday
        ([0, 0], date(2026, 11, 1), 0),
    ],
)
def test_a_working_day_with_nobody_in_the_village_is_counted(
    present: list[DaySet], today: date, nobody_days: int
) -> None:
    row = line_of(*(post(present=days) for days in present), today=today)
    assert (row.nobody_days, row.villages_with_nobody) == (nobody_days, int(nobody_days > 0))


def test_a_trip_of_everybody_leaves_the_village_without_anybody() -> None:
    trip = {DayClass.TRIP: Halves(bits(2, 3), bits(2, 3))}
    assert line_of(post(present=ALL_MONTH & ~bits(2, 3), approved=trip)).nobody_days == 2


def test_half_a_day_of_one_of_them_is_enough() -> None:
    half = {DayClass.IN_VILLAGE: Halves(bits(2, 2), 0), DayClass.SICK: Halves(0, bits(2, 2))}
    assert line_of(post(present=bits(3, 30), entries=half), post()).nobody_days == 0


def test_before_anybody_was_posted_nobody_is_missed() -> None:
    assert line_of(post(posted=bits(16, 30), present=bits(16, 30))).nobody_days == 0
    assert line_of().nobody_days == 0


def test_a_village_s_line_holds_its_people() -> None:
    row = line_of(post(present=bits(1, 20)), post(present=bits(1, 10)))
    assert (row.people, row.in_village_days, row.posted_days) == (2, 30, 60)


def test_nothing_adds_up_to_an_empty_line() -> None:
    assert total([]) == ResidencyRow()


# --- who should be looked at --------------------------------------------------------------------------

UNEXCUSED = {DayClass.UNEXCUSED: Halves(bits(2, 2), bits(2, 2))}


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"present": ALL_MONTH}, ()),
        ({"present": ALL_MONTH, "is_month_met": False}, ()),  # a short month alone is no reason
        ({"present": ALL_MONTH, "is_average_met": None}, ()),
        ({"present": ALL_MONTH, "is_away": True}, ()),
        ({"present": ALL_MONTH, "is_average_met": False}, (Reason.AVERAGE_BELOW,)),
        ({"present": ALL_MONTH, "is_overdue": True}, (Reason.OVERDUE_RETURN,)),
        ({"present": ALL_MONTH, "entries": UNEXCUSED}, (Reason.UNEXCUSED,)),
        ({"present": bits(1, 29)}, (Reason.UNEXPLAINED,)),
        (
            {"present": bits(1, 20), "entries": UNEXCUSED, "is_overdue": True, "is_average_met": False},
            (Reason.UNEXPLAINED, Reason.UNEXCUSED, Reason.OVERDUE_RETURN, Reason.AVERAGE_BELOW),
        ),
    ],
)
def test_a_month_to_look_at_says_why(facts: dict[str, object], reasons: tuple[Reason, ...]) -> None:
    assert reasons_to_look_at(post(**facts)) == ({0: reasons} if reasons else {})  # type: ignore[arg-type]


# --- properties ---------------------------------------------------------------------------------------

KINDS = [DayClass.TRIP, DayClass.TRAINING, DayClass.ANNUAL, DayClass.OTHER, DayClass.IN_VILLAGE]
some_days = st.integers(0, ALL_MONTH)


@st.composite
def posting_months(draw: st.DrawFn) -> PostingMonths:
    return post(
        present=draw(some_days),
        posted=draw(st.just(ALL_MONTH) | some_days),
        approved={draw(st.sampled_from(KINDS[:4])): Halves(draw(some_days), draw(some_days))},
        entries={draw(st.sampled_from(KINDS)): Halves(draw(some_days), draw(some_days))},
        assessed_days=draw(st.integers(0, 60)) / 2,
        is_month_met=draw(st.booleans()),
        is_average_met=draw(st.sampled_from([True, False, None])),
        is_away=draw(st.booleans()),
        is_overdue=draw(st.booleans()),
        today=NOVEMBER.first_day + timedelta(draw(st.integers(-1, 31))),
    )


placed = st.lists(
    st.tuples(posting_months(), st.integers(0, 7), st.integers(0, 2)).map(
        lambda drawn: (*drawn, drawn[1] // 2, drawn[1] // 4)
    ),
    max_size=12,
)
"""A posting, its village, its unit, the village's township and county."""


@given(placed)
def test_the_parts_add_up_to_the_whole_whichever_way_they_are_grouped(placed) -> None:
    whole = total(residency_of(each) for each, *_ in placed)
    for key in (
        lambda each: each[1],
        lambda each: each[2],
        lambda each: (each[3], each[2]),
    ):
        parts = totals_by((key(each), residency_of(each[0])) for each in placed)
        assert total(parts.values()) == whole
        assert sum(part.people for part in parts.values()) == len(placed)


@given(st.lists(posting_months(), max_size=8))
def test_side_by_side_is_each_of_them(posts: list[PostingMonths]) -> None:
    months = side_by_side(*posts)
    assert residency_of(months) == total(map(residency_of, posts))
    assert reasons_to_look_at(months) == {
        number: why for number, each in enumerate(posts) for why in reasons_to_look_at(each).values()
    }
    for day in NOVEMBER.days():
        assert away_on(months.classes, day) == [
            is_away for each in posts for is_away in away_on(each.classes, day)
        ]
    for number, each in enumerate(posts):
        alone = months.one(number)
        assert residency_of(alone) == residency_of(each)
        assert by_day(alone.classes) == by_day(each.classes)


@given(placed)
def test_villages_add_up_to_townships_and_townships_to_counties(placed) -> None:
    in_order = sorted(placed, key=lambda each: each[1])
    villages = {
        village: line_of(*(each[0] for each in of_village), needs_team=village % 2 == 0)
        for village, of_village in groupby(in_order, key=lambda each: each[1])
    }
    townships = totals_by((village // 2, row) for village, row in villages.items())
    counties = totals_by((township // 2, row) for township, row in townships.items())
    assert total(counties.values()) == total(townships.values()) == total(villages.values())
    assert total(villages.values()).villages == len(villages)
    people = total(residency_of(each) for each, *_ in placed)
    same = total(villages.values())._replace(**dict.fromkeys(VILLAGE_FIGURES, 0))
    assert same == people


@given(
    st.lists(st.tuples(st.lists(posting_months(), max_size=5), st.booleans()), max_size=5), st.integers(0, 31)
)
def test_villages_counted_as_one_are_the_sum_of_each(villages, days_over: int) -> None:
    today = NOVEMBER.first_day + timedelta(days_over)
    row = villages_line(
        side_by_side(*(each for posts, _ in villages for each in posts)),
        [len(posts) for posts, _ in villages],
        [needs_team for _, needs_team in villages],
        today=today,
        rest=WEEKENDS,
    )
    assert row == total(line_of(*posts, needs_team=needs_team, today=today) for posts, needs_team in villages)


VILLAGE_FIGURES = ("villages", "teams_short", "team_short_days", "villages_with_nobody", "nobody_days")


@given(posting_months())
def test_the_classes_of_a_posting_add_up_to_its_days(each: PostingMonths) -> None:
    row = residency_of(each)
    assert sum(getattr(row, f"{kind}_days") for kind in DayClass) == row.posted_days <= 30
    assert row.people_below_15 + row.people_15_to_19 + row.people_from_20 == row.people
    expected: Counter[DayClass] = Counter()
    for _, *halves in by_day(each.classes):
        if DayClass.IN_VILLAGE in halves:
            expected[DayClass.IN_VILLAGE] += 2
        else:
            expected.update(halves)
    assert {kind: getattr(row, f"{kind}_days") * 2 for kind in DayClass} == {
        kind: expected[kind] for kind in DayClass
    }


@given(posting_months())
def test_a_stamped_line_reads_back_as_the_month_it_was_made_of(each: PostingMonths) -> None:
    line = row_of(
        each.classes,
        posting_id=COUNTY,
        person_id=COUNTY,
        name="钟秋香",
        role="member",
        unit_id=COUNTY,
        unit="市统计局",
        assessed=frozenset({DayClass.IN_VILLAGE}),
        paid=frozenset({DayClass.IN_VILLAGE}),
    )
    again = classes_of(line, NOVEMBER)
    assert again.posted == each.classes.posted
    for kind in DayClass:
        assert again.halves(kind) == each.classes.halves(kind)
    assert residency_of(same_with(each, again)) == residency_of(each)


def same_with(each: PostingMonths, classes: MonthClasses) -> PostingMonths:
    return PostingMonths(**{name: getattr(each, name) for name in each.__slots__} | {"classes": classes})


@given(st.lists(posting_months(), max_size=8), st.booleans())
def test_short_teams_and_empty_days_agree_with_the_rules_read_day_by_day(
    posts: list[PostingMonths], needs_team: bool
) -> None:
    row = line_of(*posts, needs_team=needs_team)
    short = nobody = 0
    for day in NOVEMBER.days():
        posted = [each for each in posts if each.classes.posted & one(day)]
        here = [
            each
            for each in posted
            if any(half & one(day) for half in each.classes.halves(DayClass.IN_VILLAGE))
        ]
        short += needs_team and len(posted) < 3
        nobody += bool(posted) and not here and day.isoweekday() <= 5
    assert (row.team_short_days, row.nobody_days) == (short, nobody)
    assert count(WEEKENDS) + row.nobody_days <= 30
