"""A roll-call is answered within minutes from where one stands, and otherwise waits for the inspector."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update

from checkin.models import Checkin
from identity.permissions import Role
from kernel.clock import today
from kernel.database import db, transaction
from leave.policy import LeaveState
from org.models import Level
from oversight.inspection_models import RollCall, RollCallEntry
from tests.factories import MIDDLE, Phone, make_leave, make_office, make_setting
from tests.oversight.steps import answer_roll, call_roll, ok, on_record, open_village, refused, told

FAR = MIDDLE.moved(north_m=9_000)


@pytest.fixture
def called(workday):
    """A roll-call of the first village, made just now."""
    inspection = open_village(workday)
    return {**call_roll(workday, inspection), "inspection": inspection}


def entry(world, called, name):
    shown = ok(Phone(world.inspector).get(f"/inspections/{called['inspection']['id']}"))
    return next(person for person in shown["roll_calls"][0]["people"] if person["person"]["name"] == name)


def minutes_pass(minutes):
    with transaction():
        db.session.execute(
            update(RollCall).values(
                called_at=RollCall.called_at - timedelta(minutes=minutes),
                due_at=RollCall.due_at - timedelta(minutes=minutes),
            )
        )


def test_all_who_must_be_there_are_called_and_told_how_long_they_have(workday, called, phone):
    assert [person["person"]["name"] for person in called["people"]] == ["曾福生", "钟秋香"]
    for person in (workday.secretary, workday.member):
        assert told(person) == [("roll_call", "督查点名，请15分钟内应答")]
        (mine,) = ok(phone(person).get("/oversight/mine"))["roll_calls"]
        assert mine["id"] == called["id"] and 850 < mine["seconds_left"] <= 900
    assert ok(phone(workday.member_of_village_2).get("/oversight/mine"))["roll_calls"] == []


def test_the_minutes_are_the_county_s(workday):
    make_setting(workday.county, "inspection.roll_call_minutes", 30)
    call_roll(workday, open_village(workday))
    assert told(workday.secretary) == [("roll_call", "督查点名，请30分钟内应答")]


def test_who_is_away_on_approved_leave_is_not_called(workday):
    make_leave(workday.postings["member"], county=workday.county, state=LeaveState.APPROVED, starts_in_days=0)
    people = call_roll(workday, open_village(workday))["people"]
    assert [person["person"]["name"] for person in people] == ["曾福生"]
    assert told(workday.member) == []


def test_an_inspector_who_is_posted_there_does_not_call_themselves(workday):
    make_office(
        workday.secretary, Role.INSPECTOR, area=workday.township, last_day=today(),
        mandate_level=Level.TOWNSHIP, document_no="甲一乡委〔2026〕9号",
    )  # fmt: skip
    opened = open_village(workday, by=workday.secretary)
    answer = Phone(workday.secretary).post(
        f"/inspections/{opened['id']}/roll-calls", {"client_key": str(uuid4())}
    )
    assert [person["person"]["name"] for person in ok(answer, 201)["people"]] == ["钟秋香"]


@pytest.mark.parametrize(
    ("place", "fix", "outcome"),
    [
        (MIDDLE, {}, "in_village"),
        (FAR, {}, "outside"),
        (MIDDLE, {"accuracy_m": 5_000}, "waits_for_inspector"),
        (MIDDLE, {"captured_at": "2026-01-05T08:00:00+08:00"}, "waits_for_inspector"),
        (None, {}, "waits_for_inspector"),
    ],
)
def test_an_answer_is_judged_like_a_check_in(workday, called, place, fix, outcome):
    sent = {"fix": {**place.fix(), **fix}} if place else {"note": "手机定位坏了，在村部"}
    answered = ok(answer_roll(workday.member, called, place, **sent), 201)
    assert (answered["outcome"], answered["late"]) == (outcome, False)
    assert entry(workday, called, "钟秋香")["outcome"] == outcome
    assert on_record(called["id"]) == ["roll_call.make", "roll_call.answer"]


def test_a_late_answer_is_kept_and_marked(workday, called):
    minutes_pass(16)
    answered = ok(answer_roll(workday.member, called), 201)
    assert (answered["late"], answered["outcome"]) == (True, "in_village")
    assert "迟答" in answered["message"]
    shown = entry(workday, called, "钟秋香")
    assert (shown["late"], shown["outcome"]) == (True, "in_village")


def test_after_a_day_nothing_is_taken_any_more(workday, called):
    minutes_pass(24 * 60 + 1)
    assert refused(answer_roll(workday.member, called)) == (409, "roll_call_over")


def test_the_same_key_is_the_same_answer_and_there_is_only_one(workday, called):
    key, fix = str(uuid4()), MIDDLE.fix()
    first = ok(answer_roll(workday.member, called, client_key=key, fix=fix), 201)
    assert ok(answer_roll(workday.member, called, client_key=key, fix=fix)) == first
    other = {**fix, "accuracy_m": 30}
    assert refused(answer_roll(workday.member, called, client_key=key, fix=other)) == (409, "key_reused")
    assert refused(answer_roll(workday.member, called, FAR)) == (409, "answered_already")


def test_nobody_answers_who_was_not_called(workday, called):
    for person in (workday.member_of_village_2, workday.secretary_b):
        assert refused(answer_roll(person, called)) == (404, "roll_call_not_found")


def test_no_position_is_taken_without_consent_and_words_are_taken_all_the_same(workday, called):
    me = Phone(workday.member, consents=False)
    body = {"client_key": str(uuid4()), "fix": MIDDLE.fix()}
    assert refused(me.post(f"/roll-calls/{called['id']}/answers", body)) == (403, "consent")
    body = {"client_key": str(uuid4()), "note": "在村部"}
    assert me.post(f"/roll-calls/{called['id']}/answers", body).status_code == 201


def test_the_position_is_judged_and_kept_nowhere(workday, called):
    ok(answer_roll(workday.member, called), 201)
    with transaction():
        rows = db.session.execute(text("SELECT e::text FROM roll_call_entries e")).scalars().all()
        rows += db.session.execute(text("SELECT a::text FROM audit_entries a")).scalars().all()
    assert not any("114.93" in row or "25.85" in row for row in rows)


def test_an_answer_is_no_check_in(workday, called):
    ok(answer_roll(workday.member, called), 201)
    assert db.session.scalar(select(func.count()).select_from(Checkin)) == 0


# -- the inspector's word -----------------------------------------------------------------------


def word(world, called, person, present=True, by=None):
    body = {"present": present, "note": "在村部见到本人"}
    return Phone(by or world.inspector).post(f"/roll-calls/{called['id']}/people/{person.id}/word", body)


def test_whoever_has_no_phone_is_seen_by_the_inspector(workday, called):
    assert ok(word(workday, called, workday.member))["present"] is True
    assert refused(word(workday, called, workday.member, present=False)) == (409, "word_given")


def test_an_answer_in_words_waits_for_the_inspector_s_word(workday, called):
    ok(answer_roll(workday.member, called, None, note="在村部"), 201)
    said = ok(word(workday, called, workday.member, present=False))
    assert (said["outcome"], said["present"]) == ("waits_for_inspector", False)


def test_an_answer_that_shows_it_needs_no_word(workday, called):
    ok(answer_roll(workday.member, called), 201)
    assert refused(word(workday, called, workday.member)) == (409, "answer_shows_it")


def test_another_inspector_has_no_word_in_it(workday, called):
    make_office(
        workday.helper, Role.INSPECTOR, area=workday.county, last_day=today(),
        mandate_level=Level.CITY, document_no="赣市组〔2026〕9号",
    )  # fmt: skip
    assert refused(word(workday, called, workday.member, by=workday.helper)) == (404, "roll_call_not_found")


def test_reading_an_inspection_takes_the_same_statements_however_many_are_called(workday, called, statements):
    def asked() -> int:
        me = Phone(workday.inspector)
        statements.clear()
        ok(me.get(f"/inspections/{called['inspection']['id']}"))
        return len(statements)

    few = asked()
    for _ in range(4):
        call_roll(workday, called["inspection"])
    assert asked() == few
    assert db.session.scalar(select(func.count()).select_from(RollCallEntry)) == 10
