"""A unit's payment list as .csv, .xlsx and on paper (派出单位补助发放表, rules.md §7.4)."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from allowances.models import ListState, LivingLine, TravelLine
from allowances.presentation import KINDS_TEXT, STATES_TEXT, kind_of
from allowances.service import ListView, Signing
from kernel.periods import CHINA, Month
from kernel.printing import pdf
from kernel.tables import Cell, Table, write_csv, write_xlsx
from reports.papers import exported_by, month_text

TITLE = "驻村干部补助发放表"
TEMPLATE = Path(__file__).with_name("allowances.typ")
EXCERPT = "本表为节选，只列您管辖范围内的人员"
NOT_PREPARED = "尚未造表，不作为发放依据"
LIVING_HEADER = (
    "序号", "姓名", "派驻村", "月份", "类别", "考勤表版本", "校验码",
    "补助天数", "标准（元/天）", "金额（元）", "差额（元）", "领款签字",
)  # fmt: skip
TRAVEL_HEADER = (
    "序号", "工作队（村）", "月份", "类别", "往返次数", "单程（公里）",
    "标准（元/公里）", "金额（元）", "差额（元）", "领款签字",
)  # fmt: skip
MISSING_HEADER = ("村", "月份", "人员", "原因")
LIVING_WIDTHS = (6, 12, 18, 12, 8, 10, 16, 10, 12, 12, 12, 20)
TRAVEL_WIDTHS = (6, 18, 12, 8, 10, 12, 14, 12, 12, 20)
Show = Callable[[int], Cell]
"""How an amount in fen is written."""


def document(view: ListView, form: str, *, by: str, at: datetime) -> bytes:
    """Return the list in a form (csv, xlsx, pdf); it says who took it out of the system, and when."""
    made = exported_by(by, at)
    match form:
        case "csv":
            return write_csv(_one_table(view, made))
        case "xlsx":
            return write_xlsx(_tables(view, made))
        case _:
            return pdf(TEMPLATE, _on_paper(view, made))


def file_name(view: ListView, form: str) -> str:
    """Return the name under which a list is kept."""
    return f"{TITLE}-{view.unit.name}-{view.month}.{form}"


# -- lines --------------------------------------------------------------------------------------


def _living_rows(view: ListView, show: Show) -> list[list[Cell]]:
    return [
        [
            number, line.name, line.village, month_text(Month.of(line.month)), _kind(line, view),
            f"第{line.sheet_version}版", line.check_code, line.days, show(line.fen_per_day),
            *_amounts(line, view, show), None,
        ]
        for number, line in enumerate(view.due.living, 1)
    ]  # fmt: skip


def _travel_rows(view: ListView, show: Show) -> list[list[Cell]]:
    return [
        [
            number, line.village, month_text(Month.of(line.month)), _kind(line, view), line.round_trips,
            float(line.km_one_way), show(line.fen_per_km), *_amounts(line, view, show), None,
        ]
        for number, line in enumerate(view.due.travel, 1)
    ]  # fmt: skip


def _amounts(line: LivingLine | TravelLine, view: ListView, show: Show) -> tuple[Cell, Cell]:
    """Return 金额 and 差额: the month's own money stands in the first column, a difference in the second."""
    amount = show(line.pay.amount_fen)
    return (amount, None) if kind_of(line, view.month) == "month" else (None, amount)


def _kind(line: LivingLine | TravelLine, view: ListView) -> str:
    return KINDS_TEXT[kind_of(line, view.month)]


def _missing_rows(view: ListView) -> list[list[Cell]]:
    return [
        [each.village, month_text(each.month), "、".join(name for _, name in each.people), each.text]
        for each in view.due.missing
    ]


def _notes(view: ListView, made: str) -> list[str]:
    return [f"{TITLE}　{view.unit.name}　{month_text(view.month)}", *_state(view), made]


def _state(view: ListView) -> list[str]:
    lines = [STATES_TEXT[view.state]]
    if view.state is ListState.DRAFT:
        lines.append(NOT_PREPARED)
    if not view.is_whole:
        lines.append(EXCERPT)
    return lines


# -- tables -------------------------------------------------------------------------------------


def _yuan(fen: int) -> Cell:
    return fen / 100


def _tables(view: ListView, made: str) -> list[Table]:
    notes = _notes(view, made)
    due = view.due
    living = [*_living_rows(view, _yuan), _total_row(LIVING_HEADER, due.living_fen)]
    tables = [Table("生活补助", LIVING_HEADER, living, notes, LIVING_WIDTHS)]
    if due.travel:
        travel = [*_travel_rows(view, _yuan), _total_row(TRAVEL_HEADER, due.travel_fen)]
        tables.append(Table("交通补贴", TRAVEL_HEADER, travel, notes, TRAVEL_WIDTHS))
    if due.missing:
        tables.append(Table("未列入", MISSING_HEADER, _missing_rows(view), notes, (18, 12, 30, 40)))
    return tables


def _total_row(header: tuple[str, ...], fen: int) -> list[Cell]:
    """Return the last line: what is paid together, months and differences in one sum."""
    blanks: list[Cell] = [None] * (len(header) - 4)
    return ["合计", *blanks, _yuan(fen), None, None]


def _one_table(view: ListView, made: str) -> Table:
    """Return everything under one header, as a .csv has it."""
    header = (
        "项目",
        *LIVING_HEADER[1:7],
        "天数或往返次数",
        "标准（元）",
        "单程（公里）",
        "金额（元）",
        "差额（元）",
        "说明",
    )
    rows: list[list[Cell]] = [
        ["生活补助", *row[1:9], None, *row[9:11], None] for row in _living_rows(view, _yuan)
    ]
    for _, village, month, kind, trips, km, rate, amount, more, _ in _travel_rows(view, _yuan):
        rows.append(["交通补贴", None, village, month, kind, None, None, trips, rate, km, amount, more, None])
    for village, month, names, why in _missing_rows(view):
        rows.append(["未列入", names, village, month, *[None] * 8, why])
    return Table(TITLE, header, rows, _notes(view, made))


# -- paper --------------------------------------------------------------------------------------


def _on_paper(view: ListView, made: str) -> dict[str, Any]:
    due = view.due
    return {
        "title": TITLE,
        "unit": view.unit.name,
        "month": month_text(view.month),
        "state": _state(view),
        "made": made,
        "living": {
            "headers": LIVING_HEADER,
            "rows": _texts(_living_rows(view, _money)),
            "total": _money(due.living_fen),
        },
        "travel": {
            "headers": TRAVEL_HEADER,
            "rows": _texts(_travel_rows(view, _money)),
            "total": _money(due.travel_fen),
        },
        "total": _money(due.living_fen + due.travel_fen),
        "missing": _texts(_missing_rows(view)),
        "prepared": _signed(view.prepared),
        "paid": _signed(view.paid),
    }


def _signed(signing: Signing | None) -> str:
    return f"{signing.by}　{_instant(signing.at)}" if signing else ""


def _texts(rows: list[list[Cell]]) -> list[list[str]]:
    return [
        ["" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in rows
    ]


def _money(fen: int) -> str:
    """Write fen as yuan with two decimals, by whole numbers only."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02}"


def _instant(instant: datetime) -> str:
    local = instant.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
