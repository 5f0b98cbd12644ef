"""Everything stored about one person, as a workbook to keep."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.periods import CHINA
from kernel.tables import Cell, Table, write_xlsx
from reports.own_data import Entry, OwnData
from reports.own_data_words import action_word, column_word, table_word

TITLE = "我的数据"


def workbook(data: OwnData, *, name: str) -> bytes:
    """Return a workbook: what it is, a sheet for each kind of row, what the person did, and who looked."""
    note = f"{name}，{data.made_at.astimezone(CHINA):%Y-%m-%d %H:%M} 由本人导出"
    counts = [(table_word(each.table), len(each.rows)) for each in data.tables]
    deeds = [(table_word(deed.table), str(deed.row_id), deed.part, cell(deed.at)) for deed in data.deeds]
    return write_xlsx(
        [
            Table(TITLE, ["内容", "条数"], counts, [note], (24, 10)),
            *(
                Table(
                    table_word(each.table),
                    [column_word(column) for column in each.columns],
                    [[cell(value) for value in row] for row in each.rows],
                )
                for each in data.tables
                if each.rows
            ),
            Table("经办他人事项", ["内容", "编号", "身份", "时间"], deeds),
            Table("谁看过动过", ["时间", "事项", "何人"], list(_entries(data.looked_at))),
            Table("本人操作", ["时间", "事项", "何人"], list(_entries(data.own_actions))),
        ]
    )


def _entries(entries: list[Entry]) -> Iterator[tuple[Cell, ...]]:
    return ((cell(entry.at), action_word(entry.action), entry.by or "") for entry in entries)


def cell(value: Any) -> Cell:
    """Return a stored value as a cell: instants in China's time, what has parts as JSON."""
    match value:
        case None | str() | int() | float() if not isinstance(value, bool):
            return value
        case bool():
            return "是" if value else "否"
        case Decimal():
            return float(value)
        case datetime():
            return value.astimezone(CHINA).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)
