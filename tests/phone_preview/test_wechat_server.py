"""The stand-in speaks WeChat's protocol, over real HTTP."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from phone_preview.wechat_server import APP_ID, APP_SECRET, serve

LOGIN = {"appid": APP_ID, "secret": APP_SECRET, "grant_type": "authorization_code"}
TOKEN = {"appid": APP_ID, "secret": APP_SECRET, "grant_type": "client_credential"}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    server = serve()
    with httpx.Client(base_url=server.url) as client:
        yield client
    server.stop()


def log_in(http: httpx.Client, code: str) -> dict[str, Any]:
    return _json(http.get("/sns/jscode2session", params={**LOGIN, "js_code": code}))


def access_token(http: httpx.Client, **extra: object) -> str:
    return str(_json(http.post("/cgi-bin/stable_token", json={**TOKEN, **extra}))["access_token"])


def phone(http: httpx.Client, code: str, token: str) -> dict[str, Any]:
    path = "/wxa/business/getuserphonenumber"
    return _json(http.post(path, params={"access_token": token}, json={"code": code}))


def _json(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def test_demo_code_works_again_and_again(http: httpx.Client) -> None:
    answers = [log_in(http, "demo-zhang-san") for _ in range(2)]
    assert [answer["openid"] for answer in answers] == ["demo-zhang-san"] * 2
    assert all("errcode" not in answer for answer in answers)
    assert all(answer["session_key"].startswith("CANARY-SESSION-KEY-") for answer in answers)


def test_once_code_works_once(http: httpx.Client) -> None:
    assert log_in(http, "once-o-zhang_1-a1")["openid"] == "o-zhang_1"
    assert log_in(http, "once-o-zhang_1-a1")["errcode"] == 40163
    assert log_in(http, "once-o-zhang_1-a2")["openid"] == "o-zhang_1"


def test_once_code_used_by_eight_at_once_works_for_one(http: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: log_in(http, "once-zhang-n1"), range(8)))
    assert sum("openid" in answer for answer in answers) == 1
    assert sum(answer.get("errcode") == 40163 for answer in answers) == 7


def test_busy_once_code_works_the_second_time(http: httpx.Client) -> None:
    assert log_in(http, "busy-once-zhang-n1")["errcode"] == -1
    assert log_in(http, "busy-once-zhang-n1")["openid"] == "zhang"


@pytest.mark.parametrize(
    ("code", "errcode"),
    [
        ("expired-1", 40029),
        ("made-up", 40029),
        ("demo-Zhang", 40029),
        ("demo-", 40029),
        ("demo-" + "a" * 41, 40029),
        ("phone-13800000000", 40029),
        ("busy", -1),
        ("limit", 45011),
        ("blocked", 40226),
        ("", 41008),
    ],
)
def test_login_code_is_refused_with_wechats_number(http: httpx.Client, code: str, errcode: int) -> None:
    answer = log_in(http, code)
    assert answer["errcode"] == errcode
    assert "openid" not in answer


APP_ERRORS = [
    ({"appid": ""}, 41002),
    ({"appid": "wx1"}, 40013),
    ({"secret": ""}, 41004),
    ({"secret": "wrong"}, 40125),
    ({"grant_type": "password"}, 40002),
]


@pytest.mark.parametrize(("change", "errcode"), APP_ERRORS)
def test_wrong_app_is_refused_at_login(http: httpx.Client, change: dict[str, str], errcode: int) -> None:
    query = {**LOGIN, "js_code": "demo-zhang", **change}
    assert _json(http.get("/sns/jscode2session", params=query))["errcode"] == errcode


@pytest.mark.parametrize(("change", "errcode"), APP_ERRORS)
def test_wrong_app_gets_no_token(http: httpx.Client, change: dict[str, str], errcode: int) -> None:
    answer = _json(http.post("/cgi-bin/stable_token", json={**TOKEN, **change}))
    assert answer["errcode"] == errcode
    assert "access_token" not in answer


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_body_that_is_no_json_object_is_refused(http: httpx.Client, body: bytes) -> None:
    assert _json(http.post("/cgi-bin/stable_token", content=body))["errcode"] == 47001


def test_broken_code_answers_half_a_json(http: httpx.Client) -> None:
    response = http.get("/sns/jscode2session", params={**LOGIN, "js_code": "broken"})
    assert response.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        response.json()


def test_html_code_answers_a_gateway_page(http: httpx.Client) -> None:
    response = http.get("/sns/jscode2session", params={**LOGIN, "js_code": "html"})
    assert (response.status_code, response.headers["content-type"].split(";")[0]) == (502, "text/html")


def test_token_stays_the_same_until_forced(http: httpx.Client) -> None:
    http.post("/stand-in/expire-tokens")
    fresh = _json(http.post("/cgi-bin/stable_token", json=TOKEN))
    token = fresh["access_token"]
    assert token.startswith("CANARY-ACCESS-TOKEN-")
    assert fresh["expires_in"] == 7200
    assert access_token(http) == token
    forced = access_token(http, force_refresh=True)
    assert forced != token
    assert phone(http, "phone-13800000000", token)["errcode"] == 40001
    assert "phone_info" in phone(http, "phone-13800000000", forced)


def test_expired_token_is_refused(http: httpx.Client) -> None:
    token = access_token(http)
    assert http.post("/stand-in/expire-tokens").status_code == 204
    assert phone(http, "phone-13800000000", token)["errcode"] == 40001


@pytest.mark.parametrize(("token", "errcode"), [("", 41001), ("made-up", 40001)])
def test_phone_needs_a_token(http: httpx.Client, token: str, errcode: int) -> None:
    assert phone(http, "phone-13800000000", token)["errcode"] == errcode


def test_phone_code_gives_its_number_again_and_again(http: httpx.Client) -> None:
    token = access_token(http)
    for _ in range(2):
        phone_info = phone(http, "phone-13800000000", token)["phone_info"]
        assert phone_info["purePhoneNumber"] == "13800000000"
        assert phone_info["countryCode"] == "86"
        assert phone_info["watermark"]["appid"] == APP_ID


def test_phone_once_code_works_once(http: httpx.Client) -> None:
    token = access_token(http)
    assert "phone_info" in phone(http, "phone-once-13800000000-n1", token)
    assert phone(http, "phone-once-13800000000-n1", token)["errcode"] == 40029


@pytest.mark.parametrize(
    ("code", "errcode"), [("demo-zhang", 40029), ("phone-abc", 40029), ("", 41008), ("busy", -1)]
)
def test_phone_code_is_refused_with_wechats_number(http: httpx.Client, code: str, errcode: int) -> None:
    assert phone(http, code, access_token(http))["errcode"] == errcode


MESSAGE = {
    "touser": "o-zhang",
    "template_id": "tmpl-own",
    "page": "pages/home/home",
    "data": {
        "thing1": {"value": "请假已批准"},
        "thing2": {"value": "按时返村"},
        "time3": {"value": "2026年11月23日 08:01"},
    },
}


def send(http: httpx.Client, **changes: Any) -> dict[str, Any]:
    path, token = "/cgi-bin/message/subscribe/send", access_token(http)
    return _json(http.post(path, params={"access_token": token}, json={**MESSAGE, **changes}))


def grant(http: httpx.Client, openid: str, template_id: str = "tmpl-own") -> None:
    assert (
        http.post("/stand-in/grants", json={"openid": openid, "template_id": template_id}).status_code == 204
    )


def arrived(http: httpx.Client, openid: str) -> Any:
    return http.get("/stand-in/messages", params={"openid": openid}).json()


def test_one_grant_lets_one_message_of_its_template_through(http: httpx.Client) -> None:
    assert send(http, touser="o-one")["errcode"] == 43101
    grant(http, "o-one", "tmpl-library")
    assert send(http, touser="o-one")["errcode"] == 43101
    grant(http, "o-one")
    assert send(http, touser="o-one")["errcode"] == 0
    assert send(http, touser="o-one")["errcode"] == 43101
    assert arrived(http, "o-one") == [{**MESSAGE, "touser": "o-one"}]
    assert arrived(http, "o-other") == []


def test_eight_messages_at_once_use_up_three_grants(http: httpx.Client) -> None:
    for _ in range(3):
        grant(http, "o-eight")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: send(http, touser="o-eight")["errcode"], range(8)))
    assert sorted(answers) == [0] * 3 + [43101] * 5


def test_openid_over_the_limit_gets_its_message_the_second_time(http: httpx.Client) -> None:
    grant(http, "limit-once-a1")
    assert [send(http, touser="limit-once-a1")["errcode"] for _ in range(3)] == [45011, 0, 43101]


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"touser": ""}, 40003),
        ({"touser": None}, 40003),
        ({"template_id": "tmpl-unknown"}, 40037),
        ({"template_id": None}, 40037),
        ({"template_id": "tmpl-library"}, 47003),
        ({"page": "index.html"}, 41030),
        ({"data": None}, 47003),
        ({"data": {}}, 47003),
        ({"data": {**MESSAGE["data"], "thing1": "no object"}}, 47003),
        ({"data": {**MESSAGE["data"], "thing1": {"value": ""}}}, 47003),
        ({"data": {**MESSAGE["data"], "thing1": {"value": "二十一" * 7}}}, 47003),
        ({"data": {**MESSAGE["data"], "thing1": {"value": "两\n行"}}}, 47003),
        ({"data": {**MESSAGE["data"], "thing4": {"value": "多"}}}, 47003),
        ({"data": {**MESSAGE["data"], "time3": {"value": "2026-11-23T08:01"}}}, 47003),
    ],
)
def test_message_is_refused_with_wechats_number(
    http: httpx.Client, change: dict[str, Any], errcode: int
) -> None:
    grant(http, "o-zhang")
    assert send(http, **change)["errcode"] == errcode
    assert arrived(http, "o-zhang") == []


def test_message_needs_a_token(http: httpx.Client) -> None:
    path = "/cgi-bin/message/subscribe/send"
    assert _json(http.post(path, json=MESSAGE))["errcode"] == 41001
    assert _json(http.post(path, params={"access_token": "made-up"}, json=MESSAGE))["errcode"] == 40001


@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_command_says_when_it_is_ready_and_stops_at_a_signal(stop_signal: signal.Signals) -> None:
    command = [sys.executable, "-m", "phone_preview.wechat_server", "--port", "0"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            url = process.stdout.readline().split()[-1]
            query = {**LOGIN, "js_code": "demo-zhang"}
            answer = httpx.get(f"{url}/sns/jscode2session", params=query)
            assert answer.json()["openid"] == "demo-zhang"
            process.send_signal(stop_signal)
            assert process.wait(timeout=30) == 0
            assert APP_SECRET not in process.stderr.read()
        finally:
            process.kill()
