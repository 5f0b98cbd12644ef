"""Reading the residency of a month: stamped villages from their newest sheets, the others from what is recorded."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Integer, Uuid, and_, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB

from attendance.models import Sheet, SheetVersion
from attendance.policy import (
    Average,
    assessed_days,
    average,
    month_met,
    paid_days,
    required_days,
    window_months,
)
from attendance.queries import Post, PostFacts, facts_of, posts_in
from attendance.service import CountyNumbers, month_classes, numbers_of
from attendance.sheet import SheetContent, SheetRow
from identity.permissions import Permission
from identity.scope import Caller, areas_within, within
from kernel.database import AnySelect, db
from kernel.periods import DaySet, DaySpan, Month, count, day_of
from leave.models import Leave
from leave.policy import LeaveState
from org.models import Area, DispatchingUnit, Level, Posting, VillageKind, sort_key
from org.policy import TEAM_KINDS
from org.queries import ancestors, lies_in, serves_between
from reports.policy import PostingMonth, classes_of_sheet, is_away

EVER = date(2000, 1, 1)
AGREED = (
    LeaveState.ORAL,
    LeaveState.APPROVED,
    LeaveState.OVERDUE_RETURN,
    LeaveState.RETURNED,
    LeaveState.EXTENDED,
)

StampedDays = dict[tuple[UUID, Month], tuple[int, float]]
"""Posted and assessed days of a posting in a month, as stamped."""


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """One posting's month with what stands beside it in a list of people."""

    village: Area
    role: str
    unit_id: UUID
    unit: str
    paid_days: int
    post: PostingMonth


@dataclass(frozen=True, slots=True)
class VillageMonth:
    """One village's month: its people as far as the caller sees them.

    ``is_whole`` says that the caller sees everybody of the village, so that what belongs to villages can be told.
    """

    village: Area
    people: tuple[PersonMonth, ...]
    rest: DaySet
    needs_team: bool
    is_stamped: bool
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Whose month is asked for, by whom."""

    caller: Caller
    month: Month
    area: Area | None
    unit: DispatchingUnit | None

    @property
    def today(self) -> date:
        return day_of(self.caller.now)

    @property
    def last_day(self) -> date:
        """The last day reported: of a running month today."""
        return min(self.month.last_day, self.today)


@dataclass(frozen=True, slots=True)
class _Leaves:
    """The leaves of a posting that reach into the month."""

    is_overdue: bool = False
    number: int = 0
    retro: int = 0


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that is read for the months of some postings."""

    numbers: dict[UUID, CountyNumbers]
    recorded: dict[UUID, PostFacts]
    stamped: StampedDays
    closed: set[tuple[UUID, Month]]
    """Villages and months with a stamped sheet."""
    leaves: dict[UUID, _Leaves]


def read_villages(
    *, caller: Caller, month: Month, area: Area | None = None, unit: DispatchingUnit | None = None
) -> list[VillageMonth]:
    """Return the month of each village in an area, or of a unit's people by village, as far as the caller sees.

    The number of statements does not depend on the number of people or villages; a city is read county by
    county. What a village's stamped sheet says stays as it is, whatever is recorded later.
    """
    asked = _Asked(caller=caller, month=month, area=area, unit=unit)
    if area is None or area.level != Level.CITY:
        return _read(asked)
    counties = select(Area).where(Area.city_id == area.id, Area.level == Level.COUNTY).order_by(Area.code)
    found = db.session.scalars(areas_within(counties, caller, Permission.SEE_REPORTS)).all()
    return [
        village
        for county in found
        for village in _read(_Asked(caller=caller, month=month, area=county, unit=unit))
    ]


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
    if area is not None:
        statement = statement.where(lies_in(area))
    if unit is not None:
        statement = statement.where(Posting.unit_id == unit.id)
    return int(db.session.execute(within(statement, caller, Permission.SEE_REPORTS)).scalar_one())


def _read(asked: _Asked) -> list[VillageMonth]:
    posts = posts_in(
        caller=asked.caller,
        span=DaySpan(EVER, asked.month.last_day),
        area=asked.area,
        unit_id=asked.unit.id if asked.unit else None,
        permission=Permission.SEE_REPORTS,
    )
    in_area = _villages(asked.area, asked) if asked.area else []
    villages = list(
        {village.id: village for village in (*in_area, *(post.village for post in posts))}.values()
    )
    if not villages:
        return []
    sheets = _sheets(villages, asked.month)
    rows = _stamped_rows(posts, sheets)
    live = _live(posts, sheets, asked.month)
    facts = _facts(asked, villages, [*live, *(post for post, _ in rows)])
    people: dict[UUID, list[PersonMonth]] = {village.id: [] for village in villages}
    for post in live:
        people[post.village.id].append(_of_facts(post, facts, asked))
    for post, row in rows:
        people[post.village.id].append(_of_sheet(post, row, facts, asked))
    return list(_by_village(asked, villages, people, sheets, facts.numbers))


def _villages(area: Area, asked: _Asked) -> list[Area]:
    """Return the villages of the area that existed in the month."""
    statement = select(Area).where(
        Area.level == Level.VILLAGE,
        lies_in(area),
        or_(Area.first_day.is_(None), Area.first_day <= asked.month.last_day),
        or_(Area.last_day.is_(None), Area.last_day >= asked.month.first_day),
    )
    return list(db.session.scalars(areas_within(statement, asked.caller, Permission.SEE_REPORTS)))


def _sheets(villages: Collection[Area], month: Month) -> dict[UUID, SheetContent]:
    """Return the newest stamped sheets of a month by village."""
    rows = db.session.execute(
        _stamped(villages)
        .with_only_columns(Sheet.village_id, SheetVersion.content)
        .where(Sheet.month == month.first_day)
    )
    return {village_id: SheetContent.read(content) for village_id, content in rows}


def _stamped(villages: Collection[Area]) -> AnySelect:
    """Select the newest stamped versions of villages' sheets."""
    return (
        select(Sheet.id)
        .join(
            SheetVersion,
            and_(
                SheetVersion.county_id == Sheet.county_id,
                SheetVersion.sheet_id == Sheet.id,
                SheetVersion.number == Sheet.version,
            ),
        )
        .where(
            Sheet.county_id.in_({village.county_id for village in villages}),
            Sheet.village_id.in_([village.id for village in villages]),
        )
    )


def _stamped_rows(posts: list[Post], sheets: dict[UUID, SheetContent]) -> list[tuple[Post, SheetRow]]:
    """Return the lines of the sheets that the caller may see, each with its posting."""
    known = {post.posting_id: post for post in posts}
    return [
        (known[row.posting_id], row)
        for content in sheets.values()
        for row in content.rows
        if row.posting_id in known
    ]


def _live(posts: list[Post], sheets: dict[UUID, SheetContent], month: Month) -> list[Post]:
    span = DaySpan(month.first_day, month.last_day)
    return [post for post in posts if post.village.id not in sheets and post.span.overlap(span)]


# -- the months of postings ---------------------------------------------------------------------


def _facts(asked: _Asked, villages: list[Area], posts: list[Post]) -> _Facts:
    numbers = numbers_of(villages, day=asked.last_day)
    first_month = min(of_village.first_month(asked.month) for of_village in numbers.values())
    posting_ids = [post.posting_id for post in posts]
    counties = {village.county_id for village in villages if village.county_id}
    stamped, closed = _stamped_days(villages, first_month, asked.month)
    return _Facts(
        numbers=numbers,
        recorded=facts_of(
            county_ids=counties,
            village_ids={village.id for village in villages},
            posting_ids=posting_ids,
            first_day=first_month.first_day,
            last_day=asked.month.last_day,
        ),
        stamped=stamped,
        closed=closed,
        leaves=_leaves(counties, posting_ids, asked),
    )


def _stamped_days(
    villages: list[Area], first: Month, last: Month
) -> tuple[StampedDays, set[tuple[UUID, Month]]]:
    """Return the stamped days of postings in some months, and which villages' months are stamped."""
    line = func.jsonb_array_elements(SheetVersion.content["rows"]).table_valued("value").lateral()
    row = cast(line.c.value, JSONB)
    days = func.jsonb_object_keys(row["days"]).table_valued("value").lateral()
    posted_days = select(func.count()).select_from(days).scalar_subquery()
    found = db.session.execute(
        _stamped(villages)
        .with_only_columns(
            Sheet.village_id,
            Sheet.month,
            cast(row["posting_id"].astext, Uuid()),
            cast(posted_days, Integer),
            row["assessed_days"].as_float(),
        )
        .outerjoin(line, true())
        .where(Sheet.month.between(first.first_day, last.first_day))
    )
    stamped: StampedDays = {}
    closed: set[tuple[UUID, Month]] = set()
    for village_id, first_day, posting_id, posted, assessed in found:
        closed.add((village_id, Month.of(first_day)))
        if posting_id:
            stamped[posting_id, Month.of(first_day)] = (posted, float(assessed))
    return stamped, closed


def _leaves(counties: Collection[UUID], posting_ids: Collection[UUID], asked: _Asked) -> dict[UUID, _Leaves]:
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
            Leave.county_id.in_(counties),
            Leave.posting_id.in_(posting_ids),
            Leave.first_day <= asked.month.last_day,
            or_(overdue, agreed),
        )
        .group_by(Leave.posting_id)
    )
    return {posting_id: _Leaves(*found) for posting_id, *found in rows}


def _of_facts(post: Post, facts: _Facts, asked: _Asked) -> PersonMonth:
    numbers = facts.numbers[post.village.id]
    classes = month_classes(post.span, asked.month, facts.recorded[post.posting_id], numbers, asked.today)
    assessed, posted = assessed_days(classes, numbers.assessed), count(classes.posted)
    leaves = facts.leaves.get(post.posting_id, _Leaves())
    return PersonMonth(
        village=post.village,
        role=post.role,
        unit_id=post.unit_id,
        unit=post.unit_name,
        paid_days=paid_days(classes, numbers.paid),
        post=PostingMonth(
            posting_id=post.posting_id,
            person_id=post.person_id,
            name=post.person_name,
            sort_key=sort_key(post.person_name),
            classes=classes,
            assessed_days=assessed,
            is_month_met=_is_met(asked.month, posted, assessed, numbers),
            is_average_met=_is_average_met(post, facts, asked),
            is_away=is_away(classes, asked.last_day),
            is_overdue=leaves.is_overdue,
            leaves=leaves.number,
            leaves_retro=leaves.retro,
        ),
    )


def _of_sheet(post: Post, row: SheetRow, facts: _Facts, asked: _Asked) -> PersonMonth:
    numbers = facts.numbers[post.village.id]
    classes = classes_of_sheet(asked.month, row.days)
    leaves = facts.leaves.get(row.posting_id, _Leaves())
    return PersonMonth(
        village=post.village,
        role=row.role,
        unit_id=row.unit_id,
        unit=row.unit,
        paid_days=len(row.paid_days),
        post=PostingMonth(
            posting_id=row.posting_id,
            person_id=row.person_id,
            name=row.name,
            sort_key=sort_key(row.name),
            classes=classes,
            assessed_days=row.assessed_days,
            is_month_met=_is_met(asked.month, len(row.days), row.assessed_days, numbers),
            is_average_met=_is_average_met(post, facts, asked),
            is_away=is_away(classes, asked.last_day),
            is_overdue=leaves.is_overdue,
            leaves=leaves.number,
            leaves_retro=leaves.retro,
        ),
    )


def _is_met(month: Month, posted_days: int, assessed: float, numbers: CountyNumbers) -> bool:
    required = required_days(month, posted_days=posted_days, required_per_month=numbers.required_per_month)
    return month_met(assessed_days=assessed, required_days=required)


def _is_average_met(post: Post, facts: _Facts, asked: _Asked) -> bool | None:
    numbers = facts.numbers[post.village.id]
    so_far: Average | None = average(_months_over(post, facts, numbers, asked))
    return None if so_far is None else so_far.is_compliant(numbers.required_per_month)


def _months_over(
    post: Post, facts: _Facts, numbers: CountyNumbers, asked: _Asked
) -> Iterator[tuple[Month, int, float]]:
    """Give posted and assessed days of the window's months that are over, stamped ones as they were stamped (D10)."""
    for month in window_months(asked.month, numbers.window):
        if month.last_day >= asked.today:
            continue
        if (post.village.id, month) in facts.closed:
            yield month, *facts.stamped.get((post.posting_id, month), (0, 0))
        elif month.last_day >= post.span.first_day:
            classes = month_classes(post.span, month, facts.recorded[post.posting_id], numbers, asked.today)
            yield month, count(classes.posted), assessed_days(classes, numbers.assessed)


# -- villages -----------------------------------------------------------------------------------


def _by_village(
    asked: _Asked,
    villages: list[Area],
    people: dict[UUID, list[PersonMonth]],
    sheets: dict[UUID, SheetContent],
    numbers: dict[UUID, CountyNumbers],
) -> Iterator[VillageMonth]:
    """Give the villages with people or the duty of a team in the order of names, each with its people."""
    with_team = _with_team(villages, asked.last_day)
    offices = {holding.area_id for holding in asked.caller.holdings_for(Permission.SEE_REPORTS)} - {None}
    for village in sorted(villages, key=lambda each: (each.sort_key, each.id)):
        own = people[village.id]
        if not own and village.id not in with_team | sheets.keys():
            continue
        yield VillageMonth(
            village=village,
            people=tuple(sorted(own, key=_order)),
            rest=numbers[village.id].rest_days(asked.month),
            needs_team=village.id in with_team,
            is_stamped=village.id in sheets,
            is_whole=asked.unit is None and not offices.isdisjoint(ancestors(village)),
        )


def _order(person: PersonMonth) -> tuple[str, bytes, UUID, UUID]:
    return person.role, person.post.sort_key, person.post.person_id, person.post.posting_id


def _with_team(villages: Collection[Area], day: date) -> set[UUID]:
    return set(
        db.session.scalars(
            select(VillageKind.village_id).where(
                VillageKind.village_id.in_([village.id for village in villages]),
                VillageKind.kind.in_(TEAM_KINDS),
                VillageKind.first_day <= day,
                or_(VillageKind.last_day.is_(None), VillageKind.last_day >= day),
            )
        )
    )
