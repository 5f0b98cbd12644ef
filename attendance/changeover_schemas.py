"""What goes in and out of the addresses of hand-overs."""

from marshmallow import fields, validate

from identity.schemas import AreaBrief, PersonBrief
from kernel.web import DayField, Instant, Schema
from leave.schemas import LeaveBrief
from visits.schemas import HouseholdBrief


class HandoverQuery(Schema):
    format = fields.String(load_default="json", validate=validate.OneOf(("json", "pdf")))


class HandoverHousehold(HouseholdBrief):
    code = fields.String(allow_none=True)
    members_count = fields.Integer()
    is_away = fields.Boolean()
    paired_since = DayField()
    last_visit_on = DayField(allow_none=True, metadata={"description": "At home, by anybody"})


class HandoverProblem(Schema):
    id = fields.UUID()
    household = fields.Nested(HouseholdBrief)
    item = fields.String()
    description = fields.String()
    found_on = DayField()
    responsible = fields.String(allow_none=True)
    due_on = DayField(allow_none=True)


class HandoverLeave(LeaveBrief):
    span_text = fields.String()


class HandoverSheet(Schema):
    month = fields.String()
    state = fields.String()
    version = fields.Integer()
    check_code = fields.String(allow_none=True)


class HandoverResponse(Schema):
    rotation_id = fields.UUID()
    village = fields.Nested(AreaBrief)
    role = fields.String()
    person = fields.Nested(PersonBrief)
    successor = fields.Nested(PersonBrief, allow_none=True)
    successor_first_day = DayField(allow_none=True)
    last_day = DayField(allow_none=True)
    drawn_at = Instant()
    households = fields.List(fields.Nested(HandoverHousehold))
    problems = fields.List(fields.Nested(HandoverProblem))
    leaves = fields.List(fields.Nested(HandoverLeave))
    sheets = fields.List(fields.Nested(HandoverSheet), metadata={"description": "Of three months"})
