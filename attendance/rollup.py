"""A month of very many people: the totals of each village, read a county at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, or_, select

from attendance.policy import DayClass, assessed_days, month_met, paid_days, required_days
from attendance.queries import claims_of, own_days
from attendance.service import classes_of, numbers_of
from checkin.queries import DAYS_PRESENT
from kernel.database import AnyRow, db
from kernel.periods import Month, count, span_bits
from org.models import Area, Posting
from org.queries import next_first_day

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
    """Give the month's totals of each village of a county with people in it; four statements however many.

    Who may see the county is the caller's to ask. Only one county is ever held, so a country runs in little
    memory.
    """
    villages = list(db.session.scalars(select(Area).where(Area.county_id == county_id)))
    numbers = numbers_of(villages, day=min(month.last_day, today))
    rest = {own: own.rest_days(month) for own in set(numbers.values())}
    rows = _postings(county_id, [village.id for village in villages], month)
    claims = claims_of(
        county_id=county_id,
        posting_ids=[row.id for row in rows],
        first_day=month.first_day,
        last_day=month.last_day,
    )
    totals: dict[UUID, VillageTotals] = {}
    for id_, village_id, first_day, last_day, next_day, present, waiting in rows:
        posted = span_bits(month, own_days(first_day, last_day, next_day))
        if not posted:
            continue
        own = numbers[village_id]
        classes = classes_of(
            posted, month, claims.get(id_), present=present, waiting=waiting, rest=rest[own], today=today
        )
        assessed = assessed_days(classes, own.assessed)
        required = required_days(month, posted_days=count(posted), required_per_month=own.required_per_month)
        of_village = totals.get(village_id) or totals.setdefault(village_id, VillageTotals(village_id))
        of_village.people += 1
        of_village.in_village_days += paid_days(classes, IN_VILLAGE)
        of_village.assessed_days += assessed
        of_village.paid_days += paid_days(classes, own.paid)
        of_village.people_met += month_met(assessed_days=assessed, required_days=required)
    yield from totals.values()


_PRESENCE = DAYS_PRESENT.subquery()
_POSTINGS = (
    select(
        Posting.id,
        Posting.village_id,
        Posting.first_day,
        Posting.last_day,
        next_first_day(),
        func.coalesce(_PRESENCE.c.present, 0),
        func.coalesce(_PRESENCE.c.waiting, 0),
    )
    .outerjoin(_PRESENCE, _PRESENCE.c.posting_id == Posting.id)
    .where(
        Posting.village_id == any_(bindparam("village_ids", type_=ARRAY(Uuid()))),
        Posting.first_day <= bindparam("last_day"),
        or_(Posting.last_day.is_(None), Posting.last_day >= bindparam("first_day")),
    )
)


def _postings(county_id: UUID, village_ids: list[UUID], month: Month) -> Sequence[AnyRow]:
    """Return the postings that reach into the month, each with its days in the village and those that wait."""
    asked = {
        "county_ids": [county_id],
        "village_ids": village_ids,
        "first_day": month.first_day,
        "last_day": month.last_day,
    }
    return db.session.connection().execute(_POSTINGS, asked).all()
