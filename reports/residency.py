"""The monthly residency report (驻村情况月报, Article 16): an area's total, the next-lower places, who to look at."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from identity.scope import Caller
from kernel.periods import Month, day_of
from kernel.workdays import is_announced
from reports.places import BELOW, Line, Place, Scope, areas_above, lines_below, where_it_lies
from reports.policy import (
    PostingMonth,
    Reason,
    ResidencyRow,
    people_to_look_at,
    residency_of,
    total,
    village_line,
)
from reports.residency_facts import PersonMonth, VillageMonth, count_people, read_villages

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
class Residency:
    """The report of one month of one place.

    ``people`` are listed of a village, a township and a unit. ``tells_villages`` says that the caller sees
    whole villages; otherwise the figures OF_VILLAGES mean nothing. ``above`` are the places of a village by its id.
    """

    month: Month
    place: Place
    is_running: bool
    unannounced_years: list[int]
    villages_count: int
    stamped_count: int
    tells_villages: bool
    total: ResidencyRow
    lines: list[Line[ResidencyRow]]
    people: list[PersonMonth]
    to_look_at: list[LookAt]
    above: dict[UUID, str]


def is_large(*, caller: Caller, month: Month, scope: Scope) -> bool:
    """Say whether a report of these is about so many people that it is made as a job."""
    return count_people(caller=caller, month=month, area=scope.area, unit=scope.unit) > LARGE_PEOPLE


def residency(*, caller: Caller, month: Month, scope: Scope) -> Residency:
    """Draw up the report of a month, of those people that the caller sees; never a ranking (Article 29)."""
    villages = read_villages(caller=caller, month=month, area=scope.area, unit=scope.unit)
    today = day_of(caller.now)
    figures = [(each, _figures(each, month, caller)) for each in villages]
    people = [person for each in villages for person in each.people]
    above = areas_above(each.village for each in villages)
    return Residency(
        month=month,
        place=scope.place,
        is_running=month.last_day >= today,
        unannounced_years=[] if is_announced(month.year) else [month.year],
        villages_count=len(villages),
        stamped_count=sum(each.is_stamped for each in villages),
        tells_villages=scope.unit is None and all(each.is_whole for each in villages),
        total=total((row for _, row in figures), ResidencyRow()),
        lines=lines_below(
            scope, [(each.village, row) for each, row in figures], above, nothing=ResidencyRow()
        ),
        people=[] if scope.area is not None and scope.area.level in BELOW else people,
        to_look_at=_to_look_at(people),
        above={each.village.id: where_it_lies(each.village, above) for each in villages},
    )


def _figures(each: VillageMonth, month: Month, caller: Caller) -> ResidencyRow:
    posts: list[PostingMonth] = [person.post for person in each.people]
    if not each.is_whole:
        return total(map(residency_of, posts), ResidencyRow())
    return village_line(
        posts, month=month, today=day_of(caller.now), rest=each.rest, needs_team=each.needs_team
    )


def _to_look_at(people: Iterable[PersonMonth]) -> list[LookAt]:
    by_posting = {person.post.posting_id: person for person in people}
    found = people_to_look_at(person.post for person in by_posting.values())
    return [LookAt(by_posting[post.posting_id], reasons) for post, reasons in found]
