"""What a list cannot pay yet, and why: it is named, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from kernel.periods import Month


class Reason(StrEnum):
    SHEET_UNSTAMPED = "sheet_unstamped"
    NOT_ON_SHEET = "not_on_sheet"
    TERMS_MISSING = "terms_missing"


@dataclass(frozen=True, slots=True)
class Missing:
    """One village and month not paid, or not in full; ``people`` are posting and name of whom it is about."""

    village_id: UUID
    village: str
    month: Month
    reason: Reason
    text: str
    people: tuple[tuple[UUID, str], ...] = ()

    def write(self) -> dict[str, Any]:
        """Return it as a list keeps it."""
        return {
            "village_id": str(self.village_id),
            "village": self.village,
            "month": str(self.month),
            "reason": self.reason,
            "text": self.text,
            "people": [[str(posting_id), name] for posting_id, name in self.people],
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Read what `write` wrote."""
        return cls(
            village_id=UUID(kept["village_id"]),
            village=kept["village"],
            month=Month.parse(kept["month"]),
            reason=Reason(kept["reason"]),
            text=kept["text"],
            people=tuple((UUID(posting_id), name) for posting_id, name in kept["people"]),
        )
