"""Reading fences."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, select

from geofence.drawing import DrawingLimits, read_drawing
from geofence.geometry import Fence
from geofence.models import FenceVersion
from kernel.database import db

FENCES_KEPT = 4096


def newest_fence_id(village_id: Any) -> ScalarSelect[UUID]:
    """Return, for use inside a statement, the id of the newest fence of the village in that column."""
    return (
        select(FenceVersion.id)
        .where(FenceVersion.village_id == village_id)
        .order_by(FenceVersion.version.desc())
        .limit(1)
        .scalar_subquery()
    )


@lru_cache(maxsize=FENCES_KEPT)
def fence(fence_id: UUID) -> Fence:
    """Return the compiled fence of this version; a version never changes, so it is read once a process."""
    drawing = db.session.execute(select(FenceVersion.drawing).where(FenceVersion.id == fence_id)).scalar_one()
    return Fence.of(read_drawing(drawing, limits=DrawingLimits()))


def find_fence_version(village_id: UUID, version: int | None) -> FenceVersion | None:
    """Return one version of a village's fence, the newest if none is named."""
    statement = select(FenceVersion).where(FenceVersion.village_id == village_id)
    if version is not None:
        statement = statement.where(FenceVersion.version == version)
    return db.session.scalars(statement.order_by(FenceVersion.version.desc()).limit(1)).one_or_none()
