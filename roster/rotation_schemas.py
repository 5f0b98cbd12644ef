"""What goes in and out of the addresses of rotations."""

from marshmallow import fields, validate

from identity.schemas import AreaBrief, PersonBrief, UnitBrief, day_of_life
from kernel.web import DayField, Instant, PageQuery, Schema, TextField
from org.policy import Grade
from pictures.schemas import PhotoItem
from roster.models import Verdict
from roster.policy import SUDDEN, Ground, RotationState
from roster.team_schemas import CandidateRequest, one_of


class RotationRequest(Schema):
    client_key = fields.UUID(required=True)
    posting_id = fields.UUID(required=True)
    ground = fields.String(
        required=True, validate=validate.OneOf([str(each) for each in Ground if each not in SUDDEN])
    )
    reason = TextField(required=True, max_length=500, lines=True)
    last_day = DayField(
        required=True,
        metadata={"description": "The last day of who leaves; later if the approval comes later"},
    )
    successor = fields.Nested(CandidateRequest, required=True)
    home_unit = TextField(
        load_default=None,
        allow_none=True,
        max_length=100,
        metadata={"description": "Where the successor belongs, if not to the unit (Article 5)"},
    )


class RotationPreviewRequest(Schema):
    posting_id = fields.UUID(required=True)
    ground = fields.String(
        required=True, validate=validate.OneOf([str(each) for each in Ground if each not in SUDDEN])
    )
    last_day = DayField(required=True)
    full_member_since = day_of_life(metadata={"description": "The successor's 转正日期 (Article 6)"})
    working_since = day_of_life(metadata={"description": "The successor's 参加工作日期 (Article 6)"})
    grade = fields.String(load_default=None, allow_none=True, validate=one_of(Grade))
    home_unit = TextField(load_default=None, allow_none=True, max_length=100)


class RotationPreviewResponse(Schema):
    qualified = fields.Boolean(metadata={"description": "Article 6 takes the successor"})
    errors = fields.List(fields.String(), metadata={"description": "What must be and is not"})
    warnings = fields.List(
        fields.String(), metadata={"description": "What should be in principle and is not"}
    )
    offices = fields.List(fields.String(), metadata={"description": "Who has to agree, in this order"})
    last_day = DayField(metadata={"description": "If all agreed today"})
    successor_first_day = DayField()


class RotationQuery(PageQuery):
    waiting = fields.Boolean(
        load_default=False,
        metadata={"description": "Only what waits for my office, the longest waiting first"},
    )
    state = fields.String(load_default=None, validate=validate.OneOf([str(each) for each in RotationState]))
    area = fields.UUID(load_default=None)


class RotationItem(Schema):
    id = fields.UUID()
    posting_id = fields.UUID()
    person = fields.Nested(PersonBrief)
    role = fields.String()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    successor = fields.Nested(PersonBrief, allow_none=True)
    ground = fields.String(
        allow_none=True, metadata={"description": "None for those who may not read the reason"}
    )
    state = fields.String(metadata={"description": "As of today"})
    state_text = fields.String()
    waits_for = fields.String(allow_none=True)
    waits_since = Instant(allow_none=True)
    may_decide = fields.Boolean()
    asked_last_day = DayField()
    handover_days = fields.Integer()
    last_day = DayField(allow_none=True, metadata={"description": "Once approved"})
    successor_first_day = DayField(allow_none=True)
    applied_at = Instant()


class RotationPage(Schema):
    items = fields.List(fields.Nested(RotationItem))
    next_cursor = fields.String(allow_none=True)


class RotationDecisionItem(Schema):
    office = fields.String()
    decision = fields.String()
    opinion = fields.String(allow_none=True)
    signed_by = fields.Nested(PersonBrief)
    signed_at = Instant()


class RotationResponse(RotationItem):
    client_key = fields.UUID(allow_none=True, metadata={"description": "For whoever asked"})
    reason = fields.String(allow_none=True)
    findings = fields.List(fields.String())
    offices = fields.List(fields.String(), metadata={"description": "Who has to agree, in this order"})
    decisions = fields.List(fields.Nested(RotationDecisionItem))
    proofs = fields.List(fields.Nested(PhotoItem))


class RotationDecisionRequest(Schema):
    decision = fields.String(required=True, validate=validate.OneOf([str(each) for each in Verdict]))
    opinion = TextField(load_default="", max_length=500, min_length=0)


class SuddenEndRequest(Schema):
    client_key = fields.UUID(required=True)
    ground = fields.String(required=True, validate=validate.OneOf(sorted(SUDDEN)))
    last_day = DayField(required=True)
    reason = TextField(required=True, max_length=500, lines=True)
