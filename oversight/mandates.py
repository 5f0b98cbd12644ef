"""Mandates of inspectors: given for an area and some days by an office of a level, taken back early (Article 21)."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.models import Office
from identity.offices import in_office
from identity.people import Candidate, enter_person
from identity.permissions import AREA_LEVEL, REACH, Permission, Role
from identity.scope import Caller, areas_within, get_area
from kernel import audit
from kernel.database import AnySelect, db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.periods import day_of
from org.models import Area, Level, Person
from org.queries import ancestors
from oversight.policy import InspectionLevel

LONGEST = timedelta(days=366)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who may inspect where, for whom, until when."""

    office: Office
    person: Person
    area: Area


def level_of(caller: Caller, permission: Permission) -> InspectionLevel:
    """Return the highest level at which the caller holds an office with this permission."""
    levels = [InspectionLevel(AREA_LEVEL[REACH[holding.role]]) for holding in caller.holdings_for(permission)]
    return max(levels, key=lambda level: level.rank)


def give_mandate(
    *,
    caller: Caller,
    name: str,
    phone: str,
    area_id: UUID,
    first_day: date,
    last_day: date,
    document_no: str,
) -> Mandate:
    """Send somebody to inspect an area between two days, in the name of the caller's level.

    Whoever is not in the register yet is entered by name and phone number.
    """
    today = day_of(caller.now)
    if not today <= first_day <= last_day <= today + LONGEST:
        raise Refusal("bad_dates", "督查授权须从今天或以后开始，不超过一年")
    with transaction():
        area = get_area(area_id, caller, Permission.GIVE_MANDATES)
        if area.level == Level.VILLAGE:
            raise Refusal("area_too_small", "督查范围须为乡镇、县或市")
        person = enter_person(Candidate(name, phone, None, None, None))
        if person.id == caller.person_id:
            raise Forbidden("own_mandate", "不能给本人授权督查")
        office_id = uuid4()
        given = db.session.execute(
            insert_or_skip(Office)
            .values(
                id=office_id,
                person_id=person.id,
                role=Role.INSPECTOR,
                area_id=area.id,
                first_day=first_day,
                last_day=last_day,
                mandate_level=level_of(caller, Permission.GIVE_MANDATES),
                document_no=document_no,
            )
            .on_conflict_do_nothing()
            .returning(Office)
        ).scalar_one_or_none()
        if given is None:
            raise Conflict("mandate_exists", "此人已有同一范围、同日开始的督查授权")
        _record("mandate.give", office_id, area, caller, person_id=str(person.id), document_no=document_no)
        return Mandate(given, person, area)


def end_mandate(*, caller: Caller, mandate_id: UUID) -> None:
    """Take a mandate back: from now on it opens nothing; one that began today runs out tonight."""
    today = day_of(caller.now)
    with transaction():
        row = db.session.execute(_statement(caller).where(Office.id == mandate_id)).one_or_none()
        if row is None:
            raise NotFound("mandate_not_found", "没有找到该督查授权")
        office, _, area = row
        runs = Office.id == office.id, Office.last_day >= today
        if office.first_day > today:
            ended = db.session.execute(delete(Office).where(*runs).returning(Office.id)).first()
        else:
            last_day = max(office.first_day, today - timedelta(days=1))
            ended = db.session.execute(
                update(Office).where(*runs).values(last_day=last_day).returning(Office.id)
            ).first()
        if ended is None:
            raise Conflict("mandate_over", "该授权已经结束")
        _record("mandate.end", mandate_id, area, caller)


def mandates(caller: Caller) -> list[Mandate]:
    """Return the mandates given at the caller's level within reach that are not over, the latest first."""
    statement = _statement(caller).where(Office.last_day >= day_of(caller.now))
    rows = db.session.execute(statement.order_by(Office.first_day.desc(), Office.id).limit(MOST_SHOWN))
    return [Mandate(*row) for row in rows]


def _statement(caller: Caller) -> AnySelect:
    statement = (
        select(Office, Person, Area)
        .join(Person, Person.id == Office.person_id)
        .join(Area, Area.id == Office.area_id)
        .where(
            Office.role == Role.INSPECTOR,
            Office.mandate_level == level_of(caller, Permission.GIVE_MANDATES),
        )
    )
    return areas_within(statement, caller, Permission.GIVE_MANDATES)


def get_mandate(caller: Caller, village: Area) -> Office:
    """Return the mandate on which the caller inspects a village today, that of the highest level if several."""
    statement = select(Office).where(
        Office.person_id == caller.person_id,
        Office.role == Role.INSPECTOR,
        Office.area_id.in_(list(filter(None, ancestors(village)))),
        in_office(day_of(caller.now)),
    )
    held = list(db.session.scalars(statement.order_by(Office.id)))
    if not held:
        raise NotFound("area_not_found", "没有找到该地区")
    return max(held, key=lambda office: InspectionLevel(office.mandate_level or "").rank)


def _record(action: str, mandate_id: UUID, area: Area, caller: Caller, **details: str) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=area.county_id or audit.NO_COUNTY,
        actor_id=caller.person_id,
        subject_id=mandate_id,
        area_id=str(area.id),
        **details,
    )
