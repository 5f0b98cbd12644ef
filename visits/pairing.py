"""Pairing (Article 11): a proposal for a township, and what the township confirms of it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from identity.permissions import Permission
from identity.scope import Caller, get_area
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, NotFound, Refusal
from kernel.periods import day_of
from org.models import Area, Level, Person, Posting
from org.queries import serves_between, settings_of
from visits.models import Helper, Household, Pairing
from visits.policy import (
    GONE,
    RANK_NAMES,
    TOWNSHIP_RANKS,
    UNDER_WATCH,
    VILLAGE_RANKS,
    AvailableHelper,
    Change,
    HelperRank,
    Proposal,
    WaitingHousehold,
    difference,
    propose,
)
from visits.queries import MONITORED_KINDS, brief, is_listed, is_main

# -- the township as it is ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Family:
    household: Household
    village: Area
    person_id: UUID | None
    """Who helps it today."""

    def waiting(self) -> WaitingHousehold:
        household = self.household
        return WaitingHousehold(
            household.id, household.village_id, household.risk_level, household.identified_on
        )

    def describe(self) -> dict[str, Any]:
        return brief(self.household, self.village)


class _Township:
    """All that pairing in a township goes by on a day; a fixed number of statements however large it is."""

    def __init__(self, township: Area, day: date) -> None:
        self.area = township
        self.capacity: int = settings_of(township, day=day)["visit.capacity"]
        self.families = _families(township, day)
        self.helpers = _helpers(township, day)
        self.people: dict[UUID, Person] = {}
        self.taken = _taken([helper.person_id for helper in self.helpers], day)
        self._villages_of_unit = _villages_of_units(township, day)
        self._read_people()

    def _read_people(self) -> None:
        ids = {helper.person_id for helper in self.helpers}
        ids |= {family.person_id for family in self.families if family.person_id}
        self.people = {
            person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_(ids)))
        }

    def reach_of(self, helper: Helper) -> frozenset[UUID] | None:
        """Return the villages in which a helper helps; None for the whole township."""
        rank = HelperRank(helper.rank)
        if rank in TOWNSHIP_RANKS:
            return None
        own = frozenset({helper.village_id} if helper.village_id else ())
        return own if rank in VILLAGE_RANKS else own | self._villages_of_unit[helper.unit_id]

    def available(self, *, freed: Collection[UUID] = ()) -> list[AvailableHelper]:
        """Return the helpers in the queue; the households in ``freed`` are not counted as theirs."""
        return [
            AvailableHelper(
                person_id=helper.person_id,
                rank=HelperRank(helper.rank),
                order_no=helper.order_no,
                taken=len(self.taken[helper.person_id] - set(freed)),
                village_ids=self.reach_of(helper),
            )
            for helper in self.helpers
        ]


def _families(township: Area, day: date) -> list[_Family]:
    rows = db.session.execute(
        select(Household, Area, Pairing.person_id)
        .join(Area, Area.id == Household.village_id)
        .outerjoin(
            Pairing,
            and_(
                Pairing.county_id == Household.county_id, Pairing.household_id == Household.id, is_main(day)
            ),
        )
        .where(
            Household.county_id == township.county_id,
            Area.township_id == township.id,
            Household.state.in_(sorted(UNDER_WATCH)),
            Household.category.in_(MONITORED_KINDS),
        )
    )
    return [_Family(*row) for row in rows]


def _helpers(township: Area, day: date) -> list[Helper]:
    return list(
        db.session.scalars(
            select(Helper)
            .where(Helper.county_id == township.county_id, Helper.township_id == township.id, is_listed(day))
            .order_by(Helper.rank, Helper.order_no, Helper.person_id)
        )
    )


def _taken(person_ids: Iterable[UUID], day: date) -> dict[UUID, set[UUID]]:
    """Return the households each of these people helps on a day, in whatever township or county."""
    taken = defaultdict(set)
    rows = db.session.execute(
        select(Pairing.person_id, Pairing.household_id).where(
            Pairing.person_id.in_(list(person_ids)), is_main(day)
        )
    )
    for person_id, household_id in rows:
        taken[person_id].add(household_id)
    return taken


def _villages_of_units(township: Area, day: date) -> dict[UUID | None, frozenset[UUID]]:
    """Return the villages of the township in which each unit has people posted (定点帮扶)."""
    rows = db.session.execute(
        select(Posting.unit_id, Posting.village_id)
        .join(Area, Area.id == Posting.village_id)
        .where(Area.township_id == township.id, serves_between(day, day))
        .distinct()
    )
    villages: dict[UUID | None, frozenset[UUID]] = defaultdict(frozenset)
    for unit_id, village_id in rows:
        villages[unit_id] |= {village_id}
    return villages


# -- proposal -------------------------------------------------------------------------------------


def propose_pairings(*, caller: Caller, township_id: UUID, redraw: bool) -> dict[str, Any]:
    """Return who should help whom in a township (Article 11); nothing is written but that it was asked.

    Households that have a helper keep theirs. With ``redraw`` all are drawn anew, and the answer says what
    that would change.
    """
    township = _Township(
        get_area(township_id, caller, Permission.PAIR, level=Level.TOWNSHIP), day_of(caller.now)
    )
    families = {family.household.id: family for family in township.families}
    current = {family.household.id: family.person_id for family in families.values() if family.person_id}
    if redraw:
        drawn, helpers = families, township.available(freed=current)
    else:
        drawn = {id_: family for id_, family in families.items() if id_ not in current}
        helpers = township.available()
    proposal = propose((family.waiting() for family in drawn.values()), helpers, capacity=township.capacity)
    changes = difference(current, proposal) if redraw else []
    with transaction():
        audit.record(
            "pairing.propose",
            now=caller.now,
            county_id=township.area.county_id or audit.NO_COUNTY,
            actor_id=caller.person_id,
            subject_id=township_id,
            redraw=redraw,
            lines=len(proposal.lines),
            uncovered=len(proposal.uncovered),
        )
    return {
        "township": township.area,
        "capacity": township.capacity,
        "lines": _lines(proposal, families, township.people),
        "uncovered": [families[id_].describe() for id_ in proposal.uncovered],
        "helpers_missing": proposal.helpers_missing,
        "changes": [_change(change, families, township.people) for change in changes],
    }


def _lines(
    proposal: Proposal, families: dict[UUID, _Family], people: dict[UUID, Person]
) -> list[dict[str, Any]]:
    return [
        {
            "household": families[line.household_id].describe(),
            "helper": people[line.person_id],
            "rank": line.rank,
            "rank_name": RANK_NAMES[line.rank],
            "explanation": line.explain(),
        }
        for line in proposal.lines
    ]


def _change(change: Change, families: dict[UUID, _Family], people: dict[UUID, Person]) -> dict[str, Any]:
    return {
        "household": families[change.household_id].describe(),
        "kind": change.kind,
        "from_helper": people[change.from_person_id] if change.from_person_id else None,
        "to_helper": people[change.to_person_id] if change.to_person_id else None,
    }


# -- confirmation ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    """A line the township agrees to, as proposed or changed; ``replaces`` is the helper who hands over."""

    household_id: UUID
    person_id: UUID
    replaces: UUID | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class EndedLine:
    """A pairing the township ends without another in its place."""

    household_id: UUID
    person_id: UUID


def confirm_pairings(
    *,
    caller: Caller,
    township_id: UUID,
    day: date,
    lines: list[ConfirmedLine],
    ends: list[EndedLine],
    rejected: list[dict[str, Any]],
) -> dict[str, int]:
    """Make the pairings the township agrees to from a day on, all of them or none; returns how many.

    A line that is so already is left alone. Who is replaced helps until that day. Rejected lines are only put
    on record. Conflict where a household has a helper whom the line does not replace: the database keeps one at
    a time.
    """
    area = get_area(township_id, caller, Permission.PAIR, level=Level.TOWNSHIP)
    if day > day_of(caller.now):
        raise Refusal("day_in_future", "不能登记将来的日期")
    with transaction():
        _queue_up(line.person_id for line in lines)
        named = [line.household_id for line in lines] + [line.household_id for line in ends]
        households = _households_of(area, named)
        township = _Township(area, day_of(caller.now))
        standing = {(id_, person) for person, ids in township.taken.items() for id_ in ids}
        new = [line for line in lines if (line.household_id, line.person_id) not in standing]
        handing_over = [EndedLine(line.household_id, line.replaces) for line in new if line.replaces]
        for over in (*handing_over, *ends):
            township.taken[over.person_id].discard(over.household_id)
        _check_lines(new, households, township)
        ended = _end(area, handing_over, day, caller) + _end(area, ends, day, caller)
        if ended < len(ends) + len(handing_over):
            raise Conflict("pairing_changed", "有的结对已变动，请刷新后再确认")
        _insert(area, new, township, day, caller)
        audit.record(
            "pairing.confirm",
            now=caller.now,
            county_id=area.county_id or audit.NO_COUNTY,
            actor_id=caller.person_id,
            subject_id=area.id,
            day=day.isoformat(),
            made=[[str(line.household_id), str(line.person_id)] for line in new],
            ended=[[str(line.household_id), str(line.person_id)] for line in (*handing_over, *ends)],
            rejected=rejected,
        )
    return {"made": len(new), "ended": ended, "unchanged": len(lines) - len(new)}


def _queue_up(person_ids: Iterable[UUID]) -> None:
    """Let those who pair the same helper at the same moment do so one after the other, so that capacity holds."""
    ids = sorted(set(person_ids))
    db.session.execute(
        select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(key_share=True)
    )


def _households_of(township: Area, ids: Collection[UUID]) -> dict[UUID, Household]:
    if len(set(ids)) < len(ids):
        raise Refusal("household_twice", "同一户出现了两次")
    found = db.session.scalars(
        select(Household)
        .join(Area, Area.id == Household.village_id)
        .where(
            Household.county_id == township.county_id,
            Area.township_id == township.id,
            Household.id.in_(list(ids)),
        )
    )
    households = {household.id: household for household in found}
    if len(households) < len(ids):
        raise NotFound("household_not_found", "没有找到该户")
    return households


def _check_lines(lines: list[ConfirmedLine], households: dict[UUID, Household], township: _Township) -> None:
    """Refuse what Article 11 does not allow: another's village, more households than the capacity, no helper."""
    helpers = {helper.person_id: helper for helper in township.helpers}
    given = Counter(line.person_id for line in lines)
    for line in lines:
        helper, household = helpers.get(line.person_id), households[line.household_id]
        about = {"household_id": str(line.household_id), "person_id": str(line.person_id)}
        if helper is None:
            raise Refusal("not_a_helper", "此人不在本乡镇帮扶干部名册中", **about)
        reach = township.reach_of(helper)
        if reach is not None and household.village_id not in reach:
            raise Refusal("helper_out_of_scope", "该干部按顺位只能帮扶本村或所帮扶村的户", **about)
        if household.state in GONE:
            raise Refusal("household_gone", "该户已注销或迁出", **about)
        if len(township.taken[line.person_id]) + given[line.person_id] > township.capacity:
            raise Refusal("helper_full", f"该干部结对将超过 {township.capacity} 户", **about)


def _end(township: Area, lines: list[EndedLine], day: date, caller: Caller) -> int:
    pairs = [(line.household_id, line.person_id) for line in lines]
    ended = db.session.execute(
        update(Pairing)
        .where(
            Pairing.county_id == township.county_id,
            tuple_(Pairing.household_id, Pairing.person_id).in_(pairs),
            Pairing.last_day.is_(None),
            Pairing.first_day <= day,
        )
        .values(last_day=day, ended_by=caller.person_id)
        .returning(Pairing.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(ended)


def _insert(
    township: Area, lines: list[ConfirmedLine], in_township: _Township, day: date, caller: Caller
) -> None:
    if not lines:
        return
    ranks = {helper.person_id: helper.rank for helper in in_township.helpers}
    rows = [
        {
            "county_id": township.county_id,
            "id": uuid4(),
            "household_id": line.household_id,
            "person_id": line.person_id,
            "rank": ranks[line.person_id],
            "first_day": day,
            "explanation": line.explanation,
            "made_by": caller.person_id,
            "made_at": caller.now,
        }
        for line in lines
    ]
    try:
        db.session.execute(insert(Pairing), rows)
    except IntegrityError as error:
        raise Conflict("household_paired", "有的户已有帮扶干部，请刷新后再确认") from error
