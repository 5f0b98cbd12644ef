"""Reminding of the visits a quarter still wants: the helper, then the township (Article 12)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from identity.offices import holders
from identity.permissions import Role
from kernel.database import db, transaction
from kernel.periods import Quarter, day_of
from messages.models import MessageKind
from messages.service import Notice, tell
from org.models import Area, Level
from org.queries import settings_of
from visits.models import Household
from visits.policy import DutyStatus
from visits.quarter import Duty, read_quarter


def remind_of_visits(*, now: datetime) -> int:
    """Tell helpers what they owe and townships how much is open, some days before the quarter ends.

    How many days is a county's own number. Returns how many are told; nobody is told twice in a quarter.
    """
    counties = db.session.scalars(select(Area).where(Area.level == Level.COUNTY, Area.last_day.is_(None)))
    return sum(_remind_county(county, now) for county in counties.all())


def _remind_county(county: Area, now: datetime) -> int:
    today = day_of(now)
    quarter = Quarter.of(today)
    days_left = (quarter.last_day - today).days
    if days_left > settings_of(county, day=today)["visit.reminder_days"]:
        return 0
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = '10min'"))  # nobody waits for it
        facts = read_quarter(quarter, today=today, which=[Household.county_id == county.id])
        owed = [
            duty
            for duty in facts.duties
            if duty.status is DutyStatus.DUE
            and (duty.pairing.last_day is None or duty.pairing.last_day > today)
        ]
        notices = [*_to_helpers(owed, county, quarter), *_to_townships(owed, county, quarter, now)]
        return tell(notices, now=now)


def _to_helpers(owed: Iterable[Duty], county: Area, quarter: Quarter) -> list[Notice]:
    households: dict[UUID, int] = defaultdict(int)
    for duty in owed:
        households[duty.helper.id] += 1
    return [
        Notice(
            person_id=person_id,
            kind=MessageKind.VISITS_DUE,
            county_id=county.id,
            subject_id=person_id,
            title=f"本季度还有{count}户未走访",
            text=f"{quarter.last_day:%-m月%-d日}前请入户走访",
            occasion=str(quarter),
        )
        for person_id, count in households.items()
    ]


def _to_townships(owed: Iterable[Duty], county: Area, quarter: Quarter, now: datetime) -> list[Notice]:
    households: dict[UUID | None, int] = defaultdict(int)
    for duty in owed:
        households[duty.family.village.township_id] += 1
    clerks = holders([Role.TOWNSHIP_CLERK], list(households), day=day_of(now))
    return [
        Notice(
            person_id=person_id,
            kind=MessageKind.VISITS_DUE,
            county_id=county.id,
            subject_id=township_id,
            title=f"全乡镇还有{households[township_id]}户未走访",
            text=f"{quarter}走访{quarter.last_day:%-m月%-d日}截止，请查看名单",
            occasion=str(quarter),
        )
        for township_id, people in clerks.items()
        for person_id in people
    ]
