"""What goes in and out of the address of the residency report."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import MonthField, Schema
from reports.policy import Reason, ResidencyRow

FILES = ("csv", "xlsx", "pdf")
FORMATS = ("json", *FILES)

FiguresItem: Any = Schema.from_dict(
    {name: fields.Float(allow_none=True) for name in ResidencyRow._fields}, name="ResidencyFigures"
)
"""Sums; what belongs to villages is null for whoever sees only some people of a village."""


class OnePlace(Schema):
    """An area or a unit, one of them."""

    area = fields.UUID(load_default=None, metadata={"description": "A village, township, county or city"})
    unit = fields.UUID(load_default=None, metadata={"description": "A dispatching unit: its people only"})

    @validates_schema
    def _one_place(self, data: dict[str, Any], **_: object) -> None:
        if (data["area"] is None) == (data["unit"] is None):
            raise ValidationError("请指明 area、unit 之一")


class ResidencyQuery(OnePlace):
    month = MonthField(required=True)
    format = fields.String(load_default="json", validate=validate.OneOf(FORMATS))


class PlaceItem(Schema):
    id = fields.UUID()
    name = fields.String()
    level = fields.String(metadata={"enum": ["village", "township", "county", "city", "unit"]})


class LineItem(Schema):
    place = fields.Nested(PlaceItem)
    figures = fields.Nested(FiguresItem)


class PersonMonthItem(Schema):
    person = fields.Nested(PersonBrief)
    posting_id = fields.UUID()
    role = fields.String()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    paid_days = fields.Integer(metadata={"description": "补助天数, Article 27"})
    month_met = fields.Boolean()
    average_met = fields.Boolean(
        allow_none=True, metadata={"description": "Null before the first month of the average is over"}
    )
    figures = fields.Nested(FiguresItem)


class LookAtItem(Schema):
    person = fields.Nested(PersonBrief)
    posting_id = fields.UUID()
    village = fields.Nested(AreaBrief)
    reasons = fields.List(fields.String(metadata={"enum": [str(reason) for reason in Reason]}))
    text = fields.String()


class ResidencyResponse(Schema):
    month = fields.String()
    place = fields.Nested(PlaceItem)
    running = fields.Boolean(metadata={"description": "进行中"})
    unannounced_years = fields.List(fields.Integer(), metadata={"description": "节假日未公布"})
    villages = fields.Integer()
    stamped_villages = fields.Integer(metadata={"description": "Read from stamped sheets; others from facts"})
    total = fields.Nested(FiguresItem)
    lines = fields.List(
        fields.Nested(LineItem),
        metadata={"description": "Each next-lower place in the order of names; of a village and a unit none"},
    )
    people = fields.List(
        fields.Nested(PersonMonthItem), metadata={"description": "Of a village, a township and a unit"}
    )
    to_look_at = fields.List(
        fields.Nested(LookAtItem), metadata={"description": "In the order of names, never a ranking"}
    )
