"""Signing in, binding a WeChat, invitations (security A2, A3, A5, A6, P12)."""

import io
import sys
from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update

from identity.models import Invitation, Session, WechatBinding
from identity.permissions import Role
from kernel import logs
from kernel.audit import AuditEntry
from kernel.clock import now
from kernel.database import db, transaction
from tests.contract.calls import API, binding_ticket
from tests.factories import FreshClient, Phone, bind_wechat, make_office, make_person, make_posting


@pytest.fixture
def door(app) -> FreshClient:
    """A phone on which nobody is signed in."""
    return app.test_client()


def _sign_in(door, code):
    return door.post(f"{API}/sessions", json={"code": code})


def _bind(door, ticket, **proof):
    return door.post(f"{API}/bindings", json={"ticket": ticket, **proof})


def _code(answer):
    return answer.json["error"]["code"]


def _rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def _invite(world, person):
    answer = Phone(world.county_office).post(f"/people/{person.id}/invitation")
    assert answer.status_code == 201
    return answer.json["code"]


# -- signing in ---------------------------------------------------------------------------------


def test_a_bound_wechat_signs_in(world, door):
    bind_wechat(world.secretary, "demo-secretary")
    answer = _sign_in(door, "demo-secretary")
    assert answer.status_code == 200
    assert answer.json["person"]["id"] == str(world.secretary.id)
    me = door.get(f"{API}/me", headers={"Authorization": f"Bearer {answer.json['token']}"})
    assert me.status_code == 200


def test_a_code_used_twice_signs_in_once(world, door):
    bind_wechat(world.secretary, "o-1")
    code = f"once-o-1-{uuid4().hex}"
    assert [_sign_in(door, code).status_code for _ in range(2)] == [200, 401]


def test_a_code_used_twice_at_once_signs_in_once(app, world):
    bind_wechat(world.secretary, "o-1")
    code, start, statuses = f"once-o-1-{uuid4().hex}", Barrier(2), []

    def tap() -> None:
        start.wait()
        statuses.append(_sign_in(app.test_client(), code).status_code)

    threads = [Thread(target=tap) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 401]


@pytest.mark.parametrize("code", ["expired-x", "nonsense", "blocked", "登录", "a b"])
def test_a_code_wechat_refuses_is_401(world, door, code):
    answer = _sign_in(door, code)
    assert (answer.status_code, _code(answer)) == (401, "wechat_code_refused")


@pytest.mark.parametrize("code", ["busy", "limit", "broken", "html"])
def test_a_wechat_in_trouble_is_503_with_a_time_to_come_back(world, door, code):
    answer = _sign_in(door, code)
    assert (answer.status_code, _code(answer)) == (503, "wechat_busy")
    assert int(answer.headers["Retry-After"]) > 0


def test_who_has_no_posting_or_office_any_more_does_not_sign_in(world, door):
    gone = make_person("去者")
    make_posting(gone, world.village_2, world.unit, last_day=now().date() - timedelta(days=1))
    bind_wechat(gone, "demo-gone")
    answer = _sign_in(door, "demo-gone")
    assert (answer.status_code, _code(answer)) == (403, "posting_ended")


# -- the roster first ---------------------------------------------------------------------------


def test_a_stranger_is_not_on_the_roster_and_leaves_no_row(world, door):
    ticket = binding_ticket("demo-stranger")
    people = db.session.scalar(text("SELECT count(*) FROM people"))
    answer = _bind(door, ticket, phone_code="phone-13999999999")
    assert (answer.status_code, _code(answer)) == (403, "not_on_roster")
    assert db.session.scalar(text("SELECT count(*) FROM people")) == people
    assert (_rows(WechatBinding), _rows(Session)) == (0, 0)


def test_somebody_of_the_roster_binds_by_phone_number(world, door):
    newcomer = make_person("新来", "13700000001")
    make_posting(newcomer, world.village, world.unit)
    answer = _bind(door, binding_ticket("demo-newcomer"), phone_code="phone-13700000001")
    assert answer.status_code == 200
    assert _sign_in(door, "demo-newcomer").json["person"]["id"] == str(newcomer.id)


def test_a_second_wechat_for_one_person_is_a_conflict(world, door):
    newcomer = make_person("新来", "13700000001")
    make_posting(newcomer, world.village, world.unit)
    assert _bind(door, binding_ticket("demo-one"), phone_code="phone-13700000001").status_code == 200
    answer = _bind(door, binding_ticket("demo-two"), phone_code="phone-13700000001")
    assert (answer.status_code, _code(answer)) == (409, "already_bound")


def test_a_second_person_for_one_wechat_is_a_conflict(world, door):
    for number in (1, 2):
        make_posting(make_person(f"新{number}", f"1370000000{number}"), world.village, world.unit)
    ticket = binding_ticket("demo-one")
    assert _bind(door, ticket, phone_code="phone-13700000001").status_code == 200
    answer = _bind(door, ticket, phone_code="phone-13700000002")
    assert (answer.status_code, _code(answer)) == (409, "already_bound")


def test_another_wechat_can_be_bound_after_the_county_ended_the_first(world, door):
    bind_wechat(world.secretary, "demo-old")
    old_phone = Phone(world.secretary)
    assert Phone(world.county_office_b).delete(f"/people/{world.secretary.id}/binding").status_code == 404
    assert Phone(world.county_office).delete(f"/people/{world.secretary.id}/binding").status_code == 204
    assert old_phone.get("/me").status_code == 401
    assert _code(_sign_in(door, "demo-old")) == "not_bound"
    code = _invite(world, world.secretary)
    assert _bind(door, binding_ticket("demo-new"), invitation_code=code).status_code == 200


# -- invitations --------------------------------------------------------------------------------


def test_an_invitation_binds_once(world, door):
    code = _invite(world, world.secretary)
    assert _bind(door, binding_ticket("demo-a"), invitation_code=f" {code.lower()} ").status_code == 200
    answer = _bind(door, binding_ticket("demo-b"), invitation_code=code)
    assert (answer.status_code, _code(answer)) == (403, "invitation_unknown")


def test_a_wrong_invitation_is_refused_like_an_expired_one(world, door):
    ticket = binding_ticket("demo-a")
    wrong = _bind(door, ticket, invitation_code="2222222222")
    code = _invite(world, world.secretary)
    with transaction():
        db.session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
    expired = _bind(door, ticket, invitation_code=code)
    assert (wrong.status_code, wrong.json) == (expired.status_code, expired.json)
    assert (wrong.status_code, _code(wrong)) == (403, "invitation_unknown")


def test_an_invitation_is_not_used_up_by_a_binding_that_fails(world, door):
    bind_wechat(world.member, "demo-taken")
    taken = binding_ticket("demo-free")
    code = _invite(world, world.member)
    assert _bind(door, taken, invitation_code=code).status_code == 409
    with transaction():
        db.session.execute(update(WechatBinding).values(ended_at=now()))
    assert _bind(door, taken, invitation_code=code).status_code == 200


def test_an_invitation_code_is_not_in_the_database(world):
    code = _invite(world, world.secretary)
    assert code not in db.session.scalar(text("SELECT string_agg(i::text, '') FROM invitations i"))


@pytest.mark.parametrize("ticket", ["nonsense", "a.b.c", "WyJvIl0.x.y"])
def test_a_binding_ticket_of_our_own_is_needed(world, door, ticket):
    answer = _bind(door, ticket, phone_code="phone-13700000001")
    assert (answer.status_code, _code(answer)) == (422, "binding_ticket_invalid")


@pytest.mark.parametrize("proof", [{}, {"phone_code": "phone-1", "invitation_code": "2"}])
def test_one_proof_is_needed_and_not_two(world, door, proof):
    assert _bind(door, "ticket", **proof).status_code == 422


# -- what must not leak -------------------------------------------------------------------------


def test_no_secret_of_wechat_s_reaches_an_answer_the_log_or_a_dump(world, door, monkeypatch):
    """The stand-in's session keys and access tokens begin with CANARY-."""
    written, answers = io.StringIO(), []
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure()
    try:
        make_posting(make_person("新来", "13700000001"), world.village, world.unit)
        for code in ("demo-newcomer", "busy", "broken", "html", "expired-1"):
            answers.append(_sign_in(door, code))
        ticket = answers[0].json["error"]["details"]["binding_ticket"]
        for phone_code in (
            "phone-13999999999",
            "phone-13700000001",
            "phone-once-13700000001-a",
            "limit",
            "no",
        ):
            answers.append(_bind(door, ticket, phone_code=phone_code))
        answers.append(_sign_in(door, "demo-newcomer"))
        token = answers[-1].json["token"]
        for path in ("/me", "/today", "/notices/location"):
            answers.append(door.get(f"{API}{path}", headers={"Authorization": f"Bearer {token}"}))
    finally:
        monkeypatch.undo()
        logs.configure()
    sent = "".join(f"{answer.headers}{answer.text}" for answer in answers)
    log = written.getvalue()
    assert "wechat_unreachable" in log or "wechat_unreadable" in log
    assert "CANARY" not in sent and "CANARY" not in log
    for personal in ("13700000001", "demo-newcomer", token):
        assert personal not in log
    dump = "".join(
        db.session.scalar(text(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t"))
        for table in ("sessions", "people", "wechat_bindings", "audit_entries", "invitations")
    )
    assert "CANARY" not in dump and token not in dump and "13700000001" not in dump
    assert b"CANARY".hex() not in dump and token.encode().hex() not in dump


@pytest.mark.parametrize("what", ["invitation", "binding"])
def test_a_county_does_not_touch_the_account_of_somebody_who_also_serves_above_it(world, what):
    make_office(world.secretary, Role.CITY_ORG, area=world.city)
    office = Phone(world.county_office)
    path = f"/people/{world.secretary.id}/{what}"
    answer = office.post(path) if what == "invitation" else office.delete(path)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "serves_elsewhere")


def test_a_sign_in_that_wechat_refuses_is_on_record(door, app):
    assert door.post(f"{API}/sessions", json={"code": "expired-x"}).status_code == 401
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.result, entry.details) == (
        "session.start",
        "denied",
        {"code": "wechat_code_refused"},
    )
