"""What goes in and out of the addresses of leaves."""

from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from identity.schemas import AreaBrief, PersonBrief, UnitBrief, day_of_life
from kernel.web import DayField, Instant, InstantField, MonthField, PageQuery, Schema, TextField
from leave.models import ConsentChannel, Verdict
from leave.policy import DayCount, LeaveKind, LeaveSpan, LeaveState, Tier
from org.policy import Grade
from pictures.schemas import PhotoItem

HALVES = ("morning", "afternoon")
SEVERAL = 50


def one_of(values: Iterable[str]) -> Any:
    return validate.OneOf([str(value) for value in values])


def word(values: Iterable[str], **kwargs: Any) -> fields.String:
    """Return an outgoing field that holds one of these words."""
    return fields.String(
        metadata={"enum": [*map(str, values), *([None] if kwargs.get("allow_none") else [])]}, **kwargs
    )


# -- asking -------------------------------------------------------------------------------------


class Consent(Schema):
    """Who agreed by phone or SMS: the papers follow (补办)."""

    by = TextField(required=True, max_length=30, metadata={"description": "准假人"})
    at = InstantField(required=True)
    channel = fields.String(required=True, validate=one_of(ConsentChannel))


class SpanRequest(Schema):
    """Days from–to, both included, with half days."""

    kind = fields.String(required=True, validate=one_of(LeaveKind))
    first_day = DayField(required=True)
    last_day = DayField(required=True)
    first_half = fields.String(
        load_default="morning",
        validate=one_of(HALVES),
        metadata={"description": "The half of the first day in which the leave begins"},
    )
    last_half = fields.String(
        load_default="afternoon",
        validate=one_of(HALVES),
        metadata={"description": "The half of the last day with which it ends"},
    )

    @post_load
    def _span(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        begins_at_noon = data.pop("first_half") == "afternoon"
        ends_at_noon = data.pop("last_half") == "morning"
        try:
            span = LeaveSpan(data.pop("first_day"), data.pop("last_day"), begins_at_noon, ends_at_noon)
        except ValueError as error:
            raise ValidationError("结束时间须晚于开始时间", "last_day") from error
        return {**data, "kind": LeaveKind(data["kind"]), "span": span}


class PreviewRequest(SpanRequest):
    reason = TextField(load_default="", max_length=500, min_length=0, lines=True)
    destination = TextField(load_default="", max_length=100, min_length=0)
    work_goes_to = TextField(load_default="", max_length=50, min_length=0)
    consent = fields.Nested(Consent, load_default=None, allow_none=True)


class LeaveRequest(SpanRequest):
    client_key = fields.UUID(
        required=True, metadata={"description": "Made by the phone; the same key is the same request"}
    )
    reason = TextField(required=True, max_length=500, lines=True)
    destination = TextField(required=True, max_length=100)
    work_goes_to = TextField(
        load_default="", max_length=50, min_length=0, metadata={"description": "工作交接人"}
    )
    consent = fields.Nested(Consent, load_default=None, allow_none=True)


class ExtensionRequest(Schema):
    client_key = fields.UUID(required=True)
    last_day = DayField(required=True)
    last_half = fields.String(load_default="afternoon", validate=one_of(HALVES))
    reason = TextField(required=True, max_length=500, lines=True)
    consent = fields.Nested(Consent, load_default=None, allow_none=True)


class PaperworkRequest(Schema):
    reason = TextField(required=True, max_length=500, lines=True)
    destination = TextField(required=True, max_length=100)
    work_goes_to = TextField(load_default="", max_length=50, min_length=0)


class ReturnRequest(Schema):
    day = DayField(load_default=None, allow_none=True, metadata={"description": "Left out: now"})
    half = fields.String(
        load_default="morning",
        validate=one_of(HALVES),
        metadata={"description": "The first half of that day spent in the village"},
    )


# -- deciding -----------------------------------------------------------------------------------


class DecisionRequest(Schema):
    decision = fields.String(required=True, validate=one_of(Verdict))
    opinion = TextField(load_default="", max_length=300, min_length=0, lines=True)


class SeveralDecisionsRequest(DecisionRequest):
    leave_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=SEVERAL))

    @validates_schema
    def _each_once(self, data: dict[str, Any], **_: object) -> None:
        if len(set(data["leave_ids"])) < len(data["leave_ids"]):
            raise ValidationError("同一请假单重复", "leave_ids")


class DecidedItem(Schema):
    leave_id = fields.UUID()
    state = word(LeaveState, allow_none=True)
    code = fields.String(allow_none=True, metadata={"description": "Why not, as in the errors"})
    message = fields.String(allow_none=True)


class SeveralDecisionsResponse(Schema):
    items = fields.List(fields.Nested(DecidedItem))


class StandInRequest(Schema):
    name = TextField(max_length=30)
    phone = TextField(max_length=20)
    full_member_since = day_of_life(metadata={"description": "转正日期"})
    working_since = day_of_life(metadata={"description": "参加工作日期"})
    grade = fields.String(load_default=None, allow_none=True, validate=one_of(Grade))
    adjustment = TextField(
        max_length=200, metadata={"description": "视情调整: the leading group's note instead of a person"}
    )

    @validates_schema
    def _person_or_note(self, data: dict[str, Any], **_: object) -> None:
        if ("adjustment" in data) == ("name" in data or "phone" in data):
            raise ValidationError("请填写接替人员，或由领导小组注明调整岗位")
        if "adjustment" not in data and not {"name", "phone"} <= data.keys():
            raise ValidationError("请填写接替人员的姓名和手机号")
        if "phone" in data and not _is_mobile(data["phone"]):
            raise ValidationError("手机号应为11位数字", "phone")


def _is_mobile(phone: str) -> bool:
    return len(phone) == 11 and phone.isascii() and phone.isdigit() and phone.startswith("1")


class DelegationRequest(Schema):
    deputy_id = fields.UUID(required=True)
    first_day = DayField(required=True)
    last_day = DayField(required=True)
    document_no = TextField(required=True, max_length=60, metadata={"description": "委托书文号"})
    office = fields.String(
        load_default=None,
        allow_none=True,
        validate=one_of(Tier),
        metadata={"description": "Left out: the one I sign for"},
    )


class DelegationItem(Schema):
    id = fields.UUID()
    office = word(Tier)
    area = fields.Nested(AreaBrief)
    deputy = fields.Nested(PersonBrief)
    first_day = DayField()
    last_day = DayField()
    document_no = fields.String()


class DelegationsResponse(Schema):
    items = fields.List(fields.Nested(DelegationItem))


class DeputyItem(Schema):
    office = word(Tier)
    area = fields.Nested(AreaBrief)
    deputy = fields.Nested(PersonBrief)


class DeputiesResponse(Schema):
    items = fields.List(fields.Nested(DeputyItem))


# -- what comes back ----------------------------------------------------------------------------


class LeaveBrief(Schema):
    id = fields.UUID()
    person = fields.Nested(PersonBrief)
    kind = word(LeaveKind)
    state = word(LeaveState)
    first_day = DayField()
    first_half = word(HALVES)
    last_day = DayField()
    last_half = word(HALVES)


class LeaveItem(LeaveBrief):
    client_key = fields.UUID(allow_none=True, metadata={"description": "For the person who asked"})
    state_text = fields.String(metadata={"description": "The state in words, 离村中 while away"})
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    role = fields.String()
    counted_days = fields.Float(metadata={"description": "计审天数 by the county's rule"})
    chain_days = fields.Float(
        metadata={"description": "Counted days of the whole absence, which decide the office"}
    )
    tier = word(Tier)
    clause = fields.String()
    waits_for = word(Tier, allow_none=True)
    submitted_at = Instant()
    retro = fields.Boolean(metadata={"description": "补办: agreed by phone, the papers later"})
    papers_due_on = DayField(allow_none=True)
    papers_overdue = fields.Boolean()
    returned_on = DayField(allow_none=True)
    extends_id = fields.UUID(allow_none=True)
    needs_stand_in = fields.Boolean()


class DecisionItem(Schema):
    office = word(Tier)
    is_opinion = fields.Boolean(metadata={"description": "The opinion of an office that does not decide"})
    decision = word(Verdict)
    opinion = fields.String(allow_none=True, metadata={"description": "For the approval chain only"})
    signed_by = fields.Nested(PersonBrief)
    by_delegation = fields.Boolean()
    signed_at = Instant()


class ConsentItem(Schema):
    by = fields.String()
    at = Instant()
    channel = word(ConsentChannel)


class StandInItem(Schema):
    person = fields.Nested(PersonBrief, allow_none=True)
    adjustment = fields.String(allow_none=True)
    warnings = fields.List(fields.String())
    named_at = Instant()


class LeaveResponse(LeaveItem):
    reason = fields.String(allow_none=True, metadata={"description": "For the approval chain only"})
    destination = fields.String(allow_none=True, metadata={"description": "For the approval chain only"})
    work_goes_to = fields.String()
    asked_last_day = DayField()
    asked_last_half = word(HALVES)
    day_count = word(DayCount)
    consent = fields.Nested(ConsentItem, allow_none=True)
    papers_filed_at = Instant(allow_none=True)
    returned_half = word(HALVES, allow_none=True)
    decisions = fields.List(fields.Nested(DecisionItem))
    stand_in = fields.Nested(StandInItem, allow_none=True)
    proofs = fields.List(
        fields.Nested(PhotoItem), metadata={"description": "For the person and the approval chain only"}
    )


class LeavesQuery(PageQuery):
    person = fields.UUID(load_default=None)
    village = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=one_of(LeaveState))
    month = MonthField(load_default=None)
    papers_overdue = fields.Boolean(load_default=False)


class LeavePage(Schema):
    items = fields.List(fields.Nested(LeaveItem))
    next_cursor = fields.String(allow_none=True)


class PreviewResponse(Schema):
    counted_days = fields.Float(metadata={"description": "计审天数 of this request"})
    natural_days = fields.Float()
    chain_days = fields.Float()
    chain_first_day = DayField()
    chain_last_day = DayField()
    tier = word(Tier, allow_none=True)
    steps = fields.List(fields.String(metadata={"enum": [str(tier) for tier in Tier]}))
    clause = fields.String(allow_none=True)
    needs_stand_in = fields.Boolean()
    chained_with = fields.List(fields.Nested(LeaveBrief))
    empty_days = fields.List(
        DayField(), metadata={"description": "Days on which nobody of the team would be in the village"}
    )
    unannounced_years = fields.List(fields.Integer(), metadata={"description": "节假日未公布"})
    message = fields.String()
