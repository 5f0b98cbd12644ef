"""The quarter over HTTP: what I owe, the columns of an area, the list of pairings."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from kernel.clock import now, today
from kernel.database import db, transaction
from kernel.periods import Quarter
from tests.factories import (
    MIDDLE,
    Phone,
    make_household,
    make_pairing,
    make_person,
    make_setting,
    make_visit,
)
from visits.models import HouseholdState

Q = "2024Q2"
IN_Q = date(2024, 5, 6)


def place(point):
    return {"longitude_deg": point.longitude_deg, "latitude_deg": point.latitude_deg}


def wrote_state(household, number, state, first_day):
    """Append to a household's history without moving the household itself."""
    with transaction():
        db.session.add(
            HouseholdState(
                county_id=household.county_id,
                household_id=household.id,
                number=number,
                state=state,
                first_day=first_day,
                note="",
                made_at=now(),
            )
        )


def report(phone, area, quarter=Q, **query):
    query = {"quarter": quarter, "area": area.id, **query}
    answer = phone.get("/visits/quarter", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def columns(tally):
    names = ("expected", "done", "not_done", "exempt", "grace", "away", "households", "covered")
    return [tally[name] for name in names]


# -- what I owe -----------------------------------------------------------------------------------


def due(phone, quarter=None, **query):
    query = {"quarter": str(quarter or Quarter.of(today())), **query}
    answer = phone.get("/visits/due", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_what_i_owe_is_what_i_have_not_visited(world, phone):
    owed, seen = make_household(world.village), make_household(world.village)
    for household in (owed, seen):
        make_pairing(household, world.helper)
    make_pairing(make_household(world.village), world.member)
    helper = phone(world.helper)
    visit = {
        "client_key": str(uuid4()),
        "household_id": str(seen.id),
        "occurred_at": now().isoformat(),
        "way": "at_home",
        "note": "走访",
    }
    assert len(due(helper)["items"]) == 2
    assert helper.post("/visits", visit).status_code == 201
    found = due(helper)
    assert [item["household"]["id"] for item in found["items"]] == [str(owed.id)]
    assert (found["items"][0]["status"], found["items"][0]["household"]["head_name"]) == ("due", "邱**")
    assert columns(found["tally"]) == [2, 1, 1, 0, 0, 0, 2, 1]
    assert found["last_day"] == str(Quarter.of(today()).last_day)


def test_a_withdrawn_visit_is_owed_again(world, phone):
    household = make_household(world.village)
    make_pairing(household, world.helper)
    visit = make_visit(household, world.helper)
    helper = phone(world.helper)
    assert due(helper)["items"] == []
    change = {"client_key": str(uuid4()), "reason": "记错了户", "withdrawn": True}
    assert helper.post(f"/visits/{visit.id}/corrections", change).status_code == 201
    assert len(due(helper)["items"]) == 1
    change = {"client_key": str(uuid4()), "reason": "是电话", "withdrawn": False, "way": "phone"}
    assert helper.post(f"/visits/{visit.id}/corrections", change).status_code == 201
    assert len(due(helper)["items"]) == 1


def test_the_nearest_comes_first_where_places_are_known(world, phone):
    far = make_household(world.village, risk_level=9, **place(MIDDLE.moved(north_m=8_000)))
    near = make_household(world.village, risk_level=1, **place(MIDDLE))
    unknown = make_household(world.village, risk_level=5)
    for household in (far, near, unknown):
        make_pairing(household, world.helper)
    helper = phone(world.helper)
    here = {"latitude_deg": 25.85, "longitude_deg": 114.93, "datum": "wgs84"}
    items = due(helper, **here)["items"]
    assert [item["household"]["id"] for item in items] == [str(each.id) for each in (near, far, unknown)]
    assert items[0]["distance_km"] == 0.0
    assert items[1]["distance_km"] == pytest.approx(8, abs=0.1)
    assert items[2]["distance_km"] is None
    assert [item["household"]["risk_level"] for item in due(helper)["items"]] == [9, 5, 1]


@pytest.mark.parametrize(
    "query",
    [
        {"quarter": "2026-4"},
        {"latitude_deg": 25.85},
        {"latitude_deg": 25.8512, "longitude_deg": 114.93, "datum": "wgs84"},
        {"latitude_deg": 25.85, "longitude_deg": 114.93},
    ],
)
def test_an_address_holds_no_exact_place(world, phone, query):
    answer = phone(world.helper).get("/visits/due", query_string={"quarter": Q, **query})
    assert answer.status_code == 422


def test_what_somebody_else_took_over_is_owed_no_longer(world, phone):
    household = make_household(world.village)
    make_pairing(household, world.helper, last_day=today())
    make_pairing(household, world.member, first_day=today())
    assert due(phone(world.helper))["items"] == []


# -- an area --------------------------------------------------------------------------------------


@pytest.fixture
def past(world):
    """A quarter long over: in village 1 one visited and one overlooked; in village 2 one of each other kind."""
    families = {
        name: make_household(village)
        for name, village in (
            ("done", world.village),
            ("overdue", world.village),
            ("grace", world.village_2),
            ("exempt", world.village_2),
            ("away", world.village_2),
            ("phoned", world.village_of_township_2),
        )
    }
    helpers = {
        "grace": world.member_of_village_2,
        "exempt": world.member_of_village_2,
        "away": world.member_of_village_2,
        "phoned": world.member_of_township_2,
    }
    for name, household in families.items():
        first_day = date(2024, 6, 10) if name == "grace" else date(2024, 1, 1)
        make_pairing(household, helpers.get(name, world.member), first_day=first_day)
    wrote_state(families["exempt"], 2, "cleared_stable", date(2024, 6, 1))
    wrote_state(families["away"], 2, "away", date(2024, 2, 1))
    make_visit(families["done"], world.member, day=IN_Q)
    make_visit(families["phoned"], world.member_of_township_2, day=IN_Q, way="phone")
    return families


def test_a_village_by_helper(world, phone, past):
    found = report(phone(world.township_clerk), world.village)
    assert (found["by"], found["running"], found["quarter"]) == ("helper", False, Q)
    (row,) = found["items"]
    assert row["helper"]["name"] == world.member.name
    #                                  应走访 已 未 豁免 宽限 外出 户 覆盖
    assert columns(row["tally"]) == [2, 1, 1, 0, 0, 0, 2, 1]
    assert found["total"] == row["tally"]
    assert found["total"]["coverage_percent"] == 50.0


def test_a_township_by_village(world, phone, past):
    found = report(phone(world.township_clerk), world.township)
    by_name = {row["area"]["name"]: columns(row["tally"]) for row in found["items"]}
    assert by_name == {
        "杨梅村": [2, 1, 1, 0, 0, 0, 2, 1],
        "塅垇村": [0, 0, 0, 1, 1, 1, 2, 0],
    }
    assert columns(found["total"]) == [2, 1, 1, 1, 1, 1, 4, 1]


def test_a_county_by_township(world, phone, past):
    found = report(phone(world.county_office), world.county)
    by_name = {row["area"]["name"]: columns(row["tally"]) for row in found["items"]}
    assert by_name["甲一乡"] == [2, 1, 1, 1, 1, 1, 4, 1]
    assert by_name["甲二镇"] == [1, 0, 1, 0, 0, 0, 1, 0]
    by_helper = report(phone(world.county_office), world.county, by="helper")
    assert len(by_helper["items"]) == 3
    assert by_helper["total"] == found["total"]


def test_a_county_may_count_the_phone_for_families_away(world, phone, past):
    make_visit(past["away"], world.member_of_village_2, day=IN_Q, way="phone")
    clerk = phone(world.township_clerk)
    assert report(clerk, world.village_2)["total"]["away"] == 1
    make_setting(world.county, "visit.counts_contact_for_away", True)
    total = report(clerk, world.village_2)["total"]
    assert (total["away"], total["done"], total["covered"]) == (0, 1, 0)


def test_the_days_of_grace_are_the_county_s(world, phone, past):
    make_setting(world.county, "visit.new_pairing_grace_days", 20)
    total = report(phone(world.township_clerk), world.village_2)["total"]
    assert (total["grace"], total["not_done"]) == (0, 1)


def test_a_visit_by_another_covers_the_household_but_fulfils_no_duty(world, phone, past):
    make_visit(past["overdue"], world.secretary, day=IN_Q)
    total = report(phone(world.township_clerk), world.village)["total"]
    assert (total["not_done"], total["covered"]) == (1, 2)


def test_a_change_of_helper_does_not_hide_a_household_nobody_visited(world, phone):
    household = make_household(world.village)
    make_pairing(household, world.member, first_day=date(2024, 1, 1), last_day=date(2024, 5, 20))
    make_pairing(household, world.secretary, first_day=date(2024, 5, 20))
    found = report(phone(world.township_clerk), world.village)
    assert columns(found["total"]) == [2, 0, 2, 0, 0, 0, 1, 0]


def test_what_was_entered_too_late_does_not_count(world, phone, past):
    make_visit(past["overdue"], world.member, day=IN_Q, entry="too_late", counts=False)
    total = report(phone(world.township_clerk), world.village)["total"]
    assert (total["done"], total["covered"]) == (1, 1)


def test_a_report_takes_the_same_statements_for_any_number(world, phone, past, statements):
    office = phone(world.county_office)
    report(office, world.county)
    few = len(statements)
    for _ in range(6):
        household = make_household(world.village_2)
        make_pairing(household, make_person("新来"), first_day=date(2024, 1, 1))
        make_visit(household, world.member, day=IN_Q)
    statements.clear()
    assert report(office, world.county)["total"]["households"] == 11
    assert len(statements) <= few


@pytest.mark.parametrize(
    ("who", "area", "status"),
    [
        ("member", "village", 200),
        ("secretary", "village", 200),
        ("village_secretary", "village", 200),
        ("village_secretary", "village_2", 404),
        ("township_clerk", "township", 200),
        ("township_clerk", "township_2", 404),
        ("township_clerk", "county", 404),
        ("county_office", "county", 200),
        ("county_office_b", "township", 404),
        ("helper", "village", 404),
        ("unit_clerk", "village", 403),
        ("city_org", "city", 403),
    ],
)
def test_who_reads_the_quarter_of_which_area(world, phone, past, who, area, status):
    query = {"quarter": Q, "area": getattr(world, area).id}
    for address in ("/visits/quarter", "/visits/duties"):
        assert phone(getattr(world, who)).get(address, query_string=query).status_code == status


# -- pairing by pairing ---------------------------------------------------------------------------


def duties(phone, area, **query):
    answer = phone.get("/visits/duties", query_string={"quarter": Q, "area": area.id, **query})
    assert answer.status_code == 200, answer.json
    return answer.json


def test_each_pairing_stands_in_the_list_with_its_status(world, phone, past):
    clerk = phone(world.township_clerk)
    found = duties(clerk, world.township)["items"]
    statuses = {item["household"]["id"]: item["status"] for item in found}
    expected = ("done", "overdue", "grace", "exempt", "away")
    assert statuses == {str(past[name].id): name for name in expected}
    (overdue,) = duties(clerk, world.township, status="overdue")["items"]
    assert (overdue["helper"]["name"], overdue["household"]["head_name"]) == (world.member.name, "邱**")


def test_the_list_comes_page_by_page(world, phone, past):
    clerk = phone(world.township_clerk)
    every = [item["household"]["id"] for item in duties(clerk, world.township)["items"]]
    paged, cursor = [], None
    for _ in range(3):
        page = duties(clerk, world.township, limit=2, **({"cursor": cursor} if cursor else {}))
        paged += [item["household"]["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert paged == every and cursor is None


def test_nothing_of_another_township_is_in_any_of_it(world, past):
    other = Phone(world.township_clerk_2)
    assert columns(report(other, world.township_2)["total"]) == [1, 0, 1, 0, 0, 0, 1, 0]
    assert len(duties(other, world.township_2)["items"]) == 1


def test_a_quarter_to_come_has_its_duties_already(world, phone, past):
    next_quarter = Quarter.of(Quarter.of(today()).last_day + timedelta(days=1))
    found = report(phone(world.township_clerk), world.village, quarter=str(next_quarter))
    assert (found["running"], found["total"]["not_done"]) == (True, 2)
