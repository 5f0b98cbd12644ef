"""No session, no answer; what a session may do is asked anew at each call (security A1, A7, A8, I1, J2)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from identity.consent import LOCATION_NOTICE
from identity.models import Consent, Office, Session
from identity.permissions import MAY, Role
from identity.session import PUBLIC_ENDPOINTS
from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db, transaction
from org.models import Posting
from tests.contract.calls import API, Stranger, call_of, phone_of, routes, send
from tests.factories import MIDDLE, Phone, make_office, make_setting

DAY = timedelta(days=1)


def _update(model, where, **values):
    with transaction():
        db.session.execute(update(model).where(where).values(**values))


# -- the gate -----------------------------------------------------------------------------------


def test_without_a_token_every_route_but_the_public_ones_answers_401(app, world):
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            numbers = re.sub(r"<int:\w+>", "1", rule.rule)
            path = re.sub(r"<\w+:\w+>|<\w+>", str(world.village.id), numbers)
            answer = app.test_client().open(path, method=method)
            if rule.endpoint == "health.metrics":
                assert answer.status_code == 404
            elif rule.endpoint in PUBLIC_ENDPOINTS:
                assert answer.status_code != 401, path
            else:
                assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_signed_in"), path


def test_a_token_in_the_address_opens_nothing(app, world):
    token = Phone(world.secretary).token
    for route in routes(app):
        call = call_of(route)
        path = route.path.format(**call.path(world))
        for name in ("token", "access_token", "Authorization"):
            answer = app.test_client().open(f"{API}{path}?{name}={token}", method=route.method)
            assert answer.status_code == 401, route.name


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic {token}", "{token}", "bearer {token}", "Bearer {token}x"]
)
def test_only_a_bearer_token_of_ours_opens(app, world, header):
    token = Phone(world.secretary).token
    answer = app.test_client().get(f"{API}/me", headers={"Authorization": header.format(token=token)})
    assert answer.status_code == 401


def test_a_dump_of_the_sessions_holds_no_token(world):
    token = Phone(world.secretary).token
    dump = db.session.scalar(text("SELECT string_agg(s::text, '') FROM sessions s"))
    assert token not in dump and token.encode().hex() not in dump
    assert len(token) >= 43, "256 bits"


def test_signing_out_ends_this_session_only(world):
    here, there = Phone(world.secretary), Phone(world.secretary)
    assert here.delete("/sessions/current").status_code == 204
    assert (here.get("/me").status_code, there.get("/me").status_code) == (401, 200)


def test_an_expired_session_is_over(world):
    phone = Phone(world.secretary)
    _update(Session, Session.person_id == world.secretary.id, expires_at=now())
    answer = phone.get("/me")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "session_ended")


def test_an_ended_posting_ends_the_session_at_the_next_call(world):
    phone = Phone(world.secretary)
    assert phone.get("/me").status_code == 200
    _update(Posting, Posting.person_id == world.secretary.id, last_day=today())
    assert phone.get("/me").status_code == 200, "its last day is still a day of it"
    _update(Posting, Posting.person_id == world.secretary.id, last_day=today() - DAY)
    assert phone.get("/me").status_code == 401


def test_a_new_role_has_its_rights_at_the_next_call(world):
    phone = Phone(world.helper)
    address = f"/attendance/{today():%Y-%m}?township={world.township.id}"
    assert phone.get(address).status_code == 403
    office = make_office(world.helper, Role.TOWNSHIP_CLERK, area=world.township, first_day=today())
    assert phone.get(address).status_code == 200
    _update(Office, Office.id == office.id, first_day=today() - 2 * DAY, last_day=today() - DAY)
    assert phone.get(address).status_code == 403


def test_a_role_of_tomorrow_has_no_rights_today(world):
    make_office(world.helper, Role.TOWNSHIP_CLERK, area=world.township, first_day=today() + DAY)
    assert (
        Phone(world.helper).get(f"/attendance/{today():%Y-%m}?township={world.township.id}").status_code
        == 403
    )


# -- the record ---------------------------------------------------------------------------------


def _entries():
    return db.session.execute(
        select(AuditEntry.__table__).order_by(AuditEntry.at, AuditEntry.id)
    ).mappings().all()  # fmt: skip


DRY = {"POST /leaves/preview", "POST /rotations/preview"}
"""What a phone asks at each change of a form; it writes nothing, so there is nothing to record."""


def test_every_change_is_on_record_with_who_when_what_and_from_where(app, world):
    for route in routes(app, public=True):
        if route.method == "GET" or route.name in DRY:
            continue
        phone, call = phone_of(route, world), call_of(route)
        call.prepare(world)
        known = {entry["id"] for entry in _entries()}
        answer = send(phone, route, world)
        assert answer.status_code < 300, (route.name, answer.json)
        new = [entry for entry in _entries() if entry["id"] not in known]
        done = [entry for entry in new if entry["result"] == "done"]
        assert done, f"{route.name} leaves no trace: call kernel.audit.record in its transaction"
        for entry in done:
            assert entry["at"] and entry["action"] and entry["ip"] == "127.0.0.1", route.name
            assert entry["request_id"] == answer.headers["X-Request-Id"], route.name
            if call.who:
                assert entry["actor_id"] == world.people[call.who].id, route.name


def test_every_refused_change_is_on_record_too(app, world):
    refused = 0
    for route in routes(app):
        call = call_of(route)
        denied = next((role for role in Role if not _may(route, role)), None)
        if route.method == "GET" or denied is None:
            continue
        person = world.people["secretary" if denied is Role.FIRST_SECRETARY else str(denied)]
        phone = Phone(person)
        known = {entry["id"] for entry in _entries()}
        answer = send(phone, route, world)
        assert answer.status_code == 403, (route.name, call)
        new = [entry for entry in _entries() if entry["id"] not in known]
        assert [(entry["result"], entry["action"], entry["actor_id"]) for entry in new] == [
            ("denied", route.endpoint, person.id)
        ], route.name
        assert new[0]["ip"] == "127.0.0.1" and new[0]["details"]["code"] == "forbidden"
        refused += 1
    assert refused >= 5


def _may(route, role) -> bool:
    return role in MAY[route.permission]


def test_a_change_to_what_is_outside_the_area_is_on_record(world):
    Phone(world.county_office).delete(f"/people/{world.secretary_b.id}/binding")
    entry = _entries()[-1]
    assert (entry["result"], entry["subject_id"]) == ("denied", world.secretary_b.id)
    assert entry["details"] == {"code": "person_not_found"}


def test_a_refused_look_is_not_on_record(world):
    before = len(_entries())
    phone = Phone(world.helper)
    after_sign_in = len(_entries())
    phone.get(f"/villages/{world.village.id}/fence")
    assert (len(_entries()), after_sign_in) == (after_sign_in, before + 2)  # session and consent


def test_the_answer_leaves_even_if_the_record_fails(world, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no room for the record")

    phone = Phone(world.helper)
    monkeypatch.setattr("kernel.audit.record", broken)
    answer = phone.put(f"/villages/{world.village.id}/fence", {})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")


# -- consent ------------------------------------------------------------------------------------


def test_no_position_is_taken_down_without_consent(world):
    phone = Phone(world.secretary, consents=False)
    answer = phone.check_in(MIDDLE)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "consent")
    assert answer.json["error"]["details"]["notice_version"] == LOCATION_NOTICE.version
    assert db.session.scalar(text("SELECT count(*) FROM checkins")) == 0


def test_after_consent_the_tap_counts_and_after_withdrawal_it_does_not(world):
    phone = Phone(world.secretary, consents=False)
    assert (
        phone.post("/consents", {"purpose": "location", "version": LOCATION_NOTICE.version}).status_code
        == 204
    )
    assert phone.check_in(MIDDLE).status_code == 201
    assert phone.delete("/consents/location").status_code == 204
    assert phone.check_in(MIDDLE).json["error"]["code"] == "consent"
    assert phone.get("/me").json["consents"][0]["given_at"] is None
    assert (
        phone.post("/consents", {"purpose": "location", "version": LOCATION_NOTICE.version}).status_code
        == 204
    )
    assert db.session.scalar(select(func.count()).select_from(Consent)) == 2, "what was consented stays known"


def test_one_may_declare_without_consent_to_a_position(world):
    make_setting(world.county, "attendance.mode", "self_declare")
    answer = Phone(world.secretary, consents=False).check_in()
    assert (answer.status_code, answer.json["counted"]) == (201, True)


def test_only_the_notice_in_force_can_be_agreed_to(world):
    answer = Phone(world.secretary, consents=False).post(
        "/consents", {"purpose": "location", "version": LOCATION_NOTICE.version + 1}
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "notice_changed")


def test_nobody_consents_for_another(world):
    Phone(world.member).post("/consents", {"purpose": "location", "version": LOCATION_NOTICE.version})
    assert Phone(world.secretary, consents=False).check_in(MIDDLE).status_code == 403


def test_a_stranger_is_offered_nothing(app):
    assert Stranger().get("/notices/location").status_code == 401
