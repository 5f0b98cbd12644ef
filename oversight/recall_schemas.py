"""What goes in and out of the addresses of proposals, warnings and recalls."""

from marshmallow import fields

from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.web import DayField, Instant, PageQuery, Schema, TextField
from leave.schemas import one_of, word
from org.models import PostingRole
from oversight.inspection_schemas import FindingItem
from oversight.policy import InspectionLevel, Step
from oversight.recall_models import ProposalState
from oversight.recall_policy import Ground, RecallState
from roster.team_schemas import CandidateRequest


class ProposalsQuery(PageQuery):
    state = fields.String(validate=one_of(ProposalState), load_default=None)


class ProposalItem(Schema):
    id = fields.UUID()
    person = fields.Nested(PersonBrief)
    village = fields.Nested(AreaBrief)
    step = word(Step)
    findings = fields.List(fields.UUID(), metadata={"description": "Those that were counted"})
    state = word(ProposalState)
    made_at = Instant()
    document_no = fields.String(allow_none=True)
    decided_at = Instant(allow_none=True)
    reason = fields.String(allow_none=True)


class ProposalPage(Schema):
    items = fields.List(fields.Nested(ProposalItem))
    next_cursor = fields.String(allow_none=True)


class ProposalDecisionRequest(Schema):
    confirms = fields.Boolean(required=True)
    reason = TextField(required=True, max_length=1000, lines=True)
    document_no = TextField(load_default=None, allow_none=True, max_length=100)


class WarningRequest(Schema):
    client_key = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    text = TextField(required=True, max_length=1000, lines=True)


class WarningsQuery(Schema):
    person = fields.UUID(required=True)


class WarningItem(Schema):
    id = fields.UUID()
    person_id = fields.UUID()
    day = DayField()
    text = fields.String()
    document_no = fields.String(allow_none=True)
    proposal_id = fields.UUID(allow_none=True, metadata={"description": "The notice (通报) it comes from"})
    given_at = Instant()


class WarningsResponse(Schema):
    items = fields.List(fields.Nested(WarningItem))


class RecallRequest(Schema):
    client_key = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    ground = fields.String(
        validate=one_of(Ground),
        required=True,
        metadata={"description": "The seven cases of Article 22, in its order"},
    )
    reason = TextField(required=True, max_length=2000, lines=True)
    warning_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Ground four needs one of an earlier day"},
    )
    proposal_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The city's, by Article 21"}
    )


class RecallsQuery(PageQuery):
    state = fields.String(validate=one_of(RecallState), load_default=None)


class RecallItem(Schema):
    id = fields.UUID()
    person = fields.Nested(PersonBrief)
    role = word(PostingRole)
    village = fields.Nested(AreaBrief)
    township = fields.Nested(
        AreaBrief, allow_none=True, metadata={"description": "In which the village lies"}
    )
    unit = fields.Nested(UnitBrief)
    ground = word(Ground)
    clause = fields.String()
    reason = fields.String()
    warning_id = fields.UUID(allow_none=True)
    proposal_id = fields.UUID(allow_none=True)
    state = word(RecallState)
    urged_by_level = word(InspectionLevel)
    proposed_at = Instant()
    answer_due_on = DayField()
    answered_at = Instant(allow_none=True)
    answer = fields.String(allow_none=True, metadata={"description": "For the person and the offices"})
    decided_at = Instant(allow_none=True)
    reason_of_decision = fields.String(allow_none=True)
    urged_at = Instant(allow_none=True)
    urging_document_no = fields.String(allow_none=True)
    recalled_at = Instant(allow_none=True)
    last_day = DayField(allow_none=True)
    replaced_at = Instant(allow_none=True)
    successor_id = fields.UUID(allow_none=True)


class RecallPage(Schema):
    items = fields.List(fields.Nested(RecallItem))
    next_cursor = fields.String(allow_none=True)


class RecallDecisionRequest(Schema):
    upholds = fields.Boolean(required=True)
    reason = TextField(required=True, max_length=1000, lines=True)


class UrgingRequest(Schema):
    document_no = TextField(required=True, max_length=100)


class DepartureRequest(Schema):
    last_day = DayField(required=True)


class SuccessorRequest(CandidateRequest):
    first_day = DayField(required=True)


class MyRollCallItem(Schema):
    id = fields.UUID()
    village = fields.Nested(AreaBrief)
    called_at = Instant()
    due_at = Instant()
    seconds_left = fields.Integer()
    answered_at = Instant(allow_none=True)


class MineResponse(Schema):
    roll_calls = fields.List(fields.Nested(MyRollCallItem))
    findings = fields.List(fields.Nested(FindingItem))
    warnings = fields.List(fields.Nested(WarningItem))
    recalls = fields.List(fields.Nested(RecallItem))
