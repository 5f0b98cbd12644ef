"""What goes in and out of the addresses of allowances, trips and terms of travel."""

from marshmallow import fields, validate

from allowances.missing import Reason
from allowances.models import ListState
from allowances.policy import Way
from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import DayField, Instant, MonthField, Number, PageQuery, Schema, TextField

FILES = ("csv", "xlsx", "pdf")
KINDS = ("month", "extra", "recovery")
LEAST_KM, MOST_KM = 0.1, 2_000


class AllowancesQuery(Schema):
    month = MonthField(required=True)
    unit = fields.UUID(required=True, metadata={"description": "A dispatching unit"})
    format = fields.String(load_default="json", validate=validate.OneOf(["json", *FILES]))


class PrepareRequest(Schema):
    month = MonthField(required=True)
    unit_id = fields.UUID(required=True)


class PlaceBrief(Schema):
    id = fields.UUID()
    name = fields.String()


class SheetBrief(Schema):
    version = fields.Integer()
    check_code = fields.String(metadata={"description": "校验码 of the stamped sheet"})


class LineItem(Schema):
    village = fields.Nested(PlaceBrief)
    month = fields.String(metadata={"description": "The month paid for: of a difference an earlier one"})
    kind = fields.String(metadata={"enum": list(KINDS), "description": "当月, 补发, 扣回"})
    kind_text = fields.String()
    amount_fen = fields.Integer(metadata={"description": "Below zero where money is taken back"})


class LivingItem(LineItem):
    person = fields.Nested(PersonBrief)
    posting_id = fields.UUID()
    sheet = fields.Nested(SheetBrief)
    days = fields.Integer(metadata={"description": "补助天数; of a difference how many more, or fewer"})
    fen_per_day = fields.Integer()


class TravelItem(LineItem):
    round_trips = fields.Integer()
    km_one_way = fields.Float()
    fen_per_km = fields.Integer()


class MissingItem(Schema):
    village = fields.Nested(PlaceBrief)
    month = fields.String()
    reason = fields.String(metadata={"enum": [str(reason) for reason in Reason]})
    text = fields.String()
    people = fields.List(fields.String(), metadata={"description": "Names of whom it is about"})


class Signed(Schema):
    by = fields.String()
    at = Instant()


class AllowancesResponse(Schema):
    month = fields.String()
    unit = fields.Nested(UnitBrief)
    list_id = fields.UUID(allow_none=True, metadata={"description": "Null until the list is made"})
    state = fields.String(metadata={"enum": [str(state) for state in ListState]})
    state_text = fields.String()
    prepared = fields.Nested(Signed, allow_none=True)
    paid = fields.Nested(Signed, allow_none=True)
    whole = fields.Boolean(metadata={"description": "False where you see some of the unit's people only"})
    living = fields.List(fields.Nested(LivingItem))
    travel = fields.List(fields.Nested(TravelItem))
    missing = fields.List(
        fields.Nested(MissingItem), metadata={"description": "What is not paid yet: named, never guessed"}
    )
    living_fen = fields.Integer()
    travel_fen = fields.Integer()
    total_fen = fields.Integer()


# -- trips --------------------------------------------------------------------------------------


class TripRequest(Schema):
    client_key = fields.UUID(required=True)
    day = DayField(required=True)
    way = fields.String(
        required=True,
        validate=validate.OneOf([str(way) for way in Way]),
        metadata={"description": "往 out, 返 back"},
    )


class TripItem(Schema):
    id = fields.UUID()
    client_key = fields.UUID(allow_none=True, metadata={"description": "For the person who entered it"})
    day = DayField()
    way = fields.String(metadata={"enum": [str(way) for way in Way]})
    person = fields.Nested(PersonBrief)
    village = fields.Nested(AreaBrief)
    withdrawn = fields.Boolean()


class TripsQuery(PageQuery):
    month = MonthField(required=True)
    village = fields.UUID(load_default=None)


class TripsPage(Schema):
    items = fields.List(fields.Nested(TripItem))
    next_cursor = fields.String(allow_none=True)


# -- terms of travel ----------------------------------------------------------------------------


class TermsRequest(Schema):
    village_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    first_day = DayField(required=True)
    km_one_way = Number(
        required=True,
        validate=validate.Range(min=LEAST_KM, max=MOST_KM),
        metadata={"description": "单程公里 as the county has confirmed it, kept to 0.1 km"},
    )
    has_car_reform = fields.Boolean(required=True, metadata={"description": "已实行公车改革"})
    is_self_driven = fields.Boolean(required=True, metadata={"description": "自行驾驶往返"})
    is_central_city = fields.Boolean(required=True, metadata={"description": "派驻在中心城区"})
    is_subsidised = fields.Boolean(required=True, metadata={"description": "已享受交通补贴"})
    document_no = TextField(required=True, max_length=100)


class TermsItem(Schema):
    id = fields.UUID()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    first_day = DayField()
    km_one_way = fields.Float()
    has_car_reform = fields.Boolean()
    is_self_driven = fields.Boolean()
    is_central_city = fields.Boolean()
    is_subsidised = fields.Boolean()
    document_no = fields.String()
    set_at = Instant()


class TermsQuery(PageQuery):
    village = fields.UUID(load_default=None)
    unit = fields.UUID(load_default=None)


class TermsPage(Schema):
    items = fields.List(fields.Nested(TermsItem))
    next_cursor = fields.String(allow_none=True)
