"""What the months of many people and the quarters of many pairings add up to (Articles 7, 12, 16). Pure."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from attendance.policy import DayClass, MonthClasses, day_class
from kernel.periods import DaySet, Month, Quarter, before, count, full, one
from visits.policy import DutyStatus, Tally, tally

# -- monthly residency (驻村情况月报, Article 16) --------------------------------------------------

TEAM_MIN_PEOPLE = 3
"""每支工作队不少于3人 (Article 7)."""
FEW_DAYS, ENOUGH_DAYS = 15, 20
"""Where the report's columns 考核天数 <15, 15–19, ≥20 part; they read the same in each county (form 7.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingMonth:
    """One posting's month as the report needs it; of a person who moved each posting has its own.

    `is_average_met` is None before the first month of the average is over, `is_away` says on leave on the
    last day reported, `is_overdue` not back from a leave in time (超假). `leaves` reach into the month, agreed
    to beforehand or, as `leaves_retro`, by phone with the papers afterwards (补办, Article 17).
    """

    posting_id: UUID
    person_id: UUID
    name: str
    sort_key: bytes
    classes: MonthClasses
    assessed_days: float
    is_month_met: bool
    is_average_met: bool | None
    is_away: bool
    is_overdue: bool
    leaves: int = 0
    leaves_retro: int = 0


class ResidencyRow(NamedTuple):
    """One line of the report: what postings, and villages, add up to.

    Every figure is a sum, so lines may be added in any order. `people` are postings: who moved within the
    month stands in both villages. The days of all classes add up to `posted_days`. The last five figures
    belong to villages: a line of a unit has none.
    """

    people: int = 0
    posted_days: float = 0
    assessed_days: float = 0
    in_village_days: float = 0
    trip_days: float = 0
    meeting_days: float = 0
    training_days: float = 0
    personal_days: float = 0
    sick_days: float = 0
    annual_days: float = 0
    other_days: float = 0
    rest_days: float = 0
    pending_days: float = 0
    unexplained_days: float = 0
    unexcused_days: float = 0
    open_days: float = 0
    people_month_met: int = 0
    people_with_average: int = 0
    people_average_met: int = 0
    people_below_15: int = 0
    people_15_to_19: int = 0
    people_from_20: int = 0
    people_away: int = 0
    people_overdue: int = 0
    leaves: int = 0
    leaves_retro: int = 0
    villages: int = 0
    teams_short: int = 0
    team_short_days: int = 0
    villages_with_nobody: int = 0
    nobody_days: int = 0


AWAY = frozenset(
    {
        DayClass.TRIP,
        DayClass.MEETING,
        DayClass.TRAINING,
        DayClass.PERSONAL,
        DayClass.SICK,
        DayClass.ANNUAL,
        DayClass.OTHER,
    }
)


def is_away(classes: MonthClasses, day: date) -> bool:
    """Tell whether somebody is on leave of any kind on a day (请假在外)."""
    return not AWAY.isdisjoint(day_class(classes, day)) and not _in_village(classes) & one(day)


def classes_of_sheet(month: Month, days: Mapping[int, tuple[DayClass, DayClass]]) -> MonthClasses:
    """Return the classes of a month from a sheet's line, day of the month by day of the month."""
    mornings: dict[DayClass, DaySet] = {}
    afternoons: dict[DayClass, DaySet] = {}
    posted = 0
    for day, (morning, afternoon) in days.items():
        bit = 1 << (day - 1)
        posted |= bit
        mornings[morning] = mornings.get(morning, 0) | bit
        afternoons[afternoon] = afternoons.get(afternoon, 0) | bit
    return MonthClasses(month, posted, mornings, mornings if mornings == afternoons else afternoons)


def residency_of(post: PostingMonth) -> ResidencyRow:
    """Return the line of one posting."""
    days: dict[str, Any] = {f"{kind}_days": number for kind, number in _days_by_class(post.classes).items()}
    return ResidencyRow(
        people=1,
        posted_days=count(post.classes.posted),
        assessed_days=post.assessed_days,
        people_month_met=int(post.is_month_met),
        people_with_average=int(post.is_average_met is not None),
        people_average_met=int(bool(post.is_average_met)),
        people_below_15=int(post.assessed_days < FEW_DAYS),
        people_15_to_19=int(FEW_DAYS <= post.assessed_days < ENOUGH_DAYS),
        people_from_20=int(post.assessed_days >= ENOUGH_DAYS),
        people_away=int(post.is_away),
        people_overdue=int(post.is_overdue),
        leaves=post.leaves,
        leaves_retro=post.leaves_retro,
    )._replace(**days)


def _days_by_class(classes: MonthClasses) -> dict[DayClass, float]:
    """Count the days of each class: half a day in the village makes the date one in the village (rules.md §4.1)."""
    here = _in_village(classes)
    halves = Counter({DayClass.IN_VILLAGE: 2 * count(here)})
    for half in (classes.mornings, classes.afternoons):
        for kind, days in half.items():
            halves[kind] += count(days & ~here)
    return {kind: number / 2 for kind, number in halves.items()}


def _in_village(classes: MonthClasses) -> DaySet:
    morning, afternoon = classes.halves(DayClass.IN_VILLAGE)
    return morning | afternoon


def village_line(
    posts: Iterable[PostingMonth], *, month: Month, today: date, rest: DaySet, needs_team: bool
) -> ResidencyRow:
    """Return the line of one village: its postings, the days its team was short, the days nobody was there.

    A team is short on a day with fewer than three people posted (Article 7); a village without the duty of a
    team never is (Article 2). Nobody was there on a working day that is over when somebody was posted and
    nobody was in the village.
    """
    posts = list(posts)
    over = before(month, today)
    short_days = count(over & ~_full_team(month, posts)) if needs_team else 0
    posted = in_village = 0
    for post in posts:
        posted |= post.classes.posted
        in_village |= _in_village(post.classes)
    nobody_days = count(posted & over & ~rest & ~in_village)
    return total(map(residency_of, posts), ResidencyRow())._replace(
        villages=1,
        teams_short=int(short_days > 0),
        team_short_days=short_days,
        villages_with_nobody=int(nobody_days > 0),
        nobody_days=nobody_days,
    )


def _full_team(month: Month, posts: Iterable[PostingMonth]) -> DaySet:
    """Give the days on which a whole team is posted."""
    at_least = [full(month)] + [0] * TEAM_MIN_PEOPLE
    for post in posts:
        for people in range(TEAM_MIN_PEOPLE, 0, -1):
            at_least[people] |= at_least[people - 1] & post.classes.posted
    return at_least[TEAM_MIN_PEOPLE]


Figures = TypeVar("Figures", bound=tuple[Any, ...])
"""The figures of a line, each of them a sum."""
Place = TypeVar("Place", bound=Hashable)


def total(rows: Iterable[Figures], nothing: Figures) -> Figures:
    """Add lines up, figure by figure; ``nothing`` is the line of none."""
    # a NamedTuple takes its figures one by one
    return type(nothing)(*map(sum, zip(nothing, *rows, strict=True)))  # type: ignore[arg-type]


def totals_by(rows: Iterable[tuple[Place, Figures]], nothing: Figures) -> dict[Place, Figures]:
    """Add up the lines of each place, whatever the places are: people, villages, townships, units."""
    of_place: dict[Place, list[Figures]] = {}
    for place, row in rows:
        of_place.setdefault(place, []).append(row)
    return {place: total(own, nothing) for place, own in of_place.items()}


class Reason(StrEnum):
    """Why somebody should look at a person's month."""

    UNEXPLAINED = "unexplained"
    UNEXCUSED = "unexcused"
    OVERDUE_RETURN = "overdue_return"
    AVERAGE_BELOW = "average_below"


def people_to_look_at(posts: Iterable[PostingMonth]) -> list[tuple[PostingMonth, tuple[Reason, ...]]]:
    """List whose month somebody should look at, and why, in the order of names: never a ranking (Article 29).

    A single month below its days is no reason, for only the average decides (Article 16).
    """
    found = [(post, reasons) for post in posts if (reasons := _reasons(post))]
    return sorted(found, key=lambda each: (each[0].sort_key, each[0].person_id, each[0].posting_id))


def _reasons(post: PostingMonth) -> tuple[Reason, ...]:
    days = _days_by_class(post.classes)
    holds = {
        Reason.UNEXPLAINED: days.get(DayClass.UNEXPLAINED, 0) > 0,
        Reason.UNEXCUSED: days.get(DayClass.UNEXCUSED, 0) > 0,
        Reason.OVERDUE_RETURN: post.is_overdue,
        Reason.AVERAGE_BELOW: post.is_average_met is False,
    }
    return tuple(reason for reason, is_so in holds.items() if is_so)


# -- quarterly pairing visits (结对走访季报, Article 12) --------------------------------------------


class ProblemFact(NamedTuple):
    """From when to when a problem found on a visit was open, and by when it was to be settled."""

    found_on: date
    settled_on: date | None
    due_on: date | None


class VisitsRow(NamedTuple):
    """One line of the report: what pairings, households and problems add up to (§4.5).

    Every figure is a sum, so lines of villages may be added in any order. `done` and `not_done` are pairings
    with a visit due, the three after them owe none; `households` are monitored ones, `covered` those that
    anybody visited. Problems are `open` and `overdue` at the end of the quarter, of a running one today.
    """

    done: int = 0
    not_done: int = 0
    exempt: int = 0
    grace: int = 0
    away: int = 0
    households: int = 0
    covered: int = 0
    problems_found: int = 0
    problems_settled: int = 0
    problems_open: int = 0
    problems_overdue: int = 0

    @property
    def expected(self) -> int:
        """Pairings with a visit due in the quarter (应走访户数)."""
        return self.done + self.not_done

    @property
    def coverage_percent(self) -> float | None:
        """The share of households that anybody visited, never rounded up (覆盖率)."""
        return Tally(households=self.households, covered=self.covered).coverage_percent


def visits_line(
    quarter: Quarter,
    *,
    today: date,
    statuses: Collection[DutyStatus],
    coverage: Collection[bool | None],
    problems: Iterable[ProblemFact],
) -> VisitsRow:
    """Return the line of some pairings, of the households they or their place have, of the problems found there."""
    counted = tally(statuses, coverage)
    first, last = quarter.first_day, min(quarter.last_day, today)
    known = [problem for problem in problems if problem.found_on <= last]
    is_open = [problem for problem in known if problem.settled_on is None or problem.settled_on > last]
    return VisitsRow(
        done=counted.done,
        not_done=counted.not_done,
        exempt=counted.exempt,
        grace=counted.grace,
        away=counted.away,
        households=counted.households,
        covered=counted.covered,
        problems_found=sum(first <= problem.found_on for problem in known),
        problems_settled=sum(
            problem.settled_on is not None and first <= problem.settled_on <= last for problem in known
        ),
        problems_open=len(is_open),
        problems_overdue=sum(problem.due_on is not None and problem.due_on < last for problem in is_open),
    )
