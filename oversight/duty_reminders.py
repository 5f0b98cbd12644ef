"""Reminding offices and units of the duties a period still wants (Articles 14, 15, 26, 28)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text

from identity.offices import holders
from identity.permissions import Role
from kernel.database import AnySelect, db, transaction
from kernel.periods import day_of
from messages.models import MessageKind
from messages.service import Notice, tell
from org.models import Area, Level
from org.queries import settings_of
from oversight.duty_facts import DutyLine, read_duties
from oversight.duty_policy import DutyCode, Standing, Subject

_Wanted = Mapping[tuple[UUID, date], list[DutyLine]]
"""What is still to be done, by the county or unit that has to and the last day for it."""


def remind_of_duties(*, now: datetime) -> int:
    """Tell counties and units what is still to be done, some days before a period ends.

    How many days is a county's own number. Returns how many people are told; nobody twice of one last day.
    """
    counties = db.session.scalars(select(Area).where(Area.level == Level.COUNTY, Area.last_day.is_(None)))
    return sum(_remind_county(county, now) for county in counties.all())


def _remind_county(county: Area, now: datetime) -> int:
    today = day_of(now)
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = '10min'"))  # nobody waits for it
        wanted = _wanted(county, today)
        roles = [Role.COUNTY_OFFICE, Role.UNIT_CLERK]
        people = holders(roles, {place_id for place_id, _ in wanted}, day=today)
        return tell(
            [
                _notice(person_id, county, place_id, until, lines)
                for (place_id, until), lines in wanted.items()
                for person_id in people.get(place_id, ())
            ],
            now=now,
        )


def _wanted(county: Area, today: date) -> _Wanted:
    def narrow(statement: AnySelect) -> AnySelect:
        return statement.where(Area.county_id == county.id)

    lines = read_duties(day=today, counties=[county], narrow=narrow)
    days: int = settings_of(county, day=today)["duty.reminder_days"]
    units = _units_by_village(lines)
    wanted: dict[tuple[UUID, date], list[DutyLine]] = defaultdict(list)
    for line in lines:
        for period in line.periods:
            if period.standing is Standing.DUE and 0 <= (period.until - today).days <= days:
                for place_id in _answerable(line, county, units):
                    wanted[place_id, period.until].append(line)
    return wanted


def _units_by_village(lines: Iterable[DutyLine]) -> Mapping[UUID, set[UUID]]:
    units: dict[UUID, set[UUID]] = defaultdict(set)
    for line in lines:
        if line.duty.code is DutyCode.UNIT_HEAD_VISIT and line.village:
            units[line.village.id].add(line.subject.id)
    return units


def _answerable(line: DutyLine, county: Area, units: Mapping[UUID, set[UUID]]) -> Iterable[UUID]:
    """Return who sees to it: the unit; the units of a team's people; the county, of its own and of training."""
    match line.duty.subject:
        case Subject.UNIT:
            return [line.subject.id]
        case Subject.TEAM:
            return sorted(units.get(line.subject.id, ()))
        case _:
            return [county.id]


def _notice(person_id: UUID, county: Area, place_id: UUID, until: date, lines: list[DutyLine]) -> Notice:
    names = "、".join(dict.fromkeys(line.duty.name for line in lines))
    return Notice(
        person_id=person_id,
        kind=MessageKind.DUTIES_DUE,
        county_id=county.id,
        subject_id=place_id,
        title=f"{len(lines)}项职责{until:%-m月%-d日}到期",
        text=f"尚未登记：{names}",
        occasion=str(until),
    )
