"""The roll-up says the same as the sheets."""

from collections import defaultdict
from dataclasses import asdict
from datetime import date, datetime
from uuid import uuid4

import pytest

from attendance.models import Correction, Half
from attendance.policy import DayClass
from attendance.rollup import totals_of_county
from attendance.service import months_of
from checkin.models import Checkin
from checkin.policy import Outcome
from identity.permissions import Role
from identity.scope import Caller, Holding
from kernel.periods import CHINA, Month
from tests.factories import World, add, make_posting, make_setting

MONTH = Month(2026, 9)
NOW = datetime(2026, 10, 5, 12, tzinfo=CHINA)


def be_there(posting, world: World, day: date, *, outcome: Outcome = Outcome.COUNTED) -> None:
    add(
        Checkin(
            county_id=world.county.id,
            posting_id=posting.id,
            person_id=posting.person_id,
            village_id=posting.village_id,
            client_key=uuid4(),
            content_sha256=b"",
            day=day,
            outcome=outcome,
            counted=outcome is Outcome.COUNTED,
            late_upload=False,
            happened_at=NOW,
            received_at=NOW,
        )
    )


@pytest.fixture
def busy_world(world: World) -> World:
    """A month with days in the village, days that wait, a trip, half a day, a transfer, and a county's own number."""
    for posting, days in ((world.postings["secretary"], 21), (world.postings["member"], 9)):
        for day in range(1, days + 1):
            be_there(posting, world, date(2026, 9, day))
    be_there(world.postings["member"], world, date(2026, 9, 28), outcome=Outcome.WAITS_FOR_TOWNSHIP)
    for day, half, day_class in (
        (29, Half.WHOLE, DayClass.TRIP),
        (30, Half.MORNING, DayClass.MEETING),
    ):
        add(
            Correction(
                county_id=world.county.id,
                client_key=uuid4(),
                content_sha256=b"",
                posting_id=world.postings["secretary"].id,
                day=date(2026, 9, day),
                half=half,
                day_class=day_class,
                reason="试",
                made_by=world.township_clerk.id,
                made_at=NOW,
            )
        )
    moved = world.postings["member_of_village_2"]
    moved.last_day = date(2026, 9, 12)
    add(moved)
    make_posting(world.member_of_village_2, world.village, world.unit, first_day=date(2026, 9, 12))
    make_setting(world.township_2, "residency.required_per_month", 1)
    return world


def test_village_totals_are_the_sums_of_the_sheets(busy_world):
    office = Caller(
        person_id=busy_world.county_office.id,
        name="",
        session_id=uuid4(),
        now=NOW,
        holdings=(Holding(Role.COUNTY_OFFICE, busy_world.county.id),),
    )
    sums: dict = defaultdict(lambda: [0, 0, 0, 0, 0])
    for post, sheet in months_of(caller=office, area=busy_world.county, unit_id=None, month=MONTH):
        figures = (1, sheet.in_village_days, sheet.assessed_days, sheet.paid_days, sheet.is_met)
        sums[post.village.id] = [a + b for a, b in zip(sums[post.village.id], figures, strict=True)]
    totals = {
        each.village_id: list(asdict(each).values())[1:]
        for each in totals_of_county(busy_world.county.id, month=MONTH, today=NOW.date())
    }
    assert totals == dict(sums)
    assert sum(people for people, *_ in totals.values()) == 5


def test_statements_do_not_grow_with_people(busy_world, statements):
    list(totals_of_county(busy_world.county.id, month=MONTH, today=NOW.date()))
    assert len(statements) == 4
