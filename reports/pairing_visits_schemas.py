"""What goes in and out of the address of the report of pairing visits."""

from typing import Any

from marshmallow import fields, validate

from identity.schemas import PersonBrief
from kernel.web import Schema
from reports.pairing_visits_documents import FIGURES
from reports.residency_schemas import FORMATS, PlaceItem
from visits.schemas import QuarterField

VisitFiguresItem: Any = Schema.from_dict(
    {
        name: fields.Float(allow_none=True, metadata={"description": meaning})
        for name, meaning in FIGURES.items()
    },
    name="VisitFigures",
)


class PairingVisitsQuery(Schema):
    quarter = QuarterField(required=True)
    area = fields.UUID(required=True, metadata={"description": "A village, township, county or city"})
    format = fields.String(load_default="json", validate=validate.OneOf(FORMATS))


class VisitsLineItem(Schema):
    place = fields.Nested(PlaceItem)
    figures = fields.Nested(VisitFiguresItem)


class HelperLineItem(Schema):
    helper = fields.Nested(PersonBrief)
    villages = fields.List(fields.String(), metadata={"description": "Where the households lie"})
    figures = fields.Nested(VisitFiguresItem)


class HelperLookAtItem(Schema):
    helper = fields.Nested(PersonBrief)
    villages = fields.List(fields.String())
    text = fields.String()


class PairingVisitsResponse(Schema):
    quarter = fields.String()
    place = fields.Nested(PlaceItem)
    running = fields.Boolean(metadata={"description": "进行中"})
    total = fields.Nested(VisitFiguresItem)
    lines = fields.List(
        fields.Nested(VisitsLineItem),
        metadata={"description": "Each next-lower place in the order of names; of a village none"},
    )
    helpers = fields.List(
        fields.Nested(HelperLineItem), metadata={"description": "Of a village and a township"}
    )
    to_look_at = fields.List(
        fields.Nested(HelperLookAtItem),
        metadata={"description": "Who still owes a visit, in the order of names, never a ranking"},
    )
