"""What goes in and out of the addresses of `messages`."""

from marshmallow import fields, validate

from kernel.web import Instant, PageQuery, Schema
from messages.models import MessageKind


class MessagesQuery(PageQuery):
    unread_only = fields.Boolean(load_default=False)


class MessageItem(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"enum": [str(kind) for kind in MessageKind]})
    subject_id = fields.UUID(metadata={"description": "What it is about, by its kind: a leave, …"})
    title = fields.String()
    text = fields.String()
    sent_at = Instant()
    read_at = Instant(allow_none=True)


class MessagePage(Schema):
    items = fields.List(fields.Nested(MessageItem))
    next_cursor = fields.String(allow_none=True)
    unread = fields.Integer(metadata={"description": "Unread messages on all pages"})


class ReadingRequest(Schema):
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=200))


class TemplateItem(Schema):
    kind = fields.String(metadata={"enum": [str(kind) for kind in MessageKind]})
    template = fields.String(metadata={"description": "The id by which WeChat knows it"})


class TemplatesResponse(Schema):
    items = fields.List(fields.Nested(TemplateItem))
