"""The month of each village: stamped ones as they were stamped, the others as what is recorded makes them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from attendance.policy import (
    MonthClasses,
    Weight,
    assessed_halves_of_each,
    average_of,
    month_met,
    paid_days_of_each,
    required_days,
    together,
    weigh_each,
)
from attendance.service import assessed_of_each, months_side_by_side
from identity.permissions import Permission
from identity.scope import Caller, areas_within
from kernel.database import any_of, db
from kernel.periods import DaySet, Month, apart, count
from org.models import Area, DispatchingUnit, Level, Person, Posting
from org.queries import ancestors
from reports.policy import PostingMonths, away_on
from reports.residency_facts import Asked, Facts, OwnLeaves, read_facts

COUNTIES_AT_ONCE = 8
NO_LEAVES = OwnLeaves()


@dataclass(frozen=True, slots=True)
class VillageMonth:
    """One village's month: its postings as far as the caller sees them, side by side.

    ``is_whole`` says that the caller sees everybody of the village, so that what belongs to villages can be told.
    """

    village: Area
    posting_ids: Sequence[UUID]
    months: PostingMonths
    paid_days: Sequence[int]
    rest: DaySet
    needs_team: bool
    is_stamped: bool
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMonth:
    """One posting's month with what stands beside it in a list of people, named as the registers name it today."""

    posting_id: UUID
    person_id: UUID
    name: str
    sort_key: bytes
    role: str
    village: Area
    unit_id: UUID
    unit: str
    paid_days: int
    month: PostingMonths

    @property
    def is_month_met(self) -> bool:
        return self.month.is_month_met[0]

    @property
    def is_average_met(self) -> bool | None:
        return self.month.is_average_met[0]


def read_villages(
    *, caller: Caller, month: Month, area: Area | None = None, unit: DispatchingUnit | None = None
) -> Iterator[list[VillageMonth]]:
    """Give the months of the villages in an area, or of a unit's people by village, as far as the caller sees.

    A city is given some counties at a time, in the order of names, so that a country takes little memory. What
    a village's stamped sheet says stays as it is, whatever is recorded later.
    """
    if area is None or area.level != Level.CITY:
        yield _read(Asked(caller=caller, month=month, areas=[area] if area else [], unit=unit))
        return
    counties = select(Area).where(Area.city_id == area.id, Area.level == Level.COUNTY)
    in_order = areas_within(counties.order_by(Area.sort_key, Area.id), caller, Permission.SEE_REPORTS)
    found = db.session.scalars(in_order).all()
    for first in range(0, len(found), COUNTIES_AT_ONCE):
        some = found[first : first + COUNTIES_AT_ONCE]
        yield _read(Asked(caller=caller, month=month, areas=some, unit=unit))


def _read(asked: Asked) -> list[VillageMonth]:
    """Return the villages with people, a stamped sheet or the duty of a team."""
    facts = read_facts(asked)
    rest = {own: own.rest_days(asked.month) for own in set(facts.numbers.values())}
    offices = {holding.area_id for holding in asked.caller.holdings_for(Permission.SEE_REPORTS)} - {None}
    found = []
    for village, needs_team in facts.needs_team.items():
        is_stamped = asked.month not in facts.open_months[village.id]
        if not (facts.people[village.id] or is_stamped or needs_team):
            continue
        months, paid_days = (_as_stamped if is_stamped else _as_recorded)(asked, village.id, facts)
        found.append(
            VillageMonth(
                village=village,
                posting_ids=[posting.id for posting in facts.people[village.id]],
                months=months,
                paid_days=paid_days,
                rest=rest[facts.numbers[village.id]],
                needs_team=needs_team,
                is_stamped=is_stamped,
                is_whole=asked.unit is None and not offices.isdisjoint(ancestors(village)),
            )
        )
    return found


def _as_stamped(asked: Asked, village_id: UUID, facts: Facts) -> tuple[PostingMonths, list[int]]:
    lines = [facts.lines[posting.id] for posting in facts.people[village_id]]
    classes = together(asked.month, [line.classes for line in lines])
    halves = [line.assessed_halves for line in lines]
    return _months(asked, village_id, classes, halves, facts), [line.paid_days for line in lines]


def _as_recorded(asked: Asked, village_id: UUID, facts: Facts) -> tuple[PostingMonths, list[int]]:
    numbers = facts.numbers[village_id]
    people = facts.people[village_id]
    classes = months_side_by_side(
        [posting.posted for posting in people],
        asked.month,
        [facts.recorded[posting.id] for posting in people],
        rest=numbers.rest_days(asked.month),
        today=asked.today,
    )
    halves = assessed_halves_of_each(classes, numbers.assessed)
    return _months(asked, village_id, classes, halves, facts), paid_days_of_each(classes, numbers.paid)


def _months(
    asked: Asked, village_id: UUID, classes: MonthClasses, assessed_halves: Sequence[int], facts: Facts
) -> PostingMonths:
    required_per_month = facts.numbers[village_id].required_per_month
    own = list(zip(map(count, apart(classes.posted, classes.people)), assessed_halves, strict=True))
    leaves = [facts.leaves.get(posting.id, NO_LEAVES) for posting in facts.people[village_id]]
    return PostingMonths(
        classes=classes,
        assessed_halves=assessed_halves,
        is_month_met=[
            month_met(
                assessed_days=halves / 2,
                required_days=required_days(
                    asked.month, posted_days=days, required_per_month=required_per_month
                ),
            )
            for days, halves in own
        ],
        is_average_met=[
            None if so_far is None else so_far.is_compliant(required_per_month)
            for so_far in map(average_of, _weights(asked, village_id, own, facts))
        ],
        is_away=away_on(classes, asked.last_day),
        is_overdue=[each.is_overdue for each in leaves],
        leaves=[each.number for each in leaves],
        leaves_retro=[each.retro for each in leaves],
    )


def _weights(asked: Asked, village_id: UUID, own: Sequence[tuple[int, int]], facts: Facts) -> list[Weight]:
    """Return what the months of the average that are over weigh: stamped ones as they were stamped (D10).

    ``own`` are posted days and assessed half-days of the month asked for.
    """
    people, numbers = facts.people[village_id], facts.numbers[village_id]
    weights = [facts.stamped.get(posting.id, (0, 0)) for posting in people]
    for month in facts.open_months[village_id]:
        if month < asked.month and month <= asked.last_month_over:
            recorded = [(posting.span, facts.recorded[posting.id]) for posting in people]
            of_month = assessed_of_each(recorded, month, numbers=numbers, today=asked.today)
            weights = weigh_each(weights, month, of_month)
        elif month <= asked.last_month_over:
            weights = weigh_each(weights, month, own)
    return weights


# -- people -------------------------------------------------------------------------------------


def people_of(villages: Iterable[VillageMonth], wanted: Collection[UUID] | None) -> list[PersonMonth]:
    """Return the wanted postings of villages, or all, village by village in the order of role and name.

    Their names are read in one statement.
    """
    places = {
        posting_id: (each, number)
        for each in villages
        for number, posting_id in enumerate(each.posting_ids)
        if wanted is None or posting_id in wanted
    }
    names = _names(places)
    people: dict[UUID, list[PersonMonth]] = {}
    for posting_id, (each, number) in places.items():
        person = PersonMonth(
            **names[posting_id],
            village=each.village,
            paid_days=each.paid_days[number],
            month=each.months.one(number),
        )
        people.setdefault(each.village.id, []).append(person)
    return [person for own in people.values() for person in sorted(own, key=_by_role)]


def _by_role(person: PersonMonth) -> tuple[str, bytes, UUID, UUID]:
    return person.role, person.sort_key, person.person_id, person.posting_id


def _names(posting_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    rows = db.session.execute(
        select(
            Posting.id.label("posting_id"),
            Posting.person_id,
            Person.name,
            Person.sort_key,
            Posting.role,
            Posting.unit_id,
            DispatchingUnit.name.label("unit"),
        )
        .join(Person, Person.id == Posting.person_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
        .where(Posting.id == any_of(posting_ids))
    )
    return {row.posting_id: row._asdict() for row in rows}
