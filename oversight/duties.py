"""The duties of an area or a unit as somebody may see them (Articles 14, 15, 26, 28)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from identity.permissions import Permission
from identity.scope import Caller, areas_within, get_area, get_unit, within
from kernel.database import AnySelect, db
from kernel.errors import NotFound
from kernel.web import read_cursor, write_cursor
from org.models import Area, DispatchingUnit, Level, Posting
from org.queries import lies_in
from oversight.duty_facts import DutyLine, read_duties
from oversight.duty_policy import DUTIES, DutyCode, DutyPeriod, Standing, Subject, tally

ORDER = {duty.code: place for place, duty in enumerate(DUTIES)}


@dataclass(frozen=True, slots=True)
class DutySheet:
    """The duties of a place through the year of a day, as they stand on the day."""

    place: Area | DispatchingUnit
    day: date
    lines: list[DutyLine]

    @property
    def totals(self) -> Mapping[DutyCode, Mapping[Standing, int]]:
        """How many periods of each duty stand how."""
        periods: dict[DutyCode, list[DutyPeriod]] = defaultdict(list)
        for line in self.lines:
            periods[line.duty.code] += line.periods
        return {code: tally(of_duty) for code, of_duty in periods.items()}


def duties_of(*, caller: Caller, area_id: UUID | None, unit_id: UUID | None, day: date) -> DutySheet:
    """Return the duties of an area or a unit as far as the caller sees them; NotFound beyond their reach."""
    if unit_id is not None:
        return _of_unit(get_unit(unit_id, caller, Permission.SEE_DUTIES), caller, day)
    if area_id is not None:
        return _of_area(get_area(area_id, caller, Permission.SEE_DUTIES), caller, day)
    raise NotFound()


def _of_unit(unit: DispatchingUnit, caller: Caller, day: date) -> DutySheet:
    def narrow(statement: AnySelect) -> AnySelect:
        return within(statement.where(Posting.unit_id == unit.id), caller, Permission.SEE_DUTIES)

    return DutySheet(unit, day, read_duties(day=day, counties=[], narrow=narrow))


def _of_area(area: Area, caller: Caller, day: date) -> DutySheet:
    def narrow(statement: AnySelect) -> AnySelect:
        return within(statement.where(lies_in(area)), caller, Permission.SEE_DUTIES)

    counties = select(Area).where(lies_in(area), Area.level == Level.COUNTY, Area.last_day.is_(None))
    found = db.session.scalars(areas_within(counties, caller, Permission.SEE_DUTIES)).all()
    return DutySheet(area, day, read_duties(day=day, counties=found, narrow=narrow))


def page_of(
    sheet: DutySheet,
    *,
    subject: Subject | None,
    standing: Standing | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[DutyLine], str | None]:
    """Return a page of the lines, those of one kind of subject or with a period that stands so, and a cursor."""
    lines = [
        line
        for line in sheet.lines
        if subject in (None, line.duty.subject)
        and (standing is None or any(period.standing is standing for period in line.periods))
    ]
    lines.sort(key=_place_in_list)
    if (after := read_cursor(cursor, int, *[str] * 5)) is not None:
        lines = [line for line in lines if _place_in_list(line) > tuple(after)]
    page = lines[:limit]
    return page, write_cursor(*_place_in_list(page[-1])) if len(lines) > limit else None


def _place_in_list(line: DutyLine) -> tuple[int, str, str, str, str, str]:
    village, since = line.village, str(line.periods[0].span.first_day)
    where = (village.sort_key.hex(), str(village.id)) if village else ("", "")
    return ORDER[line.duty.code], *where, line.subject.sort_key.hex(), str(line.subject.id), since


def present(sheet: DutySheet) -> dict[str, Any]:
    """Return what stands over the lines."""
    return {
        "place": {"id": sheet.place.id, "name": sheet.place.name, "level": level_of(sheet.place)},
        "day": sheet.day,
        "totals": [
            {
                "duty": code,
                "name": DUTIES[ORDER[code]].name,
                "article": DUTIES[ORDER[code]].article,
                **{str(standing): counts.get(standing, 0) for standing in Standing},
            }
            for code, counts in sheet.totals.items()
        ],
    }


def level_of(place: Area | DispatchingUnit) -> str:
    """Return the level of an area, or that it is a unit."""
    return place.level if isinstance(place, Area) else "unit"


def present_line(line: DutyLine) -> dict[str, Any]:
    """Return one line as the list shows it."""
    return {
        "duty": line.duty.code,
        "name": line.duty.name,
        "article": line.duty.article,
        "every": line.duty.every,
        "is_amount": line.duty.is_amount,
        "subject": {"kind": line.duty.subject, "id": line.subject.id, "name": line.subject.name},
        "village": line.village,
        "township": line.township,
        "unit": line.unit and {"id": line.unit.id, "name": line.unit.name},
        "periods": [_present_period(period, line) for period in line.periods],
    }


def _present_period(period: DutyPeriod, line: DutyLine) -> dict[str, Any]:
    return {
        "period": period.label,
        "first_day": period.span.first_day,
        "last_day": period.span.last_day,
        "until": period.until,
        "owed": period.owed,
        "done": period.done,
        "missing": period.missing,
        "standing": period.standing,
        "events": [
            {"id": event.event_id, "day": event.day, "amount_fen": event.amount_fen, "note": event.note}
            for event in (line.events[place] for place in period.events)
        ],
    }
