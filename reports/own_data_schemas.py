"""What goes in and out of the address of one's own data."""

from marshmallow import fields, validate

from kernel.web import Instant, Schema


class OwnDataQuery(Schema):
    format = fields.String(
        load_default="json",
        validate=validate.OneOf(["json", "xlsx"]),
        metadata={"description": "xlsx: a file to keep, with a sheet for each kind of row"},
    )
    rows = fields.Boolean(
        load_default=True, metadata={"description": "false: only how much there is, and who looked"}
    )


class OwnTableItem(Schema):
    table = fields.String()
    title = fields.String()
    count = fields.Integer()
    columns = fields.List(fields.String())
    rows = fields.List(
        fields.List(fields.Raw(allow_none=True)), metadata={"description": "In the order of the columns"}
    )


class DeedItem(Schema):
    table = fields.String()
    title = fields.String()
    id = fields.UUID()
    part = fields.String(metadata={"description": "The column that names me: signed_by, made_by, …"})
    at = fields.String(allow_none=True)


class EntryItem(Schema):
    at = Instant()
    action = fields.String()
    text = fields.String()
    by = fields.String(allow_none=True, metadata={"description": "Null where the system did it itself"})


class OwnActionItem(Schema):
    at = Instant()
    action = fields.String()
    text = fields.String()


class OwnDataResponse(Schema):
    made_at = Instant()
    tables = fields.List(
        fields.Nested(OwnTableItem), metadata={"description": "The rows that are about me, all of them"}
    )
    deeds = fields.List(
        fields.Nested(DeedItem),
        metadata={"description": "Rows about others in which I had a part; of them only that"},
    )
    looked_at = fields.List(
        fields.Nested(EntryItem),
        metadata={"description": "Who else is on record with my rows, the latest first"},
    )
    own_actions = fields.List(
        fields.Nested(OwnActionItem), metadata={"description": "What I did in the last 180 days"}
    )
