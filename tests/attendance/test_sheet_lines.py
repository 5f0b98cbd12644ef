"""What reports read of stamped sheets is what stands on them."""

from typing import Any

from sqlalchemy import select

from attendance.models import SheetLine, SheetVersion
from attendance.policy import by_day
from attendance.sheet import SheetContent
from attendance.sheet_lines import classes_of_line
from kernel.database import db
from kernel.periods import days_of
from tests.reports.steps import LAST_MONTH, a_morning_of_meetings, be_there, put, stamp


def lines() -> dict[Any, Any]:
    """Return for each posting what its line says: the day's halves, the paid days, the assessed half-days."""
    return {
        line.posting_id: (
            {
                day.day: (morning, afternoon)
                for day, morning, afternoon in by_day(
                    classes_of_line(LAST_MONTH, line.posted, line.mornings, line.afternoons)
                )
            },
            tuple(day.day for day in days_of(LAST_MONTH, line.paid)),
            line.assessed_halves,
        )
        for line in db.session.scalars(select(SheetLine))
    }


def newest_document() -> dict[Any, Any]:
    version = db.session.scalars(select(SheetVersion).order_by(SheetVersion.number.desc())).first()
    assert version is not None
    rows = SheetContent.read(version.content).rows
    return {row.posting_id: (dict(row.days), row.paid_days, int(row.assessed_days * 2)) for row in rows}


def test_the_lines_are_those_of_the_newest_version(world):
    be_there(world, "secretary", 3, 4, 5)
    put(a_morning_of_meetings(world, 11))
    stamp(world)
    first = lines()
    assert first == newest_document()
    be_there(world, "member", *range(1, 8))
    assert lines() == first
    stamp(world)
    assert lines() == newest_document() != first
