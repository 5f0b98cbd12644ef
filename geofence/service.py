"""Drawing a village's fence."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from geofence.drawing import DrawingLimits, DrawingRefused, draw, read_drawing
from geofence.models import FenceVersion
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Refusal
from org.models import Area


def draw_fence(
    *, village: Area, drawing: dict[str, Any], source: str, by: UUID | None, now: datetime
) -> FenceVersion:
    """Keep a new version of the village's fence; the older ones stay. Refusal with the reason for a bad shape."""
    try:
        shapes = read_drawing(drawing, limits=DrawingLimits())
    except DrawingRefused as refused:
        raise Refusal(refused.code, refused.message, feature=refused.feature_index) from refused
    with transaction():
        newest = select(func.coalesce(func.max(FenceVersion.version), 0)).where(
            FenceVersion.village_id == village.id
        )
        fence = FenceVersion(
            village_id=village.id,
            version=db.session.execute(newest).scalar_one() + 1,
            drawing=draw(shapes),
            sent=drawing,
            source=source,
            drawn_by=by,
            drawn_at=now,
        )
        db.session.add(fence)
        try:
            db.session.flush()
        except IntegrityError as error:
            raise Conflict("fence_changed", "围栏刚被他人修改，请刷新后再试") from error
        audit.record(
            "fence.draw",
            now=now,
            county_id=village.county_id or audit.NO_COUNTY,
            actor_id=by,
            subject_id=fence.id,
            version=fence.version,
        )
    return fence
