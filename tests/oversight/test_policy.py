"""Article 21 as tables: who must be there, what an answer shows, who was heard, what findings are proposed for."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.policy import DayClass
from geofence.policy import NO_FENCE_JUDGEMENT, Band, Judgement, Verdict
from kernel.periods import CHINA
from kernel.workdays import is_holiday, is_rest_day
from leave.policy import WorkCalendar
from oversight.policy import (
    FINDING_MOVES,
    UNDECIDED,
    AnswerOutcome,
    CountedFinding,
    Expectation,
    FindingKind,
    FindingState,
    InspectionLevel,
    Step,
    answer_due,
    answer_outcome,
    counts,
    expectation,
    is_heard,
    is_late,
    ladder,
    sees_inspection,
)

CALENDAR = WorkCalendar(is_rest=is_rest_day, is_holiday=is_holiday)


@pytest.mark.parametrize(
    ("half_day", "asked"),
    [
        (DayClass.OPEN, Expectation.MUST_BE_THERE),
        (DayClass.IN_VILLAGE, Expectation.MUST_BE_THERE),
        (DayClass.UNEXPLAINED, Expectation.MUST_BE_THERE),
        (DayClass.UNEXCUSED, Expectation.MUST_BE_THERE),
        (DayClass.PENDING, Expectation.ASKED_FOR_LEAVE),
        (DayClass.REST, Expectation.NOT_ON_DUTY),
        (DayClass.TRIP, Expectation.AWAY),
        (DayClass.MEETING, Expectation.AWAY),
        (DayClass.TRAINING, Expectation.AWAY),
        (DayClass.PERSONAL, Expectation.AWAY),
        (DayClass.SICK, Expectation.AWAY),
        (DayClass.ANNUAL, Expectation.AWAY),
        (DayClass.OTHER, Expectation.AWAY),
    ],
)
def test_what_a_half_day_asks_of_somebody(half_day, asked):
    assert expectation(half_day) is asked


def test_every_class_of_a_day_asks_something():
    assert {expectation(half_day) for half_day in DayClass} == set(Expectation)


def test_leave_asked_for_excuses_nobody_and_leave_approved_does():
    called = {asked for asked in Expectation if asked.is_called}
    assert called == {Expectation.MUST_BE_THERE, Expectation.ASKED_FOR_LEAVE}


INSIDE = Judgement(Verdict.INSIDE, Band.INSIDE, is_trusted=True)
UNSURE = Judgement(Verdict.UNSURE, Band.EDGE, is_trusted=True)
OUTSIDE = Judgement(Verdict.OUTSIDE, Band.OVER_5KM, is_trusted=True)
COARSE = Judgement(Verdict.UNSURE, Band.EDGE, is_trusted=False)


@pytest.mark.parametrize(
    ("judgement", "is_fresh", "outcome"),
    [
        (INSIDE, True, AnswerOutcome.IN_VILLAGE),
        (UNSURE, True, AnswerOutcome.IN_VILLAGE),
        (OUTSIDE, True, AnswerOutcome.OUTSIDE),
        (COARSE, True, AnswerOutcome.WAITS_FOR_INSPECTOR),
        (NO_FENCE_JUDGEMENT, True, AnswerOutcome.WAITS_FOR_INSPECTOR),
        (None, True, AnswerOutcome.WAITS_FOR_INSPECTOR),
        (INSIDE, False, AnswerOutcome.WAITS_FOR_INSPECTOR),
        (OUTSIDE, False, AnswerOutcome.WAITS_FOR_INSPECTOR),
    ],
)
def test_what_an_answer_shows_by_itself(judgement, is_fresh, outcome):
    assert answer_outcome(judgement, is_fresh=is_fresh) is outcome


DUE = datetime(2026, 11, 23, 10, 15, tzinfo=CHINA)


@pytest.mark.parametrize(("seconds", "late"), [(-900, False), (0, False), (1, True), (86_400, True)])
def test_an_answer_is_late_after_its_minutes_and_not_on_the_last(seconds, late):
    assert is_late(DUE + timedelta(seconds=seconds), due_at=DUE) is late


@pytest.mark.parametrize(
    ("told_on", "due_on"),
    [
        (date(2026, 11, 23), date(2026, 11, 26)),  # Monday to Thursday
        (date(2026, 11, 26), date(2026, 12, 1)),  # over a weekend
        (date(2026, 9, 30), date(2026, 10, 10)),  # over the National Day holiday, a make-up Saturday counts
        (date(2026, 2, 13), date(2026, 2, 25)),  # before the Spring Festival, the 14th is worked
    ],
)
def test_three_working_days_are_three_working_days(told_on, due_on):
    due = answer_due(told_on, workdays=3, calendar=CALENDAR)
    workdays = [
        day for n in range(1, (due - told_on).days + 1) if not is_rest_day(day := told_on + timedelta(days=n))
    ]
    assert (due, len(workdays)) == (due_on, 3)


@pytest.mark.parametrize(
    ("has_answered", "days_after", "heard"),
    [(False, -1, False), (False, 0, False), (False, 1, True), (True, -2, True)],
)
def test_somebody_is_heard_who_answers_or_lets_the_last_day_pass(has_answered, days_after, heard):
    today = date(2026, 11, 26) + timedelta(days=days_after)
    assert is_heard(has_answered=has_answered, answer_due_on=date(2026, 11, 26), today=today) is heard


def found(
    day: int,
    level: InspectionLevel = InspectionLevel.CITY,
    kind: FindingKind = FindingKind.ABSENT,
    state: FindingState = FindingState.CONFIRMED,
) -> CountedFinding:
    return CountedFinding(level, kind, state, date(2026, 11, day))


CITY, COUNTY, TOWNSHIP = InspectionLevel.CITY, InspectionLevel.COUNTY, InspectionLevel.TOWNSHIP


@pytest.mark.parametrize(
    ("findings", "step"),
    [
        ([], None),
        ([found(2)], Step.NOTICE),
        ([found(2), found(3)], Step.RECALL),
        ([found(2), found(3), found(4)], Step.RECALL),
        ([found(2), found(2)], Step.NOTICE),
        ([found(2, COUNTY), found(3, COUNTY), found(4, TOWNSHIP)], None),
        ([found(2), found(3, COUNTY)], Step.NOTICE),
        ([found(2), found(3, kind=FindingKind.NOT_LIVING_THERE)], Step.NOTICE),
        ([found(2), found(3, state=FindingState.LIFTED)], Step.NOTICE),
        ([found(2), found(3, state=FindingState.ANSWERED)], Step.NOTICE),
        ([found(2, state=FindingState.FOUND)], None),
    ],
)
def test_once_a_notice_twice_a_recall_and_only_the_city_s_confirmed_absences_count(findings, step):
    assert ladder(findings) is step


ANY_FINDING = st.builds(
    CountedFinding,
    st.sampled_from(InspectionLevel),
    st.sampled_from(FindingKind),
    st.sampled_from(FindingState),
    st.dates(date(2026, 1, 1), date(2026, 1, 9)),
)
ORDER = [None, Step.NOTICE, Step.RECALL]


@given(st.lists(ANY_FINDING, max_size=8), ANY_FINDING)
def test_a_further_finding_never_takes_a_step_back_and_at_most_one_further(findings, further):
    before, after = ORDER.index(ladder(findings)), ORDER.index(ladder([*findings, further]))
    assert before <= after <= before + 1
    assert after == before or counts(further)


@given(st.lists(ANY_FINDING, max_size=8), st.randoms())
def test_the_order_of_findings_does_not_matter_nor_those_that_do_not_count(findings, chance):
    shuffled = list(findings)
    chance.shuffle(shuffled)
    assert ladder(shuffled) == ladder(findings) == ladder(filter(counts, findings))


@given(st.lists(ANY_FINDING, max_size=8))
def test_without_two_different_days_nobody_is_proposed_for_recall(findings):
    if len({finding.day for finding in findings}) < 2:
        assert ladder(findings) is not Step.RECALL


@pytest.mark.parametrize(
    ("viewer", "inspection", "sees"),
    [
        (CITY, CITY, True),
        (CITY, TOWNSHIP, True),
        (COUNTY, CITY, False),
        (COUNTY, COUNTY, True),
        (TOWNSHIP, COUNTY, False),
        (TOWNSHIP, TOWNSHIP, True),
    ],
)
def test_a_visit_without_notice_is_one_to_the_offices_below_too(viewer, inspection, sees):
    assert sees_inspection(viewer, inspection) is sees


def test_a_decided_finding_goes_nowhere():
    assert {FindingState.FOUND, FindingState.ANSWERED} == UNDECIDED
    assert FINDING_MOVES.keys() == set(FindingState)
