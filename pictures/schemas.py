"""What goes in and out of the addresses of photos, and how visits and leaves show them."""

from apiflask.fields import File
from marshmallow import fields, validate

from identity.schemas import PersonBrief
from kernel.web import Instant, Schema, TextField
from pictures.policy import MarkKind, PhotoState

SIZES = ("full", "thumbnail")


class PhotoRequest(Schema):
    client_key = fields.UUID(
        required=True, metadata={"description": "Made by the phone; the same key is the same photo"}
    )
    photo = File(  # type: ignore[no-untyped-call]
        required=True, metadata={"description": "JPEG or PNG, at most 8 MB"}
    )


class PhotoResponse(Schema):
    id = fields.UUID()
    client_key = fields.UUID()
    received_at = Instant()


class PhotoQuery(Schema):
    size = fields.String(load_default="full", validate=validate.OneOf(SIZES))


class PhotoItem(Schema):
    id = fields.UUID()
    client_key = fields.UUID(allow_none=True, metadata={"description": "For the person who took it"})
    state = fields.String(
        metadata={
            "enum": [str(state) for state in PhotoState],
            "description": "Only kept ones can be fetched; a refused one is to be sent again under a new key",
        }
    )
    error_code = fields.String(allow_none=True)
    error_message = fields.String(allow_none=True)
    width_px = fields.Integer(allow_none=True)
    height_px = fields.Integer(allow_none=True)
    received_at = Instant()


class MarkItem(Schema):
    kind = fields.String(metadata={"enum": [str(kind) for kind in MarkKind]})
    text = fields.String()
    other_photo_id = fields.UUID(allow_none=True, metadata={"description": "The photo it resembles"})
    other_visit_id = fields.UUID(
        allow_none=True, metadata={"description": "404 where it is not yours to see"}
    )
    found_at = Instant()
    dismissed_by = fields.Nested(PersonBrief, allow_none=True)
    dismissed_at = Instant(allow_none=True)
    dismissal_reason = fields.String(allow_none=True)


class MarkedPhotoItem(PhotoItem):
    marks = fields.List(
        fields.Nested(MarkItem),
        metadata={"description": "For a person to judge; shown to whoever took it and to the township"},
    )


class DismissalRequest(Schema):
    reason = TextField(required=True, max_length=200, lines=True)
