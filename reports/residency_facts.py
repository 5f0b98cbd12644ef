"""Reading what the residency of a month is drawn up from: postings, stamped lines, what is recorded, leaves."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Subquery,
    TableValuedAlias,
    Uuid,
    and_,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from attendance.models import Sheet, SheetLine
from attendance.policy import MonthClasses, Weight, window_months
from attendance.queries import Recorded, own_days, recorded_in
from attendance.service import CountyNumbers, numbers_of
from attendance.sheet_lines import classes_of_line
from identity.permissions import Permission
from identity.scope import Caller, areas_within, within
from kernel.database import DATES, UUIDS, any_of, db
from kernel.periods import MONTHS_PER_YEAR, DaySet, DaySpan, Month, count, day_of, span_bits
from leave.models import Leave
from leave.policy import LeaveState
from org.models import Area, DispatchingUnit, Level, Posting, VillageKind
from org.policy import TEAM_KINDS
from org.queries import counties_of, lies_in, next_first_day, serves_between
from reports.places import VILLAGE, Scope, Village

AGREED = (
    LeaveState.ORAL,
    LeaveState.APPROVED,
    LeaveState.OVERDUE_RETURN,
    LeaveState.RETURNED,
    LeaveState.EXTENDED,
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose month is asked for, by whom: of an area's people, of some counties of a city, or of a unit's."""

    caller: Caller
    month: Month
    scope: Scope
    areas: Sequence[Area]

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
    """A posting, what the stamped months of its average weigh, its days, and those of the month asked for."""

    id: UUID
    stamped: Weight
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


class VillageFacts(NamedTuple):
    """A village, whether it must have a team, and its postings.

    ``open_months`` are the months of the average, up to the one asked for, that have no stamp.
    """

    village: Village
    needs_team: bool
    numbers: CountyNumbers
    open_months: tuple[Month, ...]
    people: Sequence[OwnPosting]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the months of some villages are drawn up from, in the order of the villages' names."""

    villages: Sequence[VillageFacts]
    lines: Mapping[UUID, StampedLine]
    recorded: Recorded
    leaves: Mapping[UUID, OwnLeaves]


_OF_MANY = select(
    func.set_config("enable_sort", "off", true()),
    func.set_config("plan_cache_mode", "force_custom_plan", true()),
)
"""To the end of the transaction: plan for as many villages as are asked for, and hash the rows of each.

The planner thinks a village to have one row to group and would rather sort them, which takes twice as long.
"""


def read_facts(asked: Asked) -> Facts:
    """Read them as far as the caller sees; eight statements, however many people there are."""
    db.session.execute(_OF_MANY)
    found = _villages(asked)
    counties = counties_of(each.village for each in found)
    numbers = numbers_of((each.village for each in found), day=asked.last_day)
    windows = {own: window_months(asked.month, own.window) for own in set(numbers.values())}

    @cache
    def open_in(own: CountyNumbers, stamped: str | None) -> tuple[Month, ...]:
        months = set(map(Month.parse, (stamped or "").split()))
        return tuple(month for month in windows[own] if month not in months)

    open_months = {each.village.id: open_in(numbers[each.village.id], each.stamped) for each in found}
    stamped = {id_: county for id_, county in counties.items() if asked.month not in open_months[id_]}
    lines = _lines(_in_month(stamped, dict.fromkeys(stamped, asked.month)), asked.month)
    averaged = _in_month(counties, {id_: windows[own][0] for id_, own in numbers.items()})
    postings = _postings(asked, counties, _weights(averaged, asked.last_month_over))
    villages = []
    for village, needs_team, is_listed, _ in found:
        id_ = village.id
        people = [each for each in postings[id_] if (each.id in lines if id_ in stamped else each.posted)]
        if people or (is_listed and (needs_team or id_ in stamped)):
            villages.append(VillageFacts(village, needs_team, numbers[id_], open_months[id_], people))
    return Facts(
        villages=villages,
        lines=lines,
        recorded=recorded_in(
            [(each.village.id, month) for each in villages for month in each.open_months],
            counties,
            [posting.id for each in villages if each.open_months for posting in each.people],
        ),
        leaves=_leaves(
            counties.values(), [posting.id for each in villages for posting in each.people], asked
        ),
    )


def count_people(
    *, caller: Caller, month: Month, area: Area | None = None, unit: DispatchingUnit | None = None
) -> int:
    """Count the postings a report of the month is about, in one statement."""
    statement = (
        select(func.count())
        .select_from(Posting)
        .join(Area, Area.id == Posting.village_id)
        .where(serves_between(month.first_day, month.last_day))
    )
    if area:
        statement = statement.where(lies_in(area))
    if unit:
        statement = statement.where(Posting.unit_id == unit.id)
    return int(db.session.execute(within(statement, caller, Permission.SEE_REPORTS)).scalar_one())


def _lie_in(areas: Sequence[Area]) -> ColumnElement[bool]:
    return lies_in(areas[0]) if len(areas) == 1 else Area.county_id == any_of(area.id for area in areas)


class _Found(NamedTuple):
    """A village asked for.

    ``is_listed`` says that it is told of even with nobody posted there, as of a unit none is; ``stamped`` names the
    stamped months of the last twelve.
    """

    village: Village
    needs_team: bool
    is_listed: bool
    stamped: str | None


def _villages(asked: Asked) -> list[_Found]:
    """Return the villages in the order of names, and whether each must have a team on the last day (Article 2)."""
    needs_team = exists().where(
        VillageKind.village_id == Area.id,
        VillageKind.kind.in_(TEAM_KINDS),
        VillageKind.first_day <= asked.last_day,
        or_(VillageKind.last_day.is_(None), VillageKind.last_day >= asked.last_day),
    )
    existed = and_(
        or_(Area.first_day.is_(None), Area.first_day <= asked.month.last_day),
        or_(Area.last_day.is_(None), Area.last_day >= asked.month.first_day),
    )
    stamped = (
        select(func.string_agg(func.to_char(Sheet.month, "YYYY-MM"), " "))
        .where(
            Sheet.county_id == Area.county_id,
            Sheet.village_id == Area.id,
            Sheet.month.between(asked.month.plus(1 - MONTHS_PER_YEAR).first_day, asked.month.first_day),
            Sheet.version > 0,
        )
        .scalar_subquery()
    )
    is_listed = existed if asked.areas else false()
    statement = select(needs_team, is_listed, stamped, *VILLAGE).where(Area.level == Level.VILLAGE)
    if asked.areas:
        statement = statement.where(_lie_in(asked.areas))
    if asked.scope.unit:
        statement = statement.where(
            exists().where(Posting.village_id == Area.id, Posting.unit_id == asked.scope.unit.id)
        )
    in_order = statement.order_by(Area.sort_key, Area.id)
    rows = db.session.execute(areas_within(in_order, asked.caller, Permission.SEE_REPORTS)).all()
    return [_Found(Village(*area), needs, listed, months) for needs, listed, months, *area in rows]


def _postings(
    asked: Asked, village_ids: Collection[UUID], weights: Subquery
) -> defaultdict[UUID, list[OwnPosting]]:
    """Return by village the postings with days in the month, or a line on its sheet, that the caller sees."""
    month, unit = asked.month, asked.scope.unit
    on_sheet = exists().where(
        SheetLine.county_id == Area.county_id,
        SheetLine.village_id == Posting.village_id,
        SheetLine.month == month.first_day,
        SheetLine.posting_id == Posting.id,
    )
    statement = (
        select(
            Posting.village_id,
            Posting.id,
            func.coalesce(weights.c.halves, 0),
            func.coalesce(weights.c.shares, 0),
            Posting.first_day,
            Posting.last_day,
            next_first_day(),
        )
        .join(Area, Area.id == Posting.village_id)
        .outerjoin(weights, weights.c.posting_id == Posting.id)
        .where(
            Posting.village_id == any_of(village_ids),
            Area.id == any_of(village_ids),  # or else all villages of a country are joined
            or_(serves_between(month.first_day, month.last_day), on_sheet),
            *([Posting.unit_id == unit.id] if unit else []),
        )
    )

    @cache  # many are posted on the same day
    def posted(first_day: date, last_day: date | None, next_day: date | None) -> tuple[DaySpan, DaySet]:
        span = own_days(first_day, last_day, next_day)
        return span, span_bits(month, span)

    postings: defaultdict[UUID, list[OwnPosting]] = defaultdict(list)
    rows = db.session.execute(within(statement, asked.caller, Permission.SEE_REPORTS)).all()
    for village_id, id_, halves, shares, *days in rows:
        postings[village_id].append(OwnPosting(id_, (halves, shares), *posted(*days)))
    return postings


# -- what is stamped ----------------------------------------------------------------------------


def _in_month(counties: Mapping[UUID, UUID], months: Mapping[UUID, Month]) -> TableValuedAlias:
    """Name, for use inside a statement, the county of each village, and a month of each."""
    return (
        func.unnest(
            literal(list(counties.values()), UUIDS),
            literal(list(counties), UUIDS),
            literal([months[village_id].first_day for village_id in counties], DATES),
        )
        .table_valued(
            column("county_id", Uuid()),
            column("village_id", Uuid()),
            column("month", Date()),
            name="villages",
        )
        .render_derived()
    )


def _lines(villages: TableValuedAlias, month: Month) -> dict[UUID, StampedLine]:
    """Return the stamped lines of the villages' month by posting."""
    rows = db.session.execute(
        select(
            SheetLine.posting_id,
            SheetLine.assessed_halves,
            SheetLine.paid,
            SheetLine.posted,
            SheetLine.mornings,
            SheetLine.afternoons,
        )
        .join_from(villages, SheetLine, _is_of(villages))
        .where(SheetLine.month == villages.c.month)
    )
    return {
        posting_id: StampedLine(classes_of_line(month, *classes), halves, count(paid))
        for posting_id, halves, paid, *classes in rows.all()
    }


def _weights(averaged: TableValuedAlias, last: Month) -> Subquery:
    """Select by posting what the stamped months of the average weigh, up to the last that is over (D10)."""
    of_village = (
        select(
            SheetLine.posting_id,
            func.sum(SheetLine.assessed_halves).label("halves"),
            func.sum(SheetLine.posted_half_shares).label("shares"),
        )
        .where(_is_of(averaged), SheetLine.month.between(averaged.c.month, last.first_day))
        .group_by(SheetLine.posting_id)
        .lateral("of_village")
    )
    return select(of_village).join_from(averaged, of_village, true()).subquery("weights")


def _is_of(villages: TableValuedAlias) -> ColumnElement[bool]:
    return and_(SheetLine.county_id == villages.c.county_id, SheetLine.village_id == villages.c.village_id)


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
