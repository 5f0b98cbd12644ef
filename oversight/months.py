"""Many months of many postings: stamped ones as they were stamped, the others from what is recorded (Article 16)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from attendance.models import Sheet, SheetVersion
from attendance.policy import DayClass, assessed_days, average, by_day, required_days
from attendance.queries import Post, RecordedMonth, recorded_of
from attendance.service import CountyNumbers, month_classes
from attendance.sheet import DayHalves, SheetContent, SheetRow, tally
from kernel.database import db
from kernel.periods import DaySpan, Month, months_between
from org.models import Area
from org.queries import ancestors, counties_of, setting_rows
from org.settings import SettingRow, resolve


@dataclass(frozen=True, slots=True)
class PostedMonth:
    """One posting's month: its days by class, half-days as halves, and what of them counts.

    ``posted_days`` are those that have come, ``required_days`` what the whole month asks for.
    """

    month: Month
    posted_days: int
    required_days: int
    assessed_days: float
    days: Mapping[DayClass, float]
    is_stamped: bool
    is_over: bool


def read_months(posts: Collection[Post], *, span: DaySpan, today: date) -> dict[UUID, list[PostedMonth]]:
    """Return, by posting, the months with days of it in the span that have begun; four statements however many.

    Who may see the postings is the caller's to ask. Months are whole: a span is a year, or the days of postings.
    """
    if not posts:
        return {}
    last_day = min(span.last_day or today, today)
    months = months_between(Month.of(span.first_day), Month.of(last_day))
    villages = {post.village.id: post.village for post in posts}
    stamped, closed = _stamped(villages.values(), months)
    recorded = recorded_of(
        counties_of(villages.values()),
        [post.posting_id for post in posts],
        first=months[0],
        last=months[-1],
    )
    rows = setting_rows({id_ for village in villages.values() for id_ in ancestors(village) if id_})
    numbers = {
        (village.id, month): _numbers(rows, village, min(month.last_day, today))
        for village in villages.values()
        for month in months
    }
    found: dict[UUID, list[PostedMonth]] = defaultdict(list)
    for post in posts:
        for month in months:
            own = numbers[post.village.id, month]
            if (post.village.id, month) in closed:
                row = stamped.get((post.posting_id, month))
                posted = row and _of_row(row, month, own)
            else:
                posted = _as_recorded(post, month, recorded.months[month], own, today)
            if posted:
                found[post.posting_id].append(posted)
    return found


def _stamped(
    villages: Iterable[Area], months: list[Month]
) -> tuple[dict[tuple[UUID, Month], SheetRow], set[tuple[UUID, Month]]]:
    """Return the lines of the newest stamped sheets by posting and month, and which villages' months are stamped."""
    known = list(villages)
    contents = db.session.scalars(
        select(SheetVersion.content)
        .join(
            Sheet,
            and_(
                Sheet.county_id == SheetVersion.county_id,
                Sheet.id == SheetVersion.sheet_id,
                Sheet.version == SheetVersion.number,
            ),
        )
        .where(
            Sheet.county_id.in_({village.county_id for village in known}),
            Sheet.village_id.in_([village.id for village in known]),
            Sheet.month.between(months[0].first_day, months[-1].first_day),
        )
    )
    sheets = [SheetContent.read(content) for content in contents]
    lines = {(row.posting_id, sheet.month): row for sheet in sheets for row in sheet.rows}
    return lines, {(sheet.village_id, sheet.month) for sheet in sheets}


def _numbers(rows: Iterable[SettingRow], village: Area, day: date) -> CountyNumbers:
    return CountyNumbers(resolve(rows, ancestors=ancestors(village), day=day))


def _of_row(row: SheetRow, month: Month, numbers: CountyNumbers) -> PostedMonth:
    return _posted(month, row.days, row.assessed_days, numbers, is_stamped=True, is_over=True)


def _as_recorded(
    post: Post, month: Month, recorded: RecordedMonth, numbers: CountyNumbers, today: date
) -> PostedMonth | None:
    classes = month_classes(post.posting_id, post.span, month, recorded, numbers, today)
    days = {day.day: (morning, afternoon) for day, morning, afternoon in by_day(classes)}
    if not days:
        return None
    assessed = assessed_days(classes, numbers.assessed)
    return _posted(month, days, assessed, numbers, is_stamped=False, is_over=month.last_day < today)


def _posted(
    month: Month,
    days: Mapping[int, DayHalves],
    assessed: float,
    numbers: CountyNumbers,
    **state: Any,
) -> PostedMonth:
    required = required_days(month, posted_days=len(days), required_per_month=numbers.required_per_month)
    counted = tally(days)
    begun = len(days) - int(counted.get(DayClass.OPEN, 0))
    return PostedMonth(month, begun, required, assessed, counted, **state)


def average_days(months: Iterable[PostedMonth]) -> float | None:
    """Return the assessed days a month over the months that are over, rounded down (平均每月, Article 16)."""
    over = [(each.month, each.posted_days, each.assessed_days) for each in months if each.is_over]
    found = average(over)
    return found.days if found else None
