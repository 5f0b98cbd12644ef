"""What happens when days run out: reminders of answers, offices told that somebody was heard."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select

from identity.offices import holders
from identity.permissions import Role
from kernel.database import AnyRow, db, transaction
from kernel.periods import day_of
from messages.service import Notice, tell
from org.models import Area, Person, Posting
from org.queries import ancestors
from oversight.inspection_models import Finding
from oversight.notices import JUDGES, answers_due_soon, finding_waits, place_of, recall_waits
from oversight.policy import UNDECIDED, InspectionLevel, is_heard
from oversight.recall_models import RecallCase
from oversight.recall_policy import RecallState

REMINDED_DAYS = 1
"""Reminded on the day before the last, and on the last."""


def remind_of_answers(*, now: datetime) -> int:
    """Remind whoever has not answered yet, and tell the offices whose turn it is; nobody is told twice.

    Returns how many findings and recalls were looked at.
    """
    soon = day_of(now) + timedelta(days=REMINDED_DAYS)
    with transaction():
        rows = [*_undecided_findings(soon), *_undecided_recalls(soon)]
        answers_due_soon(
            (
                about
                for about, _, _ in rows
                if about.answered_at is None and about.answer_due_on >= day_of(now)
            ),
            now=now,
        )
        _tell_offices([row for row in rows if _is_heard(row[0], now)], now)
    return len(rows)


def _is_heard(about: Finding | RecallCase, now: datetime) -> bool:
    return is_heard(
        has_answered=about.answered_at is not None, answer_due_on=about.answer_due_on, today=day_of(now)
    )


def _undecided_findings(until: date) -> Sequence[AnyRow]:
    return db.session.execute(
        select(Finding, Area, Person.name)
        .join(Area, and_(Area.id == Finding.village_id, Area.county_id == Finding.county_id))
        .join(Person, Person.id == Finding.person_id)
        .where(Finding.state.in_(sorted(UNDECIDED)), Finding.answer_due_on <= until)
        .order_by(Finding.county_id, Finding.id)
    ).all()


def _undecided_recalls(until: date) -> Sequence[AnyRow]:
    return db.session.execute(
        select(RecallCase, Area, Person.name)
        .join(Posting, Posting.id == RecallCase.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == RecallCase.county_id))
        .join(Person, Person.id == RecallCase.person_id)
        .where(RecallCase.state == RecallState.PROPOSED, RecallCase.answer_due_on <= until)
        .order_by(RecallCase.county_id, RecallCase.id)
    ).all()


def _tell_offices(heard: Sequence[AnyRow], now: datetime) -> None:
    """Tell those who decide; a fixed number of statements for each county, however many there are to decide."""
    places = {id_ for _, village, _ in heard for id_ in ancestors(village)}
    roles = {role for roles in JUDGES.values() for role in roles}
    judges = holders(roles, places, day=day_of(now))
    groups = holders([Role.COUNTY_GROUP], places, day=day_of(now))
    notices: list[Notice] = []
    for about, village, name in heard:
        if isinstance(about, Finding):
            place = place_of(InspectionLevel(about.level), village)
            notices += finding_waits(about, judges[place] if place else (), name=name)
        else:
            notices += recall_waits(about, groups[about.county_id], name=name)
    tell(notices, now=now)
