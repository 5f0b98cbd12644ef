"""Reading rotations: one, a page of them, what waits for an office, what was said; and who reads the reason."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, or_, select, tuple_
from sqlalchemy.orm import aliased

from identity.login import cipher
from identity.permissions import Permission, Role
from identity.scope import Caller, within
from kernel.database import AnySelect, db
from kernel.errors import NotFound
from org.models import Area, DispatchingUnit, Person, Posting
from org.queries import is_or_lies_in
from roster.models import Rotation, RotationDecision
from roster.policy import Office, RotationState

OFFICE_OF = {
    Role.TOWNSHIP_HEAD: Office.TOWNSHIP,
    Role.COUNTY_GROUP: Office.COUNTY_GROUP,
    Role.CITY_ORG: Office.CITY_ORG,
    Role.CITY_RURAL: Office.CITY_RURAL,
}
"""Whose holder signs for which office."""
REASON = "rotation_reason"
"""The field as which the reason is sealed."""
CHAIN_ROLES = frozenset({*OFFICE_OF, Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICE})
_Successor = aliased(Person)


@dataclass(frozen=True, slots=True)
class Case:
    """A rotation with the posting it ends and the names that stand on the papers."""

    rotation: Rotation
    posting: Posting
    village: Area
    person: Person
    unit: DispatchingUnit
    successor: Person | None

    def area_id(self, office: Office) -> UUID | None:
        """Return the area whose office this is."""
        return {
            Office.TOWNSHIP: self.village.township_id,
            Office.COUNTY_GROUP: self.village.county_id,
            Office.CITY_ORG: self.village.city_id,
            Office.CITY_RURAL: self.village.city_id,
        }[office]


def cases() -> AnySelect:
    """Return the statement over rotations with all that a `Case` holds, not narrowed yet."""
    return (
        select(Rotation, Posting, Area, Person, DispatchingUnit, _Successor)
        .join(Posting, Posting.id == Rotation.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == Rotation.county_id))
        .join(Person, Person.id == Rotation.person_id)
        .join(DispatchingUnit, DispatchingUnit.id == Rotation.unit_id)
        .outerjoin(_Successor, _Successor.id == Rotation.successor_id)
    )


def get_case(rotation_id: UUID, caller: Caller, permission: Permission, *, holds: bool = False) -> Case:
    """Return one rotation, or NotFound if there is none such within the caller's reach.

    ``holds`` keeps it as it is until the transaction ends. A hand-over is also the successor's to see.
    """
    statement = cases().where(Rotation.id == rotation_id)
    if holds:
        statement = statement.with_for_update(of=Rotation)
    statement = statement.execution_options(populate_existing=True)
    found = db.session.execute(within(statement, caller, permission)).one_or_none()
    if found is None and permission is Permission.SEE_HANDOVER:
        comes = Rotation.successor_id == caller.person_id, Rotation.last_day.is_not(None)
        found = db.session.execute(statement.where(*comes)).one_or_none()
    if found is None:
        raise NotFound("rotation_not_found", "没有找到该轮换申请")
    return Case(*found)


def page_of_rotations(
    *,
    caller: Caller,
    area_id: UUID | None,
    states: Collection[RotationState],
    after: list[Any] | None,
    limit: int,
) -> list[Case]:
    """Return a page of the rotations the caller may see, the latest request first."""
    statement = cases().order_by(Rotation.applied_at.desc(), Rotation.id.desc()).limit(limit)
    if area_id is not None:
        statement = statement.where(is_or_lies_in(area_id))
    if states:
        statement = statement.where(Rotation.state.in_(states))
    if after is not None:
        statement = statement.where(tuple_(Rotation.applied_at, Rotation.id) < tuple_(*after))
    rows = db.session.execute(within(statement, caller, Permission.SEE_ROTATIONS))
    return [Case(*row) for row in rows]


def page_of_waiting(*, caller: Caller, after: list[Any] | None, limit: int) -> list[Case]:
    """Return a page of what waits for the offices the caller signs for, the longest waiting first."""
    statement = cases().order_by(Rotation.waits_since, Rotation.id).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(Rotation.waits_since, Rotation.id) > tuple_(*after))
    return [Case(*row) for row in db.session.execute(_waiting(statement, caller))]


def waiting(caller: Caller) -> AnySelect:
    """Select what waits for the offices the caller signs for: (county, id, since)."""
    return _waiting(
        select(Rotation.county_id, Rotation.id, Rotation.waits_since.label("since"))
        .join(Posting, Posting.id == Rotation.posting_id)
        .join(Area, and_(Area.id == Posting.village_id, Area.county_id == Rotation.county_id)),
        caller,
    )


def _waiting(statement: AnySelect, caller: Caller) -> AnySelect:
    waits = [
        and_(Rotation.waits_for == OFFICE_OF[holding.role], Rotation.waits_in == holding.area_id)
        for holding in caller.holdings
        if holding.role in OFFICE_OF
    ]
    return within(statement.where(or_(false(), *waits)), caller, Permission.SEE_ROTATIONS)


def find_cases(ids: Collection[UUID], caller: Caller) -> dict[UUID, Case]:
    """Return those of the rotations that lie within the caller's reach, by id."""
    statement = within(cases().where(Rotation.id.in_(ids)), caller, Permission.SEE_ROTATIONS)
    return {row[0].id: Case(*row) for row in db.session.execute(statement)}


def decisions_of(rotations: Collection[Rotation]) -> dict[UUID, list[tuple[RotationDecision, Person]]]:
    """Return what the offices said of these rotations, in the order of signing."""
    found: dict[UUID, list[tuple[RotationDecision, Person]]] = {each.id: [] for each in rotations}
    rows = db.session.execute(
        select(RotationDecision, Person)
        .join(Person, Person.id == RotationDecision.signed_by)
        .where(
            RotationDecision.county_id.in_({each.county_id for each in rotations}),
            RotationDecision.rotation_id.in_(found),
        )
        .order_by(RotationDecision.signed_at)
    )
    for decision, signed_by in rows:
        found[decision.rotation_id].append((decision, signed_by))
    return found


def signs_for(case: Case, caller: Caller) -> bool:
    """Say whether the caller signs for the office the rotation waits for."""
    return any(
        OFFICE_OF.get(holding.role) == case.rotation.waits_for and holding.area_id == case.rotation.waits_in
        for holding in caller.holdings
    )


def reads_reason(case: Case, caller: Caller) -> bool:
    """Say whether somebody is the person, of the unit, or of an office that has to agree; nobody else reads why."""
    areas = {case.village.township_id, case.village.county_id}
    if case.rotation.is_city_dispatched:
        areas.add(case.village.city_id)
    return caller.person_id == case.rotation.person_id or any(
        holding.unit_id == case.rotation.unit_id
        if holding.unit_id
        else holding.role in CHAIN_ROLES and holding.area_id in areas
        for holding in caller.holdings
    )


def seal_reason(reason: str, rotation_id: UUID) -> bytes:
    """Return the reason as it is kept."""
    return cipher().encrypt(reason, field=REASON, row_id=rotation_id)


def read_reason(rotation: Rotation) -> str:
    """Return the reason of a rotation."""
    return cipher().decrypt(rotation.reason_sealed, field=REASON, row_id=rotation.id)
