"""Reading what a unit's people are due and have been paid: postings, stamped sheets, lines, trips, terms."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Uuid, and_, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from allowances.models import LivingLine, PaymentList, TravelLine, TravelTermsEntry, Trip
from allowances.policy import Drive
from attendance.models import Sheet, SheetState, SheetVersion
from identity.permissions import Permission
from identity.scope import Caller, within
from kernel.audit import NO_COUNTY
from kernel.database import AnySelect, db
from kernel.periods import DaySpan, Month
from org.models import Area, DispatchingUnit, Person, Posting
from org.policy import UnitKind
from org.queries import counties_of, next_first_day


@dataclass(frozen=True, slots=True)
class UnitPost:
    """A posting, with the names that stand on the list; its days end where the person's next posting begins."""

    posting_id: UUID
    person_id: UUID
    unit_id: UUID
    name: str
    village: Area
    first_day: date
    last_day: date | None

    def serves_in(self, month: Month) -> bool:
        """Say whether the posting has a day in a month."""
        if self.last_day is not None and self.last_day < self.first_day:
            return False
        days = DaySpan(month.first_day, month.last_day)
        return DaySpan(self.first_day, self.last_day).overlap(days) is not None


@dataclass(slots=True)
class StampedSheet:
    """Where a village's sheet stands, and what its newest stamped version pays to some postings."""

    state: SheetState
    version: int | None
    check_code: str | None
    days: dict[UUID, frozenset[date]] = field(default_factory=dict)


def posts_of(unit: DispatchingUnit, *, until: date) -> list[UnitPost]:
    """Return the postings, begun by a day, of everybody whom the unit has ever posted, in the order of names.

    Postings for another unit are among them: a day is paid once, whoever pays it. Not narrowed to what a
    caller sees; what is drawn from it is (`visible_postings`).
    """
    own = select(Posting.person_id).where(Posting.unit_id == unit.id)
    rows = db.session.execute(
        select(Posting, Person.name, Area, next_first_day())
        .join(Area, Area.id == Posting.village_id)
        .join(Person, Person.id == Posting.person_id)
        .where(Posting.person_id.in_(own), Posting.first_day <= until)
        .order_by(Person.sort_key, Person.id, Posting.first_day)
    )
    return [
        UnitPost(
            posting_id=posting.id,
            person_id=posting.person_id,
            unit_id=posting.unit_id,
            name=name,
            village=village,
            first_day=posting.first_day,
            last_day=_earliest(posting.last_day, next_day and next_day - timedelta(days=1)),
        )
        for posting, name, village, next_day in rows
    ]


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def visible_postings(unit: DispatchingUnit, caller: Caller) -> dict[UUID, UUID]:
    """Return those of a unit's postings that the caller sees, each with its village."""
    statement = (
        select(Posting.id, Posting.village_id)
        .join(Area, Area.id == Posting.village_id)
        .where(Posting.unit_id == unit.id)
    )
    rows = db.session.execute(within(statement, caller, Permission.SEE_ALLOWANCES))
    return {posting_id: village_id for posting_id, village_id in rows}


def sheets_of(
    villages: Collection[Area], months: Iterable[Month], posting_ids: Collection[UUID]
) -> dict[tuple[UUID, Month], StampedSheet]:
    """Return the sheets of villages and months, each with the paid days of these postings as stamped."""
    line = func.jsonb_array_elements(SheetVersion.content["rows"]).table_valued("value").lateral()
    row = cast(line.c.value, JSONB)
    posting_id = cast(row["posting_id"].astext, Uuid())
    rows = db.session.execute(
        select(
            Sheet.village_id, Sheet.month, Sheet.state,
            SheetVersion.number, SheetVersion.check_code, posting_id, row["paid_days"],
        )
        .outerjoin(
            SheetVersion,
            and_(
                SheetVersion.county_id == Sheet.county_id,
                SheetVersion.sheet_id == Sheet.id,
                SheetVersion.number == Sheet.version,
            ),
        )
        .outerjoin(line, posting_id.in_(posting_ids))
        .where(
            Sheet.county_id.in_(set(counties_of(villages).values())),
            Sheet.village_id.in_([village.id for village in villages]),
            Sheet.month.in_([month.first_day for month in months]),
        )
    )  # fmt: skip
    found: dict[tuple[UUID, Month], StampedSheet] = {}
    for village_id, first_day, state, number, check_code, posting, paid_days in rows:
        sheet = found.setdefault(
            (village_id, Month.of(first_day)), StampedSheet(SheetState(state), number, check_code)
        )
        if posting is not None:
            sheet.days[posting] = frozenset(first_day.replace(day=day) for day in paid_days)
    return found


# -- what has been paid -------------------------------------------------------------------------


def lists_of(unit: DispatchingUnit, *, until: Month) -> list[PaymentList]:
    """Return the payment lists of a unit for the months up to one, the latest first."""
    return list(
        db.session.scalars(
            select(PaymentList)
            .where(
                PaymentList.county_id == NO_COUNTY,
                PaymentList.unit_id == unit.id,
                PaymentList.month <= until.first_day,
            )
            .order_by(PaymentList.month.desc())
        )
    )


def find_list(list_id: UUID, caller: Caller, permission: Permission) -> PaymentList | None:
    """Return a payment list of a unit within the caller's reach."""
    units = select(Posting.unit_id).join(Area, Area.id == Posting.village_id)
    return db.session.scalars(
        select(PaymentList).where(
            PaymentList.county_id == NO_COUNTY,
            PaymentList.id == list_id,
            PaymentList.unit_id.in_(within(units, caller, permission)),
        )
    ).one_or_none()


def lines_of(kept: PaymentList, unit: DispatchingUnit) -> tuple[list[LivingLine], list[TravelLine]]:
    """Return the lines of a list: its own month first, then the differences of earlier months."""
    counties = (
        select(Area.county_id).join(Posting, Posting.village_id == Area.id).where(Posting.unit_id == unit.id)
    )
    living = db.session.scalars(
        select(LivingLine)
        .join(Person, Person.id == LivingLine.person_id)
        .where(
            LivingLine.county_id.in_(counties), LivingLine.unit_id == unit.id, LivingLine.list_id == kept.id
        )
        .order_by(LivingLine.month.desc(), Person.sort_key, Person.id, LivingLine.posting_id, LivingLine.part)
    )
    travel = db.session.scalars(
        select(TravelLine)
        .where(
            TravelLine.county_id.in_(counties), TravelLine.unit_id == unit.id, TravelLine.list_id == kept.id
        )
        .order_by(TravelLine.month.desc(), TravelLine.village, TravelLine.village_id, TravelLine.part)
    )
    return list(living), list(travel)


def living_lines(
    unit: DispatchingUnit, villages: Collection[Area], *, until: Month
) -> dict[tuple[UUID, Month], list[LivingLine]]:
    """Return what a unit has paid for the months up to one, by posting and month."""
    found: dict[tuple[UUID, Month], list[LivingLine]] = defaultdict(list)
    for line in db.session.scalars(
        select(LivingLine).where(
            LivingLine.county_id.in_(set(counties_of(villages).values())),
            LivingLine.unit_id == unit.id,
            LivingLine.month <= until.first_day,
        )
    ):
        found[line.posting_id, Month.of(line.month)].append(line)
    return found


def travel_lines(
    unit: DispatchingUnit, villages: Collection[Area], *, until: Month
) -> dict[tuple[UUID, Month], list[TravelLine]]:
    """Return what a unit has paid for the cars of teams in the months up to one, by village and month."""
    found: dict[tuple[UUID, Month], list[TravelLine]] = defaultdict(list)
    for line in db.session.scalars(
        select(TravelLine).where(
            TravelLine.county_id.in_(set(counties_of(villages).values())),
            TravelLine.village_id.in_([village.id for village in villages]),
            TravelLine.unit_id == unit.id,
            TravelLine.month <= until.first_day,
        )
    ):
        found[line.village_id, Month.of(line.month)].append(line)
    return found


def names_of(person_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of people."""
    ids = [person_id for person_id in person_ids if person_id]
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {person_id: name for person_id, name in rows}


# -- travel -------------------------------------------------------------------------------------


def drives_of(villages: Collection[Area], *, until: date) -> dict[UUID, dict[Drive, UUID]]:
    """Return every way driven by the teams of villages up to a day, with the driver's unit, by village."""
    found: dict[UUID, dict[Drive, UUID]] = defaultdict(dict)
    rows = db.session.execute(
        select(Trip.village_id, Trip.day, Trip.way, Posting.unit_id)
        .join(Posting, Posting.id == Trip.posting_id)
        .where(
            Trip.county_id.in_(set(counties_of(villages).values())),
            Trip.village_id.in_([village.id for village in villages]),
            Trip.day <= until,
            Trip.withdrawn_at.is_(None),
        )
    )
    for village_id, day, way, unit_id in rows:
        found[village_id][Drive(day, way)] = unit_id
    return found


def terms_of(villages: Collection[Area]) -> list[tuple[TravelTermsEntry, UnitKind]]:
    """Return all terms of travel ever set for villages, with the kind of the unit; the later ones last."""
    rows = db.session.execute(
        select(TravelTermsEntry, DispatchingUnit.kind)
        .join(DispatchingUnit, DispatchingUnit.id == TravelTermsEntry.unit_id)
        .where(
            TravelTermsEntry.county_id.in_(set(counties_of(villages).values())),
            TravelTermsEntry.village_id.in_([village.id for village in villages]),
        )
        .order_by(TravelTermsEntry.first_day, TravelTermsEntry.set_at)
    )
    return [(entry, UnitKind(kind)) for entry, kind in rows]


def posted_pairs(caller: Caller, permission: Permission) -> AnySelect:
    """Select the villages and units of those postings that the caller sees."""
    pairs = select(Posting.village_id, Posting.unit_id).join(Area, Area.id == Posting.village_id)
    return within(pairs, caller, permission)


def page_of_terms(
    *, caller: Caller, village_id: UUID | None, unit_id: UUID | None, after: list[UUID] | None, limit: int
) -> list[tuple[TravelTermsEntry, Area, DispatchingUnit]]:
    """Return a page of the terms of travel for teams the caller sees, those of a village and unit together."""
    order = (TravelTermsEntry.village_id, TravelTermsEntry.unit_id, TravelTermsEntry.id)
    statement = (
        select(TravelTermsEntry, Area, DispatchingUnit)
        .join(Area, Area.id == TravelTermsEntry.village_id)
        .join(DispatchingUnit, DispatchingUnit.id == TravelTermsEntry.unit_id)
        .where(
            tuple_(TravelTermsEntry.village_id, TravelTermsEntry.unit_id).in_(
                posted_pairs(caller, Permission.SEE_ALLOWANCES)
            )
        )
        .order_by(*order)
        .limit(limit)
    )
    if village_id is not None:
        statement = statement.where(TravelTermsEntry.village_id == village_id)
    if unit_id is not None:
        statement = statement.where(TravelTermsEntry.unit_id == unit_id)
    if after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*after))
    return [tuple(row) for row in db.session.execute(statement)]  # type: ignore[misc]


def page_of_trips(
    *, caller: Caller, month: Month, village_id: UUID | None, after: list[date | UUID] | None, limit: int
) -> list[tuple[Trip, str, Area]]:
    """Return a page of a month's trips that the caller sees, with driver and village, the earliest first."""
    order = (Trip.day, Trip.id)
    statement = (
        select(Trip, Person.name, Area)
        .join(Posting, Posting.id == Trip.posting_id)
        .join(Area, and_(Area.id == Trip.village_id, Area.county_id == Trip.county_id))
        .join(Person, Person.id == Trip.person_id)
        .where(Trip.day.between(month.first_day, month.last_day), Trip.withdrawn_at.is_(None))
        .order_by(*order)
        .limit(limit)
    )
    if village_id is not None:
        statement = statement.where(Trip.village_id == village_id)
    if after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*after))
    rows = db.session.execute(within(statement, caller, Permission.SEE_TRIPS))
    return [tuple(row) for row in rows]
