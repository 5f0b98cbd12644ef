"""Signing in: a WeChat code becomes a token, once the WeChat is bound to a person of the roster."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from identity.models import Invitation, WechatBinding
from identity.session import end_sessions, holds_any_role, start_session
from kernel import audit
from kernel.clock import now as clock_now
from kernel.crypto import FieldCipher
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, Refusal, Unauthenticated, Unavailable
from kernel.wechat import CodeRefused, WeChat, WeChatBusy, WeChatMisconfigured, WechatUser
from org.models import Person

T = TypeVar("T")

NO_ROW = UUID(int=0)
BINDING_MINUTES = 10
INVITATION_DAYS = 7
INVITATION_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
INVITATION_LENGTH = 10


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun."""

    token: str
    expires_at: datetime
    person: Person


class NotBound(Forbidden):
    """This WeChat belongs to nobody yet; the ticket lets its holder bind it within ten minutes."""

    def __init__(self, ticket: str) -> None:
        super().__init__("not_bound", "首次使用，请用手机号或邀请码确认身份", binding_ticket=ticket)


def sign_in(code: str) -> SignedIn:
    """Start a session for the person this WeChat is bound to; NotBound if there is none."""
    user = _user_of(code)
    with transaction():
        now = clock_now()
        binding = db.session.scalars(
            select(WechatBinding).where(WechatBinding.openid == user.openid, WechatBinding.ended_at.is_(None))
        ).one_or_none()
        if binding is not None:
            binding.wechat_key_sealed = _seal(user.session_key, binding.id)
            return _begin(db.session.get_one(Person, binding.person_id), now)
        audit.record("session.start", now=now, result="denied", code="not_bound")
    raise NotBound(_write_binding_ticket(user))


def _user_of(code: str) -> WechatUser:
    try:
        return ask_wechat(lambda wechat: wechat.user_of(code))
    except Unauthenticated as refused:
        with transaction():
            audit.record("session.start", now=clock_now(), result="denied", code=refused.code)
        raise


def _begin(person: Person, now: datetime) -> SignedIn:
    if not holds_any_role(person.id):
        raise Forbidden("posting_ended", "您的派驻或任职已结束，不能登录")
    token, expires_at = start_session(person_id=person.id, now=now)
    return SignedIn(token=token, expires_at=expires_at, person=person)


def bind_by_phone(ticket: str, phone_code: str) -> SignedIn:
    """Bind this WeChat to the person of the roster who has its phone number, and sign in."""
    user = _read_binding_ticket(ticket)
    phone = ask_wechat(lambda wechat: wechat.phone_of(phone_code, user.openid))
    with transaction():
        person = db.session.scalars(
            select(Person).where(Person.phone_lookup == cipher().lookup(phone, field="phone"))
        ).one_or_none()
        if person is not None:
            return _bind(person, user, clock_now())
        audit.record("binding.make", now=clock_now(), result="denied", code="not_on_roster")
    raise Forbidden("not_on_roster", "名册中没有这个手机号，请联系县驻村办")


def bind_by_invitation(ticket: str, invitation_code: str) -> SignedIn:
    """Bind this WeChat to the person a county invited, using the invitation up, and sign in."""
    user = _read_binding_ticket(ticket)
    with transaction():
        now = clock_now()
        person_id = db.session.scalars(
            update(Invitation)
            .where(
                Invitation.code_lookup == _invitation_lookup(invitation_code),
                Invitation.used_at.is_(None),
                Invitation.expires_at > now,
            )
            .values(used_at=now)
            .returning(Invitation.person_id)
        ).one_or_none()
        if person_id is not None:
            return _bind(db.session.get_one(Person, person_id), user, now)
        audit.record("binding.make", now=now, result="denied", code="invitation_unknown")
    raise Forbidden("invitation_unknown", "邀请码无效或已过期")


def _bind(person: Person, user: WechatUser, now: datetime) -> SignedIn:
    binding = WechatBinding(id=uuid4(), person_id=person.id, openid=user.openid, bound_at=now)
    binding.wechat_key_sealed = _seal(user.session_key, binding.id)
    db.session.add(binding)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("already_bound", "此微信或此人已经绑定，需由县驻村办解除后再绑定") from error
    audit.record("binding.make", now=now, actor_id=person.id, subject_id=person.id)
    return _begin(person, now)


def unbind(*, person_id: UUID, by: UUID | None, now: datetime) -> None:
    """End a person's binding and all sessions, so that another WeChat can be bound; by the county office."""
    with transaction():
        ended = db.session.execute(
            update(WechatBinding)
            .where(WechatBinding.person_id == person_id, WechatBinding.ended_at.is_(None))
            .values(ended_at=now)
            .returning(WechatBinding.id)
        ).one_or_none()
        if ended is None:
            raise Conflict("not_bound", "此人没有绑定微信")
        end_sessions(person_id=person_id, now=now)
        audit.record("binding.end", now=now, actor_id=by, subject_id=person_id)


def invite(*, person_id: UUID, by: UUID | None, now: datetime) -> tuple[str, datetime]:
    """Return a new invitation code for a person, and when it ends."""
    code = "".join(secrets.choice(INVITATION_ALPHABET) for _ in range(INVITATION_LENGTH))
    expires_at = now + timedelta(days=INVITATION_DAYS)
    with transaction():
        db.session.add(
            Invitation(
                code_lookup=_invitation_lookup(code),
                person_id=person_id,
                invited_by=by,
                expires_at=expires_at,
            )
        )
        audit.record("invitation.make", now=now, actor_id=by, subject_id=person_id)
    return code, expires_at


def cipher() -> FieldCipher:
    """Return the cipher of this installation's sensitive fields."""
    return current_app.extensions["field_cipher"]  # type: ignore[no-any-return]


def _invitation_lookup(code: str) -> bytes:
    return cipher().lookup(code.strip().upper(), field="invitation")


def _binding_serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="binding-ticket")


def _seal(session_key: str, row_id: UUID) -> bytes:
    return cipher().encrypt(session_key, field="wechat_key", row_id=row_id)


def _write_binding_ticket(user: WechatUser) -> str:
    """Return a ticket that carries the user to the next request; the session key in it is sealed."""
    sealed = base64.b64encode(_seal(user.session_key, NO_ROW)).decode()
    return _binding_serializer().dumps([user.openid, sealed])


def _read_binding_ticket(ticket: str) -> WechatUser:
    try:
        openid, sealed = _binding_serializer().loads(ticket, max_age=BINDING_MINUTES * 60)
    except SignatureExpired as error:
        raise Unauthenticated("binding_ticket_expired", "绑定时间已过，请重新登录") from error
    except BadSignature as error:
        raise Refusal("binding_ticket_invalid", "绑定凭证无效，请重新登录") from error
    session_key = cipher().decrypt(base64.b64decode(sealed), field="wechat_key", row_id=NO_ROW)
    return WechatUser(openid=openid, session_key=session_key)


def ask_wechat(question: Callable[[WeChat], T]) -> T:
    """Return WeChat's answer; its troubles become answers of ours."""
    wechat: WeChat = current_app.extensions["wechat"]
    try:
        return question(wechat)
    except CodeRefused as refused:
        raise Unauthenticated("wechat_code_refused", "微信登录失败，请重试") from refused
    except (WeChatBusy, WeChatMisconfigured) as busy:
        raise Unavailable("wechat_busy", "微信暂时没有回应，请稍后再试", retry_after_seconds=5) from busy
