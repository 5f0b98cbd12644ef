"""Requests signed by the mini-program with WeChat's own per-user key: a script outside WeChat has none (D8)."""

import hmac
import json
from contextlib import suppress
from uuid import UUID

import redis
from flask import current_app, request
from sqlalchemy import select

from identity.login import cipher
from identity.models import WechatBinding
from identity.scope import Caller
from kernel.database import db
from kernel.errors import Unauthenticated
from kernel.wechat import WeChat, WeChatError, WechatUser

SIGNATURE_HEADER = "X-Signature"
VERSION_HEADER = "X-Signature-Version"
KEYS_KEPT_SECONDS = 3_600


def is_signed(caller: Caller) -> bool:
    """Say whether the body was signed by the caller's phone (hex HMAC-SHA-256 under the key of that version).

    A wrong signature is Unauthenticated. No signature, or a WeChat that cannot be asked, is no reason to
    refuse anything: the answer is False, and a person may judge.
    """
    signature = request.headers.get(SIGNATURE_HEADER)
    if signature is None:
        return False
    try:
        key = _key(caller.person_id, int(request.headers[VERSION_HEADER]))
    except WeChatError:
        return False
    except (KeyError, ValueError):
        key = None
    expected = hmac.digest(key.encode(), request.get_data(), "sha256").hex() if key else ""
    if not key or not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Unauthenticated("signature_wrong", "请求签名不对，请退出小程序后重新进入")
    return True


def _key(person_id: UUID, version: int) -> str | None:
    known = _remembered(person_id)
    if version not in known:
        known = _ask(person_id)
    return known.get(version)


def _remembered(person_id: UUID) -> dict[int, str]:
    try:
        kept = _cache().get(_name(person_id))
    except redis.RedisError:
        return {}
    return {int(version): key for version, key in json.loads(kept).items()} if kept else {}


def _ask(person_id: UUID) -> dict[int, str]:
    binding = db.session.scalars(
        select(WechatBinding).where(
            WechatBinding.person_id == person_id,
            WechatBinding.ended_at.is_(None),
            WechatBinding.wechat_key_sealed.is_not(None),
        )
    ).one_or_none()
    if binding is None or binding.wechat_key_sealed is None:
        raise WeChatError
    session_key = cipher().decrypt(binding.wechat_key_sealed, field="wechat_key", row_id=binding.id)
    wechat: WeChat = current_app.extensions["wechat"]
    keys = wechat.signing_keys(WechatUser(openid=binding.openid, session_key=session_key))
    with suppress(redis.RedisError):
        _cache().set(_name(person_id), json.dumps(keys), ex=KEYS_KEPT_SECONDS)
    return keys


def _cache() -> redis.Redis:
    return current_app.extensions["cache"]  # type: ignore[no-any-return]


def _name(person_id: UUID) -> str:
    return f"wechat:signing_keys:{person_id}"
