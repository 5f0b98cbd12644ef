"""The month as township, county, unit and the person read it; entries of the township; the home screen."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from identity.consent import LOCATION_NOTICE
from kernel.periods import CHINA, Month
from org.models import PostingRole
from tests.factories import MIDDLE, Phone, make_person, make_posting, make_setting

TODAY = datetime.now(CHINA).date()
THIS_MONTH = Month.of(TODAY)
LAST_MONTH = THIS_MONTH.previous


def month_of(phone, world, month=THIS_MONTH, **place):
    place = place or {"township": world.township.id}
    query = "&".join(f"{level}={id_}" for level, id_ in place.items())
    return phone.get(f"/attendance/{month}?{query}")


def row_of(answer, person):
    (row,) = [item for item in answer.json["items"] if item["person"]["id"] == str(person.id)]
    return row


def enter(phone, person, day, day_class="in_village", *, half="whole", reason="手机故障，村里证明", key=None):
    body = {
        "client_key": str(key or uuid4()),
        "person_id": str(person.id),
        "day": day.isoformat(),
        "day_class": day_class,
        "half": half,
        "reason": reason,
    }
    return phone.post("/attendance/corrections", body)


def test_the_township_reads_who_was_in_the_village(world):
    Phone(world.secretary).check_in(MIDDLE)
    row = row_of(month_of(Phone(world.township_clerk), world), world.secretary)
    assert row["days"][TODAY.isoformat()] == "in_village"
    assert (row["in_village_days"], row["assessed_days"], row["paid_days"]) == (1, 1, 1)
    assert len(row["days"]) == THIS_MONTH.days_count
    assert row["village"]["name"] == "杨梅村"
    assert row["unit"]["name"] == "市统计局"


def test_each_person_has_exactly_one_class_for_each_posted_day(world):
    person = make_person("黄半月")
    make_posting(person, world.village, world.unit, first_day=LAST_MONTH.first_day + timedelta(days=9))
    days = row_of(month_of(Phone(world.township_clerk), world, LAST_MONTH), person)["days"]
    expected = [day.isoformat() for day in LAST_MONTH.days()[9:]]
    assert list(days) == expected


def test_a_waiting_check_in_is_pending_until_the_township_settles_it(world):
    me, clerk = Phone(world.secretary), Phone(world.township_clerk)
    me.check_in(MIDDLE, accuracy_m=5_000)
    row = row_of(month_of(clerk, world), world.secretary)
    assert row["days"][TODAY.isoformat()] == "pending"
    assert row["waiting"] == row["doubtful"] == [TODAY.isoformat()]
    assert enter(clerk, world.secretary, TODAY).status_code == 201
    row = row_of(month_of(clerk, world), world.secretary)
    assert row["days"][TODAY.isoformat()] == "in_village"
    assert (row["registered"], row["waiting"]) == ([TODAY.isoformat()], [])


def test_a_day_counted_after_all_no_longer_waits(world):
    me = Phone(world.secretary)
    me.check_in(MIDDLE, accuracy_m=5_000)
    me.check_in(MIDDLE)
    row = row_of(month_of(Phone(world.township_clerk), world), world.secretary)
    assert (row["days"][TODAY.isoformat()], row["waiting"]) == ("in_village", [])


def test_the_home_screen_no_longer_waits_once_the_township_has_settled_the_day(world):
    me = Phone(world.secretary)
    me.check_in(MIDDLE, accuracy_m=5_000)
    enter(Phone(world.township_clerk), world.secretary, TODAY, "trip")
    today = me.get("/today").json
    assert (today["state"], today["day_class"]) == ("not_yet", "trip")


def test_an_entry_takes_the_place_of_a_check_in_and_a_later_entry_of_an_earlier_one(world):
    Phone(world.secretary).check_in(MIDDLE)
    clerk = Phone(world.township_clerk)
    for day_class in ("unexcused", "trip"):
        enter(clerk, world.secretary, TODAY, day_class)
        row = row_of(month_of(clerk, world), world.secretary)
        assert row["days"][TODAY.isoformat()] == day_class
    assert (row["assessed_days"], row["paid_days"]) == (1, 0)


def test_half_a_day_is_entered_and_shown_as_half(world):
    clerk, day = Phone(world.township_clerk), LAST_MONTH.first_day
    enter(clerk, world.secretary, day, "meeting", half="morning")
    enter(clerk, world.secretary, day, "personal", half="afternoon")
    row = row_of(month_of(clerk, world, LAST_MONTH), world.secretary)
    assert row["days"][day.isoformat()] == "meeting"
    assert row["afternoons"] == {day.isoformat(): "personal"}
    assert row["assessed_days"] == 0.5


def test_the_same_entry_again_is_one_entry(world):
    clerk, key = Phone(world.township_clerk), uuid4()
    first = enter(clerk, world.secretary, TODAY, key=key)
    again = enter(clerk, world.secretary, TODAY, key=key)
    other = enter(clerk, world.secretary, TODAY, "trip", key=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json == again.json


@pytest.mark.parametrize(
    ("day", "day_class", "status", "code"),
    [
        (TODAY + timedelta(days=1), "trip", 422, "day_in_future"),
        (date(2021, 4, 30), "trip", 422, "day_outside_posting"),
        (date(1999, 1, 1), "trip", 422, "invalid"),
        (TODAY, "open", 422, "invalid"),
        (TODAY, "unexplained", 422, "invalid"),
        (TODAY, "present", 422, "invalid"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(world, day, day_class, status, code):
    answer = enter(Phone(world.township_clerk), world.secretary, day, day_class)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


@pytest.mark.parametrize("reason", ["", "   ", "\u0000", "x" * 501])
def test_an_entry_needs_a_reason(world, reason):
    assert enter(Phone(world.township_clerk), world.secretary, TODAY, reason=reason).status_code == 422


def test_nobody_corrects_his_own_record(world):
    make_posting(world.township_clerk, world.village, world.unit, role=PostingRole.MEMBER)
    answer = enter(Phone(world.township_clerk), world.township_clerk, TODAY)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "own_record")


@pytest.mark.parametrize("who", ["township_clerk_2", "township_clerk_b"])
def test_another_township_finds_nobody_to_correct(world, who):
    assert enter(Phone(getattr(world, who)), world.secretary, TODAY).status_code == 404


@pytest.mark.parametrize(
    "who", ["secretary", "village_secretary", "county_office", "city_org", "unit_clerk", "helper"]
)
def test_only_the_township_makes_entries(world, who):
    assert enter(Phone(getattr(world, who)), world.member, TODAY).status_code == 403


def names(answer):
    return sorted(item["person"]["name"] for item in answer.json["items"])


def test_each_office_sees_its_own_area(world):
    assert names(month_of(Phone(world.township_clerk), world)) == ["曾福生", "赖水根", "钟秋香"]
    assert names(month_of(Phone(world.county_office), world, county=world.county.id)) == [
        "曾福生", "谢春莲", "赖水根", "钟秋香",
    ]  # fmt: skip
    assert names(month_of(Phone(world.village_secretary), world, village=world.village.id)) == [
        "曾福生",
        "钟秋香",
    ]
    assert names(month_of(Phone(world.secretary), world, village=world.village.id)) == ["曾福生", "钟秋香"]
    assert names(month_of(Phone(world.member), world, village=world.village.id)) == ["钟秋香"]
    assert names(month_of(Phone(world.city_org), world, county=world.county_b.id)) == ["刘冬明"]


def test_a_unit_sees_its_own_people_only(world):
    clerk = Phone(world.unit_clerk)
    assert names(month_of(clerk, world, unit=world.unit.id)) == ["刘冬明", "曾福生", "谢春莲"]
    assert names(month_of(clerk, world, village=world.village.id)) == ["曾福生"]
    assert month_of(clerk, world, unit=world.unit_2.id).status_code == 404


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("township_clerk", "township_2"),
        ("township_clerk", "township_b"),
        ("township_clerk", "county"),
        ("county_office", "township_b"),
        ("county_office_b", "township"),
        ("member", "village_2"),
        ("village_secretary", "village_2"),
        ("unit_clerk", "village_2"),
    ],
)
def test_what_lies_outside_is_not_there(world, who, place):
    phone, level = Phone(getattr(world, who)), getattr(world, place).level
    real = month_of(phone, world, **{level: getattr(world, place).id})
    invented = month_of(phone, world, **{level: uuid4()})
    assert real.status_code == invented.status_code == 404
    assert real.json == invented.json


def test_after_a_transfer_the_old_township_keeps_what_was_and_sees_nothing_new(world):
    person = make_person("黄调动")
    moved = LAST_MONTH.first_day + timedelta(days=10)
    make_posting(person, world.village, world.unit, last_day=moved)
    make_posting(person, world.village_of_township_2, world.unit, first_day=moved)
    old = row_of(month_of(Phone(world.township_clerk), world, LAST_MONTH), person)
    new = row_of(
        month_of(Phone(world.township_clerk_2), world, LAST_MONTH, township=world.township_2.id), person
    )
    assert list(old["days"])[-1] == (moved - timedelta(days=1)).isoformat()
    assert next(iter(new["days"])) == moved.isoformat()
    assert len(old["days"]) + len(new["days"]) == LAST_MONTH.days_count
    assert person.name not in names(month_of(Phone(world.township_clerk), world))


def test_a_posting_without_a_day_of_its_own_in_the_month_has_no_row(world):
    person = make_person("黄月初")
    make_posting(person, world.village, world.unit, last_day=LAST_MONTH.first_day)
    make_posting(person, world.village_of_township_2, world.unit, first_day=LAST_MONTH.first_day)
    assert person.name not in names(month_of(Phone(world.township_clerk), world, LAST_MONTH))


@pytest.mark.parametrize("month", ["2026-13", "11-2026", "2026", "1999-01", "2101-01"])
def test_a_month_that_is_none_is_said_to_be_so(world, month):
    answer = Phone(world.township_clerk).get(f"/attendance/{month}?township={world.township.id}")
    assert answer.status_code == 404


@pytest.mark.parametrize("query", ["", "?village={v}&township={t}", "?village=x", "?shire={v}"])
def test_the_place_is_named_once(world, query):
    query = query.format(v=world.village.id, t=world.township.id)
    assert Phone(world.township_clerk).get(f"/attendance/2026-11{query}").status_code == 422


def test_a_year_whose_holidays_are_not_announced_says_so(world):
    answer = month_of(Phone(world.township_clerk), world, Month(2035, 1))
    assert answer.json["unannounced_years"] == [2035]


def test_the_number_of_statements_does_not_grow_with_the_people(world, statements):
    clerk = Phone(world.township_clerk)
    statements.clear()
    month_of(clerk, world)
    few = len(statements)
    for number in range(12):
        make_posting(make_person(f"黄{number}"), world.village_2, world.unit)
    statements.clear()
    month_of(clerk, world)
    assert len(statements) == few <= 8


def test_the_home_screen_says_where_today_stands(world):
    me = Phone(world.secretary)
    before = me.get("/today").json
    assert (before["state"], before["mode"], before["consented"]) == ("not_yet", "geofence", True)
    me.check_in(MIDDLE, accuracy_m=9_999)
    assert me.get("/today").json["state"] == "waiting"
    me.check_in(MIDDLE)
    after = me.get("/today").json
    assert (after["state"], after["day_class"]) == ("counted", "in_village")
    assert after["month"]["in_village_days"] == 1
    assert len(after["checkins"]) == 2


def test_the_home_screen_takes_five_statements(world, statements):
    me = Phone(world.secretary)
    statements.clear()
    me.get("/today")
    assert len(statements) <= 5, statements


def test_an_office_without_a_posting_has_a_home_screen_too(world):
    assert Phone(world.township_clerk).get("/today").json["state"] == "no_posting"


def test_the_home_screen_names_the_countys_mode_and_a_missing_consent(world):
    make_setting(world.county, "attendance.mode", "self_declare")
    me = Phone(world.secretary, consents=False)
    today = me.get("/today").json
    assert (today["mode"], today["consented"]) == ("self_declare", False)
    me.post("/consents", {"purpose": "location", "version": LOCATION_NOTICE.version})
    assert me.get("/today").json["consented"]


def test_the_average_runs_over_the_complete_months_of_the_year(world):
    if TODAY.month == 1:
        pytest.skip("in January no month of the year is over yet")
    clerk = Phone(world.township_clerk)
    person = make_person("黄均")
    make_posting(person, world.village, world.unit, first_day=LAST_MONTH.first_day)
    for day in LAST_MONTH.days()[:20]:
        enter(clerk, person, day)
    row = row_of(month_of(clerk, world), person)
    assert row["average"] == {"days": 20.0, "required_days": 20, "compliant": True}
    assert row_of(month_of(clerk, world, LAST_MONTH), person)["month_met"]


def test_a_county_asks_for_its_own_number_of_days(world):
    make_setting(world.county, "residency.required_per_month", 22)
    row = row_of(month_of(Phone(world.township_clerk), world, LAST_MONTH), world.secretary)
    assert row["required_days"] == 22
