"""Reading tables from files, honest and hostile."""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from kernel.errors import Refusal
from kernel.spreadsheet import Column, Limits, read_table, write_template

COLUMNS = (Column("姓名"), Column("县（市、区）"), Column("备注", required=False, choices=("甲", "乙")))
HEADER = ["姓名", "县（市、区）", "备注"]
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(*rows):
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)
                else:
                    sheet.write(row, column, cell)
    return file.getvalue()


def csv(*rows, encoding="utf-8-sig"):
    return "\r\n".join(",".join(row) for row in rows).encode(encoding)


def with_entry(data, name, content):
    """Return the workbook with one entry replaced."""
    changed = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(changed, "w", ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, content)
    return changed.getvalue()


def with_sheet(cells, *, before=""):
    sheet = f'{before}<worksheet xmlns="{NAMESPACE}"><sheetData>{cells}</sheetData></worksheet>'
    return with_entry(xlsx(HEADER), "xl/worksheets/sheet1.xml", sheet)


def code_of(data, **limits):
    with pytest.raises(Refusal) as refused:
        read_table(data, columns=COLUMNS, limits=Limits(**limits))
    return refused.value.code


@pytest.mark.parametrize(
    "data",
    [
        xlsx(HEADER, ["张三", "兴国县", "塅 垇"], [], ["李四", "于都县", ""]),
        csv(HEADER, ["张三", "兴国县", "塅 垇"], [""], ["李四", "于都县", ""]),
        csv(HEADER, ["张三", "兴国县", "塅 垇"], [""], ["李四", "于都县", ""], encoding="utf-8"),
        csv(HEADER, ["张三", "兴国县", "塅 垇"], [""], ["李四", "于都县", ""], encoding="gb18030"),
    ],
    ids=["xlsx", "utf-8 with BOM", "utf-8", "gb18030"],
)
def test_rows_keep_the_numbers_the_sheet_shows(data):
    table = read_table(data, columns=COLUMNS)
    assert not table.errors
    assert [tuple(row) for row in table.rows] == [
        (2, {"姓名": "张三", "县（市、区）": "兴国县", "备注": "塅 垇"}),
        (4, {"姓名": "李四", "县（市、区）": "于都县", "备注": ""}),
    ]


def test_numbers_and_dates_become_the_text_people_see():
    data = xlsx(HEADER, [13800138000, date(2026, 3, 1), 1.5])
    assert list(read_table(data, columns=COLUMNS).rows[0].cells.values()) == [
        "13800138000",
        "2026-03-01",
        "1.5",
    ]


def test_text_is_trimmed_and_normalised():
    data = csv(HEADER, [" 张三 ", "Cafe\u0301", "\u3000"])
    assert list(read_table(data, columns=COLUMNS).rows[0].cells.values()) == ["张三", "Café", ""]


def test_half_width_brackets_and_missing_optional_columns_are_fine():
    table = read_table(csv(["县(市、区)", " 姓名 "], ["兴国县", "张三"]), columns=COLUMNS)
    assert table.rows[0].cells == {"姓名": "张三", "县（市、区）": "兴国县", "备注": ""}


def test_wrong_headers_are_listed_by_kind():
    with pytest.raises(Refusal) as refused:
        read_table(csv(["姓名", "姓名", "电话"]), columns=COLUMNS)
    assert refused.value.details == {"missing": ["县（市、区）"], "unknown": ["电话"], "doubled": ["姓名"]}


@pytest.mark.parametrize("write", [xlsx, csv])
@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("=1+1", "formula"),
        ("+86", "formula"),
        ("-1", "formula"),
        (" @SUM(A1)", "formula"),
        ("\t=1", "formula"),
        ("张\x07三", "control_character"),
        ("张\u202e三", "control_character"),
    ],
)
def test_bad_cell_is_an_error_of_its_row_alone(write, cell, code):
    table = read_table(write(HEADER, ["张三", cell, ""], ["李四", "于都县", ""]), columns=COLUMNS)
    assert [(error.row, error.column, error.code) for error in table.errors] == [(2, "县（市、区）", code)]
    assert [row.number for row in table.rows] == [3]


def test_overlong_text_is_an_error_of_its_row():
    table = read_table(csv(HEADER, ["张三", "长" * 201, ""]), columns=COLUMNS)
    assert [(error.row, error.code) for error in table.errors] == [(2, "too_long")]


def test_content_outside_the_columns_is_an_error():
    table = read_table(csv(HEADER, ["张三", "兴国县", "", "多"]), columns=COLUMNS)
    assert [(error.row, error.code) for error in table.errors] == [(2, "outside_columns")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "columns"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "not_xlsx"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\xff\xff", "not_a_table"),
        (xlsx(HEADER)[:500], "xlsx_damaged"),
        (b"PK\x03\x04" + bytes(50), "xlsx_damaged"),
        (csv(HEADER, ['"open', "x", "y"]), "csv_damaged"),
        (with_entry(xlsx(HEADER), "xl/workbook.xml", "<a>"), "xlsx_damaged"),
        (with_sheet('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>'), "formula_in_file"),
        (
            with_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>'),
            "too_many_rows",
        ),
        (with_sheet('<row r="1048576"><c><v>1</v></c></row>'), "too_many_rows"),
        (with_sheet('<row r="1"><c r="XFD1"><is><t>x</t></is></c></row>'), "too_many_columns"),
        (with_sheet("", before='<?xml version="1.0" encoding="UTF-3"?>'), "xlsx_damaged"),
        (with_sheet("", before="<!DOCTYPE a [<!ENTITY b 'c'>]>"), "xlsx_damaged"),
        (with_entry(xlsx(HEADER), "xl/media/zero.bin", bytes(30_000_000)), "file_too_large"),
        (
            with_entry(
                xlsx(HEADER),
                "xl/sharedStrings.xml",
                f'<sst xmlns="{NAMESPACE}"><si><t>{"长" * 201}</t></si></sst>',
            ),
            "too_long",
        ),
    ],
)
def test_file_that_is_no_table_or_costs_too_much_is_refused(data, code):
    assert code_of(data) == code


def test_other_zip_is_refused():
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "x")
    assert code_of(file.getvalue()) == "not_xlsx"


def test_zip_of_many_entries_is_refused():
    file = BytesIO(xlsx(HEADER))
    with ZipFile(file, "a") as archive:
        for number in range(100):
            archive.writestr(f"{number}", "")
    assert code_of(file.getvalue()) == "file_too_large"


def test_encrypted_entry_is_refused():
    data = bytearray(xlsx(HEADER))
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    assert code_of(bytes(data)) == "not_xlsx"


def test_formatted_but_empty_cells_far_off_do_no_harm():
    data = with_sheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>县（市、区）</t></is></c><c r="XFD1" s="0"/></row>'
    )
    assert read_table(data, columns=COLUMNS).rows == []


@pytest.mark.parametrize("write", [xlsx, csv])
def test_one_row_too_many_is_refused(write):
    rows = [["张三", "兴国县", ""]] * 3
    assert len(read_table(write(HEADER, *rows), columns=COLUMNS, limits=Limits(rows=3)).rows) == 3
    assert code_of(write(HEADER, *rows), rows=2) == "too_many_rows"


def test_csv_above_its_limit_is_refused():
    assert code_of(csv(HEADER, ["张三", "兴国县", ""]), csv_bytes=20) == "file_too_large"


def test_full_size_roster_with_its_texts_in_the_cells_is_let_through():
    cell = '<c r="{}{}" s="1" t="inlineStr"><is><t>赣南师范大学某某学院</t></is></c>'
    rows = "".join(
        f'<row r="{row}">' + "".join(cell.format(letter, row) for letter in "ABCDEFGHIJKL") + "</row>"
        for row in range(1, 20_002)
    )
    assert code_of(with_sheet(rows)) == "columns"


def test_template_reads_back_as_an_empty_table():
    template = write_template(COLUMNS, title="名册")
    assert read_table(template, columns=COLUMNS) == ([], [])
    notes = CalamineWorkbook.from_filelike(BytesIO(template)).get_sheet_by_name("填写说明").to_python()
    assert notes[3] == ["备注", "可不填", "", "甲", "乙"]
