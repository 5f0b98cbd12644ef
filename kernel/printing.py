"""Paper forms: a typst template and data in, a PDF out, the same on every machine.

The fonts are those of one pinned package; the machine's own are never looked at
(docs/decisions/0007-fonts-for-print.md).
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

FONT_PACKAGE = "noto_cjk_sans_otc"
SAME_INSTANT_SECONDS = 0
"""The clock a template would see, fixed so that the same data give the same bytes."""

_BREAKS_A_LINE = {"\n", "\u2028", "\u2029"}
_NOT_FOR_PAPER = {"Cc", "Cf", "Cs"}
"""Control characters, invisible ones that reorder text, halves of surrogate pairs."""


def pdf(template: Path, data: Mapping[str, Any]) -> bytes:
    """Print a form; its template reads the data by ``json("data.json")``.

    Data are values: nothing in them is carried out as typst. A template reads files of its own folder only.
    The data are a file beside it and no input of the compiler's, as typst forgets at a new input what it has
    laid out: what the last form had in common with this one is then laid out anew, half of the work.
    Safe in threads: each call has a compiler of its own, and only the fonts are shared. A template at
    fault raises TypstError or TypstWarning (a font that is not there is only a warning to typst).
    """
    files = {"main.typ": template, "data.json": json.dumps(_for_paper(data)).encode()}
    document: bytes
    document, warnings = typst.compile_with_warnings(  # type: ignore[call-overload]  # files by name work, untyped
        files,
        root=template.parent,
        font_paths=_fonts(),
        format="pdf",
        timestamp=SAME_INSTANT_SECONDS,
    )
    if warnings:
        raise warnings[0]
    return document


def printable(text: str) -> str:
    """Return the text without what has no place on paper: control, invisible and broken characters.

    Line breaks stay; a tab becomes a space.
    """
    if text.isprintable():
        return text
    return "".join(map(_printable_character, text.replace("\r\n", "\n")))


def _printable_character(character: str) -> str:
    if character in _BREAKS_A_LINE:
        return "\n"
    if character == "\t":
        return " "
    return "" if unicodedata.category(character) in _NOT_FOR_PAPER else character


def _for_paper(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {name: _for_paper(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_for_paper(inner) for inner in value]
    return value


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(files(FONT_PACKAGE))],
    )
