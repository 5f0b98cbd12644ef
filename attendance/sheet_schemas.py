"""What goes in and out of the addresses of sheets."""

from marshmallow import fields, validate

from attendance.models import SheetState
from attendance.schemas import DAY_CLASSES
from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import DayField, Instant, MonthField, Schema, TextField

PAPERS = ("pdf", "xlsx")


class BoardQuery(Schema):
    month = MonthField(required=True)
    area = fields.UUID(required=True, metadata={"description": "A township or county"})


class BoardItem(Schema):
    village = fields.Nested(AreaBrief)
    state = fields.String(metadata={"enum": [str(state) for state in SheetState]})
    state_text = fields.String()
    version = fields.Integer(metadata={"description": "The newest stamped version, 0 before the first"})
    people = fields.Integer()
    waiting_days = fields.Integer(metadata={"description": "Check-ins that wait for the township"})
    unexplained_days = fields.Float()
    proposed_changes = fields.Integer(metadata={"description": "What a new version would change"})


class BoardResponse(Schema):
    month = fields.String()
    running = fields.Boolean(metadata={"description": "进行中"})
    items = fields.List(fields.Nested(BoardItem))


class SheetReason(Schema):
    reason = TextField(required=True, max_length=300, lines=True)


class SheetRowItem(Schema):
    person = fields.Nested(PersonBrief)
    posting_id = fields.UUID()
    role = fields.String()
    unit = fields.Nested(UnitBrief)
    days = fields.Dict(
        metadata={
            "description": "The class of the morning and of the afternoon of each posted day, 2026-11-03 → […]",
            "additionalProperties": {"type": "array", "items": {"type": "string", "enum": DAY_CLASSES}},
        }
    )
    in_village_days = fields.Integer()
    assessed_days = fields.Float(metadata={"description": "考核天数"})
    paid_days = fields.Integer(metadata={"description": "补助天数"})


class Mark(Schema):
    by = fields.String()
    at = fields.String()


class DifferenceItem(Schema):
    person = fields.Nested(PersonBrief)
    day = DayField()
    before = fields.List(fields.String(), allow_none=True)
    after = fields.List(fields.String(), allow_none=True)


class VersionBrief(Schema):
    number = fields.Integer()
    check_code = fields.String()
    stamped_at = Instant()
    reason = fields.String(allow_none=True)


class SheetResponse(Schema):
    village = fields.Nested(AreaBrief)
    month = fields.String()
    state = fields.String(metadata={"enum": [str(state) for state in SheetState]})
    state_text = fields.String()
    reason = fields.String(allow_none=True, metadata={"description": "Why it was sent back or is amended"})
    version = fields.Nested(VersionBrief, allow_none=True)
    marks = fields.Dict(
        metadata={
            "description": "submitted, witnessed, checked, stamped: by whom, when",
            "additionalProperties": {"type": "object"},
        }
    )
    rows = fields.List(fields.Nested(SheetRowItem))
    proposed = fields.List(
        fields.Nested(DifferenceItem),
        metadata={"description": "What came after the stamp and would make a new version"},
    )


class VersionQuery(Schema):
    format = fields.String(load_default="json", validate=validate.OneOf(["json", *PAPERS]))


class PaperQuery(Schema):
    format = fields.String(load_default="pdf", validate=validate.OneOf(PAPERS))


class VerifyResponse(Schema):
    matches = fields.Boolean()
    message = fields.String()
    village = fields.String(allow_none=True)
    month = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    is_newest = fields.Boolean(allow_none=True)
