"""Who holds an office on a day."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from identity.models import Office
from identity.permissions import Role
from kernel.database import db


def in_office(day: date) -> ColumnElement[bool]:
    """Return, for use inside a statement, that an office is held on a day."""
    return and_(Office.first_day <= day, or_(Office.last_day.is_(None), Office.last_day >= day))


def holders(roles: Collection[Role], places: Collection[UUID | None], *, day: date) -> dict[UUID, list[UUID]]:
    """Return the people who hold one of the roles on a day, by the area or unit they hold it for."""
    held: dict[UUID, list[UUID]] = defaultdict(list)
    rows = db.session.execute(
        select(Office.area_id, Office.unit_id, Office.person_id)
        .where(
            or_(Office.area_id.in_(places), Office.unit_id.in_(places)),
            Office.role.in_(roles),
            in_office(day),
        )
        .order_by(Office.person_id)
    )
    for area_id, unit_id, person_id in rows:
        place: UUID = area_id or unit_id  # type: ignore[assignment]  # one of them is set
        held[place].append(person_id)
    return held
