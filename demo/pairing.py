"""Who helps which household of the demo: the lists of helpers, and the pairings Article 11 makes of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from demo.families import Family, first_quarter
from demo.people import HOMES, Cast, add_person
from demo.places import key
from identity.models import Office
from identity.permissions import Role
from kernel.periods import CHINA, DaySpan
from org.models import Area, Level, PostingRole
from visits.models import Helper, Pairing
from visits.policy import (
    UNIT_RANKS,
    VILLAGE_RANKS,
    AvailableHelper,
    HelperRank,
    ProposedPairing,
    WaitingHousehold,
    propose,
)

CAPACITY = 2
PAIRED_AFTER_DAYS = 10
"""How long after it came under watch a new household gets its helper, if anybody has room."""
POSTED = {PostingRole.FIRST_SECRETARY: HelperRank.FIRST_SECRETARY, PostingRole.MEMBER: HelperRank.TEAM_MEMBER}


@dataclass
class Seat:
    """A place in the order of Article 11: who has it today, since when, and who had it before."""

    person_id: UUID
    rank: HelperRank
    township: Area
    order_no: int
    village_id: UUID | None = None
    unit_id: UUID | None = None
    since: date = date.min
    predecessor_id: UUID | None = None

    @property
    def reach(self) -> frozenset[UUID] | None:
        return frozenset({self.village_id}) if self.village_id else None


@dataclass
class Help:
    """The lists of helpers, and who helps whom since when."""

    helpers: list[Helper]
    pairings: list[Pairing]


def pair_all(families: Iterable[Family], cast: Cast, areas: Mapping[str, Area], *, today: date) -> Help:
    """Fill the lists of every township, and pair its monitored households by the rule itself."""
    families = [family for family in families if family.is_monitored_kind]
    helped = Help([], [])
    for township in areas.values():
        if township.level is Level.TOWNSHIP:
            own = [family for family in families if family.village.township_id == township.id]
            _pair(township, own, list(_seats(township, cast, areas, today)), cast, helped, today=today)
    return helped


# -- the list of a township -------------------------------------------------------------------------


def _seats(township: Area, cast: Cast, areas: Mapping[str, Area], today: date) -> Iterator[Seat]:
    villages = {
        area.id: area
        for area in areas.values()
        if area.level is Level.VILLAGE and area.township_id == township.id
    }
    home = next((areas[code] for code, _ in HOMES.values() if areas[code].township_id == township.id), None)
    near = home or next(iter(villages.values()))
    yield Seat(cast.holder(Role.TOWNSHIP_HEAD, township.id), HelperRank.TOWNSHIP_CHIEF, township, 1)
    yield Seat(_newcomer(cast, near), HelperRank.TOWNSHIP_CHIEF, township, 2)
    yield Seat(_newcomer(cast, near), HelperRank.TOWNSHIP_LEADER, township, 1)
    reserve_id = cast.holder(Role.HELPER, home.id) if home else _newcomer(cast, near)
    yield Seat(reserve_id, HelperRank.RESERVE_CADRE, township, 1)
    for order_no, posting in enumerate(
        cast.postings[:-1], start=1
    ):  # the last one stands in for a while only
        runs = posting.first_day <= today and (posting.last_day or date.max) >= today
        if posting.village_id in villages and runs:
            yield Seat(
                posting.person_id, POSTED[posting.role], township, order_no,
                village_id=posting.village_id, since=posting.first_day,
            )  # fmt: skip
    for order_no, village_id in enumerate(villages, start=1):
        secretary_id = cast.holder(Role.VILLAGE_SECRETARY, village_id)
        yield Seat(secretary_id, HelperRank.VILLAGE_SECRETARY, township, order_no, village_id=village_id)
    if home:
        yield from _seats_of_unit(township, home, cast)


def _seats_of_unit(township: Area, home: Area, cast: Cast) -> Iterator[Seat]:
    """The unit that supports a village of accounts: its head, a deputy, a head of department."""
    unit = cast.units[next(unit for code, unit in HOMES.values() if code == home.code)]
    heads = [o.person_id for o in cast.offices if o.role is Role.UNIT_HEAD and o.unit_id == unit.id]
    if heads:
        _make_helper(cast, heads[0], home)
    people = [*heads, *(_newcomer(cast, home) for _ in range(3 - len(heads)))]
    for rank, person_id in zip(sorted(UNIT_RANKS), people, strict=True):
        yield Seat(person_id, rank, township, 1, village_id=home.id, unit_id=unit.id)


def _newcomer(cast: Cast, village: Area) -> UUID:
    """Return somebody new who is a helper and nothing else."""
    person = add_person(cast)
    _make_helper(cast, person.id, village)
    return person.id


def _make_helper(cast: Cast, person_id: UUID, village: Area) -> None:
    first_day = min(office.first_day for office in cast.offices)
    cast.offices.append(
        Office(
            id=key("office", "helper", person_id), person_id=person_id, role=Role.HELPER,
            first_day=first_day, area_id=village.id,
        )
    )  # fmt: skip


# -- pairing ----------------------------------------------------------------------------------------


def _pair(
    township: Area, families: list[Family], seats: list[Seat], cast: Cast, helped: Help, *, today: date
) -> None:
    """Pair those under watch when the history begins, then each newcomer for whom somebody has room."""
    began = first_quarter(today).first_day
    taken: dict[UUID, int] = {}
    rounds: dict[date, list[Family]] = {}
    for family in families:
        paired_on = max(began, family.household.identified_on + timedelta(days=PAIRED_AFTER_DAYS))
        rounds.setdefault(paired_on, []).append(family)
    for day, waiting in sorted(rounds.items()):
        if day < today:
            _draw(township, day, waiting, seats, taken, cast, helped)
    helped.helpers += _list_of(township, seats, cast, began=began)


def _draw(
    township: Area,
    day: date,
    waiting: list[Family],
    seats: list[Seat],
    taken: dict[UUID, int],
    cast: Cast,
    helped: Help,
) -> None:
    by_person = {seat.person_id: seat for seat in seats}
    by_household = {family.household.id: family for family in waiting}
    proposal = propose(
        [_waiting(family) for family in waiting],
        [
            AvailableHelper(
                seat.person_id, seat.rank, seat.order_no, taken.get(seat.person_id, 0), seat.reach
            )
            for seat in seats
        ],
        capacity=CAPACITY,
    )
    for line in proposal.lines:
        taken[line.person_id] = taken.get(line.person_id, 0) + 1
        family, seat = by_household[line.household_id], by_person[line.person_id]
        helped.pairings += _pairings(line, family, seat, cast, day)


def _waiting(family: Family) -> WaitingHousehold:
    household = family.household
    return WaitingHousehold(household.id, household.village_id, household.risk_level, household.identified_on)


def _pairings(line: ProposedPairing, family: Family, seat: Seat, cast: Cast, day: date) -> Iterator[Pairing]:
    """A pairing, or two where whoever has the seat today took it over from somebody."""
    ends, spans = family.gone_on or date.max, []
    if day < seat.since:
        seat.predecessor_id = seat.predecessor_id or add_person(cast).id
        spans.append((seat.predecessor_id, DaySpan(day, min(seat.since, ends))))
    if seat.since < ends:
        spans.append((seat.person_id, DaySpan(max(day, seat.since), family.gone_on)))
    clerk_id = cast.holder(Role.TOWNSHIP_CLERK, seat.township.id)
    for person_id, span in spans:
        yield Pairing(
            county_id=family.household.county_id,
            id=key("pairing", line.household_id, person_id),
            household_id=line.household_id,
            person_id=person_id,
            rank=line.rank,
            first_day=span.first_day,
            last_day=span.last_day,
            explanation=line.explain(),
            made_by=clerk_id,
            made_at=datetime.combine(span.first_day, time(9), CHINA),
            ended_by=clerk_id if span.last_day else None,
        )


def _list_of(township: Area, seats: list[Seat], cast: Cast, *, began: date) -> Iterator[Helper]:
    clerk_id = cast.holder(Role.TOWNSHIP_CLERK, township.id)
    for seat in seats:
        spans = [(seat.person_id, DaySpan(max(began, seat.since)))]
        if seat.predecessor_id:
            spans.append((seat.predecessor_id, DaySpan(began, seat.since)))
        for person_id, span in spans:
            yield Helper(
                county_id=township.county_id,
                id=key("helper", township.code, person_id),
                township_id=township.id,
                person_id=person_id,
                rank=seat.rank,
                order_no=seat.order_no,
                village_id=seat.village_id if seat.rank in VILLAGE_RANKS else None,
                unit_id=seat.unit_id,
                first_day=span.first_day,
                last_day=span.last_day,
                added_by=clerk_id,
                added_at=datetime.combine(span.first_day, time(8), CHINA),
            )
