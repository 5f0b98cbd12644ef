"""What waits for the offices that decide on leaves, with what the month says of who asks."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from attendance.absence import months_of_applicants
from attendance.service import PostMonth
from identity.scope import Caller
from kernel.periods import Month, day_of
from leave.policy import Tier
from leave.presentation import (
    CHAIN_ROLES,
    present_brief,
    present_decision,
    present_item,
    present_stand_in,
)
from leave.queries import (
    LeaveCase,
    away_beside,
    decisions_of,
    offices_signed_for,
    stand_ins_of,
)
from leave.requests import read_reason

SECONDS_PER_HOUR = 3_600
OfficeOf = tuple[Tier, UUID]
"""An office of the approval chain, and its area."""


def offices_of(me: Caller) -> tuple[set[OfficeOf], set[OfficeOf]]:
    """Return the offices whose leaves somebody sees waiting, and those of them the person signs for."""
    signed_for = set(offices_signed_for(me))
    prepared = {
        (CHAIN_ROLES[holding.role], holding.area_id)
        for holding in me.holdings
        if holding.role in CHAIN_ROLES and holding.area_id
    }
    return signed_for | prepared, signed_for


def present_approvals(
    page: list[LeaveCase], me: Caller, signed_for: Collection[OfficeOf]
) -> list[dict[str, Any]]:
    """Return waiting leaves with what there is to know before one decides."""
    leaves = [case.leave for case in page]
    said, stand_ins, beside = decisions_of(leaves), stand_ins_of(leaves), away_beside(page)
    months = months_of_applicants(page, me)
    return [
        {
            **present_item(case, me),
            "reason": read_reason(case.leave),
            "destination": case.leave.destination,
            "work_goes_to": case.leave.work_goes_to,
            "waiting_hours": hours_waited(case.leave.waits_since, me.now),
            "may_decide": (case.leave.waits_for, case.leave.waits_in) in signed_for
            and case.leave.person_id != me.person_id,
            "decisions": [present_decision(*one, may_read=True) for one in said.get(case.leave.id, [])],
            "stand_in": present_stand_in(*stand_ins[case.leave.id]) if case.leave.id in stand_ins else None,
            "month": _present_month(months.get(case.leave.posting_id), Month.of(day_of(me.now))),
            "away": [present_brief(other.leave, other.person.name) for other in beside[case.leave.id]],
        }
        for case in page
    ]


def hours_waited(since: datetime | None, now: datetime) -> int:
    """Return the whole hours from one instant to another; none from no instant."""
    return int((now - (since or now)).total_seconds()) // SECONDS_PER_HOUR


def _present_month(row: PostMonth | None, month: Month) -> dict[str, Any] | None:
    """Return the applicant's running month and year; None if the posting has no day in it."""
    if row is None:
        return None
    return {
        "month": str(month),
        "in_village_days": row.in_village_days,
        "assessed_days": row.assessed_days,
        "required_days": row.required_days,
        "average": row.describe_average(),
    }
