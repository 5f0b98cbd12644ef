"""Reading leaves: one, a page of them, what waits for an office, a person's others; a county's numbers for leave."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, any_, bindparam, false, or_, select, tuple_
from sqlalchemy.orm import aliased

from identity.models import Office
from identity.offices import in_office
from identity.permissions import Permission, Role
from identity.scope import Caller, within
from kernel.database import UUIDS, AnySelect, db
from kernel.errors import NotFound
from kernel.periods import Month, day_of, one
from kernel.workdays import is_holiday, rest_days
from leave.models import Decision, Delegation, Leave, StandIn
from leave.policy import VOID, DayCount, LeaveLimits, LeaveRule, LeaveState, Tier, WorkCalendar
from org.models import Area, DispatchingUnit, Person, Posting
from org.settings import AreaSettings

OFFICE_OF: dict[Role, Tier] = {
    Role.TOWNSHIP_HEAD: Tier.TOWNSHIP,
    Role.COUNTY_OFFICE: Tier.COUNTY_OFFICE,
    Role.COUNTY_GROUP: Tier.COUNTY_GROUP,
}
"""Whose holder signs for which office (D7)."""
CHAIN_LOOKBACK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class LeaveCase:
    """A leave with the posting it is asked from and the names that stand on the form."""

    leave: Leave
    posting: Posting
    village: Area
    person: Person
    unit_name: str

    def area_id(self, office: Tier) -> UUID | None:
        """Return the area whose office this is."""
        return self.village.township_id if office is Tier.TOWNSHIP else self.village.county_id


def rule_of(settings: AreaSettings) -> LeaveRule:
    """Return a county's numbers for leave (Article 30)."""
    return LeaveRule(
        day_count=DayCount(settings["leave.day_count"]),
        limits=LeaveLimits(
            township_max_days=settings["leave.township_max_days"],
            county_office_max_days=settings["leave.county_office_max_days"],
            stand_in_min_days=settings["leave.stand_in_min_days"],
        ),
        calendar=work_calendar(settings),
        takes_half_days=settings["leave.half_days"],
        chains=settings["leave.chain"],
        rest_days_need_leave=settings["leave.rest_days_need_leave"],
        asks_lower_opinion=settings["leave.lower_opinion"],
        papers_workdays=settings["leave.papers_workdays"],
        retro_max_days=settings["leave.retro_max_days"],
        return_grace_days=settings["leave.return_grace_days"],
    )


def work_calendar(settings: AreaSettings) -> WorkCalendar:
    """Return the rest days of a county, its own among them (D24)."""
    extra_rest_days = frozenset(map(date.fromisoformat, settings["calendar.extra_rest_days"]))
    extra_workdays = frozenset(map(date.fromisoformat, settings["calendar.extra_workdays"]))

    def is_rest(day: date) -> bool:
        return bool(
            one(day)
            & rest_days(Month.of(day), extra_rest_days=extra_rest_days, extra_workdays=extra_workdays)
        )

    return WorkCalendar(is_rest=is_rest, is_holiday=is_holiday)


def cases() -> AnySelect:
    """Return the statement over leaves with all that a `LeaveCase` holds, not narrowed yet."""
    return (
        _with_places(select(Leave, Posting, Area, Person, DispatchingUnit.name))
        .join(Person, Person.id == Leave.person_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
    )


def _with_places(statement: AnySelect) -> AnySelect:
    """Join leaves to their postings and villages, by which `within` narrows."""
    return statement.join(Posting, Posting.id == Leave.posting_id).join(
        Area, and_(Area.id == Posting.village_id, Area.county_id == Leave.county_id)
    )


def find_cases(
    ids: Iterable[UUID], caller: Caller, permission: Permission, *, holds: bool = False
) -> dict[UUID, LeaveCase]:
    """Return those of the leaves that lie within the caller's reach, by id.

    ``holds`` keeps them and their postings as they are until the transaction ends: nobody decides, returns or
    is moved to another village meanwhile.
    """
    ids = list(ids)
    statement = within(cases().where(Leave.id.in_(ids)), caller, permission)
    if holds:
        _hold(ids, caller, permission)
        statement = statement.with_for_update(read=True, of=Posting)
    rows = db.session.execute(statement.execution_options(populate_existing=True))
    return {row[0].id: LeaveCase(*row) for row in rows}


def _hold(ids: Collection[UUID], caller: Caller, permission: Permission) -> None:
    """Lock the leaves and what they extend, in one order: two who decide on several cannot wait for each other."""
    reached = _with_places(select(Leave.county_id, Leave.id, Leave.extends_id).where(Leave.id.in_(ids)))
    rows = db.session.execute(within(reached, caller, permission)).all()
    held = {id_ for _, *both in rows for id_ in both if id_}
    db.session.execute(
        select(Leave.id)
        .where(Leave.county_id.in_({row.county_id for row in rows}), Leave.id.in_(held))
        .order_by(Leave.id)
        .with_for_update(key_share=True)
    ).all()


def get_case(leave_id: UUID, caller: Caller, permission: Permission, *, holds: bool = False) -> LeaveCase:
    """Return one leave, or NotFound if there is none such within the caller's reach."""
    found = find_cases([leave_id], caller, permission, holds=holds)
    if leave_id not in found:
        raise NotFound("leave_not_found", "没有找到该请假单")
    return found[leave_id]


def others_of(person_id: UUID, county_id: UUID, *, around: date, but: UUID | None = None) -> list[Leave]:
    """Return the person's other leaves that take days within a year of a day."""
    return list(
        db.session.scalars(
            select(Leave)
            .where(
                Leave.county_id == county_id,
                Leave.person_id == person_id,
                Leave.state.not_in(VOID),
                Leave.last_day >= around - CHAIN_LOOKBACK,
                Leave.first_day <= around + CHAIN_LOOKBACK,
                Leave.id != but if but else Leave.id.is_not(None),
            )
            .order_by(Leave.first_day)
        )
    )


def claims() -> AnySelect:
    """Select the half-days that leaves take from postings, for ``county_ids``, ``posting_ids`` and the days
    ``first_day`` to ``last_day``: (posting, leave, state, kind, first and last day, begins and ends at noon, asked at, returned on)."""
    return select(
        Leave.posting_id,
        Leave.id.label("leave_id"),
        Leave.state.label("state"),
        Leave.kind.label("kind"),
        Leave.first_day,
        Leave.last_day,
        Leave.begins_at_noon,
        Leave.ends_at_noon,
        Leave.submitted_at.label("made_at"),
        Leave.returned_on.label("returned_on"),
    ).where(
        Leave.county_id == any_(bindparam("county_ids", type_=UUIDS)),
        Leave.posting_id == any_(bindparam("posting_ids", type_=UUIDS)),
        Leave.last_day >= bindparam("first_day", type_=Date()),
        Leave.first_day <= bindparam("last_day", type_=Date()),
        Leave.state.not_in(sorted(VOID)),
    )


def page_of_leaves(
    *,
    caller: Caller,
    person_id: UUID | None,
    village_id: UUID | None,
    states: Collection[str],
    touches: tuple[date, date] | None,
    papers_due_before: date | None,
    after: list[Any] | None,
    limit: int,
) -> list[LeaveCase]:
    """Return a page of the leaves the caller may see, the latest request first.

    Which they are is read from the indexes alone; only what stands on the page is read in full.
    """
    latest_first = Leave.submitted_at.desc(), Leave.id.desc()
    chosen = _with_places(select(Leave.county_id, Leave.id)).order_by(*latest_first).limit(limit)
    if person_id is not None:
        chosen = chosen.where(Leave.person_id == person_id)
    if village_id is not None:
        chosen = chosen.where(Posting.village_id == village_id)
    if states:
        chosen = chosen.where(Leave.state.in_(states))
    if touches is not None:
        chosen = chosen.where(Leave.first_day <= touches[1], Leave.last_day >= touches[0])
    if papers_due_before is not None:
        chosen = chosen.where(Leave.state == LeaveState.ORAL, Leave.papers_due_on < papers_due_before)
    if after is not None:
        chosen = chosen.where(tuple_(Leave.submitted_at, Leave.id) < tuple_(*after))
    page = within(chosen, caller, Permission.SEE_LEAVES).subquery()
    statement = cases().join(page, and_(page.c.county_id == Leave.county_id, page.c.id == Leave.id))
    return [LeaveCase(*row) for row in db.session.execute(statement.order_by(*latest_first))]


def decisions_of(leaves: Collection[Leave]) -> dict[UUID, list[tuple[Decision, str]]]:
    """Return what the offices said of these leaves, each with the name of who signed, in the order of signing."""
    found: dict[UUID, list[tuple[Decision, str]]] = {}
    rows = db.session.execute(
        select(Decision, Person.name)
        .join(Person, Person.id == Decision.signed_by)
        .where(_belongs_to(Decision, leaves))
        .order_by(Decision.signed_at, Decision.office)
    )
    for decision, name in rows:
        found.setdefault(decision.leave_id, []).append((decision, name))
    return found


def stand_ins_of(leaves: Collection[Leave]) -> dict[UUID, tuple[StandIn, str | None]]:
    """Return the stand-in or the note on the post that holds for each of these leaves, with the person's name."""
    rows = db.session.execute(
        select(StandIn, Person.name)
        .outerjoin(Person, Person.id == StandIn.person_id)
        .where(_belongs_to(StandIn, leaves))
        .order_by(StandIn.named_at)
    )
    return {stand_in.leave_id: (stand_in, name) for stand_in, name in rows}


def _belongs_to(fact: type[Decision] | type[StandIn], leaves: Collection[Leave]) -> Any:
    return and_(
        fact.county_id.in_({leave.county_id for leave in leaves}),
        fact.leave_id.in_([leave.id for leave in leaves]),
    )


# -- offices ------------------------------------------------------------------------------------


def offices_signed_for(caller: Caller) -> dict[tuple[Tier, UUID], UUID | None]:
    """Return the offices the caller signs for today, by tier and area, each with the delegation it rests on."""
    today = day_of(caller.now)
    rows = db.session.execute(
        select(Delegation.office, Delegation.area_id, Delegation.id).where(
            Delegation.deputy_id == caller.person_id,
            Delegation.county_id.in_(_counties_of(caller)),
            _delegated_on(today),
        )
    )
    delegated = {(Tier(office), area_id): id_ for office, area_id, id_ in rows}
    own = {
        (OFFICE_OF[holding.role], holding.area_id): None
        for holding in caller.holdings
        if holding.role in OFFICE_OF and holding.area_id
    }
    return {**delegated, **own}


def _counties_of(caller: Caller) -> AnySelect:
    areas = [holding.area_id for holding in caller.holdings if holding.area_id]
    return select(Area.county_id).where(Area.id.in_(areas))


def offices_headed_by(caller: Caller, village: Area) -> set[Tier]:
    """Return the offices above a village that the caller holds."""
    above = (village.township_id, village.county_id)
    return {
        OFFICE_OF[holding.role]
        for holding in caller.holdings
        if holding.role in OFFICE_OF and holding.area_id in above
    }


def offices_headed(people: Iterable[LeaveCase], *, day: date) -> dict[UUID, set[Tier]]:
    """Return which offices above their own villages these applicants hold themselves on a day (B7)."""
    found = list(people)
    rows = db.session.execute(
        select(Office.person_id, Office.role, Office.area_id).where(
            Office.person_id.in_({case.leave.person_id for case in found}),
            Office.role.in_(OFFICE_OF),
            in_office(day),
        )
    ).all()
    return {
        case.leave.id: {
            OFFICE_OF[Role(role)]
            for person_id, role, area_id in rows
            if person_id == case.leave.person_id and area_id == case.area_id(OFFICE_OF[Role(role)])
        }
        for case in found
    }


def signatories(office: Tier, area_id: UUID, *, county_id: UUID, day: date) -> set[UUID]:
    """Return who signs for an office on a day: its holders and their deputies."""
    role = next(role for role, tier in OFFICE_OF.items() if tier is office)
    holders = select(Office.person_id).where(Office.role == role, Office.area_id == area_id, in_office(day))
    deputies = select(Delegation.deputy_id).where(
        Delegation.county_id == county_id,
        Delegation.area_id == area_id,
        Delegation.office == office,
        _delegated_on(day),
    )
    return set(db.session.scalars(holders.union(deputies)))


def _delegated_on(day: date) -> Any:
    return and_(Delegation.first_day <= day, Delegation.last_day >= day, Delegation.ended_at.is_(None))


def page_of_waiting(
    *, caller: Caller, offices: Collection[tuple[Tier, UUID]], after: list[Any] | None, limit: int
) -> list[LeaveCase]:
    """Return a page of what waits for these offices within the caller's reach, the longest waiting first.

    What was asked from a posting that is over waits for nobody any more.
    """
    if not offices:
        return []
    statement = cases().order_by(Leave.waits_since, Leave.id).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(Leave.waits_since, Leave.id) > tuple_(*after))
    rows = db.session.execute(_waiting(statement, caller, offices))
    return [LeaveCase(*row) for row in rows]


def waiting(caller: Caller, offices: Collection[tuple[Tier, UUID]]) -> AnySelect:
    """Select what waits for these offices within the caller's reach: (county, id, since)."""
    statement = _with_places(select(Leave.county_id, Leave.id, Leave.waits_since.label("since")))
    return _waiting(statement, caller, offices)


def _waiting(statement: AnySelect, caller: Caller, offices: Collection[tuple[Tier, UUID]]) -> AnySelect:
    waits = or_(false(), *(_waits_for(office, area_id) for office, area_id in offices))
    return within(statement.where(waits, posting_holds()), caller, Permission.DECIDE_LEAVE)


def _waits_for(office: Tier, area_id: UUID) -> Any:
    county_id = select(Area.county_id).where(Area.id == area_id).scalar_subquery()
    return and_(Leave.county_id == county_id, Leave.waits_in == area_id, Leave.waits_for == office)


def posting_holds() -> Any:
    """Return, for use inside a statement, that the posting of a leave still runs when the leave begins."""
    return or_(Posting.last_day.is_(None), Posting.last_day >= Leave.first_day)


def away_beside(found: Collection[LeaveCase]) -> dict[UUID, list[LeaveCase]]:
    """Return, for each leave, the leaves of others of the same village that touch its days."""
    beside: dict[UUID, list[LeaveCase]] = {case.leave.id: [] for case in found}
    if not found:
        return beside
    leave, posting = aliased(Leave), aliased(Posting)
    pairs = db.session.execute(
        cases()
        .add_columns(leave.id)
        .join(posting, posting.village_id == Posting.village_id)
        .join(leave, and_(leave.county_id == Leave.county_id, leave.posting_id == posting.id))
        .where(
            leave.county_id.in_({case.leave.county_id for case in found}),
            leave.id.in_(list(beside)),
            leave.person_id != Leave.person_id,
            Leave.state.not_in(VOID),
            Leave.first_day <= leave.last_day,
            Leave.last_day >= leave.first_day,
        )
        .order_by(Leave.first_day)
    )
    for *row, about in pairs:
        beside[about].append(LeaveCase(*row))
    return beside


def team_in(village_id: UUID, *, first_day: date, last_day: date) -> tuple[list[Posting], list[Leave]]:
    """Return the postings of a village that touch these days, and the leaves of their holders that do."""
    rows = db.session.execute(
        select(Posting, Leave)
        .join(Area, Area.id == Posting.village_id)
        .outerjoin(
            Leave,
            and_(
                Leave.county_id == Area.county_id,
                Leave.posting_id == Posting.id,
                Leave.state.not_in(VOID),
                Leave.first_day <= last_day,
                Leave.last_day >= first_day,
            ),
        )
        .where(
            Posting.village_id == village_id,
            Posting.first_day <= last_day,
            or_(Posting.last_day.is_(None), Posting.last_day >= first_day),
        )
    ).all()
    return list({row[0].id: row[0] for row in rows}.values()), [row[1] for row in rows if row[1]]
