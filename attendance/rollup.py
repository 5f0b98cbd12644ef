"""A month of very many people: the totals of each village, read a county at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from attendance.policy import DayClass, assessed_days, month_met, paid_days, required_days
from attendance.queries import facts_of, own_days
from attendance.service import month_classes, numbers_of
from kernel.database import AnyRow, db
from kernel.periods import DaySpan, Month, count
from org.models import Area, Posting
from org.queries import next_first_day, serves_between

IN_VILLAGE = frozenset({DayClass.IN_VILLAGE})


@dataclass(slots=True)
class VillageTotals:
    """What the people of one village add up to in one month."""

    village_id: UUID
    people: int = 0
    in_village_days: int = 0
    assessed_days: float = 0
    paid_days: int = 0
    people_met: int = 0


def totals_of_county(county_id: UUID, *, month: Month, today: date) -> Iterator[VillageTotals]:
    """Give the month's totals of each village of a county with people in it; five statements however many.

    Who may see the county is the caller's to ask. Only one county is ever held, so a country runs in little
    memory.
    """
    posts = [(row, span) for row in _postings(county_id, month) if (span := _span_in(row, month))]
    villages = {
        village.id: village for village in db.session.scalars(select(Area).where(Area.county_id == county_id))
    }
    numbers = numbers_of(villages.values(), day=min(month.last_day, today))
    facts = facts_of(
        county_ids=[county_id],
        village_ids=villages,
        posting_ids=[row.id for row, _ in posts],
        first_day=month.first_day,
        last_day=month.last_day,
    )
    totals: dict[UUID, VillageTotals] = {}
    for row, span in posts:
        of_village = totals.setdefault(row.village_id, VillageTotals(row.village_id))
        own = numbers[row.village_id]
        classes = month_classes(span, month, facts[row.id], own, today)
        assessed = assessed_days(classes, own.assessed)
        required = required_days(
            month, posted_days=count(classes.posted), required_per_month=own.required_per_month
        )
        of_village.people += 1
        of_village.in_village_days += paid_days(classes, IN_VILLAGE)
        of_village.assessed_days += assessed
        of_village.paid_days += paid_days(classes, own.paid)
        of_village.people_met += month_met(assessed_days=assessed, required_days=required)
    yield from totals.values()


def _postings(county_id: UUID, month: Month) -> Iterator[AnyRow]:
    statement = (
        select(
            Posting.id,
            Posting.village_id,
            Posting.first_day,
            Posting.last_day,
            next_first_day().label("next_first_day"),
        )
        .join(Area, Area.id == Posting.village_id)
        .where(Area.county_id == county_id, serves_between(month.first_day, month.last_day))
    )
    return iter(db.session.execute(statement))


def _span_in(row: AnyRow, month: Month) -> DaySpan | None:
    """Return the days that belong to a posting if some of them lie in the month."""
    span = own_days(row.first_day, row.last_day, row.next_first_day)
    return span if span.overlap(DaySpan(month.first_day, month.last_day)) else None
