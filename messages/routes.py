"""My inbox."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from identity.permissions import Permission
from identity.session import caller, requires
from kernel.web import read_cursor, write_cursor
from messages.delivery import template_ids
from messages.models import Message
from messages.queries import count_unread, messages_of
from messages.schemas import MessagePage, MessagesQuery, ReadingRequest, TemplatesResponse
from messages.service import mark_read

bp = APIBlueprint("messages", __name__, tag="消息 messages")


@bp.get("/messages")
@bp.input(MessagesQuery, location="query")
@bp.output(MessagePage)
@requires(Permission.SEE_OWN)
def get_messages(query_data: dict[str, Any]) -> dict[str, Any]:
    """What I was told in the last half year, the latest first, and how much of it is unread."""
    me, limit = caller(), query_data["limit"]
    found = messages_of(
        caller=me,
        unread_only=query_data["unread_only"],
        after=read_cursor(query_data["cursor"], datetime.fromisoformat, UUID),
        limit=limit + 1,
    )
    page = found[:limit]
    last = page[-1] if len(found) > limit else None
    return {
        "items": [_present(message) for message in page],
        "next_cursor": write_cursor(last.sent_at.isoformat(), last.id) if last else None,
        "unread": count_unread(me),
    }


@bp.get("/messages/templates")
@bp.output(TemplatesResponse)
@requires(Permission.SEE_OWN)
def get_templates() -> dict[str, Any]:
    """The templates of WeChat's that a phone may ask leave to be sent (wx.requestSubscribeMessage)."""
    return {"items": [{"kind": kind, "template": id_} for kind, id_ in sorted(template_ids().items())]}


@bp.post("/messages/reading")
@bp.input(ReadingRequest)
@bp.output({}, 204)
@requires(Permission.SEE_OWN)
def post_reading(json_data: dict[str, Any]) -> str:
    """I have read these."""
    mark_read(caller=caller(), ids=json_data["ids"])
    return ""


def _present(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "kind": message.kind,
        "subject_id": message.subject_id,
        "title": message.title,
        "text": message.text,
        "sent_at": message.sent_at,
        "read_at": message.read_at,
    }
