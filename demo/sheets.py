"""The demo's attendance sheets: last month's on every step of the way, the month before stamped everywhere.

The accounts' own villages have last month's open, so that one can take a month from open to stamped.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from attendance.models import Correction, Half, Sheet, SheetState, SheetVersion
from attendance.policy import DayClass
from attendance.sheet import SheetContent, SheetRow, check_code
from attendance.sheet_lines import keep_lines
from attendance.sheets import draw
from demo.people import HOMES, Cast
from demo.places import VILLAGES, key
from identity.permissions import Role
from identity.scope import Caller, Holding
from identity.session import NO_SESSION
from kernel.database import db
from kernel.periods import CHINA, Month
from org.models import Area, PostingRole

STEPS = (SheetState.SUBMITTED, SheetState.STAMPED, SheetState.CHECKED)
"""How far last month's sheets have come, village by village in turn."""
TWICE_STAMPED = {1: "360726105206", 2: "360726103209"}
"""The village whose sheet was corrected after its stamp, by how many months ago the month was."""
CORRECTED_WHEN_PAID = "360728103203"
"""The village whose sheet of the month before last was corrected when the accounts' unit had paid by its first version."""
MAY_HAVE_BEEN_THERE = (DayClass.UNEXPLAINED, DayClass.REST, DayClass.TRIP, DayClass.MEETING)
"""What a day is taken for that turns out to have been one in the village, the likeliest first."""
REASON = "补登1天：手机故障未能签到，村党组织书记证实在村"
SUBMITTED_DAY, WITNESSED_DAY, CHECKED_DAY, STAMPED_DAY, CORRECTED_DAY, STAMPED_AGAIN_DAY = 2, 2, 3, 4, 7, 8
CORRECTED_LATE_DAY, STAMPED_AGAIN_LATE_DAY = 14, 15
"""Days of the month after: the team leader hands the sheet in by the third (D21)."""


def stamp_sheets(cast: Cast, areas: Mapping[str, Area], *, today: date) -> None:
    """Put the sheets of the last two months there as the days recorded make them; nothing lies in today."""
    for months_ago in (2, 1):
        month = Month.of(today).plus(-months_ago)
        turn = 0
        for code in VILLAGES:
            is_home = code in {village for village, _ in HOMES.values()}
            if months_ago == 1 and is_home:
                continue
            goal = STEPS[turn % len(STEPS)] if months_ago == 1 else SheetState.STAMPED
            is_twice = TWICE_STAMPED[months_ago] == code
            turn += not is_twice
            desk = _Desk(cast, areas[code], month, today=today)
            desk.pass_on(SheetState.STAMPED if is_twice else goal)
            if is_twice:
                desk.correct(on_day=CORRECTED_DAY, stamped_on_day=STAMPED_AGAIN_DAY)


def correct_paid_sheet(cast: Cast, areas: Mapping[str, Area], *, today: date) -> None:
    """Let a day be entered and a second version be stamped when the first is paid, so that a difference is due."""
    desk = _Desk(cast, areas[CORRECTED_WHEN_PAID], Month.of(today).plus(-2), today=today)
    desk.sheet = db.session.get_one(Sheet, (desk.sheet.county_id, desk.sheet.id))
    _, unit_name = HOMES[""]
    desk.correct(
        on_day=CORRECTED_LATE_DAY, stamped_on_day=STAMPED_AGAIN_LATE_DAY, unit_id=cast.units[unit_name].id
    )


class _Desk:
    """The way of one village's sheet."""

    def __init__(self, cast: Cast, village: Area, month: Month, *, today: date) -> None:
        self.cast, self.village, self.month, self.today = cast, village, month, today
        self.sheet = Sheet(
            county_id=village.county_id,
            id=key("sheet", village.code, month),
            village_id=village.id,
            month=month.first_day,
            state=SheetState.OPEN,
            version=0,
        )

    def pass_on(self, goal: SheetState) -> None:
        """Take the sheet as far as it goes, each step on its day if that day is over."""
        steps = (
            (SheetState.SUBMITTED, self._submit, SUBMITTED_DAY),
            (SheetState.CHECKED, self._check, CHECKED_DAY),
            (SheetState.STAMPED, self._stamp, STAMPED_DAY),
        )
        for state, step, day in steps:
            if not self._is_over(day):
                break
            step()
            self.sheet.state = state
            if state is goal:
                break
        db.session.add(self.sheet)
        db.session.flush()

    def correct(self, *, on_day: int, stamped_on_day: int, unit_id: UUID | None = None) -> None:
        """Let the township enter a day of somebody, or of one of a unit, after the stamp and stamp a second version."""
        if self.sheet.state != SheetState.STAMPED or not self._is_over(stamped_on_day):
            return
        content = self._draw(self._at(STAMPED_DAY, 16))
        rows = [row for row in content.rows if unit_id in (None, row.unit_id)]
        db.session.add(self._entry(rows, on_day))
        db.session.flush()
        self.sheet.reason = REASON
        self.sheet.checked_at = self._at(on_day, 10)
        self._stamp(stamped_on_day)
        db.session.flush()

    def _submit(self) -> None:
        self.sheet.submitted_by, self.sheet.submitted_at = self._leader(), self._at(SUBMITTED_DAY, 9)
        self.sheet.witnessed_by = self.cast.holder(Role.VILLAGE_SECRETARY, self.village.id)
        self.sheet.witnessed_at = self._at(WITNESSED_DAY, 15)

    def _check(self) -> None:
        self.sheet.checked_by = self.cast.holder(Role.TOWNSHIP_CLERK, self.village.township_id)
        self.sheet.checked_at = self._at(CHECKED_DAY, 10)

    def _stamp(self, day: int = STAMPED_DAY) -> None:
        at, head_id = self._at(day, 16), self.cast.holder(Role.TOWNSHIP_HEAD, self.village.township_id)
        content = self._draw(at)
        self.sheet.version += 1
        self.sheet.state = SheetState.STAMPED
        db.session.add(self.sheet)
        db.session.flush()
        db.session.add(
            SheetVersion(
                county_id=self.sheet.county_id,
                id=key("sheet version", self.sheet.id, self.sheet.version),
                sheet_id=self.sheet.id,
                number=self.sheet.version,
                content=content.document(),
                sha256=content.sha256(),
                check_code=check_code(content.sha256()),
                marks=self._marks(head_id, at),
                reason=self.sheet.reason if self.sheet.version > 1 else None,
                closed_at=at,
                stamped_by=head_id,
                stamped_at=at,
            )
        )
        keep_lines(self.sheet, content)

    def _draw(self, at: datetime) -> SheetContent:
        content = draw(caller=self._head(at), village=self.village, month=self.month)
        return replace(content, closed_at=at.isoformat())

    def _head(self, at: datetime) -> Caller:
        """Return who stamps as the program knows them on that day; the seed may be made for another day than today."""
        head_id = self.cast.holder(Role.TOWNSHIP_HEAD, self.village.township_id)
        holding = Holding(Role.TOWNSHIP_HEAD, area_id=self.village.township_id)
        return Caller(head_id, self._name_of(head_id), NO_SESSION, at, (holding,))

    def _name_of(self, person_id: UUID) -> str:
        return next(person.name for person in self.cast.people if person.id == person_id)

    def _marks(self, head_id: UUID, at: datetime) -> dict[str, dict[str, str]]:
        steps = {
            "submitted": (self.sheet.submitted_by, self.sheet.submitted_at),
            "witnessed": (self.sheet.witnessed_by, self.sheet.witnessed_at),
            "checked": (self.sheet.checked_by, self.sheet.checked_at),
            "stamped": (head_id, at),
        }
        return {
            step: {"by": self._name_of(by), "at": when.astimezone(CHINA).isoformat()}
            for step, (by, when) in steps.items()
            if by and when
        }

    def _entry(self, rows: list[SheetRow], on_day: int) -> Correction:
        """Return the township's entry for a day of one of these people, one that nobody had explained if there is."""
        posting_id, day = _day_to_enter(rows, self.month)
        what = f"{posting_id}|{day}|{Half.WHOLE}|{DayClass.IN_VILLAGE}|{REASON}"
        return Correction(
            county_id=self.sheet.county_id,
            id=key("correction", what),
            client_key=key("entry", what),
            content_sha256=sha256(what.encode()).digest(),
            posting_id=posting_id,
            day=day,
            half=Half.WHOLE,
            day_class=DayClass.IN_VILLAGE,
            reason=REASON,
            made_by=self.sheet.checked_by,
            made_at=self._at(on_day, 9),
        )

    def _leader(self) -> UUID:
        """Return the village's first secretary at the end of the month."""
        last_day = self.month.last_day
        return next(
            posting.person_id
            for posting in self.cast.postings
            if posting.village_id == self.village.id
            and posting.role is PostingRole.FIRST_SECRETARY
            and posting.first_day <= last_day
            and (posting.last_day is None or posting.last_day >= last_day)
        )

    def _at(self, day: int, hour: int) -> datetime:
        first_day = self.month.next.first_day
        return datetime.combine(first_day + timedelta(days=day - 1), time(hour), CHINA)

    def _is_over(self, day: int) -> bool:
        return self._at(day, 16).date() < self.today


def _day_to_enter(rows: list[SheetRow], month: Month) -> tuple[UUID, date]:
    for wanted in MAY_HAVE_BEEN_THERE:
        for row in rows:
            for day, halves in sorted(row.days.items()):
                if set(halves) == {wanted}:
                    return row.posting_id, month.day_at(day - 1)
    raise LookupError(f"nothing to enter in {month}")
