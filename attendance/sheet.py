"""What stands on a month's attendance sheet (考勤表), frozen as a document that can be hashed. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from attendance.policy import DayClass, MonthClasses, assessed_days, by_day, paid_days, paid_on
from kernel.periods import DaySet, Month, days_of

CHECK_CODE_LENGTH = 12
FORM = 1
"""The number of this form of the document; a later form reads the earlier ones."""

DayHalves = tuple[DayClass, DayClass]
"""The classes of the morning and of the afternoon of one day."""


def tally(days: Mapping[int, DayHalves]) -> Mapping[DayClass, float]:
    """Return how many days are in each class, half-days as halves: together never more than there are days.

    A date with one half in the village is a day in the village and nothing beside it (§4.1).
    """
    halves: Counter[DayClass] = Counter()
    for morning, afternoon in days.values():
        if DayClass.IN_VILLAGE in (morning, afternoon):
            halves[DayClass.IN_VILLAGE] += 2
        else:
            halves[morning] += 1
            halves[afternoon] += 1
    return {kind: number / 2 for kind, number in halves.items()}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One person's line: a class for each half of each posted day, by day of the month, and the counts."""

    posting_id: UUID
    person_id: UUID
    name: str
    role: str
    unit_id: UUID
    unit: str
    days: Mapping[int, DayHalves]
    in_village_days: int
    assessed_days: float
    paid_days: tuple[int, ...]
    """Days of the month that earn the living allowance (补助天数)."""

    def count(self, kind: DayClass) -> float:
        """Return how many days are in a class as `tally` counts them."""
        return tally(self.days).get(kind, 0)


@dataclass(frozen=True, slots=True)
class SheetContent:
    """One village's sheet of one month."""

    month: Month
    county: str
    township: str
    village_id: UUID
    village: str
    closed_at: str
    """The instant up to which what was recorded counts, ISO 8601 with its zone."""
    rows: tuple[SheetRow, ...]

    def document(self) -> dict[str, Any]:
        """Return the content as JSON that is the same for the same content."""
        return {
            "form": FORM,
            "month": str(self.month),
            "county": self.county,
            "township": self.township,
            "village_id": str(self.village_id),
            "village": self.village,
            "closed_at": self.closed_at,
            "rows": [_write(row) for row in self.rows],
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read what `document` wrote."""
        return cls(
            month=Month.parse(document["month"]),
            county=document["county"],
            township=document["township"],
            village_id=UUID(document["village_id"]),
            village=document["village"],
            closed_at=document["closed_at"],
            rows=tuple(_read(row) for row in document["rows"]),
        )

    def sha256(self) -> bytes:
        """Return the hash of the document: sorted names, no blanks, UTF-8."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).digest()


def check_code(sha256: bytes) -> str:
    """Return the 校验码 by which a stamped paper is matched to a version: the first 12 hex digits."""
    return sha256.hex()[:CHECK_CODE_LENGTH].upper()


def row_of(
    classes: MonthClasses,
    *,
    posting_id: UUID,
    person_id: UUID,
    name: str,
    role: str,
    unit_id: UUID,
    unit: str,
    assessed: frozenset[DayClass],
    paid: frozenset[DayClass],
) -> SheetRow:
    """Return a person's line from the classes of the month (Articles 16 and 27)."""
    return SheetRow(
        posting_id=posting_id,
        person_id=person_id,
        name=name,
        role=role,
        unit_id=unit_id,
        unit=unit,
        days={day.day: (morning, afternoon) for day, morning, afternoon in by_day(classes)},
        in_village_days=paid_days(classes, frozenset({DayClass.IN_VILLAGE})),
        assessed_days=assessed_days(classes, assessed),
        paid_days=tuple(day.day for day in days_of(classes.month, paid_on(classes, paid))),
    )


def classes_of(row: SheetRow, month: Month) -> MonthClasses:
    """Return the classes of a month that a person's line was made of."""
    mornings: dict[DayClass, DaySet] = {}
    afternoons: dict[DayClass, DaySet] = {}
    posted = 0
    for day, (morning, afternoon) in row.days.items():
        bit = 1 << (day - 1)
        posted |= bit
        mornings[morning] = mornings.get(morning, 0) | bit
        afternoons[afternoon] = afternoons.get(afternoon, 0) | bit
    return MonthClasses(month, posted, mornings, mornings if mornings == afternoons else afternoons)


@dataclass(frozen=True, slots=True)
class Difference:
    """One half-day that a newer content has otherwise."""

    person_id: UUID
    name: str
    day: int
    before: DayHalves | None
    after: DayHalves | None


def differences(before: SheetContent, after: SheetContent) -> list[Difference]:
    """Return what a newer content says otherwise than an older, person by person and day by day."""
    old = {row.posting_id: row for row in before.rows}
    new = {row.posting_id: row for row in after.rows}
    found = []
    for posting_id in [*new, *(old.keys() - new.keys())]:
        was, is_now = old.get(posting_id), new.get(posting_id)
        row = is_now or was
        if row is None:
            continue
        for day in range(1, after.month.days_count + 1):
            earlier, later = was and was.days.get(day), is_now and is_now.days.get(day)
            if earlier != later:
                found.append(Difference(row.person_id, row.name, day, earlier or None, later or None))
    return found


def _write(row: SheetRow) -> dict[str, Any]:
    return {
        "posting_id": str(row.posting_id),
        "person_id": str(row.person_id),
        "name": row.name,
        "role": row.role,
        "unit_id": str(row.unit_id),
        "unit": row.unit,
        "days": {str(day): list(halves) for day, halves in sorted(row.days.items())},
        "in_village_days": row.in_village_days,
        "assessed_days": row.assessed_days,
        "paid_days": list(row.paid_days),
    }


def _read(row: Mapping[str, Any]) -> SheetRow:
    return SheetRow(
        posting_id=UUID(row["posting_id"]),
        person_id=UUID(row["person_id"]),
        name=row["name"],
        role=row["role"],
        unit_id=UUID(row["unit_id"]),
        unit=row["unit"],
        days={int(day): (DayClass(halves[0]), DayClass(halves[1])) for day, halves in row["days"].items()},
        in_village_days=row["in_village_days"],
        assessed_days=row["assessed_days"],
        paid_days=tuple(row["paid_days"]),
    )
