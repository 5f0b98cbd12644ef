"""Handing messages on to WeChat, and noting how it took them."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from flask import current_app
from sqlalchemy import and_, select, update

from identity.models import WechatBinding
from kernel.database import AnyRow, db, transaction
from kernel.settings import BadSettings, Settings, WechatTemplate
from kernel.wechat import NotSubscribed, WeChat, WeChatBusy, WeChatError
from messages.models import Message, MessageKind, WechatState
from messages.policy import fields_of

PAGE = "pages/home/home"
"""Where a tap on the message leads."""


def deliver(*, county_id: UUID, ids: Collection[UUID]) -> None:
    """Send those of the messages that still wait; may run again after it was cut short.

    Raises WeChatBusy; what it had not sent by then waits on.
    """
    taken: dict[UUID, WechatState] = {}
    try:
        for letter in _waiting(county_id, ids):
            taken[letter.id] = _send(letter)
    finally:
        _note(county_id, taken)


def _waiting(county_id: UUID, ids: Collection[UUID]) -> Sequence[AnyRow]:
    """Return what still waits, each with the WeChat of its person; sending keeps no transaction open."""
    with transaction():
        return db.session.execute(
            select(
                Message.id, Message.kind, Message.title, Message.text, Message.sent_at, WechatBinding.openid
            )
            .outerjoin(
                WechatBinding,
                and_(WechatBinding.person_id == Message.person_id, WechatBinding.ended_at.is_(None)),
            )
            .where(
                Message.county_id == county_id,
                Message.id.in_(ids),
                Message.wechat_state == WechatState.WAITING,
            )
            .order_by(Message.id)
        ).all()


def _send(letter: AnyRow) -> WechatState:
    template = _templates().get(letter.kind)
    if template is None:
        return WechatState.OFF
    if letter.openid is None:
        return WechatState.NO_WECHAT
    data = fields_of(template.field_names, title=letter.title, text=letter.text, at=letter.sent_at)
    wechat: WeChat = current_app.extensions["wechat"]
    try:
        wechat.send_subscribe_message(openid=letter.openid, template_id=template.id, page=PAGE, data=data)
    except NotSubscribed:
        return WechatState.NOT_SUBSCRIBED
    except WeChatBusy:
        raise
    except WeChatError:
        return WechatState.FAILED
    return WechatState.SENT


def template_ids() -> dict[str, str]:
    """Return the template of each kind of message that has one."""
    return {kind: template.id for kind, template in _templates().items()}


def _templates() -> Mapping[str, WechatTemplate]:
    settings: Settings = current_app.config["ZHUCUN"]
    return settings.wechat_templates


def _note(county_id: UUID, taken: Mapping[UUID, WechatState]) -> None:
    """Note how WeChat took the messages: one statement for each answer there was."""
    with transaction():
        for state in sorted(set(taken.values())):
            ids = [message_id for message_id, its_state in taken.items() if its_state is state]
            db.session.execute(
                update(Message)
                .where(Message.county_id == county_id, Message.id.in_(ids))
                .values(wechat_state=state)
                .execution_options(synchronize_session=False)
            )


def refuse_unknown_templates(settings: Settings) -> None:
    """Raise BadSettings if a template is meant for something that nobody is ever told."""
    unknown = sorted(settings.wechat_templates.keys() - set(MessageKind))
    if unknown:
        known = ", ".join(MessageKind)
        raise BadSettings(f"WECHAT_TEMPLATES: {', '.join(unknown)}: there are {known}")
