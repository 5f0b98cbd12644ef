"""Reading the duties of counties, units, teams and people, and when they were seen to."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from attendance.queries import own_days
from kernel.database import AnySelect, db
from kernel.periods import DaySpan
from org.models import Area, DispatchingUnit, Person, Posting, VillageKind
from org.policy import Need, VillageKindName, need_of
from org.queries import ancestors, next_first_day, serves_between, setting_rows
from org.settings import SettingRow, resolve
from oversight.duty_models import DutyEvent
from oversight.duty_policy import (
    DUTIES,
    DUTY,
    Duty,
    DutyCode,
    DutyNumbers,
    DutyPeriod,
    EventFact,
    Subject,
    draw_up,
)

EVER = DaySpan(date(2000, 1, 1))


class Named(NamedTuple):
    """Whatever a line is about, as it is listed."""

    id: UUID
    name: str
    sort_key: bytes


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One duty of one subject through the year, with the events its periods refer to by their places."""

    duty: Duty
    subject: Named
    unit: Named | None
    village: Area | None
    township: Area | None
    periods: list[DutyPeriod]
    events: list[DutyEvent]


@dataclass(frozen=True, slots=True)
class _Service:
    """Somebody's days in a village for a unit."""

    person: Named
    unit: Named
    village: Area
    township: Area | None
    span: DaySpan


_EventKey = tuple[str, UUID, UUID | None]
"""Duty, subject, and the village where a duty is owed to each village."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that is read for the lines of one answer."""

    day: date
    services: list[_Service]
    team_spans: Mapping[UUID, list[DaySpan]]
    events: Mapping[_EventKey, list[DutyEvent]]
    settings: list[SettingRow]


def read_duties(
    *, day: date, counties: Collection[Area], narrow: Callable[[AnySelect], AnySelect]
) -> list[DutyLine]:
    """Return the lines of the year of a day, in the order of the table of duties and of names.

    ``narrow`` says whose postings they are about, by a statement over ``Posting`` joined to its village ``Area``;
    ``counties`` are those whose own duties are asked for. Five statements however many people there are.
    """
    services = _services(day, narrow)
    villages = {service.village.id: service.village for service in services}
    areas = [*villages.values(), *counties]
    facts = _Facts(
        day=day,
        services=services,
        team_spans=_team_spans(villages, day),
        events=_events(services, counties, narrow),
        settings=setting_rows({id_ for area in areas for id_ in ancestors(area) if id_}),
    )
    lines = [line for duty in DUTIES for line in _lines(duty, facts, counties)]
    return [line for line in lines if line.periods]


def _services(day: date, narrow: Callable[[AnySelect], AnySelect]) -> list[_Service]:
    township = aliased(Area)
    statement = (
        select(Posting, Person, Area, township, DispatchingUnit, next_first_day())
        .join(Area, Area.id == Posting.village_id)
        .outerjoin(township, township.id == Area.township_id)
        .join(Person, Person.id == Posting.person_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
        .where(serves_between(date(day.year, 1, 1), day))
        .order_by(Area.sort_key, Area.id, Person.sort_key, Person.id, Posting.first_day)
    )
    return [
        _Service(
            person=Named(person.id, person.name, person.sort_key),
            unit=_unit(unit),
            village=village,
            township=township,
            span=own_days(posting.first_day, posting.last_day, next_day),
        )
        for posting, person, village, township, unit, next_day in db.session.execute(narrow(statement))
    ]


def _unit(unit: DispatchingUnit) -> Named:
    return Named(unit.id, unit.name, unit.name.encode("gb18030"))


def _team_spans(villages: Mapping[UUID, Area], day: date) -> dict[UUID, list[DaySpan]]:
    """Return when each village with a team had people, whoever sees them: a team's fund is one for all of them."""
    kinds: dict[UUID, set[VillageKindName]] = defaultdict(set)
    of_year = (date(day.year, 1, 1), day)
    rows = db.session.execute(
        select(Posting.village_id, Posting.first_day, Posting.last_day, VillageKind.kind)
        .outerjoin(
            VillageKind,
            (VillageKind.village_id == Posting.village_id)
            & (VillageKind.first_day <= day)
            & (VillageKind.last_day.is_(None) | (VillageKind.last_day >= day)),
        )
        .where(Posting.village_id.in_(list(villages)), serves_between(*of_year))
    )
    spans: dict[UUID, list[DaySpan]] = defaultdict(list)
    for village_id, first_day, last_day, kind in rows:
        spans[village_id].append(DaySpan(first_day, last_day))
        kinds[village_id] |= {VillageKindName(kind)} if kind else set()
    return {
        village_id: held
        for village_id, held in spans.items()
        if need_of(kinds[village_id]) is not Need.FIRST_SECRETARY
    }


def _events(
    services: Iterable[_Service], counties: Iterable[Area], narrow: Callable[[AnySelect], AnySelect]
) -> dict[_EventKey, list[DutyEvent]]:
    """Return the events as they were told last, by what they are about; those withdrawn are left out."""
    subjects = {county.id for county in counties}
    for service in services:
        subjects |= {service.person.id, service.unit.id, service.village.id}
    rows = db.session.scalars(
        select(DutyEvent)
        .where(
            DutyEvent.county_id.in_(counties_of_units(narrow).union(_ids(counties))),
            DutyEvent.subject_id.in_(subjects),
        )
        .order_by(DutyEvent.event_id, DutyEvent.number)
    )
    latest = {row.event_id: row for row in rows}
    found: dict[_EventKey, list[DutyEvent]] = defaultdict(list)
    for event in sorted(latest.values(), key=lambda each: (each.day, each.event_id)):
        if not event.is_withdrawn:
            village_id = event.village_id if DUTY[DutyCode(event.duty)].per_village else None
            found[event.duty, event.subject_id, village_id].append(event)
    return found


def counties_of_units(narrow: Callable[[AnySelect], AnySelect]) -> AnySelect:
    """Select every county where the units of some postings serve: a unit's report lies in the first of them."""
    mine, village = aliased(Posting), aliased(Area)
    units = narrow(select(Posting.unit_id).join(Area, Area.id == Posting.village_id))
    return select(village.county_id).join(mine, mine.village_id == village.id).where(mine.unit_id.in_(units))


def _ids(areas: Iterable[Area]) -> Any:
    return select(Area.id).where(Area.id.in_([area.id for area in areas]))


# -- lines ----------------------------------------------------------------------------------------


def _lines(duty: Duty, facts: _Facts, counties: Collection[Area]) -> Iterable[DutyLine]:
    match duty.subject:
        case Subject.COUNTY:
            return _of_counties(duty, facts, counties)
        case Subject.UNIT:
            return _of_units(duty, facts)
        case Subject.TEAM:
            return _of_teams(duty, facts)
        case Subject.PERSON:
            return _of_people(duty, facts)


def _of_counties(duty: Duty, facts: _Facts, counties: Collection[Area]) -> Iterable[DutyLine]:
    for county in sorted(counties, key=lambda area: (area.sort_key, area.id)):
        subject = Named(county.id, county.name, county.sort_key)
        yield _line(duty, facts, subject, [EVER], county)


def _of_units(duty: Duty, facts: _Facts) -> Iterable[DutyLine]:
    groups: dict[tuple[Named, UUID | None], list[_Service]] = defaultdict(list)
    for service in facts.services:
        groups[service.unit, service.village.id if duty.per_village else None].append(service)
    for (unit, village_id), services in sorted(groups.items(), key=lambda item: item[0][0][2]):
        home, held = services[0], [service.span for service in services]
        yield _line(duty, facts, unit, held, home.village, unit=unit, at=home if village_id else None)


def _of_teams(duty: Duty, facts: _Facts) -> Iterable[DutyLine]:
    by_village = {service.village.id: service for service in facts.services}
    for village_id, service in by_village.items():
        if held := facts.team_spans.get(village_id):
            village = service.village
            subject = Named(village_id, f"{village.name}工作队", village.sort_key)
            yield _line(duty, facts, subject, held, village, at=service)


def _of_people(duty: Duty, facts: _Facts) -> Iterable[DutyLine]:
    for service in facts.services:
        held, village = [service.span], service.village
        yield _line(duty, facts, service.person, held, village, unit=service.unit, at=service)


def _line(
    duty: Duty,
    facts: _Facts,
    subject: Named,
    held: list[DaySpan],
    place: Area,
    *,
    unit: Named | None = None,
    at: _Service | None = None,
) -> DutyLine:
    """Draw up one line by the numbers in force at a place; ``at`` tells the village it is about, if it is."""
    village, township = (at.village, at.township) if at else (None, None)
    events = facts.events.get(
        (duty.code, subject.id, village.id if village and duty.per_village else None), []
    )
    periods = draw_up(
        duty,
        held=held,
        events=[EventFact(event.day, event.amount_fen) for event in events],
        day=facts.day,
        numbers_on=lambda day: _numbers(duty, facts.settings, ancestors(place), day),
    )
    return DutyLine(duty, subject, unit, village, township, periods, events)


def _numbers(duty: Duty, rows: Iterable[SettingRow], line: tuple[UUID | None, ...], day: date) -> DutyNumbers:
    keys = (duty.minimum_key, "duty.part_period_days", "posting.term_years")
    settings = resolve((row for row in rows if row.key in keys), ancestors=line, day=day)
    return DutyNumbers(*(settings[key] for key in keys))
