"""The sheet 驻村干部考勤表 on paper (rules.md §7.1)."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any, Self

import segno

from attendance.policy import SYMBOLS, DayClass
from attendance.sheet import DayHalves, SheetContent, SheetRow, tally
from kernel.periods import CHINA, DaySet, Month, days_of
from kernel.printing import pdf, printable
from org.models import PostingRole

TITLE = "驻村干部考勤表"
TEMPLATE = Path(__file__).with_name("sheet.typ")
UNSTAMPED = "未盖章，仅供核对"
EXCERPT = "节录，仅列本单位人员"
COPIES = "本表一式三份：乡镇、派出单位、县驻村办"
ROLES: Mapping[str, str] = {PostingRole.FIRST_SECRETARY: "第一书记", PostingRole.MEMBER: "队员"}
WEEKDAYS = "一二三四五六日"
COUNTED: Mapping[str, frozenset[DayClass]] = {
    "驻村天数": frozenset({DayClass.IN_VILLAGE}),
    "出差": frozenset({DayClass.TRIP}),
    "会议": frozenset({DayClass.MEETING}),
    "培训": frozenset({DayClass.TRAINING}),
    "事": frozenset({DayClass.PERSONAL}),
    "病": frozenset({DayClass.SICK}),
    "年": frozenset({DayClass.ANNUAL}),
    "其他": frozenset({DayClass.OTHER}),
    "休息": frozenset({DayClass.REST}),
    "缺勤": frozenset({DayClass.UNEXPLAINED, DayClass.UNEXCUSED}),
}
COUNTS = (*COUNTED, "考核天数", "补助天数")
TICK = "✓"
ON_PAPER: Mapping[DayClass, str] = {**SYMBOLS, DayClass.IN_VILLAGE: TICK}
"""The symbols in print, where √ of the font is the root of arithmetic with its bar."""
MEANINGS = {
    DayClass.IN_VILLAGE: "在村",
    DayClass.TRIP: "出差",
    DayClass.MEETING: "会议",
    DayClass.TRAINING: "培训",
    DayClass.PERSONAL: "事假",
    DayClass.SICK: "病假",
    DayClass.ANNUAL: "年休假",
    DayClass.OTHER: "其他请假",
    DayClass.REST: "休息",
    DayClass.PENDING: "待批",
    DayClass.UNEXPLAINED: "未说明",
    DayClass.UNEXCUSED: "经认定无故脱岗",
}
LEGEND = "　".join(
    [
        "符号说明：" + "　".join(f"{ON_PAPER[kind]} {meaning}" for kind, meaning in MEANINGS.items()),
        "空白 不在派驻期",
        "一格上下两个：上午、下午",
    ]
)
PEOPLE_ON_A_PAGE = 12
ANY_MASK = 3
"""The pattern laid over a QR code. Readers take each of the eight; to look for the prettiest costs 4 ms a sheet."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Who took one step of the sheet in the system, and when."""

    by: str
    at: datetime

    @classmethod
    def read(cls, mark: Mapping[str, str] | None) -> Self | None:
        """Read a step as a version keeps it, None if it was not taken."""
        return cls(mark["by"], datetime.fromisoformat(mark["at"])) if mark else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMarks:
    """What stands on a paper beside the content; what is empty is left out.

    ``reason`` is why there is a later version. ``note`` says that a paper is less than it seems (UNSTAMPED,
    EXCERPT). ``rest_days`` are shaded. ``printed`` is who took the paper out of the system.
    """

    version: int | None = None
    check_code: str = ""
    verify_url: str = ""
    submitted: Signing | None = None
    witnessed: Signing | None = None
    checked: Signing | None = None
    stamped: Signing | None = None
    reason: str = ""
    note: str = ""
    rest_days: DaySet = 0
    printed: Signing | None = None


def sheet_pdf(content: SheetContent, marks: SheetMarks) -> bytes:
    """Print a village's month on A4 landscape; the same content and marks give the same bytes.

    Up to 12 people stand on one page. More are shared out evenly to pages, each with its head, check code and
    places to sign, so that no page can be put under another's seal.
    """
    return pdf(TEMPLATE, _in_words(content, marks))


def _in_words(content: SheetContent, marks: SheetMarks) -> dict[str, Any]:
    return {
        "title": TITLE,
        "place": place_text(content),
        "month": month_text(content.month),
        "identity": identity_lines(marks),
        "verify": marks.verify_url,
        "qr": _qr_svg(marks.verify_url) if marks.verify_url else None,
        "note": marks.note,
        "reason": reason_text(marks),
        "weekdays": _weekdays(content.month),
        "rest": _runs(content.month, marks.rest_days),
        "counts": COUNTS,
        "pages": [
            [_row_in_words(number, row, content.month) for number, row in page] for page in _pages(content)
        ],
        "signs": [{"title": title, "mark": mark} for title, mark in signs(marks)],
        "legend": LEGEND,
        "copies": COPIES,
        "state": state_text(content, marks),
    }


def _pages(content: SheetContent) -> list[list[tuple[int, SheetRow]]]:
    rows = list(enumerate(content.rows, 1))
    pages_count = max(1, ceil(len(rows) / PEOPLE_ON_A_PAGE))
    size = ceil(len(rows) / pages_count)
    return [rows[page * size : (page + 1) * size] for page in range(pages_count)]


def _row_in_words(number: int, row: SheetRow, month: Month) -> dict[str, Any]:
    return {
        "number": number,
        "name": one_line(row.name),
        "role": ROLES.get(row.role, row.role),
        "unit": one_line(row.unit),
        "days": _day_runs(row.days),
        "halves": [
            [day, ON_PAPER[morning], ON_PAPER[afternoon]]
            for day, (morning, afternoon) in sorted(row.days.items())
            if morning is not afternoon
        ],
        "counts": [f"{days:g}" for days in counts_of(row.days, row.assessed_days, len(row.paid_days))],
        "remark": remark_of(row, month),
    }


def _day_runs(days: Mapping[int, DayHalves]) -> list[tuple[int, str]]:
    """Return the whole days as runs: the first day, and a symbol for each; ticks apart, as they are narrower."""
    runs: list[tuple[int, str]] = []
    for day, (morning, afternoon) in sorted(days.items()):
        symbol = ON_PAPER[morning]
        if morning is not afternoon or not symbol:
            continue
        first, text = runs[-1] if runs else (0, "")
        if first + len(text) == day and (text[0] == TICK) == (symbol == TICK):
            runs[-1] = (first, text + symbol)
        else:
            runs.append((day, symbol))
    return runs


def remark_of(row: SheetRow, month: Month) -> str:
    """Tell why days are blank: the posting began or ended within the month."""
    if not row.days:
        return ""
    begins, ends = min(row.days), max(row.days)
    return "，".join(
        text
        for text, said in ((f"{begins}日起", begins > 1), (f"{ends}日止", ends < month.days_count))
        if said
    )


def place_text(content: SheetContent) -> str:
    """Return the line that says whose month it is."""
    return one_line(f"县（市、区）：{content.county}　乡镇：{content.township}　村：{content.village}")


def identity_lines(marks: SheetMarks) -> list[str]:
    """Return what identifies a paper: its version and its check code."""
    lines = [f"第 {marks.version} 版"] if marks.version else []
    if marks.check_code:
        lines.append(f"校验码 {marks.check_code}")
    return [*lines, "扫码核对真伪"] if marks.verify_url else lines


def reason_text(marks: SheetMarks) -> str:
    """Return why there is a later version, or nothing."""
    return one_line(f"第 {marks.version} 版更正原因：{marks.reason}") if marks.reason else ""


def signs(marks: SheetMarks) -> list[tuple[str, str]]:
    """Return the places to sign, each with what the system recorded of its step."""
    steps = (
        ("队长签字", "提交", marks.submitted),
        ("村党组织书记签字", "见证", marks.witnessed),
        ("乡镇经办人", "核对", marks.checked),
        ("乡镇党委审核意见", "登记盖章", marks.stamped),
    )
    return [(title, _signed(done, step) if step else "") for title, done, step in steps]


def _signed(done: str, step: Signing) -> str:
    return one_line(f"系统{done}：{step.by} {_instant(step.at)}")


def state_text(content: SheetContent, marks: SheetMarks) -> str:
    """Return up to when the data go, and who took the paper out of the system."""
    state = f"数据截至 {_instant(datetime.fromisoformat(content.closed_at))}"
    return f"{state}　{_signed('打印', marks.printed)}" if marks.printed else state


def _weekdays(month: Month) -> str:
    return "".join(WEEKDAYS[day.weekday()] for day in month.days())


def _runs(month: Month, days: DaySet) -> list[tuple[int, int]]:
    """Return each run of days as its first day and its length."""
    numbers = [day.day for day in days_of(month, days)]
    runs = [[day for _, day in run] for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])]
    return [(run[0], len(run)) for run in runs]


def _qr_svg(url: str) -> str:
    code = segno.make_qr(url, error="m", mask=ANY_MASK, boost_error=False)
    file = io.BytesIO()
    code.save(file, kind="svg", border=0, xmldecl=False, omitsize=True, nl=False)
    return file.getvalue().decode()


def counts_of(days: Mapping[int, DayHalves], assessed_days: float, paid_days: int) -> list[float]:
    """Return the numbers under COUNTS."""
    tallied = tally(days)
    return [
        *(sum(tallied.get(kind, 0) for kind in kinds) for kinds in COUNTED.values()),
        assessed_days,
        paid_days,
    ]


def month_text(month: Month) -> str:
    """Return a month as it is written: 2026年11月."""
    return f"{month.year}年{month.number}月"


def _instant(instant: datetime) -> str:
    local = instant.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def one_line(text: str) -> str:
    return printable(text).replace("\n", " ")
