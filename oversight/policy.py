"""Article 21: who must be there, what an answer to a roll-call shows, what findings lead to. Pure.

Nothing here punishes: what follows from a finding is proposed, and a person decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from attendance.policy import DayClass
from geofence.policy import Judgement, Verdict
from leave.policy import WorkCalendar, workdays_after


class InspectionLevel(StrEnum):
    """Whose office sent the inspector; the city's stands for all above it too."""

    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"

    @property
    def rank(self) -> int:
        return list(InspectionLevel).index(self)


def sees_inspection(viewer: InspectionLevel, inspection: InspectionLevel) -> bool:
    """Say whether an office is told of an inspection before it has found anything: only of its own level or below.

    A visit without notice (暗访) is one to the offices below as well.
    """
    return viewer.rank >= inspection.rank


# -- who must be there --------------------------------------------------------------------------


class Expectation(StrEnum):
    """Whether somebody must be in the village at this hour."""

    MUST_BE_THERE = "must_be_there"
    ASKED_FOR_LEAVE = "asked_for_leave"
    """Leave asked for and not approved excuses nobody yet (Article 17)."""
    AWAY = "away"
    NOT_ON_DUTY = "not_on_duty"

    @property
    def is_called(self) -> bool:
        """Say whether a roll-call calls them."""
        return self in (Expectation.MUST_BE_THERE, Expectation.ASKED_FOR_LEAVE)


_AT_POST = {DayClass.IN_VILLAGE, DayClass.OPEN, DayClass.UNEXPLAINED, DayClass.UNEXCUSED}


def expectation(half_day: DayClass) -> Expectation:
    """Return what a half-day of this class asks of somebody (Articles 16, 17)."""
    if half_day in _AT_POST:
        return Expectation.MUST_BE_THERE
    if half_day is DayClass.PENDING:
        return Expectation.ASKED_FOR_LEAVE
    return Expectation.NOT_ON_DUTY if half_day is DayClass.REST else Expectation.AWAY


# -- the roll-call ------------------------------------------------------------------------------


class AnswerOutcome(StrEnum):
    IN_VILLAGE = "in_village"
    OUTSIDE = "outside"
    WAITS_FOR_INSPECTOR = "waits_for_inspector"


def answer_outcome(judgement: Judgement | None, *, is_fresh: bool) -> AnswerOutcome:
    """Return what an answer shows by itself; without a trusted fix taken just now, the inspector says.

    ``judgement`` is None where somebody answers without a position.
    """
    if judgement is None or not judgement.is_trusted or not is_fresh:
        return AnswerOutcome.WAITS_FOR_INSPECTOR
    return AnswerOutcome.OUTSIDE if judgement.verdict is Verdict.OUTSIDE else AnswerOutcome.IN_VILLAGE


def is_late(received_at: datetime, *, due_at: datetime) -> bool:
    """Say whether an answer came after its minutes; it is kept all the same."""
    return received_at > due_at


# -- findings -----------------------------------------------------------------------------------


class FindingKind(StrEnum):
    """What an inspector may find; only absence without cause counts for Article 21."""

    ABSENT = "absent"
    NOT_LIVING_THERE = "not_living_there"
    WORKS_ELSEWHERE = "works_elsewhere"
    NEGLECTS_WORK = "neglects_work"
    OTHER = "other"


class FindingState(StrEnum):
    FOUND = "found"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    LIFTED = "lifted"


FINDING_CLAUSE = "第二十一条：明查暗访、督查检查发现的情况"
FINDING_MOVES: dict[FindingState, frozenset[FindingState]] = {
    FindingState.FOUND: frozenset({FindingState.ANSWERED, FindingState.CONFIRMED, FindingState.LIFTED}),
    FindingState.ANSWERED: frozenset({FindingState.CONFIRMED, FindingState.LIFTED}),
    FindingState.CONFIRMED: frozenset(),
    FindingState.LIFTED: frozenset(),
}
"""Where a finding may go from each state (rules.md §5)."""
UNDECIDED = frozenset(state for state, targets in FINDING_MOVES.items() if targets)


def answer_due(told_on: date, *, workdays: int, calendar: WorkCalendar) -> date:
    """Return the last day for the person's answer: so many working days after the day of being told (D22)."""
    return workdays_after(told_on, workdays, calendar)


def is_heard(*, has_answered: bool, answer_due_on: date, today: date) -> bool:
    """Say whether the person has been heard: has answered, or let the days for it pass (D22)."""
    return has_answered or today > answer_due_on


# -- the ladder ---------------------------------------------------------------------------------


class Step(StrEnum):
    """What Article 21 attaches to being found absent without cause."""

    NOTICE = "notice"
    """全市通报."""
    RECALL = "recall"


STEP_CLAUSES = {
    Step.NOTICE: "第二十一条：市级以上发现一次无故脱岗的，给予全市通报",
    Step.RECALL: "第二十一条：市级以上发现两次以上无故脱岗的，予以“召回”",
}


@dataclass(frozen=True, slots=True)
class CountedFinding:
    """A finding of the running posting as the ladder looks at it."""

    level: InspectionLevel
    kind: FindingKind
    state: FindingState
    day: date


def counts(finding: CountedFinding) -> bool:
    """Say whether a finding counts for Article 21: absence found by the city or above, and confirmed."""
    return (
        finding.level is InspectionLevel.CITY
        and finding.kind is FindingKind.ABSENT
        and finding.state is FindingState.CONFIRMED
    )


def ladder(findings: Iterable[CountedFinding]) -> Step | None:
    """Return what the findings of one posting are to be proposed for: once a notice, twice or more a recall.

    Several findings of one day are one time.
    """
    times = len({finding.day for finding in findings if counts(finding)})
    if times == 0:
        return None
    return Step.NOTICE if times == 1 else Step.RECALL
