"""The month that gets stamped: its life over HTTP, its versions, races, and who sees what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select

from attendance.models import Sheet, SheetVersion
from attendance.sheet import SheetContent, check_code
from checkin.models import Checkin
from checkin.policy import Outcome
from checkin.service import Attempt, Fix, check_in, forget_old_points
from geofence.datum import Datum
from identity.permissions import Role
from identity.scope import Caller, Holding
from identity.tickets import TimeTicket
from kernel.clock import now, today
from kernel.database import db
from kernel.periods import CHINA, Month
from org.models import Posting
from tests.factories import MIDDLE, Phone, World, add, make_person, make_posting
from tests.reports.steps import checkin, put


@pytest.fixture
def month(app) -> Month:
    """The month before the running one."""
    return Month.of(today()).previous


def enter(world: World, person: str, day: int, month: Month, day_class: str = "in_village") -> Any:
    answer = Phone(world.township_clerk).post(
        "/attendance/corrections",
        {
            "client_key": str(uuid4()),
            "person_id": str(world.people[person].id),
            "day": month.day_at(day - 1).isoformat(),
            "day_class": day_class,
            "reason": "经核实",
        },
    )
    assert answer.status_code == 201, answer.json
    return answer


def go(world: World, who: str, step: str, month: Month, body: Any = None) -> Any:
    return Phone(world.people[who]).post(f"/sheets/{world.village.id}/{month}/{step}", body)


def stamp(world: World, month: Month) -> dict[str, Any]:
    for who, step in (
        ("secretary", "submission"),
        ("village_secretary", "witness"),
        ("township_clerk", "check"),
        ("township_head", "stamp"),
    ):
        answer = go(world, who, step, month)
        assert answer.status_code in (200, 201), (step, answer.json)
    return answer.json


def test_a_month_goes_from_open_to_stamped(world, month):
    enter(world, "secretary", 3, month)
    before = Phone(world.secretary).get(f"/sheets/{world.village.id}/{month}").json
    assert (before["state"], before["version"]) == ("open", None)
    stamped = stamp(world, month)
    assert stamped["state"] == "stamped"
    assert stamped["version"]["number"] == 1
    assert {step: mark["by"] for step, mark in stamped["marks"].items()} == {
        "submitted": world.secretary.name,
        "witnessed": world.village_secretary.name,
        "checked": world.township_clerk.name,
        "stamped": world.township_head.name,
    }
    row = next(row for row in stamped["rows"] if row["person"]["name"] == world.secretary.name)
    assert (row["in_village_days"], row["paid_days"]) == (1, 1)


def test_what_comes_after_the_stamp_is_a_proposed_version_and_changes_none(world, month):
    stamp(world, month)
    first = db.session.scalars(select(SheetVersion)).one()
    document = dict(first.content)
    enter(world, "secretary", 5, month)
    view = Phone(world.township_clerk).get(f"/sheets/{world.village.id}/{month}").json
    (difference,) = view["proposed"]
    assert difference["day"] == month.day_at(4).isoformat()
    assert difference["after"] == ["in_village", "in_village"]
    asked = go(world, "township_clerk", "amendment", month, {"reason": "补登一天"})
    assert (asked.status_code, asked.json["state"]) == (200, "amended")
    second = go(world, "township_head", "stamp", month)
    assert (second.status_code, second.json["version"]["number"]) == (201, 2)
    assert second.json["version"]["reason"] == "补登一天"
    assert second.json["proposed"] == []
    again = Phone(world.township_clerk).get(f"/sheets/{world.village.id}/{month}/versions/1")
    assert again.json["version"]["check_code"] == first.check_code
    db.session.expire_all()
    kept = db.session.scalars(select(SheetVersion).where(SheetVersion.number == 1)).one()
    assert kept.content == document
    assert check_code(SheetContent.read(kept.content).sha256()) == kept.check_code


def test_a_check_in_that_comes_after_the_stamp_waits_and_changes_no_version(world, month):
    """F12: tapped in the last evening of the month, sent the next morning, stamped before that."""
    stamp(world, month)
    first = db.session.scalars(select(SheetVersion)).one()
    kept = dict(first.content), first.sha256
    Phone(world.secretary)
    tapped = datetime.combine(month.last_day, time(20), CHINA)
    late = check_in(
        caller=Caller(world.secretary.id, "", uuid4(), tapped + timedelta(hours=11), (Holding(Role.MEMBER),)),
        attempt=Attempt(
            uuid4(),
            Fix(MIDDLE.longitude_deg, MIDDLE.latitude_deg, Datum.WGS84, tapped, accuracy_m=20),
            TimeTicket(uuid4(), tapped - timedelta(hours=1)),
            {},
        ),
    )[0]
    assert (late.day, late.outcome) == (month.last_day, Outcome.WAITS_FOR_TOWNSHIP)
    clerk = Phone(world.township_clerk)
    (difference,) = clerk.get(f"/sheets/{world.village.id}/{month}").json["proposed"]
    assert (difference["day"], difference["after"]) == (month.last_day.isoformat(), ["pending", "pending"])
    db.session.expire_all()
    version = db.session.scalars(select(SheetVersion)).one()
    assert (version.content, version.sha256) == kept
    enter(world, "secretary", month.days_count, month)
    go(world, "township_clerk", "amendment", month, {"reason": "次日上传，经核实"})
    second = go(world, "township_head", "stamp", month).json
    row = next(row for row in second["rows"] if row["person"]["name"] == world.secretary.name)
    assert (second["version"]["number"], row["in_village_days"]) == (2, 1)


def test_when_points_are_forgotten_open_and_stamped_sheets_stay_as_they_are(world, month):
    """J3: a day once judged counts without its coordinates."""
    for day in (month.day_at(2), month.previous.day_at(4)):
        row = checkin(world.postings["secretary"], world.county, day)
        row.longitude_deg, row.latitude_deg, row.sent = MIDDLE.longitude_deg, MIDDLE.latitude_deg, {}
        put(row)
    stamp(world, month)
    clerk, places = Phone(world.township_clerk), (month, f"{month}/versions/1", month.previous)
    before = [clerk.get(f"/sheets/{world.village.id}/{place}").json for place in places]
    assert [line["in_village_days"] for sheet in before for line in sheet["rows"]].count(1) == 3
    assert forget_old_points(today=today() + timedelta(days=200)) == 2
    points = select(func.count(Checkin.longitude_deg), func.count(Checkin.latitude_deg))
    assert tuple(db.session.execute(points).one()) == (0, 0)
    db.session.rollback()
    assert [clerk.get(f"/sheets/{world.village.id}/{place}").json for place in places] == before
    version = db.session.scalars(select(SheetVersion)).one()
    assert SheetContent.read(version.content).sha256() == version.sha256


def test_nothing_is_amended_where_nothing_changed(world, month):
    stamp(world, month)
    answer = go(world, "township_clerk", "amendment", month, {"reason": "再看一遍"})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "nothing_changed")


@pytest.mark.parametrize(("who", "step"), [("township_clerk", "check"), ("township_head", "stamp")])
def test_no_step_is_left_out(world, month, who, step):
    answer = go(world, who, step, month)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "sheet_elsewhere")


def test_a_running_month_is_not_submitted(world):
    answer = go(world, "secretary", "submission", Month.of(today()))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "month_running")


def test_a_sheet_sent_back_says_why_and_is_submitted_anew(world, month):
    go(world, "secretary", "submission", month)
    back = go(world, "township_clerk", "return", month, {"reason": "3日的情况请说明"})
    assert (back.json["state"], back.json["reason"], back.json["marks"]) == ("open", "3日的情况请说明", {})
    assert go(world, "secretary", "submission", month).json["state"] == "submitted"


def test_the_check_code_says_whether_a_paper_matches_and_names_nobody(world, month, client):
    code = stamp(world, month)["version"]["check_code"]
    found = client.get(f"/api/v1/verify/{code.lower()}", headers={"Accept": "application/json"}).json
    assert (found["matches"], found["month"], found["version"]) == (True, str(month), 1)
    assert world.secretary.name not in str(found)
    enter(world, "member", 8, month)
    go(world, "township_clerk", "amendment", month, {"reason": "补登"})
    go(world, "township_head", "stamp", month)
    page = client.get(f"/api/v1/verify/{code}", headers={"Accept": "text/html"})
    assert page.mimetype == "text/html"
    assert "更正的新版" in page.text
    unknown = client.get("/api/v1/verify/0123456789AB", headers={"Accept": "application/json"}).json
    assert unknown["matches"] is False


def test_a_unit_sees_the_lines_of_its_own_people(world, month):
    stamp(world, month)
    for path in ("", "/versions/1"):
        seen = Phone(world.unit_clerk).get(f"/sheets/{world.village.id}/{month}{path}").json
        assert [row["person"]["name"] for row in seen["rows"]] == [world.secretary.name]
        assert seen["proposed"] == []


def test_of_two_stamps_at_once_one_makes_the_version(app, world, month):
    for who, step in (("secretary", "submission"), ("township_clerk", "check")):
        go(world, who, step, month)
    phones = [Phone(world.township_head) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda phone: phone.post(f"/sheets/{world.village.id}/{month}/stamp").status_code, phones
            )
        )
    assert sorted(answers) == [201, 409, 409, 409]
    assert db.session.execute(select(func.count()).select_from(SheetVersion)).scalar_one() == 1


def test_every_day_recorded_while_the_stamp_falls_is_in_the_version_or_proposed(app, world, month):
    """F13: nothing is lost between the facts that were there and those that came too late."""
    for who, step in (("secretary", "submission"), ("township_clerk", "check")):
        go(world, who, step, month)
    days = range(1, 21)
    with ThreadPoolExecutor(6) as pool:
        entered = [pool.submit(_enter_in_thread, app, world, day, month) for day in days]
        stamped = pool.submit(_in_app, app, lambda: go(world, "township_head", "stamp", month))
        assert all(future.result() == 201 for future in entered)
        assert stamped.result().status_code == 201
    view = Phone(world.township_clerk).get(f"/sheets/{world.village.id}/{month}").json
    row = next(row for row in view["rows"] if row["person"]["name"] == world.member.name)
    frozen = {day for day, halves in row["days"].items() if halves[0] == "in_village"}
    proposed = {each["day"] for each in view["proposed"]}
    assert frozen | proposed == {month.day_at(day - 1).isoformat() for day in days}
    assert not frozen & proposed


@pytest.fixture
def posts(world) -> list[Posting]:
    """Five people of the village, whose check-ins of twenty days are a hundred."""
    for number in range(3):
        make_posting(make_person(f"邱{number}"), world.village, world.unit)
    return list(db.session.scalars(select(Posting).where(Posting.village_id == world.village.id)))


def test_a_hundred_check_ins_against_a_stamp_lose_none_and_count_none_twice(app, world, month, posts):
    """F13: what the sheet counts was received by its closing time; the rest is proposed."""
    _stamp_while_a_hundred_arrive(app, world, month, posts, before=50)


@pytest.mark.slow
def test_of_two_hundred_stamps_none_loses_a_check_in_or_counts_one_twice(app, world, month, posts):
    """F13: the stamp falls sooner or later among the hundred, two hundred times."""
    counted = []
    for number in range(200):
        counted.append(_stamp_while_a_hundred_arrive(app, world, month, posts, before=number % 100))
        for facts in (SheetVersion, Sheet, Checkin):
            db.session.execute(delete(facts))
        db.session.commit()
    assert len(set(counted)) > 20, "the stamp fell among the check-ins, not always before or after them"


def _stamp_while_a_hundred_arrive(app, world, month, posts, *, before: int) -> int:
    """Let the month be stamped when so many check-ins are on their way; return how many the sheet counts."""
    days = [(post, month.day_at(day)) for day in range(20) for post in posts]
    assert len(days) == 100
    for who, step in (("secretary", "submission"), ("township_clerk", "check")):
        assert go(world, who, step, month).status_code in (200, 201)
    db.session.expunge_all()
    with ThreadPoolExecutor(12) as pool:
        writers = [pool.submit(_arrive_late, app, post, world.county, day) for post, day in days[:before]]
        stamped = pool.submit(_in_app, app, lambda: go(world, "township_head", "stamp", month))
        writers += [pool.submit(_arrive_late, app, post, world.county, day) for post, day in days[before:]]
        received_at = dict(writer.result() for writer in writers)
        assert stamped.result().status_code == 201
    view = Phone(world.township_clerk).get(f"/sheets/{world.village.id}/{month}").json
    frozen = {
        (row["person"]["id"], day)
        for row in view["rows"]
        for day, halves in row["days"].items()
        if halves[0] == "in_village"
    }
    proposed = {(each["person"]["id"], each["day"]) for each in view["proposed"]}
    assert frozen | proposed == set(received_at) and not frozen & proposed
    closed_at = db.session.scalars(select(SheetVersion)).one().closed_at
    assert all(received_at[each] <= closed_at for each in frozen)
    return len(frozen)


def _arrive_late(app, post, county, day):
    """Let a check-in of a day long over arrive now; return whose day it is, and when it was received."""

    def arrive():
        row = checkin(post, county, day)
        row.received_at = now()
        put(row)
        return (str(row.person_id), day.isoformat()), row.received_at

    return _in_app(app, arrive)


def _in_app(app, call):
    with app.app_context():
        try:
            return call()
        finally:
            db.session.remove()


def _enter_in_thread(app, world, day, month):
    return _in_app(app, lambda: enter(world, "member", day, month).status_code)


def test_the_board_shows_each_village_in_a_fixed_number_of_statements(world, month, statements):
    stamp(world, month)
    enter(world, "secretary", 9, month)
    clerk = Phone(world.township_clerk)
    statements.clear()
    board = clerk.get("/sheets", query_string={"month": str(month), "area": str(world.township.id)})
    lines = {line["village"]["name"]: line for line in board.json["items"]}
    assert (lines["杨梅村"]["state"], lines["杨梅村"]["proposed_changes"]) == ("stamped", 1)
    assert lines["塅垇村"]["state"] == "open"
    assert len(statements) <= 9
    county = Phone(world.county_office)
    statements.clear()
    county.get("/sheets", query_string={"month": str(month), "area": str(world.county.id)})
    assert len(statements) <= 9


@pytest.mark.parametrize("month_text", ["2026-13", "202611", "x"])
def test_a_month_that_is_none_is_not_found(world, month_text):
    answer = Phone(world.secretary).get(f"/sheets/{world.village.id}/{month_text}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "month_unknown")


def test_who_moves_within_the_month_stands_on_both_sheets_and_the_day_of_the_move_on_the_new_one(
    world, month
):
    posting, moves_on = world.postings["member"], month.day_at(9)
    posting.last_day = moves_on
    add(posting)
    make_posting(world.member, world.village_2, world.unit_2, first_day=moves_on)
    for day in (10, 11, 12):
        enter(world, "member", day, month)
    clerk, days = Phone(world.township_clerk), {}
    for village in (world.village, world.village_2):
        rows = clerk.get(f"/sheets/{village.id}/{month}").json["rows"]
        (own,) = [row for row in rows if row["person"]["name"] == world.member.name]
        days[village.name] = own
    old, new = days["杨梅村"], days["塅垇村"]
    assert max(old["days"]) == month.day_at(8).isoformat()
    assert min(new["days"]) == moves_on.isoformat()
    assert len(old["days"]) + len(new["days"]) == month.days_count
    assert (old["paid_days"], new["paid_days"]) == (0, 3)


def test_another_township_finds_no_sheet(world, month):
    stamp(world, month)
    for path in ("", "/versions/1"):
        answer = Phone(world.township_clerk_2).get(f"/sheets/{world.village.id}/{month}{path}")
        assert answer.status_code == 404
