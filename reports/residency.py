"""The monthly residency report (驻村情况月报, Article 16): an area's total, the next-lower places, who to look at."""

from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from uuid import UUID

from identity.scope import Caller
from kernel.memory import without_garbage_rounds
from kernel.periods import Month, day_of
from kernel.threads import work_off
from kernel.workdays import is_announced
from reports.places import BELOW, Line, Place, Scope, areas_above, lines_below, where_it_lies
from reports.policy import Reason, ResidencyRow, reasons_to_look_at, residency_of, total, villages_line
from reports.residency_facts import Asked, count_people
from reports.residency_villages import PersonMonth, VillagesMonth, parts_of, people_of, read_villages

LARGE_PEOPLE = 3_000
"""Of more people than these a report is made as a job, so that no request takes seconds."""
OF_VILLAGES = ("villages", "teams_short", "team_short_days", "villages_with_nobody", "nobody_days")
"""The figures that belong to villages; whoever sees only some people of a village is told none of them."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """Somebody whose month somebody should look at, and why."""

    person: PersonMonth
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What the villages read at once add up to."""

    villages_count: int
    stamped_count: int
    tells_villages: bool
    total: ResidencyRow
    lines: list[Line[ResidencyRow]]
    people: list[PersonMonth]
    to_look_at: list[LookAt]
    above: dict[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Residency(_Part):
    """The report of one month of one place.

    ``people`` are listed of a village, a township and a unit. ``tells_villages`` says that the caller sees
    whole villages; otherwise the figures OF_VILLAGES mean nothing. ``above`` are the places of a village by its id.
    """

    month: Month
    place: Place
    is_running: bool
    unannounced_years: list[int]


def is_large(*, caller: Caller, month: Month, scope: Scope) -> bool:
    """Say whether a report of these is about so many people that it is made as a job."""
    return count_people(caller=caller, month=month, area=scope.area, unit=scope.unit) > LARGE_PEOPLE


@without_garbage_rounds()
def residency(*, caller: Caller, month: Month, scope: Scope) -> Residency:
    """Draw up the report of a month, of those people that the caller sees; never a ranking (Article 29)."""
    parts = work_off(_add_up, parts_of(caller=caller, month=month, scope=scope))
    return Residency(
        month=month,
        place=scope.place,
        is_running=month.last_day >= day_of(caller.now),
        unannounced_years=[] if is_announced(month.year) else [month.year],
        villages_count=sum(part.villages_count for part in parts),
        stamped_count=sum(part.stamped_count for part in parts),
        tells_villages=scope.unit is None and all(part.tells_villages for part in parts),
        total=total((part.total for part in parts), ResidencyRow()),
        lines=[line for part in parts for line in part.lines],
        people=[person for part in parts for person in part.people],
        to_look_at=sorted(
            (found for part in parts for found in part.to_look_at), key=lambda found: found.person.by_name
        ),
        above={village_id: names for part in parts for village_id, names in part.above.items()},
    )


def _add_up(asked: Asked) -> _Part:
    found, scope = read_villages(asked), asked.scope
    rows = [(each.villages[0], _figures(each, asked.today)) for each in found]
    to_look_at = [(each, reasons_to_look_at(each.months)) for each in found]
    reasons = {
        each.posting_ids[number]: why for each, of_numbers in to_look_at for number, why in of_numbers.items()
    }
    lists_everybody = scope.area is None or scope.area.level not in BELOW
    people = (
        people_of((each, range(each.months.classes.people)) for each in found)
        if lists_everybody
        else people_of(to_look_at)
    )
    above = areas_above([*(village for village, _ in rows), *(each.village for each in people)])
    return _Part(
        villages_count=sum(len(each.villages) for each in found),
        stamped_count=sum(len(each.villages) for each in found if each.is_stamped),
        tells_villages=all(each.is_whole for each in found),
        total=total((row for _, row in rows), ResidencyRow()),
        lines=lines_below(scope, rows, above, nothing=ResidencyRow()),
        people=sorted(people, key=attrgetter("by_village_and_role")) if lists_everybody else [],
        to_look_at=[
            LookAt(person, reasons[person.posting_id]) for person in people if person.posting_id in reasons
        ],
        above={village.id: where_it_lies(village, above) for village in {each.village for each in people}},
    )


def _figures(each: VillagesMonth, today: date) -> ResidencyRow:
    if not each.is_whole:
        return residency_of(each.months)
    return villages_line(each.months, each.people_of_each, each.needs_team, today=today, rest=each.rest)
