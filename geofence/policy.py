"""Where a fix lies, by its distance from the fence and the phone's own error (D14, D15). Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from org.settings import AreaSettings


class Verdict(StrEnum):
    INSIDE = "inside"
    UNSURE = "unsure"
    OUTSIDE = "outside"


class Band(StrEnum):
    """How far from the fence, as coarsely as clients are told."""

    INSIDE = "inside"
    EDGE = "edge"
    UNDER_1KM = "under_1km"
    FROM_1_TO_5KM = "1_5km"
    OVER_5KM = "over_5km"


@dataclass(frozen=True, slots=True)
class FenceLimits:
    """A county's numbers for reading a fix against a fence, in metres."""

    buffer_m: float
    missing_accuracy_m: float
    max_accuracy_m: float

    @classmethod
    def of(cls, settings: AreaSettings) -> Self:
        """Return the numbers in force for a village (Article 30)."""
        return cls(
            buffer_m=settings["fence.buffer_m"],
            missing_accuracy_m=settings["fence.missing_accuracy_m"],
            max_accuracy_m=settings["fence.max_accuracy_m"],
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where a fix lies; one that is not trusted waits for the township."""

    verdict: Verdict
    band: Band
    is_trusted: bool


NO_FENCE_JUDGEMENT = Judgement(Verdict.UNSURE, Band.EDGE, is_trusted=False)
"""Where a village has no fence yet, nothing can be told; the township knows."""


def judge(*, distance_m: float, accuracy_m: float | None, limits: FenceLimits) -> Judgement:
    """Return where a fix lies that is ``distance_m`` from the fence's edge (0 inside) (D15).

    Beyond the buffer it is unsure as long as the phone's own error could explain it, else outside.
    """
    beyond_m = max(0.0, distance_m - limits.buffer_m)
    error_m = limits.missing_accuracy_m if accuracy_m is None else accuracy_m
    if error_m > limits.max_accuracy_m:
        return Judgement(Verdict.UNSURE, Band.EDGE, is_trusted=False)
    if beyond_m == 0:
        return Judgement(Verdict.INSIDE, Band.INSIDE, is_trusted=True)
    if beyond_m <= error_m:
        return Judgement(Verdict.UNSURE, Band.EDGE, is_trusted=True)
    return Judgement(Verdict.OUTSIDE, _band_outside(beyond_m), is_trusted=True)


def _band_outside(beyond_m: float) -> Band:
    if beyond_m < 1_000:
        return Band.UNDER_1KM
    return Band.FROM_1_TO_5KM if beyond_m < 5_000 else Band.OVER_5KM
