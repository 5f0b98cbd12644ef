"""Reads a printed form back: its words, its fonts, and what it could not draw."""

import io
import re
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.generic import ByteStringObject, ContentStream, TextStringObject

NOT_DRAWN = b"\x00\x00"
"""The glyph a font shows for a character it has not: the empty box."""


def lines(pdf: bytes) -> list[str]:
    """Return the lines of all pages, as they are broken on paper."""
    return [line for page in _read(pdf) for line in page.extract_text().splitlines()]


def pages(pdf: bytes) -> list[str]:
    """Return the words of each page, without spaces and line breaks."""
    return [re.sub(r"[\s\u200b]", "", page.extract_text()) for page in _read(pdf)]


def words(pdf: bytes) -> str:
    """Return the words of a form that must have one page."""
    (text,) = pages(pdf)
    return text


def empty_boxes(pdf: bytes) -> int:
    """Return how many characters were printed as an empty box."""
    return sum(_codes(text).count(NOT_DRAWN) for page in _read(pdf) for text in _shown(page))


def fonts(pdf: bytes) -> dict[str, bool]:
    """Return the fonts by name, and whether each is in the file."""
    found = {}
    for page in _read(pdf):
        for font in page["/Resources"]["/Font"].values():
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            found[descriptor["/FontName"].split("+")[-1]] = "/FontFile3" in descriptor
    return found


def _read(pdf: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(pdf), strict=True).pages)


def _shown(page: PageObject) -> Iterator[bytes]:
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator not in (b"Tj", b"TJ"):
            continue
        for text in operands[0] if operator == b"TJ" else operands:
            if isinstance(text, TextStringObject):
                yield text.original_bytes
            elif isinstance(text, ByteStringObject):
                yield bytes(text)


def _codes(text: bytes) -> list[bytes]:
    return [text[place : place + 2] for place in range(0, len(text), 2)]
