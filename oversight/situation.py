"""Who must be in a village at an hour, who is away, and under which approval (Articles 16, 17, 21)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from attendance.policy import DayClass, day_class
from attendance.queries import LeaveFact, Post, posts_in, recorded_of
from attendance.service import CountyNumbers, month_classes
from identity.permissions import Permission
from identity.scope import Caller
from kernel.database import db
from kernel.periods import CHINA, DaySpan, Month, day_of, one
from leave.models import Leave
from leave.policy import PENDING
from leave.presentation import present_brief
from leave.queries import decisions_of
from org.models import Area
from org.queries import settings_of
from oversight.policy import Expectation, expectation

NOON_HOUR = 12


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one posted person at an hour."""

    post: Post
    half_day: DayClass
    expectation: Expectation
    has_checked_in: bool
    leave: LeaveFact | None
    """The leave that covers the hour, approved or asked for."""


def standings(
    *,
    caller: Caller,
    village: Area,
    at: datetime,
    permission: Permission,
    posting_ids: Collection[UUID] | None = None,
) -> list[Standing]:
    """Return what is known of everybody posted to a village at an instant, as far as the caller may see them.

    Attendance is read, never written.
    """
    day, month = day_of(at), Month.of(day_of(at))
    posts = posts_in(
        caller=caller,
        area=village,
        span=DaySpan(day, day),
        posting_ids=posting_ids,
        permission=permission,
    )
    if not posts or village.county_id is None:
        return []
    numbers = CountyNumbers(settings_of(village, day=day))
    recorded = recorded_of(
        {village.id: village.county_id}, [post.posting_id for post in posts], first=month, last=month
    )
    of_month = recorded.months[month]
    is_afternoon = at.astimezone(CHINA).hour >= NOON_HOUR
    found = []
    for post in posts:
        leaves = recorded.leaves[post.posting_id]
        classes = month_classes(post.posting_id, post.span, month, of_month, numbers, day_of(caller.now))
        half_day = day_class(classes, day)[is_afternoon] or DayClass.OPEN
        found.append(
            Standing(
                post=post,
                half_day=half_day,
                expectation=expectation(half_day),
                has_checked_in=bool(of_month.present.get(post.posting_id, 0) & one(day)),
                leave=next((leave for leave in leaves if _covers(leave, at, is_afternoon)), None),
            )
        )
    return found


def _covers(leave: LeaveFact, at: datetime, is_afternoon: bool) -> bool:
    day, span = day_of(at), leave.span
    if not span.first_day <= day <= span.last_day:
        return False
    if is_afternoon:
        return not (day == span.last_day and span.ends_at_noon)
    return not (day == span.first_day and span.begins_at_noon)


def describe(found: Collection[Standing], county_id: UUID) -> list[dict[str, Any]]:
    """Return the standings as they are shown and kept, in plain JSON: approvals of leaves, never their reasons."""
    ids = [standing.leave.id for standing in found if standing.leave]
    leaves = {
        leave.id: leave
        for leave in db.session.scalars(select(Leave).where(Leave.county_id == county_id, Leave.id.in_(ids)))
    }
    signed = decisions_of(list(leaves.values())) if leaves else {}
    described = [
        {
            "posting_id": standing.post.posting_id,
            "person": {"id": standing.post.person_id, "name": standing.post.person_name},
            "role": standing.post.role,
            "unit": {"id": standing.post.unit_id, "name": standing.post.unit_name},
            "expectation": standing.expectation,
            "day_class": standing.half_day,
            "checked_in": standing.has_checked_in,
            "leave": _describe_leave(leaves[standing.leave.id], standing, signed) if standing.leave else None,
        }
        for standing in found
    ]
    kept: list[dict[str, Any]] = plain(described)
    return kept


def _describe_leave(leave: Leave, standing: Standing, signed: dict[UUID, list[Any]]) -> dict[str, Any]:
    return {
        **present_brief(leave, standing.post.person_name),
        "tier": leave.decides,
        "approved": leave.state not in PENDING,
        "signed": [
            {"office": decision.office, "decision": decision.decision, "by": name, "at": decision.signed_at}
            for decision, name in signed.get(leave.id, [])
        ],
    }


def plain(value: Any) -> Any:
    """Return what is to be kept or hashed as JSON knows it."""
    return json.loads(json.dumps(value, default=_as_text))


def _as_text(value: Any) -> str:
    match value:
        case datetime():
            return value.astimezone(CHINA).isoformat()
        case date():
            return value.isoformat()
        case _:
            return str(value)
