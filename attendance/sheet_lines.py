"""The lines of newest stamped sheets as sets of days: written with the stamp, read by reports."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid5

from sqlalchemy import delete, insert

from attendance.models import Sheet, SheetLine
from attendance.policy import DayClass, MonthClasses, weigh
from attendance.sheet import SheetContent, SheetRow, classes_of
from kernel.database import db
from kernel.periods import DaySet, Month, count


def keep_lines(sheet: Sheet, content: SheetContent) -> None:
    """Let the lines of a sheet be those of the content that is stamped now."""
    db.session.execute(
        delete(SheetLine).where(
            SheetLine.county_id == sheet.county_id,
            SheetLine.village_id == sheet.village_id,
            SheetLine.month == sheet.month,
        )
    )
    if content.rows:
        db.session.execute(insert(SheetLine), [_line(sheet, row, content.month) for row in content.rows])


def _line(sheet: Sheet, row: SheetRow, month: Month) -> dict[str, Any]:
    classes = classes_of(row, month)
    assessed_halves, posted_half_shares = weigh(month, count(classes.posted), int(row.assessed_days * 2))
    return {
        "county_id": sheet.county_id,
        "id": uuid5(sheet.id, str(row.posting_id)),
        "village_id": sheet.village_id,
        "month": sheet.month,
        "posting_id": row.posting_id,
        "posted": classes.posted,
        "mornings": classes.mornings,
        "afternoons": None if classes.afternoons is classes.mornings else classes.afternoons,
        "paid": sum(1 << (day - 1) for day in row.paid_days),
        "assessed_halves": assessed_halves,
        "posted_half_shares": posted_half_shares,
    }


def classes_of_line(
    month: Month, posted: DaySet, mornings: Mapping[str, DaySet], afternoons: Mapping[str, DaySet] | None
) -> MonthClasses:
    """Return the classes of a month from a line's sets of days."""
    of_mornings = {DayClass(kind): days for kind, days in mornings.items()}
    if afternoons is None:
        return MonthClasses(month, posted, of_mornings, of_mornings)
    return MonthClasses(
        month, posted, of_mornings, {DayClass(kind): days for kind, days in afternoons.items()}
    )
