"""Trips from the phone, the county's terms, and what a team's car is paid (Article 27(1))."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from allowances.models import TravelLine, Trip
from kernel.clock import today
from kernel.database import db
from kernel.periods import Month
from tests.allowances.steps import drive, look, month_before, prepared, stamp, travel
from tests.factories import Phone, World, make_posting, make_setting, make_terms, make_trip


@pytest.fixture
def month(app) -> Month:
    return month_before(2)


def go_and_return(world: World, month: Month, *days: int, who: str = "secretary") -> None:
    """Drive out on the first of two days and back on the second, and so on."""
    for number, day in enumerate(days):
        make_trip(world.postings[who], month.day_at(day - 1), ("out", "back")[number % 2])


# -- the phone ----------------------------------------------------------------------------------


def test_a_second_tap_answers_with_the_first_record(world):
    key, day = uuid4(), today()
    first = drive(world, "secretary", day, "out", key=key)
    again = drive(world, "secretary", day, "out", key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["village"]["name"] == "杨梅村"
    assert first.json["client_key"] == str(key)


def test_the_key_of_a_trip_is_told_to_its_driver_alone(world):
    drive(world, "secretary", today(), "out", key=(key := uuid4()))
    query = {"month": str(Month.of(today()))}
    shown = {
        who: Phone(world.people[who]).get("/trips", query_string=query).json["items"][0]["client_key"]
        for who in ("secretary", "township_clerk")
    }
    assert shown == {"secretary": str(key), "township_clerk": None}


def test_the_same_key_for_another_way_is_a_conflict(world):
    key = uuid4()
    drive(world, "secretary", today(), "out", key=key)
    answer = drive(world, "secretary", today(), "back", key=key)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "key_reused")


def test_a_colleague_s_car_on_the_same_way_is_refused_by_name(world):
    drive(world, "secretary", today(), "out")
    answer = drive(world, "member", today(), "out")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "trip_known")
    assert world.secretary.name in answer.json["error"]["message"]


def test_of_a_team_at_once_one_car_is_counted(app, world):
    phones = [Phone(world.secretary), Phone(world.member)] * 3
    body = {"day": today().isoformat(), "way": "back"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda phone: phone.post("/trips", {**body, "client_key": str(uuid4())}), phones)
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert db.session.execute(select(func.count()).select_from(Trip)).scalar_one() == 1


@pytest.mark.parametrize(("days", "code"), [(1, "day_in_future"), (-32, "too_late")])
def test_a_trip_is_entered_within_a_month_and_not_ahead(world, days, code):
    answer = drive(world, "secretary", today() + timedelta(days=days), "out")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)


def test_a_trip_outside_the_posting_is_refused(world):
    newcomer = world.people["newcomer"] = world.helper
    make_posting(newcomer, world.village, world.unit, first_day=today())
    answer = drive(world, "newcomer", today() - timedelta(days=2), "out")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "no_posting")


def test_a_withdrawn_trip_makes_room_for_the_right_one(world):
    wrong = drive(world, "secretary", today(), "out").json
    withdrawn = Phone(world.secretary).post(f"/trips/{wrong['id']}/withdrawal")
    assert (withdrawn.status_code, withdrawn.json["withdrawn"]) == (200, True)
    assert drive(world, "member", today(), "out").status_code == 201
    again = Phone(world.secretary).post(f"/trips/{wrong['id']}/withdrawal")
    assert (again.status_code, again.json["error"]["code"]) == (409, "trip_withdrawn")
    shown = Phone(world.secretary).get("/trips", query_string={"month": str(Month.of(today()))}).json
    assert [each["person"]["name"] for each in shown["items"]] == [world.member.name]


def test_each_sees_the_trips_of_their_own_reach_page_by_page(world):
    month = Month.of(today()).previous
    go_and_return(world, month, 2, 6, 9, 13)
    go_and_return(world, month, 3, who="secretary_b")

    def seen(who: str) -> list[tuple[str, str]]:
        phone, cursor, found = Phone(world.people[who]), None, []
        while True:
            query = {"month": str(month), "limit": 3, **({"cursor": cursor} if cursor else {})}
            page = phone.get("/trips", query_string=query).json
            found += [(each["day"][-2:], each["way"]) for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    own = [("02", "out"), ("06", "back"), ("09", "out"), ("13", "back")]
    assert seen("secretary") == seen("township_clerk") == seen("county_office") == own
    assert seen("unit_clerk") == seen("city_org") == [own[0], ("03", "out"), *own[1:]]
    assert seen("member") == seen("township_clerk_2") == []


# -- the county's terms -------------------------------------------------------------------------


def set_terms(world: World, **changes) -> object:
    body = {
        "village_id": str(world.village.id),
        "unit_id": str(world.unit.id),
        "first_day": "2021-06-01",
        "km_one_way": 120,
        "has_car_reform": True,
        "is_self_driven": True,
        "is_central_city": False,
        "is_subsidised": False,
        "document_no": "甲驻村办〔2026〕5号",
        **changes,
    }
    return Phone(world.county_office).post("/travel-terms", body)


def test_the_county_sets_the_terms_and_the_unit_reads_them(world):
    assert set_terms(world, km_one_way=86.54).json["km_one_way"] == 86.5
    make_terms(world.village, world.unit_2, by=world.county_office)
    assert set_terms(world, first_day="2026-01-01").status_code == 201
    own = Phone(world.unit_clerk).get("/travel-terms").json["items"]
    assert sorted(each["km_one_way"] for each in own) == [86.5, 120]
    county = Phone(world.county_office).get("/travel-terms", query_string={"limit": 2}).json
    rest = Phone(world.county_office).get(
        "/travel-terms", query_string={"limit": 2, "cursor": county["next_cursor"]}
    )
    assert len(county["items"]) + len(rest.json["items"]) == 3
    assert Phone(world.township_clerk_2).get("/travel-terms").json["items"] == []


def test_a_unit_without_people_in_the_village_has_no_terms_there(world):
    answer = set_terms(world, unit_id=str(world.unit_2.id), village_id=str(world.village_of_township_2.id))
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unit_not_found")


@pytest.mark.parametrize("km", [0, -3, 2_001, "120"])
def test_kilometres_are_a_number_that_a_car_can_drive(world, km):
    assert set_terms(world, km_one_way=km).status_code == 422


# -- the money ----------------------------------------------------------------------------------


def test_two_round_trips_of_three_are_paid(world, month):
    make_terms(world.village, world.unit, by=world.county_office)
    go_and_return(world, month, 2, 6, 9, 13, 16, 20)
    listed = prepared(world, month)
    assert travel(listed) == [(str(month), "当月", 2, 216_00)]
    assert (listed["travel_fen"], listed["total_fen"]) == (216_00, 216_00)


def test_trips_without_the_county_s_terms_wait_by_name(world, month):
    go_and_return(world, month, 2, 6)
    view = look(world, month).json
    assert view["travel"] == []
    (waits,) = [each for each in view["missing"] if each["reason"] == "terms_missing"]
    assert waits["text"] == "往返1次，县驻村办尚未核定里程等条件"


def test_a_unit_without_car_reform_is_paid_nothing(world, month):
    make_terms(world.village, world.unit, by=world.county_office, has_car_reform=False)
    go_and_return(world, month, 2, 6)
    assert look(world, month).json["travel"] == []


def test_a_county_s_unit_neither_claims_nor_waits(world, month):
    go_and_return(world, month, 2, 6, who="member")
    view = look(world, month, who="county_office", unit=world.unit_2).json
    assert view["travel"] == []
    assert "terms_missing" not in {each["reason"] for each in view["missing"]}


def test_new_kilometres_and_a_new_rate_hold_from_their_day_on(world, month):
    make_terms(world.village, world.unit, by=world.county_office)
    make_terms(
        world.village, world.unit, by=world.county_office, first_day=month.day_at(9), km_one_way="100.5"
    )
    make_setting(world.city, "travel.fen_per_km", 50, valid_from=month.day_at(9))
    go_and_return(world, month, 2, 6, 9, 13)
    assert travel(look(world, month).json) == [
        (str(month), "当月", 1, 108_00),
        (str(month), "当月", 1, 100_50),
    ]


def test_a_trip_entered_late_or_withdrawn_is_made_good_by_the_next_list(world):
    march, april, may = month_before(4), month_before(3), month_before(2)
    make_terms(world.village, world.unit, by=world.county_office)
    go_and_return(world, march, 2, 6)
    prepared(world, march)
    go_and_return(world, march, 9, 13)
    stamp(world, april, secretary=[1])
    assert travel(prepared(world, april)) == [(str(march), "补发", 1, 108_00)]
    back = db.session.scalars(select(Trip).where(Trip.day == march.day_at(12))).one()
    Phone(world.secretary).post(f"/trips/{back.id}/withdrawal")
    stamp(world, may, secretary=[1])
    assert travel(prepared(world, may)) == [(str(march), "扣回", -1, -108_00)]
    paid = select(func.sum(TravelLine.round_trips)).where(TravelLine.month == march.first_day)
    assert db.session.execute(paid).scalar_one() == 1
