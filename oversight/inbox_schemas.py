"""What goes out of the addresses of the inbox."""

from marshmallow import fields

from attendance.schemas import ApprovalItem
from identity.schemas import AreaBrief, PersonBrief
from kernel.web import Instant, Schema
from leave.schemas import word
from oversight.inbox import InboxKind
from oversight.inspection_schemas import FindingItem
from oversight.recall_schemas import ProposalItem, RecallItem
from roster.rotation_schemas import RotationItem


class InboxItem(Schema):
    """Of the last five fields the one named by ``kind`` is there."""

    kind = word(InboxKind)
    id = fields.UUID(metadata={"description": "Of the leave, rotation, finding, proposal or recall"})
    waits_since = Instant()
    waiting_hours = fields.Integer(metadata={"description": "Whole hours it has waited for this office"})
    person = fields.Nested(PersonBrief)
    village = fields.Nested(AreaBrief)
    clause = fields.String(metadata={"description": "The article by which the office is asked"})
    may_decide = fields.Boolean(metadata={"description": "I may say the word it waits for"})
    leave = fields.Nested(ApprovalItem, allow_none=True)
    rotation = fields.Nested(RotationItem, allow_none=True)
    finding = fields.Nested(FindingItem, allow_none=True)
    proposal = fields.Nested(ProposalItem, allow_none=True)
    recall = fields.Nested(RecallItem, allow_none=True)


class InboxPage(Schema):
    items = fields.List(fields.Nested(InboxItem))
    next_cursor = fields.String(allow_none=True)
