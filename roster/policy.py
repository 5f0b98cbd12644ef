"""Article 18: how a cadre is changed for another, and who has to agree. Pure: no I/O, no clock."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Ground(StrEnum):
    """Why somebody leaves a post: 任期已满, 岗位调整, 身体健康状况, 其他特殊原因; and 去世, 被采取强制措施."""

    TERM_OVER = "term_over"
    REASSIGNED = "reassigned"
    HEALTH = "health"
    OTHER = "other"
    DEATH = "death"
    ARREST = "arrest"


SUDDEN = frozenset({Ground.DEATH, Ground.ARREST})
"""Nobody can ask for these: the county notes them, and the post is vacant from then on."""


class Office(StrEnum):
    """Who has to agree, in this order."""

    TOWNSHIP = "township"
    COUNTY_GROUP = "county_group"
    CITY_ORG = "city_org"
    CITY_RURAL = "city_rural"


CLAUSES = {
    Office.TOWNSHIP: "第十八条：经派驻乡镇党委审核同意",
    Office.COUNTY_GROUP: "第十八条：经县（市、区）驻村工作领导小组审核同意",
    Office.CITY_ORG: "第十八条：市派单位需报经市委组织部审核批复",
    Office.CITY_RURAL: "第十八条：市派单位需报经市乡村振兴局审核批复",
}
"""By what each of them is asked."""


class RotationState(StrEnum):
    """派出单位申请, 乡镇已同意, 县已同意, 市已批复, 已交接, 未同意, 已撤回."""

    APPLIED = "applied"
    TOWNSHIP_OK = "township_ok"
    COUNTY_OK = "county_ok"
    CITY_OK = "city_ok"
    EFFECTIVE = "effective"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OVER = frozenset({RotationState.EFFECTIVE, RotationState.REJECTED, RotationState.WITHDRAWN})
MOVES: dict[RotationState, frozenset[RotationState]] = {
    RotationState.APPLIED: frozenset(
        {RotationState.TOWNSHIP_OK, RotationState.REJECTED, RotationState.WITHDRAWN}
    ),
    RotationState.TOWNSHIP_OK: frozenset(
        {RotationState.COUNTY_OK, RotationState.REJECTED, RotationState.WITHDRAWN}
    ),
    RotationState.COUNTY_OK: frozenset(
        {
            RotationState.COUNTY_OK,
            RotationState.CITY_OK,
            RotationState.EFFECTIVE,
            RotationState.REJECTED,
            RotationState.WITHDRAWN,
        }
    ),
    RotationState.CITY_OK: frozenset({RotationState.EFFECTIVE}),
}
"""Where a request may go from each state; while the second city office has not spoken it stays ``county_ok``."""

APPROVED = frozenset({RotationState.COUNTY_OK, RotationState.CITY_OK})
"""States of a request that, once it waits for no office any more, has all it needs."""

REACHED = {
    Office.TOWNSHIP: RotationState.TOWNSHIP_OK,
    Office.COUNTY_GROUP: RotationState.COUNTY_OK,
    Office.CITY_ORG: RotationState.COUNTY_OK,
    Office.CITY_RURAL: RotationState.CITY_OK,
}


@dataclass(frozen=True, slots=True)
class Step:
    """Where an office's word takes a request, and which office it waits for then."""

    state: RotationState
    waits_for: Office | None

    @property
    def is_approval(self) -> bool:
        return self.waits_for is None and self.state in APPROVED


def offices(*, is_city_dispatched: bool) -> tuple[Office, ...]:
    """Return who has to agree: of people of city units the two city offices too (市派单位)."""
    county = (Office.TOWNSHIP, Office.COUNTY_GROUP)
    return (*county, Office.CITY_ORG, Office.CITY_RURAL) if is_city_dispatched else county


def step(office: Office, *, agrees: bool, is_city_dispatched: bool) -> Step:
    """Return where the word of an office takes a request (逐级审核同意)."""
    if not agrees:
        return Step(RotationState.REJECTED, None)
    line = offices(is_city_dispatched=is_city_dispatched)
    place = line.index(office) + 1
    return Step(REACHED[office], line[place] if place < len(line) else None)


@dataclass(frozen=True, slots=True)
class Change:
    """The last day of who leaves, and the first day of who comes; both are there in between (压茬交接)."""

    last_day: date
    successor_first_day: date


def change_days(asked_last_day: date, *, handover_days: int, approved_on: date) -> Change:
    """Return the days of a change: those asked for, or so much later that nobody comes before the approval.

    ``handover_days`` is how many days both are there, the first and the last included.
    """
    first_day = asked_last_day - timedelta(days=handover_days - 1)
    late = max(timedelta(0), approved_on - first_day)
    return Change(asked_last_day + late, first_day + late)


def state_on(state: RotationState, *, last_day: date | None, day: date) -> RotationState:
    """Return a request's state as of a day: approved, it is carried out once the last day is over."""
    return RotationState.EFFECTIVE if last_day is not None and last_day < day else state
