"""What goes in and out of the addresses of `checkin`."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from checkin.policy import Doubt, Outcome
from geofence.policy import Band, Verdict
from kernel.web import Instant, InstantField, MonthField, Number, PageQuery, Schema, TextField


class Point(Schema):
    """A position as the phone gives it; the datum is required, inside the program everything is WGS-84."""

    latitude_deg = Number(required=True, validate=validate.Range(min=-90, max=90))
    longitude_deg = Number(required=True, validate=validate.Range(min=-180, max=180))
    datum = fields.String(required=True, validate=validate.OneOf(["wgs84", "gcj02"]))
    captured_at = InstantField(required=True)
    accuracy_m = Number(allow_none=True, load_default=None, validate=validate.Range(min=0, max=1_000_000))
    altitude_m = Number(allow_none=True, load_default=None, validate=validate.Range(min=-10_000, max=100_000))
    speed_m_s = Number(allow_none=True, load_default=None, validate=validate.Range(min=-1, max=100_000))


class CheckinRequest(Schema):
    client_key = fields.UUID(
        required=True, metadata={"description": "Made by the phone; the same key is the same attempt"}
    )
    fix = fields.Nested(
        Point,
        load_default=None,
        allow_none=True,
        metadata={"description": "Left out where the person declares to be in the village"},
    )
    declared_at = InstantField(
        load_default=None,
        allow_none=True,
        metadata={"description": "When the person declared it, by the phone's clock; without a fix only"},
    )
    time_ticket = TextField(
        load_default=None,
        allow_none=True,
        max_length=300,
        metadata={"description": "X-Time-Ticket of the last answer; proves the day of a late upload"},
    )

    @validates_schema
    def _one_claim(self, data: dict[str, Any], **_: object) -> None:
        if data["fix"] and data["declared_at"]:
            raise ValidationError("带位置的登记以定位时间为准", "declared_at")


def _strings(kind: Any) -> dict[str, Any]:
    return {"metadata": {"enum": [str(item) for item in kind]}}


class CheckinResponse(Schema):
    id = fields.UUID()
    client_key = fields.UUID()
    day = fields.Date()
    verdict = fields.String(allow_none=True, **_strings(Verdict))
    band = fields.String(allow_none=True, **_strings(Band))
    counted = fields.Boolean(metadata={"description": "This attempt makes its day a day in the village"})
    outcome = fields.String(**_strings(Outcome))
    late_upload = fields.Boolean(metadata={"description": "补传"})
    received_at = Instant()
    message = fields.String()


class CheckinsQuery(PageQuery):
    month = MonthField(required=True)
    person = fields.UUID(load_default=None, metadata={"description": "Left out: my own"})


class CheckinItem(CheckinResponse):
    captured_at = Instant(allow_none=True)
    doubts = fields.List(fields.String(**_strings(Doubt)))
    point = fields.Dict(
        allow_none=True,
        metadata={
            "description": "WGS-84 point, for the person and the township clerk only, until it is erased"
        },
    )


class CheckinPage(Schema):
    items = fields.List(fields.Nested(CheckinItem))
    next_cursor = fields.String(allow_none=True)
