"""The whole life of a leave over HTTP: asked for, decided, taken, come back from (Article 17)."""

from datetime import timedelta

import pytest

from identity.consent import LOCATION_NOTICE
from kernel.clock import today
from kernel.workdays import is_rest_day
from tests.contract.calls import API, binding_ticket
from tests.factories import MIDDLE
from tests.leave.steps import (
    approve,
    ask,
    candidate,
    consent,
    decide,
    extend,
    iso,
    on_record,
    preview,
    read,
    refused,
    take,
    told,
)
from tests.paper import words

HEAD, OFFICE, GROUP = "township_head", "county_office", "county_group"
DECIDES = {HEAD: "township", OFFICE: "county_office", GROUP: "county_group"}


@pytest.mark.parametrize(
    ("length", "offices", "clause"),
    [(2, [HEAD], "3天（含）以内"), (5, [HEAD, OFFICE], "4—7天（含）"), (9, [HEAD, GROUP], "8天（含）以上")],
)
def test_a_leave_passes_its_offices_and_ends_in_the_village(world, phone, length, offices, clause):
    me, steps = phone(world.secretary), [DECIDES[office] for office in offices]

    seen_before = preview(world.secretary, 0, length)
    assert (seen_before["tier"], seen_before["steps"]) == (steps[-1], steps)
    assert clause in seen_before["clause"]
    assert seen_before["counted_days"] == seen_before["chain_days"] == length
    assert not seen_before["needs_stand_in"]

    asked = ask(world.secretary, 0, length)
    assert (asked["state"], asked["tier"], asked["waits_for"]) == ("submitted", steps[-1], steps[0])
    assert me.get("/today").json["day_class"] == "pending"

    for office in offices:
        assert ("office_waits", "有请假待审批") in told(world.people[office])
        (waiting,) = phone(world.people[office]).get("/approvals").json["items"]
        assert (waiting["id"], waiting["may_decide"]) == (asked["id"], True)
        assert decide(world.people[office], asked).status_code == 200
        assert phone(world.people[office]).get("/approvals").json["items"] == []

    away = read(world.secretary, asked)
    assert (away["state"], away["state_text"], away["waits_for"]) == ("approved", "离村中", None)
    assert [(said["office"], said["is_opinion"]) for said in away["decisions"]] == [
        (step, step != steps[-1]) for step in steps
    ]
    assert told(world.secretary) == [("leave_decided", "请假已批准")]
    today = me.get("/today").json
    assert (today["day_class"], today["leave"]["id"]) == ("trip", asked["id"])
    assert not today["leave"]["proposes_return"]

    assert me.check_in(MIDDLE).json["counted"]
    assert me.get("/today").json["leave"]["proposes_return"]
    back = take(world.secretary, asked, "return", day=iso(0), half="afternoon")
    assert back.status_code == 200
    assert (back.json["state"], back.json["returned_on"]) == ("returned", iso(0))
    assert (back.json["last_day"], back.json["last_half"]) == (iso(0), "morning")
    assert back.json["asked_last_day"] == iso(length - 1)
    assert me.get("/today").json["leave"] is None
    assert on_record(asked["id"]) == ["leave.request", *["leave.decide"] * len(offices), "leave.return"]


def test_a_twenty_day_leave_waits_until_somebody_takes_the_post(world, phone, client):
    assert preview(world.secretary, 0, 20)["needs_stand_in"]
    asked = ask(world.secretary, 0, 20)
    assert ("stand_in_needed", "请安排接替人员") in told(world.unit_clerk)
    approve(asked, world.township_head)
    assert refused(decide(world.county_group, asked)) == (409, "stand_in_needed")

    named = take(world.unit_clerk, asked, "stand-in", **candidate())
    assert (named.status_code, named.json["warnings"]) == (201, [])
    assert refused(client.post(f"{API}/bindings", json=_proof("demo-too-early"))) == (403, "posting_ended")

    away = approve(asked, world.county_group)
    assert (away["state"], away["stand_in"]["person"]["name"]) == ("approved", "邱接替")

    signed_in = client.post(f"{API}/bindings", json=_proof("demo-stand-in"))
    assert signed_in.status_code == 200, signed_in.json
    token = {"Authorization": f"Bearer {signed_in.json['token']}"}
    client.post(
        f"{API}/consents", json={"purpose": "location", "version": LOCATION_NOTICE.version}, headers=token
    )
    tap = client.post(
        f"{API}/checkins", json={"client_key": asked["client_key"], "fix": MIDDLE.fix()}, headers=token
    )
    assert (tap.status_code, tap.json["counted"]) == (201, True)
    (posting,) = client.get(f"{API}/me", headers=token).json["postings"]
    assert (posting["role"], posting["first_day"], posting["last_day"]) == (
        "first_secretary",
        iso(0),
        iso(19),
    )

    take(world.secretary, asked, "return", day=iso(0), half="afternoon")
    (posting,) = client.get(f"{API}/me", headers=token).json["postings"]
    assert posting["last_day"] == iso(0)
    slip = phone(world.secretary).get(f"/leaves/{asked['id']}/slip")
    assert "接替人员：邱接替" in words(slip.data)


def _proof(code):
    return {"ticket": binding_ticket(code), "phone_code": "phone-13700000088"}


def _workdays_after(day, number):
    while number:
        day += timedelta(days=1)
        number -= not is_rest_day(day)
    return day


def test_a_leave_agreed_by_phone_gets_its_papers_and_bears_the_mark_for_ever(world, phone):
    asked = ask(world.secretary, -1, 3, consent=consent(hours_ago=30))
    assert (asked["state"], asked["retro"], asked["waits_for"]) == ("oral", True, None)
    assert asked["consent"]["by"] == "李书记" and asked["papers_due_on"] > iso(1)
    assert phone(world.township_head).get("/approvals").json["items"] == []
    assert refused(decide(world.township_head, asked)) == (409, "papers_missing")

    back = take(world.secretary, asked, "return", day=iso(0), half="afternoon").json
    assert (back["state"], back["last_day"], back["last_half"]) == ("oral", iso(0), "morning")
    assert back["papers_due_on"] == _workdays_after(today(), 3).isoformat()
    filed = take(world.secretary, asked, "paperwork", reason="母亲住院", destination="市人民医院").json
    assert (filed["state"], filed["waits_for"], filed["reason"]) == ("submitted", "township", "母亲住院")
    assert (filed["counted_days"], filed["papers_due_on"]) == (1.5, None)

    done = approve(asked, world.township_head)
    assert (done["state"], done["retro"]) == ("returned", True)
    slip = phone(world.secretary).get(f"/leaves/{asked['id']}/slip")
    assert "口头请假（补办）准假人：李书记" in words(slip.data)
    assert on_record(asked["id"]) == ["leave.request", "leave.return", "leave.file_papers", "leave.decide"]


def test_what_an_office_does_not_agree_to_ends_there_with_its_reason(world, phone):
    asked = ask(world.secretary, 0, 2)
    assert refused(decide(world.township_head, asked, "rejected", "  ")) == (422, "opinion_needed")
    rejected = decide(world.township_head, asked, "rejected", "近期有督查").json
    assert (rejected["state"], rejected["decisions"][0]["opinion"]) == ("rejected", "近期有督查")
    assert told(world.secretary) == [("leave_decided", "请假未获批准")]
    assert phone(world.secretary).get("/today").json["day_class"] not in ("trip", "pending")
    assert ask(world.secretary, 0, 2)["state"] == "submitted"


def test_an_opinion_against_is_heard_but_stops_nothing(world):
    asked = ask(world.secretary, 1, 5)
    heard = decide(world.township_head, asked, "rejected", "村里正忙").json
    assert (heard["state"], heard["waits_for"]) == ("submitted", "county_office")
    assert heard["state_text"] == "已签意见，待审批"
    assert approve(asked, world.county_office)["state"] == "approved"


def test_a_request_taken_back_before_the_decision_frees_its_days(world):
    asked = ask(world.secretary, 1, 5)
    approve(asked, world.township_head)
    withdrawn = take(world.secretary, asked, "withdrawal")
    assert (withdrawn.status_code, withdrawn.json["state"]) == (200, "withdrawn")
    assert refused(take(world.secretary, asked, "withdrawal")) == (409, "leave_decided")
    assert refused(decide(world.county_office, asked)) == (409, "leave_decided")
    assert ask(world.secretary, 1, 5)["state"] == "submitted"


@pytest.mark.parametrize("step", ["withdrawal", "paperwork"])
def test_a_decided_leave_is_changed_only_by_a_new_request(world, step):
    asked = ask(world.secretary, 1, 2)
    approve(asked, world.township_head)
    body = {"reason": "改期", "destination": "赣州市"} if step == "paperwork" else {}
    assert take(world.secretary, asked, step, **body).status_code == 409
    assert refused(decide(world.township_head, asked, "rejected", "改主意了")) == (409, "leave_decided")
    assert read(world.secretary, asked)["state"] == "approved"


def test_nobody_takes_a_step_of_another_persons_leave(world):
    asked = ask(world.member, 1, 2)
    for step, body in (
        ("withdrawal", {}),
        ("paperwork", {"reason": "代办", "destination": "县城"}),
        ("extension", {"client_key": asked["id"], "last_day": iso(9), "reason": "代办"}),
    ):
        assert take(world.secretary, asked, step, **body).status_code == 404
    approve(asked, world.township_head)
    assert refused(take(world.secretary, asked, "return")) == (403, "not_your_leave")


def test_more_days_are_one_absence_with_what_they_extend(world):
    first = ask(world.secretary, 0, 3)
    approve(first, world.township_head)
    longer = extend(world.secretary, first, 4)
    assert longer.status_code == 201, longer.json
    assert (longer.json["first_day"], longer.json["last_day"]) == (iso(3), iso(4))
    assert (longer.json["counted_days"], longer.json["chain_days"]) == (2, 5)
    assert (longer.json["tier"], longer.json["extends_id"]) == ("county_office", first["id"])
    assert read(world.secretary, first)["state"] == "approved"
    assert refused(extend(world.secretary, first, 5)) == (409, "already_extended")

    approve(longer.json, world.township_head, world.county_office)
    assert read(world.secretary, first)["state"] == "extended"
    assert on_record(first["id"])[-1] == "leave.close_extended"
    assert refused(take(world.secretary, first, "return")) == (409, "leave_not_running")

    again = extend(world.secretary, longer.json, 8).json
    assert (again["chain_days"], again["tier"]) == (9, "county_group")
