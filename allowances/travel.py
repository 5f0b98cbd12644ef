"""The travel allowance of teams by the county's terms, and setting those terms (Article 27(1))."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import and_, exists, select

from allowances.missing import Missing, Reason
from allowances.models import TravelLine, TravelTermsEntry
from allowances.policy import (
    PayLine,
    TermsOn,
    TravelTerms,
    TripRate,
    difference,
    travel_allowance,
    trips_without_terms,
)
from allowances.queries import drives_of, posted_pairs, terms_of, travel_lines
from allowances.rates import KM_RATE, MOST_TRIPS, Rates
from identity.permissions import Permission
from identity.scope import Caller, get_area
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import NotFound
from kernel.periods import Month
from org.models import Area, DispatchingUnit, Level
from org.policy import UnitKind

Entries = dict[tuple[UUID, UUID], list[tuple[TravelTermsEntry, UnitKind]]]


def travel_due(
    unit: DispatchingUnit, villages: list[Area], months: list[Month], rates: Rates
) -> tuple[list[TravelLine], list[Missing]]:
    """Return the lines that months still ask for, and the trips for which the county has set no terms.

    ``months`` come the latest first.
    """
    drives = drives_of(villages, until=months[0].last_day)
    paid = travel_lines(unit, villages, until=months[0])
    terms: Entries = defaultdict(list)
    for entry, kind in terms_of(villages):
        terms[entry.village_id, entry.unit_id].append((entry, kind))
    lines: list[TravelLine] = []
    missing: list[Missing] = []
    for month in months:
        for village in villages:
            driven, terms_on = drives.get(village.id, {}), _terms_of(village, terms, rates)
            now = travel_allowance(month, driven, terms_on).get(unit.id, [])
            lines += _lines(unit, village, month, now, paid[village.id, month])
            if UnitKind(unit.kind).is_city_dispatched:
                without = trips_without_terms(month, driven, terms_on, unit.id)
                missing += _without_terms(village, month, len(without))
    return lines, missing


def _terms_of(village: Area, terms: Entries, rates: Rates) -> TermsOn:
    def on(unit_id: UUID, day: date) -> TravelTerms | None:
        begun = [each for each in terms.get((village.id, unit_id), []) if each[0].first_day <= day]
        if not begun:
            return None
        entry, kind = begun[-1]
        return TravelTerms(
            km_one_way=entry.km_one_way,
            fen_per_km=rates.on(day, KM_RATE, village, kind),
            max_round_trips=rates.on(day, MOST_TRIPS, village, kind),
            is_city_dispatched=kind.is_city_dispatched,
            has_car_reform=entry.has_car_reform,
            is_self_driven=entry.is_self_driven,
            is_central_city=entry.is_central_city,
            is_subsidised=entry.is_subsidised,
        )

    return on


def _lines(
    unit: DispatchingUnit,
    village: Area,
    month: Month,
    now: list[PayLine[TripRate]],
    before: list[TravelLine],
) -> Iterator[TravelLine]:
    turn = 1 + max((line.turn for line in before), default=0)
    for part, line in enumerate(difference(paid=[line.pay for line in before], now=now), 1):
        yield TravelLine(
            county_id=village.county_id,
            unit_id=unit.id,
            village_id=village.id,
            village=village.name,
            month=month.first_day,
            turn=turn,
            part=part,
            km_one_way=line.rate.km_one_way,
            fen_per_km=line.rate.fen_per_km,
            round_trips=line.number,
        )


def _without_terms(village: Area, month: Month, trips: int) -> list[Missing]:
    text = f"往返{trips}次，县驻村办尚未核定里程等条件"
    return [Missing(village.id, village.name, month, Reason.TERMS_MISSING, text)] if trips else []


# -- the county's terms -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerms:
    """What the county has found of a unit's car for a village, and under which document."""

    village_id: UUID
    unit_id: UUID
    first_day: date
    km_one_way: Decimal
    has_car_reform: bool
    is_self_driven: bool
    is_central_city: bool
    is_subsidised: bool
    document_no: str


def set_terms(*, caller: Caller, new: NewTerms) -> tuple[TravelTermsEntry, Area, DispatchingUnit]:
    """Set the terms of a unit for a village of the county from a day on; earlier entries stay.

    NotFound where the unit has posted nobody in that village.
    """
    with transaction():
        village = get_area(new.village_id, caller, Permission.SET_TRAVEL_TERMS, level=Level.VILLAGE)
        unit = _unit_in(village, new.unit_id, caller)
        entry = TravelTermsEntry(
            county_id=village.county_id,
            id=uuid4(),
            village_id=village.id,
            unit_id=unit.id,
            first_day=new.first_day,
            km_one_way=new.km_one_way,
            has_car_reform=new.has_car_reform,
            is_self_driven=new.is_self_driven,
            is_central_city=new.is_central_city,
            is_subsidised=new.is_subsidised,
            document_no=new.document_no,
            set_by=caller.person_id,
            set_at=caller.now,
        )
        db.session.add(entry)
        audit.record(
            "travel_terms.set",
            now=caller.now,
            county_id=entry.county_id,
            actor_id=caller.person_id,
            subject_id=entry.id,
            village_id=str(village.id),
            unit_id=str(unit.id),
            first_day=entry.first_day.isoformat(),
            km_one_way=str(entry.km_one_way),
            document_no=entry.document_no,
        )
        db.session.flush()
        return entry, village, unit


def _unit_in(village: Area, unit_id: UUID, caller: Caller) -> DispatchingUnit:
    pairs = posted_pairs(caller, Permission.SET_TRAVEL_TERMS).subquery()
    is_posted = exists().where(and_(pairs.c.village_id == village.id, pairs.c.unit_id == DispatchingUnit.id))
    unit = db.session.scalars(
        select(DispatchingUnit).where(DispatchingUnit.id == unit_id, is_posted)
    ).one_or_none()
    if unit is None:
        raise NotFound("unit_not_found", "没有找到该单位")
    return unit
