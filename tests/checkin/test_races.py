"""Several taps at the very same moment: one row, one answer, one counted (F1, T3)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from checkin.models import Checkin
from kernel.database import db
from tests.factories import LONG_AGO, MIDDLE, Phone, World, make_person, make_posting

FEW = 100
EQUAL, DIFFERENT = 8, 4


@pytest.fixture(params=[FEW, pytest.param(1_000, marks=pytest.mark.slow)])
def phones(request, world: World) -> list[Phone]:
    """A signed-in person for each round, who has not checked in yet; a thousand in CI."""
    people = [make_person("钟秋香") for _ in range(request.param)]
    for person in people:
        make_posting(person, world.village, world.unit, first_day=LONG_AGO)
    return [Phone(person) for person in people]


@pytest.fixture(scope="module")
def hands():
    """So many taps at once."""
    with ThreadPoolExecutor(EQUAL) as pool:
        yield pool


def tap_at_once(app, hands, phone: Phone, bodies: list[dict]) -> list:
    """Send all bodies at the same moment from one phone and return the answers."""
    start = Barrier(len(bodies))

    def tap(body):
        client = app.test_client()
        headers = {"Authorization": f"Bearer {phone.token}"}
        start.wait()
        return client.post("/api/v1/checkins", json=body, headers=headers)

    return list(hands.map(tap, bodies))


def test_equal_taps_at_once_are_one_record_and_get_one_answer(app, hands, phones):
    for number, phone in enumerate(phones):
        fix = MIDDLE.moved(north_m=number / 2).fix()
        body = {"client_key": str(uuid4()), "fix": fix}
        answers = tap_at_once(app, hands, phone, [body] * EQUAL)
        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: EQUAL - 1}
        assert len({answer.get_data() for answer in answers}) == 1
    assert count_rows() == count_rows(counted=True) == len(phones)


def test_of_different_taps_at_once_one_makes_the_day(app, hands, phones):
    for number, phone in enumerate(phones):
        fix = MIDDLE.moved(north_m=number / 2).fix()
        bodies = [{"client_key": str(uuid4()), "fix": fix} for _ in range(DIFFERENT)]
        answers = tap_at_once(app, hands, phone, bodies)
        assert {answer.status_code for answer in answers} == {201}
        assert Counter(answer.json["outcome"] for answer in answers) == {
            "counted": 1,
            "already_counted": DIFFERENT - 1,
        }
    assert count_rows(counted=True) == len(phones)
    assert count_rows() == len(phones) * DIFFERENT


def count_rows(**equal: object) -> int:
    with db.session.begin():
        return db.session.execute(select(func.count()).select_from(Checkin).filter_by(**equal)).scalar_one()
