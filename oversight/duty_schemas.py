"""What goes in and out of the addresses of duties."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import DayField, Instant, PageQuery, Schema, TextField
from oversight.duty_policy import DUTY, DutyCode, Every, Standing, Subject
from pictures.schemas import PhotoItem

FORMATS = ("json", "xlsx", "pdf")
MOST_PEOPLE = 500
MOST_FEN = 10_000_000_000
NOTE_CHARACTERS = 500


def _enum(kind: Any) -> dict[str, Any]:
    return {"metadata": {"enum": [str(each) for each in kind]}}


def _one_of(kind: Any) -> validate.OneOf:
    return validate.OneOf([str(each) for each in kind])


class RecurringDutiesQuery(PageQuery):
    area = fields.UUID(load_default=None, metadata={"description": "A village, township, county or city"})
    unit = fields.UUID(load_default=None, metadata={"description": "A dispatching unit"})
    day = DayField(load_default=None, metadata={"description": "Its year up to the day; by default today"})
    subject = fields.String(load_default=None, validate=_one_of(Subject))
    standing = fields.String(
        load_default=None,
        validate=_one_of(Standing),
        metadata={"description": "Only lines of which a period stands so"},
    )
    format = fields.String(load_default="json", validate=validate.OneOf(FORMATS))

    @validates_schema
    def _one_place(self, data: dict[str, Any], **_: object) -> None:
        if (data["area"] is None) == (data["unit"] is None):
            raise ValidationError("请指明 area、unit 之一")


class DutySubject(Schema):
    kind = fields.String(**_enum(Subject))
    id = fields.UUID()
    name = fields.String()


class DutyPlace(Schema):
    id = fields.UUID()
    name = fields.String()
    level = fields.String(metadata={"enum": ["village", "township", "county", "city", "unit"]})


class DutyEventItem(Schema):
    id = fields.UUID()
    day = fields.Date()
    amount_fen = fields.Integer(allow_none=True)
    note = fields.String()


class DutyPeriodItem(Schema):
    period = fields.String(metadata={"description": "2026-11, 2026H2, 2026; empty for a whole posting"})
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True, metadata={"description": "Null: the posting runs"})
    until = fields.Date(
        metadata={"description": "The last day for it; of a posting that runs the end of the term"}
    )
    owed = fields.Integer(metadata={"description": "Times, or fen where is_amount"})
    done = fields.Integer()
    missing = fields.Integer()
    standing = fields.String(**_enum(Standing))
    events = fields.List(fields.Nested(DutyEventItem))


class RecurringDutyItem(Schema):
    duty = fields.String(**_enum(DutyCode))
    name = fields.String()
    article = fields.Integer()
    every = fields.String(**_enum(Every))
    is_amount = fields.Boolean()
    subject = fields.Nested(DutySubject)
    village = fields.Nested(AreaBrief, allow_none=True)
    township = fields.Nested(
        AreaBrief, allow_none=True, metadata={"description": "In which the village lies"}
    )
    unit = fields.Nested(UnitBrief, allow_none=True)
    periods = fields.List(fields.Nested(DutyPeriodItem))


class DutyTotal(Schema):
    duty = fields.String(**_enum(DutyCode))
    name = fields.String()
    article = fields.Integer()
    done = fields.Integer(metadata={"description": "Periods"})
    due = fields.Integer()
    missing = fields.Integer()
    not_owed = fields.Integer(metadata={"description": "Too short a part of the period was served"})


class RecurringDutyPage(Schema):
    place = fields.Nested(DutyPlace)
    day = fields.Date()
    totals = fields.List(fields.Nested(DutyTotal), metadata={"description": "Of all lines, on all pages"})
    items = fields.List(fields.Nested(RecurringDutyItem))
    next_cursor = fields.String(allow_none=True)


class DutyEventRequest(Schema):
    client_key = fields.UUID(
        required=True, metadata={"description": "Made by the client; the same key is the same event"}
    )
    duty = fields.String(required=True, validate=_one_of(DutyCode), **_enum(DutyCode))
    day = DayField(required=True)
    note = TextField(load_default="", min_length=0, max_length=NOTE_CHARACTERS, lines=True)
    area = fields.UUID(
        metadata={"description": "The county that met; the village a unit's leader went to or paid to"}
    )
    unit = fields.UUID(metadata={"description": "The dispatching unit whose duty it was"})
    people = fields.List(
        fields.UUID(),
        validate=validate.Length(min=1, max=MOST_PEOPLE),
        metadata={"description": "Who took part in a training"},
    )
    amount_fen = fields.Integer(strict=True, validate=validate.Range(min=1, max=MOST_FEN))

    @validates_schema
    def _what_the_duty_asks_for(self, data: dict[str, Any], **_: object) -> None:
        duty = DUTY[DutyCode(data["duty"])]
        in_village = duty.per_village or duty.subject is Subject.TEAM
        asked = {
            "area": duty.subject is Subject.COUNTY or in_village,
            "unit": duty.subject in (Subject.UNIT, Subject.TEAM),
            "people": duty.subject is Subject.PERSON,
            "amount_fen": duty.is_amount,
        }
        wrong = {
            name: ["必填" if needed else "该项职责不填"]
            for name, needed in asked.items()
            if needed != (name in data)
        }
        if wrong:
            raise ValidationError(wrong)


class DutyEventStored(DutyEventItem):
    duty = fields.String(**_enum(DutyCode))
    subject_id = fields.UUID()
    is_withdrawn = fields.Boolean()
    recorded_at = Instant()


class DutyEventsResponse(Schema):
    client_key = fields.UUID()
    items = fields.List(
        fields.Nested(DutyEventStored), metadata={"description": "Of a training one for each person"}
    )


class DutyCorrectionRequest(Schema):
    client_key = fields.UUID(required=True)
    reason = TextField(required=True, max_length=200)
    is_withdrawn = fields.Boolean(load_default=False)
    day = DayField()
    note = TextField(min_length=0, max_length=NOTE_CHARACTERS, lines=True)
    amount_fen = fields.Integer(strict=True, validate=validate.Range(min=1, max=MOST_FEN))


class DutyTelling(Schema):
    day = fields.Date()
    amount_fen = fields.Integer(allow_none=True)
    note = fields.String()
    is_withdrawn = fields.Boolean()
    reason = fields.String(allow_none=True, metadata={"description": "Null of what was told first"})
    recorded_by = fields.Nested(PersonBrief)
    recorded_at = Instant()


class DutyEventResponse(Schema):
    id = fields.UUID()
    duty = fields.String(**_enum(DutyCode))
    name = fields.String()
    article = fields.Integer()
    subject = fields.Nested(DutySubject)
    village = fields.Nested(AreaBrief, allow_none=True)
    township = fields.Nested(
        AreaBrief, allow_none=True, metadata={"description": "In which the village lies"}
    )
    unit = fields.Nested(UnitBrief, allow_none=True)
    is_withdrawn = fields.Boolean()
    tellings = fields.List(fields.Nested(DutyTelling), metadata={"description": "The last one holds"})
    photos = fields.List(fields.Nested(PhotoItem))
