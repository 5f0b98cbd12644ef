"""What goes in and out of the addresses of postings, terms and teams."""

from apiflask.fields import File
from marshmallow import fields, validate

from identity.schemas import AreaBrief, PersonBrief, UnitBrief, day_of_life
from kernel.web import DayField, PageQuery, Schema, TextField
from org.models import PostingRole
from org.policy import Grade, Lead, Need, VillageKindName
from roster.schemas import RowErrorItem

MOBILE = validate.Regexp(r"^1[3-9][0-9]{9}\Z", error="手机号须为 11 位")


def one_of(kind: type[PostingRole | Grade | VillageKindName]) -> validate.OneOf:
    """Accept the values of an enum."""
    return validate.OneOf([str(each) for each in kind])


class CandidateRequest(Schema):
    name = TextField(required=True, max_length=50)
    phone = fields.String(required=True, validate=MOBILE)
    full_member_since = day_of_life(metadata={"description": "转正日期 (Article 6)"})
    working_since = day_of_life(metadata={"description": "参加工作日期 (Article 6)"})
    grade = fields.String(load_default=None, allow_none=True, validate=one_of(Grade))


class PostingRequest(CandidateRequest):
    village_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    role = fields.String(required=True, validate=one_of(PostingRole))
    first_day = DayField(required=True)
    last_day = DayField(load_default=None, allow_none=True)
    home_unit = TextField(
        load_default=None,
        allow_none=True,
        max_length=100,
        metadata={"description": "Where the person belongs, if not to the unit (Article 5)"},
    )
    party_transfer_on = DayField(load_default=None, allow_none=True)
    override_reason = TextField(
        load_default=None,
        allow_none=True,
        max_length=500,
        metadata={
            "description": "Why the county posts somebody whom Article 6 does not take; stays on record"
        },
    )


class EndingQuery(PageQuery):
    within_days = fields.Integer(load_default=90, strict=False, validate=validate.Range(min=0, max=730))
    area = fields.UUID(load_default=None)


class EndingItem(Schema):
    posting_id = fields.UUID()
    person = fields.Nested(PersonBrief)
    role = fields.String()
    village = fields.Nested(AreaBrief)
    unit = fields.Nested(UnitBrief)
    first_day = DayField()
    last_day = DayField(allow_none=True)
    term_ends_on = DayField(metadata={"description": "By the county's number of years (Article 18)"})
    days_left = fields.Integer(metadata={"description": "Negative: so many days over the term"})


class EndingPage(Schema):
    items = fields.List(fields.Nested(EndingItem))
    next_cursor = fields.String(allow_none=True)


class TeamQuery(PageQuery):
    area = fields.UUID(load_default=None)
    day = DayField(load_default=None, metadata={"description": "Today by default"})
    incomplete = fields.Boolean(
        load_default=False, metadata={"description": "Only villages that lack somebody or a leader"}
    )


class TeamItem(Schema):
    village = fields.Nested(AreaBrief)
    kinds = fields.List(fields.String(validate=one_of(VillageKindName)))
    takes = fields.String(validate=validate.OneOf([str(each) for each in Need]))
    size = fields.Integer()
    missing_people = fields.Integer()
    leader = fields.Nested(PersonBrief, allow_none=True)
    leads_as = fields.String(allow_none=True, validate=validate.OneOf([str(each) for each in Lead]))
    missing_leader = fields.Boolean()
    complete = fields.Boolean()
    message = fields.String(metadata={"description": "What is lacking; empty where nothing is"})


class TeamPage(Schema):
    day = DayField()
    items = fields.List(fields.Nested(TeamItem))
    next_cursor = fields.String(allow_none=True)


class LeaderRequest(Schema):
    client_key = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    first_day = DayField(required=True)
    last_day = DayField(required=True)
    reason = TextField(required=True, max_length=200)


class LeaderResponse(Schema):
    id = fields.UUID()
    village = fields.Nested(AreaBrief)
    person = fields.Nested(PersonBrief)
    first_day = DayField()
    last_day = DayField()
    reason = fields.String()


class LeaderEndRequest(Schema):
    last_day = DayField(required=True)


class KindsRequest(Schema):
    kinds = fields.List(
        fields.String(validate=one_of(VillageKindName)),
        required=True,
        validate=validate.Length(max=len(VillageKindName)),
    )
    first_day = DayField(required=True)
    document_no = TextField(required=True, max_length=100)


class KindItem(Schema):
    kind = fields.String()
    first_day = DayField()
    last_day = DayField(allow_none=True)


class KindsResponse(Schema):
    village = fields.Nested(AreaBrief)
    items = fields.List(fields.Nested(KindItem), metadata={"description": "The latest first"})


class KindImportRequest(Schema):
    file = File(  # type: ignore[no-untyped-call]
        required=True, metadata={"description": "The filled-in template, .xlsx or .csv, at most 8 MB"}
    )
    document_no = TextField(required=True, max_length=100)
    dry_run = fields.Boolean(load_default=True)


class KindImportResponse(Schema):
    changed = fields.Integer(metadata={"description": "Villages that are something else from a day on"})
    unchanged = fields.Integer()
    error_count = fields.Integer()
    errors = fields.List(fields.Nested(RowErrorItem), metadata={"description": "The first 200"})
