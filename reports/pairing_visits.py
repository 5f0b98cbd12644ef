"""The quarterly report of pairing visits (结对走访季报, Article 12): an area's total, the next-lower places, helpers."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from identity.permissions import Permission
from identity.scope import Caller, areas_within
from kernel.database import db
from kernel.periods import Quarter, day_of
from org.models import Area, Level, Person, sort_key
from org.queries import lies_in
from reports.places import BELOW, Line, Place, Scope, areas_above, lines_below, where_it_lies
from reports.policy import ProblemFact, VisitsRow, total, visits_line
from visits.models import Household, Problem
from visits.quarter import Duty, QuarterFacts, read_quarter

LARGE_HOUSEHOLDS = 5_000
"""Of more households than these a report is made as a job, so that no request takes seconds."""
PERMISSION = Permission.SEE_VISIT_REPORTS


@dataclass(frozen=True, slots=True)
class HelperLine:
    """What the pairings of one helper add up to in the place reported."""

    helper: Person
    villages: tuple[str, ...]
    figures: VisitsRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingVisits:
    """The report of one quarter of one area.

    ``helpers`` are listed of a village and a township; ``to_look_at`` are those of any area who still owe a
    visit, both in the order of names.
    """

    quarter: Quarter
    place: Place
    is_running: bool
    total: VisitsRow
    lines: list[Line[VisitsRow]]
    helpers: list[HelperLine]
    to_look_at: list[HelperLine]


@dataclass(frozen=True, slots=True)
class _County:
    """What is read of a county, or of a part of it."""

    rows: list[tuple[Area, VisitsRow]]
    helpers: list[HelperLine]


def is_large(*, caller: Caller, scope: Scope) -> bool:
    """Say whether a report of an area is about so many households that it is made as a job."""
    if scope.area is None:
        return False
    statement = select(func.count()).select_from(Household).where(*_within(scope.area, caller))
    return int(db.session.execute(statement).scalar_one()) > LARGE_HOUSEHOLDS


def _within(area: Area, caller: Caller) -> list[ColumnElement[bool]]:
    """Return, for use inside a statement over ``Household``, that it lies in the area and the caller's reach."""
    villages = areas_within(select(Area.id).where(lies_in(area)), caller, PERMISSION)
    in_county = [Household.county_id == area.county_id] if area.county_id else []
    return [*in_county, Household.village_id.in_(villages)]


def pairing_visits(*, caller: Caller, quarter: Quarter, scope: Scope) -> PairingVisits:
    """Draw up the report of a quarter: helpers' duties and households' coverage; never a ranking (Article 29).

    The number of statements does not depend on the number of households; a city is read county by county.
    """
    read = [_read(area, quarter, caller) for area in _counties(scope, caller)]
    rows = [row for county in read for row in county.rows]
    helpers = sorted(
        (line for county in read for line in county.helpers),
        key=lambda line: (line.helper.sort_key, line.helper.id),
    )
    lists_helpers = scope.area is not None and scope.area.level not in BELOW
    return PairingVisits(
        quarter=quarter,
        place=scope.place,
        is_running=quarter.last_day >= day_of(caller.now),
        total=total((row for _, row in rows), VisitsRow()),
        lines=lines_below(scope, rows, areas_above(village for village, _ in rows), nothing=VisitsRow()),
        helpers=helpers if lists_helpers else [],
        to_look_at=[line for line in helpers if line.figures.not_done],
    )


def _counties(scope: Scope, caller: Caller) -> Iterator[Area]:
    if scope.area is None:
        return
    if scope.area.level != Level.CITY:
        yield scope.area
        return
    counties = select(Area).where(lies_in(scope.area), Area.level == Level.COUNTY).order_by(Area.code)
    yield from db.session.scalars(areas_within(counties, caller, PERMISSION)).all()


def _read(area: Area, quarter: Quarter, caller: Caller) -> _County:
    which = _within(area, caller)
    facts = read_quarter(quarter, today=day_of(caller.now), which=which)
    problems = _problems(area, quarter, which)
    above = areas_above(family.village for family in facts.families.values())
    return _County(
        rows=list(_by_village(facts, problems, quarter, caller)),
        helpers=list(_by_helper(facts, problems, quarter, caller, above)),
    )


def _problems(
    area: Area, quarter: Quarter, which: list[ColumnElement[bool]]
) -> dict[UUID, list[ProblemFact]]:
    """Return by household the problems that were open on a day of the quarter."""
    households = select(Household.id).where(*which)
    rows = db.session.execute(
        select(Problem.household_id, Problem.found_on, Problem.settled_on, Problem.due_on).where(
            Problem.county_id == area.county_id,
            Problem.household_id.in_(households),
            Problem.found_on <= quarter.last_day,
            or_(Problem.settled_on.is_(None), Problem.settled_on >= quarter.first_day),
        )
    )
    problems: dict[UUID, list[ProblemFact]] = defaultdict(list)
    for household_id, found_on, settled_on, due_on in rows:
        problems[household_id].append(ProblemFact(found_on, settled_on, due_on))
    return problems


def _by_village(
    facts: QuarterFacts, problems: dict[UUID, list[ProblemFact]], quarter: Quarter, caller: Caller
) -> Iterator[tuple[Area, VisitsRow]]:
    duties: dict[UUID, list[Duty]] = defaultdict(list)
    for duty in facts.duties:
        duties[duty.family.village.id].append(duty)
    households: dict[UUID, list[UUID]] = defaultdict(list)
    villages = {}
    for household_id, family in facts.families.items():
        households[family.village.id].append(household_id)
        villages[family.village.id] = family.village
    for village_id, village in villages.items():
        row = _line(duties[village_id], households[village_id], facts, problems, quarter, caller)
        if any(row):
            yield village, row


def _by_helper(
    facts: QuarterFacts,
    problems: dict[UUID, list[ProblemFact]],
    quarter: Quarter,
    caller: Caller,
    above: dict[UUID, Area],
) -> Iterator[HelperLine]:
    """Give a line for each helper; a household counts as covered for each who helped it, whoever called."""
    duties: dict[UUID, list[Duty]] = defaultdict(list)
    for duty in facts.duties:
        duties[duty.helper.id].append(duty)
    for own in duties.values():
        helped = {duty.family.household.id for duty in own}
        villages = {duty.family.village.id: duty.family.village for duty in own}
        names = [f"{where_it_lies(village, above)}{village.name}" for village in villages.values()]
        row = _line(own, helped, facts, problems, quarter, caller)
        yield HelperLine(own[0].helper, tuple(sorted(names, key=sort_key)), row)


def _line(
    duties: list[Duty],
    household_ids: list[UUID] | set[UUID],
    facts: QuarterFacts,
    problems: dict[UUID, list[ProblemFact]],
    quarter: Quarter,
    caller: Caller,
) -> VisitsRow:
    return visits_line(
        quarter,
        today=day_of(caller.now),
        statuses=[duty.status for duty in duties],
        coverage=[facts.coverage.get(household_id) for household_id in household_ids],
        problems=[problem for household_id in household_ids for problem in problems.get(household_id, ())],
    )
