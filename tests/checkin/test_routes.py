"""Checking in over the API: what the phone sends and is answered."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from checkin.models import Checkin
from identity.session import TICKET_HEADER
from kernel.audit import AuditEntry
from kernel.database import db
from kernel.periods import CHINA
from tests.factories import MIDDLE, Phone


def rows():
    return db.session.scalar(select(func.count()).select_from(Checkin))


def test_a_tap_in_the_village_makes_the_day(world):
    answer = Phone(world.secretary).check_in(MIDDLE)
    assert answer.status_code == 201
    body = answer.json
    assert (body["verdict"], body["band"], body["counted"], body["outcome"]) == (
        "inside",
        "inside",
        True,
        "counted",
    )
    assert body["day"] == datetime.now(CHINA).date().isoformat()
    assert body["message"] == "登记成功，已计入"


def test_a_point_300_m_beyond_the_buffer_does_not_count(world):
    beyond = MIDDLE.moved(north_m=1_000 + 200 + 300)
    body = Phone(world.secretary).check_in(beyond).json
    assert (body["verdict"], body["band"], body["counted"]) == ("outside", "under_1km", False)


def test_the_answer_never_tells_metres(world):
    body = Phone(world.secretary).check_in(MIDDLE.moved(north_m=3_000)).json
    assert body["band"] == "1_5km"
    assert not {"distance_m", "longitude_deg", "latitude_deg"} & body.keys()


def test_the_same_body_again_is_answered_with_the_first_record(world):
    me, body = Phone(world.secretary), {"client_key": str(uuid4()), "fix": MIDDLE.fix()}
    first, again = me.post("/checkins", body), me.post("/checkins", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert rows() == 1


def test_a_replay_writes_nothing(world, statements):
    me, body = Phone(world.secretary), {"client_key": str(uuid4()), "fix": MIDDLE.fix()}
    me.post("/checkins", body)
    statements.clear()
    me.post("/checkins", body)
    assert [sql.split()[0] for sql in statements] == ["SELECT", "SELECT", "SELECT"]


def test_a_new_check_in_takes_four_statements(world, statements):
    Phone(world.member).check_in(MIDDLE.moved(north_m=100))
    me = Phone(world.secretary)
    statements.clear()
    me.check_in(MIDDLE)
    assert len(statements) == 4, statements


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"datum": None}, "datum"),
        ({"datum": "mars"}, "datum"),
        ({"latitude_deg": 91}, "latitude_deg"),
        ({"latitude_deg": "25.85"}, "latitude_deg"),
        ({"longitude_deg": True}, "longitude_deg"),
        ({"captured_at": "2026-11-23T08:00:00"}, "captured_at"),
        ({"captured_at": "yesterday"}, "captured_at"),
        ({"accuracy_m": -1}, "accuracy_m"),
        ({"speed": 1}, "speed"),
    ],
)
def test_a_fix_that_cannot_be_is_refused_and_names_the_field(world, change, field):
    answer = Phone(world.secretary).check_in(MIDDLE, **change)
    assert answer.status_code == 422
    assert answer.json["error"]["code"] == "invalid"
    assert field in answer.json["error"]["details"]["fix"]
    assert rows() == 0


def test_what_is_wrong_with_a_field_is_said_in_chinese(world):
    details = (
        Phone(world.secretary).post("/checkins", {"client_key": 1, "fix": {"datum": "mars"}, "x": 1}).json
    )
    assert details["error"]["details"] == {
        "client_key": ["编号格式不对"],
        "fix": {
            "latitude_deg": ["必填"],
            "longitude_deg": ["必填"],
            "captured_at": ["必填"],
            "datum": ["只能是：wgs84, gcj02"],
        },
        "x": ["没有这一项"],
    }


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_no_number_is_no_place(world, number):
    raw = f'{{"client_key": "{uuid4()}", "fix": {{"latitude_deg": {number}, "longitude_deg": 114.9, '
    raw += f'"datum": "wgs84", "captured_at": "{datetime.now(CHINA).isoformat()}"}}}}'
    answer = Phone(world.secretary).post("/checkins", data=raw, content_type="application/json")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "field", ["cadre_id", "person_id", "status", "day", "counted", "verdict", "county_id"]
)
def test_nobody_sets_what_is_the_servers_to_decide(world, field):
    body = {"client_key": str(uuid4()), "fix": MIDDLE.fix(), field: "x"}
    assert Phone(world.secretary).post("/checkins", body).status_code == 422


def test_null_island_and_swapped_axes_have_their_own_answers(world):
    me = Phone(world.secretary)
    empty = me.check_in(MIDDLE, latitude_deg=0, longitude_deg=0)
    swapped = me.check_in(MIDDLE, latitude_deg=25.85, longitude_deg=25.85)
    assert (empty.status_code, empty.json["error"]["code"]) == (422, "fix_empty")
    assert swapped.json["verdict"] == "outside"


def test_a_ticket_proves_the_day_of_a_late_upload(world):
    me = Phone(world.secretary)
    ticket = me.get("/today").headers[TICKET_HEADER]
    wrong_clock = (datetime.now(CHINA) - timedelta(days=365)).isoformat()
    body = me.check_in(MIDDLE, ticket=ticket, captured_at=wrong_clock).json
    assert body["counted"]
    again = me.check_in(MIDDLE, ticket=ticket)
    assert (again.status_code, again.json["error"]["code"]) == (409, "ticket_used")


def test_a_ticket_of_somebody_else_or_forged_is_refused(world):
    ticket = Phone(world.member).get("/today").headers[TICKET_HEADER]
    me = Phone(world.secretary)
    for bad in (ticket, ticket[:-2] + "xx", "nonsense"):
        answer = me.check_in(MIDDLE, ticket=bad)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "ticket_invalid")


def test_offices_get_no_ticket_and_cannot_check_in(world):
    clerk = Phone(world.township_clerk)
    assert TICKET_HEADER not in clerk.get("/me").headers
    assert clerk.check_in(MIDDLE).status_code == 403


def test_nothing_recorded_can_be_deleted(world):
    me = Phone(world.secretary)
    checkin_id = me.check_in(MIDDLE).json["id"]
    assert me.delete("/checkins").status_code == 405
    assert me.delete(f"/checkins/{checkin_id}").status_code in (404, 405)


def month():
    return datetime.now(CHINA).strftime("%Y-%m")


def test_the_person_and_the_township_clerk_see_the_point_and_nobody_else(world):
    me = Phone(world.secretary)
    me.check_in(MIDDLE)
    path = f"/checkins?month={month()}&person={world.secretary.id}"
    points = {
        who: Phone(getattr(world, who)).get(path).json["items"][0]["point"]
        for who in ("secretary", "township_clerk", "township_head", "county_office")
    }
    assert (
        points["secretary"]["longitude_deg"]
        == points["township_clerk"]["longitude_deg"]
        == MIDDLE.longitude_deg
    )
    assert points["township_head"] is None
    assert points["county_office"] is None


@pytest.mark.parametrize("stranger", ["township_clerk_2", "township_clerk_b", "county_office_b", "member"])
def test_people_outside_my_area_do_not_exist(world, stranger):
    path = f"/checkins?month={month()}&person="
    phone = Phone(getattr(world, stranger))
    real, invented = phone.get(path + str(world.secretary.id)), phone.get(path + str(uuid4()))
    assert real.status_code == invented.status_code == 404
    assert real.json == invented.json


def test_a_look_at_another_s_points_is_on_record_and_one_at_my_own_is_not(world):
    Phone(world.secretary).check_in(MIDDLE)
    for person in (world.secretary, world.township_head, world.township_clerk):
        path = f"/checkins?month={month()}&person={world.secretary.id}"
        assert Phone(person).get(path).status_code == 200
    looks = db.session.execute(
        select(AuditEntry.actor_id, AuditEntry.subject_id).where(AuditEntry.action == "checkin.read")
    ).all()
    assert looks == [(world.township_clerk.id, world.secretary.id)]


def test_doubts_are_shown_to_the_person(world):
    me = Phone(world.secretary)
    me.check_in(MIDDLE, accuracy_m=0)
    assert me.get(f"/checkins?month={month()}").json["items"][0]["doubts"] == ["accuracy_odd"]


def test_the_list_is_read_page_by_page_without_gaps_or_doubles(world, statements):
    me = Phone(world.secretary)
    made = [me.check_in(MIDDLE.moved(north_m=n)).json["id"] for n in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = me.get(f"/checkins?month={month()}&limit=3" + (f"&cursor={cursor}" if cursor else "")).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]
    statements.clear()
    me.get(f"/checkins?month={month()}&limit=2")
    few = len(statements)
    statements.clear()
    me.get(f"/checkins?month={month()}&limit=200")
    assert len(statements) == few


@pytest.mark.parametrize(
    "query", ["", "?month=2026-13", "?month=11-2026", "?month=2026-11&limit=0", "?month=2026-11&limit=999"]
)
def test_a_bad_question_is_answered_and_not_guessed(world, query):
    assert Phone(world.secretary).get(f"/checkins{query}").status_code == 422


@pytest.mark.parametrize("cursor", ["x", "AAAA", "bnVsbA==", "W10=", "WyJhIiwiYiJd"])
def test_a_cursor_that_is_none_is_said_to_be_so(world, cursor):
    assert Phone(world.secretary).get(f"/checkins?month={month()}&cursor={cursor}").status_code == 404


def test_ids_are_uuids(world):
    body = Phone(world.secretary).check_in(MIDDLE).json
    assert UUID(body["id"]).version == 4
