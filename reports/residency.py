"""The monthly residency report (驻村情况月报, Article 16): an area's total, the next-lower places, who to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from identity.scope import Caller
from kernel.memory import without_garbage_rounds
from kernel.periods import Month, day_of
from kernel.workdays import is_announced
from reports.places import BELOW, Line, Place, Scope, areas_above, lines_below, where_it_lies
from reports.policy import Reason, ResidencyRow, reasons_to_look_at, residency_of, total, village_line
from reports.residency_facts import count_people
from reports.residency_villages import PersonMonth, VillageMonth, people_of, read_villages

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
    read = read_villages(caller=caller, month=month, area=scope.area, unit=scope.unit)
    parts = [_add_up(villages, caller, scope) for villages in read]
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
        to_look_at=sorted((found for part in parts for found in part.to_look_at), key=_by_name),
        above={village_id: names for part in parts for village_id, names in part.above.items()},
    )


def _by_name(found: LookAt) -> tuple[bytes, UUID, UUID]:
    return found.person.sort_key, found.person.person_id, found.person.posting_id


def _add_up(villages: Sequence[VillageMonth], caller: Caller, scope: Scope) -> _Part:
    rows = [(each.village, _figures(each, caller)) for each in villages]
    reasons = {
        posting_id: why
        for each in villages
        for posting_id, why in zip(each.posting_ids, reasons_to_look_at(each.months), strict=True)
        if why
    }
    lists_everybody = scope.area is None or scope.area.level not in BELOW
    people = people_of(villages, None if lists_everybody else reasons.keys())
    above = areas_above(village for village, _ in rows)
    return _Part(
        villages_count=len(villages),
        stamped_count=sum(each.is_stamped for each in villages),
        tells_villages=all(each.is_whole for each in villages),
        total=total((row for _, row in rows), ResidencyRow()),
        lines=lines_below(scope, rows, above, nothing=ResidencyRow()),
        people=people if lists_everybody else [],
        to_look_at=[
            LookAt(person, reasons[person.posting_id]) for person in people if person.posting_id in reasons
        ],
        above={person.village.id: where_it_lies(person.village, above) for person in people},
    )


def _figures(each: VillageMonth, caller: Caller) -> ResidencyRow:
    if not each.is_whole:
        return residency_of(each.months)
    return village_line(each.months, today=day_of(caller.now), rest=each.rest, needs_team=each.needs_team)
