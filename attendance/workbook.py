"""The month as a workbook: one village's sheet (rules.md §7.1), and the month of many people."""

from collections.abc import Iterable, Mapping

from attendance.documents import (
    COPIES,
    COUNTS,
    LEGEND,
    ROLES,
    TITLE,
    SheetMarks,
    counts_of,
    identity_lines,
    month_text,
    place_text,
    reason_text,
    remark_of,
    signs,
    state_text,
)
from attendance.policy import SYMBOLS, by_day
from attendance.queries import Post
from attendance.service import PostMonth
from attendance.sheet import DayHalves, SheetContent, SheetRow
from kernel.periods import Month
from kernel.tables import Cell, Table, write_xlsx

PERSON = ("姓名", "职务", "派出单位")
WIDE, NARROW = 18.0, 5.0


def sheet_xlsx(content: SheetContent, marks: SheetMarks) -> bytes:
    """Return a village's month as a workbook with what its paper says: head, a line each, signatures, legend."""
    month = content.month
    above = [
        f"{TITLE}　{month_text(month)}",
        place_text(content),
        *identity_lines(marks),
        *filter(None, (reason_text(marks), marks.note)),
        state_text(content, marks),
    ]
    lines: list[list[Cell]] = [_sheet_line(number, row, month) for number, row in enumerate(content.rows, 1)]
    signatures = [f"{title}：{mark}" for title, mark in signs(marks)]
    below: list[list[Cell]] = [[text] for text in (*signatures, LEGEND, COPIES)]
    header = ("序号", *PERSON, *_day_names(month), *COUNTS, "备注")
    widths = (NARROW, 10, 10, WIDE, *[NARROW] * month.days_count)
    return write_xlsx([Table(TITLE, header, [*lines, *below], above, widths)])


def month_xlsx(rows: Iterable[tuple[Post, PostMonth]], month: Month, *, note: str) -> bytes:
    """Return the month of many people as a workbook, a line each in the order given."""
    lines = [_month_line(post, row) for post, row in rows]
    header = ("村", *PERSON, *_day_names(month), *COUNTS)
    widths = (WIDE, 10, 10, WIDE, *[NARROW] * month.days_count)
    return write_xlsx([Table("考勤", header, lines, [month_text(month), note], widths)])


def _sheet_line(number: int, row: SheetRow, month: Month) -> list[Cell]:
    person = [row.name, ROLES.get(row.role, row.role), row.unit]
    counts = counts_of(row.days, row.assessed_days, len(row.paid_days))
    return [number, *person, *_day_cells(row.days, month), *counts, remark_of(row, month)]


def _month_line(post: Post, row: PostMonth) -> list[Cell]:
    month = row.classes.month
    days = {day.day: (morning, afternoon) for day, morning, afternoon in by_day(row.classes)}
    person = [post.village.name, post.person_name, ROLES.get(post.role, post.role), post.unit_name]
    return [*person, *_day_cells(days, month), *counts_of(days, row.assessed_days, row.paid_days)]


def _day_names(month: Month) -> list[str]:
    return [str(day.day) for day in month.days()]


def _day_cells(days: Mapping[int, DayHalves], month: Month) -> list[Cell]:
    return [_symbols(days.get(day.day)) for day in month.days()]


def _symbols(halves: DayHalves | None) -> str:
    if halves is None:
        return ""
    morning, afternoon = halves
    return SYMBOLS[morning] if morning is afternoon else f"{SYMBOLS[morning]}/{SYMBOLS[afternoon]}"
