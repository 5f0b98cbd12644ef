"""Article 22 as tables: its seven grounds, the warning the fourth needs, who urges whom, where a recall may go."""

from datetime import date, timedelta

import pytest

from org.policy import UnitKind
from oversight.policy import InspectionLevel
from oversight.recall_policy import (
    CLAUSES,
    RECALL_MOVES,
    RUNNING,
    Ground,
    RecallState,
    lacks_warning,
    urging_level,
)

TODAY = date(2026, 11, 23)


def test_there_are_the_seven_grounds_in_their_order():
    numbers = ["（一）", "（二）", "（三）", "（四）", "（五）", "（六）", "（七）"]
    assert [number in CLAUSES[ground] for number, ground in zip(numbers, Ground, strict=True)] == [True] * 7


@pytest.mark.parametrize(
    ("warned_days_ago", "lacks"), [(None, True), (0, True), (-1, True), (1, False), (300, False)]
)
def test_ground_four_needs_a_warning_of_an_earlier_day(warned_days_ago, lacks):
    warned_on = None if warned_days_ago is None else TODAY - timedelta(days=warned_days_ago)
    assert lacks_warning(Ground.ABSENT_UNCORRECTED, warned_on=warned_on, today=TODAY) is lacks


@pytest.mark.parametrize("ground", [ground for ground in Ground if ground is not Ground.ABSENT_UNCORRECTED])
def test_the_other_grounds_need_none(ground):
    assert not lacks_warning(ground, warned_on=None, today=TODAY)


@pytest.mark.parametrize("unit", UnitKind)
def test_a_unit_is_urged_by_its_own_level(unit):
    assert (urging_level(unit) is InspectionLevel.CITY) is unit.is_city_dispatched


def test_a_recall_goes_one_way_and_ends_replaced_or_not_upheld():
    assert {state for state, targets in RECALL_MOVES.items() if not targets} == {
        RecallState.REPLACED,
        RecallState.NOT_UPHELD,
    }
    assert set(RecallState) - {RecallState.REPLACED, RecallState.NOT_UPHELD} == RUNNING
    order = list(RecallState)
    assert all(
        order.index(origin) < order.index(to) for origin, targets in RECALL_MOVES.items() for to in targets
    )
