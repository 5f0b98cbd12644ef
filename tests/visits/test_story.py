"""From a file of households to the quarter, as a township lives it; and what of it can be read elsewhere."""

import logging
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from io import BytesIO
from uuid import uuid4

import psycopg
import pytest

from demo.families import checked
from identity.permissions import Role
from kernel import photos
from kernel.clock import now, today
from kernel.database import libpq_url
from kernel.periods import CHINA, Quarter
from tests.factories import make_helper, make_office, make_person
from tests.pictures.conftest import jobs, work
from tests.pictures.steps import send, sent, shot
from tests.visits.test_households import line, upload
from visits import entries

__all__ = ["jobs", "work"]
HOUSEHOLDS, HELPERS, VISITS = 500, 60, 30
ID_NUMBERS = [checked(f"360799196{n % 10}0101{n:03}") for n in range(HOUSEHOLDS)]
PHONES = [f"13900{n:06}" for n in range(HOUSEHOLDS)]


@pytest.fixture
def helpers(world):
    """Sixty cadres of the township, who sign in as helpers."""
    people = [make_person(f"罗{number}") for number in range(HELPERS)]
    for number, person in enumerate(people):
        make_helper(person, world.township, rank=3, order_no=number + 1)
        make_office(person, Role.HELPER, area=world.village)
    return {str(person.id): person for person in people}


def rows() -> list[str]:
    return [
        line(
            f"H-{number:03}",
            **{
                entries.HEAD_ID: ID_NUMBERS[number],
                entries.PHONE: PHONES[number],
                entries.VILLAGE: ("杨梅村", "塅垇村")[number % 2],
                entries.RISK_LEVEL: str(number % 100),
            },
        )
        for number in range(HOUSEHOLDS)
    ]


def earlier_today() -> datetime:
    """Return when a phone without network was at the door."""
    return max(now() - timedelta(hours=2), datetime.combine(today(), time(), CHINA))


def told(household: str, number: int) -> dict[str, object]:
    return {
        "client_key": str(uuid4()),
        "household_id": household,
        "occurred_at": (earlier_today() if number % 3 == 0 else now()).isoformat(),
        "way": "at_home",
        "note": "一家平安",
        "photos_expected": 1,
        "problems": [{"item": "water", "description": "断水"}] * (number == 0),
    }


def call_on(helper, household: str, number: int) -> tuple[str, str]:
    """Record a visit and send its photo, each a second time where the answer was lost; return their ids."""
    visit = told(household, number)
    first, again = helper.post("/visits", visit), helper.post("/visits", visit)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    address, data, key = f"/visits/{first.json['id']}/photos", shot(number), uuid4()
    photo_id = sent(helper, address, data, key=key)
    again = send(helper, address, data, key=key)
    assert (again.status_code, again.json["id"]) == (200, photo_id)
    return first.json["id"], photo_id


def confirm(clerk, township: dict[str, str]) -> list[tuple[str, str]]:
    """Let the township agree to all that Article 11 proposes; return who helps which household."""
    proposal = clerk.post("/pairings/proposal", township).json
    assert (len(proposal["lines"]), len(proposal["uncovered"])) == (2 * HELPERS, HOUSEHOLDS - 2 * HELPERS)
    assert proposal["helpers_missing"] == (HOUSEHOLDS - 2 * HELPERS) // 2
    pairs = [(each["household"]["id"], each["helper"]["id"]) for each in proposal["lines"]]
    lines = [{"household_id": household, "person_id": person} for household, person in pairs]
    confirmed = clerk.post("/pairings/confirmation", {**township, "day": str(today()), "lines": lines})
    assert confirmed.json["made"] == 2 * HELPERS
    return pairs


def dump(settings) -> str:
    """Return every table as a dump writes it."""
    return "\n".join(tables(settings))


def tables(settings) -> Iterator[str]:
    with psycopg.connect(libpq_url(settings.database_url)) as connection:
        names = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (name,) in names:
            with connection.cursor().copy(f"COPY {name} TO STDOUT") as rows_:
                yield b"".join(rows_).decode()


def readable(text: str) -> list[str]:
    """Return the numbers of families that can be read in a text, also as the hex of bytes."""
    numbers = ID_NUMBERS + PHONES
    return [number for number in numbers if number in text or number.encode().hex() in text]


def test_five_hundred_households_from_the_file_to_the_quarter(
    app, world, phone, helpers, settings, work, tmp_path, monkeypatch, caplog, capfd
):
    monkeypatch.setitem(app.extensions, "photos", photos.connect(f"file:{tmp_path}/photos"))
    caplog.set_level(logging.DEBUG)
    clerk = phone(world.township_clerk)
    assert upload(clerk, *rows()).json["added"] == HOUSEHOLDS
    assert upload(clerk, *rows(), dry_run="false").json["added"] == HOUSEHOLDS
    assert upload(clerk, *rows(), dry_run="false").json["unchanged"] == HOUSEHOLDS
    pairs = confirm(clerk, {"township_id": str(world.township.id)})

    made = [
        call_on(phone(helpers[person]), household, number)
        for number, (household, person) in enumerate(pairs[:VISITS])
    ]
    work()
    (visit_id, photo_id), household_id = made[0], pairs[0][0]
    assert clerk.get(f"/visits/{visit_id}").json["photos_missing"] == 0
    assert clerk.get(f"/photos/{photo_id}").data.startswith(b"\xff\xd8")
    shown = clerk.get(f"/households/{household_id}", query_string={"reason": "核对参保"}).json
    assert shown["head_id_number"] in ID_NUMBERS

    (problem,) = clerk.get("/problems?state=open").json["items"]
    settled = {"client_key": str(uuid4()), "kind": "settle", "note": "已通水"}
    assert clerk.post(f"/problems/{problem['id']}/steps", settled).status_code == 201
    assert clerk.get("/problems?state=open").json["items"] == []

    quarter = str(Quarter.of(today()))
    first_helper = phone(helpers[pairs[0][1]])
    assert first_helper.get(f"/visits/due?quarter={quarter}").json["tally"]["done"] == 2
    for reader, area in ((clerk, world.township), (phone(world.county_office), world.county)):
        total = reader.get(f"/visits/quarter?quarter={quarter}&area={area.id}").json["total"]
        assert (total["done"], total["covered"], total["households"]) == (VISITS, VISITS, HOUSEHOLDS)
    outsider = phone(world.township_clerk_2)
    for address in ("households/" + household_id + "?reason=看", f"visits/{visit_id}", f"photos/{photo_id}"):
        assert outsider.get(f"/{address}").status_code == 404
    assert outsider.get(f"/problems/{problem['id']}").status_code == 404

    dumped, logged = dump(settings), caplog.text + "".join(capfd.readouterr())
    assert "H-007" in dumped
    assert str(world.township_clerk.id) in dumped
    assert readable(dumped) == readable(logged) == []


def test_a_number_that_can_be_read_would_be_found():
    assert readable(f"…{ID_NUMBERS[7]}…") == [ID_NUMBERS[7]]
    assert readable(f"\\\\x{PHONES[3].encode().hex()}") == [PHONES[3]]


def test_a_file_that_is_no_table_is_refused(world, phone):
    form = {"file": (BytesIO(b"\x89PNG\r\n\x1a\n\x00\xff"), "x.xlsx")}
    answer = phone(world.township_clerk).post(
        "/households/imports", data=form, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
