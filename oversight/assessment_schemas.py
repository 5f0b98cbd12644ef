"""What goes in and out of the address of assessments."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import MonthField, Schema
from leave.policy import LeaveKind
from oversight.assessment import AssessedKind
from oversight.assessment_presentation import CLASSES
from oversight.duty_schemas import RecurringDutyItem
from oversight.policy import FindingKind, InspectionLevel

FORMATS = ("json", "xlsx", "pdf")


class AssessmentQuery(Schema):
    person = fields.UUID(load_default=None)
    village = fields.UUID(load_default=None, metadata={"description": "The team of a village"})
    unit = fields.UUID(load_default=None)
    year = fields.Integer(
        load_default=None,
        validate=validate.Range(min=2021, max=2100),
        metadata={"description": "年度考核; without it the term (期满考核)"},
    )
    format = fields.String(load_default="json", validate=validate.OneOf(FORMATS))

    @validates_schema
    def _one_subject(self, data: dict[str, Any], **_: object) -> None:
        if sum(data[name] is not None for name in ("person", "village", "unit")) != 1:
            raise ValidationError("请指明 person、village、unit 之一")


class AssessedMonth(Schema):
    month = MonthField()
    posted_days = fields.Integer()
    required_days = fields.Integer(metadata={"description": "Of a month served in part its share"})
    assessed_days = fields.Float(metadata={"description": "考核天数"})
    in_village_days = fields.Float()
    is_stamped = fields.Boolean(metadata={"description": "As on the stamped sheet; else from records"})
    is_over = fields.Boolean()


class AssessedLeaves(Schema):
    kind = fields.String(metadata={"enum": [str(kind) for kind in LeaveKind]})
    leaves = fields.Integer(metadata={"description": "Leaves granted"})
    days = fields.Float(metadata={"description": "Days away, as the sheet counts them"})


class AssessedVisits(Schema):
    expected = fields.Integer(metadata={"description": "应走访: done and not_done"})
    done = fields.Integer()
    not_done = fields.Integer()
    exempt = fields.Integer()
    grace = fields.Integer()
    away = fields.Integer()


class AssessedQuarter(AssessedVisits):
    quarter = fields.String()
    households = fields.Integer(metadata={"description": "Monitored households of the village; a person's 0"})
    covered = fields.Integer()


class AssessedProblems(Schema):
    found = fields.Integer()
    settled = fields.Integer(metadata={"description": "Of those found, by now"})


class AssessedFinding(Schema):
    day = fields.Date()
    level = fields.String(metadata={"enum": [str(level) for level in InspectionLevel]})
    kind = fields.String(metadata={"enum": [str(kind) for kind in FindingKind]})


class AssessedTraining(Schema):
    day = fields.Date()
    note = fields.String()


AssessedDays: Any = Schema.from_dict({str(kind): fields.Float() for kind in CLASSES}, name="AssessedDays")


class AssessedPostingItem(Schema):
    posting_id = fields.UUID()
    person = fields.Nested(PersonBrief)
    role = fields.String()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True)
    average_days = fields.Float(
        allow_none=True, metadata={"description": "平均每月, over the months that are over, rounded down"}
    )
    posted_days = fields.Integer()
    assessed_days = fields.Float()
    days = fields.Nested(AssessedDays)
    months = fields.List(fields.Nested(AssessedMonth))
    leaves = fields.List(fields.Nested(AssessedLeaves))
    visits = fields.Nested(AssessedVisits)
    quarters = fields.List(fields.Nested(AssessedQuarter))
    problems = fields.Nested(AssessedProblems)
    findings = fields.List(
        fields.Nested(AssessedFinding), metadata={"description": "Confirmed by a person; no other is a fact"}
    )
    trainings = fields.List(fields.Nested(AssessedTraining))


class AssessmentResponse(Schema):
    kind = fields.String(metadata={"enum": [str(kind) for kind in AssessedKind]})
    id = fields.UUID()
    name = fields.String()
    is_term = fields.Boolean()
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True)
    average_days = fields.Float(allow_none=True, metadata={"description": "Of all the postings together"})
    not_recorded = fields.List(
        fields.String(), metadata={"description": "What Article 20 looks at and the system does not hold"}
    )
    postings = fields.List(
        fields.Nested(AssessedPostingItem), metadata={"description": "In the order of names, never a ranking"}
    )
    duties = fields.List(fields.Nested(RecurringDutyItem))
    coverage = fields.List(
        fields.Nested(AssessedQuarter),
        allow_none=True,
        metadata={"description": "Of a team: its village's households"},
    )
    village_problems = fields.Nested(AssessedProblems, allow_none=True)
