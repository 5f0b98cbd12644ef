"""What the reports share as .csv, .xlsx and on paper: their forms, the words of their notes, their one template."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from kernel.periods import CHINA, Month
from kernel.printing import pdf
from kernel.tables import Cell, Table, write_csv, write_xlsx

TEMPLATE = Path(__file__).with_name("report.typ")
BY_NAME = "按姓名排列，不是排名"

Part = tuple[str, str]
"""A part of the bars: its name, and how it is filled (a name of the template's)."""


def write(
    form: str,
    *,
    table: Callable[[], Table],
    tables: Callable[[], Sequence[Table]],
    paper: Callable[[], Mapping[str, Any]],
) -> bytes:
    """Return a report in a form: .csv is one table, .xlsx several, .pdf what the template reads."""
    match form:
        case "csv":
            return write_csv(table())
        case "xlsx":
            return write_xlsx(tables())
        case _:
            return pdf(TEMPLATE, paper())


def exported_by(name: str, at: datetime) -> str:
    """Say who took a report out of the system, and when."""
    local = at.astimezone(CHINA)
    return f"{name} {local.year}年{local.month}月{local.day}日 {local:%H:%M} 导出"


def month_text(month: Month) -> str:
    """Return a month as it is written: 2026年11月."""
    return f"{month.year}年{month.number}月"


def bar(name: str, parts: Sequence[float], *, reached: int, of: int) -> dict[str, Any]:
    """Return what a place's two bars are drawn from: the shares of its parts, and how many of all reach the aim."""
    whole = sum(parts) or 1
    return {"name": name, "shares": [part / whole for part in parts], "reached": reached, "of": of}


def in_figures(cells: Sequence[Cell]) -> list[str]:
    """Return a line of a printed table: 1,234.5, a dash for what there is none of."""
    return [each if isinstance(each, str) else "—" if each is None else f"{each:,g}" for each in cells]
