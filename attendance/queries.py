"""Reading the facts of months: who is posted where, days in the village, entries of the township."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    Date,
    Integer,
    and_,
    any_,
    bindparam,
    cast,
    extract,
    func,
    literal,
    null,
    select,
    union_all,
)

from attendance.models import Correction, Half
from attendance.policy import NO_HALVES, DayClass, Halves
from checkin.models import Checkin, CheckinDoubt
from checkin.queries import DAYS_PRESENT
from identity.permissions import Permission
from identity.scope import Caller, within
from kernel.database import UUIDS, AnySelect, db
from kernel.periods import DaySet, DaySpan, Month, months_between, one, span_bits
from leave.policy import PENDING, LeaveSpan, LeaveState
from leave.queries import claims
from org.models import Area, DispatchingUnit, Person, Posting
from org.queries import lies_in, next_first_day, serves_between


@dataclass(frozen=True, slots=True)
class Post:
    """One posting, with the names that stand on the sheet; its days end where the person's next posting begins."""

    posting_id: UUID
    person_id: UUID
    person_name: str
    role: str
    village: Area
    unit_id: UUID
    unit_name: str
    span: DaySpan


@dataclass(frozen=True, slots=True)
class LeaveFact:
    """A leave as the month sees it."""

    id: UUID
    state: LeaveState
    day_class: DayClass
    span: LeaveSpan
    returned_on: date | None


@dataclass(slots=True)
class RecordedMonth:
    """What is recorded of one month by posting; of most postings nothing but days in the village."""

    present: dict[UUID, DaySet] = field(default_factory=dict)
    waiting: dict[UUID, DaySet] = field(default_factory=dict)
    doubtful: dict[UUID, DaySet] = field(default_factory=dict)
    entries: dict[UUID, dict[DayClass, Halves]] = field(default_factory=dict)
    approved: dict[UUID, dict[DayClass, Halves]] = field(default_factory=dict)
    pending: dict[UUID, Halves] = field(default_factory=dict)


@dataclass(slots=True)
class Recorded:
    """What is recorded of postings: their months, and the leaves that reach into these."""

    months: defaultdict[Month, RecordedMonth] = field(default_factory=lambda: defaultdict(RecordedMonth))
    leaves: defaultdict[UUID, list[LeaveFact]] = field(default_factory=lambda: defaultdict(list))


def posts_in(
    *,
    caller: Caller,
    span: DaySpan,
    area: Area | None = None,
    unit_id: UUID | None = None,
    posting_ids: Collection[UUID] | None = None,
    permission: Permission = Permission.SEE_ATTENDANCE,
) -> list[Post]:
    """Return the postings in an area, of a unit or of these ids with days of their own in the span.

    Only those that the caller sees.
    """
    statement = (
        select(Posting, Person.name, Area, DispatchingUnit.name, next_first_day())
        .join(Area, Area.id == Posting.village_id)
        .join(Person, Person.id == Posting.person_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
        .where(serves_between(span.first_day, span.last_day or date.max))
        .order_by(Area.sort_key, Area.id, Posting.role, Person.sort_key, Person.id, Posting.first_day)
    )
    if area is not None:
        statement = statement.where(lies_in(area))
    if unit_id is not None:
        statement = statement.where(Posting.unit_id == unit_id)
    if posting_ids is not None:
        statement = statement.where(Posting.id.in_(posting_ids))
    rows = db.session.execute(within(statement, caller, permission))
    posts = [_post(*row) for row in rows]
    return [post for post in posts if post.span.overlap(span)]


def _post(posting: Posting, name: str, village: Area, unit_name: str, next_first_day: date | None) -> Post:
    return Post(
        posting_id=posting.id,
        person_id=posting.person_id,
        person_name=name,
        role=posting.role,
        village=village,
        unit_id=posting.unit_id,
        unit_name=unit_name,
        span=own_days(posting.first_day, posting.last_day, next_first_day),
    )


def own_days(first_day: date, last_day: date | None, next_first_day: date | None) -> DaySpan:
    """Return the days that belong to a posting; the day of a transfer belongs to the new one (rules.md §4.2)."""
    if next_first_day is None or (last_day is not None and last_day < next_first_day):
        return DaySpan(first_day, last_day)
    return DaySpan(first_day, next_first_day - timedelta(days=1))


def recorded_of(
    villages: Mapping[UUID, UUID], posting_ids: Collection[UUID], *, first: Month, last: Month
) -> Recorded:
    """Return what is recorded of postings in villages, given with their counties, from month to month."""
    months = months_between(first, last)
    return recorded_in(
        [(village_id, month) for village_id in villages for month in months], villages, posting_ids
    )


def recorded_in(
    village_months: Collection[tuple[UUID, Month]],
    counties: Mapping[UUID, UUID],
    posting_ids: Collection[UUID],
) -> Recorded:
    """Return what is recorded of postings in these months of villages; two statements however many they are.

    Days in the village are everybody's there; what was entered and what leaves take is read from the first to
    the last of the months.
    """
    recorded = Recorded()
    if posting_ids and village_months:
        _read_presence(recorded, village_months, counties)
        _read_claims(recorded, counties, posting_ids, {month for _, month in village_months})
    return recorded


def _read_presence(
    recorded: Recorded, village_months: Collection[tuple[UUID, Month]], counties: Mapping[UUID, UUID]
) -> None:
    asked = {
        "county_ids": [counties[village_id] for village_id, _ in village_months],
        "village_ids": [village_id for village_id, _ in village_months],
        "months": [month.first_day for _, month in village_months],
    }
    months = {month.first_day: recorded.months[month] for _, month in village_months}
    for posting_id, first_day, present, waiting in db.session.connection().execute(DAYS_PRESENT, asked).all():
        months[first_day].present[posting_id] = present
        if waiting:
            months[first_day].waiting[posting_id] = waiting


_ENTRY = "entry"


def _claims() -> CompoundSelect[Any]:
    """Select what the township entered and what leaves take, in the order in which it was made."""
    entries: AnySelect = select(
        Correction.posting_id,
        null().label("leave_id"),
        literal(_ENTRY).label("state"),
        Correction.day_class.label("kind"),
        Correction.day.label("first_day"),
        Correction.day.label("last_day"),
        (Correction.half == Half.AFTERNOON).label("begins_at_noon"),
        (Correction.half == Half.MORNING).label("ends_at_noon"),
        Correction.made_at.label("made_at"),
        null().label("returned_on"),
    ).where(
        Correction.county_id == any_(bindparam("county_ids", type_=UUIDS)),
        Correction.posting_id == any_(bindparam("posting_ids", type_=UUIDS)),
        Correction.day.between(bindparam("first_day", type_=Date()), bindparam("last_day", type_=Date())),
    )
    return union_all(entries, claims()).order_by("made_at")


_CLAIMS = _claims()


def _read_claims(
    recorded: Recorded,
    counties: Mapping[UUID, UUID],
    posting_ids: Collection[UUID],
    months: Collection[Month],
) -> None:
    asked = {
        "county_ids": list(set(counties.values())),
        "posting_ids": list(posting_ids),
        "first_day": min(months).first_day,
        "last_day": max(months).last_day,
    }
    rows = db.session.connection().execute(_CLAIMS, asked)
    for posting_id, leave_id, state, kind, first_day, last_day, begins_at_noon, ends_at_noon, _, back in rows:
        day_class, span = DayClass(kind), LeaveSpan(first_day, last_day, begins_at_noon, ends_at_noon)
        for month in months_between(Month.of(first_day), Month.of(last_day)):
            of_month, halves = recorded.months[month], _halves_in(month, span)
            if state == _ENTRY:
                _enter(of_month.entries.setdefault(posting_id, {}), halves, day_class)
            elif state in PENDING:
                of_month.pending[posting_id] = _joined(of_month.pending.get(posting_id, NO_HALVES), halves)
            else:
                approved = of_month.approved.setdefault(posting_id, {})
                approved[day_class] = _joined(approved.get(day_class, NO_HALVES), halves)
        if state != _ENTRY:
            leave = LeaveFact(leave_id, LeaveState(state), day_class, span, back)
            recorded.leaves[posting_id].append(leave)


def _halves_in(month: Month, span: LeaveSpan) -> Halves:
    """Return the mornings and afternoons of a month that a span takes."""
    days = span_bits(month, DaySpan(span.first_day, span.last_day))
    no_morning = one(span.first_day) if span.begins_at_noon and Month.of(span.first_day) == month else 0
    no_afternoon = one(span.last_day) if span.ends_at_noon and Month.of(span.last_day) == month else 0
    return Halves(days & ~no_morning, days & ~no_afternoon)


def _joined(these: Halves, others: Halves) -> Halves:
    return Halves(these.morning | others.morning, these.afternoon | others.afternoon)


def _enter(entries: dict[DayClass, Halves], halves: Halves, day_class: DayClass) -> None:
    """Let an entry take the place of earlier ones for the same half-days."""
    for other, held in list(entries.items()):
        entries[other] = Halves(held.morning & ~halves.morning, held.afternoon & ~halves.afternoon)
    entries[day_class] = _joined(entries.get(day_class, NO_HALVES), halves)


def read_doubtful_days(recorded: Recorded, villages: Mapping[UUID, UUID], month: Month) -> None:
    """Add to what is recorded on which days of a month somebody should look at an attempt."""
    rows = db.session.execute(
        select(
            Checkin.posting_id,
            func.bit_or(literal(1).op("<<")(cast(extract("day", Checkin.day), Integer) - 1)),
        )
        .join(
            CheckinDoubt,
            and_(CheckinDoubt.county_id == Checkin.county_id, CheckinDoubt.checkin_id == Checkin.id),
        )
        .where(
            Checkin.county_id.in_(set(villages.values())),
            Checkin.village_id.in_(villages),
            Checkin.day.between(month.first_day, month.last_day),
        )
        .group_by(Checkin.posting_id)
    )
    recorded.months[month].doubtful.update((posting_id, days) for posting_id, days in rows)
