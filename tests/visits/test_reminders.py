"""Reminders before the quarter ends: the helper, then the township."""

from datetime import datetime

import pytest
from sqlalchemy import select

from kernel.database import db
from kernel.jobs import queue
from kernel.periods import CHINA
from messages.models import Message
from tests.factories import make_household, make_pairing, make_setting, make_visit
from visits.reminders import remind_of_visits

EVE = datetime(2026, 12, 17, 9, tzinfo=CHINA)
"""Two weeks before the end of the quarter."""


@pytest.fixture
def owed(world):
    families = [make_household(world.village) for _ in range(3)]
    for family in families:
        make_pairing(family, world.helper)
    make_visit(families[0], world.helper, day=datetime(2026, 11, 2, tzinfo=CHINA).date())
    return families


def told():
    rows = db.session.execute(select(Message.person_id, Message.title).order_by(Message.title))
    return {tuple(row) for row in rows}


def test_helper_and_township_are_told_two_weeks_before_the_end(world, owed):
    assert remind_of_visits(now=EVE) == 2
    assert told() == {
        (world.helper.id, "本季度还有2户未走访"),
        (world.township_clerk.id, "全乡镇还有2户未走访"),
    }


def test_nobody_is_told_twice_of_one_quarter(world, owed):
    remind_of_visits(now=EVE)
    assert remind_of_visits(now=EVE.replace(day=20)) == 0
    assert remind_of_visits(now=EVE.replace(month=3, year=2027)) == 2


def test_earlier_in_the_quarter_nobody_is_told(world, owed):
    assert remind_of_visits(now=EVE.replace(day=16)) == 0
    make_setting(world.county, "visit.reminder_days", 15)
    assert remind_of_visits(now=EVE.replace(day=16)) == 2


def test_who_has_visited_all_is_not_told(world, owed):
    for family in owed[1:]:
        make_visit(family, world.helper, day=datetime(2026, 12, 1, tzinfo=CHINA).date())
    assert remind_of_visits(now=EVE) == 0


def test_a_worker_knows_the_reminder(app):
    assert "visits.jobs.remind" in queue.tasks
