"""What goes in and out of the addresses of `geofence`."""

from marshmallow import fields, validate

from kernel.web import DocumentField, Instant, Schema, TextField


class FenceQuery(Schema):
    version = fields.Integer(load_default=None, validate=validate.Range(min=1, max=1_000_000))


class FenceRequest(Schema):
    drawing = DocumentField(
        required=True,
        metadata={
            "description": "GeoJSON FeatureCollection; every feature names its datum (wgs84, gcj02, bd09) "
            "in its properties; a Point is a circle with properties.radius_m"
        },
    )
    source = TextField(
        required=True, max_length=200, metadata={"description": "Document or person it comes from"}
    )


class FenceResponse(Schema):
    id = fields.UUID()
    village_id = fields.UUID()
    version = fields.Integer()
    drawing = fields.Dict(metadata={"description": "GeoJSON FeatureCollection in WGS-84"})
    source = fields.String()
    drawn_at = Instant()
