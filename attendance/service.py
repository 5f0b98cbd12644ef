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
    assessed_halves,
    assessed_halves_of_each,
    average_of,
    classify,
    forecast,
    month_met,
    paid_days,
    required_days,
    together,
    weigh_each,
    window_months,
)
from attendance.queries import Post, PostFacts, facts_of, posts_in, read_doubtful_days
from identity.permissions import Permission
from identity.scope import Caller, find_posting_on, get_person
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, Refusal
from kernel.periods import DaySet, DaySpan, Month, count, day_of, side_by_side, span_bits
from kernel.workdays import is_announced, rest_days
from org.models import Area
from org.queries import ancestors, counties_of, setting_rows
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
    facts = facts_of(counties, [post.posting_id for post in posts], first=first_month, last=month)
    read_doubtful_days(facts, counties, month)
    averages: dict[UUID, Average | None] = {}
    for own, of_those in _by_numbers(posts, numbers).items():
        spans_and_facts = [(post.span, facts[post.posting_id]) for post in of_those]
        found = averages_of(spans_and_facts, month=month, numbers=own, today=today)
        averages.update(zip((post.posting_id for post in of_those), found, strict=True))
    return [
        (
            post,
            draw_up(
                post.span,
                averages[post.posting_id],
                month=month,
                facts=facts[post.posting_id],
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


def numbers_of(villages: Iterable[Area], *, day: date) -> dict[UUID, CountyNumbers]:
    """Return the numbers in force on a day by village, read in one statement."""
    lines = {village.id: ancestors(village) for village in villages}
    rows = setting_rows({area_id for line in lines.values() for area_id in line if area_id})
    known: dict[tuple[Any, ...], CountyNumbers] = {}
    own = {row.area_id for row in rows}
    numbers = {}
    for village_id, line in lines.items():
        relevant = tuple(area_id for area_id in line if area_id in own)
        if relevant not in known:
            known[relevant] = CountyNumbers(resolve(rows, ancestors=line, day=day))
        numbers[village_id] = known[relevant]
    return numbers


def draw_up(
    span: DaySpan,
    so_far: Average | None,
    *,
    month: Month,
    facts: PostFacts,
    numbers: CountyNumbers,
    today: date,
) -> PostMonth:
    """Return the month of a posting of these days, beside the average over the window's months that are over."""
    classes = month_classes(span, month, facts, numbers, today)
    posted_days = count(classes.posted)
    assessed = assessed_days(classes, numbers.assessed)
    required = required_days(month, posted_days=posted_days, required_per_month=numbers.required_per_month)
    entered = _entered(facts.entries.get(month, {}).values())
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
        waiting=facts.waiting.get(month, 0) & ~facts.present.get(month, 0) & ~registered,
        doubtful=facts.doubtful.get(month, 0),
    )


def month_classes(
    span: DaySpan, month: Month, facts: PostFacts, numbers: CountyNumbers, today: date
) -> MonthClasses:
    """Return what each half-day of a month of a posting of these days counts as."""
    return _classes(span_bits(month, span), month, facts, numbers.rest_days(month), today)


def months_side_by_side(
    posted: Sequence[DaySet], month: Month, facts: Sequence[PostFacts], *, rest: DaySet, today: date
) -> MonthClasses:
    """Return what each half-day of the same month of some postings counts as; of most nothing but days are known."""
    if any(each.has_claims(month) for each in facts):
        own = zip(posted, facts, strict=True)
        return together(month, [_classes(days, month, each, rest, today) for days, each in own])
    waiting = side_by_side([each.waiting.get(month, 0) for each in facts])
    return classify(
        MonthFacts(
            month=month,
            posted=side_by_side(posted),
            present=side_by_side([each.present.get(month, 0) for each in facts]),
            pending=Halves(waiting, waiting),
            rest=rest,
            today=today,
            people=len(facts),
        )
    )


def assessed_of_each(
    own: Sequence[tuple[DaySpan, PostFacts]], month: Month, *, numbers: CountyNumbers, today: date
) -> list[tuple[int, int]]:
    """Return posted days and assessed half-days of the same month of some postings (Article 16)."""
    posted = [span_bits(month, span) for span, _ in own]
    rest, halves = numbers.rest_days(month), [0] * len(own)
    plain = [number for number, (_, facts) in enumerate(own) if not facts.has_claims(month)]
    days, facts_of_plain = [posted[number] for number in plain], [own[number][1] for number in plain]
    classes = months_side_by_side(days, month, facts_of_plain, rest=rest, today=today)
    for number, found in zip(plain, assessed_halves_of_each(classes, numbers.assessed), strict=True):
        halves[number] = found
    for number in sorted(set(range(len(own))).difference(plain)):
        alone = _classes(posted[number], month, own[number][1], rest, today)
        halves[number] = assessed_halves(alone, numbers.assessed)
    return list(zip(map(count, posted), halves, strict=True))


def averages_of(
    own: Sequence[tuple[DaySpan, PostFacts]], *, month: Month, numbers: CountyNumbers, today: date
) -> list[Average | None]:
    """Return the average of each of some postings over the window's months that are over (D10)."""
    weights: list[Weight] = [(0, 0)] * len(own)
    for each in window_months(month, numbers.window):
        if each.last_day < today:
            weights = weigh_each(weights, each, assessed_of_each(own, each, numbers=numbers, today=today))
    return [average_of(weight) for weight in weights]


def _classes(posted: DaySet, month: Month, facts: PostFacts, rest: DaySet, today: date) -> MonthClasses:
    waiting, pending = facts.waiting.get(month, 0), facts.pending.get(month, NO_HALVES)
    return classify(
        MonthFacts(
            month=month,
            posted=posted,
            present=facts.present.get(month, 0),
            entries=facts.entries.get(month, {}),
            approved=facts.approved.get(month, {}),
            pending=Halves(pending.morning | waiting, pending.afternoon | waiting),
            rest=rest,
            today=today,
        )
    )


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
