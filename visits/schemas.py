"""What goes in and out of the addresses of `visits`."""

from typing import Any

from apiflask.fields import File
from marshmallow import ValidationError, fields, validate, validates_schema

from geofence.policy import Verdict
from identity.schemas import AreaBrief, PersonBrief, UnitBrief
from kernel.periods import Quarter
from kernel.web import DayField, Instant, InstantField, Number, PageQuery, Schema, TextField
from pictures.schemas import MarkedPhotoItem
from visits.models import Category, ProblemState, RiskKind, StepKind
from visits.policy import (
    ChangeKind,
    ChecklistItem,
    DutyStatus,
    Entry,
    Finding,
    HelperRank,
    Reading,
    State,
    Topic,
    Way,
    holds_id_number,
)


def _one_of(kind: Any) -> Any:
    return validate.OneOf([str(item) for item in kind])


def _enum(kind: Any) -> dict[str, Any]:
    return {"metadata": {"enum": [str(item) for item in kind]}}


class FreeText(TextField):
    """What people write about a family; never an ID number (J5)."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if holds_id_number(text):
            raise ValidationError("不能写身份证号")
        return text


class QuarterField(fields.String):
    """A quarter, ``2026Q4``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": r"^20\d\dQ[1-4]$"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Quarter:  # type: ignore[override]
        try:
            return Quarter.parse(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise ValidationError("季度应写作 2026Q4") from error

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str:
        return str(value)


# -- households -----------------------------------------------------------------------------------


class HouseholdsQuery(PageQuery):
    area = fields.UUID(load_default=None, metadata={"description": "A village, township or county"})
    category = fields.String(load_default=None, validate=_one_of(Category))
    state = fields.String(load_default=None, validate=_one_of(State))
    without_helper = fields.Boolean(
        load_default=False,
        metadata={"description": "Only monitored households that nobody helps (Article 10)"},
    )


class HouseholdItem(Schema):
    id = fields.UUID()
    code = fields.String(allow_none=True)
    village = fields.Nested(AreaBrief)
    category = fields.String(**_enum(Category))
    risk_kinds = fields.List(fields.String(**_enum(RiskKind)))
    risk_level = fields.Integer(metadata={"description": "Higher is worse"})
    members_count = fields.Integer()
    identified_on = fields.Date()
    state = fields.String(**_enum(State))
    state_since = fields.Date()
    is_away = fields.Boolean(metadata={"description": "举家外出"})
    head_name = fields.String(metadata={"description": "Masked in lists: 张**"})
    head_id_number = fields.String(
        allow_none=True, metadata={"description": "Masked in lists: 360702********1234"}
    )
    head_phone = fields.String(allow_none=True, metadata={"description": "Masked in lists: 138****1234"})


class HouseholdListItem(HouseholdItem):
    helper = fields.Nested(PersonBrief, allow_none=True)


class HouseholdPage(Schema):
    items = fields.List(fields.Nested(HouseholdListItem))
    next_cursor = fields.String(allow_none=True)


class HouseholdQuery(Schema):
    reason = FreeText(
        load_default=None,
        max_length=200,
        metadata={"description": "Why the household is looked at in full; it is put on record (J7)"},
    )


class StateItem(Schema):
    state = fields.String(**_enum(State))
    first_day = fields.Date()
    note = fields.String()


class HelpSpell(Schema):
    helper = fields.Nested(PersonBrief)
    rank = fields.Integer()
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True)


class HouseholdPlace(Schema):
    longitude_deg = fields.Float()
    latitude_deg = fields.Float()
    datum = fields.String(metadata={"enum": ["wgs84"]})


class HouseholdResponse(HouseholdItem):
    place = fields.Nested(HouseholdPlace, allow_none=True)
    history = fields.List(fields.Nested(StateItem))
    pairings = fields.List(fields.Nested(HelpSpell), metadata={"description": "The latest first"})


class HouseholdImportRequest(Schema):
    file = File(  # type: ignore[no-untyped-call]
        required=True, metadata={"description": "The filled-in template, .xlsx or .csv, at most 8 MB"}
    )
    dry_run = fields.Boolean(
        load_default=True, metadata={"description": "Only say what would be done and which rows are bad"}
    )


class HouseholdRowError(Schema):
    row = fields.Integer(metadata={"description": "As the spreadsheet shows it"})
    column = fields.String(metadata={"description": "Header of the column, empty for the whole row"})
    code = fields.String()
    message = fields.String()


class HouseholdImportResponse(Schema):
    added = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    error_count = fields.Integer()
    errors = fields.List(fields.Nested(HouseholdRowError), metadata={"description": "The first 200"})


class StateRequest(Schema):
    state = fields.String(required=True, validate=_one_of(set(State) - {State.MONITORED}))
    first_day = DayField(required=True, metadata={"description": "The first day in the new state"})
    note = FreeText(load_default="", min_length=0, max_length=500, lines=True)


# -- pairing --------------------------------------------------------------------------------------


class HouseholdBrief(Schema):
    id = fields.UUID()
    village = fields.Nested(AreaBrief)
    head_name = fields.String(metadata={"description": "Masked: 张**"})
    category = fields.String(**_enum(Category))
    risk_level = fields.Integer()
    state = fields.String(**_enum(State))


class ProposalRequest(Schema):
    township_id = fields.UUID(required=True)
    redraw = fields.Boolean(
        load_default=False, metadata={"description": "Draw all anew and show what that would change"}
    )


class ProposalLine(Schema):
    household = fields.Nested(HouseholdBrief)
    helper = fields.Nested(PersonBrief)
    rank = fields.Integer(metadata={"description": "The place in the order of Article 11, 1 to 9"})
    rank_name = fields.String()
    explanation = fields.String()


class ProposalChange(Schema):
    household = fields.Nested(HouseholdBrief)
    kind = fields.String(**_enum(ChangeKind))
    from_helper = fields.Nested(PersonBrief, allow_none=True)
    to_helper = fields.Nested(PersonBrief, allow_none=True)


class ProposalResponse(Schema):
    township = fields.Nested(AreaBrief)
    capacity = fields.Integer(metadata={"description": "Households a helper takes"})
    lines = fields.List(fields.Nested(ProposalLine))
    uncovered = fields.List(fields.Nested(HouseholdBrief), metadata={"description": "The worst first"})
    helpers_missing = fields.Integer()
    changes = fields.List(fields.Nested(ProposalChange), metadata={"description": "Of a redraw only"})


class LineRequest(Schema):
    household_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    replaces = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The helper who hands over that day"}
    )
    explanation = FreeText(load_default="", min_length=0, max_length=200)


class EndRequest(Schema):
    household_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)


class RejectionRequest(EndRequest):
    reason = FreeText(required=True, max_length=200)


_AT_MOST = validate.Length(max=200)


class ConfirmationRequest(Schema):
    township_id = fields.UUID(required=True)
    day = DayField(required=True, metadata={"description": "From which day on"})
    lines = fields.List(
        fields.Nested(LineRequest),
        load_default=list,
        validate=_AT_MOST,
        metadata={"description": "As proposed, or changed by the township"},
    )
    ends = fields.List(fields.Nested(EndRequest), load_default=list, validate=_AT_MOST)
    rejected = fields.List(
        fields.Nested(RejectionRequest),
        load_default=list,
        validate=_AT_MOST,
        metadata={"description": "Proposed lines the township does not want; put on record"},
    )


class ConfirmationResponse(Schema):
    made = fields.Integer()
    ended = fields.Integer()
    unchanged = fields.Integer()


class PairingsQuery(PageQuery):
    area = fields.UUID(load_default=None)
    running = fields.Boolean(load_default=True, metadata={"description": "Only those of today"})


class PairingItem(Schema):
    id = fields.UUID()
    household = fields.Nested(HouseholdBrief)
    helper = fields.Nested(PersonBrief)
    rank = fields.Integer()
    rank_name = fields.String()
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True)
    explanation = fields.String()


class PairingPage(Schema):
    items = fields.List(fields.Nested(PairingItem))
    next_cursor = fields.String(allow_none=True)


class HelpersQuery(PageQuery):
    area = fields.UUID(load_default=None, metadata={"description": "A township or county"})


class HelperRequest(Schema):
    township_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    rank = fields.Integer(
        required=True,
        strict=True,
        validate=validate.OneOf([int(rank) for rank in HelperRank]),
        metadata={"description": "The place in the order of Article 11"},
    )
    order_no = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(min=1, max=10_000),
        metadata={"description": "Who comes first within a rank"},
    )
    village_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Ranks 4 to 6; for a unit without a posting (对口) the village it supports"},
    )
    unit_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "Ranks 7 to 9"})
    first_day = DayField(required=True)


class HelperItem(Schema):
    id = fields.UUID()
    person = fields.Nested(PersonBrief)
    township = fields.Nested(AreaBrief)
    rank = fields.Integer()
    rank_name = fields.String()
    order_no = fields.Integer()
    village_id = fields.UUID(allow_none=True)
    unit = fields.Nested(UnitBrief, allow_none=True)
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True)
    households_count = fields.Integer(metadata={"description": "Helped today, in any township"})


class HelperPage(Schema):
    items = fields.List(fields.Nested(HelperItem))
    next_cursor = fields.String(allow_none=True)


class HelperImportRequest(HouseholdImportRequest):
    township_id = fields.UUID(required=True)


class HelperImportResponse(HouseholdImportResponse):
    """The same figures."""


class HelperEndRequest(Schema):
    last_day = DayField(required=True)


class HelperEndResponse(Schema):
    pairings_ended = fields.Integer()


# -- visits ---------------------------------------------------------------------------------------

PROBLEM_ITEMS = sorted({*ChecklistItem, *Topic})
MAX_PHOTOS = 9


class VisitFix(Schema):
    """A position as the phone gives it; only where it lies against the village is kept."""

    latitude_deg = Number(required=True, validate=validate.Range(min=-90, max=90))
    longitude_deg = Number(required=True, validate=validate.Range(min=-180, max=180))
    datum = fields.String(required=True, validate=validate.OneOf(["wgs84", "gcj02"]))
    accuracy_m = Number(allow_none=True, load_default=None, validate=validate.Range(min=0, max=1_000_000))
    captured_at = InstantField(allow_none=True, load_default=None)
    altitude_m = Number(allow_none=True, load_default=None)
    speed_m_s = Number(allow_none=True, load_default=None)


def _short(**kwargs: Any) -> FreeText:
    return FreeText(max_length=1_000, lines=True, **kwargs)


class VisitContent(Schema):
    """The optional lines of the form 入户走访记录; each may be left out (Article 29)."""

    checklist = fields.Dict(
        keys=fields.String(validate=_one_of(ChecklistItem)),
        values=fields.String(validate=_one_of(Finding)),
        metadata={"description": "一收入、两不愁、三保障、饮水"},
    )
    topics = fields.Dict(
        keys=fields.String(validate=_one_of(Topic)),
        values=_short(),
        metadata={"description": "What Article 12 has the helper learn about"},
    )
    present = fields.List(
        FreeText(max_length=50),
        validate=validate.Length(max=20),
        metadata={"description": "Members of the family who were there"},
    )
    needs = _short()
    helped = _short(metadata={"description": "已帮解决"})
    reported = _short(metadata={"description": "需上报事项"})
    next_visit_on = DayField()


class ProblemRequest(Schema):
    item = fields.String(required=True, validate=validate.OneOf([str(item) for item in PROBLEM_ITEMS]))
    description = FreeText(required=True, max_length=500, lines=True)


class VisitRequest(Schema):
    client_key = fields.UUID(
        required=True, metadata={"description": "Made by the phone; the same key is the same visit"}
    )
    household_id = fields.UUID(required=True)
    occurred_at = InstantField(required=True)
    way = fields.String(required=True, validate=_one_of(Way))
    note = FreeText(required=True, max_length=1_000, lines=True)
    content = fields.Nested(VisitContent, load_default=dict)
    problems = fields.List(fields.Nested(ProblemRequest), load_default=list, validate=validate.Length(max=20))
    photos_expected = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=MAX_PHOTOS),
        metadata={"description": "How many photos follow, so that missing ones are told"},
    )
    fix = fields.Nested(VisitFix, load_default=None, allow_none=True)


class VisitResponse(Schema):
    id = fields.UUID()
    client_key = fields.UUID()
    household_id = fields.UUID()
    occurred_at = Instant()
    day = fields.Date()
    way = fields.String(**_enum(Way))
    entry = fields.String(
        metadata={"enum": [*Entry], "description": "too_late counts once the township accepts it (D19)"}
    )
    standing = fields.String(
        allow_none=True,
        metadata={"enum": [*Verdict, None], "description": "Against the village, as information only"},
    )
    photos_expected = fields.Integer()
    received_at = Instant()


class VisitsQuery(PageQuery):
    area = fields.UUID(load_default=None, metadata={"description": "A village, township or county"})
    household = fields.UUID(load_default=None)
    quarter = QuarterField(load_default=None)
    mine = fields.Boolean(load_default=False)


def _notice() -> fields.String:
    return fields.String(
        allow_none=True,
        metadata={
            "description": "Why it is hidden from others, or from you: WeChat holds it for risky (E14)"
        },
    )


class VisitPhotoItem(MarkedPhotoItem):
    content_notice = _notice()
    content_reading = fields.String(**_enum(Reading))


class VisitItem(Schema):
    id = fields.UUID()
    household = fields.Nested(HouseholdBrief)
    person = fields.Nested(PersonBrief)
    occurred_at = Instant()
    day = fields.Date()
    way = fields.String(**_enum(Way))
    note = fields.String()
    content_notice = _notice()
    entry = fields.String(**_enum(Entry))
    counts = fields.Boolean()
    withdrawn = fields.Boolean()
    corrected = fields.Boolean()
    standing = fields.String(allow_none=True, metadata={"enum": [*Verdict, None]})
    photos_expected = fields.Integer()
    received_at = Instant()


class VisitPage(Schema):
    items = fields.List(fields.Nested(VisitItem))
    next_cursor = fields.String(allow_none=True)


class CorrectionBrief(Schema):
    reason = fields.String()
    made_by = fields.Nested(PersonBrief)
    made_at = Instant()


class ProblemBrief(Schema):
    id = fields.UUID()
    item = fields.String(metadata={"enum": [*PROBLEM_ITEMS]})
    description = fields.String()
    state = fields.String(**_enum(ProblemState))


class VisitDetail(VisitItem):
    content_reading = fields.String(**_enum(Reading))
    photos = fields.List(fields.Nested(VisitPhotoItem))
    photos_missing = fields.Integer(metadata={"description": "How many of those announced have not come"})
    content = fields.Dict()
    corrections = fields.List(fields.Nested(CorrectionBrief))
    problems = fields.List(fields.Nested(ProblemBrief))


class VisitCorrectionRequest(Schema):
    client_key = fields.UUID(required=True)
    reason = FreeText(required=True, max_length=200)
    occurred_at = InstantField()
    way = fields.String(validate=_one_of(Way))
    note = FreeText(max_length=1_000, lines=True)
    content = fields.Nested(VisitContent)
    withdrawn = fields.Boolean(metadata={"description": "Entered by mistake; false takes that back"})
    accepted = fields.Boolean(
        metadata={"description": "The township lets a visit count that was entered too late (D19)"}
    )

    @validates_schema
    def _something_changes(self, data: dict[str, Any], **_: object) -> None:
        if not data.keys() - {"client_key", "reason"}:
            raise ValidationError("请写明更正的内容")


class VisitCorrectionResponse(Schema):
    id = fields.UUID()
    client_key = fields.UUID()
    visit_id = fields.UUID()
    occurred_at = Instant()
    way = fields.String(**_enum(Way))
    note = fields.String()
    counts = fields.Boolean()
    withdrawn = fields.Boolean(attribute="is_withdrawn")
    reason = fields.String()
    made_at = Instant()


class ReleaseRequest(Schema):
    reason = FreeText(required=True, max_length=200)
    photo_id = fields.UUID(
        load_default=None, metadata={"description": "One photo of the visit; left out: its texts"}
    )


# -- problems -------------------------------------------------------------------------------------


class ProblemsQuery(PageQuery):
    area = fields.UUID(load_default=None, metadata={"description": "A village, township or county"})
    household = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=_one_of(ProblemState))
    overdue = fields.Boolean(load_default=False, metadata={"description": "Open and past the day it was due"})


class ProblemItem(ProblemBrief):
    content_notice = _notice()
    visit_id = fields.UUID()
    household = fields.Nested(HouseholdBrief)
    found_on = fields.Date()
    found_by = fields.Nested(PersonBrief)
    responsible = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    overdue = fields.Boolean()
    settled_on = fields.Date(allow_none=True)


class ProblemPage(Schema):
    items = fields.List(fields.Nested(ProblemItem))
    next_cursor = fields.String(allow_none=True)


class StepItem(Schema):
    kind = fields.String(**_enum(StepKind))
    note = fields.String()
    responsible = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    made_by = fields.Nested(PersonBrief)
    made_at = Instant()


class ProblemDetail(ProblemItem):
    steps = fields.List(fields.Nested(StepItem))


class StepRequest(Schema):
    client_key = fields.UUID(required=True)
    kind = fields.String(required=True, validate=_one_of(StepKind))
    note = FreeText(load_default="", min_length=0, max_length=500, lines=True)
    responsible = FreeText(
        load_default=None, allow_none=True, max_length=50, metadata={"description": "Who shall see to it"}
    )
    due_on = DayField(load_default=None, allow_none=True)

    @validates_schema
    def _fits_its_kind(self, data: dict[str, Any], **_: object) -> None:
        is_assignment = data["kind"] == StepKind.ASSIGN
        if is_assignment != bool(data["responsible"] and data["due_on"]):
            raise ValidationError("指派须写明责任人和完成日期，其他步骤不写", "responsible")
        if not is_assignment and not data["note"]:
            raise ValidationError("请写明做了什么", "note")


class StepResponse(Schema):
    id = fields.UUID()
    client_key = fields.UUID()
    problem_id = fields.UUID()
    kind = fields.String(**_enum(StepKind))
    note = fields.String()
    responsible = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    made_at = Instant()


# -- the quarter ----------------------------------------------------------------------------------


def _roughly(degrees: float) -> None:
    """Refuse a finer place than 0.01°: addresses are written into logs, places of people are not."""
    if round(degrees, 2) != degrees:
        raise ValidationError("位置请保留两位小数")


class DueQuery(Schema):
    quarter = QuarterField(required=True)
    latitude_deg = fields.Float(load_default=None, validate=[validate.Range(min=-90, max=90), _roughly])
    longitude_deg = fields.Float(load_default=None, validate=[validate.Range(min=-180, max=180), _roughly])
    datum = fields.String(load_default=None, validate=validate.OneOf(["wgs84", "gcj02"]))

    @validates_schema
    def _whole_place(self, data: dict[str, Any], **_: object) -> None:
        given = [data[name] is not None for name in ("latitude_deg", "longitude_deg", "datum")]
        if any(given) and not all(given):
            raise ValidationError("经度、纬度、坐标系须一并给出", "datum")


class TallyItem(Schema):
    """The columns of §4.5; expected = done + not_done, the others stand beside them."""

    expected = fields.Integer(metadata={"description": "应走访户数"})
    done = fields.Integer(metadata={"description": "已走访"})
    not_done = fields.Integer(metadata={"description": "未走访"})
    exempt = fields.Integer(metadata={"description": "豁免"})
    grace = fields.Integer(metadata={"description": "宽限"})
    away = fields.Integer(metadata={"description": "外出"})
    households = fields.Integer(metadata={"description": "Monitored households"})
    covered = fields.Integer(metadata={"description": "Of them visited by anybody"})
    coverage_percent = fields.Float(allow_none=True, metadata={"description": "覆盖率, never rounded up"})


class DutyItem(Schema):
    household = fields.Nested(HouseholdBrief)
    helper = fields.Nested(PersonBrief)
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True)
    status = fields.String(**_enum(DutyStatus))


class DueItem(DutyItem):
    distance_km = fields.Float(allow_none=True)


class DueResponse(Schema):
    quarter = fields.String()
    last_day = fields.Date()
    tally = fields.Nested(TallyItem, metadata={"description": "Of all my pairings in the quarter"})
    items = fields.List(fields.Nested(DueItem), metadata={"description": "What I still owe"})


class QuarterQuery(Schema):
    quarter = QuarterField(required=True)
    area = fields.UUID(required=True, metadata={"description": "A village, township or county"})
    by = fields.String(
        load_default=None,
        validate=validate.OneOf(["helper", "village", "township"]),
        metadata={"description": "Left out: one level below the area"},
    )


class QuarterRow(Schema):
    helper = fields.Nested(PersonBrief, allow_none=True)
    area = fields.Nested(AreaBrief, allow_none=True)
    tally = fields.Nested(TallyItem)


class QuarterResponse(Schema):
    quarter = fields.String()
    running = fields.Boolean(metadata={"description": "进行中"})
    area = fields.Nested(AreaBrief)
    by = fields.String()
    total = fields.Nested(TallyItem)
    items = fields.List(fields.Nested(QuarterRow))


class DutiesQuery(PageQuery):
    quarter = QuarterField(required=True)
    area = fields.UUID(required=True, metadata={"description": "A village, township or county"})
    status = fields.String(load_default=None, validate=_one_of(DutyStatus))


class DutyPage(Schema):
    quarter = fields.String()
    items = fields.List(fields.Nested(DutyItem))
    next_cursor = fields.String(allow_none=True)
