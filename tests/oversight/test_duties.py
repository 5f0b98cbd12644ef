"""Duties over HTTP: told by those who have them, read by those above, as a list, a workbook and a page."""

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db
from org.models import VillageKind, VillageKindName
from oversight.duty_models import DutyEvent
from oversight.duty_policy import DutyCode
from pictures.cleaning import clean_photo
from pictures.models import Photo
from tests.contract.calls import photo_form
from tests.factories import (
    LONG_AGO,
    add,
    make_area,
    make_duty_event,
    make_person,
    make_posting,
    make_setting,
    make_unit,
)
from tests.paper import empty_boxes, lines, pages

YEAR = date.today().year - 1
"""A year that is over, so that each of its days may be told of."""
DAY = date(YEAR, 11, 20)


def telling(duty: str, day: date, **about: Any) -> dict[str, Any]:
    return {"client_key": str(uuid4()), "duty": duty, "day": day.isoformat(), **about}


def read(phone: Any, day: date = DAY, **query: Any) -> Any:
    answer = phone.get("/duties", query_string={"day": day.isoformat(), **query})
    assert answer.status_code == 200, answer.json
    return answer.json


def line_of(sheet: Any, duty: str, name: str | None = None, village: str | None = None) -> Any:
    (found,) = [
        item
        for item in sheet["items"]
        if item["duty"] == duty
        and name in (None, item["subject"]["name"])
        and village in (None, (item["village"] or {}).get("id"))
    ]
    return found


def standings(line: Any) -> dict[str, str]:
    return {period["period"]: period["standing"] for period in line["periods"]}


# -- the walk -------------------------------------------------------------------------------------


def test_county_unit_and_people_tell_and_every_office_reads_what_is_done_and_missing(world, phone):
    office, unit = phone(world.county_office), phone(world.unit_clerk)
    of_unit = {"unit": str(world.unit.id), "area": str(world.village.id)}
    for body, who in (
        (telling("county_meeting", date(YEAR, 3, 5), area=str(world.county.id), note="县委党校"), office),
        (telling("county_dispatch", date(YEAR, 11, 3), area=str(world.county.id)), office),
        (telling("unit_head_report", date(YEAR, 8, 8), unit=str(world.unit.id)), unit),
        (telling("unit_head_visit", date(YEAR, 4, 1), **of_unit), unit),
        (telling("team_fund", date(YEAR, 5, 1), amount_fen=600_000, **of_unit), unit),
        (telling("team_fund", date(YEAR, 9, 1), amount_fen=400_000, **of_unit), unit),
        (telling("county_training", date(YEAR, 7, 1), people=[str(world.secretary.id)]), office),
    ):
        answer = who.post("/duties/events", body)
        assert answer.status_code == 201, answer.json
    sheet = read(office, area=world.county.id)
    assert sheet["place"] == {"id": str(world.county.id), "name": "甲县", "level": "county"}
    assert standings(line_of(sheet, "county_meeting")) == {f"{YEAR}H1": "done", f"{YEAR}H2": "due"}
    dispatch = standings(line_of(sheet, "county_dispatch"))
    assert (dispatch[f"{YEAR}-11"], dispatch[f"{YEAR}-10"], len(dispatch)) == ("done", "missing", 11)
    assert standings(line_of(sheet, "unit_head_report", "市统计局")) == {
        f"{YEAR}H1": "missing",
        f"{YEAR}H2": "done",
    }
    visit = line_of(sheet, "unit_head_visit", "市统计局", str(world.village.id))
    assert standings(visit) == {str(YEAR): "done"}
    fund = line_of(sheet, "team_fund", "杨梅村工作队", str(world.village.id))
    assert (fund["periods"][0]["done"], fund["periods"][0]["missing"]) == (1_000_000, 0)
    assert [event["amount_fen"] for event in fund["periods"][0]["events"]] == [600_000, 400_000]
    training = {
        item["subject"]["name"]: item["periods"][0]["standing"]
        for item in sheet["items"]
        if item["duty"] == "county_training"
    }
    assert training == {"曾福生": "done", "钟秋香": "due", "赖水根": "due", "谢春莲": "due"}
    totals = {total["duty"]: total for total in sheet["totals"]}
    assert (totals["county_dispatch"]["done"], totals["county_dispatch"]["missing"]) == (1, 10)
    assert totals["county_training"] == {
        "duty": "county_training",
        "name": "参加县级以上培训",
        "article": 28,
        "done": 1,
        "due": 3,
        "missing": 0,
        "not_owed": 0,
    }


def test_what_is_told_leaves_its_trace(world, phone):
    body = telling("county_meeting", date(YEAR, 3, 5), area=str(world.county.id))
    (item,) = phone(world.county_office).post("/duties/events", body).json["items"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "duty.record")).one()
    assert (str(entry.subject_id), entry.county_id, entry.actor_id) == (
        item["id"],
        world.county.id,
        world.county_office.id,
    )


# -- who reads what -------------------------------------------------------------------------------


def test_each_reads_what_is_theirs(world, phone):
    whole = read(phone(world.county_office), area=world.county.id)
    assert {item["subject"]["kind"] for item in whole["items"]} == {"county", "unit", "team", "person"}
    own = read(phone(world.unit_clerk), unit=world.unit.id)
    assert {item["subject"]["name"] for item in own["items"] if item["subject"]["kind"] == "person"} == {
        "曾福生",
        "谢春莲",
        "刘冬明",
    }
    assert {item["subject"]["name"] for item in own["items"] if item["subject"]["kind"] == "unit"} == {
        "市统计局"
    }
    assert "county" not in {item["subject"]["kind"] for item in own["items"]}
    mine = read(phone(world.member), area=world.village.id)
    assert {item["subject"]["name"] for item in mine["items"] if item["subject"]["kind"] == "person"} == {
        "钟秋香"
    }
    township = read(phone(world.township_clerk), area=world.township.id)
    assert {item["duty"] for item in township["items"]} == set(DutyCode) - {
        "county_meeting",
        "county_dispatch",
    }


def test_a_report_that_a_unit_heard_counts_in_each_of_its_counties(world, phone):
    """The unit serves in both counties; the report is told once."""
    body = telling("unit_head_report", date(YEAR, 8, 8), unit=str(world.unit.id))
    (item,) = phone(world.unit_clerk).post("/duties/events", body).json["items"]
    for office, county in ((world.county_office, world.county), (world.county_office_b, world.county_b)):
        line = line_of(read(phone(office), area=county.id), "unit_head_report", "市统计局")
        assert standings(line)[f"{YEAR}H2"] == "done"
        assert phone(office).get(f"/duties/events/{item['id']}").status_code == 200


def test_a_village_with_a_first_secretary_only_has_no_team_and_no_fund(world, phone):
    add(
        VillageKind(
            id=uuid4(),
            village_id=world.village.id,
            kind=VillageKindName.WEAK_PARTY_BRANCH,
            first_day=LONG_AGO,
        )
    )
    sheet = read(phone(world.township_clerk), area=world.township.id)
    funds = {item["subject"]["name"] for item in sheet["items"] if item["duty"] == "team_fund"}
    assert funds == {"塅垇村工作队"}


def test_of_a_transfer_training_counts_for_the_posting_of_its_day(world, phone):
    posting, moved_on = world.postings["member"], date(YEAR, 6, 1)
    db.session.get_one(type(posting), posting.id).last_day = moved_on
    make_posting(world.member, world.village_2, world.unit_2, first_day=moved_on)
    body = telling("county_training", moved_on, people=[str(world.member.id)])
    answer = phone(world.county_office).post("/duties/events", body)
    assert answer.status_code == 201, answer.json
    sheet = read(phone(world.county_office), area=world.county.id)
    found = {
        item["village"]["name"]: item["periods"][0]["standing"]
        for item in sheet["items"]
        if item["duty"] == "county_training" and item["subject"]["name"] == "钟秋香"
    }
    assert found == {"杨梅村": "missing", "塅垇村": "done"}


def test_a_county_s_own_number_holds_from_its_day_on(world, phone):
    make_setting(world.county, "duty.county_meeting", 2, valid_from=date(YEAR, 7, 1))
    for day in (date(YEAR, 3, 5), date(YEAR, 9, 5)):
        make_duty_event(DutyCode.COUNTY_MEETING, county=world.county, by=world.county_office, day=day)
    line = line_of(read(phone(world.county_office), area=world.county.id), "county_meeting")
    assert standings(line) == {f"{YEAR}H1": "done", f"{YEAR}H2": "due"}


# -- telling --------------------------------------------------------------------------------------


def test_the_same_key_answers_with_the_first_record_and_with_other_content_is_a_conflict(world, phone):
    office = phone(world.county_office)
    people = [str(world.secretary.id), str(world.member.id)]
    body = telling("county_training", date(YEAR, 7, 1), people=people)
    first, again = office.post("/duties/events", body), office.post("/duties/events", body)
    assert (first.status_code, again.status_code) == (201, 200)
    by_id = [sorted(answer.json["items"], key=lambda item: item["id"]) for answer in (first, again)]
    assert by_id[0] == by_id[1] and len(by_id[0]) == 2
    assert first.json["client_key"] == again.json["client_key"] == body["client_key"]
    other = office.post("/duties/events", {**body, "note": "另一次"})
    assert (other.status_code, other.json["error"]["code"]) == (409, "key_reused")
    fewer = office.post("/duties/events", {**body, "people": people[:1]})
    assert (fewer.status_code, fewer.json["error"]["code"]) == (409, "key_reused")
    assert db.session.scalar(select(func.count()).select_from(DutyEvent)) == 2


@pytest.mark.parametrize(
    ("duty", "about", "code"),
    [
        ("county_meeting", {}, "invalid"),
        ("unit_head_visit", {"unit": "unit"}, "invalid"),
        ("unit_head_report", {"unit": "unit", "area": "village"}, "invalid"),
        ("team_fund", {"unit": "unit", "area": "village"}, "invalid"),
        ("county_training", {"people": []}, "invalid"),
        ("county_meeting", {"area": "county", "amount_fen": 5}, "invalid"),
        ("unit_head_visit", {"unit": "unit", "area": "village_2"}, "area_not_found"),
    ],
)
def test_each_duty_asks_for_what_it_needs_and_nothing_else(world, phone, duty, about, code):
    named = {
        name: str(getattr(world, value).id) if isinstance(value, str) else value
        for name, value in about.items()
    }
    answer = phone(world.county_office).post("/duties/events", telling(duty, date(YEAR, 7, 1), **named))
    assert answer.json["error"]["code"] == code


def test_nobody_tells_of_a_day_to_come_or_of_somebody_who_did_not_serve_then(world, phone):
    office = phone(world.county_office)
    ahead = telling("county_meeting", today() + timedelta(days=1), area=str(world.county.id))
    assert office.post("/duties/events", ahead).json["error"]["code"] == "day_in_future"
    before = telling("county_training", LONG_AGO - timedelta(days=1), people=[str(world.member.id)])
    answer = office.post("/duties/events", before)
    assert answer.json["error"]["code"] == "day_outside_posting"
    assert "钟秋香" in answer.json["error"]["message"]
    long_ago = {"unit": str(world.unit.id), "area": str(world.village.id)}
    answer = office.post("/duties/events", telling("unit_head_visit", date(2019, 5, 5), **long_ago))
    assert answer.json["error"]["code"] == "unit_not_there"
    assert db.session.scalar(select(func.count()).select_from(DutyEvent)) == 0


def test_a_unit_records_no_meeting_of_the_county_and_no_training(world, phone):
    unit = phone(world.unit_clerk)
    for body in (
        telling("county_meeting", DAY, area=str(world.county.id)),
        telling("county_training", DAY, people=[str(world.secretary.id)]),
    ):
        answer = unit.post("/duties/events", body)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "county_records_it")


# -- telling anew ---------------------------------------------------------------------------------


def test_a_correction_takes_the_place_of_what_was_told_and_keeps_it(world, phone):
    unit = phone(world.unit_clerk)
    about = {"unit": str(world.unit.id), "area": str(world.village.id)}
    fund = telling("team_fund", date(YEAR, 5, 1), amount_fen=10_000_000, note="多写了一个零", **about)
    (event,) = unit.post("/duties/events", fund).json["items"]
    address = f"/duties/events/{event['id']}/corrections"
    correction = {"client_key": str(uuid4()), "reason": "金额有误", "amount_fen": 1_000_000}
    first, again = unit.post(address, correction), unit.post(address, correction)
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)
    assert (first.json["amount_fen"], first.json["day"]) == (1_000_000, f"{YEAR}-05-01")
    line = line_of(read(unit, unit=world.unit.id), "team_fund", "杨梅村工作队", str(world.village.id))
    assert line["periods"][0]["done"] == 1_000_000
    tellings = unit.get(f"/duties/events/{event['id']}").json["tellings"]
    assert [(told["amount_fen"], told["reason"]) for told in tellings] == [
        (10_000_000, None),
        (1_000_000, "金额有误"),
    ]


def test_what_is_withdrawn_counts_no_longer(world, phone):
    event = make_duty_event(
        DutyCode.COUNTY_MEETING, county=world.county, by=world.county_office, day=date(YEAR, 3, 5)
    )
    office = phone(world.county_office)
    body = {"client_key": str(uuid4()), "reason": "会议未开", "is_withdrawn": True}
    assert office.post(f"/duties/events/{event.id}/corrections", body).status_code == 201
    line = line_of(read(office, area=world.county.id), "county_meeting")
    assert standings(line)[f"{YEAR}H1"] == "missing"
    form = photo_form()
    late = office.post(f"/duties/events/{event.id}/photos", data=form)
    assert (late.status_code, late.json["error"]["code"]) == (409, "event_withdrawn")


def test_a_meeting_gets_no_amount_by_correction(world, phone):
    event = make_duty_event(DutyCode.COUNTY_MEETING, county=world.county, by=world.county_office)
    body = {"client_key": str(uuid4()), "reason": "补金额", "amount_fen": 5}
    answer = phone(world.county_office).post(f"/duties/events/{event.id}/corrections", body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "no_amount")


# -- photos ---------------------------------------------------------------------------------------


def test_a_photo_of_a_visit_is_seen_by_unit_and_county_and_taken_back_by_its_sender(world, phone):
    unit = phone(world.unit_clerk)
    body = telling("unit_head_visit", DAY, unit=str(world.unit.id), area=str(world.village.id))
    (event,) = unit.post("/duties/events", body).json["items"]
    sent = unit.post(f"/duties/events/{event['id']}/photos", data=photo_form())
    assert sent.status_code == 201, sent.json
    photo = db.session.scalars(select(Photo)).one()
    clean_photo(county_id=photo.county_id, photo_id=photo.id, now=now())
    address = f"/photos/{sent.json['id']}"
    assert unit.get(address).status_code == phone(world.county_office).get(address).status_code == 200
    assert phone(world.city_org).get(address).status_code == 200
    assert phone(world.county_office_b).get(address).status_code == 404
    assert phone(world.county_office).delete(address).status_code == 403
    shown = unit.get(f"/duties/events/{event['id']}").json["photos"]
    assert [each["id"] for each in shown] == [sent.json["id"]]
    assert unit.delete(address).status_code == 204
    assert unit.get(address).status_code == 404


# -- lists, workbook, paper -----------------------------------------------------------------------


def test_pages_hold_every_line_once(world, phone):
    office = phone(world.county_office)
    whole = read(office, area=world.county.id, limit=200)["items"]
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = read(office, area=world.county.id, limit=3, **more)
        seen += page["items"]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == whole and len(whole) > 9


def test_a_list_may_hold_what_is_missing_only(world, phone):
    office = phone(world.county_office)
    items = read(office, area=world.county.id, standing="missing", subject="county")["items"]
    assert {item["duty"] for item in items} == {"county_meeting", "county_dispatch"}


def test_villages_of_one_name_are_told_apart_by_their_townships(world, phone):
    other = make_area(world.village.name, "village", code="360799200209", within=world.township_2)
    make_posting(make_person("温冬生"), other, world.unit, first_day=date(YEAR, 1, 1))
    listed = read(phone(world.unit_clerk), unit=world.unit.id)["items"]
    visited = [each for each in listed if each["duty"] == "unit_head_visit"]
    assert {(each["village"]["name"], each["township"]["name"]) for each in visited} == {
        ("杨梅村", township.name) for township in (world.township, world.township_2, world.township_b)
    }
    event = make_duty_event(DutyCode.TEAM_FUND, village=other, unit=world.unit, by=world.unit_clerk)
    shown = phone(world.unit_clerk).get(f"/duties/events/{event.event_id}").json
    assert (shown["village"]["id"], shown["township"]["name"]) == (str(other.id), world.township_2.name)


def test_what_lies_in_no_village_lies_in_no_township(world, phone):
    make_duty_event(DutyCode.COUNTY_MEETING, county=world.county, by=world.county_office)
    meeting = line_of(read(phone(world.county_office), area=world.county.id), "county_meeting")
    assert (meeting["village"], meeting["township"]) == (None, None)


def test_a_county_with_more_people_takes_no_more_statements(world, phone, statements):
    office = phone(world.county_office)

    def count() -> int:
        statements.clear()
        read(office, area=world.county.id)
        return len(statements)

    few = count()
    for number in range(12):
        village = make_area(f"新{number}村", "village", code=f"3607991003{number:02}", within=world.township)
        make_posting(make_person(f"新{number}"), village, make_unit(f"新{number}局"))
        make_duty_event(DutyCode.TEAM_FUND, village=village, unit=world.unit, by=world.unit_clerk)
    assert count() == few


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_one_page_for_a_county_and_for_a_unit(world, phone, form):
    make_duty_event(
        DutyCode.COUNTY_MEETING,
        county=world.county,
        by=world.county_office,
        day=date(YEAR, 3, 5),
        note="=1+1",
    )
    for who, place in (
        (world.county_office, {"area": world.county.id}),
        (world.unit_clerk, {"unit": world.unit.id}),
    ):
        query = {"day": DAY.isoformat(), "format": form, **place}
        answer = phone(who).get("/duties", query_string=query)
        assert answer.status_code == 200
        if form == "pdf":
            assert empty_boxes(answer.data) == 0
            (text,) = pages(answer.data)
            assert "驻村帮扶履职情况表" in text and "市统计局" in text
            assert ("县级职责（第十四条）" in text) == ("area" in place)
        else:
            book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
            assert book.sheet_names == ["汇总", "明细"]
            rows = book.get_sheet_by_name("明细").to_python()
            assert any("市统计局" in row for row in rows)


def test_the_page_says_when_each_was_seen_to(world, phone):
    make_duty_event(
        DutyCode.COUNTY_DISPATCH, county=world.county, by=world.county_office, day=date(YEAR, 11, 3)
    )
    query = {"day": DAY.isoformat(), "format": "pdf", "area": world.county.id}
    printed = " ".join(lines(phone(world.county_office).get("/duties", query_string=query).data))
    assert "√ 11.3" in printed
