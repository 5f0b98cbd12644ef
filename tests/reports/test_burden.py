"""What the system asked of people in a month: counted from what they sent, averaged, never a list of people (Article 29)."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from kernel.clock import now
from kernel.database import db, transaction
from kernel.periods import CHINA, Month
from leave.policy import LeaveState
from oversight.inspection_models import RollCallEntry
from reports.burden_policy import Asked, BurdenRow, Task, per_person, row_of
from reports.policy import total
from tests.factories import (
    MIDDLE,
    Phone,
    make_household,
    make_leave,
    make_pairing,
    make_person,
    make_photo,
    make_posting,
    make_problem,
    make_visit,
)
from tests.oversight.making import make_finding, make_inspection, make_roll_call
from tests.reports.steps import LAST_MONTH, be_there

NOON = datetime.combine(LAST_MONTH.day_at(9), time(12), CHINA)


def read(phone: Phone, *, month: Month = LAST_MONTH, **query: Any) -> Any:
    answer = phone.get("/reports/burden", query_string={"month": str(month), **query})
    assert answer.status_code == 200, answer.json
    return answer.json


def tasks_of(figures: Any) -> dict[str, tuple[float | None, float | None]]:
    return {
        each["task"]: (each["taps"], each["fields_filled"])
        for each in figures["tasks"]
        if each["taps"] or each["taps"] is None
    }


# -- my own ---------------------------------------------------------------------------------------


def test_a_cadre_reads_how_many_taps_and_fields_a_month_asked_for(world, phone):
    be_there(world, "secretary", 1, 2, 3)
    plain = {"county": world.county, "submitted_at": NOON}
    posting = world.postings["secretary"]
    make_leave(posting, state=LeaveState.RETURNED, starts_in_days=-90, **plain)
    make_leave(
        posting,
        state=LeaveState.RETURNED,
        starts_in_days=-80,
        work_goes_to="钟秋香",
        begins_at_noon=True,
        returned_on=LAST_MONTH.day_at(5),
        return_confirmed_by=world.secretary.id,
        **plain,
    )
    household = make_household(world.village)
    make_pairing(household, world.secretary)
    content = {
        "checklist": {"water": "problem", "food": "secured"},
        "needs": "想学养蜂",
        "present": ["甲", "乙"],
    }
    visit = make_visit(household, world.secretary, day=NOON.date(), content=content)
    make_problem(visit)
    make_photo(visit, received_at=NOON)
    mine = read(phone(world.secretary))
    assert (mine["place"], mine["lines"], mine["total"]["people"]) == (None, [], 1)
    assert tasks_of(mine["total"]) == {
        "checkin": (3, 0),
        "leave": (2, 5 + 7),
        "leave_return": (1, 1),
        "visit": (1, 4 + 5 + 2),
        "photo": (1, 0),
    }
    assert (mine["total"]["taps"], mine["total"]["fields_filled"]) == (8, 24)


def test_what_was_sent_in_another_month_or_by_somebody_else_is_not_mine(world, phone):
    be_there(world, "member", 1, 2)
    be_there(world, "secretary", 1, month=LAST_MONTH.previous)
    assert read(phone(world.secretary))["total"]["taps"] == 0


def test_a_month_begins_and_ends_by_the_clock_of_china(world, phone):
    posting, county = world.postings["secretary"], world.county
    first = datetime.combine(LAST_MONTH.first_day, time(), CHINA)
    after = datetime.combine(LAST_MONTH.next.first_day, time(), CHINA)
    for place, at in enumerate((first - timedelta(seconds=1), first, after - timedelta(seconds=1), after)):
        make_leave(
            posting,
            county=county,
            submitted_at=at,
            state=LeaveState.RETURNED,
            starts_in_days=-200 + 5 * place,
        )
    assert tasks_of(read(phone(world.secretary))["total"]) == {"leave": (2, 10)}


def test_a_real_tap_is_one_tap_and_no_field(world, phone):
    phone(world.secretary).check_in(MIDDLE)
    this_month = Month.of(now().astimezone(CHINA).date())
    mine = read(phone(world.secretary), month=this_month)
    assert mine["running"] is True
    assert tasks_of(mine["total"]) == {"checkin": (1, 0)}


def test_answering_a_roll_call_and_a_finding_counts_too(world, phone):
    inspection = make_inspection(world.village, world.city_org)
    make_finding(inspection, world.postings["secretary"], state="answered")
    roll_call = make_roll_call(inspection)
    with transaction():
        db.session.execute(
            update(RollCallEntry)
            .where(RollCallEntry.person_id == world.secretary.id)
            .values(
                client_key=uuid4(), content_sha256=b"", answered_at=now(), is_late=False, outcome="in_village"
            )
        )
    this_month = Month.of(roll_call.called_at.astimezone(CHINA).date())
    mine = read(phone(world.secretary), month=this_month)
    assert tasks_of(mine["total"]) == {"roll_call": (1, 0), "finding": (1, 1)}


def test_a_helper_without_a_posting_reads_their_own_too(world, phone):
    household = make_household(world.village)
    make_pairing(household, world.helper)
    make_visit(household, world.helper, day=NOON.date())
    assert tasks_of(read(phone(world.helper))["total"]) == {"visit": (1, 4)}


# -- places ---------------------------------------------------------------------------------------


def test_offices_read_averages_of_places_and_no_person(world, phone):
    be_there(world, "secretary", *range(1, 11))
    be_there(world, "member", *range(1, 6))
    third = make_person("新来")
    make_posting(third, world.village, world.unit)
    report = read(phone(world.township_clerk), area=world.township.id)
    assert report["place"]["name"] == "甲一乡"
    assert (report["total"]["people"], report["total"]["taps"]) == (4, 3.8)
    village = {line["place"]["name"]: line["figures"] for line in report["lines"]}
    assert (village["杨梅村"]["people"], village["杨梅村"]["taps"]) == (3, 5.0)
    assert "曾福生" not in str(report) and str(world.secretary.id) not in str(report)


def test_of_fewer_than_three_people_no_average_is_told(world, phone):
    be_there(world, "member_of_village_2", 1, 2, 3)
    report = read(phone(world.county_office), area=world.village_2.id)
    assert report["total"]["people"] == 1
    assert report["total"]["taps"] is report["total"]["fields_filled"] is None
    assert {each["taps"] for each in report["total"]["tasks"]} == {None}


def test_places_stand_in_the_order_of_names_however_much_each_was_asked(world, phone):
    be_there(world, "member_of_township_2", *range(1, 20))
    names = [
        line["place"]["name"] for line in read(phone(world.county_office), area=world.county.id)["lines"]
    ]
    be_there(world, "secretary", *range(1, 25))
    again = [
        line["place"]["name"] for line in read(phone(world.county_office), area=world.county.id)["lines"]
    ]
    assert names == again == ["甲二镇", "甲一乡"]


def test_more_people_take_no_more_statements(world, phone, statements):
    office = phone(world.county_office)

    def count() -> int:
        statements.clear()
        read(office, area=world.county.id)
        return len(statements)

    few = count()
    for number in range(8):
        make_posting(make_person(f"新{number}"), world.village_2, world.unit_2)
    assert count() == few


# -- the sums -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "people", "average"), [(10, 3, 3.3), (0, 5, 0.0), (9, 2, None), (9, 0, None), (1, 4, 0.2)]
)
def test_an_average_is_told_of_three_people_at_least(count, people, average):
    assert per_person(count, people) == average


counted = st.dictionaries(st.sampled_from(Task), st.builds(Asked, st.integers(0, 50), st.just(0)))


@given(st.lists(counted, max_size=6))
def test_what_places_add_up_to_is_what_their_people_sent(people):
    whole = total((row_of(each) for each in people), BurdenRow())
    assert whole.people == len(people)
    assert whole.whole.taps == sum(asked.taps for each in people for asked in each.values())


def test_every_task_has_its_place_in_the_row():
    for task in Task:
        assert row_of({task: Asked(3, 0)}).of(task).taps == 3
