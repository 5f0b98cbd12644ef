"""The months of several people, classed in one go, are what the month of each is by itself."""

from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from attendance.policy import DayClass, Halves, assessed_halves, by_day, one_of
from attendance.queries import Recorded, RecordedMonth
from attendance.service import (
    CountyNumbers,
    assessed_of_each,
    averages_of,
    month_classes,
    months_side_by_side,
)
from kernel.periods import DaySpan, Month, count, full, span_bits
from org.settings import resolve
from tests.attendance.test_policy import ENTRY_KINDS, LEAVE_KINDS, disjoint_halves

MONTH = Month(2026, 11)
NUMBERS = CountyNumbers(resolve([], ancestors=[], day=MONTH.first_day))
some_days = st.integers(0, full(MONTH))
days_around = st.integers(-10, 40).map(lambda days: MONTH.first_day + timedelta(days))
spans = st.tuples(days_around, st.none() | st.integers(0, 60)).map(
    lambda drawn: DaySpan(drawn[0], None if drawn[1] is None else drawn[0] + timedelta(drawn[1]))
)
ids = [UUID(int=number) for number in range(6)]


@st.composite
def recorded_months(draw: st.DrawFn) -> RecordedMonth:
    """What is recorded of some of the postings, and of one of another village."""

    def of_some(what: st.SearchStrategy) -> dict:
        return draw(st.dictionaries(st.sampled_from([*ids, uuid4()]), what))

    return RecordedMonth(
        present=of_some(some_days),
        waiting=of_some(some_days),
        entries=of_some(disjoint_halves(MONTH, ENTRY_KINDS)),
        approved=of_some(disjoint_halves(MONTH, LEAVE_KINDS)),
        pending=of_some(st.builds(Halves, some_days, some_days)),
    )


@given(st.lists(spans, max_size=len(ids)), recorded_months(), days_around)
def test_each_posting_has_the_month_that_it_has_alone(posted, month: RecordedMonth, today) -> None:
    own = dict(zip(ids, posted, strict=False))
    together = months_side_by_side(
        list(own),
        [span_bits(MONTH, span) for span in posted],
        MONTH,
        month,
        rest=NUMBERS.rest_days(MONTH),
        today=today,
    )
    alone = [month_classes(id_, span, MONTH, month, NUMBERS, today) for id_, span in own.items()]
    assert [by_day(one_of(together, number)) for number in range(len(own))] == list(map(by_day, alone))
    assert assessed_of_each(own, MONTH, month, numbers=NUMBERS, today=today) == [
        (count(classes.posted), assessed_halves(classes, NUMBERS.assessed)) for classes in alone
    ]


def test_an_average_is_of_the_months_that_are_over_and_of_each_posting_its_own() -> None:
    always, since_november = (DaySpan(Month(2025, 5).first_day), DaySpan(MONTH.first_day))
    recorded = Recorded()
    recorded.months[Month(2026, 10)].present[ids[0]] = full(Month(2026, 10))
    recorded.months[MONTH].present[ids[1]] = full(MONTH)
    spans = {ids[0]: always, ids[1]: since_november}
    found = averages_of(spans, recorded, month=MONTH, numbers=NUMBERS, today=MONTH.last_day)
    assert found[ids[0]].days == 3.1  # 31 days in ten months; November is not over
    assert found[ids[1]] is None


def test_a_class_entered_for_one_is_nobody_else_s() -> None:
    month = RecordedMonth(entries={ids[0]: {DayClass.TRIP: Halves(1, 1)}})
    spans = {ids[0]: DaySpan(MONTH.first_day), ids[1]: DaySpan(MONTH.first_day)}
    assert assessed_of_each(spans, MONTH, month, numbers=NUMBERS, today=MONTH.last_day) == [(30, 2), (30, 0)]
