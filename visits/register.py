"""The list of those a township can pair (Article 11)."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from identity.permissions import Permission
from identity.scope import Caller, areas_within, get_area, get_person
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, NotFound, Refusal
from kernel.periods import day_of
from org.models import Area, DispatchingUnit, Level
from visits.models import Helper, Household, Pairing
from visits.policy import TOWNSHIP_RANKS, UNIT_RANKS, VILLAGE_RANKS, HelperRank
from visits.queries import describe_helper, is_main


def register_helper(
    *,
    caller: Caller,
    township_id: UUID,
    person_id: UUID,
    rank: HelperRank,
    order_no: int,
    village_id: UUID | None,
    unit_id: UUID | None,
    first_day: date,
) -> dict[str, Any]:
    """Put a person on the list of those a township can pair; Conflict if they stand on it already."""
    township = get_area(township_id, caller, Permission.PAIR, level=Level.TOWNSHIP)
    person = get_person(person_id, caller, Permission.PAIR)
    if village_id is not None:
        village = get_area(village_id, caller, Permission.PAIR, level=Level.VILLAGE)
        if village.township_id != township.id:
            raise NotFound("area_not_found", "没有找到该地区")
    elif rank in VILLAGE_RANKS:
        raise Refusal("village_needed", "该顺位须填所在村")
    unit = _unit(rank, unit_id)
    helper = Helper(
        county_id=township.county_id,
        id=uuid4(),
        township_id=township.id,
        person_id=person.id,
        rank=rank,
        order_no=order_no,
        village_id=None if rank in TOWNSHIP_RANKS else village_id,
        unit_id=unit.id if unit else None,
        first_day=first_day,
        last_day=None,
        added_by=caller.person_id,
        added_at=caller.now,
    )
    with transaction():
        db.session.add(helper)
        try:
            db.session.flush()
        except IntegrityError as error:
            raise Conflict("helper_exists", "此人已在本乡镇帮扶干部名册中") from error
        _record("helper.register", helper, caller, rank=int(rank), person_id=str(person.id))
    return describe_helper(helper, person, township, unit, _helped(person.id, caller))


def _helped(person_id: UUID, caller: Caller) -> int:
    running = select(func.count()).where(Pairing.person_id == person_id, is_main(day_of(caller.now)))
    return db.session.execute(running).scalar_one()


def _unit(rank: HelperRank, unit_id: UUID | None) -> DispatchingUnit | None:
    if rank not in UNIT_RANKS:
        return None
    unit = db.session.get(DispatchingUnit, unit_id) if unit_id else None
    if unit is None:
        raise Refusal("unit_needed", "该顺位须填在册的帮扶单位")
    return unit


def end_helper(*, caller: Caller, helper_id: UUID, last_day: date) -> int:
    """Take a helper off the list, and end what they help in the township; returns how many pairings ended."""
    with transaction():
        statement = (
            select(Helper)
            .join(Area, Area.id == Helper.township_id)
            .where(Helper.id == helper_id, Helper.last_day.is_(None))
        )
        helper = db.session.scalars(areas_within(statement, caller, Permission.PAIR)).one_or_none()
        if helper is None:
            raise NotFound("helper_not_found", "没有找到该帮扶干部")
        if not helper.first_day <= last_day <= day_of(caller.now):
            raise Refusal("bad_last_day", "结束日期不能早于开始日期，也不能是将来的日期")
        helper.last_day = last_day
        in_township = (
            select(Household.id)
            .join(Area, Area.id == Household.village_id)
            .where(Household.county_id == helper.county_id, Area.township_id == helper.township_id)
        )
        ended = db.session.execute(
            update(Pairing)
            .where(
                Pairing.county_id == helper.county_id,
                Pairing.person_id == helper.person_id,
                Pairing.last_day.is_(None),
                Pairing.household_id.in_(in_township),
            )
            .values(last_day=func.greatest(Pairing.first_day, last_day), ended_by=caller.person_id)
            .returning(Pairing.id)
            .execution_options(synchronize_session=False)
        ).all()
        _record("helper.end", helper, caller, last_day=last_day.isoformat(), pairings_ended=len(ended))
    return len(ended)


def _record(action: str, helper: Helper, caller: Caller, **details: Any) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=helper.county_id,
        actor_id=caller.person_id,
        subject_id=helper.id,
        **details,
    )
