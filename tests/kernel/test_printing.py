"""What goes on paper is what was given, on any machine."""

import csv
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typst

from kernel.printing import pdf, printable
from tests.paper import empty_boxes, fonts, pages, words

HANZI = "".join(map(chr, range(0x4E00, 0x9FF0)))
HANZI_OF_2020 = "".join(map(chr, range(0x9FF0, 0xA000)))
HEAD = '#set text(font: "Noto Sans CJK SC")\n#let form = json("data.json")\n'

HOSTILE = [
    '#read("/etc/passwd")',
    "#panic[x] #{1 + 1} #sys.inputs",
    "$x^2$ *bold* _slanted_ `raw` ~ -- ... 'quoted' \"twice\"",
    "@ref <label> https://example.cn/?a=1#b",
    r"back\slash \u{4e00} \\ \# \n",
    "= head\n- item\n+ item\n/ term: x\n// comment /* comment */",
    "\u202e\u0000]}),\x1b[31m",
    "{{ 7 * 7 }} ${7*7} %s <b>&amp;</b>",
]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A form that shows one text."""
    return write(tmp_path, "#form.text")


def write(folder: Path, body: str) -> Path:
    file = folder / "form.typ"
    file.write_text(HEAD + body)
    return file


def packed(text: str) -> str:
    return re.sub(r"\s", "", text)


# -- characters ---------------------------------------------------------------------------------


def test_every_common_hanzi_is_drawn(template):
    """Decision record 7: the whole block, not only GB2312."""
    paper = pdf(template, {"text": "\n".join(HANZI[n : n + 200] for n in range(0, len(HANZI), 200))})
    assert empty_boxes(paper) == 0
    assert set(HANZI) - set("".join(pages(paper))) == {"壿"}, (
        "drawn, but read back as 墫: the two share a glyph"
    )


def test_a_character_the_font_has_not_is_an_empty_box(template):
    assert empty_boxes(pdf(template, {"text": f"村{HANZI_OF_2020}"})) == len(HANZI_OF_2020)


def test_every_place_name_of_the_divisions_data_is_drawn(template, shared_data):
    with (shared_data / "divisions" / "ganzhou_divisions_nbs2023.csv").open(encoding="utf-8-sig") as file:
        characters = set("".join("".join(row) for row in csv.reader(file)))
    outside_gb2312 = {character for character in characters if not _is_in_gb2312(character)}
    assert len(outside_gb2312) == 19 and "塅" in outside_gb2312
    paper = pdf(template, {"text": "".join(sorted(characters))})
    assert set(words(paper)) >= {character for character in characters if not character.isspace()}
    assert empty_boxes(paper) == 0


def _is_in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def test_the_font_is_in_the_file(template):
    assert fonts(pdf(template, {"text": "磜下村"})) == {"NotoSansCJKsc-Regular": True}


@pytest.mark.parametrize("family", ["DejaVu Sans", "SimSun", "Libertinus Serif"])
def test_no_font_of_the_machine_or_of_typst_is_used(tmp_path, family):
    """The first is installed on most machines, the last is built into typst."""
    with pytest.raises(typst.TypstWarning, match="unknown font family"):
        pdf(write(tmp_path, f'#text(font: "{family}")[A]'), {})


# -- data are values ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_the_data_is_printed_as_it_stands(template, text):
    assert words(pdf(template, {"text": text})) == packed(printable(text))


def test_data_inside_lists_and_mappings_are_cleaned_too(tmp_path):
    form = write(tmp_path, "#form.rows.map(row => row.name).join([ ])")
    assert words(pdf(form, {"rows": ({"name": "张\u0000三"}, {"name": "李\ud800四"})})) == "张三李四"


@pytest.mark.parametrize(
    ("text", "on_paper"),
    [
        ("磜下村\n𠮷姓", "磜下村\n𠮷姓"),
        ("一\r\n二\u2028三\u2029四", "一\n二\n三\n四"),
        ("一\t二", "一 二"),
        ("\ufeff张\u200b三\u202e\u0007\x7f\ud83d", "张三"),
    ],
)
def test_only_what_has_a_place_on_paper_is_kept(text, on_paper):
    assert printable(text) == on_paper


# -- the template -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["../secret.txt", "/../secret.txt", "/etc/passwd"])
def test_a_template_reads_nothing_outside_its_folder(tmp_path, path):
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "forms"
    folder.mkdir()
    with pytest.raises(typst.TypstError):
        pdf(write(folder, f'#read("{path}")'), {})


def test_a_fault_in_a_template_is_an_exception(tmp_path):
    with pytest.raises(typst.TypstError, match="does not contain key"):
        pdf(write(tmp_path, "#form.name"), {})


def test_no_template_asks_the_network_for_a_package():
    templates = list(Path(__file__).parents[2].glob("*/*.typ"))
    assert templates
    assert [file.name for file in templates if "@preview" in file.read_text()] == []


# -- the same every time ------------------------------------------------------------------------


def test_the_same_data_give_the_same_bytes_whatever_the_day(tmp_path):
    form = write(tmp_path, "#form.text #datetime.today().display()")
    assert pdf(form, {"text": "村"}) == pdf(form, {"text": "村"})
    assert words(pdf(form, {"text": "村"})) == "村1970-01-01"
    assert pdf(form, {"text": "村"}) != pdf(form, {"text": "镇"})


def test_threads_do_not_print_each_others_data(template):
    texts = [f"第{n}张" for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        papers = list(threads.map(lambda text: pdf(template, {"text": text}), texts))
    assert [words(paper) for paper in papers] == texts
