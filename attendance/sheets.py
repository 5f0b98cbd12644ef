"""The life of a village's sheet: submitted, witnessed, checked, stamped; amended as a new version (D21)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from attendance.models import Sheet, SheetState, SheetVersion
from attendance.policy import DayClass
from attendance.queries import Post, posts_in
from attendance.service import CountyNumbers, PostMonth, months_of, numbers_of
from attendance.sheet import Difference, SheetContent, SheetRow, check_code, differences, row_of
from attendance.sheet_lines import keep_lines
from identity.offices import holders
from identity.permissions import Permission, Role
from identity.scope import Caller, get_area
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, NotFound, Refusal
from kernel.periods import CHINA, DaySpan, Month, count, day_of
from messages.models import MessageKind
from messages.service import Notice, tell
from org.models import Area, Level, Person

STATES_TEXT = {
    SheetState.OPEN: "填报中",
    SheetState.SUBMITTED: "已提交",
    SheetState.CHECKED: "乡镇已核",
    SheetState.STAMPED: "已盖章",
    SheetState.AMENDED: "更正中",
}


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet as somebody sees it: the stamped version or what the facts say now, and what they say otherwise."""

    village: Area
    month: Month
    sheet: Sheet | None
    version: SheetVersion | None
    content: SheetContent
    proposed: list[Difference]
    """What a new version would change: facts and corrections that came after the stamp."""

    @property
    def state(self) -> SheetState:
        return SheetState(self.sheet.state) if self.sheet else SheetState.OPEN

    @property
    def marks(self) -> dict[str, Any]:
        """Who has passed it on so far."""
        return _marks(self.sheet) if self.sheet else {}


def view_sheet(*, caller: Caller, village_id: UUID, month: Month) -> SheetView:
    """Return a village's sheet of a month, with the lines the caller may see."""
    village = get_area(village_id, caller, Permission.SEE_ATTENDANCE, level=Level.VILLAGE)
    sheet = _find(village, month)
    version = _newest(sheet) if sheet and sheet.version else None
    live = draw(caller=caller, village=village, month=month)
    if version is None:
        return SheetView(village, month, sheet, None, live, [])
    stamped = only_rows(SheetContent.read(version.content), {row.posting_id for row in live.rows})
    return SheetView(village, month, sheet, version, stamped, differences(stamped, live))


def draw(*, caller: Caller, village: Area, month: Month) -> SheetContent:
    """Return what the facts recorded so far make of a village's month, as far as the caller sees it."""
    rows = months_of(caller=caller, area=village, month=month)
    return _content(village, month, rows, _names_above([village])[village.id])


def only_rows(content: SheetContent, posting_ids: Collection[UUID]) -> SheetContent:
    """Return the content with the lines of these postings only."""
    return replace(content, rows=tuple(row for row in content.rows if row.posting_id in posting_ids))


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One village's sheet on the township's board."""

    village: Area
    state: SheetState
    version: int
    people: int
    waiting_days: int
    unexplained_days: float
    proposed_changes: int


def board(*, caller: Caller, area: Area, month: Month) -> list[BoardLine]:
    """Return where the sheets of an area's villages stand; the statements do not grow with the villages."""
    by_village: dict[UUID, list[tuple[Post, PostMonth]]] = defaultdict(list)
    villages: dict[UUID, Area] = {}
    for post, row in months_of(caller=caller, area=area, month=month):
        villages[post.village.id] = post.village
        by_village[post.village.id].append((post, row))
    sheets = _sheets_of(villages.values(), month)
    numbers = numbers_of(villages.values(), day=month.last_day)
    return [
        _line(village, by_village[village_id], sheets.get(village_id), numbers[village_id], month)
        for village_id, village in villages.items()
    ]


def _sheets_of(villages: Collection[Area], month: Month) -> dict[UUID, tuple[Sheet, SheetVersion | None]]:
    rows = db.session.execute(
        select(Sheet, SheetVersion)
        .outerjoin(
            SheetVersion,
            and_(
                SheetVersion.county_id == Sheet.county_id,
                SheetVersion.sheet_id == Sheet.id,
                SheetVersion.number == Sheet.version,
            ),
        )
        .where(
            Sheet.county_id.in_({village.county_id for village in villages}),
            Sheet.village_id.in_([village.id for village in villages]),
            Sheet.month == month.first_day,
        )
    )
    return {sheet.village_id: (sheet, version) for sheet, version in rows}


def _line(
    village: Area,
    rows: list[tuple[Post, PostMonth]],
    found: tuple[Sheet, SheetVersion | None] | None,
    numbers: CountyNumbers,
    month: Month,
) -> BoardLine:
    sheet, version = found or (None, None)
    live = tuple(_row(post, row, numbers) for post, row in rows)
    changes = 0
    if version is not None:
        stamped = SheetContent.read(version.content)
        changes = len(differences(stamped, replace(stamped, rows=live)))
    return BoardLine(
        village=village,
        state=SheetState(sheet.state) if sheet else SheetState.OPEN,
        version=sheet.version if sheet else 0,
        people=len(rows),
        waiting_days=sum(count(row.waiting) for _, row in rows),
        unexplained_days=sum(row.count(DayClass.UNEXPLAINED) for row in live),
        proposed_changes=changes,
    )


# -- the way to the stamp -----------------------------------------------------------------------


def submit(*, caller: Caller, village_id: UUID, month: Month) -> Sheet:
    """Hand the sheet of a month that is over to the township (队长)."""
    if month.last_day >= day_of(caller.now):
        raise Refusal("month_running", "本月尚未结束，月末之后再提交")
    with transaction():
        village = get_area(village_id, caller, Permission.SUBMIT_SHEET, level=Level.VILLAGE)
        _open(village, month)
        sheet = _pass_on(
            village, month, caller,
            {SheetState.OPEN}, SheetState.SUBMITTED,
            submitted_by=caller.person_id, submitted_at=caller.now, reason=None,
        )  # fmt: skip
        _tell(sheet, village, Role.TOWNSHIP_CLERK, caller, "考勤表待核")
        return sheet


def witness(*, caller: Caller, village_id: UUID, month: Month) -> Sheet:
    """Let the village's Party secretary witness a submitted sheet; a sheet is stamped without it too."""
    with transaction():
        village = get_area(village_id, caller, Permission.WITNESS_SHEET, level=Level.VILLAGE)
        return _pass_on(
            village, month, caller,
            {SheetState.SUBMITTED}, SheetState.SUBMITTED,
            witnessed_by=caller.person_id, witnessed_at=caller.now,
        )  # fmt: skip


def check(*, caller: Caller, village_id: UUID, month: Month) -> Sheet:
    """Find a submitted sheet right (乡镇经办); now it waits for the stamp."""
    with transaction():
        village = get_area(village_id, caller, Permission.CHECK_SHEET, level=Level.VILLAGE)
        sheet = _pass_on(
            village, month, caller,
            {SheetState.SUBMITTED}, SheetState.CHECKED,
            checked_by=caller.person_id, checked_at=caller.now,
        )  # fmt: skip
        _tell(sheet, village, Role.TOWNSHIP_HEAD, caller, "考勤表待盖章")
        return sheet


def send_back(*, caller: Caller, village_id: UUID, month: Month, reason: str) -> Sheet:
    """Give a sheet back to the village with a reason; it is submitted anew."""
    with transaction():
        village = get_area(village_id, caller, Permission.CHECK_SHEET, level=Level.VILLAGE)
        return _pass_on(
            village, month, caller,
            {SheetState.SUBMITTED, SheetState.CHECKED}, SheetState.OPEN,
            reason=reason, submitted_by=None, submitted_at=None, witnessed_by=None, witnessed_at=None,
            checked_by=None, checked_at=None,
        )  # fmt: skip


def amend(*, caller: Caller, village_id: UUID, month: Month, reason: str) -> Sheet:
    """Ask for a new version of a stamped sheet, with the reason; Conflict if nothing would change."""
    with transaction():
        village = get_area(village_id, caller, Permission.CHECK_SHEET, level=Level.VILLAGE)
        if not view_sheet(caller=caller, village_id=village_id, month=month).proposed:
            raise Conflict("nothing_changed", "盖章之后没有变化，不需要更正")
        sheet = _pass_on(
            village, month, caller,
            {SheetState.STAMPED}, SheetState.AMENDED,
            reason=reason, checked_by=caller.person_id, checked_at=caller.now,
        )  # fmt: skip
        _tell(sheet, village, Role.TOWNSHIP_HEAD, caller, "考勤表更正待盖章")
        return sheet


def stamp(*, caller: Caller, village_id: UUID, month: Month) -> SheetVersion:
    """Stamp a checked or amended sheet: what is recorded by now is frozen as a version with its hash.

    What is recorded later changes no version: it becomes visible as a proposed new one.
    """
    with transaction():
        village = get_area(village_id, caller, Permission.STAMP_SHEET, level=Level.VILLAGE)
        sheet = _pass_on(
            village, month, caller,
            {SheetState.CHECKED, SheetState.AMENDED}, SheetState.STAMPED,
            version=Sheet.version + 1,
        )  # fmt: skip
        content = draw(caller=caller, village=village, month=month)
        version = SheetVersion(
            county_id=sheet.county_id,
            id=uuid4(),
            sheet_id=sheet.id,
            number=sheet.version,
            content=content.document(),
            sha256=content.sha256(),
            check_code=check_code(content.sha256()),
            marks={**_marks(sheet), "stamped": _mark(caller.name, caller.now)},
            reason=sheet.reason if sheet.version > 1 else None,
            closed_at=datetime.fromisoformat(content.closed_at),
            stamped_by=caller.person_id,
            stamped_at=caller.now,
        )
        db.session.add(version)
        keep_lines(sheet, content)
        db.session.flush()
        return version


def get_version(*, caller: Caller, village_id: UUID, month: Month, number: int) -> SheetVersion:
    """Return a stamped version of a village within the caller's reach; NotFound if there is none."""
    village = get_area(village_id, caller, Permission.SEE_ATTENDANCE, level=Level.VILLAGE)
    version = db.session.scalars(
        select(SheetVersion)
        .join(Sheet, (Sheet.county_id == SheetVersion.county_id) & (Sheet.id == SheetVersion.sheet_id))
        .where(
            Sheet.county_id == village.county_id,
            Sheet.village_id == village.id,
            Sheet.month == month.first_day,
            SheetVersion.number == number,
        )
    ).one_or_none()
    if version is None:
        raise NotFound("version_not_found", "没有这一版考勤表")
    return version


def visible_content(version: SheetVersion, *, caller: Caller) -> SheetContent:
    """Return a version's content with the lines the caller may see: a dispatching unit sees its own people."""
    content = SheetContent.read(version.content)
    span = DaySpan(content.month.first_day, content.month.last_day)
    posts = posts_in(caller=caller, span=span, posting_ids=[row.posting_id for row in content.rows])
    return only_rows(content, {post.posting_id for post in posts})


def is_newest(version: SheetVersion) -> bool:
    """Say whether no later version has been stamped."""
    newest = select(func.max(SheetVersion.number)).where(
        SheetVersion.county_id == version.county_id, SheetVersion.sheet_id == version.sheet_id
    )
    return db.session.execute(newest).scalar_one() == version.number


def find_by_check_code(code: str) -> SheetVersion | None:
    """Return the stamped version a paper's check code names."""
    counties = select(Area.id).where(Area.level == Level.COUNTY)
    return db.session.scalars(
        select(SheetVersion).where(SheetVersion.county_id.in_(counties), SheetVersion.check_code == code)
    ).one_or_none()


# -- rows ---------------------------------------------------------------------------------------


def _find(village: Area, month: Month) -> Sheet | None:
    return db.session.scalars(
        select(Sheet).where(
            Sheet.county_id == village.county_id,
            Sheet.village_id == village.id,
            Sheet.month == month.first_day,
        )
    ).one_or_none()


def _newest(sheet: Sheet) -> SheetVersion:
    return db.session.scalars(
        select(SheetVersion).where(
            SheetVersion.county_id == sheet.county_id,
            SheetVersion.sheet_id == sheet.id,
            SheetVersion.number == sheet.version,
        )
    ).one()


def _open(village: Area, month: Month) -> None:
    """Make the sheet's row if it is not there yet."""
    db.session.execute(
        insert_or_skip(Sheet)
        .values(
            county_id=village.county_id,
            id=uuid4(),
            village_id=village.id,
            month=month.first_day,
            state=SheetState.OPEN,
            version=0,
        )
        .on_conflict_do_nothing()
    )


def _pass_on(
    village: Area,
    month: Month,
    caller: Caller,
    origins: Collection[SheetState],
    state: SheetState,
    **values: Any,
) -> Sheet:
    """Move the sheet on if it stands where it must; of two at once the database lets one win."""
    sheet = db.session.scalars(
        update(Sheet)
        .where(
            Sheet.county_id == village.county_id,
            Sheet.village_id == village.id,
            Sheet.month == month.first_day,
            Sheet.state.in_(origins),
        )
        .values(state=state, **values)
        .returning(Sheet)
        .execution_options(populate_existing=True, synchronize_session=False)
    ).one_or_none()
    if sheet is None:
        found = _find(village, month)
        now_at = SheetState(found.state) if found else SheetState.OPEN
        raise Conflict("sheet_elsewhere", f"考勤表现为“{STATES_TEXT[now_at]}”，不能办理此项", state=now_at)
    audit.record(
        f"sheet.{state}",
        now=caller.now,
        county_id=sheet.county_id,
        actor_id=caller.person_id,
        subject_id=sheet.id,
        month=str(month),
        version=sheet.version,
        reason=sheet.reason,
    )
    return sheet


def _content(
    village: Area, month: Month, rows: list[tuple[Post, PostMonth]], above: tuple[str, str]
) -> SheetContent:
    numbers = numbers_of([village], day=month.last_day)[village.id]
    closed_at: datetime = db.session.execute(select(func.clock_timestamp())).scalar_one()
    county, township = above
    return SheetContent(
        month=month,
        county=county,
        township=township,
        village_id=village.id,
        village=village.name,
        closed_at=closed_at.astimezone(CHINA).isoformat(),
        rows=tuple(_row(post, row, numbers) for post, row in rows),
    )


def _row(post: Post, row: PostMonth, numbers: CountyNumbers) -> SheetRow:
    return row_of(
        row.classes,
        posting_id=post.posting_id,
        person_id=post.person_id,
        name=post.person_name,
        role=post.role,
        unit_id=post.unit_id,
        unit=post.unit_name,
        assessed=numbers.assessed,
        paid=numbers.paid,
    )


def _names_above(villages: Collection[Area]) -> dict[UUID, tuple[str, str]]:
    """Return the names of county and township by village."""
    ids = {area_id for village in villages for area_id in (village.county_id, village.township_id)}
    areas = db.session.scalars(select(Area).where(Area.id.in_(ids)))
    names: dict[UUID | None, str] = {area.id: area.name for area in areas}
    return {
        village.id: (names.get(village.county_id, ""), names.get(village.township_id, ""))
        for village in villages
    }


def _marks(sheet: Sheet) -> dict[str, Any]:
    """Return who passed the sheet on, by name, as the paper shows it."""
    people = [sheet.submitted_by, sheet.witnessed_by, sheet.checked_by]
    known = db.session.scalars(select(Person).where(Person.id.in_([each for each in people if each])))
    names = {person.id: person.name for person in known}
    steps = {
        "submitted": (sheet.submitted_by, sheet.submitted_at),
        "witnessed": (sheet.witnessed_by, sheet.witnessed_at),
        "checked": (sheet.checked_by, sheet.checked_at),
    }
    return {step: _mark(names[by], at) for step, (by, at) in steps.items() if by and at}


def _mark(name: str, at: datetime) -> dict[str, str]:
    return {"by": name, "at": at.astimezone(CHINA).isoformat()}


def _tell(sheet: Sheet, village: Area, role: Role, caller: Caller, title: str) -> None:
    if village.township_id is None:
        return
    people = holders([role], [village.township_id], day=day_of(caller.now))[village.township_id]
    tell(
        [
            Notice(
                person_id=person_id,
                kind=MessageKind.SHEET_WAITS,
                county_id=sheet.county_id,
                subject_id=sheet.id,
                title=title,
                text=f"{village.name}{_month_text(sheet.month)}考勤表",
                occasion=f"{sheet.state}:{sheet.version}:{caller.now.isoformat()}",
            )
            for person_id in people
        ],
        now=caller.now,
    )


def _month_text(first_day: date) -> str:
    return f"{first_day.year}年{first_day.month}月"
