"""Article 22: the grounds of a recall, its way through the offices, who urges it. Pure."""

from datetime import date
from enum import StrEnum

from org.policy import UnitKind
from oversight.policy import InspectionLevel


class Ground(StrEnum):
    """The seven cases of Article 22, in its order."""

    NOT_FREED = "not_freed"
    INCAPABLE = "incapable"
    NEGLIGENT = "negligent"
    ABSENT_UNCORRECTED = "absent_uncorrected"
    PUNISHED = "punished"
    UNSUITABLE = "unsuitable"
    OTHER = "other"


CLAUSES = {
    Ground.NOT_FREED: "第二十二条（一）：驻村时间不能保证，工作不能与原单位脱钩",
    Ground.INCAPABLE: "第二十二条（二）：能力素质不高、不能胜任工作",
    Ground.NEGLIGENT: "第二十二条（三）：作风不实，履职不力，群众不认可",
    Ground.ABSENT_UNCORRECTED: "第二十二条（四）：无正当理由不在岗且不改正",
    Ground.PUNISHED: "第二十二条（五）：违法违纪受到处理",
    Ground.UNSUITABLE: "第二十二条（六）：当地乡镇党委认为不适宜继续担任",
    Ground.OTHER: "第二十二条（七）：其他应当“召回”情形",
}


class RecallState(StrEnum):
    PROPOSED = "proposed"
    DECIDED = "decided"
    URGED = "urged"
    RECALLED = "recalled"
    REPLACED = "replaced"
    NOT_UPHELD = "not_upheld"


RECALL_MOVES: dict[RecallState, frozenset[RecallState]] = {
    RecallState.PROPOSED: frozenset({RecallState.DECIDED, RecallState.NOT_UPHELD}),
    RecallState.DECIDED: frozenset({RecallState.URGED}),
    RecallState.URGED: frozenset({RecallState.RECALLED}),
    RecallState.RECALLED: frozenset({RecallState.REPLACED}),
    RecallState.REPLACED: frozenset(),
    RecallState.NOT_UPHELD: frozenset(),
}
"""Where a recall may go from each state (rules.md §5)."""
RUNNING = frozenset(state for state, targets in RECALL_MOVES.items() if targets)


def lacks_warning(ground: Ground, *, warned_on: date | None, today: date) -> bool:
    """Say whether a ground still needs an earlier warning: who is absent and does not mend must have been told."""
    if ground is not Ground.ABSENT_UNCORRECTED:
        return False
    return warned_on is None or warned_on >= today


def urging_level(unit: UnitKind) -> InspectionLevel:
    """Return at which level the organisation department and the rural bureau urge the unit: its own."""
    return InspectionLevel.CITY if unit.is_city_dispatched else InspectionLevel.COUNTY
