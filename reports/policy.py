"""What the months of many people and the quarters of many pairings add up to (Articles 7, 12, 16). Pure."""

from collections.abc import Collection, Hashable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from itertools import compress, islice, zip_longest
from operator import or_
from typing import Any, NamedTuple, TypeVar

from attendance.policy import DayClass, MonthClasses, one_of
from kernel.periods import DaySet, Month, Quarter, apart, before, count, for_each, full, one, side_by_side
from visits.policy import DutyStatus, Tally, tally

# -- monthly residency (驻村情况月报, Article 16) --------------------------------------------------

TEAM_MIN_PEOPLE = 3
"""每支工作队不少于3人 (Article 7)."""
FEW_DAYS, ENOUGH_DAYS = 15, 20
"""Where the report's columns 考核天数 <15, 15–19, ≥20 part; they read the same in each county (form 7.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingMonths:
    """The same month of some postings side by side, of a village's or of one alone, as the report needs it.

    Each sequence has one item for each posting; of a person who moved each posting has its own. An average
    is None before its first month is over, away says on leave on the last day reported, overdue not back from a
    leave in time (超假). `leaves` reach into the month, agreed to beforehand or, as `leaves_retro`, by phone
    with the papers afterwards (补办, Article 17).
    """

    classes: MonthClasses
    assessed_halves: Sequence[int]
    is_month_met: Sequence[bool]
    is_average_met: Sequence[bool | None]
    is_away: Sequence[bool]
    is_overdue: Sequence[bool]
    leaves: Sequence[int]
    leaves_retro: Sequence[int]

    def one(self, number: int) -> "PostingMonths":
        """Give the month of one posting alone."""
        return PostingMonths(
            classes=one_of(self.classes, number),
            assessed_halves=[self.assessed_halves[number]],
            is_month_met=[self.is_month_met[number]],
            is_average_met=[self.is_average_met[number]],
            is_away=[self.is_away[number]],
            is_overdue=[self.is_overdue[number]],
            leaves=[self.leaves[number]],
            leaves_retro=[self.leaves_retro[number]],
        )


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


def away_on(classes: MonthClasses, day: date) -> list[bool]:
    """Tell of each posting whether somebody is on leave of any kind on a day (请假在外)."""
    away = _half_days_in(classes, AWAY) & ~_in_village(classes)
    if not away or Month.of(day) != classes.month:
        return [False] * classes.people
    away &= for_each(one(day), classes.people)
    return [bool(days) for days in apart(away, classes.people)]


def residency_of(months: PostingMonths, **of_village: int) -> ResidencyRow:
    """Return the line of some postings, or of one, with the figures that belong to their village."""
    halves, people = months.assessed_halves, months.classes.people
    few = sum(number < 2 * FEW_DAYS for number in halves)
    enough = sum(number >= 2 * ENOUGH_DAYS for number in halves)
    days: dict[str, Any] = {_DAYS[kind]: number for kind, number in _days_by_class(months.classes).items()}
    return ResidencyRow(
        people=people,
        posted_days=count(months.classes.posted),
        assessed_days=sum(halves) / 2,
        people_month_met=sum(months.is_month_met),
        people_with_average=people - months.is_average_met.count(None),
        people_average_met=months.is_average_met.count(True),
        people_below_15=few,
        people_15_to_19=people - few - enough,
        people_from_20=enough,
        people_away=sum(months.is_away),
        people_overdue=sum(months.is_overdue),
        leaves=sum(months.leaves),
        leaves_retro=sum(months.leaves_retro),
        **days,
        **of_village,
    )


_DAYS = {kind: f"{kind}_days" for kind in DayClass}


def _days_by_class(classes: MonthClasses) -> dict[DayClass, float]:
    """Count the days of each class: half a day in the village makes the date one in the village (rules.md §4.1)."""
    here = _in_village(classes)
    halves = {DayClass.IN_VILLAGE: 2 * count(here)}
    for half in (classes.mornings, classes.afternoons):
        for kind, days in half.items():
            halves[kind] = halves.get(kind, 0) + count(days & ~here)
    return {kind: number / 2 for kind, number in halves.items()}


def _in_village(classes: MonthClasses) -> DaySet:
    return classes.mornings.get(DayClass.IN_VILLAGE, 0) | classes.afternoons.get(DayClass.IN_VILLAGE, 0)


def _half_days_in(classes: MonthClasses, kinds: Set[DayClass]) -> DaySet:
    """Give the days of which a half at least is in one of these classes."""
    days = 0
    for half in (classes.mornings, classes.afternoons):
        for kind, bits in half.items():
            if kind in kinds:
                days |= bits
    return days


def villages_line(
    months: PostingMonths,
    people_of_each: Sequence[int],
    needs_team: Sequence[bool],
    *,
    today: date,
    rest: DaySet,
) -> ResidencyRow:
    """Return the line of some villages: their postings, the days a team was short, the days nobody was there.

    The postings stand village after village, `people_of_each` says how many each has. A team is short on a day
    with fewer than three people posted (Article 7); a village without the duty of a team never is (Article 2).
    Nobody was there on a working day that is over when somebody was posted and nobody was in the village.
    """
    month, villages = months.classes.month, len(people_of_each)
    posted, in_village = (
        _rank_by_rank(apart(days, months.classes.people), people_of_each)
        for days in (months.classes.posted, _in_village(months.classes))
    )
    over = for_each(before(month, today), villages)
    all_days = for_each(full(month), villages)
    with_duty = side_by_side([full(month) if needs else 0 for needs in needs_team])
    short = over & with_duty & ~_full_team(all_days, posted)
    nobody = _any(posted) & over & ~for_each(rest, villages) & ~_any(in_village)
    return residency_of(
        months,
        villages=villages,
        teams_short=_with_days(short, villages),
        team_short_days=count(short),
        villages_with_nobody=_with_days(nobody, villages),
        nobody_days=count(nobody),
    )


def _rank_by_rank(sets: Iterable[DaySet], people_of_each: Iterable[int]) -> list[DaySet]:
    """Put the first of each village side by side, then the second of each, and so on."""
    in_order = iter(sets)
    teams = [list(islice(in_order, people)) for people in people_of_each]
    return [side_by_side(rank) for rank in zip_longest(*teams, fillvalue=0)]


def _any(sets: Iterable[DaySet]) -> DaySet:
    return reduce(or_, sets, 0)


def _full_team(all_days: DaySet, ranks: Iterable[DaySet]) -> DaySet:
    """Give of each village the days on which a whole team is posted."""
    at_least = [all_days] + [0] * TEAM_MIN_PEOPLE
    for days in ranks:
        for people in range(TEAM_MIN_PEOPLE, 0, -1):
            at_least[people] |= at_least[people - 1] & days
    return at_least[TEAM_MIN_PEOPLE]


def _with_days(days: DaySet, villages: int) -> int:
    return sum(map(bool, apart(days, villages)))


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


def reasons_to_look_at(months: PostingMonths) -> dict[int, tuple[Reason, ...]]:
    """Say which postings' months somebody should look at, by their number from 0, and why.

    A single month below its days is none, for only the average decides (Article 16).
    """
    classes = months.classes
    unexplained, unexcused = (
        apart(_half_days_in(classes, {kind}) & ~_in_village(classes), classes.people)
        for kind in (DayClass.UNEXPLAINED, DayClass.UNEXCUSED)
    )
    below = [met is False for met in months.is_average_met]
    each = enumerate(zip(unexplained, unexcused, months.is_overdue, below, strict=True))
    return {number: tuple(compress(Reason, told)) for number, told in each if any(told)}


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
