"""The expected answers of "no"; everything else that goes wrong is a fault of ours."""

from typing import Any


class Refusal(Exception):
    """A rule says no: 422 with a stable English code and a Chinese sentence for the person at the phone."""

    status = 422

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.details = details


class Unreadable(Refusal):
    """What was sent cannot be read at all: 400."""

    status = 400


class Unauthenticated(Refusal):
    """Nobody is signed in, or the session has ended: 401."""

    status = 401

    def __init__(self, code: str = "not_signed_in", message: str = "请先登录", **details: Any) -> None:
        super().__init__(code, message, **details)


class Forbidden(Refusal):
    """The caller's role may not do this: 403."""

    status = 403

    def __init__(
        self, code: str = "forbidden", message: str = "您的身份不能办理此项", **details: Any
    ) -> None:
        super().__init__(code, message, **details)


class NotFound(Refusal):
    """It does not exist, or lies outside the caller's area; the answer does not say which: 404."""

    status = 404

    def __init__(self, code: str = "not_found", message: str = "没有找到", **details: Any) -> None:
        super().__init__(code, message, **details)


class Conflict(Refusal):
    """The state of things does not allow it, or it exists already: 409."""

    status = 409


class TooLarge(Refusal):
    """More than this address takes: 413."""

    status = 413


class WrongType(Refusal):
    """The content is of a type this address does not take: 415."""

    status = 415


class TooMany(Refusal):
    """More than one may send in a while; the same request may be sent again later: 429."""

    status = 429

    def __init__(self, code: str, message: str, *, retry_after_seconds: int, **details: Any) -> None:
        super().__init__(code, message, **details)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Refusal):
    """Something we depend on does not answer; the same request may be sent again: 503."""

    status = 503

    def __init__(
        self,
        code: str = "busy",
        message: str = "系统繁忙，请稍后再试",
        *,
        retry_after_seconds: int = 3,
        **details: Any,
    ) -> None:
        super().__init__(code, message, **details)
        self.retry_after_seconds = retry_after_seconds


class NoRoom(Refusal):
    """The disk has no room for a photo; the same one may be sent again later: 507."""

    status = 507

    def __init__(
        self, code: str = "no_room_for_photos", message: str = "照片暂时存不下，请稍后再传", **details: Any
    ) -> None:
        super().__init__(code, message, **details)
