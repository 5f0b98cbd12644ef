"""Reminders before a period ends: the county of its own and of training, units of theirs."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from kernel.database import db
from kernel.jobs import queue
from kernel.periods import CHINA
from messages.models import Message, MessageKind
from org.models import Person
from oversight.duty_policy import DutyCode
from oversight.duty_reminders import remind_of_duties
from tests.factories import make_duty_event, make_person, make_posting, make_setting

EVE = datetime(2026, 12, 17, 9, tzinfo=CHINA)
"""Two weeks before month, half-year and year end."""


def told() -> dict[tuple[str, str], str]:
    messages = db.session.scalars(select(Message)).all()
    assert {message.kind for message in messages} <= {MessageKind.DUTIES_DUE}
    return {(str(message.person_id), message.title): message.text for message in messages}


def test_county_and_unit_are_told_what_is_not_registered_yet(world):
    make_duty_event(
        DutyCode.COUNTY_DISPATCH, county=world.county, by=world.county_office, day=date(2026, 12, 2)
    )
    remind_of_duties(now=EVE)
    messages = told()
    assert messages[str(world.county_office.id), "1项职责12月31日到期"] == "尚未登记：召开第一书记和队长会议"
    assert (str(world.county_office_b.id), "2项职责12月31日到期") in messages
    of_unit = {text for (person, _), text in messages.items() if person == str(world.unit_clerk.id)}
    assert of_unit == {"尚未登记：主要领导听取汇报、主要领导到村调研、分管领导到村指导、拨付驻村工作经费"}


def test_nobody_is_told_twice_of_one_last_day(world):
    assert remind_of_duties(now=EVE) > 0
    assert remind_of_duties(now=EVE.replace(day=20)) == 0


def test_nobody_is_told_while_there_is_time(world):
    assert remind_of_duties(now=EVE.replace(month=8, day=1)) == 0


def test_the_county_is_told_of_whoever_is_not_trained_as_their_term_ends(world):
    trained_late = make_posting(
        make_person("新来"), world.village_b, world.unit_2, first_day=date(2024, 8, 11)
    )
    remind_of_duties(now=EVE.replace(month=8, day=1))
    assert told() == {(str(world.county_office_b.id), "1项职责8月10日到期"): "尚未登记：参加县级以上培训"}
    make_duty_event(
        DutyCode.COUNTY_TRAINING,
        person=db.session.get_one(Person, trained_late.person_id),
        village=world.village_b,
        by=world.county_office_b,
        day=date(2025, 3, 1),
    )
    assert remind_of_duties(now=EVE.replace(month=8, day=2)) == 0


def test_a_county_chooses_how_early(world):
    make_setting(world.county, "duty.reminder_days", 31)
    make_setting(world.county_b, "duty.reminder_days", 1)
    remind_of_duties(now=EVE.replace(month=8, day=1))
    assert {person for person, _ in told()} == {str(world.county_office.id)}


@pytest.mark.usefixtures("world")
def test_the_job_runs_every_morning():
    assert "oversight.duty_jobs.remind" in {task.name for task in queue.tasks.values()}
    assert any(
        periodic.task.name == "oversight.duty_jobs.remind"
        for periodic in queue.periodic_registry.periodic_tasks.values()
    )
