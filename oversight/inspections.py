"""Opening a village to inspect it, and reading inspections (Article 21)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, or_, select, tuple_

from identity.permissions import Permission, Role
from identity.scope import Caller, areas_within, get_area
from kernel import audit
from kernel.database import AnySelect, db, transaction
from kernel.errors import Conflict, NotFound
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import day_of
from org.models import Area, Level, Person
from oversight.inspection_models import Inspection
from oversight.mandates import get_mandate, level_of
from oversight.policy import InspectionLevel, sees_inspection
from oversight.situation import describe, standings


@dataclass(frozen=True, slots=True)
class InspectionCase:
    """An inspection with its village and who carries it out."""

    inspection: Inspection
    village: Area
    inspector: Person


def open_inspection(
    *, caller: Caller, client_key: UUID, village_id: UUID, note: str
) -> tuple[Inspection, bool]:
    """Begin to inspect a village, and keep what is known of everybody there at this moment.

    The same ``client_key`` again answers with the first record.
    """
    with transaction():
        village = get_area(village_id, caller, Permission.INSPECT, level=Level.VILLAGE)
        county_id = county_of(village)
        content_sha256 = fingerprint(caller.person_id, village.id, note)
        if first := find_known(Inspection, county_id, client_key, content_sha256):
            return first, False
        mandate = get_mandate(caller, village)
        found = standings(caller=caller, village=village, at=caller.now, permission=Permission.INSPECT)
        inspection, is_new = store_once(
            Inspection(
                county_id=county_id,
                id=uuid4(),
                client_key=client_key,
                content_sha256=content_sha256,
                village_id=village.id,
                mandate_id=mandate.id,
                level=mandate.mandate_level,
                day=day_of(caller.now),
                purpose=note,
                situation=describe(found, county_id),
                opened_by=caller.person_id,
                opened_at=caller.now,
            )
        )
        if is_new:
            _record(inspection, caller)
        return inspection, is_new


def county_of(village: Area) -> UUID:
    """Return the county in which a village's facts are kept."""
    if village.county_id is None:
        raise NotFound("area_not_found", "没有找到该地区")
    return village.county_id


def _record(inspection: Inspection, caller: Caller) -> None:
    audit.record(
        "inspection.open",
        now=caller.now,
        county_id=inspection.county_id,
        actor_id=caller.person_id,
        subject_id=inspection.id,
        village_id=str(inspection.village_id),
        level=inspection.level,
    )


def get_running(inspection_id: UUID, caller: Caller) -> InspectionCase:
    """Return an inspection of the caller's own that goes on; it does so until the end of its day.

    Conflict once it is over, NotFound for another's.
    """
    statement = _cases().where(Inspection.id == inspection_id, Inspection.opened_by == caller.person_id)
    case = _one(areas_within(statement, caller, Permission.INSPECT))
    if case.inspection.day != day_of(caller.now):
        raise Conflict("inspection_over", "这次督查已经结束，请重新开始一次督查")
    return case


def get_inspection(inspection_id: UUID, caller: Caller) -> InspectionCase:
    """Return an inspection the caller may see: the inspector's own, those of an office's level and below."""
    return _one(_visible(_cases().where(Inspection.id == inspection_id), caller))


def inspections(*, caller: Caller, after: list[Any] | None, limit: int) -> list[InspectionCase]:
    """Return a page of the inspections the caller may see, the latest first."""
    order = Inspection.opened_at, Inspection.id
    statement = _cases().order_by(*(column.desc() for column in order)).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(*order) < tuple_(*after))
    return [InspectionCase(*row) for row in db.session.execute(_visible(statement, caller))]


CURSOR = (datetime.fromisoformat, UUID)
"""How the key of a page's last row is read: an instant and an id."""


def _cases() -> AnySelect:
    return (
        select(Inspection, Area, Person)
        .join(Area, and_(Area.id == Inspection.village_id, Area.county_id == Inspection.county_id))
        .join(Person, Person.id == Inspection.opened_by)
    )


def _one(statement: AnySelect) -> InspectionCase:
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("inspection_not_found", "没有找到这次督查")
    return InspectionCase(*row)


def _visible(statement: AnySelect, caller: Caller) -> AnySelect:
    """Narrow inspections to the caller's own and to those an office of the caller's may know of."""
    permission = Permission.SEE_INSPECTIONS
    is_own = Inspection.opened_by == caller.person_id
    offices = in_office(caller)
    if not offices.may(permission):
        return areas_within(statement.where(is_own), caller, permission)
    viewer = level_of(offices, permission)
    seen = [level for level in InspectionLevel if sees_inspection(viewer, level)]
    reached = areas_within(select(Area.id), offices, permission)
    is_office_s = and_(Inspection.level.in_(seen), Inspection.village_id.in_(reached))
    return areas_within(statement.where(or_(is_own, is_office_s)), caller, permission)


NO_OFFICE = frozenset({Role.INSPECTOR, Role.MEMBER, Role.FIRST_SECRETARY})


def in_office(caller: Caller) -> Caller:
    """Return the caller as far as offices go: what somebody sees as inspector or posted person is their own."""
    return replace(caller, holdings=tuple(held for held in caller.holdings if held.role not in NO_OFFICE))
