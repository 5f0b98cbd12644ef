"""Written delegations, by which a deputy signs leaves for an office between two days (D7)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, or_, select, update

from identity.models import Office
from identity.offices import in_office
from identity.permissions import AREA_LEVEL, REACH, Permission, Role
from identity.scope import Caller, Holding, areas_within, get_person
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.periods import day_of
from leave.models import Delegation
from leave.policy import Tier
from leave.queries import OFFICE_OF
from org.models import Area, Level, Person

LONGEST = timedelta(days=366)


def delegate(
    *,
    caller: Caller,
    office: Tier | None,
    deputy_id: UUID,
    first_day: date,
    last_day: date,
    document_no: str,
) -> tuple[Delegation, Person, Area]:
    """Let a deputy of the same office sign between two days, both included."""
    holding = _held(caller, office)
    if not day_of(caller.now) <= last_day <= first_day + LONGEST or last_day < first_day:
        raise Refusal("delegation_dates", "委托须写明起止日期，最长一年，且不能早于今天结束")
    deputy = get_person(deputy_id, caller, Permission.DELEGATE)
    area = db.session.get_one(Area, holding.area_id)
    if deputy_id == caller.person_id or not _serves_in(area, deputy_id, first_day):
        raise Refusal("deputy_not_in_office", "受委托人须是本级机关的在册人员")
    delegation = Delegation(
        county_id=area.county_id,
        id=uuid4(),
        office=OFFICE_OF[holding.role],
        area_id=area.id,
        deputy_id=deputy_id,
        first_day=first_day,
        last_day=last_day,
        document_no=document_no,
        delegated_by=caller.person_id,
        made_at=caller.now,
    )
    with transaction():
        db.session.add(delegation)
        db.session.flush()
        _note("leave.delegate", delegation, caller)
        return delegation, deputy, area


def _held(caller: Caller, office: Tier | None) -> Holding:
    held = [holding for holding in caller.holdings if holding.role in OFFICE_OF and holding.area_id]
    chosen = [holding for holding in held if office in (None, OFFICE_OF[holding.role])]
    if len(chosen) != 1:
        raise Forbidden(
            "not_your_office", "请指明您负责签批的机关", offices=[OFFICE_OF[h.role] for h in held]
        )
    return chosen[0]


def _serves_in(area: Area, person_id: UUID, day: date) -> bool:
    """Say whether somebody holds an office of the area itself on a day."""
    found = db.session.execute(
        select(Office.id).where(
            Office.person_id == person_id,
            Office.area_id == area.id,
            Office.role.in_(_roles_at(Level(area.level))),
            in_office(day),
        )
    )
    return found.first() is not None


def _roles_at(level: Level) -> list[Role]:
    return [role for role, reach in REACH.items() if AREA_LEVEL.get(reach) is level]


def deputies(caller: Caller) -> list[tuple[Tier, Area, Person]]:
    """Return whom the caller may let sign today: who else serves in the offices the caller signs for, by name."""
    headed = [
        (OFFICE_OF[holding.role], holding.area_id)
        for holding in caller.holdings_for(Permission.DELEGATE)
        if holding.role in OFFICE_OF
    ]
    rows = db.session.execute(
        select(Area, Person)
        .join(Office, Office.area_id == Area.id)
        .join(Person, Person.id == Office.person_id)
        .where(
            Area.id.in_([area_id for _, area_id in headed]),
            or_(*(and_(Area.level == level, Office.role.in_(_roles_at(level))) for level in Level)),
            in_office(day_of(caller.now)),
            Person.id != caller.person_id,
        )
        .order_by(Person.sort_key, Person.id)
        .distinct()
    ).all()
    return [(tier, area, person) for tier, area_id in headed for area, person in rows if area.id == area_id]


def end_delegation(*, caller: Caller, delegation_id: UUID) -> None:
    """Take a delegation back; what the deputy signed stays signed."""
    with transaction():
        ended = db.session.scalars(
            update(Delegation)
            .where(
                Delegation.id == delegation_id,
                Delegation.area_id.in_(_areas_signed_for(caller)),
                Delegation.ended_at.is_(None),
            )
            .values(ended_at=caller.now)
            .returning(Delegation)
        ).one_or_none()
        if ended is None:
            raise NotFound("delegation_not_found", "没有找到该委托")
        _note("leave.end_delegation", ended, caller)


def delegations(caller: Caller) -> list[tuple[Delegation, Person, Area]]:
    """Return the delegations of the offices within the caller's reach that are not over."""
    statement = (
        select(Delegation, Person, Area)
        .join(Area, and_(Area.id == Delegation.area_id, Area.county_id == Delegation.county_id))
        .join(Person, Person.id == Delegation.deputy_id)
        .where(Delegation.ended_at.is_(None), Delegation.last_day >= day_of(caller.now))
        .order_by(Delegation.first_day, Delegation.id)
    )
    rows = db.session.execute(areas_within(statement, caller, Permission.DECIDE_LEAVE))
    return [(delegation, person, area) for delegation, person, area in rows]


def _areas_signed_for(caller: Caller) -> list[Any]:
    return [holding.area_id for holding in caller.holdings if holding.role in OFFICE_OF]


def _note(action: str, delegation: Delegation, caller: Caller) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=delegation.county_id,
        actor_id=caller.person_id,
        subject_id=delegation.id,
        deputy_id=str(delegation.deputy_id),
        document_no=delegation.document_no,
    )
