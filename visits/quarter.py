"""The visits of a quarter (Article 12, §4.5): how each pairing stands, what is owed, the columns of an area."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from geopy.distance import great_circle
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from geofence.datum import Point
from identity.permissions import Permission
from identity.scope import Caller, get_area
from kernel.database import any_of, db
from kernel.periods import DaySpan, Quarter, day_of
from kernel.web import read_cursor, write_cursor
from org.models import Area, Level, Person
from org.queries import ancestors, lies_in, setting_rows
from org.settings import resolve
from visits.models import Household, HouseholdState, Pairing, Visit
from visits.policy import (
    DutyStatus,
    PairingFact,
    Spells,
    State,
    Tally,
    VisitFact,
    VisitNumbers,
    Way,
    duty_status,
    is_covered,
    spells,
    tally,
)
from visits.queries import MONITORED_KINDS, brief, in_own_counties, newest_correction, reaches

OWED = frozenset({DutyStatus.DUE, DutyStatus.OVERDUE})
BELOW = {Level.COUNTY: "township", Level.TOWNSHIP: "village", Level.VILLAGE: "helper"}
"""By what an area is broken down unless something else is asked."""


@dataclass(frozen=True, slots=True)
class Family:
    """A household with its village."""

    household: Household
    village: Area


@dataclass(frozen=True, slots=True)
class Duty:
    """How one pairing stands in the quarter."""

    pairing: Pairing
    helper: Person
    family: Family
    status: DutyStatus


@dataclass(slots=True)
class QuarterFacts:
    """Every duty of a quarter, and by household whether somebody called; None for one that needs nobody."""

    duties: list[Duty] = field(default_factory=list)
    families: dict[UUID, Family] = field(default_factory=dict)
    coverage: dict[UUID, bool | None] = field(default_factory=dict)


# -- facts ----------------------------------------------------------------------------------------


def read_quarter(quarter: Quarter, *, today: date, which: Iterable[ColumnElement[bool]]) -> QuarterFacts:
    """Return how the pairings of some households stand in a quarter.

    ``which`` narrows households joined to their village. The number of statements does not depend on theirs.
    """
    statement = select(Household, Area).join(
        Area, and_(Area.id == Household.village_id, Area.county_id == Household.county_id)
    )
    facts = QuarterFacts()
    for household, village in db.session.execute(statement.where(*which)):
        facts.families[household.id] = Family(household, village)
    if not facts.families:
        return facts
    # as an array: a subquery was planned by old statistics to run anew for each row
    ids = any_of(facts.families)
    counties = {family.household.county_id for family in facts.families.values()}
    known = _spells(counties, ids)
    visits = _visits(counties, ids, quarter)
    numbers = _numbers(facts, day=min(today, quarter.last_day))
    for pairing, helper in _pairings(counties, ids, quarter):
        family = facts.families[pairing.household_id]
        status = duty_status(
            quarter,
            pairing=PairingFact(helper.id, DaySpan(pairing.first_day, pairing.last_day)),
            household=known[pairing.household_id],
            visits=visits[pairing.household_id],
            numbers=numbers[family.village.id],
            today=today,
        )
        if status is not None:
            facts.duties.append(Duty(pairing, helper, family, status))
    for household_id, family in facts.families.items():
        if family.household.category in MONITORED_KINDS:
            facts.coverage[household_id] = is_covered(
                quarter, household=known[household_id], visits=visits[household_id], today=today
            )
    return facts


def _pairings(counties: set[UUID], ids: Any, quarter: Quarter) -> list[tuple[Pairing, Person]]:
    rows = db.session.execute(
        select(Pairing, Person)
        .join(Person, Person.id == Pairing.person_id)
        .where(
            Pairing.county_id.in_(counties),
            Pairing.household_id == ids,
            Pairing.first_day <= quarter.last_day,
            or_(Pairing.last_day.is_(None), Pairing.last_day >= quarter.first_day),
        )
    )
    return [(row.Pairing, row.Person) for row in rows]


def _spells(counties: set[UUID], ids: Any) -> dict[UUID, Spells]:
    history: dict[UUID, list[tuple[date, State]]] = defaultdict(list)
    rows = db.session.execute(
        select(HouseholdState.household_id, HouseholdState.first_day, HouseholdState.state)
        .where(HouseholdState.county_id.in_(counties), HouseholdState.household_id == ids)
        .order_by(HouseholdState.household_id, HouseholdState.number)
    )
    for household_id, first_day, state in rows:
        history[household_id].append((first_day, State(state)))
    return {household_id: spells(entries) for household_id, entries in history.items()}


def _visits(counties: set[UUID], ids: Any, quarter: Quarter) -> dict[UUID, list[VisitFact]]:
    """Return the visits of the quarter that may count, as they were told last, by household."""
    latest = newest_correction()
    rows = db.session.execute(
        select(
            Visit.household_id,
            Visit.person_id,
            func.coalesce(latest.day, Visit.day),
            func.coalesce(latest.way, Visit.way),
        )
        .outerjoin(latest, true())
        .where(
            Visit.county_id.in_(counties),
            Visit.household_id == ids,
            Visit.day.between(quarter.first_day, quarter.last_day),
            func.coalesce(latest.counts, Visit.counts),
            func.coalesce(latest.is_withdrawn, False).is_(False),
        )
    )
    visits: dict[UUID, list[VisitFact]] = defaultdict(list)
    for household_id, person_id, day, way in rows:
        visits[household_id].append(VisitFact(day, Way(way), person_id))
    return visits


def _numbers(facts: QuarterFacts, *, day: date) -> dict[UUID, VisitNumbers]:
    """Return the numbers in force on a day by village, read in one statement."""
    lines = {family.village.id: ancestors(family.village) for family in facts.families.values()}
    rows = setting_rows({area_id for line in lines.values() for area_id in line if area_id})
    numbers = {}
    for village_id, line in lines.items():
        settings = resolve(rows, ancestors=line, day=day)
        numbers[village_id] = VisitNumbers(
            grace_days=settings["visit.new_pairing_grace_days"],
            counts_contact_for_away=settings["visit.counts_contact_for_away"],
        )
    return numbers


def _helped_by(person_id: UUID, quarter: Quarter) -> ColumnElement[bool]:
    """Return that a person helped a household in a quarter."""
    help_ = aliased(Pairing)
    return exists().where(
        help_.county_id == Household.county_id,
        help_.household_id == Household.id,
        help_.person_id == person_id,
        help_.first_day <= quarter.last_day,
        or_(help_.last_day.is_(None), help_.last_day >= quarter.first_day),
    )


# -- what I owe -----------------------------------------------------------------------------------


def list_due(caller: Caller, *, quarter: Quarter, near: Point | None) -> dict[str, Any]:
    """Return the visits the caller still owes in a quarter, the nearest first where places are known, and a tally.

    A pairing that has ended is owed no longer, though the quarter counts it.
    """
    today = day_of(caller.now)
    which = [in_own_counties(caller, Permission.VISIT), _helped_by(caller.person_id, quarter)]
    facts = read_quarter(quarter, today=today, which=which)
    mine = [duty for duty in facts.duties if duty.helper.id == caller.person_id]
    owed = [duty for duty in mine if duty.status in OWED and _still_runs(duty.pairing, today)]
    far = {duty.pairing.id: _distance_km(duty.family.household, near) for duty in owed}
    owed.sort(
        key=lambda duty: (
            far[duty.pairing.id] is None,
            far[duty.pairing.id] or 0.0,
            -duty.family.household.risk_level,
            str(duty.pairing.id),
        )
    )
    coverage = [facts.coverage.get(duty.family.household.id) for duty in mine]
    return {
        "quarter": quarter,
        "last_day": quarter.last_day,
        "tally": tally([duty.status for duty in mine], coverage),
        "items": [{**describe_duty(duty), "distance_km": far[duty.pairing.id]} for duty in owed],
    }


def _still_runs(pairing: Pairing, today: date) -> bool:
    return pairing.last_day is None or pairing.last_day > today


def _distance_km(household: Household, near: Point | None) -> float | None:
    if near is None or household.latitude_deg is None:
        return None
    place = (household.latitude_deg, household.longitude_deg)
    return round(float(great_circle((near.latitude_deg, near.longitude_deg), place).km), 1)


def describe_duty(duty: Duty) -> dict[str, Any]:
    """Return a duty as the lists show it."""
    return {
        "household": brief(duty.family.household, duty.family.village),
        "helper": duty.helper,
        "first_day": duty.pairing.first_day,
        "last_day": duty.pairing.last_day,
        "status": duty.status,
    }


# -- an area --------------------------------------------------------------------------------------


def _read_area(caller: Caller, area: Area, quarter: Quarter) -> QuarterFacts:
    which = [
        lies_in(area),
        Household.county_id == area.county_id,
        reaches(caller, Permission.SEE_VISITS),
    ]
    return read_quarter(quarter, today=day_of(caller.now), which=which)


def report_quarter(caller: Caller, *, area_id: UUID, quarter: Quarter, by: str | None) -> dict[str, Any]:
    """Return the columns of §4.5 for an area and for each helper, village or township in it.

    A fixed number of statements, however large the area.
    """
    area = get_area(area_id, caller, Permission.SEE_VISITS)
    by = by or BELOW.get(Level(area.level), "township")
    facts = _read_area(caller, area, quarter)
    return {
        "quarter": quarter,
        "running": quarter.last_day >= day_of(caller.now),
        "area": area,
        "by": by,
        "total": _tally(facts.duties, facts.coverage.values()),
        "items": _by_helper(facts) if by == "helper" else _by_area(facts, by),
    }


def _tally(duties: Iterable[Duty], coverage: Iterable[bool | None]) -> Tally:
    return tally([duty.status for duty in duties], list(coverage))


def _by_helper(facts: QuarterFacts) -> list[dict[str, Any]]:
    """Group by helper; a household counts as covered for each who helped it, whoever called."""
    groups = _grouped(facts.duties, lambda duty: duty.helper.id)
    rows = []
    for duties in groups.values():
        helped = {duty.family.household.id for duty in duties}
        coverage = [facts.coverage.get(household_id) for household_id in helped]
        rows.append({"helper": duties[0].helper, "area": None, "tally": _tally(duties, coverage)})
    return sorted(rows, key=lambda row: (row["helper"].sort_key, row["helper"].id))


def _by_area(facts: QuarterFacts, by: str) -> list[dict[str, Any]]:
    def place(family: Family) -> UUID | None:
        return family.village.id if by == "village" else family.village.township_id

    duties = _grouped(facts.duties, lambda duty: place(duty.family))
    coverage: dict[UUID | None, list[bool | None]] = defaultdict(list)
    for household_id, covered in facts.coverage.items():
        coverage[place(facts.families[household_id])].append(covered)
    ids = duties.keys() | coverage.keys()
    areas = db.session.scalars(select(Area).where(Area.id.in_(ids)).order_by(Area.sort_key, Area.id))
    return [
        {"helper": None, "area": area, "tally": _tally(duties.get(area.id, ()), coverage[area.id])}
        for area in areas
    ]


def _grouped(duties: Iterable[Duty], key: Callable[[Duty], Any]) -> dict[Any, list[Duty]]:
    groups: dict[Any, list[Duty]] = defaultdict(list)
    for duty in duties:
        groups[key(duty)].append(duty)
    return groups


def list_duties(
    caller: Caller,
    *,
    area_id: UUID,
    quarter: Quarter,
    status: DutyStatus | None,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """Return a page of how each pairing of an area stands: the list by which a township follows up."""
    area = get_area(area_id, caller, Permission.SEE_VISITS)
    duties = [duty for duty in _read_area(caller, area, quarter).duties if status in (None, duty.status)]
    duties.sort(key=_place_in_list)
    if (after := read_cursor(cursor, bytes.fromhex, UUID)) is not None:
        duties = [duty for duty in duties if _place_in_list(duty) > tuple(after)]
    last = duties[limit - 1] if len(duties) > limit else None
    return {
        "quarter": quarter,
        "items": [describe_duty(duty) for duty in duties[:limit]],
        "next_cursor": write_cursor(last.family.village.sort_key.hex(), last.pairing.id) if last else None,
    }


def _place_in_list(duty: Duty) -> tuple[bytes, UUID]:
    return duty.family.village.sort_key, duty.pairing.id
