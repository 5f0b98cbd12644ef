"""Reading what people said, as far as an office reaches."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select, tuple_

from feedback.models import Feedback
from identity.permissions import REACH, Permission, Reach
from identity.scope import Caller, areas_within
from kernel.audit import NO_COUNTY
from kernel.database import db
from kernel.web import read_cursor, write_cursor
from org.models import Area, Level, Person, Posting


def county_of(caller: Caller) -> UUID:
    """Return the county whose office hears the caller: of their place, else of their unit's people; or none."""
    area_ids = {holding.area_id for holding in caller.holdings if holding.area_id}
    unit_ids = {holding.unit_id for holding in caller.holdings if holding.unit_id}
    helped = select(Posting.village_id).where(Posting.unit_id.in_(unit_ids))
    counties = db.session.scalars(
        select(Area.county_id)
        .where(Area.county_id.is_not(None), or_(Area.id.in_(area_ids), Area.id.in_(helped)))
        .order_by(Area.id.in_(area_ids).desc(), Area.county_id)
        .limit(1)
    )
    return counties.one_or_none() or NO_COUNTY


def list_feedback(caller: Caller, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """Return a page of what the caller's county was told, the latest first; for the city, all its counties."""
    order = tuple_(Feedback.sent_at, Feedback.id)
    statement = (
        select(Feedback, Person).join(Person, Person.id == Feedback.person_id).where(_is_heard_by(caller))
    )
    if (after := read_cursor(cursor, datetime.fromisoformat, UUID)) is not None:
        statement = statement.where(order < tuple_(*after))
    rows = db.session.execute(
        statement.order_by(Feedback.sent_at.desc(), Feedback.id.desc()).limit(limit + 1)
    ).all()
    last = rows[limit - 1].Feedback if len(rows) > limit else None
    return {
        "items": [
            {"id": said.id, "person": person, "text": said.text, "sent_at": said.sent_at}
            for said, person in rows[:limit]
        ],
        "next_cursor": write_cursor(last.sent_at.isoformat(), last.id) if last else None,
    }


def _is_heard_by(caller: Caller) -> ColumnElement[bool]:
    counties = areas_within(
        select(Area.id).where(Area.level == Level.COUNTY), caller, Permission.SEE_FEEDBACK
    )
    reaches = {REACH[holding.role] for holding in caller.holdings_for(Permission.SEE_FEEDBACK)}
    hears_the_city = Feedback.county_id == NO_COUNTY if Reach.CITY in reaches else false()
    return or_(Feedback.county_id.in_(counties), hears_the_city)
