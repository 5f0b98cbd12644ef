from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.policy import (
    MONTH_SHARES,
    SYMBOLS,
    DayClass,
    Halves,
    MonthClasses,
    MonthFacts,
    Window,
    assessed_days,
    assessed_halves,
    assessed_halves_of_each,
    average,
    average_of,
    averages_met,
    by_day,
    classify,
    day_class,
    month_met,
    one_of,
    paid_days,
    paid_days_of_each,
    paid_on,
    required_days,
    together,
    window_months,
)
from kernel.periods import DaySet, DaySpan, Month, count, days_of, full, one, span_bits

ASSESSED = frozenset({DayClass.IN_VILLAGE, DayClass.TRIP, DayClass.MEETING, DayClass.TRAINING})
PAID = frozenset({DayClass.IN_VILLAGE})
REQUIRED_PER_MONTH = 20

LEAVE_KINDS = [
    DayClass.TRIP,
    DayClass.MEETING,
    DayClass.TRAINING,
    DayClass.PERSONAL,
    DayClass.SICK,
    DayClass.ANNUAL,
    DayClass.OTHER,
]
ENTRY_KINDS = [DayClass.IN_VILLAGE, *LEAVE_KINDS, DayClass.REST, DayClass.UNEXCUSED]

NOVEMBER = Month(2026, 11)
MONDAY, FRIDAY, SATURDAY = date(2026, 11, 9), date(2026, 11, 13), date(2026, 11, 14)
WEEKENDS = sum(one(day) for day in NOVEMBER.days() if day.isoweekday() in {6, 7})
MONTH_OVER = date(2026, 12, 1)


def whole(*days: date) -> Halves:
    bits = sum(map(one, days))
    return Halves(bits, bits)


def morning(*days: date) -> Halves:
    return Halves(sum(map(one, days)), 0)


def afternoon(*days: date) -> Halves:
    return Halves(0, sum(map(one, days)))


def classes_of(
    *,
    present: DaySet = 0,
    entries: Mapping[DayClass, Halves] | None = None,
    approved: Mapping[DayClass, Halves] | None = None,
    pending: Halves | None = None,
    posted: DaySet | None = None,
    today: date = MONTH_OVER,
) -> MonthClasses:
    return classify(
        MonthFacts(
            month=NOVEMBER,
            posted=full(NOVEMBER) if posted is None else posted,
            present=present,
            rest=WEEKENDS,
            today=today,
            entries=entries or {},
            approved=approved or {},
            pending=pending or Halves(),
        )
    )


# --- one class for each half-day, by the order of the rules -------------------------------------------


@pytest.mark.parametrize(
    ("facts", "day", "expected"),
    [
        # a township entry wins over everything, and even over a sign-in
        (
            {"entries": {DayClass.UNEXCUSED: whole(MONDAY)}, "present": one(MONDAY)},
            MONDAY,
            DayClass.UNEXCUSED,
        ),
        (
            {"entries": {DayClass.SICK: whole(MONDAY)}, "approved": {DayClass.TRIP: whole(MONDAY)}},
            MONDAY,
            DayClass.SICK,
        ),
        ({"entries": {DayClass.IN_VILLAGE: whole(SATURDAY)}}, SATURDAY, DayClass.IN_VILLAGE),
        # presence wins over leave, over a rest day, over today
        (
            {"present": one(MONDAY), "approved": {DayClass.PERSONAL: whole(MONDAY)}},
            MONDAY,
            DayClass.IN_VILLAGE,
        ),
        ({"present": one(MONDAY), "pending": whole(MONDAY)}, MONDAY, DayClass.IN_VILLAGE),
        ({"present": one(SATURDAY)}, SATURDAY, DayClass.IN_VILLAGE),
        ({"present": one(MONDAY), "today": MONDAY}, MONDAY, DayClass.IN_VILLAGE),
        # approved leave wins over leave not yet decided, over rest, over the future
        ({"approved": {DayClass.MEETING: whole(MONDAY)}, "pending": whole(MONDAY)}, MONDAY, DayClass.MEETING),
        ({"approved": {DayClass.ANNUAL: whole(SATURDAY)}}, SATURDAY, DayClass.ANNUAL),
        (
            {"approved": {DayClass.TRAINING: whole(MONDAY)}, "today": date(2026, 11, 1)},
            MONDAY,
            DayClass.TRAINING,
        ),
        # leave not yet decided wins over rest and over the future
        ({"pending": whole(SATURDAY)}, SATURDAY, DayClass.PENDING),
        ({"pending": whole(MONDAY), "today": date(2026, 11, 1)}, MONDAY, DayClass.PENDING),
        # a rest day stays one in the future
        ({}, SATURDAY, DayClass.REST),
        ({"today": date(2026, 11, 1)}, SATURDAY, DayClass.REST),
        # nothing known: open from today on, unexplained before
        ({"today": MONDAY}, MONDAY, DayClass.OPEN),
        ({"today": MONDAY}, FRIDAY, DayClass.OPEN),
        ({"today": FRIDAY}, MONDAY, DayClass.UNEXPLAINED),
        ({}, MONDAY, DayClass.UNEXPLAINED),
    ],
)
def test_first_rule_that_fits_gives_the_class(
    facts: dict[str, object], day: date, expected: DayClass
) -> None:
    assert day_class(classes_of(**facts), day) == (expected, expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", LEAVE_KINDS)
def test_approved_leave_keeps_its_kind(kind: DayClass) -> None:
    assert day_class(classes_of(approved={kind: whole(MONDAY)}), MONDAY) == (kind, kind)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"approved": {DayClass.TRIP: morning(MONDAY)}},
            (DayClass.TRIP, DayClass.UNEXPLAINED),
        ),
        (
            {"approved": {DayClass.TRIP: morning(MONDAY), DayClass.SICK: afternoon(MONDAY)}},
            (DayClass.TRIP, DayClass.SICK),
        ),
        (
            {"approved": {DayClass.TRIP: afternoon(MONDAY)}, "pending": whole(MONDAY)},
            (DayClass.PENDING, DayClass.TRIP),
        ),
        (
            {"entries": {DayClass.MEETING: morning(MONDAY)}, "present": one(MONDAY)},
            (DayClass.MEETING, DayClass.IN_VILLAGE),
        ),
        (
            {"approved": {DayClass.SICK: morning(MONDAY)}, "present": one(MONDAY)},
            (DayClass.IN_VILLAGE, DayClass.IN_VILLAGE),
        ),
    ],
)
def test_halves_of_a_day_are_classed_apart(
    facts: dict[str, object], expected: tuple[DayClass, DayClass]
) -> None:
    assert day_class(classes_of(**facts), MONDAY) == expected  # type: ignore[arg-type]


def test_day_outside_the_posting_or_the_month_has_no_class() -> None:
    classes = classes_of(present=full(NOVEMBER), posted=span_bits(NOVEMBER, DaySpan(MONDAY, FRIDAY)))
    assert day_class(classes, SATURDAY) == (None, None)
    assert day_class(classes, date(2026, 10, 9)) == (None, None)
    assert [day for day, *_ in by_day(classes)] == [MONDAY + timedelta(step) for step in range(5)]


def test_each_class_has_its_own_symbol() -> None:
    assert set(SYMBOLS) == set(DayClass)
    assert len(set(SYMBOLS.values())) == len(DayClass)
    assert "".join(SYMBOLS.values()) == "√差会训事病年他休待缺脱"


# --- what the month adds up to ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "assessed", "paid"),
    [
        ({}, 0.0, 0),
        ({"present": one(MONDAY) | one(SATURDAY)}, 2.0, 2),  # weekends count
        ({"approved": {DayClass.TRIP: whole(MONDAY, FRIDAY)}}, 2.0, 0),  # Art. 16 but not Art. 27
        ({"approved": {DayClass.MEETING: whole(MONDAY), DayClass.TRAINING: whole(FRIDAY)}}, 2.0, 0),
        ({"approved": {DayClass.ANNUAL: whole(MONDAY), DayClass.SICK: whole(FRIDAY)}}, 0.0, 0),
        ({"pending": whole(MONDAY)}, 0.0, 0),
        ({"approved": {DayClass.TRIP: morning(MONDAY)}}, 0.5, 0),
        ({"approved": {DayClass.TRIP: morning(MONDAY), DayClass.MEETING: afternoon(MONDAY)}}, 1.0, 0),
        ({"approved": {DayClass.TRIP: morning(MONDAY), DayClass.SICK: afternoon(MONDAY)}}, 0.5, 0),
        ({"entries": {DayClass.IN_VILLAGE: morning(MONDAY)}}, 1.0, 1),  # half a day in the village is a day
        ({"entries": {DayClass.IN_VILLAGE: morning(MONDAY), DayClass.SICK: afternoon(MONDAY)}}, 1.0, 1),
        ({"entries": {DayClass.IN_VILLAGE: morning(MONDAY), DayClass.TRIP: afternoon(MONDAY)}}, 1.0, 1),
        ({"entries": {DayClass.UNEXCUSED: whole(MONDAY)}, "present": one(MONDAY) | one(FRIDAY)}, 1.0, 1),
    ],
)
def test_month_counts_assessed_and_paid_days(facts: dict[str, object], assessed: float, paid: int) -> None:
    classes = classes_of(**facts)  # type: ignore[arg-type]
    assert (assessed_days(classes, ASSESSED), paid_days(classes, PAID)) == (assessed, paid)


def test_half_trip_beside_village_counts_half_where_the_village_does_not_count() -> None:
    classes = classes_of(entries={DayClass.IN_VILLAGE: morning(MONDAY), DayClass.TRIP: afternoon(MONDAY)})
    assert assessed_days(classes, frozenset({DayClass.TRIP})) == 0.5


@pytest.mark.parametrize(
    ("month", "posted_days", "required"),
    [
        ("2026-11", 30, 20),
        ("2026-12", 31, 20),
        ("2026-02", 28, 20),
        ("2024-02", 29, 20),
        ("2026-11", 29, 19),  # 19.33
        ("2026-11", 15, 10),
        ("2026-12", 15, 9),  # 9.68
        ("2026-02", 14, 10),
        ("2026-11", 1, 0),
        ("2026-11", 0, 0),
        ("2026-11", 28.5, 19),
        ("2026-11", 28, 18),
    ],
)
def test_required_days_shrink_with_the_posting_and_round_down(
    month: str, posted_days: float, required: int
) -> None:
    asked = required_days(Month.parse(month), posted_days=posted_days, required_per_month=REQUIRED_PER_MONTH)
    assert asked == required


@pytest.mark.parametrize(("days", "met"), [(19.5, False), (20.0, True), (20.5, True)])
def test_month_is_met_from_the_required_days_on(days: float, met: bool) -> None:
    assert month_met(assessed_days=days, required_days=20) == met


# --- the average --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "shown", "compliant"),
    [
        ([("2026-01", 31, 20.0)], 20.0, True),
        ([("2026-01", 31, 19.5)], 19.5, False),
        (
            [("2026-01", 31, 23.0), ("2026-02", 28, 16.0), ("2026-03", 31, 21.0)],
            20.0,
            True,
        ),  # February made up
        ([("2026-01", 31, 23.0), ("2026-02", 28, 16.0), ("2026-03", 31, 20.5)], 19.8, False),
        ([("2026-11", 15, 10.0)], 20.0, True),  # half a month asks for half the days
        ([("2026-12", 15, 9.5)], 19.6, False),  # 19.63: the month is met, the average is not
        ([("2026-11", 15, 10.0), ("2026-12", 31, 20.0)], 20.0, True),
        ([("2026-01", 31, 0.0)], 0.0, False),
        ([("2026-01", 0, 0.0), ("2026-02", 28, 20.0)], 20.0, True),  # a month before the posting
        (
            [(f"2026-{number:02d}", Month(2026, number).days_count, 20.0) for number in range(1, 12)]
            + [("2026-12", 31, 19.5)],
            19.9,
            False,
        ),  # 19.958 never shows as 20.0
    ],
)
def test_average_weighs_months_by_their_posted_share(
    months: list[tuple[str, int, float]], shown: float, compliant: bool
) -> None:
    result = average((Month.parse(month), posted, assessed) for month, posted, assessed in months)
    assert result is not None
    assert (result.days, result.is_compliant(REQUIRED_PER_MONTH)) == (shown, compliant)


@pytest.mark.parametrize("months", [[], [(NOVEMBER, 0, 0.0)]])
def test_there_is_no_average_without_a_complete_posted_month(months: list[tuple[Month, int, float]]) -> None:
    assert average(months) is None


@pytest.mark.parametrize(
    ("month", "window", "first", "length"),
    [
        ("2026-11", Window.YEAR_TO_DATE, "2026-01", 11),
        ("2026-01", Window.YEAR_TO_DATE, "2026-01", 1),
        ("2026-11", Window.MONTH, "2026-11", 1),
        ("2026-11", Window.QUARTER, "2026-10", 2),
        ("2026-12", Window.QUARTER, "2026-10", 3),
        ("2026-03", Window.QUARTER, "2026-01", 3),
        ("2026-11", Window.ROLLING12, "2025-12", 12),
        ("2026-12", Window.ROLLING12, "2026-01", 12),
    ],
)
def test_window_ends_with_its_month(month: str, window: Window, first: str, length: int) -> None:
    months = window_months(Month.parse(month), window)
    assert (str(months[0]), str(months[-1]), len(months)) == (first, month, length)


# --- properties ---------------------------------------------------------------------------------------

months_2021_2035 = st.builds(Month, st.integers(2021, 2035), st.integers(1, 12))


@st.composite
def month_facts(draw: st.DrawFn) -> MonthFacts:
    month = draw(months_2021_2035 | st.sampled_from([Month(2024, 2), Month(2026, 2), Month(2026, 4)]))
    some_days = st.integers(0, full(month))
    return MonthFacts(
        month=month,
        posted=draw(st.just(full(month)) | some_days),
        present=draw(some_days),
        rest=draw(some_days),
        today=month.first_day + timedelta(draw(st.integers(-5, 40))),
        entries=draw(disjoint_halves(month, ENTRY_KINDS)),
        approved=draw(disjoint_halves(month, LEAVE_KINDS)),
        pending=draw(st.just(Halves()) | st.builds(Halves, some_days, some_days)),
    )


@st.composite
def disjoint_halves(draw: st.DrawFn, month: Month, kinds: list[DayClass]) -> Mapping[DayClass, Halves]:
    """At most one kind for each half-day."""
    free = [full(month), full(month)]
    drawn = {}
    for kind in draw(st.lists(st.sampled_from(kinds), unique=True, max_size=3)):
        same = draw(st.booleans())
        first = draw(st.integers(0, full(month)))
        wanted = (first, first if same else draw(st.integers(0, full(month))))
        halves = Halves(wanted[0] & free[0], wanted[1] & free[1])
        free = [free[0] & ~halves.morning, free[1] & ~halves.afternoon]
        drawn[kind] = halves
    return drawn


def class_by_the_text(facts: MonthFacts, day: date, half: int) -> DayClass | None:
    """The rules once more, for one half of one day, written straight from the text."""

    def kind_on(claims: Mapping[DayClass, Halves]) -> DayClass | None:
        return next((kind for kind, halves in claims.items() if halves[half] & one(day)), None)

    if not facts.posted & one(day):
        return None
    if (entry := kind_on(facts.entries)) is not None:
        return entry
    if facts.present & one(day):
        return DayClass.IN_VILLAGE
    if (leave := kind_on(facts.approved)) is not None:
        return leave
    if facts.pending[half] & one(day):
        return DayClass.PENDING
    if facts.rest & one(day):
        return DayClass.REST
    if day >= facts.today:
        return DayClass.OPEN
    return DayClass.UNEXPLAINED


def weight_by_the_text(facts: MonthFacts, day: date) -> Fraction:
    halves = [class_by_the_text(facts, day, half) for half in range(2)]
    if DayClass.IN_VILLAGE in halves:
        return Fraction(1)
    return sum((Fraction(1, 2) for kind in halves if kind in ASSESSED), Fraction(0))


@given(month_facts())
def test_sets_of_days_agree_with_the_rules_read_day_by_day(facts: MonthFacts) -> None:
    classes = classify(facts)
    expected = [
        (day, class_by_the_text(facts, day, 0), class_by_the_text(facts, day, 1))
        for day in facts.month.days()
    ]
    assert [(day, *day_class(classes, day)) for day in facts.month.days()] == expected
    assert by_day(classes) == [row for row in expected if row[1] is not None]
    assert assessed_days(classes, ASSESSED) == sum(weight_by_the_text(facts, day) for day, *_ in expected)
    assert paid_days(classes, PAID) == sum(DayClass.IN_VILLAGE in row for row in expected)


@given(month_facts())
def test_each_half_of_each_posted_day_has_exactly_one_class(facts: MonthFacts) -> None:
    classes = classify(facts)
    for half in (classes.mornings, classes.afternoons):
        assert sum(half.values()) == facts.posted  # bits add up without a carry only when disjoint
        assert sum(map(count, half.values())) == count(facts.posted)
        assert 0 not in half.values()
    assert sum(count(bits) for kind in DayClass for bits in classes.halves(kind)) == 2 * count(facts.posted)


@given(month_facts())
def test_counts_never_exceed_the_posted_days(facts: MonthFacts) -> None:
    classes = classify(facts)
    assessed, paid = assessed_days(classes, ASSESSED), paid_days(classes, PAID)
    assert 0 <= paid <= assessed <= count(facts.posted) <= facts.month.days_count
    assert assessed_halves(classes, ASSESSED) == 2 * assessed
    assert set(days_of(facts.month, paid_on(classes, PAID))) <= {day for day, *_ in by_day(classes)}
    assert paid_days(classes, ASSESSED) <= assessed


@given(month_facts())
def test_entries_win_and_presence_is_never_lost_to_leave(facts: MonthFacts) -> None:
    classes = classify(facts)
    entered = Halves(*(sum(halves[half] for halves in facts.entries.values()) for half in range(2)))
    for kind, halves in facts.entries.items():
        won = classes.halves(kind)
        assert halves.morning & facts.posted & ~won.morning == 0
        assert halves.afternoon & facts.posted & ~won.afternoon == 0
    in_village = classes.halves(DayClass.IN_VILLAGE)
    assert facts.present & facts.posted & ~entered.morning & ~in_village.morning == 0
    assert facts.present & facts.posted & ~entered.afternoon & ~in_village.afternoon == 0


@given(month_facts())
def test_open_days_are_never_past_and_unexplained_days_never_to_come(facts: MonthFacts) -> None:
    for day, *halves in by_day(classify(facts)):
        assert DayClass.OPEN not in halves or day >= facts.today
        assert DayClass.UNEXPLAINED not in halves or day < facts.today


@given(month_facts())
def test_one_more_sign_in_never_lowers_a_count(facts: MonthFacts) -> None:
    without = MonthFacts(
        month=facts.month,
        posted=facts.posted,
        present=facts.present & (facts.present - 1),
        rest=facts.rest,
        today=facts.today,
        entries=facts.entries,
        approved=facts.approved,
        pending=facts.pending,
    )
    fewer, more = classify(without), classify(facts)
    assert assessed_halves(fewer, ASSESSED) <= assessed_halves(more, ASSESSED)
    assert paid_days(fewer, PAID) <= paid_days(more, PAID)


@st.composite
def month_totals(draw: st.DrawFn) -> tuple[Month, int, float]:
    month = draw(months_2021_2035)
    posted = draw(st.integers(0, month.days_count))
    return month, posted, draw(st.integers(0, 2 * posted)) / 2


@given(st.lists(month_totals(), max_size=12))
def test_average_is_exact_and_never_shown_too_high(months: list[tuple[Month, int, float]]) -> None:
    result = average(months)
    posted_months = sum((Fraction(posted, month.days_count) for month, posted, _ in months), Fraction(0))
    if not posted_months:
        assert result is None
        return
    assert result is not None
    exact = Fraction(sum(assessed for *_, assessed in months)) / posted_months
    assert result.is_compliant(REQUIRED_PER_MONTH) == (exact >= REQUIRED_PER_MONTH)
    assert result.days == floor(exact * 10) / 10
    assert result.is_compliant(REQUIRED_PER_MONTH) == (result.days >= REQUIRED_PER_MONTH)


@given(month_totals())
def test_required_days_never_exceed_the_exact_share(total: tuple[Month, int, float]) -> None:
    month, posted_days, _ = total
    asked = required_days(month, posted_days=posted_days, required_per_month=REQUIRED_PER_MONTH)
    assert asked <= Fraction(REQUIRED_PER_MONTH * posted_days, month.days_count) < asked + 1


@st.composite
def facts_of_the_same_month(draw: st.DrawFn) -> list[MonthFacts]:
    month = draw(months_2021_2035)
    some_days = st.integers(0, full(month))
    rest, today = draw(some_days), month.first_day + timedelta(draw(st.integers(-5, 40)))
    alike = st.builds(
        MonthFacts,
        month=st.just(month),
        posted=some_days,
        present=some_days,
        rest=st.just(rest),
        today=st.just(today),
        entries=disjoint_halves(month, ENTRY_KINDS),
        approved=st.just({}),
        pending=st.builds(Halves, some_days, some_days),
        people=st.just(1),
    )
    return draw(st.lists(alike, max_size=6))


@given(facts_of_the_same_month())
def test_months_side_by_side_are_the_months_of_each(people: list[MonthFacts]) -> None:
    alone = [classify(facts) for facts in people]
    months = together(people[0].month if people else NOVEMBER, alone)
    assert [by_day(one_of(months, number)) for number in range(len(people))] == list(map(by_day, alone))
    assert assessed_halves_of_each(months, ASSESSED) == [assessed_halves(each, ASSESSED) for each in alone]
    assert paid_days_of_each(months, PAID) == [paid_days(each, PAID) for each in alone]


WEIGHTS = st.lists(st.tuples(st.integers(0, 800), st.integers(0, 24 * MONTH_SHARES)), max_size=6)


@given(WEIGHTS, st.integers(0, 31))
def test_averages_of_several_people_are_met_where_that_of_each_is(
    weights: list[tuple[int, int]], required: int
) -> None:
    each = [average_of(weight) for weight in weights]
    alone = [None if average is None else average.is_compliant(required) for average in each]
    assert averages_met(weights, required) == alone
