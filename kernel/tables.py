"""Tables that leave the house as .csv and .xlsx: a cell shows what it says and is never carried out (security G1, G2). Pure."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, StringIO

import xlsxwriter

from kernel.printing import printable

BOM = "\ufeff"
"""Tells Excel that the file is UTF-8."""
FORMULA_STARTS = tuple("=+-@＝＋－＠")
LONGEST_CELL = 32_767
"""Characters Excel takes in one cell."""
SAME_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
"""When each workbook says it was made, so that the same tables give the same bytes."""

Cell = str | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, the lines that stand over it, its header, its rows, and how wide its columns are.

    ``widths`` are in characters, from the first column on; the first is 18 wide where nothing is said.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    widths: Sequence[float] = (18,)


def write_csv(table: Table) -> bytes:
    """Return a table as .csv with its notes at the end; what a spreadsheet would carry out begins with a quote."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(table.header)
    writer.writerows([_safe(cell) for cell in row] for row in table.rows)
    writer.writerows([_safe(note)] for note in table.notes)
    return f"{BOM}{file.getvalue()}".encode()


def _safe(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return _plain(cell)
    text = _text(cell)
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def _plain(number: float | None) -> float | None:
    """Return a whole number without its decimals."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _text(text: str) -> str:
    return printable(text).replace("\n", " ")[:LONGEST_CELL]


def write_xlsx(tables: Sequence[Table]) -> bytes:
    """Return a workbook with a sheet for each table; texts are texts, whatever they begin with."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": SAME_INSTANT})
        bold = workbook.add_format({"bold": True})
        head = workbook.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"})
        for table in tables:
            sheet = workbook.add_worksheet(table.name)
            for row, note in enumerate(table.notes):
                sheet.write_string(row, 0, _text(note), bold)
            top = len(table.notes)
            for column, title in enumerate(table.header):
                sheet.write_string(top, column, title, head)
            for row, cells in enumerate(table.rows, top + 1):
                _write_row(sheet, row, cells)
            sheet.freeze_panes(top + 1, 1)
            for column, width in enumerate(table.widths):
                sheet.set_column(column, column, width)
    return file.getvalue()


def _write_row(sheet: xlsxwriter.worksheet.Worksheet, row: int, cells: Sequence[Cell]) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(row, column, _text(cell))
        elif cell is not None:
            sheet.write_number(row, column, cell)
