"""Articles 11 and 12 as tables and properties: pairing, states, quarters."""

from collections import Counter
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.content import ContentCheck
from kernel.periods import DaySpan, Quarter
from visits.policy import (
    MOVES,
    PRESENCE,
    RANK_NAMES,
    TOWNSHIP_RANKS,
    UNDER_WATCH,
    UNIT_RANKS,
    VILLAGE_RANKS,
    AvailableHelper,
    Change,
    ChangeKind,
    DutyStatus,
    Entry,
    HelperRank,
    PairingFact,
    Reading,
    State,
    Tally,
    VisitFact,
    VisitNumbers,
    WaitingHousehold,
    Way,
    difference,
    duty_status,
    entry_of,
    holds_id_number,
    is_covered,
    propose,
    reading,
    spells,
    tally,
)

D = date.fromisoformat
EAST, WEST = UUID(int=1), UUID(int=2)


def household(number, risk, *, village=EAST, identified_on="2026-01-05"):
    return WaitingHousehold(UUID(int=1000 + number), village, risk, D(identified_on))


def helper(number, rank, *, order_no=1, taken=0, villages=None):
    reach = None if HelperRank(rank) in TOWNSHIP_RANKS else frozenset(villages or {EAST})
    return AvailableHelper(UUID(int=2000 + number), HelperRank(rank), order_no, taken, reach)


def pairs(proposal):
    return [(line.household_id.int - 1000, line.person_id.int - 2000) for line in proposal.lines]


# -- Article 11 -----------------------------------------------------------------------------------


def test_the_worst_risk_meets_the_highest_rank_two_each():
    proposal = propose(
        [household(1, 1), household(2, 5), household(3, 3), household(4, 4), household(5, 2)],
        [helper(1, 2), helper(2, 1), helper(3, 4)],
        capacity=2,
    )
    assert pairs(proposal) == [(2, 2), (4, 2), (3, 1), (5, 1), (1, 3)]
    assert (proposal.uncovered, proposal.helpers_missing) == ([], 0)


def test_every_rank_waits_for_the_one_before():
    helpers = [helper(rank, rank) for rank in reversed(HelperRank)]
    proposal = propose([household(n, 1) for n in range(9)], helpers, capacity=1)
    assert [line.rank for line in proposal.lines] == list(HelperRank)


def test_equal_risk_goes_by_the_day_of_identification():
    early, late = household(1, 3, identified_on="2025-02-01"), household(2, 3, identified_on="2025-03-01")
    assert pairs(propose([late, early], [helper(1, 1)], capacity=1)) == [(1, 1)]


def test_within_a_rank_the_order_number_decides():
    helpers = [helper(1, 3, order_no=2), helper(2, 3, order_no=1)]
    assert pairs(propose([household(1, 1)], helpers, capacity=2)) == [(1, 2)]


@pytest.mark.parametrize("rank", sorted(VILLAGE_RANKS | UNIT_RANKS))
def test_below_the_township_nobody_helps_beyond_their_villages(rank):
    proposal = propose([household(1, 9, village=WEST), household(2, 1)], [helper(1, rank)], capacity=2)
    assert pairs(proposal) == [(2, 1)]
    assert [each.int for each in proposal.uncovered] == [1001]


def test_a_unit_helps_in_each_village_it_supports():
    unit_head = helper(1, 7, villages={EAST, WEST})
    assert len(propose([household(1, 1), household(2, 1, village=WEST)], [unit_head], capacity=2).lines) == 2


@pytest.mark.parametrize(("taken", "given_"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_households_helped_already_anywhere_count(taken, given_):
    proposal = propose([household(n, 1) for n in range(3)], [helper(1, 1, taken=taken)], capacity=2)
    assert len(proposal.lines) == given_
    assert [line.nth for line in proposal.lines] == list(range(taken + 1, taken + 1 + given_))


@pytest.mark.parametrize(("left", "missing"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3)])
def test_helpers_missing_are_half_the_households_left(left, missing):
    assert propose([household(n, 1) for n in range(left)], [], capacity=2).helpers_missing == missing


def test_each_line_says_why():
    (line,) = propose([household(1, 7)], [helper(1, 4, taken=1)], capacity=2).lines
    assert line.explain() == (
        "待结对户中风险由高到低列第 1；第十一条第 4 顺位“驻村第一书记”，范围为本村，为其第 2 户"
    )
    assert set(RANK_NAMES) == set(HelperRank) == TOWNSHIP_RANKS | VILLAGE_RANKS | UNIT_RANKS


villages = st.sampled_from([UUID(int=n) for n in range(1, 5)])
some_households = st.lists(
    st.builds(
        WaitingHousehold,
        household_id=st.uuids(),
        village_id=villages,
        risk_level=st.integers(0, 5),
        identified_on=st.dates(D("2025-01-01"), D("2025-01-10")),
    ),
    unique_by=lambda each: each.household_id,
    max_size=25,
)


@st.composite
def a_helper(draw):
    rank = draw(st.sampled_from(HelperRank))
    reach = None if rank in TOWNSHIP_RANKS else draw(st.frozensets(villages, min_size=1, max_size=2))
    return AvailableHelper(draw(st.uuids()), rank, draw(st.integers(1, 4)), draw(st.integers(0, 3)), reach)


some_helpers = st.lists(a_helper(), unique_by=lambda each: each.person_id, max_size=10)
capacities = st.integers(1, 3)


@given(some_households, some_helpers, capacities)
def test_nobody_takes_more_than_the_capacity_or_outside_their_scope(households, helpers, capacity):
    proposal = propose(households, helpers, capacity=capacity)
    by_person = {each.person_id: each for each in helpers}
    by_id = {each.household_id: each for each in households}
    for person_id, given_ in Counter(line.person_id for line in proposal.lines).items():
        assert given_ + by_person[person_id].taken <= capacity
    for line in proposal.lines:
        assert by_person[line.person_id].reaches(by_id[line.household_id])
        assert by_person[line.person_id].rank is line.rank


@given(some_households, some_helpers, capacities)
def test_every_household_is_proposed_once_or_uncovered(households, helpers, capacity):
    proposal = propose(households, helpers, capacity=capacity)
    named = [line.household_id for line in proposal.lines] + proposal.uncovered
    assert sorted(named) == sorted(each.household_id for each in households)


@given(some_households, some_helpers, capacities)
def test_no_household_stays_uncovered_while_somebody_in_reach_is_free(households, helpers, capacity):
    proposal = propose(households, helpers, capacity=capacity)
    given_ = Counter(line.person_id for line in proposal.lines)
    free = [each for each in helpers if each.taken + given_[each.person_id] < capacity]
    by_id = {each.household_id: each for each in households}
    assert not any(each.reaches(by_id[left]) for each in free for left in proposal.uncovered)


NOBODY = len(HelperRank) + 1


@given(some_households, some_helpers, capacities)
def test_in_one_village_higher_risk_never_gets_a_lower_rank(households, helpers, capacity):
    """Only within a village: a cadre of village A takes its least risk while B's worst waits for B's own."""
    ranks = {line.household_id: line.rank for line in propose(households, helpers, capacity=capacity).lines}
    for a in households:
        for b in households:
            if a.village_id == b.village_id and a.risk_level > b.risk_level:
                assert ranks.get(a.household_id, NOBODY) <= ranks.get(b.household_id, NOBODY)


@given(some_households, some_helpers, capacities)
def test_across_villages_it_holds_for_helpers_of_the_whole_township(households, helpers, capacity):
    ranks = {line.household_id: line.rank for line in propose(households, helpers, capacity=capacity).lines}
    for a in households:
        for b in households:
            if a.risk_level > b.risk_level and ranks.get(b.household_id) in TOWNSHIP_RANKS:
                assert ranks[a.household_id] <= ranks[b.household_id]


@given(st.data(), some_households, some_helpers, capacities)
def test_the_order_of_the_input_changes_nothing(data, households, helpers, capacity):
    shuffled = data.draw(st.permutations(households)), data.draw(st.permutations(helpers))
    assert propose(*shuffled, capacity=capacity) == propose(households, helpers, capacity=capacity)


def test_a_redraw_is_shown_against_what_is():
    households = [household(n, 9 - n) for n in range(1, 5)]
    proposal = propose(households, [helper(1, 1), helper(2, 4)], capacity=1)
    ids = {n: UUID(int=1000 + n) for n in range(1, 5)}
    first, second = UUID(int=2001), UUID(int=2002)
    assert difference({ids[1]: first, ids[3]: second}, proposal) == [
        Change(ids[1], ChangeKind.KEPT, first, first),
        Change(ids[2], ChangeKind.ADDED, None, second),
        Change(ids[3], ChangeKind.DROPPED, second, None),
    ]
    assert difference({ids[2]: first}, proposal)[1] == Change(ids[2], ChangeKind.CHANGED, first, second)


# -- states ---------------------------------------------------------------------------------------


def history(*entries):
    return spells([(D(day), State(state)) for day, state in entries])


def spans(found):
    return [(str(each.first_day), str(each.last_day)) for each in found]


def test_monitoring_ends_the_day_before_the_next_state_and_may_come_back():
    found = history(("2026-01-05", "monitored"), ("2026-03-01", "cleared_stable"), ("2026-06-10", "back"))
    assert spans(found.monitored) == [("2026-01-05", "2026-02-28"), ("2026-06-10", "None")]
    assert [found.is_monitored(D(day)) for day in ("2026-02-28", "2026-03-01", "2026-07-01")] == [
        True, False, True,
    ]  # fmt: skip


def test_being_away_runs_beside_the_monitoring():
    found = history(
        ("2026-01-05", "monitored"), ("2026-02-20", "away"), ("2026-09-30", "home"), ("2026-10-08", "closed")
    )
    assert spans(found.monitored) == [("2026-01-05", "2026-10-07")]
    assert spans(found.away) == [("2026-02-20", "2026-09-29")]


def test_what_was_taken_back_the_same_day_was_never():
    found = history(("2026-01-05", "monitored"), ("2026-01-05", "closed"))
    assert found.monitored == ()


def test_every_state_of_the_monitoring_leads_somewhere():
    assert MOVES.keys() == set(State) - PRESENCE
    assert all(UNDER_WATCH & MOVES[state] or state in UNDER_WATCH for state in MOVES)


# -- Article 12 -----------------------------------------------------------------------------------

Q4 = Quarter.parse("2026Q4")
ME, OTHER = UUID(int=2001), UUID(int=2002)
NUMBERS = VisitNumbers(grace_days=30, counts_contact_for_away=False)
ALWAYS = history(("2025-01-01", "monitored"))


def visit(day, way=Way.AT_HOME, by=ME):
    return VisitFact(D(day), way, by)


def status(
    *visits, since="2026-01-01", until=None, of=ALWAYS, today="2027-01-20", numbers=NUMBERS, quarter=Q4
):
    pairing = PairingFact(ME, DaySpan(D(since), D(until) if until else None))
    return duty_status(quarter, pairing=pairing, household=of, visits=visits, numbers=numbers, today=D(today))


@pytest.mark.parametrize(
    ("visits", "today", "expected"),
    [
        ([visit("2026-10-01")], "2026-11-24", "done"),
        ([visit("2026-12-31")], "2027-01-01", "done"),
        ([visit("2026-09-30")], "2026-11-24", "due"),
        ([visit("2027-01-01")], "2027-01-20", "overdue"),
        ([], "2026-12-31", "due"),
        ([], "2027-01-01", "overdue"),
        ([visit("2026-11-01", Way.PHONE), visit("2026-11-02", Way.VIDEO)], "2027-01-20", "overdue"),
        ([visit("2026-11-01", by=OTHER)], "2027-01-20", "overdue"),
        ([], "2026-08-01", "due"),
    ],
)
def test_a_pairing_is_done_by_one_visit_of_its_helper_in_the_quarter(visits, today, expected):
    assert status(*visits, today=today) is DutyStatus(expected)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-12-02", None, "overdue"),
        ("2026-12-03", None, "grace"),
        ("2026-12-31", None, "grace"),
        ("2026-01-01", "2026-10-29", "grace"),
        ("2026-01-01", "2026-10-30", "overdue"),
        ("2026-01-01", "2026-09-30", None),
        ("2027-01-01", None, None),
    ],
)
def test_a_pairing_of_few_days_in_the_quarter_is_in_grace(since, until, expected):
    assert status(since=since, until=until) == expected


def test_a_visit_fulfils_even_a_young_pairing():
    assert status(visit("2026-12-30"), since="2026-12-20") is DutyStatus.DONE


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [("2026-01-01", "2026-11-15", "done"), ("2026-11-16", None, "overdue")],
)
def test_after_a_change_of_helper_a_visit_counts_for_whose_day_it_was(since, until, expected):
    assert status(visit("2026-11-15"), since=since, until=until) is DutyStatus(expected)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("2025-01-01", "monitored"), ("2026-12-31", "cleared_stable")], "exempt"),
        ([("2025-01-01", "monitored"), ("2026-11-01", "closed")], "exempt"),
        ([("2025-01-01", "monitored"), ("2026-10-02", "moved")], "exempt"),
        ([("2025-01-01", "monitored"), ("2027-01-01", "cleared_natural")], "overdue"),
        ([("2025-01-01", "monitored"), ("2026-10-01", "closed")], None),
        ([("2025-01-01", "monitored"), ("2026-10-20", "cleared_stable"), ("2026-11-01", "back")], "overdue"),
        ([("2026-12-15", "monitored")], "grace"),
        ([("2026-10-15", "monitored")], "overdue"),
    ],
)
def test_who_is_no_longer_monitored_at_the_end_is_exempt(entries, expected):
    assert status(of=history(*entries)) == expected


def test_while_the_quarter_runs_the_end_is_today():
    of = history(("2025-01-01", "monitored"), ("2026-11-01", "closed"))
    assert status(of=of, today="2026-10-31") is DutyStatus.DUE
    assert status(of=of, today="2026-11-01") is DutyStatus.EXEMPT


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("2026-03-01", "away")], "away"),
        ([("2026-10-30", "away")], "away"),
        ([("2026-10-31", "away")], "overdue"),
        ([("2026-03-01", "away"), ("2026-12-03", "home")], "away"),
        ([("2026-03-01", "away"), ("2026-12-02", "home")], "overdue"),
        ([("2026-03-01", "away"), ("2026-09-30", "home")], "overdue"),
    ],
)
def test_a_family_away_but_for_a_few_days_is_listed_apart(entries, expected):
    assert status(of=history(("2025-01-01", "monitored"), *entries)) is DutyStatus(expected)


@pytest.mark.parametrize(
    ("day", "way", "counted", "expected"),
    [
        ("2026-11-11", Way.PHONE, False, "away"),
        ("2026-11-11", Way.PHONE, True, "done"),
        ("2026-11-11", Way.VIDEO, True, "done"),
        ("2026-11-11", Way.AT_HOME, False, "done"),
        ("2026-10-05", Way.PHONE, True, "away"),
    ],
)
def test_contact_with_a_family_away_counts_only_where_the_county_says_so(day, way, counted, expected):
    of = history(("2025-01-01", "monitored"), ("2026-10-10", "away"))
    numbers = VisitNumbers(grace_days=30, counts_contact_for_away=counted)
    assert status(visit(day, way), of=of, numbers=numbers) is DutyStatus(expected)


@pytest.mark.parametrize(
    ("occurred", "entered", "entry"),
    [
        ("2026-12-31", "2026-12-31", "on_time"),
        ("2026-12-31", "2027-01-01", "late"),
        ("2026-10-01", "2026-12-31", "on_time"),
        ("2026-12-31", "2027-01-07", "late"),
        ("2026-12-31", "2027-01-08", "too_late"),
        ("2027-01-01", "2027-01-08", "on_time"),
    ],
)
def test_entry_is_measured_against_the_end_of_the_quarter(occurred, entered, entry):
    assert entry_of(occurred_on=D(occurred), entered_on=D(entered), late_entry_days=7) is Entry(entry)


@pytest.mark.parametrize(
    ("visits", "of", "expected"),
    [
        ([visit("2026-11-11", by=OTHER)], ALWAYS, True),
        ([visit("2026-11-11", Way.PHONE)], ALWAYS, False),
        ([visit("2026-09-30")], ALWAYS, False),
        ([], ALWAYS, False),
        ([], history(("2025-01-01", "monitored"), ("2026-11-01", "closed")), None),
        ([visit("2026-10-11")], history(("2025-01-01", "monitored"), ("2026-11-01", "closed")), True),
        ([], history(("2027-01-02", "monitored")), None),
        ([], history(("2026-12-31", "monitored")), False),
    ],
)
def test_a_household_is_covered_whoever_called_at_home(visits, of, expected):
    assert is_covered(Q4, household=of, visits=visits, today=D("2027-01-20")) is expected


def test_the_columns_add_up():
    statuses = [*DutyStatus, DutyStatus.DONE]
    counted = tally(statuses, [True, True, False, None])
    assert counted == Tally(done=2, not_done=2, exempt=1, grace=1, away=1, households=3, covered=2)
    assert (counted.expected, counted.coverage_percent) == (4, 66.6)
    assert tally([], []).coverage_percent is None


# -- J5 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("户主身份证36070219900101123X，孩子上三年级", True),
        ("３６０７０２１９９００１０１１２３４", True),
        ("360702 19900101 1234", True),
        ("360702-19900101-123x", True),
        ("电话 13800001234 2026 111", False),
        ("编号 3607021990010112345 号", False),
        ("电话 13800001234，欠款 20000 元，2026-11-11 走访", False),
        ("孩子上三年级", False),
    ],
)
def test_an_id_number_is_found_however_it_is_written(text, holds):
    assert holds_id_number(text) is holds


# -- what WeChat holds for risky (E14) ------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "is_author", "may_release", "how"),
    [
        (ContentCheck.RISKY, False, False, Reading.HIDDEN),
        (ContentCheck.RISKY, False, True, Reading.TO_RELEASE),
        (ContentCheck.RISKY, True, False, Reading.OWN),
        (ContentCheck.RISKY, True, True, Reading.OWN),
        (ContentCheck.UNCHECKED, False, False, Reading.OPEN),
        (ContentCheck.PASSED, False, False, Reading.OPEN),
        (ContentCheck.RELEASED, False, False, Reading.OPEN),
    ],
)
def test_only_what_is_risky_is_hidden_and_never_from_its_author(check, is_author, may_release, how):
    assert reading(check, is_author=is_author, may_release=may_release) is how
