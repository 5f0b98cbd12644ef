"""What goes in and out of the addresses of feedback."""

from marshmallow import fields

from identity.schemas import PersonBrief
from kernel.web import Instant, Schema, TextField


class FeedbackRequest(Schema):
    client_key = fields.UUID(
        required=True, metadata={"description": "Made by the phone; the same key is the same word"}
    )
    text = TextField(required=True, max_length=1_000, lines=True)


class FeedbackResponse(Schema):
    id = fields.UUID()
    client_key = fields.UUID()
    text = fields.String()
    sent_at = Instant()


class FeedbackItem(Schema):
    id = fields.UUID()
    person = fields.Nested(PersonBrief)
    text = fields.String()
    sent_at = Instant()


class FeedbackPage(Schema):
    items = fields.List(fields.Nested(FeedbackItem))
    next_cursor = fields.String(allow_none=True)
