"""What goes in and out of the addresses of `identity`."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from kernel.web import DayField, Instant, Schema, TextField


def day_of_life(**kwargs: Any) -> DayField:
    """Return a field for a day in somebody's life, which may lie long before the first posting."""
    return DayField(first_year=1940, load_default=None, allow_none=True, **kwargs)


class SessionRequest(Schema):
    code = TextField(required=True, max_length=200, metadata={"description": "wx.login code"})


class BindingRequest(Schema):
    ticket = TextField(required=True, max_length=1000)
    phone_code = TextField(max_length=200, metadata={"description": "getPhoneNumber code"})
    invitation_code = TextField(max_length=20)

    @validates_schema
    def _one_proof(self, data: dict[str, object], **_: object) -> None:
        if ("phone_code" in data) == ("invitation_code" in data):
            raise ValidationError("请用手机号或邀请码之一确认身份")


class PersonBrief(Schema):
    id = fields.UUID()
    name = fields.String()


class AreaBrief(Schema):
    id = fields.UUID()
    name = fields.String()
    level = fields.String()


class UnitBrief(Schema):
    id = fields.UUID()
    name = fields.String()


class SessionResponse(Schema):
    token = fields.String()
    expires_at = Instant()
    person = fields.Nested(PersonBrief)


class PostingBrief(Schema):
    id = fields.UUID()
    role = fields.String()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    first_day = DayField()
    last_day = DayField(allow_none=True)


class OfficeBrief(Schema):
    role = fields.String()
    area = fields.Nested(AreaBrief, allow_none=True)
    unit = fields.Nested(UnitBrief, allow_none=True)
    first_day = DayField()
    last_day = DayField(allow_none=True)


class ConsentState(Schema):
    purpose = fields.String()
    version = fields.Integer()
    given_at = Instant(allow_none=True)


class MeResponse(Schema):
    person = fields.Nested(PersonBrief)
    phone = fields.String(metadata={"description": "Masked: 138****1234"})
    postings = fields.List(fields.Nested(PostingBrief))
    offices = fields.List(fields.Nested(OfficeBrief))
    may = fields.List(fields.String(), metadata={"description": "Permissions held now"})
    consents = fields.List(fields.Nested(ConsentState))


class NoticeResponse(Schema):
    purpose = fields.String()
    version = fields.Integer()
    text = fields.String()


class ConsentRequest(Schema):
    purpose = fields.String(required=True, validate=validate.Equal("location"))
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=1000))


class InvitationResponse(Schema):
    code = fields.String()
    expires_at = Instant()
