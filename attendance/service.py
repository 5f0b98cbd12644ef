"""The month of a posting, put together from check-ins, entries and the calendar; entries of the township."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from attendance.models import Correction, Half
from attendance.policy import (
    NO_CLAIMS,
    NO_HALVES,
    Average,
    DayClass,
    Forecast,
    Halves,
    MonthClasses,
    MonthFacts,
    Weight,
    Window,
    assessed_days,
    assessed_halves_of_each,
    average_of,
    classify,
    forecast,
    month_met,
    paid_days,
    required_days,
    weigh_each,
    window_months,
)
from attendance.queries import Post, Recorded, RecordedMonth, posts_in, read_doubtful_days, recorded_of
from identity.permissions import Permission
from identity.scope import Caller, find_posting_on, get_person
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, Refusal
from kernel.periods import DaySet, DaySpan, Month, count, day_of, side_by_side, span_bits
from kernel.workdays import is_announced, rest_days
from org.models import Area
from org.queries import Located, ancestors, counties_of, setting_rows
from org.settings import AreaSettings, resolve


@dataclass(frozen=True, slots=True)
class PostMonth:
    """One posting's month as the sheet shows it."""

    classes: MonthClasses
    in_village_days: int
    assessed_days: float
    paid_days: int
    required_days: int
    is_met: bool
    average: Average | None
    forecast: Forecast | None
    """None but in the running month."""
    required_per_month: int
    registered: DaySet
    waiting: DaySet
    """Days that wait for the township still: neither counted nor entered."""
    doubtful: DaySet

    def describe_average(self) -> dict[str, Any] | None:
        """Return the average as the screens show it; None before the first month is over."""
        if self.average is None:
            return None
        return {
            "days": self.average.days,
            "required_days": self.required_per_month,
            "compliant": self.average.is_compliant(self.required_per_month),
        }

    def describe_forecast(self) -> dict[str, Any] | None:
        """Return what the average still needs this month as the screens show it; None of another month."""
        if self.forecast is None:
            return None
        return {
            "missing_days": self.forecast.missing_days,
            "remaining_days": self.forecast.remaining_days,
            "reachable": self.forecast.is_reachable,
            "text": self._say(self.forecast),
        }

    def _say(self, forecast: Forecast) -> str:
        if not forecast.missing_days:
            return "本月已达到"
        missing, required = f"{forecast.missing_days:g}", self.required_per_month
        if forecast.is_reachable:
            return f"本月再驻村{missing}天，年均可达{required}天"
        return f"距年均{required}天还差{missing}天，本月余下{forecast.remaining_days:g}天"


class CountyNumbers:
    """The settings of one village, read once for all its people."""

    __slots__ = ("assessed", "extra_rest_days", "extra_workdays", "paid", "required_per_month", "window")

    def __init__(self, settings: AreaSettings) -> None:
        self.assessed = frozenset(map(DayClass, settings["residency.counts"]))
        self.paid = frozenset(map(DayClass, settings["allowance.counts"]))
        self.required_per_month: int = settings["residency.required_per_month"]
        self.window = Window(settings["residency.window"])
        self.extra_rest_days = frozenset(map(date.fromisoformat, settings["calendar.extra_rest_days"]))
        self.extra_workdays = frozenset(map(date.fromisoformat, settings["calendar.extra_workdays"]))

    def first_month(self, month: Month) -> Month:
        """Return where the averaging window of a month begins."""
        return window_months(month, self.window)[0]

    def rest_days(self, month: Month) -> DaySet:
        return rest_days(month, extra_rest_days=self.extra_rest_days, extra_workdays=self.extra_workdays)


def months_of(
    *,
    caller: Caller,
    month: Month,
    area: Area | None = None,
    unit_id: UUID | None = None,
    posting_ids: Collection[UUID] | None = None,
) -> list[tuple[Post, PostMonth]]:
    """Return the month of every posting in an area, of a unit or of these ids that the caller may see.

    The number of statements does not depend on the number of people.
    """
    span = DaySpan(month.first_day, month.last_day)
    posts = posts_in(caller=caller, area=area, unit_id=unit_id, posting_ids=posting_ids, span=span)
    if not posts:
        return []
    today = day_of(caller.now)
    villages = {post.village.id: post.village for post in posts}
    numbers = numbers_of(villages.values(), day=min(month.last_day, today))
    first_month = min(of_village.first_month(month) for of_village in numbers.values())
    counties = counties_of(villages.values())
    recorded = recorded_of(counties, [post.posting_id for post in posts], first=first_month, last=month)
    read_doubtful_days(recorded, counties, month)
    averages: dict[UUID, Average | None] = {}
    for own, of_those in _by_numbers(posts, numbers).items():
        spans = {post.posting_id: post.span for post in of_those}
        averages |= averages_of(spans, recorded, month=month, numbers=own, today=today)
    return [
        (
            post,
            draw_up(
                post.posting_id,
                post.span,
                averages[post.posting_id],
                month=month,
                recorded=recorded.months[month],
                numbers=numbers[post.village.id],
                today=today,
            ),
        )
        for post in posts
    ]


def _by_numbers(
    posts: Iterable[Post], numbers: Mapping[UUID, CountyNumbers]
) -> dict[CountyNumbers, list[Post]]:
    grouped: dict[CountyNumbers, list[Post]] = defaultdict(list)
    for post in posts:
        grouped[numbers[post.village.id]].append(post)
    return grouped


def numbers_of(villages: Iterable[Located], *, day: date) -> dict[UUID, CountyNumbers]:
    """Return the numbers in force on a day by village, read in one statement."""
    lines = {village.id: ancestors(village) for village in villages}
    rows = setting_rows({area_id for line in lines.values() for area_id in line if area_id})
    known: dict[tuple[Any, ...], CountyNumbers] = {}
    own = {row.area_id for row in rows}
    numbers = {}
    for village_id, line in lines.items():
        relevant = tuple(filter(own.__contains__, line))
        if relevant not in known:
            known[relevant] = CountyNumbers(resolve(rows, ancestors=line, day=day))
        numbers[village_id] = known[relevant]
    return numbers


def draw_up(
    posting_id: UUID,
    span: DaySpan,
    so_far: Average | None,
    *,
    month: Month,
    recorded: RecordedMonth,
    numbers: CountyNumbers,
    today: date,
) -> PostMonth:
    """Return the month of a posting of these days, beside the average over the window's months that are over."""
    classes = month_classes(posting_id, span, month, recorded, numbers, today)
    posted_days = count(classes.posted)
    assessed = assessed_days(classes, numbers.assessed)
    required = required_days(month, posted_days=posted_days, required_per_month=numbers.required_per_month)
    entered = _entered(recorded.entries.get(posting_id, {}).values())
    registered = entered.morning | entered.afternoon
    return PostMonth(
        classes=classes,
        in_village_days=paid_days(classes, frozenset({DayClass.IN_VILLAGE})),
        assessed_days=assessed,
        paid_days=paid_days(classes, numbers.paid),
        required_days=required,
        is_met=month_met(assessed_days=assessed, required_days=required),
        average=so_far,
        forecast=_forecast(so_far, classes, entered, numbers, today),
        required_per_month=numbers.required_per_month,
        registered=registered,
        waiting=recorded.waiting.get(posting_id, 0) & ~recorded.present.get(posting_id, 0) & ~registered,
        doubtful=recorded.doubtful.get(posting_id, 0),
    )


def month_classes(
    posting_id: UUID,
    span: DaySpan,
    month: Month,
    recorded: RecordedMonth,
    numbers: CountyNumbers,
    today: date,
) -> MonthClasses:
    """Return what each half-day of a month of a posting of these days counts as."""
    waiting, pending = recorded.waiting.get(posting_id, 0), recorded.pending.get(posting_id, NO_HALVES)
    return classify(
        MonthFacts(
            month=month,
            posted=span_bits(month, span),
            present=recorded.present.get(posting_id, 0),
            entries=recorded.entries.get(posting_id, NO_CLAIMS),
            approved=recorded.approved.get(posting_id, NO_CLAIMS),
            pending=Halves(pending.morning | waiting, pending.afternoon | waiting),
            rest=numbers.rest_days(month),
            today=today,
        )
    )


def months_side_by_side(
    posting_ids: Sequence[UUID],
    posted: Sequence[DaySet],
    month: Month,
    recorded: RecordedMonth,
    *,
    rest: DaySet,
    today: date,
) -> MonthClasses:
    """Return what each half-day of the same month of some postings counts as."""
    waiting = _days_of_each(recorded.waiting, posting_ids)
    pending = _halves_of_each(recorded.pending, posting_ids)
    return classify(
        MonthFacts(
            month=month,
            posted=side_by_side(posted),
            present=_days_of_each(recorded.present, posting_ids),
            entries=_claims_of_each(recorded.entries, posting_ids),
            approved=_claims_of_each(recorded.approved, posting_ids),
            pending=Halves(pending.morning | waiting, pending.afternoon | waiting),
            rest=rest,
            today=today,
            people=len(posting_ids),
        )
    )


def _days_of_each(days: Mapping[UUID, DaySet], posting_ids: Iterable[UUID]) -> DaySet:
    return side_by_side([days.get(id_, 0) for id_ in posting_ids]) if days else 0


def _halves_of_each(halves: Mapping[UUID, Halves], posting_ids: Sequence[UUID]) -> Halves:
    if not halves:
        return NO_HALVES
    return Halves(
        *(_days_of_each({id_: each[half] for id_, each in halves.items()}, posting_ids) for half in range(2))
    )


def _claims_of_each(
    claims: Mapping[UUID, Mapping[DayClass, Halves]], posting_ids: Sequence[UUID]
) -> Mapping[DayClass, Halves]:
    """Put the claims on days of some postings side by side; of one posting no half-day is claimed twice."""
    if not claims:
        return NO_CLAIMS
    by_class: dict[DayClass, dict[UUID, Halves]] = defaultdict(dict)
    for posting_id, of_posting in claims.items():
        for day_class, halves in of_posting.items():
            by_class[day_class][posting_id] = halves
    return {day_class: _halves_of_each(halves, posting_ids) for day_class, halves in by_class.items()}


def assessed_of_each(
    spans: Mapping[UUID, DaySpan],
    month: Month,
    recorded: RecordedMonth,
    *,
    numbers: CountyNumbers,
    today: date,
) -> list[tuple[int, int]]:
    """Return posted days and assessed half-days of the same month of some postings (Article 16)."""
    posted = [span_bits(month, span) for span in spans.values()]
    classes = months_side_by_side(
        list(spans), posted, month, recorded, rest=numbers.rest_days(month), today=today
    )
    return list(zip(map(count, posted), assessed_halves_of_each(classes, numbers.assessed), strict=True))


def averages_of(
    spans: Mapping[UUID, DaySpan], recorded: Recorded, *, month: Month, numbers: CountyNumbers, today: date
) -> dict[UUID, Average | None]:
    """Return the averages of some postings of these days over the window's months that are over (D10)."""
    weights: list[Weight] = [(0, 0)] * len(spans)
    for each in window_months(month, numbers.window):
        if each.last_day < today:
            own = assessed_of_each(spans, each, recorded.months[each], numbers=numbers, today=today)
            weights = weigh_each(weights, each, own)
    return dict(zip(spans, map(average_of, weights), strict=True))


def _forecast(
    so_far: Average | None, classes: MonthClasses, entered: Halves, numbers: CountyNumbers, today: date
) -> Forecast | None:
    if not classes.month.first_day <= today <= classes.month.last_day:
        return None
    return forecast(
        so_far,
        classes,
        numbers.assessed,
        today=today,
        entered=entered.morning & entered.afternoon,
        required_per_month=numbers.required_per_month,
    )


def _entered(entries: Iterable[Halves]) -> Halves:
    mornings = afternoons = 0
    for morning, afternoon in entries:
        mornings |= morning
        afternoons |= afternoon
    return Halves(mornings, afternoons)


def unannounced_years(month: Month) -> list[int]:
    """Return the month's year if its public holidays are not announced yet (D24)."""
    return [] if is_announced(month.first_day.year) else [month.first_day.year]


def correct(
    *,
    caller: Caller,
    client_key: UUID,
    person_id: UUID,
    day: date,
    half: Half,
    day_class: DayClass,
    reason: str,
) -> tuple[Correction, bool]:
    """Enter by hand what a day counts as, with a reason; return the entry and whether it is new (§4.1 rule 1)."""
    get_person(person_id, caller, Permission.CORRECT_ATTENDANCE)
    if person_id == caller.person_id:
        raise Forbidden("own_record", "不能更正本人的考勤")
    if day > day_of(caller.now):
        raise Refusal("day_in_future", "不能登记将来的日期")
    found = find_posting_on(day, person_id=person_id, caller=caller, permission=Permission.CORRECT_ATTENDANCE)
    if found is None:
        raise Refusal("day_outside_posting", "该日不在此人的派驻期内")
    posting, village = found
    content = "|".join(map(str, (posting.id, day, half, day_class, reason)))
    entry = Correction(
        county_id=village.county_id,
        id=uuid4(),
        client_key=client_key,
        content_sha256=hashlib.sha256(content.encode()).digest(),
        posting_id=posting.id,
        day=day,
        half=half,
        day_class=day_class,
        reason=reason,
        made_by=caller.person_id,
        made_at=caller.now,
    )
    return _store(entry)


def _store(entry: Correction) -> tuple[Correction, bool]:
    """Insert the entry once; the same key again is the same entry, with other content a Conflict."""
    values = {column.key: getattr(entry, column.key) for column in Correction.__table__.columns}
    with transaction():
        is_new = db.session.execute(
            insert_or_skip(Correction).values(values).on_conflict_do_nothing().returning(Correction.id)
        ).first()
        stored = db.session.scalars(
            select(Correction).where(
                Correction.county_id == entry.county_id, Correction.client_key == entry.client_key
            )
        ).one()
        if stored.content_sha256 != entry.content_sha256 or stored.made_by != entry.made_by:
            raise Conflict("key_reused", "同一编号已用于另一条更正")
        if is_new:
            audit.record(
                "attendance.correct",
                now=entry.made_at,
                county_id=entry.county_id,
                actor_id=entry.made_by,
                subject_id=entry.id,
                day=entry.day.isoformat(),
                day_class=entry.day_class,
                reason=entry.reason,
            )
    return stored, is_new is not None
