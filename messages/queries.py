"""Reading the inbox."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, func, or_, select, union

from identity.permissions import REACH, Reach
from identity.scope import Caller
from kernel.database import db
from messages.models import Message
from org.models import Area, Level, Posting


def messages_of(*, caller: Caller, unread_only: bool, after: list[Any] | None, limit: int) -> list[Message]:
    """Return a page of the caller's own messages, the latest first."""
    statement = (
        select(Message).where(is_own(caller)).order_by(Message.sent_at.desc(), Message.id.desc()).limit(limit)
    )
    if unread_only:
        statement = statement.where(Message.read_at.is_(None))
    if after is not None:
        sent_at, message_id = after
        statement = statement.where(
            or_(Message.sent_at < sent_at, and_(Message.sent_at == sent_at, Message.id < message_id))
        )
    return list(db.session.scalars(statement))


def count_unread(caller: Caller) -> int:
    """Return how many of the caller's messages are unread."""
    statement = select(func.count()).select_from(Message).where(is_own(caller), Message.read_at.is_(None))
    return db.session.scalar(statement) or 0


def is_own(caller: Caller) -> ColumnElement[bool]:
    """Return, for use inside a statement, that a message was told to the caller."""
    return and_(Message.person_id == caller.person_id, Message.county_id.in_(_counties(caller)))


def _counties(caller: Caller) -> CompoundSelect[Any]:
    """Select the counties in which the caller may have been told something, so that the index finds it.

    They are those of every posting the caller ever had, and those of the offices held today: what somebody was
    told as an office of another county stays behind with the office.
    """
    held = caller.holdings
    area_ids = {holding.area_id for holding in held if holding.area_id}
    city_ids = {holding.area_id for holding in held if REACH[holding.role] is Reach.CITY}
    unit_ids = {holding.unit_id for holding in held if holding.unit_id}
    return union(
        select(Area.county_id).where(Area.id.in_(area_ids)),
        select(Area.id).where(Area.city_id.in_(city_ids), Area.level == Level.COUNTY),
        select(Area.county_id)
        .join(Posting, Posting.village_id == Area.id)
        .where(or_(Posting.person_id == caller.person_id, Posting.unit_id.in_(unit_ids))),
    )
