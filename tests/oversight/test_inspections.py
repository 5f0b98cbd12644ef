"""An inspector with a mandate opens a village: who must be there, who is away and why (Article 21)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from attendance.models import Correction
from identity.login import cipher
from identity.models import Office
from kernel.clock import today
from kernel.database import db, transaction
from leave.policy import LeaveState
from oversight.inspection_models import Inspection
from tests.factories import MIDDLE, Phone, make_leave, make_setting
from tests.oversight.making import make_mandate
from tests.oversight.steps import find, ok, on_record, open_village, refused, told


def mandate(world, area, **changes):
    return {
        "name": "钟督查",
        "phone": "13500000009",
        "area_id": str(area.id),
        "first_day": today().isoformat(),
        "last_day": (today() + timedelta(days=5)).isoformat(),
        "document_no": "赣市组〔2026〕9号",
        **changes,
    }


# -- mandates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "area", "level"),
    [
        ("township_head", "township", "township"),
        ("county_office", "township", "county"),
        ("county_group", "county", "county"),
        ("city_org", "township", "city"),
        ("city_rural", "city", "city"),
    ],
)
def test_a_mandate_has_the_level_of_the_office_that_gives_it(world, phone, who, area, level):
    given = ok(phone(world.people[who]).post("/mandates", mandate(world, getattr(world, area))), 201)
    assert (given["level"], given["area"]["name"]) == (level, getattr(world, area).name)
    assert given["id"] in [item["id"] for item in phone(world.people[who]).get("/mandates").json["items"]]


def test_a_mandate_opens_villages_of_its_area_from_the_next_call_on(workday, phone):
    given = ok(phone(workday.county_office).post("/mandates", mandate(workday, workday.township_2)), 201)
    with transaction():
        person = db.session.get_one(type(workday.inspector), given["person"]["id"])
    opened = open_village(workday, workday.village_of_township_2, by=person)
    assert opened["level"] == "county"
    body = {"client_key": str(uuid4()), "village_id": str(workday.village.id)}
    assert refused(Phone(person).post("/inspections", body)) == (404, "area_not_found")


def test_a_mandate_of_tomorrow_and_one_of_yesterday_open_nothing(world, phone):
    with transaction():
        db.session.execute(
            update(Office)
            .where(Office.person_id == world.inspector.id)
            .values(first_day=today() + timedelta(days=1))
        )
    body = {"client_key": str(uuid4()), "village_id": str(world.village.id)}
    assert phone(world.inspector).post("/inspections", body).status_code == 401, "no role today"
    with transaction():
        db.session.execute(
            update(Office)
            .where(Office.person_id == world.inspector.id)
            .values(first_day=today() - timedelta(days=9), last_day=today() - timedelta(days=1))
        )
    assert phone(world.inspector).post("/inspections", body).status_code == 401


def test_a_mandate_taken_back_opens_nothing_any_more(workday, phone):
    person = workday.helper
    office = make_mandate(person, workday.township, first_day=today() - timedelta(days=1))
    open_village(workday, by=person)
    assert phone(workday.city_org).delete(f"/mandates/{office.id}").status_code == 204
    body = {"client_key": str(uuid4()), "village_id": str(workday.village.id)}
    assert refused(phone(person).post("/inspections", body)) == (403, "forbidden")
    assert refused(phone(workday.city_org).delete(f"/mandates/{office.id}")) == (409, "mandate_over")
    assert on_record(office.id) == ["mandate.end"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"first_day": "2020-01-01"}, "bad_dates"),
        ({"last_day": "2020-01-01"}, "bad_dates"),
        ({"last_day": "2099-01-01"}, "bad_dates"),
        ({"name": "另一个人", "phone": "13500000010"}, "name_differs"),
    ],
)
def test_a_mandate_is_dated_and_for_the_person_named(world, phone, changes, code):
    ok(phone(world.city_org).post("/mandates", mandate(world, world.city, phone="13500000010")), 201)
    assert refused(phone(world.city_org).post("/mandates", mandate(world, world.city, **changes))) == (
        422,
        code,
    )


def test_nobody_sends_themselves(world, phone):
    own = cipher().decrypt(world.city_org.phone_sealed, field="phone", row_id=world.city_org.id)
    body = mandate(world, world.city, name=world.city_org.name, phone=own)
    assert refused(phone(world.city_org).post("/mandates", body)) == (403, "own_mandate")


# -- the situation ------------------------------------------------------------------------------


def _situation(opened):
    return {item["person"]["name"]: item for item in opened["situation"]}


def test_an_opened_village_shows_who_must_be_there_and_who_is_away_under_which_approval(workday, phone):
    leave = make_leave(
        workday.postings["member"], county=workday.county, state=LeaveState.APPROVED, starts_in_days=0
    )
    phone(workday.secretary).check_in(MIDDLE)
    opened = open_village(workday)
    here, away = _situation(opened)["曾福生"], _situation(opened)["钟秋香"]
    assert (here["expectation"], here["checked_in"], here["leave"]) == ("must_be_there", True, None)
    assert (away["expectation"], away["checked_in"]) == ("away", False)
    assert (away["leave"]["id"], away["leave"]["approved"], away["leave"]["tier"]) == (
        str(leave.id),
        True,
        "township",
    )
    assert "reason" not in str(opened) and "跑项目" not in str(opened)


def test_leave_asked_for_and_not_approved_is_shown_as_such(workday):
    make_leave(workday.postings["member"], county=workday.county, starts_in_days=0)
    away = _situation(open_village(workday))["钟秋香"]
    assert (away["expectation"], away["leave"]["approved"]) == ("asked_for_leave", False)


def test_on_a_rest_day_nobody_must_be_there(world):
    make_setting(world.city, "calendar.extra_rest_days", [today().isoformat()])
    assert {item["expectation"] for item in open_village(world)["situation"]} == {"not_on_duty"}


def test_what_was_known_stays_as_it_was_when_the_inspection_began(workday, phone):
    opened = open_village(workday)
    make_leave(workday.postings["member"], county=workday.county, state=LeaveState.APPROVED, starts_in_days=0)
    again = ok(phone(workday.inspector).get(f"/inspections/{opened['id']}"))
    assert again["situation"] == opened["situation"]


def test_the_same_key_answers_with_the_first_record(workday, phone):
    body = {"client_key": str(uuid4()), "village_id": str(workday.village.id)}
    first = ok(phone(workday.inspector).post("/inspections", body), 201)
    assert ok(phone(workday.inspector).post("/inspections", body))["id"] == first["id"]
    body["note"] = "另一次"
    assert refused(phone(workday.inspector).post("/inspections", body)) == (409, "key_reused")


def test_an_inspection_is_over_with_its_day(workday, phone):
    opened = open_village(workday)
    with transaction():
        db.session.execute(update(Inspection).values(day=today() - timedelta(days=1)))
    answer = phone(workday.inspector).post(
        f"/inspections/{opened['id']}/roll-calls", {"client_key": str(uuid4())}
    )
    assert refused(answer) == (409, "inspection_over")
    assert refused(find(workday, opened, workday.secretary)) == (409, "inspection_over")


def test_the_offices_below_do_not_learn_of_a_city_s_inspection_before_it_finds_something(workday, phone):
    opened = open_village(workday)
    for who in ("township_head", "township_clerk", "county_office", "county_group"):
        answer = phone(workday.people[who]).get(f"/inspections/{opened['id']}")
        assert refused(answer) == (404, "inspection_not_found"), who
        assert phone(workday.people[who]).get("/inspections").json["items"] == []
        assert told(workday.people[who]) == []
    assert ok(phone(workday.city_rural).get(f"/inspections/{opened['id']}"))["id"] == opened["id"]


def test_a_page_of_inspections_takes_the_same_statements_however_many_there_are(workday, phone, statements):
    def asked() -> int:
        me = phone(workday.city_org)
        statements.clear()
        ok(me.get("/inspections"))
        return len(statements)

    open_village(workday)
    few = asked()
    for _ in range(5):
        open_village(workday)
    assert asked() == few
    page = ok(phone(workday.city_org).get("/inspections?limit=4"))
    rest = ok(phone(workday.city_org).get(f"/inspections?limit=4&cursor={page['next_cursor']}"))
    ids = [item["id"] for item in page["items"] + rest["items"]]
    assert len(ids) == len(set(ids)) == 6 and rest["next_cursor"] is None


def test_an_inspection_changes_no_attendance(workday, phone):
    month = f"{today():%Y-%m}"
    before = phone(workday.township_clerk).get(f"/attendance/{month}?village={workday.village.id}").json
    opened = open_village(workday)
    ok(find(workday, opened, workday.secretary), 201)
    after = phone(workday.township_clerk).get(f"/attendance/{month}?village={workday.village.id}").json
    assert after == before
    assert db.session.scalar(select(func.count()).select_from(Correction)) == 0
