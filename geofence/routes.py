"""Fences of villages."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from sqlalchemy import select

from geofence.models import FenceVersion
from geofence.queries import find_fence_version
from geofence.schemas import FenceQuery, FenceRequest, FenceResponse
from geofence.service import draw_fence
from identity.permissions import Permission
from identity.scope import get_area, within
from identity.session import caller, requires
from kernel.database import db
from kernel.errors import NotFound
from kernel.periods import day_of
from kernel.web import takes_json
from org.models import Area, Level, Posting

DRAWING_BYTES = 2 * 1024 * 1024

bp = APIBlueprint("geofence", __name__, tag="围栏 geofence")


@bp.get("/fences/mine")
@bp.output(FenceResponse)
@requires(Permission.CHECK_IN)
def get_my_fence() -> FenceVersion:
    """The fence of the village I am posted to today."""
    me = caller()
    today = day_of(me.now)
    statement = (
        select(Posting.village_id)
        .join(Area, Area.id == Posting.village_id)
        .where(Posting.person_id == me.person_id, Posting.first_day <= today)
        .order_by(Posting.first_day.desc())
        .limit(1)
    )
    village_id = db.session.scalars(within(statement, me, Permission.CHECK_IN)).one_or_none()
    return _get_fence(village_id, None)


@bp.get("/villages/<uuid:village_id>/fence")
@bp.input(FenceQuery, location="query")
@bp.output(FenceResponse)
@requires(Permission.SEE_FENCE)
def get_fence(village_id: UUID, query_data: dict[str, Any]) -> FenceVersion:
    """The fence of a village, the newest version or an older one."""
    village = get_area(village_id, caller(), Permission.SEE_FENCE, level=Level.VILLAGE)
    return _get_fence(village.id, query_data["version"])


def _get_fence(village_id: UUID | None, version: int | None) -> FenceVersion:
    fence = find_fence_version(village_id, version) if village_id else None
    if fence is None:
        raise NotFound("fence_not_found", "该村还没有设定围栏")
    return fence


@bp.put("/villages/<uuid:village_id>/fence")
@bp.input(FenceRequest)
@bp.output(FenceResponse)
@takes_json(max_bytes=DRAWING_BYTES)
@requires(Permission.SET_FENCE)
def put_fence(village_id: UUID, json_data: dict[str, Any]) -> FenceVersion:
    """Set a village's fence: a new version from now on, the old ones are kept."""
    me = caller()
    village = get_area(village_id, me, Permission.SET_FENCE, level=Level.VILLAGE)
    return draw_fence(village=village, by=me.person_id, now=me.now, **json_data)
