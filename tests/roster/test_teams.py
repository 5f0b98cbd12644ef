"""Teams as the offices see them (Articles 2 and 7)."""

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from kernel.audit import AuditEntry
from kernel.clock import today
from kernel.database import db, transaction
from org.models import Level, PostingRole, VillageKind
from org.policy import VillageKindName
from tests.factories import (
    Phone,
    make_area,
    make_kind,
    make_person,
    make_posting,
    make_setting,
)

RED = VillageKindName.RED_VILLAGE


def teams(person, **query):
    answer = Phone(person).get("/teams", query_string=query)
    assert answer.status_code == 200, answer.json
    return {item["village"]["id"]: item for item in answer.json["items"]}


def of(world, village, **query):
    return teams(world.county_office, **query)[str(village.id)]


def iso(days=0):
    with transaction():
        return (today() + timedelta(days=days)).isoformat()


def appoint(by, village, person, first=0, last=10, **changes):
    body = {
        "client_key": str(uuid4()),
        "person_id": str(person.id),
        "first_day": iso(first),
        "last_day": iso(last),
        "reason": "第一书记住院",
        **changes,
    }
    return Phone(by).post(f"/villages/{village.id}/acting-leaders", body)


def test_a_village_of_two_lacks_one_and_is_led_by_its_first_secretary(world):
    make_kind(world.village)
    item = of(world, world.village)
    assert (item["size"], item["missing_people"], item["missing_leader"]) == (2, 1, False)
    assert (item["leader"]["id"], item["leads_as"]) == (str(world.secretary.id), "first_secretary")
    assert "缺 1 人" in item["message"]


def test_a_red_village_asks_for_a_first_secretary_only(world):
    make_kind(world.village, RED)
    item = of(world, world.village)
    assert (item["takes"], item["missing_people"], item["complete"]) == ("first_secretary", 0, True)


def test_a_village_without_a_first_secretary_has_nobody_to_lead_it(world):
    make_kind(world.village_2)
    item = of(world, world.village_2)
    assert (item["size"], item["leader"], item["missing_leader"]) == (1, None, True)


def test_a_village_nobody_is_sent_to_is_listed_while_somebody_is_there(world):
    lonely = make_area("空村", Level.VILLAGE, code="360799100299", within=world.township)
    listed = teams(world.county_office)
    assert str(lonely.id) not in listed and str(world.village.id) in listed
    make_kind(lonely)
    assert of(world, lonely)["missing_people"] == 3


def test_each_day_has_its_own_team(world):
    make_kind(world.village)
    make_posting(make_person("新来"), world.village, world.unit, first_day=date(2026, 6, 1))
    assert of(world, world.village, day="2026-05-31")["size"] == 2
    assert of(world, world.village, day="2026-06-01")["size"] == 3
    assert str(world.village.id) not in teams(world.county_office, day="2020-01-01")


def test_two_first_secretaries_handing_over_are_led_by_the_new_one(world):
    new = make_person("继任")
    make_posting(new, world.village, world.unit, role=PostingRole.FIRST_SECRETARY, first_day=date(2026, 6, 1))
    assert of(world, world.village, day="2026-05-31")["leader"]["id"] == str(world.secretary.id)
    assert of(world, world.village, day="2026-06-01")["leader"]["id"] == str(new.id)


def test_a_county_may_ask_for_larger_teams(world):
    make_kind(world.village)
    make_setting(world.county, "team.min_people", 5)
    assert of(world, world.village)["missing_people"] == 3


def test_only_incomplete_teams_can_be_asked_for_page_by_page(world):
    make_kind(world.village, RED)
    make_kind(world.village_2)
    make_kind(world.village_of_township_2)
    phone, seen, cursor = Phone(world.county_office), [], None
    while cursor is not None or not seen:
        query = {"incomplete": "true", "limit": 1, **({"cursor": cursor} if cursor else {})}
        answer = phone.get("/teams", query_string=query).json
        seen += [item["village"]["id"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert sorted(seen) == sorted(str(each.id) for each in (world.village_2, world.village_of_township_2))


def test_a_township_sees_its_own_villages_a_city_all(world):
    assert set(teams(world.township_clerk)) == {str(world.village.id), str(world.village_2.id)}
    assert str(world.village_b.id) in teams(world.city_org)
    assert set(teams(world.city_org, area=world.county_b.id)) == {str(world.village_b.id)}


def test_the_list_takes_the_same_number_of_statements_however_many_villages(world, statements):
    def asked():
        phone = Phone(world.county_office)
        statements.clear()
        assert phone.get("/teams").status_code == 200
        return len(statements)

    few = asked()
    for number in range(12):
        village = make_area(
            f"{number}号村", Level.VILLAGE, code=f"3607991003{number:02}", within=world.township
        )
        make_kind(village)
        make_posting(make_person(f"{number}号"), village, world.unit, role=PostingRole.FIRST_SECRETARY)
    assert asked() == few


# -- acting leaders -------------------------------------------------------------------------------


def test_an_acting_leader_leads_between_the_days_of_the_appointment_only(world):
    assert appoint(world.township_clerk, world.village, world.member, 0, 3).status_code == 201
    assert of(world, world.village)["leads_as"] == "acting"
    assert of(world, world.village)["leader"]["id"] == str(world.member.id)
    assert of(world, world.village, day=iso(3))["leads_as"] == "acting"
    assert of(world, world.village, day=iso(4))["leads_as"] == "first_secretary"


def test_the_same_appointment_sent_twice_is_one(world):
    key = str(uuid4())
    first = appoint(world.township_clerk, world.village, world.member, client_key=key)
    again = appoint(world.township_clerk, world.village, world.member, client_key=key)
    assert (first.status_code, again.status_code) == (201, 200) and first.json == again.json
    other = appoint(world.township_clerk, world.village, world.member, client_key=key, reason="别的")
    assert (other.status_code, other.json["error"]["code"]) == (409, "key_reused")


def test_two_do_not_lead_at_once(world):
    assert appoint(world.township_clerk, world.village, world.member, 0, 3).status_code == 201
    taken = appoint(world.township_clerk, world.village, world.secretary, 3, 5)
    assert (taken.status_code, taken.json["error"]["code"]) == (409, "leader_appointed")
    assert appoint(world.township_clerk, world.village, world.secretary, 4, 5).status_code == 201


def test_nobody_leads_a_team_they_are_not_in(world):
    answer = appoint(world.township_clerk, world.village, world.member_of_village_2)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "leader_not_posted")


def test_an_appointment_ends_early_and_one_not_begun_is_taken_back(world):
    running = appoint(world.township_clerk, world.village, world.member, 0, 9).json["id"]
    coming = appoint(world.township_clerk, world.village, world.member, 20, 29).json["id"]
    end = Phone(world.township_clerk)
    assert end.post(f"/acting-leaders/{running}/end", {"last_day": iso(9)}).status_code == 422
    assert end.post(f"/acting-leaders/{running}/end", {"last_day": iso(2)}).status_code == 204
    assert end.post(f"/acting-leaders/{coming}/end", {"last_day": iso(2)}).status_code == 204
    assert of(world, world.village, day=iso(3))["leads_as"] == "first_secretary"
    assert of(world, world.village, day=iso(21))["leads_as"] == "first_secretary"


# -- kinds of village -----------------------------------------------------------------------------


def put_kinds(world, kinds, first_day, village=None):
    village = village or world.village
    body = {"kinds": kinds, "first_day": first_day, "document_no": "甲驻村办〔2026〕3号"}
    answer = Phone(world.county_office).put(f"/villages/{village.id}/kinds", body)
    assert answer.status_code == 200, answer.json
    return {(item["kind"], item["first_day"], item["last_day"]) for item in answer.json["items"]}


def test_kinds_are_a_set_from_a_day_on_and_what_was_before_stays(world):
    put_kinds(world, ["former_poor", "red_village"], "2024-01-01")
    assert put_kinds(world, ["former_poor", "key_support"], "2026-01-01") == {
        ("former_poor", "2024-01-01", None),
        ("red_village", "2024-01-01", "2025-12-31"),
        ("key_support", "2026-01-01", None),
    }
    assert put_kinds(world, [], "2025-01-01") == {
        ("former_poor", "2024-01-01", "2024-12-31"),
        ("red_village", "2024-01-01", "2024-12-31"),
    }


def test_who_sets_kinds_stays_on_record(world):
    put_kinds(world, ["former_poor"], "2026-01-01")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "village.set_kinds")).one()
    assert entry.actor_id == world.county_office.id and entry.subject_id == world.village.id
    assert entry.details["document_no"] == "甲驻村办〔2026〕3号"


def send_table(world, *rows, dry_run=False):
    lines = ["县（市、区）,乡镇,村,村代码,类别,起始日期", *(",".join(row) for row in rows)]
    form = {
        "file": (BytesIO("\n".join(lines).encode()), "kinds.csv"),
        "document_no": "甲驻村办〔2026〕3号",
        "dry_run": str(dry_run).lower(),
    }
    return Phone(world.county_office).post("/villages/kinds/imports", data=form)


def held():
    with transaction():
        return db.session.scalar(select(func.count()).select_from(VillageKind))


def test_a_county_sets_the_kinds_of_its_villages_by_a_table_once(world):
    rows = (
        ("甲县", "甲一乡", "杨梅村", "", "脱贫村、红色名村", "2026-01-01"),
        ("甲县", "", "塅垇村", "", "巩固拓展村", "2026-01-01"),
    )
    assert send_table(world, *rows, dry_run=True).json["changed"] == 2 and held() == 0
    assert send_table(world, *rows).json["changed"] == 2 and held() == 3
    again = send_table(world, *rows).json
    assert (again["changed"], again["unchanged"]) == (0, 2) and held() == 3


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (("甲县", "甲一乡", "杨梅村", "", "富裕村", "2026-01-01"), "类别", "bad_kind"),
        (("甲县", "甲一乡", "杨梅村", "", "脱贫村", "明年"), "起始日期", "bad_day"),
        (("甲县", "甲一乡", "没有村", "", "脱贫村", "2026-01-01"), "村", "area_unknown"),
        (("甲县", "", "杨梅村", "", "脱贫村", "2026-01-01"), "村", "village_ambiguous"),
        (("乙县", "乙一乡", "杨梅村", "", "脱贫村", "2026-01-01"), "县（市、区）", "outside_county"),
    ],
)
def test_a_bad_row_of_the_table_is_named_and_nothing_is_written(world, row, column, code):
    (error,) = send_table(world, row, dry_run=True).json["errors"]
    assert (error["row"], error["column"], error["code"]) == (2, column, code)
    refused = send_table(world, row)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "kinds_have_errors")
    assert held() == 0
