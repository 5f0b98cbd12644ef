"""What goes in and out of the address of the report of what the system costs people."""

from marshmallow import fields

from kernel.web import MonthField, Schema
from reports.burden_policy import LEAST_PEOPLE, Task
from reports.residency_schemas import PlaceItem


class BurdenQuery(Schema):
    month = MonthField(required=True)
    area = fields.UUID(
        load_default=None,
        metadata={"description": "A village, township, county or city; without it what was asked of me"},
    )


class BurdenTask(Schema):
    task = fields.String(metadata={"enum": [str(task) for task in Task]})
    name = fields.String()
    taps = fields.Float(allow_none=True)
    fields_filled = fields.Float(allow_none=True)


class BurdenFigures(Schema):
    people = fields.Integer(metadata={"description": "Posted in the month; of myself 1"})
    taps = fields.Float(
        allow_none=True,
        metadata={"description": f"A person, on average; null of fewer than {LEAST_PEOPLE} people"},
    )
    fields_filled = fields.Float(allow_none=True)
    tasks = fields.List(fields.Nested(BurdenTask))


class BurdenLine(Schema):
    place = fields.Nested(PlaceItem)
    figures = fields.Nested(BurdenFigures)


class BurdenResponse(Schema):
    month = fields.String()
    running = fields.Boolean(metadata={"description": "进行中"})
    place = fields.Nested(PlaceItem, allow_none=True, metadata={"description": "Null: my own"})
    total = fields.Nested(BurdenFigures)
    lines = fields.List(
        fields.Nested(BurdenLine),
        metadata={"description": "Each next-lower place in the order of names, never of people"},
    )
