"""What may be asked for, once and only once, and which office the whole absence leads to (Article 17)."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from identity.models import Office
from identity.permissions import Role
from kernel.database import db, transaction
from leave.models import Leave
from leave.policy import LeaveState
from org.models import Posting, PostingRole
from tests.factories import MIDDLE, Phone, make_leave, make_office, make_person, make_posting, make_setting
from tests.leave.steps import (
    approve,
    ask,
    consent,
    day,
    days,
    decide,
    draft,
    extend,
    iso,
    preview,
    read,
    refused,
    request,
    seen_in_village,
    take,
)


def rows() -> int:
    with transaction():
        return db.session.scalar(select(func.count()).select_from(Leave))


def end_posting(posting, last_day):
    with transaction():
        db.session.execute(update(Posting).where(Posting.id == posting.id).values(last_day=last_day))


# -- once, and only once ------------------------------------------------------------------------


def test_the_same_request_again_is_one_leave_and_one_answer(world):
    body = days(1, 2)
    first, again = request(world.secretary, body), request(world.secretary, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert rows() == 1


@pytest.mark.parametrize(
    "change",
    [{"kind": "meeting"}, {"reason": "别的事"}, {"last_half": "morning"}, {"destination": "南昌"}],
)
def test_the_same_key_with_other_content_is_refused(world, change):
    body = days(1, 2)
    request(world.secretary, body)
    assert refused(request(world.secretary, {**body, **change})) == (409, "key_reused")
    assert rows() == 1


def test_the_key_of_another_person_is_refused(world):
    body = days(1, 2)
    request(world.secretary, body)
    assert refused(request(world.member, body)) == (409, "key_reused")


def test_a_request_sent_again_is_not_judged_again(world):
    body = days(0, 2, last_half="morning")
    first = request(world.secretary, body)
    make_setting(world.county, "leave.half_days", False)
    end_posting(world.postings["secretary"], day(0))
    again = request(world.secretary, body)
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])


def test_an_extension_sent_again_is_the_same_extension_even_once_it_is_approved(world):
    first = ask(world.secretary, 0, 2)
    approve(first, world.township_head)
    key = str(uuid4())
    longer = extend(world.secretary, first, 4, client_key=key)
    approve(longer.json, world.township_head, world.county_office)
    again = extend(world.secretary, first, 4, client_key=key)
    assert (again.status_code, again.json["id"]) == (200, longer.json["id"])
    assert refused(extend(world.secretary, first, 5, client_key=key)) == (409, "key_reused")


def test_days_that_are_taken_are_refused_with_the_leaves_that_take_them(world):
    one, other = ask(world.secretary, 1, 2), ask(world.secretary, 5, 2)
    answer = request(world.secretary, days(2, 4))
    assert refused(answer) == (409, "leave_overlaps")
    assert answer.json["error"]["details"]["leave_ids"] == [one["id"], other["id"]]
    assert rows() == 2
    assert request(world.member, days(2, 4)).status_code == 201


def test_two_halves_of_a_day_are_two_leaves(world):
    ask(world.secretary, 1, 1, last_half="morning")
    assert request(world.secretary, days(1, 1, last_half="morning")).status_code == 409
    assert request(world.secretary, days(1, 1)).status_code == 409
    assert request(world.secretary, days(1, 2, first_half="afternoon")).status_code == 201


# -- what cannot be asked for -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"first_day": lambda: iso(-1)}, "leave_begins_in_past"),
        ({"last_day": lambda: iso(400)}, "leave_too_far"),
        ({"first_day": lambda: "2021-04-30", "consent": consent}, "day_outside_posting"),
        ({"first_day": lambda: iso(-20), "last_day": lambda: iso(-8), "consent": consent}, "retro_too_late"),
        ({"consent": lambda: consent(hours_ago=-1)}, "consent_in_future"),
        ({"last_day": lambda: iso(0)}, "invalid"),
        ({"first_half": lambda: "afternoon", "last_day": lambda: iso(1), "last_half": lambda: "morning"}, "invalid"),
        ({"first_day": lambda: "1999-12-31"}, "invalid"),
        ({"first_day": lambda: "2026-02-30"}, "invalid"),
        ({"kind": lambda: "holiday"}, "invalid"),
        ({"first_half": lambda: "evening"}, "invalid"),
        ({"reason": lambda: " "}, "invalid"),
        ({"reason": lambda: "病\u0000"}, "invalid"),
        ({"reason": lambda: "由\u202e改"}, "invalid"),
        ({"reason": lambda: "长" * 501}, "invalid"),
        ({"destination": lambda: ""}, "invalid"),
        ({"client_key": lambda: "not-a-key"}, "invalid"),
        ({"state": lambda: "approved"}, "invalid"),
        ({"person_id": lambda: str(uuid4())}, "invalid"),
        ({"tier": lambda: "township"}, "invalid"),
        ({"consent": lambda: {"by": "李书记"}}, "invalid"),
        ({"consent": lambda: consent(channel="rumour")}, "invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused_and_leaves_no_trace(world, changes, code):
    body = days(1, 2) | {field: value() for field, value in changes.items()}
    assert refused(request(world.secretary, body)) == (422, code)
    assert rows() == 0


@pytest.mark.parametrize("missing", ["client_key", "kind", "first_day", "last_day", "reason", "destination"])
def test_what_a_request_must_say_it_must_say(world, missing):
    body = days(1, 2)
    del body[missing]
    assert refused(request(world.secretary, body)) == (422, "invalid")


def test_a_leave_longer_than_the_posting_is_refused(world):
    end_posting(world.postings["secretary"], day(5))
    assert request(world.secretary, days(4, 2)).status_code == 201
    refusal = request(world.secretary, days(4, 3))
    assert refused(refusal) == (422, "leave_crosses_posting")
    assert refusal.json["error"]["details"] == {"last_day": iso(5)}
    assert refused(request(world.secretary, days(6, 1))) == (422, "day_outside_posting")


def test_the_day_of_a_transfer_belongs_to_the_new_posting(world):
    end_posting(world.postings["secretary"], day(5))
    make_posting(world.secretary, world.village_of_township_2, world.unit, first_day=day(5))
    refusal = request(world.secretary, days(4, 2))
    assert refused(refusal) == (422, "leave_crosses_posting")
    assert refusal.json["error"]["details"] == {"last_day": iso(4)}
    assert ask(world.secretary, 4, 1)["village"]["id"] == str(world.village.id)
    assert ask(world.secretary, 5, 1)["village"]["id"] == str(world.village_of_township_2.id)


def test_an_extension_must_be_longer_and_of_a_running_leave(world):
    asked = ask(world.secretary, 0, 2)
    assert refused(extend(world.secretary, asked, 3)) == (409, "leave_not_running")
    approve(asked, world.township_head)
    assert refused(extend(world.secretary, asked, 1)) == (422, "extension_too_short")
    assert refused(extend(world.secretary, asked, 0)) == (422, "extension_too_short")
    take(world.secretary, asked, "return", day=iso(0), half="afternoon")
    assert refused(extend(world.secretary, asked, 3)) == (409, "leave_not_running")


# -- the whole absence decides the office -------------------------------------------------------


def test_three_times_three_days_do_not_escape_the_county(world):
    leaves = [ask(world.secretary, start, 3) for start in (1, 4, 7)]
    assert [leave["tier"] for leave in leaves] == ["township", "county_office", "county_group"]
    heard = approve(leaves[2], world.township_head)
    assert (heard["state"], heard["waits_for"]) == ("submitted", "county_group")
    assert refused(decide(world.township_head, leaves[2])) == (403, "other_office")
    assert refused(decide(world.county_office, leaves[2])) == (403, "other_office")
    assert approve(leaves[2], world.county_group)["state"] == "approved"


def test_asking_for_the_later_days_first_does_not_escape_either(world):
    tiers = [ask(world.secretary, start, 3)["tier"] for start in (7, 4, 1)]
    assert tiers == ["township", "county_office", "county_group"]


def test_the_preview_names_the_leaves_it_is_chained_to(world):
    earlier = ask(world.secretary, 1, 3)
    said = preview(world.secretary, 4, 3)
    assert [leave["id"] for leave in said["chained_with"]] == [earlier["id"]]
    assert (said["counted_days"], said["chain_days"]) == (3, 6)
    assert (said["chain_first_day"], said["chain_last_day"]) == (iso(1), iso(6))
    assert "连续计算，共6天" in said["message"]


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "not_taken"])
def test_a_leave_that_came_to_nothing_chains_nothing(world, state):
    make_leave(
        world.postings["secretary"], county=world.county, state=LeaveState(state), starts_in_days=-3, days=3
    )
    assert preview(world.secretary, 0, 3)["chain_days"] == 3


def test_a_weekend_between_two_leaves_does_not_break_the_chain_and_a_working_day_does(world):
    ask(world.secretary, 1, 3)
    make_setting(world.county, "calendar.extra_rest_days", [iso(4), iso(5)])
    assert preview(world.secretary, 6, 2)["chain_days"] == 7
    make_setting(world.county, "calendar.extra_workdays", [iso(5)])
    assert preview(world.secretary, 6, 2)["chain_days"] == 2


def test_a_past_day_breaks_the_chain_only_if_the_person_was_seen(world):
    posting = world.postings["secretary"]
    make_leave(posting, county=world.county, state=LeaveState.APPROVED, starts_in_days=-4, days=3)
    make_setting(world.county, "calendar.extra_workdays", [iso(-1)])
    assert preview(world.secretary, 0, 3)["chain_days"] == 7
    seen_in_village(posting, day(-1))
    assert preview(world.secretary, 0, 3)["chain_days"] == 3


def test_a_tap_on_a_rest_day_in_between_breaks_the_chain(world):
    make_leave(
        world.postings["secretary"], county=world.county, state=LeaveState.APPROVED, starts_in_days=-3, days=3
    )
    make_setting(world.county, "calendar.extra_rest_days", [iso(0)])
    assert preview(world.secretary, 1, 3)["chain_days"] == 7
    Phone(world.secretary).check_in(MIDDLE)
    assert preview(world.secretary, 1, 3)["chain_days"] == 3


def test_where_the_township_keeps_the_register_a_day_nobody_has_entered_breaks_the_chain(world):
    make_leave(
        world.postings["secretary"], county=world.county, state=LeaveState.APPROVED, starts_in_days=-4, days=3
    )
    make_setting(world.county, "calendar.extra_workdays", [iso(-1)])
    make_setting(world.county, "attendance.mode", "township_register")
    assert preview(world.secretary, 0, 3)["chain_days"] == 3


def test_the_office_is_frozen_when_it_was_asked_for(world):
    asked = ask(world.secretary, 1, 3)
    make_setting(world.county, "leave.township_max_days", 1)
    assert read(world.secretary, asked)["tier"] == "township"
    assert preview(world.secretary, 10, 3)["tier"] == "county_office"
    assert approve(asked, world.township_head)["state"] == "approved"


# -- whoever heads an office --------------------------------------------------------------------


def test_the_head_of_the_township_asks_above_it_and_is_not_heard_by_his_own_office(world):
    make_posting(world.township_head, world.village, world.unit, role=PostingRole.MEMBER)
    said = preview(world.township_head, 1, 2)
    assert (said["tier"], said["steps"]) == ("county_office", ["county_office"])
    asked = ask(world.township_head, 1, 2)
    assert refused(decide(world.township_head, asked)) == (403, "own_leave")
    assert approve(asked, world.county_office)["state"] == "approved"


def test_the_county_office_asks_the_leading_group(world):
    make_posting(world.county_office, world.village, world.unit)
    asked = ask(world.county_office, 1, 2)
    assert (asked["tier"], asked["waits_for"]) == ("county_group", "county_group")


def test_the_head_of_another_township_is_nobodys_superior_here(world):
    make_office(world.secretary, Role.TOWNSHIP_HEAD, area=world.township_2)
    assert preview(world.secretary, 1, 2)["tier"] == "township"


def test_nobody_decides_on_a_superior(world):
    """Who has become the head since asking is not decided on by a colleague of the own office."""
    asked = ask(world.secretary, 1, 2)
    make_office(world.secretary, Role.TOWNSHIP_HEAD, area=world.township)
    assert refused(decide(world.township_head, asked)) == (403, "superior_leave")
    with transaction():
        db.session.execute(
            update(Office).where(Office.person_id == world.secretary.id).values(last_day=day(-1))
        )
    assert approve(asked, world.township_head)["state"] == "approved"


# -- what the preview warns of ------------------------------------------------------------------


def test_the_preview_names_the_days_on_which_nobody_would_be_in_the_village(world):
    ask(world.member, 2, 2)
    said = preview(world.secretary, 1, 3)
    assert said["empty_days"] == [iso(2), iso(3)]
    assert "2天村里没有其他队员" in said["message"]


def test_half_a_day_of_a_colleague_leaves_nobody_alone(world):
    ask(world.member, 1, 1, last_half="morning")
    assert preview(world.secretary, 1, 1)["empty_days"] == []


def test_a_colleague_who_comes_later_or_has_gone_is_not_in_the_village(world):
    end_posting(world.postings["member"], day(1))
    make_posting(make_person("黄后来"), world.village, world.unit, first_day=day(3))
    assert preview(world.secretary, 1, 3)["empty_days"] == [iso(2)]


def test_a_preview_writes_nothing(world):
    preview(world.secretary, 1, 20, consent=consent())
    assert rows() == 0
    assert refused(Phone(world.secretary).post("/leaves/preview", days(1, 2)))[0] == 422
    assert refused(Phone(world.secretary).post("/leaves/preview", draft(-1, 2))) == (
        422,
        "leave_begins_in_past",
    )


def test_the_years_whose_holidays_are_not_announced_are_named(world, monkeypatch):
    monkeypatch.setattr("attendance.absence_routes.is_announced", lambda year: False)
    years = {day(1).year, day(2).year}
    assert preview(world.secretary, 1, 2)["unannounced_years"] == sorted(years)


def test_who_has_no_posting_asks_for_nothing(world):
    assert request(world.village_secretary, days(1, 2)).status_code == 403
    assert request(world.helper, days(1, 2)).status_code == 403
