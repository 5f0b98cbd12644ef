"""What goes in and out of the addresses of long work."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from kernel.web import Instant, MonthField, Schema
from reports.models import JobKind, JobState
from reports.residency_schemas import FILES, OnePlace
from visits.schemas import QuarterField

ORDERED = [str(kind) for kind in JobKind if kind is not JobKind.EVIDENCE]
"""What is asked for here; evidence is asked for at its inspection."""


class JobRequest(OnePlace):
    """Sheets and the residency report are of a month, the report of pairing visits is of a quarter."""

    kind = fields.String(required=True, validate=validate.OneOf(ORDERED))
    month = MonthField(load_default=None)
    quarter = QuarterField(load_default=None)
    format = fields.String(load_default="pdf", validate=validate.OneOf(FILES))

    @validates_schema
    def _sheets_are_of_an_area(self, data: dict[str, Any], **_: object) -> None:
        if data["kind"] == JobKind.SHEETS_ZIP and (data["unit"] or data["format"] != "pdf"):
            raise ValidationError("考勤表按地区打包，格式为 pdf")

    @validates_schema
    def _has_its_period(self, data: dict[str, Any], **_: object) -> None:
        is_of_quarter = data["kind"] == JobKind.VISITS
        if (data["quarter"] is not None) != is_of_quarter or (data["month"] is not None) == is_of_quarter:
            raise ValidationError("走访报表请指明 quarter，其他请指明 month")
        if is_of_quarter and data["unit"]:
            raise ValidationError("走访报表按地区统计")


class JobResponse(Schema):
    id = fields.UUID()
    kind = fields.String()
    state = fields.String(metadata={"enum": [str(state) for state in JobState]})
    percent = fields.Integer()
    error_code = fields.String(allow_none=True)
    error_message = fields.String(allow_none=True)
    file_name = fields.String(allow_none=True)
    created_at = Instant()
    finished_at = Instant(allow_none=True)
    expires_at = Instant(metadata={"description": "Until when the file is kept"})
