"""Reading what the residency of a month is drawn up from: postings, stamped lines, what is recorded, leaves."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    TableValuedAlias,
    Uuid,
    and_,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from attendance.models import Sheet, SheetLine
from attendance.policy import MonthClasses, Weight, window_months
from attendance.queries import PostFacts, facts_in, own_days
from attendance.service import CountyNumbers, numbers_of
from attendance.sheet_lines import classes_of_line
from identity.permissions import Permission
from identity.scope import Caller, areas_within, within
from kernel.database import DATES, UUIDS, any_of, db
from kernel.periods import DaySet, DaySpan, Month, count, day_of, span_bits
from leave.models import Leave
from leave.policy import LeaveState
from org.models import Area, DispatchingUnit, Level, Posting, VillageKind
from org.policy import TEAM_KINDS
from org.queries import counties_of, lies_in, next_first_day, serves_between

AGREED = (
    LeaveState.ORAL,
    LeaveState.APPROVED,
    LeaveState.OVERDUE_RETURN,
    LeaveState.RETURNED,
    LeaveState.EXTENDED,
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose month is asked for, by whom: of the people in some areas, of a unit's, or of a unit's in these areas."""

    caller: Caller
    month: Month
    areas: Sequence[Area]
    unit: DispatchingUnit | None

    @cached_property
    def today(self) -> date:
        return day_of(self.caller.now)

    @cached_property
    def last_day(self) -> date:
        """The last day reported: of a running month today."""
        return min(self.month.last_day, self.today)

    @cached_property
    def last_month_over(self) -> Month:
        """The last month that an average up to the one asked for can hold."""
        return min(self.month, Month.of(self.today).previous)


class OwnPosting(NamedTuple):
    """A posting, the days of its own, and those of the month asked for."""

    id: UUID
    span: DaySpan
    posted: DaySet


@dataclass(frozen=True, slots=True)
class StampedLine:
    """A posting's line of the month's newest stamped sheet."""

    classes: MonthClasses
    assessed_halves: int
    paid_days: int


class OwnLeaves(NamedTuple):
    """The leaves of a posting that reach into the month."""

    is_overdue: bool = False
    number: int = 0
    retro: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the months of some villages are drawn up from."""

    needs_team: Mapping[Area, bool]
    """Whether a village must have a team, in the order of the villages' names."""
    people: Mapping[UUID, Sequence[OwnPosting]]
    """By village."""
    numbers: Mapping[UUID, CountyNumbers]
    open_months: Mapping[UUID, Sequence[Month]]
    """By village the months of the average, up to the one asked for, that have no stamp."""
    lines: Mapping[UUID, StampedLine]
    recorded: Mapping[UUID, PostFacts]
    stamped: Mapping[UUID, Weight]
    """What the stamped months of the average weigh, by posting."""
    leaves: Mapping[UUID, OwnLeaves]


def read_facts(asked: Asked) -> Facts:
    """Read them as far as the caller sees; ten statements, however many people there are."""
    postings = _postings(asked)
    needs_team = _villages(asked, postings)
    numbers = numbers_of(needs_team, day=asked.last_day)
    counties = counties_of(needs_team)
    windows = {own: window_months(asked.month, own.window) for own in set(numbers.values())}
    averaged = _averaged(counties, {id_: windows[numbers[id_]][0] for id_ in counties})
    stamped_on = _stamped_months(averaged, asked.month)
    open_of = cache(lambda own, stamped: [month for month in windows[own] if month not in stamped])
    open_months = {
        village_id: open_of(own, stamped_on.get(village_id, frozenset()))
        for village_id, own in numbers.items()
    }
    lines = _lines(averaged, asked.month)
    people = {
        village_id: [
            posting
            for posting in postings[village_id]
            if (posting.posted if asked.month in months else posting.id in lines)
        ]
        for village_id, months in open_months.items()
    }
    return Facts(
        needs_team=needs_team,
        people=people,
        numbers=numbers,
        open_months=open_months,
        lines=lines,
        recorded=facts_in(
            [(village_id, month) for village_id, months in open_months.items() for month in months],
            counties,
            [posting.id for village_id, own in people.items() if open_months[village_id] for posting in own],
        ),
        stamped=_weights(averaged, asked.last_month_over),
        leaves=_leaves(counties.values(), [posting.id for own in people.values() for posting in own], asked),
    )


def count_people(
    *, caller: Caller, month: Month, area: Area | None = None, unit: DispatchingUnit | None = None
) -> int:
    """Count the postings a report of the month is about, in one statement."""
    statement = (
        select(func.count())
        .select_from(Posting)
        .join(Area, Area.id == Posting.village_id)
        .where(serves_between(month.first_day, month.last_day), *_are_of([area] if area else [], unit))
    )
    return int(db.session.execute(within(statement, caller, Permission.SEE_REPORTS)).scalar_one())


def _are_of(areas: Sequence[Area], unit: DispatchingUnit | None) -> list[ColumnElement[bool]]:
    """Return, for use inside a statement over ``Posting`` and its ``Area``, that they are of what is asked for."""
    of_unit = [Posting.unit_id == unit.id] if unit else []
    return [*of_unit, _lie_in(areas)] if areas else of_unit


def _lie_in(areas: Sequence[Area]) -> ColumnElement[bool]:
    return lies_in(areas[0]) if len(areas) == 1 else Area.county_id == any_of(area.id for area in areas)


def _postings(asked: Asked) -> dict[UUID, list[OwnPosting]]:
    """Return by village the postings with days in the month, or a line on its sheet, that the caller sees."""
    month = asked.month
    on_sheet = exists().where(
        SheetLine.county_id == Area.county_id,
        SheetLine.village_id == Posting.village_id,
        SheetLine.month == month.first_day,
        SheetLine.posting_id == Posting.id,
    )
    statement = (
        select(Posting.id, Posting.village_id, Posting.first_day, Posting.last_day, next_first_day())
        .join(Area, Area.id == Posting.village_id)
        .where(
            or_(serves_between(month.first_day, month.last_day), on_sheet),
            *_are_of(asked.areas, asked.unit),
        )
    )
    span_of = cache(own_days)  # many are posted on the same day
    posted_in_month = cache(lambda span: span_bits(month, span))
    postings: dict[UUID, list[OwnPosting]] = defaultdict(list)
    for id_, village_id, *days in db.session.execute(within(statement, asked.caller, Permission.SEE_REPORTS)):
        span = span_of(*days)
        postings[village_id].append(OwnPosting(id_, span, posted_in_month(span)))
    return postings


def _villages(asked: Asked, with_people: Iterable[UUID]) -> dict[Area, bool]:
    """Return the villages with people and those of the areas that existed in the month, in the order of names.

    Of each is told whether it must have a team on the last day reported (Article 2).
    """
    there = Area.id == any_of(with_people)
    if asked.areas:
        existed = select(Area.id).where(
            Area.level == Level.VILLAGE,
            _lie_in(asked.areas),
            or_(Area.first_day.is_(None), Area.first_day <= asked.month.last_day),
            or_(Area.last_day.is_(None), Area.last_day >= asked.month.first_day),
        )
        there = or_(there, Area.id.in_(areas_within(existed, asked.caller, Permission.SEE_REPORTS)))
    needs_team = exists().where(
        VillageKind.village_id == Area.id,
        VillageKind.kind.in_(TEAM_KINDS),
        VillageKind.first_day <= asked.last_day,
        or_(VillageKind.last_day.is_(None), VillageKind.last_day >= asked.last_day),
    )
    rows = db.session.execute(select(Area, needs_team).where(there).order_by(Area.sort_key, Area.id))
    return {village: needs for village, needs in rows}


# -- what is stamped ----------------------------------------------------------------------------


def _averaged(counties: Mapping[UUID, UUID], first_months: Mapping[UUID, Month]) -> TableValuedAlias:
    """Name, for use inside a statement, each village's county, and with which month its average begins."""
    return (
        func.unnest(
            literal(list(counties.values()), UUIDS),
            literal(list(counties), UUIDS),
            literal([month.first_day for month in first_months.values()], DATES),
        )
        .table_valued(
            column("county_id", Uuid()),
            column("village_id", Uuid()),
            column("first_month", Date()),
            name="averaged",
        )
        .render_derived()
    )


def _stamped_months(averaged: TableValuedAlias, month: Month) -> dict[UUID, frozenset[Month]]:
    """Return by village the months of the average that are stamped; most villages have the same."""
    rows = db.session.execute(
        select(Sheet.village_id, func.array_agg(Sheet.month))
        .join_from(averaged, Sheet, _is_of(averaged, Sheet))
        .where(Sheet.month.between(averaged.c.first_month, month.first_day), Sheet.version > 0)
        .group_by(Sheet.village_id)
    )
    months = cache(lambda first_days: frozenset(map(Month.of, first_days)))
    return {village_id: months(tuple(first_days)) for village_id, first_days in rows}


def _lines(averaged: TableValuedAlias, month: Month) -> dict[UUID, StampedLine]:
    """Return the stamped lines of a month by posting."""
    rows = db.session.execute(
        select(
            SheetLine.posting_id,
            SheetLine.assessed_halves,
            SheetLine.paid,
            SheetLine.posted,
            SheetLine.mornings,
            SheetLine.afternoons,
        )
        .join_from(averaged, SheetLine, _is_of(averaged, SheetLine))
        .where(SheetLine.month == month.first_day)
    )
    return {
        posting_id: StampedLine(classes_of_line(month, *classes), halves, count(paid))
        for posting_id, halves, paid, *classes in rows
    }


def _weights(averaged: TableValuedAlias, last: Month) -> dict[UUID, Weight]:
    """Return by posting what the stamped months of the average weigh, up to the last that is over (D10)."""
    of_village = (
        select(
            SheetLine.posting_id,
            func.sum(SheetLine.assessed_halves).label("halves"),
            func.sum(SheetLine.posted_half_shares).label("shares"),
        )
        .where(
            _is_of(averaged, SheetLine),
            SheetLine.month.between(averaged.c.first_month, last.first_day),
        )
        .group_by(SheetLine.posting_id)
        .lateral("of_village")
    )
    rows = db.session.execute(select(of_village).join_from(averaged, of_village, true()))
    return {posting_id: (halves, shares) for posting_id, halves, shares in rows}


def _is_of(averaged: TableValuedAlias, of: Any) -> ColumnElement[bool]:
    return and_(of.county_id == averaged.c.county_id, of.village_id == averaged.c.village_id)


# -- leaves -------------------------------------------------------------------------------------


def _leaves(counties: Collection[UUID], posting_ids: Collection[UUID], asked: Asked) -> dict[UUID, OwnLeaves]:
    """Return by posting from which leave nobody has come back in time, and the leaves agreed to in the month."""
    overdue = and_(Leave.state == LeaveState.OVERDUE_RETURN, Leave.last_day < asked.last_day)
    agreed = and_(
        Leave.last_day >= asked.month.first_day,
        or_(
            Leave.state.in_(AGREED),
            and_(Leave.state == LeaveState.SUBMITTED, Leave.consented_at.is_not(None)),
        ),
    )
    rows = db.session.execute(
        select(
            Leave.posting_id,
            func.bool_or(overdue),
            func.count().filter(agreed),
            func.count(Leave.consented_at).filter(agreed),
        )
        .where(
            Leave.county_id == any_of(set(counties)),
            Leave.posting_id == any_of(posting_ids),
            Leave.first_day <= asked.month.last_day,
            or_(overdue, agreed),
        )
        .group_by(Leave.posting_id)
    )
    return {posting_id: OwnLeaves(*found) for posting_id, *found in rows}
