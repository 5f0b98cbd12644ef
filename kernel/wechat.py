"""WeChat's server interface: who tapped (login code), their phone number (phone code), their signing keys,
the subscribe messages we send them, and content security.

Codes, phone numbers, session keys, signing keys and the access token never leave this module except as
return values: they are not logged, and errors carry only WeChat's error number.
"""

import hmac
import logging
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, Protocol

import httpx
import redis
import structlog

log = structlog.get_logger(__name__)
# httpx writes whole addresses at INFO; WeChat puts the secret, the codes and the token into the address.
logging.getLogger("httpx").setLevel(logging.WARNING)

# The error numbers of WeChat's reference (全局返回码) told apart here; any other is for an operator.
_SYSTEM_BUSY: Final = -1
_BUSY: Final = frozenset({_SYSTEM_BUSY, 44991, 45009, 45011})
_CODE_INVALID: Final = 40029
_CODE_REFUSED: Final = frozenset({_CODE_INVALID, 40163, 41008, 40226})
_TOKEN_STALE: Final = frozenset({40001, 42001, 40014})
_APP_MISMATCH: Final = 40013
_NOT_SUBSCRIBED: Final = 43101
_USER_AWAY: Final = 61010
_RISKY: Final = 87014
_COMMENT: Final = 2
"""The scene of msgSecCheck that is nearest to what people write here."""

_CODE_SHAPE: Final = re.compile(r"[!-~]{1,512}")
_TOKEN_RESERVE_SECONDS: Final = 300
_CALLS_AT_ONCE: Final = 16


class WeChatError(Exception):
    """WeChat did not give what was asked; `code` is its error number, None without a readable answer."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(f"WeChat error {code}" if code is not None else "no readable answer from WeChat")
        self.code = code


class CodeRefused(WeChatError):
    """The code is invalid, used, expired or from a blocked user: the phone must fetch a new one."""


class NotSubscribed(WeChatError):
    """The user has not agreed to this message, or the one message they agreed to is used up: no fault at all."""


class UserAway(WeChatError):
    """The user has not opened the mini-program for two hours: WeChat checks nothing of theirs until they do."""


class ContentRisky(WeChatError):
    """The content may break the law or WeChat's rules."""


class WeChatBusy(WeChatError):
    """WeChat is busy, slow, unreachable or its quota used up: the caller answers 503 with Retry-After."""


class WeChatMisconfigured(WeChatError):
    """WeChat refuses this app (id, secret, permission, template, IP list): an operator must act; answers 503."""


class TokenCache(Protocol):
    """The part of redis.Redis that keeps the access token; give it time-outs of its own."""

    def get(self, name: str, /) -> Any: ...
    def set(self, name: str, value: str, /, *, ex: int) -> Any: ...


@dataclass(frozen=True, slots=True)
class WechatUser:
    """A WeChat user as WeChat knows them; the session key is a secret between WeChat and us."""

    openid: str
    session_key: str


class WeChat:
    """One mini-program's calls to WeChat; safe to share between threads.

    Every public call ends within `timeout_seconds`, plus at most one time-out of the cache.
    """

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        base_url: str = "https://api.weixin.qq.com",
        cache: TokenCache,
        timeout_seconds: float = 3.0,
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._cache = cache
        self._cache_key = f"wechat:access_token:{app_id}"
        self._timeout_seconds = timeout_seconds
        self._http = httpx.Client(base_url=base_url, follow_redirects=False)
        # httpx bounds each read, not the whole call, and name look-ups not at all: a waiting thread does.
        self._threads = ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="wechat")

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def user_of(self, code: str) -> WechatUser:
        """Exchange a login code of `wx.login` for the user's openid and session key.

        Raises CodeRefused, WeChatBusy, WeChatMisconfigured.
        """
        _check_shape(code)
        query = {
            "appid": self._app_id,
            "secret": self._app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        answer = self._ask("GET", "/sns/jscode2session", self._deadline(), params=query)
        _refuse_errors(answer)
        return WechatUser(openid=_text(answer, "openid"), session_key=_text(answer, "session_key"))

    def phone_of(self, code: str, openid: str) -> str:
        """Exchange a phone code of `getPhoneNumber` for the number: bare for +86, else "+cc number".

        `openid` lets WeChat check that the code is that user's. Raises CodeRefused, WeChatBusy,
        WeChatMisconfigured.
        """
        _check_shape(code)
        body = {"code": code, "openid": openid}
        answer = self._ask_with_token("/wxa/business/getuserphonenumber", json=body)
        return self._number(answer.get("phone_info"))

    def signing_keys(self, user: WechatUser) -> dict[int, str]:
        """Return the keys with which this user's phone signs, by version; WeChat keeps the latest few.

        Raises WeChatBusy, WeChatMisconfigured (also when the session key is no longer WeChat's own).
        """
        query = {
            "openid": user.openid,
            "signature": hmac.digest(user.session_key.encode(), b"", "sha256").hex(),
            "sig_method": "hmac_sha256",
        }
        answer = self._ask_with_token("/wxa/business/getuserencryptkey", params=query)
        keys = answer.get("key_info_list")
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise _unreadable(field="key_info_list")
        return {int(key["version"]): _text(key, "encrypt_key") for key in keys if "version" in key}

    def send_subscribe_message(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str]
    ) -> None:
        """Send the user one subscribe message (订阅消息); ``data`` holds the template's fields by name.

        After a WeChatBusy it may have been sent all the same. Raises NotSubscribed, WeChatBusy,
        WeChatMisconfigured (also for a template, page or field that WeChat does not take).
        """
        body = {
            "touser": openid,
            "template_id": template_id,
            "page": page,
            "data": {name: {"value": value} for name, value in data.items()},
        }
        self._ask_with_token("/cgi-bin/message/subscribe/send", json=body)

    def is_risky_text(self, text: str, *, openid: str) -> bool:
        """Say whether WeChat holds a text of the user for risky (msgSecCheck 2.0); at most 2,500 characters.

        What it would have a person look at (``review``) is not risky. Raises UserAway, WeChatBusy,
        WeChatMisconfigured.
        """
        body = {"openid": openid, "scene": _COMMENT, "version": 2, "content": text}
        result = self._ask_with_token("/wxa/msg_sec_check", json=body).get("result")
        suggested = result.get("suggest") if isinstance(result, dict) else None
        if suggested not in ("pass", "review", "risky"):
            raise _unreadable(field="result")
        return bool(suggested == "risky")

    def is_risky_picture(self, jpeg: bytes) -> bool:
        """Say whether WeChat holds a picture for risky (imgSecCheck); at most 1 MB and 750 × 1334 pixels.

        Raises WeChatBusy, WeChatMisconfigured.
        """
        try:
            self._ask_with_token("/wxa/img_sec_check", files={"media": ("photo.jpg", jpeg, "image/jpeg")})
        except ContentRisky:
            return True
        return False

    def _ask_with_token(
        self, path: str, *, params: dict[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        """Ask with the cached access token, once more with a fresh one if WeChat no longer takes it."""
        deadline = self._deadline()

        def ask(token: str) -> dict[str, Any]:
            query = {"access_token": token, **(params or {})}
            return self._ask("POST", path, deadline, params=query, **body)

        answer = ask(self._cached_token() or self._fetch_token(deadline))
        if answer.get("errcode") in _TOKEN_STALE:
            answer = ask(self._fetch_token(deadline))
        _refuse_errors(answer)
        return answer

    def _number(self, phone_info: Any) -> str:
        if not isinstance(phone_info, dict) or not isinstance(phone_info.get("watermark"), dict):
            raise _unreadable(field="phone_info")
        if phone_info["watermark"].get("appid") != self._app_id:
            _refuse_errors({"errcode": _APP_MISMATCH})
        number = _text(phone_info, "purePhoneNumber")
        country = str(phone_info.get("countryCode"))  # WeChat sends text or a number
        return number if country == "86" else f"+{country} {number}"

    def _cached_token(self) -> str | None:
        try:
            token = self._cache.get(self._cache_key)
        except redis.RedisError:
            log.warning("wechat_token_cache_unreachable")
            return None
        return token.decode() if isinstance(token, bytes) else token

    def _fetch_token(self, deadline: float) -> str:
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._app_secret}
        answer = self._ask("POST", "/cgi-bin/stable_token", deadline, json=body)
        _refuse_errors(answer)
        token, expires_in = _text(answer, "access_token"), answer.get("expires_in")
        if isinstance(expires_in, int) and expires_in > _TOKEN_RESERVE_SECONDS:
            try:
                self._cache.set(self._cache_key, token, ex=expires_in - _TOKEN_RESERVE_SECONDS)
            except redis.RedisError:
                log.warning("wechat_token_cache_unreachable")
        return token

    def _deadline(self) -> float:
        return monotonic() + self._timeout_seconds

    def _ask(self, method: str, path: str, deadline: float, **request: Any) -> dict[str, Any]:
        answer = self._send(method, path, deadline, **request)
        if answer.get("errcode") == _SYSTEM_BUSY:
            answer = self._send(method, path, deadline, **request)
        return answer

    def _send(self, method: str, path: str, deadline: float, **request: Any) -> dict[str, Any]:
        left_seconds = deadline - monotonic()
        if left_seconds <= 0:
            raise WeChatBusy
        call = self._threads.submit(self._http.request, method, path, timeout=left_seconds, **request)
        try:
            response = call.result(timeout=left_seconds)
            answer = response.json() if response.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            log.warning("wechat_unreachable", path=path, reason=type(error).__name__)
            # `from None`: the cause carries the address or the body, and with them the secrets.
            raise WeChatBusy from None
        finally:
            call.cancel()
        if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
            raise _unreadable(path=path, status=response.status_code)
        return answer


def _check_shape(code: str) -> None:
    """Refuse what WeChat never issues, so that nothing odd goes into an address."""
    if not _CODE_SHAPE.fullmatch(code):
        raise CodeRefused(_CODE_INVALID)


def _refuse_errors(answer: dict[str, Any]) -> None:
    """Raise the error that WeChat's number stands for; a success has 0 or no number at all."""
    code = answer.get("errcode")
    if not code:
        return
    if code in _CODE_REFUSED:
        raise CodeRefused(code)
    if code == _NOT_SUBSCRIBED:
        raise NotSubscribed(code)
    if code == _USER_AWAY:
        raise UserAway(code)
    if code == _RISKY:
        raise ContentRisky(code)
    if code in _BUSY:
        log.warning("wechat_busy", code=code)
        raise WeChatBusy(code)
    log.error("wechat_misconfigured", code=code)
    raise WeChatMisconfigured(code)


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise _unreadable(field=name)
    return value


def _unreadable(**where: object) -> WeChatBusy:
    log.warning("wechat_unreadable", **where)
    return WeChatBusy()
