"""Tables as offices send them, .xlsx or .csv, read into text row by row; and the template they fill in. Pure.

What a workbook costs is found out before it is read: a reader builds the whole rectangle between the outermost
cells and repeats a shared text in each cell that shows it, so a few hundred bytes may ask for gigabytes.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any, NamedTuple
from xml.parsers import expat
from xml.parsers.expat import ExpatError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_rowcol_to_cell

from kernel.errors import Refusal, TooLarge
from kernel.web import one_line

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
FORMULA_STARTS = ("=", "+", "-", "@", "\t")
DAMAGE = (BadZipFile, ZlibError, EOFError, NotImplementedError, ExpatError, LookupError, ValueError, OSError)
"""What unpacking and parsing a damaged workbook raises; an encoding unknown to Python is a LookupError."""
READ_ENTRIES = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/_rels/workbook\.xml\.rels"
    r"|xl/(workbook|sharedStrings|styles)\.xml|xl/worksheets/[^/]+\.xml"
)
"""The entries of a workbook that hold its cells; nothing else of it is handed to the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a file may be.

    20,000 rows of 12 columns unpack to 12 MB with shared texts and to some 18 MB with the text in each cell.
    """

    csv_bytes: int = 8 * 1024 * 1024
    unpacked_bytes: int = 24 * 1024 * 1024
    entries: int = 100
    rows: int = 20_000
    columns: int = 20
    cell_characters: int = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its header, what to write in it, and its allowed values if they are few."""

    name: str
    explanation: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one row, numbered as the spreadsheet shows it; ``column`` is "" for the whole row."""

    row: int
    column: str
    code: str
    message: str


class Row(NamedTuple):
    """A row that holds something: its number in the sheet, and the text under each header."""

    number: int
    cells: dict[str, str]


class Table(NamedTuple):
    """The rows that could be read, and what was wrong with the others."""

    rows: list[Row]
    errors: list[RowError]


def read_table(data: bytes, *, columns: Sequence[Column], limits: Limits = Limits()) -> Table:
    """Read the first sheet of an .xlsx, or a .csv, by its content; every cell becomes trimmed NFC text.

    Refusal (or TooLarge) for a file that is not such a table; a cell that is no plain text is an error of its row.
    """
    if data.startswith(OLE_MAGIC):
        raise Refusal("not_xlsx", "这是加密的或旧版（.xls）文件，请另存为不加密的 .xlsx 再上传")
    lines = _read_xlsx(data, limits) if data.startswith(ZIP_MAGIC) else _read_csv(data, limits)
    header, *body = lines or [[]]
    names = _match_header(header, columns)
    held = [(number, line) for number, line in enumerate(body, start=2) if any(cell.strip() for cell in line)]
    if len(held) > limits.rows:
        raise TooLarge("too_many_rows", f"数据超过 {limits.rows:,} 行，请分成几个文件")
    table = Table([], [])
    for number, line in held:
        _read_row(number, line, names, limits, table)
    for row in table.rows:
        row.cells.update({column.name: row.cells.get(column.name, "") for column in columns})
    return table


def _match_header(header: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """Return the column each cell of the header stands for; full- or half-width brackets are the same."""
    known = {_plain(column.name): column.name for column in columns}
    while header and not header[-1].strip():
        header = header[:-1]
    found = [_plain(cell) for cell in header]
    unknown = [cell.strip() for cell, plain in zip(header, found, strict=True) if plain not in known]
    missing = [column.name for column in columns if column.required and _plain(column.name) not in found]
    doubled = [known[plain] for plain, times in Counter(found).items() if times > 1 and plain in known]
    if unknown or missing or doubled:
        wrong = (("缺少", missing), ("多出", unknown), ("重复", doubled))
        listed = "；".join(
            f"{word}：{'、'.join(cell or '（空）' for cell in names)}" for word, names in wrong if names
        )
        raise Refusal("columns", f"表头不对。{listed}", missing=missing, unknown=unknown, doubled=doubled)
    return [known[plain] for plain in found]


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _read_row(number: int, line: Sequence[str], names: Sequence[str], limits: Limits, table: Table) -> None:
    cells: dict[str, str] = {}
    errors: list[RowError] = []
    if any(cell.strip() for cell in line[len(names) :]):
        errors.append(RowError(number, "", "outside_columns", "表头以外的列中有内容"))
    for name, cell in zip(names, line, strict=False):
        try:
            cells[name] = _read_text(cell, limits)
        except Refusal as refusal:
            errors.append(RowError(number, name, refusal.code, refusal.message))
    if errors:
        table.errors.extend(errors)
    else:
        table.rows.append(Row(number, cells))


def _read_text(cell: str, limits: Limits) -> str:
    if cell.startswith(FORMULA_STARTS) or cell.strip().startswith(FORMULA_STARTS):
        raise Refusal("formula", "内容不能以 = + - @ 或制表符开头")
    try:
        text = one_line(cell.strip())
    except ValueError as error:
        raise Refusal("control_character", "含有换行等无法识别的字符") from error
    if len(text) > limits.cell_characters:
        raise Refusal("too_long", f"超过 {limits.cell_characters} 个字")
    return text


# -- csv ----------------------------------------------------------------------------------------


def _read_csv(data: bytes, limits: Limits) -> list[list[str]]:
    if len(data) > limits.csv_bytes:
        raise TooLarge("file_too_large", f"文件超过 {limits.csv_bytes // 1024**2} MB")
    try:
        lines = list(csv.reader(StringIO(_decode(data), newline=""), strict=True))
    except csv.Error as error:
        raise Refusal("csv_damaged", "文件不是完整的 .csv（引号不成对，或某格过长）") from error
    if any(len(line) > limits.columns for line in lines):
        raise Refusal("too_many_columns", f"有的行超过 {limits.columns} 列")
    return lines


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("not_a_table", "文件不是 .xlsx，也不是 UTF-8 或 GB18030 编码的 .csv")


# -- xlsx ---------------------------------------------------------------------------------------


def _read_xlsx(data: bytes, limits: Limits) -> list[list[str]]:
    try:
        with CalamineWorkbook.from_filelike(_take_cells(data, limits)) as workbook:
            # Without the empty area before the first cell, rows would not carry the numbers the person sees.
            rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise Refusal("xlsx_damaged", "文件已损坏，或不是 Excel 工作簿（.xlsx）") from error
    return [[_write_out(value) for value in row] for row in rows]


def _write_out(value: Any) -> str:
    """Return what the cell says: a phone number typed as a number has no ``.0``, a date is ISO."""
    match value:
        case str():
            return value
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == datetime.min.time():
            return value.date().isoformat()
        case _:
            return str(value)


def _take_cells(data: bytes, limits: Limits) -> BytesIO:
    """Return a workbook of only those entries that hold cells, each of them looked through first."""
    taken = BytesIO()
    try:
        with ZipFile(BytesIO(data)) as workbook, ZipFile(taken, "w") as cells:
            for entry in _entries(workbook, limits):
                content = workbook.read(entry)
                _look_through(entry.filename, content, limits)
                cells.writestr(entry.filename, content)
    except DAMAGE as error:
        raise Refusal("xlsx_damaged", "文件已损坏，或不是 Excel 工作簿（.xlsx）") from error
    taken.seek(0)
    return taken


def _entries(workbook: ZipFile, limits: Limits) -> list[ZipInfo]:
    entries = workbook.infolist()
    if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise TooLarge("file_too_large", f"文件解开后超过 {limits.unpacked_bytes // 1024**2} MB 或部件过多")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refusal("not_xlsx", "文件已加密，请另存为不加密的 .xlsx 再上传")
    read = [entry for entry in entries if READ_ENTRIES.fullmatch(entry.filename)]
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in read):
        raise BadZipFile("a workbook is packed in one way only")
    if "xl/workbook.xml" not in {entry.filename for entry in read}:
        raise Refusal("not_xlsx", "文件不是 Excel 工作簿（.xlsx）")
    return read


def _look_through(filename: str, content: bytes, limits: Limits) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if filename.startswith("xl/worksheets/"):
        parser.StartElementHandler = _Cells(limits).start
    elif filename == "xl/sharedStrings.xml":
        texts = _Texts(limits)
        parser.StartElementHandler, parser.EndElementHandler = texts.start, texts.end
        parser.CharacterDataHandler = texts.add
    parser.Parse(content, True)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a workbook declares no document type")


class _Cells:
    """Looks for formulas, and for cells too far off for the rectangle to be built."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._row = 0
        self._column = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(" ")[2]:
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column = 0
            case "c":
                self._place_cell(attributes.get("r"))
            case "v" | "is":
                self._check_place()
            case "f":
                raise Refusal("formula_in_file", f"第 {self._row} 行有公式，请复制后“选择性粘贴”为数值再上传")

    def _place_cell(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
            return
        letters = reference.rstrip("0123456789")
        self._row = int(reference[len(letters) :])
        self._column = 0
        for letter in letters:
            self._column = self._column * 26 + ord(letter) - 64

    def _check_place(self) -> None:
        if self._row > self._limits.rows + 1:
            raise TooLarge("too_many_rows", f"数据超过 {self._limits.rows:,} 行，请分成几个文件")
        if not 1 <= self._column <= self._limits.columns:
            raise Refusal("too_many_columns", f"第 {self._row} 行有内容超出第 {self._limits.columns} 列")


class _Texts:
    """Looks for shared texts so long that the cells showing them would fill the memory."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._is_open = False
        self._characters = 0

    def start(self, tag: str, _: dict[str, str]) -> None:
        if tag.rpartition(" ")[2] == "si":
            if self._is_open:
                raise ValueError("a shared text inside another")
            self._is_open = True
            self._characters = 0

    def end(self, tag: str) -> None:
        if tag.rpartition(" ")[2] == "si":
            self._is_open = False

    def add(self, text: str) -> None:
        self._characters += len(text)
        if self._is_open and self._characters > self._limits.cell_characters:
            raise Refusal("too_long", f"文件中有的格超过 {self._limits.cell_characters} 个字")


# -- template -----------------------------------------------------------------------------------


def write_template(columns: Sequence[Column], *, title: str, rows: int = 20_000) -> bytes:
    """Return a workbook whose sheet ``title`` has the header alone, all cells as text; a second explains each column."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        text, head = (
            workbook.add_format({"num_format": "@"}),
            workbook.add_format({"num_format": "@", "bold": True}),
        )
        sheet, notes = workbook.add_worksheet(title), workbook.add_worksheet("填写说明")
        sheet.set_column(0, len(columns) - 1, 18, text)
        sheet.freeze_panes(1, 0)
        notes.set_column(0, 2, 24)
        notes.write_row(0, 0, ["列", "是否必填", "说明", "可填的值"], head)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, head)
            notes.write_row(
                place + 1, 0, [column.name, "须有此列" if column.required else "可不填", column.explanation]
            )
            notes.write_row(place + 1, 3, column.choices)
            if column.choices:
                last = xl_rowcol_to_cell(place + 1, 2 + len(column.choices), row_abs=True, col_abs=True)
                source = f"=填写说明!$D${place + 2}:{last}"
                sheet.data_validation(1, place, rows, place, {"validate": "list", "source": source})
    return file.getvalue()
