"""Whatever is sent, the answer is one of ours: one shape of error, never a fault (security C1–C11, H2, H3)."""

import copy
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle, islice
from time import sleep
from typing import Any

import pytest
from apiflask import APIFlask
from marshmallow import fields
from marshmallow.validate import Length
from sqlalchemy import text

from app import create_app
from identity import session
from kernel import logs
from kernel.database import db
from kernel.settings import Settings
from kernel.web import DayField, DocumentField, InstantField, MonthField, Schema, TextField
from tests.contract.calls import API, CALLS, call_of, fence_drawing, phone_of, routes, send
from tests.contract.conftest import open_doors
from tests.factories import MIDDLE, FreshClient, Phone
from visits.schemas import QuarterField

__all__ = ["open_doors"]

JSON = {"Content-Type": "application/json"}


def shaped(answer: Any, status: int, code: str) -> None:
    """Check that an answer is an error of ours."""
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code), answer.text
    assert answer.json.keys() == {"error"}
    assert answer.json["error"].keys() == {"code", "message", "details"}
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.json["error"]["message"])


@pytest.fixture
def json_routes(app) -> list[Any]:
    return [route for route in routes(app, public=True) if route.body is not None]


def _post(world, body: bytes | str, **headers: str) -> Any:
    """Send this body as a check-in."""
    phone = Phone(world.secretary)
    return phone._send("POST", "/checkins", data=body, headers={**JSON, **headers})


# -- JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"client_key": ' + b"9" * 5_000 + b"}",
        b'{"client_key": "a", "client_key": "b"}',
        b'{"fix": {"accuracy_m": 1, "accuracy_m": 0}}',
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"\xff\xfe\x00",
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\x00"}',
        b'"\\ud8',
        b"\xef\xbb\xbf{}",
    ],
)
def test_json_that_cannot_be_read_is_400(world, body):
    shaped(_post(world, body), 400, "unreadable_json")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"0", b'"text"', b"true", b"[[[]]]"])
def test_json_that_is_no_object_is_422(world, body):
    shaped(_post(world, body), 422, "invalid")


def test_a_hundred_thousand_brackets_are_refused(world):
    assert _post(world, b"[" * 100_000).status_code in (400, 413)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", '"25.85"', "true", "[]", "9" * 400]
)
def test_a_coordinate_is_a_finite_number(world, number):
    fix = json.dumps({**MIDDLE.fix(), "latitude_deg": "@"}).replace('"@"', number)
    body = f'{{"client_key": "9f6f1b5e-7c0e-4f43-a1b6-2b6a2c5f8a01", "fix": {fix}}}'
    shaped(_post(world, body), 422, "invalid")


@pytest.mark.parametrize("number", ["1.5", '"1"', "true", "1.0", "1e0", "null", "[1]", "0", "1001"])
def test_an_integer_is_one_and_in_its_range(world, number):
    phone = Phone(world.secretary)
    answer = phone._send(
        "POST", "/consents", data=f'{{"purpose": "location", "version": {number}}}', headers=JSON
    )
    shaped(answer, 422, "invalid")


def test_every_integer_field_of_every_json_route_is_strict(json_routes):
    loose = [
        f"{route.name} {'.'.join(map(str, place))}"
        for route in json_routes
        for place, field in _fields(route.body)
        if isinstance(field, fields.Integer) and not field.strict
    ]
    assert loose == []


def test_every_text_field_of_every_json_route_is_text(json_routes):
    """fields.String lets control characters through; only a choice of fixed words may be one."""
    kinds = (TextField, DayField, MonthField, QuarterField, fields.UUID, fields.AwareDateTime)
    loose = [
        f"{route.name} {'.'.join(map(str, place))}: use kernel.web.TextField"
        for route in json_routes
        for place, field in _fields(route.body)
        if isinstance(field, fields.String) and not isinstance(field, kinds) and not field.validators
    ]
    loose += [
        f"{route.name} {'.'.join(map(str, place))}: use kernel.web.DocumentField or InstantField"
        for route in json_routes
        for place, field in _fields(route.body)
        if (isinstance(field, fields.Dict) and not isinstance(field, DocumentField) and not field.key_field)
        or (isinstance(field, fields.DateTime) and not isinstance(field, InstantField))
        or (isinstance(field, fields.Date) and not isinstance(field, DayField))
    ]
    assert loose == []


def _fields(schema: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], fields.Field]]:
    for name, field in schema.fields.items():
        yield (*place, name), field
        if isinstance(field, fields.Nested):
            yield from _fields(field.schema, (*place, name))
        if isinstance(field, fields.List):
            yield (*place, name, "0"), field.inner
        if isinstance(field, fields.Dict) and field.value_field:
            yield (*place, name, "*"), field.value_field


@pytest.mark.parametrize(
    "day",
    [
        "0001-01-01",
        "1999-12-31",
        "9999-12-31",
        "2026-02-29",
        "2026-13-01",
        "20261101",
        "2026-W45-1",
        "今天",
        "",
        0,
    ],
)
def test_a_day_exists_and_lies_in_this_century(world, day):
    body = {**CALLS["POST /attendance/corrections"].body(world), "day": day}
    shaped(Phone(world.township_clerk).post("/attendance/corrections", body), 422, "invalid")


@pytest.mark.parametrize(
    "instant",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-11-23T08:00:00",
        "2026-11-23",
        "2026-11-23T25:00:00+08:00",
        "2026-11-23T08:00:00+99:99",
        1795478400,
    ],
)
def test_an_instant_has_its_zone_and_lies_in_this_century(world, instant):
    shaped(Phone(world.secretary).check_in(MIDDLE, captured_at=instant), 422, "invalid")


# -- text ---------------------------------------------------------------------------------------

REFUSED = [
    "\0", "a\0b", "\x01", "\x07", "\x08", "\x0b", "\x1b[31m红", "\x7f", "\x80", "\x85", "\x9f",
    "\ud800", "\udfff", "a\udc00", "\udc00\ud800",
    "\u202a甲", "\u202b甲", "\u202c甲", "\u202d甲", "甲\u202e乙", "\u2066甲", "\u2067甲", "\u2068甲", "\u2069甲",
    "\u2028", "\u2029", "一\r二", "一\t二", "", " ", "\u3000", "   \n  ",
]  # fmt: skip
NASTY = [
    *REFUSED,
    "undefined", "null", "None", "NaN", "true", "0", "-1", "1e309", "0x0", "1/0", "９９", "٣", "½", "²",
    "' OR 1=1 --", "1; DROP TABLE people", "\"'`", "\\", "\\0", "\\u0000", "%00", "%s%n", "%(name)s", "{0}",
    "{{7*7}}", "${jndi:ldap://x}", "<script>alert(1)</script>", "<!--", "]]>", "&lt;", "javascript:alert(1)",
    "=1+1", "+1", "-1+1", "@SUM(A1)", "../../etc/passwd", "..\\..", "C:\\", "file:///x", "CON", "nul",
    "́́", "e\u0301", "\u00e9", "ﷺ", "ﬀ", "İ", "ß", "ſ", "🏘️", "👩‍👩‍👧", "🇨🇳", "𠮷", "㐀", "\U000e0001", "\ufeff", "\ufffe",
    "\uffff", "\u200b", "\u200d", "\u2060", "\u00ad", "\u115f", "\ufffd", "Z̮̞̠͙͔ͅA̴", "ｱ", "中\u20dd", "a" * 5_000,
    "山" * 5_000, "𠮷" * 3_000, "{" * 500, "[1,2]", '{"a":1}', "--", "/*", "\n", "a\nb", "0" * 400,
]  # fmt: skip


def test_the_list_of_nasty_strings_is_long_enough():
    assert len(set(NASTY)) >= 80


def some_nasty() -> Callable[[], list[str]]:
    """Return what gives twelve of the list each time, going round, for places that hold no text at all."""
    endless = cycle(NASTY)
    return lambda: list(islice(endless, 12))


def _with(body: Any, place: tuple[str, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for name in place[:-1]:
        inner = inner[int(name)] if isinstance(inner, list) else inner.setdefault(name, {})
    if isinstance(inner, list):
        inner[int(place[-1])] = value
    else:
        inner[place[-1]] = value
    return changed


def _dumped(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=True).encode()


def test_no_nasty_string_in_any_field_of_any_route_is_a_fault(json_routes, world):
    """C3: all of them in the place of every text, some of them in that of every other value."""
    wrong, some = [], some_nasty()
    for route in json_routes:
        phone, good = phone_of(route, world), call_of(route).body(world)
        call_of(route).prepare(world)
        db.session.commit()  # what follows takes longer than a transaction may stand idle
        path: dict[str, Any] = {}
        for place, field in _fields(route.body):
            for nasty in NASTY if isinstance(field, TextField) else some():
                data = _dumped(_with(good, place, nasty))
                path = path or call_of(route).path(world)
                answer = send(phone, route, world, path=path, data=data, headers=JSON)
                if answer.status_code != 422:
                    path = {}  # what it names may have changed
                if answer.status_code >= 500 and answer.json["error"]["code"] != "wechat_busy":
                    wrong.append((route.name, place, nasty[:20], answer.status_code))
                if isinstance(field, TextField) and nasty in REFUSED and not _may_hold(field, nasty):
                    assert answer.status_code == 422, (route.name, place, nasty)
    assert not wrong


def _may_hold(field: TextField, nasty: str) -> bool:
    if not nasty.strip():
        return any(isinstance(each, Length) and each.min == 0 for each in field.validators)
    return field.lines and "\n" in nasty


def test_no_nasty_name_in_any_route_is_a_fault(json_routes, world):
    some = some_nasty()
    for route in json_routes:
        phone, good = phone_of(route, world), call_of(route).body(world)
        for nasty in some():
            answer = send(phone, route, world, data=_dumped({**good, nasty: 1}), headers=JSON)
            assert answer.status_code == 422, (route.name, nasty, answer.text)
            json.loads(answer.data.decode("utf-8"))


def test_a_field_that_is_not_declared_is_422(json_routes, world):
    """B6: nobody sets what the server sets."""
    for route in json_routes:
        phone, good = phone_of(route, world), call_of(route).body(world)
        places = {place[:-1] for place, _ in _fields(route.body) if place[-1] != "0"}
        for place in places:
            for name in ("cadre_id", "counted", "county_id", "id"):
                answer = send(phone, route, world, json=_with(good, (*place, name), True))
                shaped(answer, 422, "invalid")


FENCE = "PUT /villages/{village_id}/fence"
REFUSED_IN_A_DOCUMENT = ["\0", "a\0", "\ud800", "甲\udc00"]


@pytest.mark.parametrize("nasty", REFUSED_IN_A_DOCUMENT)
@pytest.mark.parametrize("as_name", [False, True])
def test_what_the_database_cannot_store_in_a_document_is_422(app, world, nasty, as_name):
    body = fence_drawing()
    properties = body["drawing"]["features"][0]["properties"]
    properties.update({nasty: 1} if as_name else {"remark": {"deep": [nasty]}})
    route = next(route for route in routes(app) if route.name == FENCE)
    answer = send(Phone(world.county_office), route, world, data=_dumped(body), headers=JSON)
    shaped(answer, 422, "invalid")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "[" * 200 + "]" * 200])
def test_no_number_that_is_none_and_no_bottomless_nesting_in_a_document(app, world, value):
    body = fence_drawing()
    body["drawing"]["features"][0]["properties"]["remark"] = "@"
    route = next(route for route in routes(app) if route.name == FENCE)
    data = json.dumps(body).replace('"@"', value)
    shaped(send(Phone(world.county_office), route, world, data=data, headers=JSON), 422, "invalid")


def test_what_else_a_county_notes_in_a_drawing_is_kept(app, world):
    body = fence_drawing()
    kept = [nasty for nasty in NASTY if "\0" not in nasty and nasty.isprintable()]
    body["drawing"]["features"][0]["properties"]["remark"] = {text: text for text in kept} | {"n": 10**400}
    route = next(route for route in routes(app) if route.name == FENCE)
    assert send(Phone(world.county_office), route, world, json=body).status_code == 200


# -- size, type, parameters ---------------------------------------------------------------------


def test_json_over_64_kb_is_413(world):
    shaped(_post(world, b'{"a": "' + b"a" * 65_536 + b'"}'), 413, "too_large")


def test_a_body_of_unsaid_length_is_bounded_too(world):
    body = io.BytesIO(b'{"a": "' + b"a" * 100_000 + b'"}')
    answer = Phone(world.secretary)._send(
        "POST",
        "/checkins",
        input_stream=body,
        headers={**JSON, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    shaped(answer, 413, "too_large")


def test_a_fence_may_be_two_megabytes(app, world):
    route = next(route for route in routes(app) if route.name == FENCE)
    for size, status in ((1_500_000, 200), (2_200_000, 413)):
        body = fence_drawing()
        body["drawing"]["features"][0]["properties"]["remark"] = "a" * size
        assert send(Phone(world.county_office), route, world, json=body).status_code == status


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_body_of_another_type_is_415(json_routes, world, kind):
    for route in json_routes:
        body = _dumped(call_of(route).body(world))
        answer = send(phone_of(route, world), route, world, data=body, headers={"Content-Type": kind})
        shaped(answer, 415, "unsupported_media_type")


def test_a_parameter_given_twice_is_400(world):
    shaped(Phone(world.secretary).get("/checkins?month=2026-11&month=2026-10"), 400, "duplicate_parameter")


def test_a_parameter_nobody_knows_is_422_on_every_route(app, world):
    for route in routes(app, public=True):
        answer = send(phone_of(route, world), route, world, query={"nobody_knows": "1"})
        shaped(answer, 422, "invalid")
        assert answer.json["error"]["details"] == {"nobody_knows": ["没有这一项"]}


def test_no_nasty_parameter_of_any_route_is_a_fault(app, world):
    some = some_nasty()
    for route in routes(app):
        view = app.view_functions[route.endpoint]
        for schema, location in getattr(view, "_spec", {}).get("args", ()):
            if location != "query":
                continue
            phone = phone_of(route, world)
            for name, field in schema.fields.items():
                for nasty in NASTY if isinstance(field, TextField) else some():
                    sendable = nasty.encode("utf-8", "surrogatepass")[:2_000]
                    answer = send(phone, route, world, query={name: sendable})
                    assert answer.status_code < 500, (route.name, name, nasty)


def test_no_nasty_path_is_a_fault(app, world):
    from urllib.parse import quote

    some = some_nasty()
    for route in routes(app):
        phone, given = phone_of(route, world), call_of(route).path(world)
        for name in given:
            for nasty in some():
                part = quote(nasty.encode("utf-8", "surrogatepass")[:300], safe="")
                answer = send(phone, route, world, path={name: part})
                assert answer.status_code < 500, (route.name, name, nasty)


def test_a_path_that_is_no_id_is_404_in_the_one_shape(app, world):
    phone = Phone(world.county_office)
    for path in (
        "/unknown",
        "/villages/1/fence",
        "/villages/' or 1/fence",
        "/people/%00/invitation",
        "/",
        "//",
    ):
        shaped(phone.get(path), 404, "not_found")
    shaped(app.test_client().get("/nothing"), 404, "not_found")


def test_a_method_nobody_serves_is_405_with_those_that_are(app, world):
    for route in routes(app, public=True):
        path = re.sub(r"\{\w+\}", str(world.village.id), route.path.replace("{number}", "1"))
        for method in ("PATCH", "TRACE"):
            answer = app.test_client().open(f"{API}{path}", method=method)
            shaped(answer, 405, "method_not_allowed")
            assert route.method in answer.headers["Allow"]


def test_every_answer_names_no_software(app, world):
    for path in ("/healthz", f"{API}/me", "/nothing", "/openapi.json", "/docs"):
        answer = app.test_client().get(path)
        assert answer.headers["Server"] == "zhucun"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-Id"]


def test_a_page_to_turn_to_that_is_none_is_404(world):
    phone = Phone(world.secretary)
    for cursor in ("x", "bnVsbA==", "W10=", "WzFd", "WyIyMDI2IiwgIngiXQ==", "A" * 300):
        shaped(phone.get(f"/checkins?month=2026-11&cursor={cursor}"), 404, "cursor_unknown")


# -- hosts and proxies --------------------------------------------------------------------------


@pytest.fixture
def other_app(settings: Settings) -> Iterator[Any]:
    """Make applications on the same database with other settings, and views of the test's own."""
    with ExitStack() as stack:

        def make(*, views: dict[str, Any] | None = None, **changes: Any) -> APIFlask:
            app = create_app(replace(settings, **changes))
            for name, view in (views or {}).items():
                app.add_url_rule(f"/{name}", f"test.{name}", view, methods=["GET", "POST"])
            app.test_client_class = FreshClient
            context = app.app_context()
            context.push()
            stack.callback(context.pop)
            stack.callback(db.engine.dispose)
            return app

        yield make


def _open(monkeypatch, *names: str) -> None:
    endpoints = {f"test.{name}" for name in names}
    monkeypatch.setattr(session, "PUBLIC_ENDPOINTS", session.PUBLIC_ENDPOINTS | endpoints)


def test_a_host_that_is_not_ours_is_400(app, other_app):
    client = other_app(allowed_hosts=("zhucun.example.cn",)).test_client()
    assert client.get("/healthz", base_url="https://zhucun.example.cn").status_code == 200
    for host in ("evil.example", "zhucun.example.cn.evil.example", "127.0.0.1", "a b"):
        shaped(client.get("/healthz", headers={"Host": host}), 400, "unreadable")


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [(0, "6.6.6.6", "127.0.0.1"), (1, "6.6.6.6, 10.0.0.9", "10.0.0.9"), (1, "10.0.0.9", "10.0.0.9")],
)
def test_a_forged_address_does_not_get_on_record(app, other_app, monkeypatch, hops, forwarded, seen):
    from flask import request

    _open(monkeypatch, "address")
    client = other_app(proxy_hops=hops, views={"address": lambda: {"ip": request.remote_addr}}).test_client()
    answer = client.get(
        "/address", headers={"X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example"}
    )
    assert answer.json == {"ip": seen}


# -- faults and outages -------------------------------------------------------------------------


def _fault() -> None:
    db.session.execute(text("SELECT :canary / 0"), {"canary": int("138" + "12345678")})


def test_a_fault_is_an_id_outside_and_a_trace_inside(app, other_app, monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    _open(monkeypatch, "fault")
    client = other_app(views={"fault": _fault}).test_client()
    answer = client.get("/fault")
    monkeypatch.undo()
    logs.configure()
    shaped(answer, 500, "internal")
    assert answer.json["error"]["details"] == {"request_id": answer.headers["X-Request-Id"]}
    assert "division" not in answer.text and "Traceback" not in answer.text
    line = json.loads(written.getvalue().splitlines()[-1])
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "DivisionByZero" in line["exception"] and "_fault" in line["exception"]
    assert "13812345678" not in written.getvalue(), "parameters may be phone numbers and places"


def test_a_statement_without_end_is_503(app, other_app, monkeypatch):
    _open(monkeypatch, "sleep")
    views = {"sleep": lambda: db.session.execute(text("SELECT pg_sleep(10)")) and {}}
    answer = other_app(views=views).test_client().get("/sleep")
    shaped(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(("seconds_idle", "status"), [(0.5, 503), (0, 200)])
def test_a_transaction_left_idle_too_long_is_503(app, other_app, monkeypatch, seconds_idle, status):
    _open(monkeypatch, "idle")

    def idle():
        db.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '100ms'"))
        sleep(seconds_idle)
        return {"one": db.session.execute(text("SELECT 1")).scalar_one()}

    assert other_app(views={"idle": idle}).test_client().get("/idle").status_code == status


def test_a_pool_without_a_free_connection_is_503(app, other_app):
    crowded = other_app(threads=1)
    with ExitStack() as stack:
        pool = crowded.config["SQLALCHEMY_ENGINE_OPTIONS"]
        for _ in range(pool["pool_size"] + pool["max_overflow"]):
            stack.enter_context(db.engine.connect())
        answer = crowded.test_client().get("/healthz")
    shaped(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert crowded.test_client().get("/healthz").status_code == 200


def test_a_database_that_is_down_is_503(app, other_app):
    client = other_app(database_url="postgresql://nobody@127.0.0.1:1/none").test_client()
    shaped(client.get("/healthz"), 503, "busy")
    shaped(client.get(f"{API}/me", headers={"Authorization": "Bearer x"}), 503, "busy")


def test_a_lock_that_does_not_come_is_503(app, other_app, monkeypatch):
    _open(monkeypatch, "lock")
    views = {"lock": lambda: db.session.execute(text("LOCK TABLE areas")) and {}}
    client = other_app(views=views).test_client()
    with db.engine.connect() as holder:
        holder.execute(text("LOCK TABLE areas"))
        shaped(client.get("/lock"), 503, "busy")
        holder.rollback()


# -- fields -------------------------------------------------------------------------------------


class Note(Schema):
    text = TextField(max_length=5)


def test_text_is_normalised_before_it_is_measured():
    assert Note().load({"text": "  e\u0301e\u0301e\u0301e\u0301e\u0301 "}) == {"text": "ééééé"}
    assert Note().load({"text": "𠮷𠮷𠮷𠮷𠮷"}) == {"text": "𠮷𠮷𠮷𠮷𠮷"}
    assert Note().validate({"text": "一二三四五六"})
