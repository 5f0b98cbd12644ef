"""Articles 11 and 12: who helps which household, and what the visits of a quarter come to. Pure.

All numbers arrive as values (Article 30). A proposal only proposes: the township confirms.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from math import ceil
from uuid import UUID

from kernel.content import ContentCheck
from kernel.periods import DaySpan, Quarter

ONE_DAY = timedelta(days=1)


# -- Article 11: pairing --------------------------------------------------------------------------


class HelperRank(IntEnum):
    """The order in which Article 11 calls on helpers."""

    TOWNSHIP_CHIEF = 1
    TOWNSHIP_LEADER = 2
    RESERVE_CADRE = 3
    FIRST_SECRETARY = 4
    TEAM_MEMBER = 5
    VILLAGE_SECRETARY = 6
    UNIT_CHIEF = 7
    UNIT_LEADER = 8
    UNIT_MANAGER = 9


RANK_NAMES = {
    HelperRank.TOWNSHIP_CHIEF: "乡镇党政正职",
    HelperRank.TOWNSHIP_LEADER: "其他乡镇党政领导",
    HelperRank.RESERVE_CADRE: "后备干部",
    HelperRank.FIRST_SECRETARY: "驻村第一书记",
    HelperRank.TEAM_MEMBER: "常驻队员",
    HelperRank.VILLAGE_SECRETARY: "村党组织书记",
    HelperRank.UNIT_CHIEF: "帮扶单位正职",
    HelperRank.UNIT_LEADER: "帮扶单位其他班子成员",
    HelperRank.UNIT_MANAGER: "帮扶单位中层干部",
}
TOWNSHIP_RANKS = frozenset({HelperRank.TOWNSHIP_CHIEF, HelperRank.TOWNSHIP_LEADER, HelperRank.RESERVE_CADRE})
VILLAGE_RANKS = frozenset({HelperRank.FIRST_SECRETARY, HelperRank.TEAM_MEMBER, HelperRank.VILLAGE_SECRETARY})
UNIT_RANKS = frozenset({HelperRank.UNIT_CHIEF, HelperRank.UNIT_LEADER, HelperRank.UNIT_MANAGER})


@dataclass(frozen=True, slots=True)
class WaitingHousehold:
    """A monitored household without a helper; a higher ``risk_level`` is worse."""

    household_id: UUID
    village_id: UUID
    risk_level: int
    identified_on: date


@dataclass(frozen=True, slots=True)
class AvailableHelper:
    """Somebody in the queue; ``taken`` counts the households they help already, in any township.

    Without ``village_ids`` the whole township is theirs.
    """

    person_id: UUID
    rank: HelperRank
    order_no: int
    taken: int = 0
    village_ids: frozenset[UUID] | None = None

    def reaches(self, household: WaitingHousehold) -> bool:
        """Tell whether the household lies where this helper's rank helps."""
        return self.village_ids is None or household.village_id in self.village_ids


@dataclass(frozen=True, slots=True)
class ProposedPairing:
    """One line of a proposal; ``risk_place`` is the household's place by risk, ``nth`` its place with the helper."""

    household_id: UUID
    person_id: UUID
    rank: HelperRank
    risk_place: int
    nth: int

    def explain(self) -> str:
        """Say in a sentence why this helper and this household."""
        where = (
            "全乡镇" if self.rank in TOWNSHIP_RANKS else "本村" if self.rank in VILLAGE_RANKS else "所帮扶村"
        )
        return (
            f"待结对户中风险由高到低列第 {self.risk_place}；第十一条第 {self.rank} 顺位"
            f"“{RANK_NAMES[self.rank]}”，范围为{where}，为其第 {self.nth} 户"
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who should help whom, which households stay without, worst first, and how many helpers that takes."""

    lines: list[ProposedPairing]
    uncovered: list[UUID]
    helpers_missing: int


def propose(
    households: Iterable[WaitingHousehold], helpers: Iterable[AvailableHelper], *, capacity: int
) -> Proposal:
    """Propose a helper for each household of one township, ``capacity`` households a helper (Article 11, §4.4).

    Rank by rank each helper takes the worst households left within their scope. The order of the input does
    not matter.
    """
    waiting = sorted(households, key=lambda each: (-each.risk_level, each.identified_on, each.household_id))
    risk_place = {each.household_id: place for place, each in enumerate(waiting, start=1)}
    lines: list[ProposedPairing] = []
    for helper in sorted(helpers, key=lambda each: (each.rank, each.order_no, each.person_id)):
        free = max(0, capacity - helper.taken)
        given = [household for household in waiting if helper.reaches(household)][:free]
        lines += (
            ProposedPairing(
                each.household_id, helper.person_id, helper.rank, risk_place[each.household_id], nth
            )
            for nth, each in enumerate(given, start=helper.taken + 1)
        )
        waiting = [household for household in waiting if household not in given]
    return Proposal(lines, [each.household_id for each in waiting], ceil(len(waiting) / capacity))


class ChangeKind(StrEnum):
    """What a full re-draw would do to one household."""

    KEPT = "kept"
    CHANGED = "changed"
    ADDED = "added"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Change:
    household_id: UUID
    kind: ChangeKind
    from_person_id: UUID | None
    to_person_id: UUID | None


def difference(current: Mapping[UUID, UUID], proposal: Proposal) -> list[Change]:
    """List what a re-draw would change; ``current`` is the helper of each household that has one.

    ``dropped`` are households with a helper now that the re-draw leaves without.
    """
    drawn = {line.household_id: line.person_id for line in proposal.lines}
    return [
        Change(household_id, _change_kind(held, given), held, given)
        for household_id in sorted(current.keys() | drawn.keys())
        for held, given in [(current.get(household_id), drawn.get(household_id))]
    ]


def _change_kind(held: UUID | None, given: UUID | None) -> ChangeKind:
    if held is None:
        return ChangeKind.ADDED
    if given is None:
        return ChangeKind.DROPPED
    return ChangeKind.KEPT if held == given else ChangeKind.CHANGED


# -- states of a household (rules.md §5) ------------------------------------------------------------


class State(StrEnum):
    """What can be written down about a household; ``away`` and ``home`` are said beside the monitoring."""

    MONITORED = "monitored"
    CLEARED_STABLE = "cleared_stable"
    CLEARED_NATURAL = "cleared_natural"
    BACK = "back"
    CLOSED = "closed"
    MOVED = "moved"
    AWAY = "away"
    HOME = "home"


PRESENCE = frozenset({State.AWAY, State.HOME})
GONE = frozenset({State.CLOSED, State.MOVED})
UNDER_WATCH = frozenset({State.MONITORED, State.BACK})
MOVES: dict[State, frozenset[State]] = {
    State.MONITORED: frozenset({State.CLEARED_STABLE, State.CLEARED_NATURAL, State.CLOSED, State.MOVED}),
    State.BACK: frozenset({State.CLEARED_STABLE, State.CLEARED_NATURAL, State.CLOSED, State.MOVED}),
    State.CLEARED_STABLE: frozenset({State.BACK, State.CLOSED, State.MOVED}),
    State.CLEARED_NATURAL: frozenset({State.BACK, State.CLOSED, State.MOVED}),
    State.CLOSED: frozenset({State.BACK}),
    State.MOVED: frozenset({State.BACK}),
}
"""Where the monitoring may go from each state; whoever was closed or moved by mistake comes ``back``."""


@dataclass(frozen=True, slots=True)
class Spells:
    """The days on which a household was monitored, and those on which the whole family was away."""

    monitored: tuple[DaySpan, ...]
    away: tuple[DaySpan, ...]

    def is_monitored(self, day: date) -> bool:
        """Tell whether the household was monitored on a day."""
        return any(spell.contains(day) for spell in self.monitored)

    def is_away(self, day: date) -> bool:
        """Tell whether the whole family was away on a day."""
        return any(spell.contains(day) for spell in self.away)


def spells(history: Sequence[tuple[date, State]]) -> Spells:
    """Turn the states of a household, in the order they came, into days; each holds from its own day on."""
    return Spells(
        monitored=_held(history, begin=UNDER_WATCH, end=frozenset(State) - UNDER_WATCH - PRESENCE),
        away=_held(history, begin=frozenset({State.AWAY}), end=frozenset({State.HOME})),
    )


def _held(
    history: Sequence[tuple[date, State]], *, begin: Collection[State], end: Collection[State]
) -> tuple[DaySpan, ...]:
    found, since = [], None
    for day, state in history:
        if state in begin:
            since = since or day
        elif state in end and since:
            if since < day:
                found.append(DaySpan(since, day - ONE_DAY))
            since = None
    return (*found, DaySpan(since)) if since else tuple(found)


# -- Article 12: visits of a quarter --------------------------------------------------------------


class Way(StrEnum):
    """How the helper met the family; only at home is a visit, the others are contact (Article 12)."""

    AT_HOME = "at_home"
    PHONE = "phone"
    VIDEO = "video"


class Entry(StrEnum):
    """When a visit was entered, against the end of its quarter (D19)."""

    ON_TIME = "on_time"
    LATE = "late"
    TOO_LATE = "too_late"


def entry_of(*, occurred_on: date, entered_on: date, late_entry_days: int) -> Entry:
    """Return how a visit of one day, entered on another, is marked; too late counts only by the township (D19)."""
    quarter_end = Quarter.of(occurred_on).last_day
    if entered_on <= quarter_end:
        return Entry.ON_TIME
    return Entry.LATE if entered_on <= quarter_end + timedelta(days=late_entry_days) else Entry.TOO_LATE


class DutyStatus(StrEnum):
    """How a pairing stands in a quarter (§4.5)."""

    DONE = "done"
    DUE = "due"
    GRACE = "grace"
    EXEMPT = "exempt"
    AWAY = "away"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class VisitNumbers:
    """A county's numbers for visits."""

    grace_days: int
    counts_contact_for_away: bool


@dataclass(frozen=True, slots=True)
class VisitFact:
    """One visit that may count: entered in time, or accepted by the township."""

    day: date
    way: Way
    person_id: UUID


@dataclass(frozen=True, slots=True)
class PairingFact:
    """Who helps a household, from when to when."""

    person_id: UUID
    span: DaySpan


def duty_status(
    quarter: Quarter,
    *,
    pairing: PairingFact,
    household: Spells,
    visits: Iterable[VisitFact],
    numbers: VisitNumbers,
    today: date,
) -> DutyStatus | None:
    """Return how a pairing stands in a quarter (Article 12, §4.5); None if it has no day of duty in it.

    A pairing with fewer than ``grace_days`` days of duty is in grace; so few days at home make the family away.
    A family away for part of the quarter only is to be visited in the other part.
    """
    duty = [span for spell in household.monitored if (span := _common(quarter, pairing.span, spell))]
    if not duty:
        return None
    if any(_counts(visit, pairing, quarter, household, numbers) for visit in visits):
        return DutyStatus.DONE
    if not household.is_monitored(min(today, _last_day(quarter))):
        return DutyStatus.EXEMPT
    duty_days = sum(map(_length, duty))
    if duty_days < numbers.grace_days:
        return DutyStatus.GRACE
    away = [span.overlap(spell) for span in duty for spell in household.away]
    if duty_days - sum(_length(span) for span in away if span) < numbers.grace_days:
        return DutyStatus.AWAY
    return DutyStatus.DUE if today <= _last_day(quarter) else DutyStatus.OVERDUE


@lru_cache(maxsize=64)
def _days(quarter: Quarter) -> DaySpan:
    return DaySpan(quarter.first_day, quarter.last_day)


def _last_day(quarter: Quarter) -> date:
    return _days(quarter).last_day or date.max


def _common(quarter: Quarter, *spans: DaySpan) -> DaySpan | None:
    common: DaySpan | None = _days(quarter)
    for span in spans:
        common = common.overlap(span) if common else None
    return common


def _length(span: DaySpan) -> int:
    return span.days_count or 0


def _counts(
    visit: VisitFact, pairing: PairingFact, quarter: Quarter, household: Spells, numbers: VisitNumbers
) -> bool:
    """Tell whether a visit fulfils a pairing's duty: in person, by its helper, in its days (D17, D20)."""
    is_theirs = visit.person_id == pairing.person_id and pairing.span.contains(visit.day)
    is_contact_that_counts = numbers.counts_contact_for_away and household.is_away(visit.day)
    return (
        is_theirs
        and _days(quarter).contains(visit.day)
        and (visit.way is Way.AT_HOME or is_contact_that_counts)
    )


def is_covered(
    quarter: Quarter, *, household: Spells, visits: Iterable[VisitFact], today: date
) -> bool | None:
    """Return whether anybody called in person in the quarter; None for a household that needs no visit any more.

    So a change of helper never hides a household that nobody visited.
    """
    if any(visit.way is Way.AT_HOME and _days(quarter).contains(visit.day) for visit in visits):
        return True
    was_monitored = any(_common(quarter, spell) for spell in household.monitored)
    is_monitored = household.is_monitored(min(today, _last_day(quarter)))
    return False if was_monitored and is_monitored else None


@dataclass(frozen=True, slots=True)
class Tally:
    """The columns of §4.5: 应走访 = 已走访 + 未走访; 豁免, 宽限 and 外出 stand beside them."""

    done: int = 0
    not_done: int = 0
    exempt: int = 0
    grace: int = 0
    away: int = 0
    households: int = 0
    covered: int = 0

    @property
    def expected(self) -> int:
        return self.done + self.not_done

    @property
    def coverage_percent(self) -> float | None:
        """Return the share of households somebody visited, to one decimal and never rounded up; None of none."""
        return self.covered * 1000 // self.households / 10 if self.households else None


def tally(statuses: Collection[DutyStatus], coverage: Collection[bool | None]) -> Tally:
    """Count how pairings stand, and which households were visited."""
    counted = {status: sum(each is status for each in statuses) for status in DutyStatus}
    return Tally(
        done=counted[DutyStatus.DONE],
        not_done=counted[DutyStatus.DUE] + counted[DutyStatus.OVERDUE],
        exempt=counted[DutyStatus.EXEMPT],
        grace=counted[DutyStatus.GRACE],
        away=counted[DutyStatus.AWAY],
        households=sum(each is not None for each in coverage),
        covered=sum(each is True for each in coverage),
    )


# -- the form of a visit (rules.md §7.3) ----------------------------------------------------------


class ChecklistItem(StrEnum):
    """一收入、两不愁、三保障、饮水."""

    INCOME = "income"
    FOOD = "food"
    CLOTHING = "clothing"
    SCHOOLING = "schooling"
    MEDICAL = "medical"
    HOUSING = "housing"
    WATER = "water"


class Finding(StrEnum):
    SECURED = "secured"
    PROBLEM = "problem"
    NOT_APPLICABLE = "not_applicable"


class Topic(StrEnum):
    """What Article 12 has the helper learn about: work, farming, schooling, illness, daily life, and the rest."""

    EMPLOYMENT = "employment"
    FARMING = "farming"
    SCHOOLING = "schooling"
    MEDICAL = "medical"
    DAILY_LIFE = "daily_life"
    OTHER = "other"


# -- what WeChat holds for risky (security.md E14) -----------------------------------------------


class Reading(StrEnum):
    """How somebody meets a text or a photo: open, or risky and their own, theirs to release, or hidden."""

    OPEN = "open"
    OWN = "own"
    TO_RELEASE = "to_release"
    HIDDEN = "hidden"


def reading(check: ContentCheck, *, is_author: bool, may_release: bool) -> Reading:
    """Return who sees what: only what WeChat holds for risky is hidden, never from its author (E14)."""
    if check != ContentCheck.RISKY:
        return Reading.OPEN
    if is_author:
        return Reading.OWN
    return Reading.TO_RELEASE if may_release else Reading.HIDDEN


# -- what a note may not hold (J5) ----------------------------------------------------------------

_GAP = r"[\s\-·.]{0,2}"
ID_NUMBER = re.compile(
    rf"(?<!\d)(?:\d{{17}}[\dXx]"
    rf"|\d{{6}}{_GAP}(?:19|20)\d\d{_GAP}(?:0[1-9]|1[0-2]){_GAP}(?:0[1-9]|[12]\d|3[01]){_GAP}\d{{3}}[\dXx])"
    r"(?![\dXx])",
    re.ASCII,
)
"""Eighteen digits in a row; with gaps only where the birthday in the middle is one."""


def holds_id_number(text: str) -> bool:
    """Tell whether an 18-digit ID number stands in the text, also in full-width or spaced-out digits."""
    return ID_NUMBER.search(unicodedata.normalize("NFKC", text)) is not None
