"""A stand-in for WeChat's servers on loopback, for demonstrations and tests; production never imports it.

Run `python -m phone_preview.wechat_server --port N`. It speaks WeChat's own protocol: errors come with status
200 and `errcode`, and a success has no `errcode`.

Login codes: `demo-<account>` works again and again and gives the openid `demo-<account>`;
`once-<openid>-<nonce>` works once; `busy-once-<openid>-<nonce>` is busy once, then works; `expired-…` and
anything else is refused.
Phone codes: `phone-<digits>` works again and again, `phone-once-<digits>-<nonce>` once.
A nonce is letters and digits. Both take the troubles `busy`, `limit`, `blocked`, `slow`, `broken`, `html`.

Subscribe messages: the templates are those of TEMPLATES, and each grant lets one message through.
`POST /stand-in/grants {"openid", "template_id"}` grants as the user's tap would, `GET /stand-in/messages?openid=`
shows what came through. The openid `limit-once-<nonce>` meets the minute's limit once, then gets its message.

Content security: a text with the word of RISKY_WORD is risky, one with that of REVIEW_WORD is to be looked at by a
person; a picture that is red all over is risky. The openid `away-…` has not been there for two hours,
`limit-once-<nonce>` meets the minute's limit once; a text `busy` is never answered.

Session keys and access tokens begin with `CANARY-`, so that a search finds any that leaks.
"""

import argparse
import base64
import hashlib
import hmac
import math
import re
import secrets
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Flask, Response, request
from PIL import Image, ImageStat
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from kernel.settings import SAMPLE_SECRET

APP_ID = "wx-demo"
APP_SECRET = SAMPLE_SECRET
TOKEN_LIFE_SECONDS = 7200
TOKEN_RENEWAL_SECONDS = 300
SLOW_SECONDS = 10
KEYS_KEPT = 3

TEMPLATES = {"tmpl-own": ("thing1", "thing2", "time3"), "tmpl-library": ("thing7", "thing4", "date5")}
"""The mini-program's templates with the fields that each wants."""
DAY = r"\d{4}年\d{1,2}月\d{1,2}日"
FIELDS = {
    "thing": re.compile(r".{1,20}"),
    "time": re.compile(rf"({DAY} )?\d{{1,2}}:\d{{2}}"),
    "date": re.compile(rf"{DAY}( \d{{1,2}}:\d{{2}})?"),
}
PAGE = re.compile(r"pages/\w+/\w+(\?.*)?")

RISKY_WORD, REVIEW_WORD = "违规内容", "可疑内容"
SUGGESTIONS = {RISKY_WORD: ("risky", 20001), REVIEW_WORD: ("review", 21000)}
"""What is suggested for a text with such a word, and its label; any other text passes as normal."""
NORMAL = ("pass", 100)
SCENES = range(1, 5)
TEXT_CHARACTERS = 2_500
PICTURE_BYTES, PICTURE_PX = 1024**2, (750, 1_334)

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40005: "invalid file type",
    40006: "invalid media size",
    40013: "invalid appid",
    40029: "invalid code",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41008: "missing code",
    41030: "invalid page",
    43101: "user refuse to accept the msg",
    44991: "reach max api minute quota limit",
    45002: "content size out of limit",
    45011: "api minute-quota reach limit mustslower retry next minute",
    47001: "data format error",
    47003: "argument invalid!",
    61010: "code is expired",
    87009: "invalid signature",
    87014: "risky content",
}
TROUBLES = {"busy": -1, "limit": 45011, "blocked": 40226}

DEMO = re.compile(r"demo-[a-z0-9-]{1,40}")
ONCE = re.compile(r"once-([A-Za-z0-9_-]{1,64})-[A-Za-z0-9]+")
BUSY_ONCE = re.compile(r"busy-once-([A-Za-z0-9_-]{1,64})-[A-Za-z0-9]+")
LIMIT_ONCE = re.compile(r"limit-once-[A-Za-z0-9]+")
PHONE = re.compile(r"phone-([0-9]{5,15})")
PHONE_ONCE = re.compile(r"phone-once-([0-9]{5,15})-[A-Za-z0-9]+")


class Refusal(Exception):
    """WeChat's refusal with its error number."""

    def __init__(self, code: int) -> None:
        super().__init__(MESSAGES[code])
        self.code = code


def signing_key(openid: str, version: int) -> str:
    """Return the key a phone of the stand-in signs with, as ``wx.getUserCryptoManager`` would give it."""
    return base64.b64encode(hashlib.sha256(f"{openid}:{version}".encode()).digest()[:16]).decode()


class Memory:
    """What the stand-in remembers between requests: codes seen, tokens issued, messages granted and sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._token_ends: dict[str, float] = {}
        self._session_keys: dict[str, str] = {}
        self._key_version = 1
        self._grants: Counter[tuple[str, str]] = Counter()
        self._messages: list[dict[str, Any]] = []

    def first_use(self, code: str) -> bool:
        """Tell whether this code was never seen, and remember it."""
        with self._lock:
            new = code not in self._seen
            self._seen.add(code)
            return new

    def issue_token(self, *, force_refresh: bool) -> tuple[str, int]:
        """Return the access token and its seconds left: the present one unless it ends soon or is forced."""
        now = time.monotonic()
        with self._lock:
            if force_refresh:
                self._token_ends.clear()
            for token, end in self._token_ends.items():
                if end - now > TOKEN_RENEWAL_SECONDS:
                    return token, math.ceil(end - now)
            token = f"CANARY-ACCESS-TOKEN-{secrets.token_hex(16)}"
            self._token_ends[token] = now + TOKEN_LIFE_SECONDS
            return token, TOKEN_LIFE_SECONDS

    def knows_token(self, token: str) -> bool:
        """Tell whether the token was issued and is still good."""
        with self._lock:
            return self._token_ends.get(token, 0.0) > time.monotonic()

    def sign_in(self, openid: str) -> dict[str, str]:
        """Begin a user's WeChat session; its key takes the place of an earlier one."""
        session_key = f"CANARY-SESSION-KEY-{secrets.token_hex(12)}"
        with self._lock:
            self._session_keys[openid] = session_key
        return {"openid": openid, "session_key": session_key}

    def signing_keys(self, sent: Any) -> list[dict[str, Any]]:
        """Return the user's last three signing keys to whoever proves to hold the session key."""
        with self._lock:
            session_key = self._session_keys.get(sent.get("openid", ""), "")
            newest = self._key_version
        proof = hmac.digest(session_key.encode(), b"", "sha256").hex()
        if not session_key or not secrets.compare_digest(proof, sent.get("signature", "")):
            raise Refusal(87009)
        versions = range(newest, max(0, newest - KEYS_KEPT), -1)
        return [
            {"encrypt_key": signing_key(sent["openid"], version), "version": version, "expire_in": 3600}
            for version in versions
        ]

    def latest_key(self, openid: str) -> dict[str, str | int]:
        """Return what ``getLatestUserKey`` gives on this user's phone."""
        with self._lock:
            version = self._key_version
        key = signing_key(openid, version)
        return {"encryptKey": key, "iv": key, "version": version, "expireTime": int(time.time()) + 3600}

    def rotate_keys(self) -> int:
        """Let every user's next signing key begin, and return its version."""
        with self._lock:
            self._key_version += 1
            return self._key_version

    def grant(self, openid: str, template_id: str) -> None:
        """Let one more message of this template through to the user."""
        with self._lock:
            self._grants[openid, template_id] += 1

    def send(self, message: dict[str, Any]) -> None:
        """Let the message through, which uses up one grant."""
        granted = message["touser"], message["template_id"]
        with self._lock:
            if not self._grants[granted]:
                raise Refusal(43101)
            self._grants[granted] -= 1
            self._messages.append(message)

    def messages_to(self, openid: str | None) -> list[dict[str, Any]]:
        """Return what came through to the user, the first first."""
        with self._lock:
            return [message for message in self._messages if message["touser"] == openid]

    def expire_tokens(self) -> None:
        """Forget every token issued."""
        with self._lock:
            self._token_ends.clear()


def create_stand_in(*, app_id: str = APP_ID, app_secret: str = APP_SECRET) -> Flask:
    """Build the stand-in for one mini-program's id and secret."""
    app = Flask(__name__)
    memory = Memory()

    @app.errorhandler(Refusal)
    def _refuse(refusal: Refusal) -> dict[str, Any]:
        return {"errcode": refusal.code, "errmsg": f"{refusal}, rid: {secrets.token_hex(8)}"}

    @app.get("/sns/jscode2session")
    def _code_to_session() -> dict[str, str] | Response:
        _check_app(request.args, app_id=app_id, app_secret=app_secret, grant_type="authorization_code")
        code = _code_in(request.args, "js_code")
        return _trouble(code) or memory.sign_in(_openid_of(code, memory))

    @app.post("/cgi-bin/stable_token")
    def _stable_token() -> dict[str, str | int]:
        body = _json_body()
        _check_app(body, app_id=app_id, app_secret=app_secret, grant_type="client_credential")
        token, seconds_left = memory.issue_token(force_refresh=body.get("force_refresh") is True)
        return {"access_token": token, "expires_in": seconds_left}

    @app.post("/wxa/business/getuserphonenumber")
    def _phone_number() -> dict[str, Any] | Response:
        _check_token(memory)
        code = _code_in(_json_body(), "code")
        return _trouble(code) or {"phone_info": _phone_info(_phone_of(code, memory), app_id)}

    @app.post("/wxa/business/getuserencryptkey")
    def _signing_keys() -> dict[str, Any]:
        _check_token(memory)
        return {"errcode": 0, "errmsg": "ok", "key_info_list": memory.signing_keys(request.args)}

    @app.post("/cgi-bin/message/subscribe/send")
    def _send_message() -> dict[str, Any]:
        _check_token(memory)
        message = _json_body()
        _check_message(message)
        if LIMIT_ONCE.fullmatch(message["touser"]) and memory.first_use(message["touser"]):
            raise Refusal(45011)
        memory.send(message)
        return {"errcode": 0, "errmsg": "ok"}

    @app.post("/wxa/msg_sec_check")
    def _check_text() -> dict[str, Any]:
        _check_token(memory)
        body = _json_body()
        _check_text_call(body, memory)
        suggest, label = _suggestion(body["content"])
        found = {"suggest": suggest, "label": label}
        detail = [{"strategy": "content_model", "errcode": 0, "prob": 90, **found}]
        return {
            "errcode": 0,
            "errmsg": "ok",
            "result": found,
            "detail": detail,
            "trace_id": secrets.token_hex(12),
        }

    @app.post("/wxa/img_sec_check")
    def _check_picture() -> dict[str, Any]:
        _check_token(memory)
        media = request.files.get("media")
        if media is None:
            raise Refusal(41005)
        if _is_red(_picture_in(media.read())):
            raise Refusal(87014)
        return {"errcode": 0, "errmsg": "ok"}

    @app.post("/stand-in/grants")
    def _grant() -> tuple[str, int]:
        body = _json_body()
        memory.grant(body["openid"], body["template_id"])
        return "", 204

    @app.get("/stand-in/messages")
    def _messages() -> list[dict[str, Any]]:
        return memory.messages_to(request.args.get("openid"))

    @app.get("/stand-in/user-key")
    def _user_key() -> dict[str, str | int]:
        return memory.latest_key(request.args["openid"])

    @app.post("/stand-in/rotate-keys")
    def _rotate_keys() -> dict[str, int]:
        return {"version": memory.rotate_keys()}

    @app.post("/stand-in/expire-tokens")
    def _expire_tokens() -> tuple[str, int]:
        memory.expire_tokens()
        return "", 204

    return app


def _refused(code: int) -> str:
    raise Refusal(code)


def _check_token(memory: Memory) -> None:
    token = request.args.get("access_token") or _refused(41001)
    if not memory.knows_token(token):
        raise Refusal(40001)


def _json_body() -> dict[str, Any]:
    try:
        body = request.get_json(force=True)  # the real one does not look at the content type
    except HTTPException:
        body = None
    if not isinstance(body, dict):
        raise Refusal(47001)
    return body


def _check_app(sent: Any, *, app_id: str, app_secret: str, grant_type: str) -> None:
    if (sent.get("appid") or _refused(41002)) != app_id:
        raise Refusal(40013)
    if (sent.get("secret") or _refused(41004)) != app_secret:
        raise Refusal(40125)
    if sent.get("grant_type") != grant_type:
        raise Refusal(40002)


def _check_message(message: dict[str, Any]) -> None:
    """Refuse a message that WeChat would not take, whoever it is for."""
    openid, data = message.get("touser"), message.get("data")
    if not isinstance(openid, str) or not openid:
        raise Refusal(40003)
    names = TEMPLATES.get(str(message.get("template_id"))) or _refused(40037)
    if not PAGE.fullmatch(str(message.get("page"))):
        raise Refusal(41030)
    if not isinstance(data, dict) or sorted(data) != sorted(names):
        raise Refusal(47003)
    for name, field in data.items():
        value = field.get("value") if isinstance(field, dict) else None
        if not isinstance(value, str) or not FIELDS[name.rstrip("0123456789")].fullmatch(value):
            raise Refusal(47003)


def _check_text_call(body: dict[str, Any], memory: Memory) -> None:
    """Refuse a text that WeChat would not look at, and make the trouble that the user or the text asks for."""
    openid, content = body.get("openid"), body.get("content")
    if not isinstance(openid, str) or not openid:
        raise Refusal(40003)
    if not isinstance(content, str) or not content or body.get("version") != 2:
        raise Refusal(47001)
    if body.get("scene") not in SCENES:
        raise Refusal(40129)
    if len(content) > TEXT_CHARACTERS:
        raise Refusal(45002)
    if openid.startswith("away-"):
        raise Refusal(61010)
    if content == "busy":
        raise Refusal(-1)
    if LIMIT_ONCE.fullmatch(openid) and memory.first_use(f"text-{openid}"):
        raise Refusal(44991)


def _suggestion(content: str) -> tuple[str, int]:
    return next((found for word, found in SUGGESTIONS.items() if word in content), NORMAL)


def _picture_in(data: bytes) -> Image.Image:
    if len(data) > PICTURE_BYTES:
        raise Refusal(40006)
    try:
        picture = Image.open(BytesIO(data)).convert("RGB")
    except OSError:
        raise Refusal(40005) from None
    if picture.width > PICTURE_PX[0] or picture.height > PICTURE_PX[1]:
        raise Refusal(40006)
    return picture


def _is_red(picture: Image.Image) -> bool:
    red, green, blue = ImageStat.Stat(picture).mean
    return red > 200 and green < 60 and blue < 60


def _code_in(sent: Any, name: str) -> str:
    return str(sent.get(name) or _refused(41008))


def _trouble(code: str) -> Response | None:
    """Make the trouble that the code asks for, if it asks for any."""
    if code in TROUBLES:
        raise Refusal(TROUBLES[code])
    if code == "slow":
        time.sleep(SLOW_SECONDS)
    if code == "broken":
        return Response('{"openid": "demo-', mimetype="application/json")
    if code == "html":
        return Response("<html><body>502 Bad Gateway</body></html>", status=502, mimetype="text/html")
    return None


def _openid_of(code: str, memory: Memory) -> str:
    if DEMO.fullmatch(code):
        return code
    if once := ONCE.fullmatch(code):
        return once[1] if memory.first_use(code) else _refused(40163)
    if busy_once := BUSY_ONCE.fullmatch(code):
        return _refused(-1) if memory.first_use(code) else busy_once[1]
    raise Refusal(40029)


def _phone_of(code: str, memory: Memory) -> str:
    if phone := PHONE.fullmatch(code):
        return phone[1]
    if (once := PHONE_ONCE.fullmatch(code)) and memory.first_use(code):
        return once[1]
    raise Refusal(40029)


def _phone_info(phone: str, app_id: str) -> dict[str, Any]:
    return {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": {"timestamp": int(time.time()), "appid": app_id},
    }


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing: the address carries the secret and the codes."""


@dataclass(frozen=True)
class RunningServer:
    """A stand-in that is listening at `url` until `stop()`."""

    url: str
    _server: BaseWSGIServer
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop listening; an answer under way is abandoned."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def serve(port: int = 0, *, app_id: str = APP_ID, app_secret: str = APP_SECRET) -> RunningServer:
    """Start the stand-in on 127.0.0.1 in a thread; port 0 takes a free one."""
    app = create_stand_in(app_id=app_id, app_secret=app_secret)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, name="wechat-stand-in", daemon=True)
    thread.start()
    return RunningServer(f"http://127.0.0.1:{server.server_port}", server, thread)


def main() -> None:
    """Run the stand-in until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        description="stand-in for WeChat's servers, for demonstrations and tests"
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--app-id", default=APP_ID)
    parser.add_argument("--app-secret", default=APP_SECRET)
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = serve(options.port, app_id=options.app_id, app_secret=options.app_secret)
    print(f"WeChat stand-in ready at {server.url}", flush=True)
    while not ended.wait(1):  # a time-out, because Windows hears Ctrl-C only between waits
        pass
    server.stop()


if __name__ == "__main__":
    main()
