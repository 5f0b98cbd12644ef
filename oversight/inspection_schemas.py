"""What goes in and out of the addresses of mandates, inspections, roll-calls and findings."""

from typing import Any

from marshmallow import fields

from attendance.policy import DayClass
from checkin.policy import Doubt
from checkin.schemas import Point
from geofence.policy import Band, Verdict
from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import DayField, Instant, PageQuery, Schema, TextField
from leave.policy import LeaveKind, LeaveState, Tier
from leave.schemas import one_of, word
from oversight.policy import AnswerOutcome, Expectation, FindingKind, FindingState, InspectionLevel
from pictures.schemas import PhotoItem
from roster.team_schemas import MOBILE


class MandateRequest(Schema):
    name = TextField(required=True, max_length=50)
    phone = fields.String(required=True, validate=MOBILE)
    area_id = fields.UUID(required=True, metadata={"description": "A township, a county or the city"})
    first_day = DayField(required=True)
    last_day = DayField(required=True)
    document_no = TextField(required=True, max_length=100)


class MandateItem(Schema):
    id = fields.UUID()
    person = fields.Nested(PersonBrief)
    area = fields.Nested(AreaBrief)
    level = word(InspectionLevel)
    first_day = DayField()
    last_day = DayField()
    document_no = fields.String()


class MandatesResponse(Schema):
    items = fields.List(fields.Nested(MandateItem))


class InspectionRequest(Schema):
    client_key = fields.UUID(required=True)
    village_id = fields.UUID(required=True)
    note = TextField(load_default="", min_length=0, max_length=500, lines=True)


class InspectionItem(Schema):
    id = fields.UUID()
    village = fields.Nested(AreaBrief)
    level = word(InspectionLevel)
    day = DayField()
    opened_at = Instant()
    inspector = fields.Nested(PersonBrief)
    note = fields.String()


class InspectionPage(Schema):
    items = fields.List(fields.Nested(InspectionItem))
    next_cursor = fields.String(allow_none=True)


class SignedItem(Schema):
    """As it was kept when the inspection began."""

    office = word(Tier)
    decision = fields.String()
    by = fields.String()
    at = fields.String(metadata={"format": "date-time"})


class LeaveThen(Schema):
    """As it was kept when the inspection began; never the reason."""

    id = fields.UUID()
    person = fields.Nested(PersonBrief)
    kind = word(LeaveKind)
    state = word(LeaveState)
    first_day = fields.String(metadata={"format": "date"})
    first_half = fields.String()
    last_day = fields.String(metadata={"format": "date"})
    last_half = fields.String()
    tier = word(Tier)
    approved = fields.Boolean()
    signed = fields.List(fields.Nested(SignedItem))


class StandingItem(Schema):
    posting_id = fields.UUID()
    person = fields.Nested(PersonBrief)
    role = fields.String()
    unit = fields.Nested(UnitBrief)
    expectation = word(Expectation)
    day_class = word(DayClass)
    checked_in = fields.Boolean()
    leave = fields.Nested(LeaveThen, allow_none=True)


class CalledPersonItem(Schema):
    person = fields.Nested(PersonBrief)
    expectation = word(Expectation)
    answered_at = Instant(allow_none=True)
    captured_at = Instant(allow_none=True)
    late = fields.Boolean(allow_none=True)
    outcome = word(AnswerOutcome, allow_none=True)
    verdict = word(Verdict, allow_none=True)
    band = word(Band, allow_none=True)
    doubts = fields.List(word(Doubt))
    note = fields.String()
    present = fields.Boolean(allow_none=True, metadata={"description": "The inspector's word"})
    word_note = fields.String()
    word_at = Instant(allow_none=True)


class RollCallItem(Schema):
    id = fields.UUID()
    called_at = Instant()
    due_at = Instant()
    people = fields.List(fields.Nested(CalledPersonItem))


class FindingItem(Schema):
    id = fields.UUID()
    inspection_id = fields.UUID()
    person = fields.Nested(PersonBrief)
    village = fields.Nested(AreaBrief)
    level = word(InspectionLevel)
    kind = word(FindingKind)
    day = DayField()
    found_at = Instant()
    state = word(FindingState)
    answer_due_on = DayField()
    answered_at = Instant(allow_none=True)
    answered_late = fields.Boolean()
    decided_at = Instant(allow_none=True)


class InspectionResponse(InspectionItem):
    situation = fields.List(
        fields.Nested(StandingItem),
        metadata={"description": "Who was to be there, who was away under which approval, when it began"},
    )
    roll_calls = fields.List(fields.Nested(RollCallItem))
    findings = fields.List(fields.Nested(FindingItem))


class RollCallRequest(Schema):
    client_key = fields.UUID(required=True)


class AnswerRequest(Schema):
    client_key = fields.UUID(required=True)
    fix = fields.Nested(
        Point,
        load_default=None,
        allow_none=True,
        metadata={"description": "Left out by whoever answers otherwise; the inspector then says"},
    )
    time_ticket = TextField(load_default=None, allow_none=True, max_length=300)
    note = TextField(load_default="", min_length=0, max_length=200, lines=True)


class AnswerResponse(Schema):
    roll_call_id = fields.UUID()
    client_key = fields.UUID()
    answered_at = Instant()
    late = fields.Boolean(metadata={"description": "迟答: after the minutes there were"})
    outcome = word(AnswerOutcome)
    verdict = word(Verdict, allow_none=True)
    band = word(Band, allow_none=True)
    message = fields.String()


class WordRequest(Schema):
    present = fields.Boolean(required=True)
    note = TextField(load_default="", min_length=0, max_length=200, lines=True)


class FindingRequest(Schema):
    client_key = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    kind = fields.String(validate=one_of(FindingKind), required=True)
    description = TextField(required=True, max_length=1000, lines=True)


class FindingsQuery(PageQuery):
    state = fields.String(validate=one_of(FindingState), load_default=None)
    person = fields.UUID(load_default=None)


class FindingPage(Schema):
    items = fields.List(fields.Nested(FindingItem))
    next_cursor = fields.String(allow_none=True)


class FindingResponse(FindingItem):
    description = fields.String()
    answer = fields.String(
        allow_none=True,
        metadata={"description": "For the person and the offices, not for inspector and unit"},
    )
    reason = fields.String(allow_none=True)
    day_class = word(DayClass, allow_none=True)
    photos = fields.List(fields.Nested(PhotoItem))


class WordsRequest(Schema):
    text = TextField(required=True, max_length=2000, lines=True)


class FindingDecisionRequest(Schema):
    confirms = fields.Boolean(required=True)
    reason = TextField(required=True, max_length=1000, lines=True)


def point_of(fix: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a fix as it is compared with a later one under the same key."""
    return {**fix, "captured_at": fix["captured_at"].isoformat()} if fix else None
