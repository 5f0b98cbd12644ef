"""Reminding of the papers of leaves agreed by phone (补办, D5)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from identity.offices import holders
from identity.permissions import Role
from kernel.database import db, transaction
from kernel.periods import day_of
from leave.models import Leave
from leave.notices import papers_due, papers_overdue
from leave.policy import LeaveState
from leave.queries import LeaveCase, cases
from messages.service import tell
from org.models import Area, Level

REMINDED_DAYS = 3
"""From so many days before the papers are due the person is reminded daily."""


def remind_of_papers(*, now: datetime) -> int:
    """Count down to the day on which papers are due, and tell person and county office once it is past.

    Returns how many are told; who was told already is not told again.
    """
    today = day_of(now)
    with transaction():
        due = _due_until(today + timedelta(days=REMINDED_DAYS))
        offices = holders([Role.COUNTY_OFFICE], {case.leave.county_id for case in due}, day=today)
        notices = []
        for case in due:
            days_left = ((case.leave.papers_due_on or today) - today).days
            notices += papers_due(case.leave, days_left=max(days_left, -1))
            if days_left < 0:
                notices += papers_overdue(
                    case.leave, offices[case.leave.county_id], applicant=case.person.name
                )
        return tell(notices, now=now)


def _due_until(day: date) -> list[LeaveCase]:
    counties = select(Area.id).where(Area.level == Level.COUNTY)
    rows = db.session.execute(
        cases().where(
            Leave.county_id.in_(counties), Leave.state == LeaveState.ORAL, Leave.papers_due_on <= day
        )
    )
    return [LeaveCase(*row) for row in rows]
