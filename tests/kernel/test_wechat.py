"""The WeChat client against the stand-in for WeChat's servers, over real HTTP."""

import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import fakeredis
import httpx
import pytest
from PIL import Image
from structlog.testing import capture_logs

from kernel.cache import connect
from kernel.pictures import clean, small_enough_to_check
from kernel.wechat import (
    CodeRefused,
    NotSubscribed,
    UserAway,
    WeChat,
    WeChatBusy,
    WeChatError,
    WeChatMisconfigured,
)
from phone_preview.wechat_server import APP_ID, APP_SECRET, REVIEW_WORD, RISKY_WORD, RunningServer, serve

TOKEN_KEY = f"wechat:access_token:{APP_ID}"
PHONE = "13800000000"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    server = serve()
    yield server
    server.stop()


@pytest.fixture
def cache() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


MakeClient = Callable[..., WeChat]


@pytest.fixture
def client_with(server: RunningServer, cache: fakeredis.FakeRedis) -> Iterator[MakeClient]:
    made: list[WeChat] = []

    def make(**changes: Any) -> WeChat:
        settings = {"app_id": APP_ID, "app_secret": APP_SECRET, "base_url": server.url, "cache": cache}
        made.append(WeChat(**{**settings, **changes}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def wechat(client_with: MakeClient) -> WeChat:
    return client_with()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- Login code ---


def test_login_code_gives_the_openid(wechat: WeChat) -> None:
    assert wechat.user_of("demo-zhang").openid == "demo-zhang"


@pytest.mark.parametrize(
    ("code", "error", "number"),
    [
        ("expired-1", CodeRefused, 40029),
        ("blocked", CodeRefused, 40226),
        ("busy", WeChatBusy, -1),
        ("limit", WeChatBusy, 45011),
        ("broken", WeChatBusy, None),
        ("html", WeChatBusy, None),
    ],
)
def test_login_failure_has_its_class_and_number(
    wechat: WeChat, code: str, error: type[Exception], number: int | None
) -> None:
    with pytest.raises(error) as caught:
        wechat.user_of(code)
    assert getattr(caught.value, "code", "absent") == number


@pytest.mark.parametrize("code", ["", "two words", "\ud800", "a\x00b", "代码", "a" * 513])
def test_code_that_wechat_never_issues_is_refused(wechat: WeChat, code: str) -> None:
    with pytest.raises(CodeRefused):
        wechat.user_of(code)
    with pytest.raises(CodeRefused):
        wechat.phone_of(code, "demo-zhang")


def test_used_login_code_is_refused(wechat: WeChat) -> None:
    assert wechat.user_of("once-zhang-used1").openid == "zhang"
    with pytest.raises(CodeRefused) as caught:
        wechat.user_of("once-zhang-used1")
    assert caught.value.code == 40163


def test_one_login_code_in_eight_threads_succeeds_once(wechat: WeChat) -> None:
    def log_in(_: int) -> str | int | None:
        try:
            return wechat.user_of("once-zhang-threads1").openid
        except CodeRefused as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(log_in, range(8)))
    assert outcomes.count("zhang") == 1
    assert outcomes.count(40163) == 7


def test_busy_wechat_is_asked_once_more(wechat: WeChat) -> None:
    assert wechat.user_of("busy-once-zhang-n1").openid == "zhang"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"app_id": ""}, 41002),
        ({"app_id": "wx1"}, 40013),
        ({"app_secret": ""}, 41004),
        ({"app_secret": "wrong"}, 40125),
    ],
)
def test_wrong_app_is_logged_as_misconfigured(
    client_with: MakeClient, changes: dict[str, str], number: int
) -> None:
    client = client_with(**changes)
    with capture_logs() as logs:
        with pytest.raises(WeChatMisconfigured) as at_login:
            client.user_of("demo-zhang")
        with pytest.raises(WeChatMisconfigured) as at_token:
            client.phone_of(f"phone-{PHONE}", "zhang")
    assert at_login.value.code == at_token.value.code == number
    assert [(entry["log_level"], entry["code"]) for entry in logs] == [("error", number)] * 2


def test_slow_wechat_counts_as_busy(client_with: MakeClient) -> None:
    with pytest.raises(WeChatBusy):
        client_with(timeout_seconds=0.2).user_of("slow")


def test_unreachable_wechat_counts_as_busy(client_with: MakeClient) -> None:
    with pytest.raises(WeChatBusy):
        client_with(base_url=f"http://127.0.0.1:{closed_port()}").user_of("demo-zhang")


def test_unknown_host_counts_as_busy(client_with: MakeClient) -> None:
    with pytest.raises(WeChatBusy):
        client_with(base_url="http://wechat.invalid").user_of("demo-zhang")


# --- Phone code and access token ---


def test_phone_code_gives_the_number(wechat: WeChat) -> None:
    assert wechat.phone_of(f"phone-{PHONE}", "demo-zhang") == PHONE


def test_used_phone_code_is_refused(wechat: WeChat) -> None:
    assert wechat.phone_of(f"phone-once-{PHONE}-n1", "zhang") == PHONE
    with pytest.raises(CodeRefused) as caught:
        wechat.phone_of(f"phone-once-{PHONE}-n1", "zhang")
    assert caught.value.code == 40029


def test_token_is_kept_for_its_life_less_five_minutes(
    wechat: WeChat, server: RunningServer, cache: fakeredis.FakeRedis
) -> None:
    httpx.post(f"{server.url}/stand-in/expire-tokens")
    wechat.phone_of(f"phone-{PHONE}", "zhang")
    assert str(cache.get(TOKEN_KEY)).startswith("b'CANARY-ACCESS-TOKEN-")
    assert 6000 < cache.ttl(TOKEN_KEY) <= 6900


@pytest.mark.parametrize("decode_responses", [False, True])
def test_kept_token_spares_asking_for_another(client_with: MakeClient, decode_responses: bool) -> None:
    cache = fakeredis.FakeRedis(server=fakeredis.FakeServer(), decode_responses=decode_responses)
    client_with(cache=cache).phone_of(f"phone-{PHONE}", "zhang")
    unable_to_fetch = client_with(cache=cache, app_secret="wrong")
    assert unable_to_fetch.phone_of(f"phone-{PHONE}", "zhang") == PHONE


def test_stale_token_is_replaced(wechat: WeChat, server: RunningServer, cache: fakeredis.FakeRedis) -> None:
    wechat.phone_of(f"phone-{PHONE}", "zhang")
    stale = cache.get(TOKEN_KEY)
    httpx.post(f"{server.url}/stand-in/expire-tokens")
    with capture_logs() as logs:
        assert wechat.phone_of(f"phone-{PHONE}", "zhang") == PHONE
    assert cache.get(TOKEN_KEY) not in (None, stale)
    assert logs == []


def test_dead_cache_is_the_same_as_an_empty_one(client_with: MakeClient) -> None:
    client = client_with(cache=connect(f"redis://127.0.0.1:{closed_port()}/0"))
    assert client.phone_of(f"phone-{PHONE}", "zhang") == PHONE
    assert client.user_of("demo-zhang").openid == "demo-zhang"


def test_nothing_secret_is_kept_logged_or_shown_in_errors(
    wechat: WeChat, cache: fakeredis.FakeRedis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = ""
    with capture_logs() as logs:
        wechat.user_of("demo-zhang")
        wechat.phone_of(f"phone-{PHONE}", "zhang")
        for code in ("expired-1", "blocked", "limit", "broken", "html"):
            with pytest.raises(WeChatError) as caught:
                wechat.user_of(code)
            shown += "".join(traceback.format_exception(caught.value))
    shown += caplog.text + json.dumps(logs)
    for secret in ("CANARY", APP_SECRET, PHONE, "demo-zhang", "js_code=", "expired-1"):
        assert secret not in shown
    assert "wechat_unreadable" in shown
    assert cache.keys() == [TOKEN_KEY.encode()]


# --- Subscribe messages ---

SENDING = {
    "template_id": "tmpl-own",
    "page": "pages/home/home",
    "data": {"thing1": "请假已批准", "thing2": "按时返村", "time3": "2026年11月23日 08:01"},
}


def grant(server: RunningServer, openid: str) -> None:
    body = {"openid": openid, "template_id": "tmpl-own"}
    assert httpx.post(f"{server.url}/stand-in/grants", json=body).status_code == 204


def test_message_arrives_with_its_fields_and_page(wechat: WeChat, server: RunningServer) -> None:
    grant(server, "o-arrives")
    wechat.send_subscribe_message(openid="o-arrives", **SENDING)
    (arrived,) = httpx.get(f"{server.url}/stand-in/messages", params={"openid": "o-arrives"}).json()
    assert (arrived["template_id"], arrived["page"]) == ("tmpl-own", "pages/home/home")
    assert {name: field["value"] for name, field in arrived["data"].items()} == SENDING["data"]


def test_message_to_whom_nobody_asked_is_no_fault(wechat: WeChat) -> None:
    with capture_logs() as logs, pytest.raises(NotSubscribed) as caught:
        wechat.send_subscribe_message(openid="o-nobody", **SENDING)
    assert caught.value.code == 43101
    assert logs == []


def test_message_over_the_limit_of_the_minute_counts_as_busy(wechat: WeChat, server: RunningServer) -> None:
    grant(server, "limit-once-w1")
    with pytest.raises(WeChatBusy) as caught:
        wechat.send_subscribe_message(openid="limit-once-w1", **SENDING)
    assert caught.value.code == 45011
    wechat.send_subscribe_message(openid="limit-once-w1", **SENDING)


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"template_id": "tmpl-withdrawn"}, 40037),
        ({"data": {**SENDING["data"], "thing1": "二十一" * 7}}, 47003),
        ({"page": "nowhere"}, 41030),
        ({"openid": ""}, 40003),
    ],
)
def test_message_that_wechat_does_not_take_is_for_an_operator(
    wechat: WeChat, change: dict[str, Any], number: int
) -> None:
    with pytest.raises(WeChatMisconfigured) as caught:
        wechat.send_subscribe_message(**{"openid": "o-operator", **SENDING, **change})
    assert caught.value.code == number


def test_message_with_a_stale_token_is_sent_with_a_fresh_one(wechat: WeChat, server: RunningServer) -> None:
    grant(server, "o-stale")
    wechat.phone_of(f"phone-{PHONE}", "zhang")
    httpx.post(f"{server.url}/stand-in/expire-tokens")
    wechat.send_subscribe_message(openid="o-stale", **SENDING)
    assert len(httpx.get(f"{server.url}/stand-in/messages", params={"openid": "o-stale"}).json()) == 1


# --- Answers that the stand-in never gives ---


@pytest.fixture
def odd_wechat(client_with: MakeClient) -> Iterator[Callable[..., WeChat]]:
    """Build a client whose WeChat gives fixed answers by path; with `byte_seconds` it dribbles them."""
    servers: list[ThreadingHTTPServer] = []
    closing = threading.Event()

    def make(
        answers: dict[str, Any], *, status: int = 200, byte_seconds: float = 0, **changes: Any
    ) -> WeChat:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                body = json.dumps(answers[path]).encode()
                self.send_response(200 if path == "/elsewhere" else status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                for byte in body:
                    if closing.wait(byte_seconds):
                        return
                    self.wfile.write(bytes([byte]))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return client_with(base_url=f"http://127.0.0.1:{server.server_port}", **changes)

    yield make
    closing.set()
    for server in servers:
        server.shutdown()
        server.server_close()


LOGIN_PATH = "/sns/jscode2session"
TOKEN_PATH = "/cgi-bin/stable_token"
PHONE_PATH = "/wxa/business/getuserphonenumber"
MESSAGE_PATH = "/cgi-bin/message/subscribe/send"
TOKEN = {"access_token": "t", "expires_in": 7200}


def test_errcode_zero_is_a_success(odd_wechat: MakeClient) -> None:
    answer = {"errcode": 0, "errmsg": "ok", "openid": "o1", "session_key": "k"}
    assert odd_wechat({LOGIN_PATH: answer}).user_of("any").openid == "o1"


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"openid": 7}, {"openid": ""}, {"errcode": [], "openid": "o1"}]
)
def test_unreadable_login_answer_counts_as_busy(odd_wechat: MakeClient, answer: Any) -> None:
    with pytest.raises(WeChatBusy):
        odd_wechat({LOGIN_PATH: answer}).user_of("any")


def test_unknown_number_is_for_an_operator(odd_wechat: MakeClient) -> None:
    with pytest.raises(WeChatMisconfigured) as caught:
        odd_wechat({LOGIN_PATH: {"errcode": 40164, "errmsg": "not in whitelist"}}).user_of("any")
    assert caught.value.code == 40164


def test_redirect_is_not_followed(odd_wechat: MakeClient) -> None:
    answers = {LOGIN_PATH: {"openid": "o1"}, "/elsewhere": {"openid": "o2"}}
    with pytest.raises(WeChatBusy):
        odd_wechat(answers, status=302).user_of("any")


def test_dribbled_answer_counts_as_busy(odd_wechat: MakeClient) -> None:
    # Each byte comes well within the time-out, the whole answer does not.
    client = odd_wechat({LOGIN_PATH: {"openid": "o" * 40}}, byte_seconds=0.1, timeout_seconds=0.5)
    with pytest.raises(WeChatBusy):
        client.user_of("any")


@pytest.mark.parametrize(
    ("country", "number"), [("86", "13800000000"), (86, "13800000000"), ("852", "+852 13800000000")]
)
def test_number_outside_the_mainland_carries_its_country(
    odd_wechat: MakeClient, country: str | int, number: str
) -> None:
    phone_info = {"purePhoneNumber": PHONE, "countryCode": country, "watermark": {"appid": APP_ID}}
    client = odd_wechat({TOKEN_PATH: TOKEN, PHONE_PATH: {"errcode": 0, "phone_info": phone_info}})
    assert client.phone_of("any", "zhang") == number


def test_number_for_another_app_is_refused(odd_wechat: MakeClient) -> None:
    phone_info = {"purePhoneNumber": PHONE, "countryCode": "86", "watermark": {"appid": "wx1"}}
    with pytest.raises(WeChatMisconfigured):
        odd_wechat({TOKEN_PATH: TOKEN, PHONE_PATH: {"phone_info": phone_info}}).phone_of("any", "zhang")


@pytest.mark.parametrize("answer", [{}, {"phone_info": None}, {"phone_info": {"purePhoneNumber": PHONE}}])
def test_unreadable_phone_answer_counts_as_busy(odd_wechat: MakeClient, answer: Any) -> None:
    with pytest.raises(WeChatBusy):
        odd_wechat({TOKEN_PATH: TOKEN, PHONE_PATH: answer}).phone_of("any", "zhang")


@pytest.mark.parametrize("number", [40001, 42001, 40014])
def test_fresh_token_refused_again_is_for_an_operator(odd_wechat: MakeClient, number: int) -> None:
    with pytest.raises(WeChatMisconfigured) as caught:
        odd_wechat({TOKEN_PATH: TOKEN, PHONE_PATH: {"errcode": number}}).phone_of("any", "zhang")
    assert caught.value.code == number


@pytest.mark.parametrize("number", [-1, 45009, 45011])
def test_used_up_quota_counts_as_busy_and_is_logged(odd_wechat: MakeClient, number: int) -> None:
    client = odd_wechat({TOKEN_PATH: TOKEN, MESSAGE_PATH: {"errcode": number}})
    with capture_logs() as logs, pytest.raises(WeChatBusy):
        client.send_subscribe_message(openid="o-quota", **SENDING)
    assert logs == [{"event": "wechat_busy", "log_level": "warning", "code": number}]


def test_token_about_to_end_is_not_kept(odd_wechat: MakeClient, cache: fakeredis.FakeRedis) -> None:
    phone_info = {"purePhoneNumber": PHONE, "countryCode": "86", "watermark": {"appid": APP_ID}}
    ending = {"access_token": "t", "expires_in": 300}
    client = odd_wechat({TOKEN_PATH: ending, PHONE_PATH: {"phone_info": phone_info}})
    with capture_logs() as logs:
        assert client.phone_of("any", "zhang") == PHONE
    assert cache.get(TOKEN_KEY) is None
    assert logs == []


# --- Content security ---


@pytest.mark.parametrize(
    ("text", "is_risky"), [("一家平安", False), (RISKY_WORD, True), (REVIEW_WORD, False)]
)
def test_a_text_is_risky_where_wechat_says_so_and_not_where_it_is_unsure(
    wechat: WeChat, text: str, is_risky: bool
) -> None:
    assert wechat.is_risky_text(f"走访时说：{text}", openid="o-zhang") is is_risky


@pytest.mark.parametrize(
    ("text", "openid", "error", "number"),
    [
        ("一家平安", "away-zhang", UserAway, 61010),
        ("一家平安", "limit-once-text1", WeChatBusy, 44991),
        ("busy", "o-zhang", WeChatBusy, -1),
        ("字" * 2_501, "o-zhang", WeChatMisconfigured, 45002),
        ("一家平安", "", WeChatMisconfigured, 40003),
    ],
)
def test_a_text_that_wechat_does_not_look_at_has_its_class_and_number(
    wechat: WeChat, text: str, openid: str, error: type[WeChatError], number: int
) -> None:
    with pytest.raises(error) as caught:
        wechat.is_risky_text(text, openid=openid)
    assert caught.value.code == number


def test_an_answer_without_a_suggestion_counts_as_busy(odd_wechat: MakeClient) -> None:
    client = odd_wechat({TOKEN_PATH: TOKEN, "/wxa/msg_sec_check": {"errcode": 0, "errmsg": "ok"}})
    with pytest.raises(WeChatBusy):
        client.is_risky_text("一家平安", openid="o-zhang")


@pytest.mark.parametrize(("colour", "is_risky"), [((250, 10, 10), True), ((10, 250, 10), False)])
def test_a_picture_as_large_as_we_keep_them_is_looked_at(
    wechat: WeChat, colour: tuple[int, int, int], is_risky: bool
) -> None:
    kept = clean(_jpeg(Image.new("RGB", (1_600, 1_200), colour))).jpeg
    assert wechat.is_risky_picture(small_enough_to_check(kept)) is is_risky


def test_a_picture_too_large_for_wechat_is_for_an_operator(wechat: WeChat) -> None:
    with pytest.raises(WeChatMisconfigured) as caught:
        wechat.is_risky_picture(_jpeg(Image.new("RGB", (800, 1_400))))
    assert caught.value.code == 40006


def _jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()
