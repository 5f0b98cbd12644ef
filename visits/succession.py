"""Households follow the post: who leaves a village hands them to who comes, on the day of the change (Articles 11, 18)."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.scope import Caller
from kernel import audit
from kernel.database import db, transaction
from org.models import Area
from visits.models import Helper, Household, Pairing
from visits.policy import HelperRank

POSTED_RANKS = (HelperRank.FIRST_SECRETARY, HelperRank.TEAM_MEMBER)
EXPLANATION = "轮换交接，接替原帮扶干部"


def hand_over_households(
    *, caller: Caller, village: Area, person_id: UUID, successor_id: UUID | None, day: date
) -> int:
    """End somebody's pairings in a village on a day, and let the successor go on with them; return how many.

    Without a successor the households stand without a helper from then on, and the township sees it. A fixed
    number of statements; both helpers have the day of the change.
    """
    with transaction():
        running = _running(village, person_id, day)
        _end(village, running, day, caller)
        if successor_id is not None:
            _go_on(running, successor_id, day, caller)
        _pass_on_place(village, person_id, successor_id, day, caller)
        if running:
            audit.record_several(
                "pairing.hand_over",
                [(pairing.county_id, pairing.id) for pairing in running],
                now=caller.now,
                actor_id=caller.person_id,
                successor_id=str(successor_id) if successor_id else None,
                day=day.isoformat(),
            )
        return len(running)


def _running(village: Area, person_id: UUID, day: date) -> list[Pairing]:
    """Return the pairings of somebody in a village that go on after a day, kept as they are meanwhile."""
    return list(
        db.session.scalars(
            select(Pairing)
            .join(
                Household,
                and_(Household.county_id == Pairing.county_id, Household.id == Pairing.household_id),
            )
            .where(
                Pairing.county_id == village.county_id,
                Pairing.person_id == person_id,
                Household.village_id == village.id,
                Pairing.rank.in_(POSTED_RANKS),
                or_(Pairing.last_day.is_(None), Pairing.last_day > day),
            )
            .order_by(Pairing.id)
            .with_for_update(of=Pairing)
            .execution_options(populate_existing=True)
        )
    )


def _end(village: Area, running: list[Pairing], day: date, caller: Caller) -> None:
    db.session.execute(
        update(Pairing)
        .where(Pairing.county_id == village.county_id, Pairing.id.in_([each.id for each in running]))
        .values(last_day=func.greatest(Pairing.first_day, day), ended_by=caller.person_id)
        .execution_options(synchronize_session=False)
    )


def _go_on(running: list[Pairing], successor_id: UUID, day: date, caller: Caller) -> None:
    rows: list[dict[str, Any]] = [
        {
            "county_id": pairing.county_id,
            "id": uuid4(),
            "household_id": pairing.household_id,
            "person_id": successor_id,
            "rank": pairing.rank,
            "first_day": max(pairing.first_day, day),
            "last_day": pairing.last_day,
            "explanation": EXPLANATION,
            "made_by": caller.person_id,
            "made_at": caller.now,
        }
        for pairing in running
    ]
    if rows:
        db.session.execute(insert(Pairing), rows)


def _pass_on_place(
    village: Area, person_id: UUID, successor_id: UUID | None, day: date, caller: Caller
) -> None:
    """Take somebody off the township's list of helpers, and put the successor in their place."""
    places = db.session.scalars(
        update(Helper)
        .where(
            Helper.county_id == village.county_id,
            Helper.village_id == village.id,
            Helper.person_id == person_id,
            Helper.rank.in_(POSTED_RANKS),
            or_(Helper.last_day.is_(None), Helper.last_day > day),
        )
        .values(last_day=func.greatest(Helper.first_day, day))
        .returning(Helper)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    if successor_id is None or not places:
        return
    rows = [
        {
            "county_id": place.county_id,
            "id": uuid4(),
            "township_id": place.township_id,
            "person_id": successor_id,
            "rank": place.rank,
            "order_no": place.order_no,
            "village_id": place.village_id,
            "first_day": max(place.first_day, day),
            "added_by": caller.person_id,
            "added_at": caller.now,
        }
        for place in places
    ]
    db.session.execute(insert_or_skip(Helper).values(rows).on_conflict_do_nothing())
