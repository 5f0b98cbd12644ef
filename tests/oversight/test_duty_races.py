"""Several tellings of one event at the very same moment: one record, one answer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from kernel.clock import today
from kernel.database import db, transaction
from oversight.duty_models import DutyEvent
from oversight.duty_policy import DutyCode
from tests.factories import Phone, make_duty_event

ROUNDS, AT_ONCE = 10, 8


@pytest.fixture(scope="module")
def hands():
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


def send_at_once(app, hands, phone: Phone, path: str, bodies: list[dict[str, Any]]) -> list[Any]:
    start = Barrier(len(bodies))

    def send(body):
        client = app.test_client()
        start.wait()
        return client.post(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {phone.token}"})

    return list(hands.map(send, bodies))


def count_rows() -> int:
    with transaction():
        return db.session.scalar(select(func.count()).select_from(DutyEvent)) or 0


def test_a_training_of_several_people_told_eight_times_at_once_is_recorded_once(app, hands, world):
    office = Phone(world.county_office)
    people = [world.secretary, world.member, world.member_of_village_2]
    for round_ in range(ROUNDS):
        body = {
            "client_key": str(uuid4()),
            "duty": "county_training",
            "day": (today() - timedelta(days=round_)).isoformat(),
            "people": [str(person.id) for person in people],
        }
        answers = send_at_once(app, hands, office, "/duties/events", [body] * AT_ONCE)
        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
        assert len({answer.get_data() for answer in answers}) == 1
    assert count_rows() == ROUNDS * len(people)


def test_of_different_corrections_at_once_one_holds_and_the_others_are_told_so(app, hands, world):
    office = Phone(world.county_office)
    for _ in range(ROUNDS):
        event = make_duty_event(DutyCode.COUNTY_MEETING, county=world.county, by=world.county_office)
        bodies = [
            {"client_key": str(uuid4()), "reason": "更正", "note": f"第{number}种说法"}
            for number in range(AT_ONCE)
        ]
        answers = send_at_once(app, hands, office, f"/duties/events/{event.id}/corrections", bodies)
        numbers = Counter(answer.status_code for answer in answers)
        assert numbers[201] >= 1 and numbers[201] + numbers[409] == AT_ONCE
        tellings = office.get(f"/duties/events/{event.id}").json["tellings"]
        assert len(tellings) == 1 + numbers[201]  # whoever came after the first had read it corrects that one
        assert {answer.json["error"]["code"] for answer in answers if answer.status_code == 409} <= {
            "changed_meanwhile"
        }
