"""The month of each village: stamped ones as they were stamped, the others as what is recorded makes them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from attendance.policy import (
    MonthClasses,
    Weight,
    assessed_halves_of_each,
    averages_met,
    month_met,
    paid_days_of_each,
    required_days,
    together,
    weigh_each,
)
from attendance.service import CountyNumbers, assessed_of_each, months_side_by_side
from identity.permissions import Permission
from identity.scope import Caller, areas_within
from kernel.database import any_of, db
from kernel.periods import DaySet, Month, apart, count
from org.models import Area, DispatchingUnit, Level, Person, Posting
from org.queries import ancestors
from reports.places import Scope, Village, place_below
from reports.policy import PostingMonths, away_on
from reports.residency_facts import Asked, Facts, OwnLeaves, OwnPosting, VillageFacts, read_facts

COUNTIES_AT_ONCE = 8
NO_LEAVES = OwnLeaves()


@dataclass(frozen=True, slots=True, kw_only=True)
class VillagesMonth:
    """The month of villages that are counted as one: their postings side by side, village after village.

    Their postings are those that the caller sees; ``is_whole`` says that these are all, so that what belongs to
    villages can be told.
    """

    villages: Sequence[Village]
    people_of_each: Sequence[int]
    needs_team: Sequence[bool]
    posting_ids: Sequence[UUID]
    months: PostingMonths
    paid_days: Sequence[int]
    rest: DaySet
    is_stamped: bool
    is_whole: bool

    @property
    def village_of_each(self) -> list[Village]:
        """The village of each posting."""
        own = zip(self.villages, self.people_of_each, strict=True)
        return [village for village, people in own for _ in range(people)]


class PersonMonth(NamedTuple):
    """One posting's month with what stands beside it in a list of people, named as the registers name it today."""

    posting_id: UUID
    person_id: UUID
    name: str
    sort_key: bytes
    role: str
    unit_id: UUID
    unit: str
    village: Village
    found: VillagesMonth
    number: int
    """Which of the postings side by side this is, the first being 0."""

    @property
    def month(self) -> PostingMonths:
        return self.found.months.one(self.number)

    @property
    def paid_days(self) -> int:
        return self.found.paid_days[self.number]

    @property
    def is_month_met(self) -> bool:
        return self.found.months.is_month_met[self.number]

    @property
    def is_average_met(self) -> bool | None:
        return self.found.months.is_average_met[self.number]

    @property
    def by_village_and_role(self) -> tuple[bytes, UUID, str, bytes, UUID, UUID]:
        return self.village.sort_key, self.village.id, self.role, *self.by_name

    @property
    def by_name(self) -> tuple[bytes, UUID, UUID]:
        return self.sort_key, self.person_id, self.posting_id


def parts_of(*, caller: Caller, month: Month, scope: Scope) -> list[Asked]:
    """Part what is asked for: a city is read some counties at a time, in the order of names.

    A country takes little memory like this.
    """
    if scope.area is None or scope.area.level != Level.CITY:
        areas = [scope.area] if scope.area else []
        return [Asked(caller=caller, month=month, scope=scope, areas=areas)]
    counties = select(Area).where(Area.city_id == scope.area.id, Area.level == Level.COUNTY)
    in_order = areas_within(counties.order_by(Area.sort_key, Area.id), caller, Permission.SEE_REPORTS)
    found = db.session.scalars(in_order).all()
    return [
        Asked(caller=caller, month=month, scope=scope, areas=found[first : first + COUNTIES_AT_ONCE])
        for first in range(0, len(found), COUNTIES_AT_ONCE)
    ]


class _Alike(NamedTuple):
    """What villages have in common that are counted as one."""

    place_id: UUID | None
    """The next-lower place in which they lie, if there is a line for it."""
    numbers: CountyNumbers
    open_months: tuple[Month, ...]
    is_whole: bool


def read_villages(asked: Asked) -> list[VillagesMonth]:
    """Return the months of the villages with people, a stamped sheet or the duty of a team.

    They are what the caller sees of them. What a village's stamped sheet says stays as it is, whatever is
    recorded later.
    """
    facts = read_facts(asked)
    area, unit = asked.scope.area, asked.scope.unit
    offices = {holding.area_id for holding in asked.caller.holdings_for(Permission.SEE_REPORTS)} - {None}
    found: dict[_Alike, list[VillageFacts]] = defaultdict(list)
    for each in facts.villages:
        alike = _Alike(
            place_below(area, each.village) if area else None,
            each.numbers,
            each.open_months,
            unit is None and not offices.isdisjoint(ancestors(each.village)),
        )
        found[alike].append(each)
    return [_of_villages(asked, facts, villages, alike) for alike, villages in found.items()]


def _of_villages(
    asked: Asked, facts: Facts, villages: Sequence[VillageFacts], alike: _Alike
) -> VillagesMonth:
    people = [posting for each in villages for posting in each.people]
    is_stamped = asked.month not in alike.open_months
    months, paid_days = (_as_stamped if is_stamped else _as_recorded)(asked, facts, people, alike)
    return VillagesMonth(
        villages=[each.village for each in villages],
        people_of_each=[len(each.people) for each in villages],
        needs_team=[each.needs_team for each in villages],
        posting_ids=[posting.id for posting in people],
        months=months,
        paid_days=paid_days,
        rest=alike.numbers.rest_days(asked.month),
        is_stamped=is_stamped,
        is_whole=alike.is_whole,
    )


def _as_stamped(
    asked: Asked, facts: Facts, people: Sequence[OwnPosting], alike: _Alike
) -> tuple[PostingMonths, list[int]]:
    lines = [facts.lines[posting.id] for posting in people]
    classes = together(asked.month, [line.classes for line in lines])
    halves = [line.assessed_halves for line in lines]
    return _months(asked, facts, people, alike, classes, halves), [line.paid_days for line in lines]


def _as_recorded(
    asked: Asked, facts: Facts, people: Sequence[OwnPosting], alike: _Alike
) -> tuple[PostingMonths, list[int]]:
    classes = months_side_by_side(
        [posting.id for posting in people],
        [posting.posted for posting in people],
        asked.month,
        facts.recorded.months[asked.month],
        rest=alike.numbers.rest_days(asked.month),
        today=asked.today,
    )
    halves = assessed_halves_of_each(classes, alike.numbers.assessed)
    paid_days = paid_days_of_each(classes, alike.numbers.paid)
    return _months(asked, facts, people, alike, classes, halves), paid_days


def _months(
    asked: Asked,
    facts: Facts,
    people: Sequence[OwnPosting],
    alike: _Alike,
    classes: MonthClasses,
    assessed_halves: Sequence[int],
) -> PostingMonths:
    required_per_month = alike.numbers.required_per_month
    required = cache(partial(required_days, asked.month, required_per_month=required_per_month))
    own = list(zip(map(count, apart(classes.posted, classes.people)), assessed_halves, strict=True))
    leaves = [facts.leaves.get(posting.id, NO_LEAVES) for posting in people]
    return PostingMonths(
        classes=classes,
        assessed_halves=assessed_halves,
        is_month_met=[
            month_met(assessed_days=halves / 2, required_days=required(posted_days=days))
            for days, halves in own
        ],
        is_average_met=averages_met(_weights(asked, facts, people, alike, own), required_per_month),
        is_away=away_on(classes, asked.last_day),
        is_overdue=[each.is_overdue for each in leaves],
        leaves=[each.number for each in leaves],
        leaves_retro=[each.retro for each in leaves],
    )


def _weights(
    asked: Asked,
    facts: Facts,
    people: Sequence[OwnPosting],
    alike: _Alike,
    own: Sequence[tuple[int, int]],
) -> list[Weight]:
    """Return what the months of the average that are over weigh: stamped ones as they were stamped (D10).

    ``own`` are posted days and assessed half-days of the month asked for.
    """
    weights = [posting.stamped for posting in people]
    for month in alike.open_months:
        if month > asked.last_month_over:
            continue
        of_month = (
            own
            if month == asked.month
            else assessed_of_each(
                {posting.id: posting.span for posting in people},
                month,
                facts.recorded.months[month],
                numbers=alike.numbers,
                today=asked.today,
            )
        )
        weights = weigh_each(weights, month, of_month)
    return weights


# -- people -------------------------------------------------------------------------------------


def people_of(wanted: Iterable[tuple[VillagesMonth, Iterable[int]]]) -> list[PersonMonth]:
    """Return the postings of these numbers with their names, read in one statement."""
    places: dict[UUID, tuple[Village, VillagesMonth, int]] = {}
    for found, numbers in wanted:
        village_of = found.village_of_each
        for number in numbers:
            places[found.posting_ids[number]] = village_of[number], found, number
    names = db.session.execute(
        select(
            Posting.id,
            Posting.person_id,
            Person.name,
            Person.sort_key,
            Posting.role,
            Posting.unit_id,
            DispatchingUnit.name,
        )
        .join(Person, Person.id == Posting.person_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
        .where(Posting.id == any_of(places))
    )
    return [PersonMonth(*of_posting, *places[of_posting.id]) for of_posting in names.all()]
