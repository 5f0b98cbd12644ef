"""Reading households, their pairings, helpers and visits: which of them a caller may see, and pages of them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from identity.consent import LOCATION_NOTICE
from identity.login import cipher
from identity.models import Consent
from identity.permissions import REACH, Permission, Reach, Role
from identity.scope import Caller, areas_within
from kernel.crypto import mask_phone
from kernel.database import AnySelect, db
from kernel.errors import NotFound
from kernel.periods import Quarter, day_of
from kernel.web import read_cursor, write_cursor
from org.models import Area, DispatchingUnit, Person
from org.queries import lies_in
from visits.models import (
    Category,
    Helper,
    Household,
    HouseholdState,
    Pairing,
    Problem,
    Visit,
    VisitCorrection,
)
from visits.policy import RANK_NAMES, UNDER_WATCH, HelperRank
from visits.reading import TEXT_NOTICES, reading_of, reading_of_visit, shown

MONITORED_KINDS = (Category.UNSTABLE, Category.MARGINAL, Category.SUDDEN)
"""The “三类”监测对象: each of them has a helper, always (Article 10)."""
_HELD = aliased(Area)


def within_reach(
    statement: AnySelect, caller: Caller, permission: Permission, *, day: date | None = None
) -> AnySelect:
    """Narrow a statement over ``Household`` joined to its village ``Area`` to what the caller may see.

    A helper reaches the households paired with them on the day (by default today's), everybody else those of
    their village, township or county.
    """
    return statement.where(in_own_counties(caller, permission), reaches(caller, permission, day=day))


def in_own_counties(caller: Caller, permission: Permission) -> ColumnElement[bool]:
    """Return that a household lies in a county where the caller holds a role.

    Each key begins with the county; read first and named in the statement, it lets the planner use them.
    """
    held = [holding.area_id for holding in caller.holdings_for(permission)]
    counties = db.session.scalars(select(Area.county_id).where(Area.id.in_(held)).distinct())
    return Household.county_id.in_(counties.all())


def reaches(
    caller: Caller, permission: Permission, *, of: Any = None, day: date | None = None
) -> ColumnElement[bool]:
    """Return that the caller reaches a household, as ``within_reach`` says.

    ``of`` may be visits or problems, joined to household and village: then their own columns are named.
    """
    household_id = of.household_id if of else Household.id
    village_id = of.village_id if of else Household.village_id
    conditions: list[ColumnElement[bool]] = []
    for holding in caller.holdings_for(permission):
        match REACH[holding.role]:
            case _ if holding.role is Role.HELPER:
                conditions.append(household_id.in_(_helped_by(caller, day or day_of(caller.now))))
            case Reach.SELF | Reach.TEAM | Reach.VILLAGE:
                conditions.append(village_id == holding.area_id)
            case Reach.TOWNSHIP:
                conditions.append(Area.township_id == holding.area_id)
            case Reach.COUNTY:
                conditions.append((of or Area).county_id == holding.area_id)
    return or_(false(), *conditions)


def _helped_by(caller: Caller, day: date) -> list[UUID]:
    """Return the households paired with the caller on a day; the day of a change is both helpers'."""
    held = [holding.area_id for holding in caller.holdings if holding.role is Role.HELPER]
    pairings = select(Pairing.household_id).where(
        Pairing.county_id.in_(select(Area.county_id).where(Area.id.in_(held))),
        Pairing.person_id == caller.person_id,
        Pairing.first_day <= day,
        or_(Pairing.last_day.is_(None), Pairing.last_day >= day),
    )
    return list(db.session.scalars(pairings))


def is_main(day: date) -> ColumnElement[bool]:
    """Return, for use inside a statement, that a pairing is the household's one at the end of the day.

    The day of a change is both helpers'; at its end the new one helps.
    """
    return and_(Pairing.first_day <= day, or_(Pairing.last_day.is_(None), Pairing.last_day > day))


def newest_correction() -> Any:
    """Return, for use inside a statement over ``Visit``, its latest correction to be joined from the outside."""
    return aliased(
        VisitCorrection,
        select(VisitCorrection)
        .where(VisitCorrection.county_id == Visit.county_id, VisitCorrection.visit_id == Visit.id)
        .order_by(VisitCorrection.number.desc())
        .limit(1)
        .lateral(),
    )


def get_household(
    household_id: UUID, caller: Caller, permission: Permission, *, day: date | None = None
) -> tuple[Household, Area]:
    """Return a household and its village, or NotFound if there is none such within the caller's reach."""
    held = [holding.area_id for holding in caller.holdings_for(permission)]
    statement = (
        select(Household, Area)
        .join(Area, Area.id == Household.village_id)
        .where(
            Household.id == household_id,
            Household.county_id.in_(select(_HELD.county_id).where(_HELD.id.in_(held))),
            reaches(caller, permission, day=day),
        )
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("household_not_found", "没有找到该户")
    return row.Household, row.Area


def get_visit(
    visit_id: UUID, caller: Caller, permission: Permission
) -> tuple[Visit, VisitCorrection | None, Household, Area]:
    """Return a visit with its latest correction, its household and village; NotFound beyond the caller's reach.

    Beside the households they reach, everybody sees the visits they made themselves.
    """
    latest = newest_correction()
    statement = _visits(latest).where(
        Visit.id == visit_id,
        in_own_counties(caller, permission),
        or_(Visit.person_id == caller.person_id, reaches(caller, permission, of=Visit)),
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("visit_not_found", "没有找到该走访记录")
    return tuple(row)[:4]


def _visits(latest: Any) -> AnySelect:
    return (
        select(Visit, latest, Household, Area, Person)
        .join(Household, and_(Household.county_id == Visit.county_id, Household.id == Visit.household_id))
        .join(Area, Area.id == Household.village_id)
        .join(Person, Person.id == Visit.person_id)
        .outerjoin(latest, true())
    )


def list_visits(
    caller: Caller,
    *,
    area: Area | None,
    household: UUID | None,
    quarter: Quarter | None,
    mine: bool,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """Return a page of the visits the caller may see, the latest first."""
    permission = Permission.SEE_VISITS
    statement = _visits(newest_correction()).where(
        in_own_counties(caller, permission),
        or_(Visit.person_id == caller.person_id, reaches(caller, permission, of=Visit)),
    )
    if area is not None:
        statement = statement.where(lies_in(area, of=Visit), Visit.county_id == area.county_id)
    if household is not None:
        statement = statement.where(Visit.household_id == household)
    if quarter is not None:
        statement = statement.where(Visit.day.between(quarter.first_day, quarter.last_day))
    if mine:
        statement = statement.where(Visit.person_id == caller.person_id)
    if (after := read_cursor(cursor, datetime.fromisoformat, UUID)) is not None:
        statement = statement.where(tuple_(Visit.occurred_at, Visit.id) < tuple_(*after))
    rows = db.session.execute(
        statement.order_by(Visit.occurred_at.desc(), Visit.id.desc()).limit(limit + 1)
    ).all()
    last = rows[limit - 1][0] if len(rows) > limit else None
    return {
        "items": [describe_visit(*row, caller=caller) for row in rows[:limit]],
        "next_cursor": write_cursor(last.occurred_at.isoformat(), last.id) if last else None,
    }


def describe_visit(
    visit: Visit,
    latest: VisitCorrection | None,
    household: Household,
    village: Area,
    person: Person,
    *,
    caller: Caller,
) -> dict[str, Any]:
    """Return a visit as it holds now: as told first, or as its latest correction tells it."""
    told = latest or visit
    how = reading_of_visit(visit, latest, village, caller)
    return {
        "id": visit.id,
        "household": brief(household, village),
        "person": person,
        "occurred_at": told.occurred_at,
        "day": told.day,
        "way": told.way,
        "note": shown(told.note, how),
        "content_notice": TEXT_NOTICES[how],
        "entry": visit.entry,
        "counts": told.counts and not (latest and latest.is_withdrawn),
        "withdrawn": bool(latest and latest.is_withdrawn),
        "corrected": latest is not None,
        "standing": visit.standing,
        "photos_expected": visit.photos_expected,
        "received_at": visit.received_at,
    }


def corrections_of(visit: Visit, village: Area, caller: Caller) -> list[dict[str, Any]]:
    """Return the corrections of a visit in the order they came."""
    rows = db.session.execute(
        select(VisitCorrection, Person)
        .join(Person, Person.id == VisitCorrection.made_by)
        .where(VisitCorrection.county_id == visit.county_id, VisitCorrection.visit_id == visit.id)
        .order_by(VisitCorrection.number)
    )
    return [
        {
            "reason": shown(row.reason, reading_of(row.content_check, visit.person_id, village, caller)),
            "made_by": person,
            "made_at": row.made_at,
        }
        for row, person in rows
    ]


def problems_of(visit: Visit, village: Area, caller: Caller) -> list[dict[str, Any]]:
    """Return what was found on a visit."""
    how = reading_of_visit(visit, None, village, caller)
    rows = db.session.scalars(
        select(Problem)
        .where(Problem.county_id == visit.county_id, Problem.visit_id == visit.id)
        .order_by(Problem.item, Problem.id)
    )
    return [
        {
            "id": problem.id,
            "item": problem.item,
            "description": shown(problem.description, how),
            "state": problem.state,
        }
        for problem in rows
    ]


def has_consented(person_id: UUID) -> bool:
    """Say whether the person agrees to the notice about location as it reads today."""
    given = exists().where(
        Consent.person_id == person_id,
        Consent.purpose == LOCATION_NOTICE.purpose,
        Consent.version == LOCATION_NOTICE.version,
        Consent.withdrawn_at.is_(None),
    )
    return bool(db.session.scalar(select(given)))


def list_households(
    caller: Caller,
    *,
    area: Area | None,
    category: str | None,
    state: str | None,
    without_helper: bool,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """Return a page of the households the caller may see, the highest risk first; the head's data masked."""
    helper, today = aliased(Person), day_of(caller.now)
    statement = (
        select(Household, Area, helper)
        .join(Area, Area.id == Household.village_id)
        .outerjoin(
            Pairing,
            and_(
                Pairing.county_id == Household.county_id, Pairing.household_id == Household.id, is_main(today)
            ),
        )
        .outerjoin(helper, helper.id == Pairing.person_id)
    )
    if area is not None:
        statement = statement.where(lies_in(area), Household.county_id == area.county_id)
    if category:
        statement = statement.where(Household.category == category)
    if state:
        statement = statement.where(Household.state == state)
    if without_helper:
        statement = statement.where(
            Pairing.id.is_(None),
            Household.state.in_(sorted(UNDER_WATCH)),
            Household.category.in_(MONITORED_KINDS),
        )
    order = tuple_(-Household.risk_level, Household.identified_on, Household.id)
    if (after := read_cursor(cursor, int, date.fromisoformat, UUID)) is not None:
        statement = statement.where(order > tuple_(*after))
    statement = within_reach(statement, caller, Permission.SEE_HOUSEHOLDS)
    rows = db.session.execute(statement.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1].Household if len(rows) > limit else None
    return {
        "items": [{**describe(row[0], row[1]), "helper": row[2]} for row in rows[:limit]],
        "next_cursor": write_cursor(-last.risk_level, last.identified_on, last.id) if last else None,
    }


def describe(household: Household, village: Area, *, in_full: bool = False) -> dict[str, Any]:
    """Return a household as it is shown; the head's name, ID number and phone masked unless ``in_full`` (J7)."""
    return {
        "id": household.id,
        "code": household.code,
        "village": village,
        "category": household.category,
        "risk_kinds": household.risk_kinds,
        "risk_level": household.risk_level,
        "members_count": household.members_count,
        "identified_on": household.identified_on,
        "state": household.state,
        "state_since": household.state_since,
        "is_away": household.is_away,
        **_head(household, in_full=in_full),
    }


def _head(household: Household, *, in_full: bool) -> dict[str, Any]:
    name = household.head_name
    id_number = _unsealed(household, "head_id", household.head_id_sealed)
    phone = _unsealed(household, "head_phone", household.head_phone_sealed)
    if in_full:
        return {"head_name": name, "head_id_number": id_number, "head_phone": phone}
    return {
        "head_name": mask_name(name),
        "head_id_number": id_number and mask_id_number(id_number),
        "head_phone": phone and mask_phone(phone),
    }


def _unsealed(household: Household, field: str, sealed: bytes | None) -> str | None:
    return cipher().decrypt(sealed, field=field, row_id=household.id) if sealed else None


def mask_name(name: str) -> str:
    """Return the name with all but its first character hidden, and its length too: 张**."""
    return f"{name[:1]}**"


def mask_id_number(number: str) -> str:
    """Return the number with its birthday hidden: 360702********1234."""
    return f"{number[:6]}********{number[-4:]}"


def history_of(household: Household) -> list[HouseholdState]:
    """Return the states of a household in the order they came."""
    return list(
        db.session.scalars(
            select(HouseholdState)
            .where(
                HouseholdState.county_id == household.county_id, HouseholdState.household_id == household.id
            )
            .order_by(HouseholdState.number)
        )
    )


def pairings_of(household: Household) -> list[dict[str, Any]]:
    """Return who has helped a household, the latest first."""
    rows = db.session.execute(
        select(Pairing, Person)
        .join(Person, Person.id == Pairing.person_id)
        .where(Pairing.county_id == household.county_id, Pairing.household_id == household.id)
        .order_by(Pairing.first_day.desc(), Pairing.made_at.desc())
    )
    return [
        {"helper": person, "rank": pairing.rank, "first_day": pairing.first_day, "last_day": pairing.last_day}
        for pairing, person in rows
    ]


def brief(household: Household, village: Area) -> dict[str, Any]:
    """Return a household in a few words, the name masked."""
    return {
        "id": household.id,
        "village": village,
        "head_name": mask_name(household.head_name),
        "category": household.category,
        "risk_level": household.risk_level,
        "state": household.state,
    }


def is_listed(day: date) -> ColumnElement[bool]:
    """Return, for use inside a statement, that a helper can be paired on this day."""
    return and_(Helper.first_day <= day, or_(Helper.last_day.is_(None), Helper.last_day >= day))


def list_pairings(
    caller: Caller, *, area: Area | None, running: bool, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of the pairings of households the caller may see, the latest first."""
    statement = (
        select(Pairing, Household, Area, Person)
        .join(Household, and_(Household.county_id == Pairing.county_id, Household.id == Pairing.household_id))
        .join(Area, Area.id == Household.village_id)
        .join(Person, Person.id == Pairing.person_id)
    )
    if area is not None:
        statement = statement.where(lies_in(area), Pairing.county_id == area.county_id)
    if running:
        statement = statement.where(is_main(day_of(caller.now)))
    order = tuple_(Pairing.first_day, Pairing.id)
    if (after := read_cursor(cursor, date.fromisoformat, UUID)) is not None:
        statement = statement.where(order < tuple_(*after))
    statement = within_reach(statement, caller, Permission.SEE_HOUSEHOLDS)
    rows = db.session.execute(
        statement.order_by(Pairing.first_day.desc(), Pairing.id.desc()).limit(limit + 1)
    ).all()
    last = rows[limit - 1].Pairing if len(rows) > limit else None
    return {
        "items": [_describe_pairing(*row) for row in rows[:limit]],
        "next_cursor": write_cursor(last.first_day, last.id) if last else None,
    }


def _describe_pairing(
    pairing: Pairing, household: Household, village: Area, helper: Person
) -> dict[str, Any]:
    return {
        "id": pairing.id,
        "household": brief(household, village),
        "helper": helper,
        "rank": pairing.rank,
        "rank_name": RANK_NAMES[HelperRank(pairing.rank)],
        "first_day": pairing.first_day,
        "last_day": pairing.last_day,
        "explanation": pairing.explanation,
    }


def list_helpers(caller: Caller, *, area: Area | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """Return a page of those who can be paired today, in the order of Article 11, with how many they help."""
    today = day_of(caller.now)
    helped = (
        select(func.count())
        .select_from(Pairing)
        .where(Pairing.person_id == Helper.person_id, is_main(today))
        .scalar_subquery()
    )
    statement = (
        select(Helper, Person, Area, DispatchingUnit, helped.label("helped"))
        .join(Person, Person.id == Helper.person_id)
        .join(Area, Area.id == Helper.township_id)
        .outerjoin(DispatchingUnit, DispatchingUnit.id == Helper.unit_id)
        .where(is_listed(today))
    )
    if area is not None:
        statement = statement.where(lies_in(area), Helper.county_id == area.county_id)
    order = tuple_(Helper.rank, Helper.order_no, Helper.id)
    if (after := read_cursor(cursor, int, int, UUID)) is not None:
        statement = statement.where(order > tuple_(*after))
    statement = areas_within(statement, caller, Permission.SEE_HELPERS)
    rows = db.session.execute(statement.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1].Helper if len(rows) > limit else None
    return {
        "items": [describe_helper(*row) for row in rows[:limit]],
        "next_cursor": write_cursor(last.rank, last.order_no, last.id) if last else None,
    }


def describe_helper(
    helper: Helper, person: Person, township: Area, unit: DispatchingUnit | None, helped: int
) -> dict[str, Any]:
    """Return a helper as shown; ``helped`` is the number of households they help today."""
    return {
        "id": helper.id,
        "person": person,
        "township": township,
        "rank": helper.rank,
        "rank_name": RANK_NAMES[HelperRank(helper.rank)],
        "order_no": helper.order_no,
        "village_id": helper.village_id,
        "unit": unit,
        "first_day": helper.first_day,
        "last_day": helper.last_day,
        "households_count": helped,
    }
