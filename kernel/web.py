"""What every address has in common: one shape of error, strict JSON, text that is text, cursors."""

import base64
import json
import math
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import apiflask
import marshmallow
import structlog
from apiflask import APIFlask, HTTPError
from flask import Flask, Response, current_app, g, jsonify, request
from limits.errors import StorageError
from marshmallow import ValidationError, fields, validate
from psycopg.errors import (
    DeadlockDetected,
    IdleInTransactionSessionTimeout,
    LockNotAvailable,
    QueryCanceled,
)
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

from kernel.errors import NotFound, Refusal, TooLarge, TooMany, Unavailable, Unreadable, WrongType
from kernel.periods import CHINA, Month
from kernel.wording import UNKNOWN, speak_chinese

log = structlog.get_logger(__name__)
speak_chinese()

JSON_BODY_BYTES = 64 * 1024
DOCUMENT_DEPTH = 32
ECHOED_CHARACTERS = 64
RETRY_SECONDS = "60"
"""When whoever knocked too often may knock again: the limits are per minute."""
MESSAGES = {
    400: "请求无法识别",
    404: "没有找到",
    405: "不支持这种操作",
    413: "内容过大",
    415: "内容类型不对，请使用 application/json",
    422: "填写的内容有误",
    429: "操作过于频繁，请稍后再试",
    500: "系统出错，已记录，请稍后再试",
    503: "系统繁忙，请稍后再试",
}
CODES = {
    400: "unreadable",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal",
    503: "busy",
}


def install(app: APIFlask) -> None:
    """Give the app its request ids, its strict reading of requests and its one shape of error."""
    app.config["MAX_CONTENT_LENGTH"] = 8 * 1024 * 1024
    app.config["MAX_FORM_PARTS"] = 20
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions[REFUSAL_HOOKS] = []
    app.before_request(_begin)
    app.after_request(_add_headers)
    app.error_processor(_present_http_error)
    app.register_error_handler(Refusal, _present_refusal)
    app.register_error_handler(HTTPException, _present_werkzeug_error)
    app.register_error_handler(Exception, _present_fault)
    for outage in (OperationalError, InterfaceError, InternalError, TimeoutError, StorageError):
        app.register_error_handler(outage, _present_outage)


def error_body(code: str, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the one shape in which every error leaves."""
    return {"error": {"code": code, "message": message, "details": dict(details or {})}}


def _begin() -> None:
    g.request_id = secrets.token_hex(8)


def read_strictly(app: Flask) -> None:
    """Look through each request before its view reads it; installed after the gate, which reads no body."""
    app.before_request(_read_request_strictly)


def takes_json(max_bytes: int) -> Callable[[Any], Any]:
    """Mark a view that takes more JSON than others."""

    def mark(view: Any) -> Any:
        view.json_body_bytes = max_bytes
        return view

    return mark


def _read_request_strictly() -> None:
    if request.endpoint is None:
        return
    view: Any = current_app.view_functions[request.endpoint]
    declared: dict[str, Any] = getattr(view, "_spec", {})
    _check_parameters(takes_any="query" in (location for _, location in declared.get("args", ())))
    if request.is_json:
        request.max_content_length = getattr(view, "json_body_bytes", JSON_BODY_BYTES)
        _check_json(_read_body())
    elif "content_type" in declared and request.mimetype != declared["content_type"] and _has_body():
        raise WrongType("unsupported_media_type", MESSAGES[415])


def _check_parameters(*, takes_any: bool) -> None:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Unreadable("duplicate_parameter", "参数重复", parameter=_legible(name))
        if not takes_any:
            raise Refusal("invalid", MESSAGES[422], **{_legible(name): [UNKNOWN]})


def _has_body() -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _read_body() -> bytes:
    body = request.get_data(cache=True)
    if request.content_length is None and len(body) >= (request.max_content_length or 0):
        raise TooLarge("too_large", MESSAGES[413])  # Werkzeug cuts a body of unsaid length at the limit
    return body


def _check_json(body: bytes) -> None:
    """Refuse what cannot be read; doubled names, bottomless nesting and endless numbers are unreadable."""
    try:
        json.loads(body.decode("utf-8") or "null", object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise Unreadable("unreadable_json", "请求内容不是有效的 JSON") from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _add_headers(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = response.headers.get("Cache-Control", "no-store")
    response.headers["Server"] = "zhucun"
    return response


def _present_http_error(error: HTTPError) -> tuple[dict[str, Any], int, Any]:
    code = CODES.get(error.status_code, "refused")
    body = error_body(code, MESSAGES.get(error.status_code, MESSAGES[400]), _plain(error.detail))
    return body, error.status_code, error.headers or {}


def _plain(detail: Any) -> dict[str, Any]:
    """Return APIFlask's {location: {field: messages}} as {field: messages}, the names as text that can be sent."""
    return (
        _legible({field: messages for place in detail.values() for field, messages in place.items()})
        if detail
        else {}
    )


def _legible(value: Any) -> Any:
    """Return what a client sent so that it can be sent back: short, and without broken characters."""
    match value:
        case dict():
            return {_legible(str(key)): _legible(item) for key, item in value.items()}
        case list():
            return [_legible(item) for item in value]
        case str():
            return value[:ECHOED_CHARACTERS].encode("utf-8", "replace").decode()
        case _:
            return value


REFUSAL_HOOKS = "zhucun_refusal_hooks"


def on_refusal(app: Flask, hook: Callable[[Refusal], None]) -> None:
    """Call the hook with every refusal that leaves; should the hook fail, the answer leaves all the same."""
    app.extensions[REFUSAL_HOOKS].append(hook)


def _present_refusal(refusal: Refusal) -> Response:
    for hook in current_app.extensions[REFUSAL_HOOKS]:
        try:
            hook(refusal)
        except Exception:
            log.exception("refusal_hook", request_id=g.get("request_id"), code=refusal.code)
    return _answer_refusal(refusal)


def _answer_refusal(refusal: Refusal) -> Response:
    response = jsonify(error_body(refusal.code, refusal.message, refusal.details))
    response.status_code = refusal.status
    if isinstance(refusal, TooMany | Unavailable):
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def _present_werkzeug_error(error: HTTPException) -> Response:
    status = error.code or 500
    original = error.get_response()
    if status < 400:
        return original  # type: ignore[return-value]
    response = jsonify(error_body(CODES.get(status, "refused"), MESSAGES.get(status, MESSAGES[400])))
    response.status_code = status
    for name in ("Allow", "Retry-After"):
        if name in original.headers:
            response.headers[name] = original.headers[name]
    if status == 429:
        response.headers.setdefault("Retry-After", RETRY_SECONDS)
    return response


def _present_fault(fault: Exception) -> Response:
    log.error("fault", request_id=g.get("request_id"), endpoint=request.endpoint, exc_info=fault)
    response = jsonify(error_body("internal", MESSAGES[500], {"request_id": g.get("request_id")}))
    response.status_code = 500
    return response


def _present_outage(outage: Exception) -> Response:
    """Answer 503 when the database or a lock does not come in time; the phone sends the same again."""
    cause = getattr(outage, "orig", None)
    if isinstance(outage, InternalError) and not isinstance(cause, IdleInTransactionSessionTimeout):
        return _present_fault(outage)
    expected = isinstance(cause, QueryCanceled | LockNotAvailable | DeadlockDetected)
    log.warning(
        "outage", request_id=g.get("request_id"), kind=type(cause or outage).__name__, bounded=expected
    )
    return _answer_refusal(Unavailable())


# -- schemas ------------------------------------------------------------------------------------


class Schema(apiflask.Schema):
    """The base of all schemas: what is not declared is refused."""

    class Meta:
        unknown = marshmallow.RAISE

    def load(self, data: Any, *, unknown: Any = None, **kwargs: Any) -> Any:
        """Read the data; what webargs would overlook in a query string is refused like everything else."""
        return super().load(data, unknown=marshmallow.RAISE, **kwargs)


def one_line(text: str, *, lines: bool = False) -> str:
    """Return the text in NFC; control, bidi-override and surrogate characters raise ValueError."""
    for character in text:
        if character == "\n" and lines:
            continue
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI:
            raise ValueError("contains characters that are no text")
    return unicodedata.normalize("NFC", text).strip()


_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class TextField(fields.String):
    """Text as people write it: normalised, without control characters, its length in characters."""

    def __init__(self, *, max_length: int, min_length: int = 1, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=min_length, max=max_length), **kwargs)
        self.lines = lines

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return one_line(text, lines=self.lines)
        except ValueError as error:
            raise ValidationError("含有无法识别的字符") from error


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DayField(fields.Date):
    """A calendar day up to 2100, ``2026-11-23``; what happened in somebody's life may lie before 2000."""

    def __init__(self, *, first_year: int = 2000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first_year = first_year

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if not _DAY.fullmatch(str(value)):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        day = super()._deserialize(value, attr, data, **kwargs)
        if not self.first_year <= day.year <= 2100:
            raise ValidationError("日期超出范围")
        return day


class InstantField(fields.AwareDateTime):
    """An instant with its zone between the years 2000 and 2100."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        instant = super()._deserialize(value, attr, data, **kwargs)
        if not 2000 <= instant.year <= 2100:
            raise ValidationError("时间超出范围")
        return instant


class Instant(fields.AwareDateTime):
    """An instant by the clock of China, whichever zone it was kept in."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize(value and value.astimezone(CHINA), attr, obj, **kwargs)


class DocumentField(fields.Dict):
    """A JSON object kept as it was sent; nothing in it that the database could not store."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        document = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        if not _is_storable(document):
            raise ValidationError("含有无法识别的字符或数，或层次过深")
        return document


def _is_storable(document: Any) -> bool:
    waiting = [(document, 0)]
    while waiting:
        item, depth = waiting.pop()
        match item:
            case dict():
                waiting += [(part, depth + 1) for pair in item.items() for part in pair]
            case list():
                waiting += [(part, depth + 1) for part in item]
            case str() if "\0" in item or any(map(_is_surrogate, item)):
                return False
            case float() if not math.isfinite(item):
                return False
        if depth > DOCUMENT_DEPTH:
            return False
    return True


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


class MonthField(fields.String):
    """A month, ``2026-11``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": r"^20\d\d-(0[1-9]|1[0-2])$"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Month:  # type: ignore[override]
        return month_of(super()._deserialize(value, attr, data, **kwargs))

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str:
        return str(value)


def month_of(text: str) -> Month:
    """Return the month a client wrote, ``2026-11``; ValidationError if it is none."""
    try:
        return Month.parse(text)
    except ValueError as error:
        raise ValidationError("月份应写作 2026-11") from error


def month_in_path(text: str) -> Month:
    """Return the month of an address; NotFound if it is none."""
    try:
        return Month.parse(text)
    except ValueError as error:
        raise NotFound("month_unknown", "月份应写作 2026-11") from error


class Number(fields.Float):
    """A finite JSON number; text and booleans are none."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class ErrorDetail(Schema):
    code = fields.String(metadata={"description": "Stable English code"})
    message = fields.String(metadata={"description": "Chinese sentence for the person at the phone"})
    details = fields.Dict()


class ErrorResponse(Schema):
    error = fields.Nested(ErrorDetail)


# -- pages --------------------------------------------------------------------------------------


class PageQuery(Schema):
    limit = fields.Integer(strict=False, load_default=50, validate=validate.Range(min=1, max=200))
    cursor = fields.String(load_default=None, validate=validate.Length(max=300))


def write_cursor(*key: Any) -> str:
    """Return an opaque text for the key of a page's last row."""
    return base64.urlsafe_b64encode(json.dumps(key, default=str).encode()).decode()


def read_cursor(cursor: str | None, *readers: Callable[[str], Any]) -> list[Any] | None:
    """Return the key a cursor stands for, each part read by its reader; None for the first page."""
    if cursor is None:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return [reader(part) for reader, part in zip(readers, parts, strict=True)]
    except (ValueError, TypeError, AttributeError) as error:
        raise NotFound("cursor_unknown", "翻页位置无效，请从头查看") from error
