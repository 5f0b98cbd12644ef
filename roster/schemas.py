"""What goes in and out of the addresses of `roster`."""

from apiflask.fields import File
from marshmallow import ValidationError, fields, validate, validates_schema

from identity.schemas import AreaBrief, UnitBrief
from kernel.web import DayField, PageQuery, Schema, TextField
from org.models import Level


class RosterImportRequest(Schema):
    file = File(  # type: ignore[no-untyped-call]
        required=True, metadata={"description": "The filled-in template, .xlsx or .csv, at most 8 MB"}
    )
    dry_run = fields.Boolean(
        load_default=True, metadata={"description": "Only say what would be done and which rows are bad"}
    )


class RowErrorItem(Schema):
    row = fields.Integer(metadata={"description": "As the spreadsheet shows it"})
    column = fields.String(metadata={"description": "Header of the column, empty for the whole row"})
    code = fields.String()
    message = fields.String()


class RosterImportResponse(Schema):
    people_added = fields.Integer()
    postings_added = fields.Integer()
    offices_added = fields.Integer()
    dates_changed = fields.Integer(metadata={"description": "Postings and offices with a new end date"})
    unchanged = fields.Integer()
    error_count = fields.Integer()
    errors = fields.List(fields.Nested(RowErrorItem), metadata={"description": "The first 200"})
    warning_count = fields.Integer()
    warnings = fields.List(
        fields.Nested(RowErrorItem),
        metadata={
            "description": "What the policy asks for in principle, and what is overridden; the first 200"
        },
    )


class RosterQuery(PageQuery):
    area = fields.UUID(load_default=None, metadata={"description": "Only postings to villages of this area"})


class RosterItem(Schema):
    posting_id = fields.UUID()
    person_id = fields.UUID()
    name = fields.String()
    phone = fields.String(metadata={"description": "Masked: 138****1234"})
    role = fields.String()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    first_day = DayField()
    last_day = DayField(allow_none=True)
    home_unit = fields.String(
        allow_none=True, metadata={"description": "Where the person belongs, if not to the unit (Article 5)"}
    )
    party_transfer_on = DayField(allow_none=True)
    findings = fields.List(
        fields.String(), metadata={"description": "What spoke against it when it was made (Articles 5 and 6)"}
    )
    override_reason = fields.String(allow_none=True)


class RosterPage(Schema):
    items = fields.List(fields.Nested(RosterItem))
    next_cursor = fields.String(allow_none=True)


class AreaQuery(PageQuery):
    parent = fields.UUID(load_default=None, metadata={"description": "The areas one level below this one"})
    level = fields.String(load_default=None, validate=validate.OneOf([str(level) for level in Level]))

    @validates_schema
    def _parent_or_level(self, data: dict[str, object], **_: object) -> None:
        if (data["parent"] is None) == (data["level"] is None):
            raise ValidationError("请给出 parent 或 level 之一")


class AreaItem(AreaBrief):
    code = fields.String()


class AreaPage(Schema):
    items = fields.List(fields.Nested(AreaItem))
    next_cursor = fields.String(allow_none=True)


class SettingSource(Schema):
    area = fields.Nested(AreaBrief)
    valid_from = DayField()
    document_no = fields.String()


class SettingState(Schema):
    key = fields.String()
    value = fields.Raw(metadata={"description": "In force today"})
    built_in = fields.Raw()
    meaning = fields.String()
    source = fields.Nested(
        SettingSource,
        allow_none=True,
        metadata={"description": "Whose setting it is; none for the built-in value"},
    )


class SettingsResponse(Schema):
    items = fields.List(fields.Nested(SettingState))


class SettingRequest(Schema):
    value = fields.Raw(required=True, metadata={"description": "What the setting takes, see its meaning"})
    valid_from = DayField(required=True)
    document_no = TextField(required=True, max_length=100, metadata={"description": "赣市办字〔2021〕19号"})
