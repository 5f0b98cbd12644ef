"""What goes in and out of the addresses of `attendance`."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from attendance.models import Half
from attendance.policy import ENTERABLE, DayClass
from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import DayField, Instant, Schema, TextField
from leave.schemas import DecisionItem, LeaveBrief, LeaveItem, StandInItem

DAY_CLASSES = [str(day_class) for day_class in DayClass]


class AttendanceQuery(Schema):
    village = fields.UUID(load_default=None)
    township = fields.UUID(load_default=None)
    county = fields.UUID(load_default=None)
    unit = fields.UUID(load_default=None, metadata={"description": "A dispatching unit: its people only"})
    format = fields.String(load_default="json", validate=validate.OneOf(("json", "xlsx")))

    @validates_schema
    def _one_place(self, data: dict[str, Any], **_: object) -> None:
        if sum(data[place] is not None for place in ("village", "township", "county", "unit")) != 1:
            raise ValidationError("请指明 village、township、county、unit 之一")


class Calendar(Schema):
    rest_days = fields.List(
        DayField(), metadata={"description": "Weekends and public holidays of the county asked for"}
    )
    unannounced_years = fields.List(fields.Integer(), metadata={"description": "节假日未公布"})


class YearAverage(Schema):
    days = fields.Float(
        metadata={"description": "Average assessed days a month, one decimal, never rounded up"}
    )
    required_days = fields.Integer()
    compliant = fields.Boolean()


class YearForecast(Schema):
    missing_days = fields.Float(
        metadata={"description": "Days this month still has to bring for the average to be reached"}
    )
    remaining_days = fields.Float(
        metadata={"description": "Days left this month that can still count, today and weekends included"}
    )
    reachable = fields.Boolean()
    text = fields.String()


class PostMonthItem(Schema):
    person = fields.Nested(PersonBrief)
    posting_id = fields.UUID()
    role = fields.String()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    days = fields.Dict(
        metadata={
            "description": "One class for each posted day, 2026-11-03 → in_village; of a day of two halves the morning",
            "additionalProperties": {"type": "string", "enum": DAY_CLASSES},
        }
    )
    afternoons = fields.Dict(
        metadata={
            "description": "The class of the afternoon where it differs",
            "additionalProperties": {"type": "string", "enum": DAY_CLASSES},
        }
    )
    in_village_days = fields.Float()
    assessed_days = fields.Float(metadata={"description": "考核天数, Article 16"})
    paid_days = fields.Integer(metadata={"description": "补助天数, Article 27"})
    required_days = fields.Integer()
    month_met = fields.Boolean()
    average = fields.Nested(YearAverage, allow_none=True)
    forecast = fields.Nested(
        YearForecast, allow_none=True, metadata={"description": "Of the running month only"}
    )
    registered = fields.List(fields.String(), metadata={"description": "Days entered by the township"})
    waiting = fields.List(
        fields.String(), metadata={"description": "Days whose check-in waits for the township"}
    )
    doubtful = fields.List(
        fields.String(), metadata={"description": "Days with a check-in for a person to look at"}
    )


class AttendanceResponse(Schema):
    month = fields.String()
    running = fields.Boolean(metadata={"description": "进行中"})
    unannounced_years = fields.List(fields.Integer(), metadata={"description": "节假日未公布"})
    items = fields.List(fields.Nested(PostMonthItem))


class CorrectionRequest(Schema):
    client_key = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    day = DayField(required=True)
    half = fields.String(load_default="whole", validate=validate.OneOf([str(half) for half in Half]))
    day_class = fields.String(
        required=True, validate=validate.OneOf([item for item in DAY_CLASSES if DayClass(item) in ENTERABLE])
    )
    reason = TextField(required=True, max_length=500, lines=True)


class CorrectionResponse(Schema):
    id = fields.UUID()
    client_key = fields.UUID()
    posting_id = fields.UUID()
    day = fields.Date()
    half = fields.String()
    day_class = fields.String()
    reason = fields.String()
    made_at = Instant()


class ApplicantMonth(Schema):
    month = fields.String()
    in_village_days = fields.Float()
    assessed_days = fields.Float()
    required_days = fields.Integer()
    average = fields.Nested(YearAverage, allow_none=True)


class ApprovalItem(LeaveItem):
    reason = fields.String()
    destination = fields.String()
    work_goes_to = fields.String()
    waiting_hours = fields.Integer(metadata={"description": "Whole hours it has waited for this office"})
    may_decide = fields.Boolean(metadata={"description": "I sign for the office it waits for"})
    decisions = fields.List(fields.Nested(DecisionItem))
    stand_in = fields.Nested(StandInItem, allow_none=True)
    month = fields.Nested(
        ApplicantMonth, allow_none=True, metadata={"description": "The applicant's month and year so far"}
    )
    away = fields.List(
        fields.Nested(LeaveBrief), metadata={"description": "Others of the village who are away meanwhile"}
    )


class ApprovalsPage(Schema):
    items = fields.List(fields.Nested(ApprovalItem))
    next_cursor = fields.String(allow_none=True)


class TodayLeave(Schema):
    id = fields.UUID()
    kind = fields.String()
    state = fields.String()
    last_day = DayField()
    proposes_return = fields.Boolean(metadata={"description": "Seen in the village: offer 销假 with one tap"})


class TodayMonth(Schema):
    month = fields.String()
    in_village_days = fields.Float()
    assessed_days = fields.Float()
    paid_days = fields.Integer()
    required_days = fields.Integer()


class TodayCheckin(Schema):
    id = fields.UUID()
    outcome = fields.String()
    verdict = fields.String(allow_none=True)
    counted = fields.Boolean()
    late_upload = fields.Boolean()
    received_at = Instant()


class TodayResponse(Schema):
    day = DayField()
    state = fields.String(
        metadata={
            "enum": ["counted", "waiting", "not_yet", "no_posting"],
            "description": "Where today stands",
        }
    )
    mode = fields.String(
        allow_none=True, metadata={"enum": ["geofence", "self_declare", "township_register", None]}
    )
    consented = fields.Boolean()
    village_id = fields.UUID(allow_none=True)
    day_class = fields.String(allow_none=True, metadata={"enum": [*DAY_CLASSES, None]})
    month = fields.Nested(TodayMonth, allow_none=True)
    average = fields.Nested(YearAverage, allow_none=True)
    forecast = fields.Nested(YearForecast, allow_none=True)
    checkins = fields.List(fields.Nested(TodayCheckin))
    leave = fields.Nested(
        TodayLeave, allow_none=True, metadata={"description": "The leave of today, or one not returned from"}
    )
