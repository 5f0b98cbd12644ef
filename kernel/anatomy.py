"""Taking a picture file apart by its bytes: what it is, how large, its EXIF, and the pixels without all else.

A decoder is given only the parts that make up the pixels, so comments, profiles, appended files and
whatever else a stranger wrote never meet one. Nothing is decoded here.
"""

import re
import struct
from dataclasses import dataclass
from enum import StrEnum

from kernel.errors import Refusal, TooLarge, WrongType

MAX_BYTES = 8 * 1024 * 1024
MAX_STREAMED_PIXELS = 50_000_000
"""Of a JPEG that is decoded line by line and made smaller on the way."""
MAX_HELD_JPEG_PIXELS = 24_000_000
"""Of a JPEG that comes in several scans, a progressive one: all its coefficients are in memory at once."""
MAX_PNG_PIXELS = 12_000_000
MAX_SIDE_PX = 65_535
"""No JPEG can be longer; a PNG of one row of twelve million pixels costs a gigabyte to make smaller."""
MAX_SEGMENTS, MAX_TABLE_BYTES, MAX_SCANS, MAX_CHUNKS = 1_000, 16 * 1024, 32, 20_000
"""Far above what cameras write; without them a small file keeps a decoder busy for seconds."""


class Format(StrEnum):
    JPEG = "JPEG"
    PNG = "PNG"


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A picture file taken apart."""

    format: Format
    width_px: int
    height_px: int
    exif: bytes
    """The TIFF block, unread; empty without one."""
    bare: bytes
    """A file of the same pixels and nothing else."""


def dissect(data: bytes) -> Anatomy:
    """Take a JPEG or PNG apart, told by its content.

    TooLarge `too_large`, WrongType `not_a_photo` or `photo_damaged`, Refusal `photo_too_many_pixels`.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("too_large", f"照片过大，不能超过 {MAX_BYTES // 1024**2} MB", max_bytes=MAX_BYTES)
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _dissect_jpeg(data)
        if data.startswith(PNG_SIGNATURE):
            return _dissect_png(data)
    except struct.error as error:
        raise damaged() from error
    raise _not_a_photo()


def damaged() -> WrongType:
    """Return the refusal of a picture that breaks off or contradicts itself."""
    return WrongType("photo_damaged", "照片已损坏或不完整，请重新选择后再传")


def _not_a_photo() -> WrongType:
    return WrongType("not_a_photo", "请上传 JPEG 或 PNG 格式的照片")


def _refuse_flood(width_px: int, height_px: int, limit: int) -> None:
    if not width_px or not height_px:
        raise damaged()
    if width_px * height_px > limit or max(width_px, height_px) > MAX_SIDE_PX:
        raise Refusal(
            "photo_too_many_pixels",
            "照片像素过多，请压缩后再传",
            width_px=width_px,
            height_px=height_px,
            max_pixels=limit,
        )


# -- JPEG (ITU-T T.81, annex B) -----------------------------------------------------------------

START, END = b"\xff\xd8", b"\xff\xd9"
PROGRESSIVE, SCAN, EXIF_SEGMENT, ADOBE_SEGMENT = 0xC2, 0xDA, 0xE1, 0xEE
FRAMES = frozenset({0xC0, 0xC1, PROGRESSIVE})
TABLES = frozenset({0xC4, 0xDB, 0xDD})
OTHER_CODINGS = frozenset(range(0xC0, 0xD0)) - FRAMES - TABLES
"""Lossless, hierarchical, arithmetic: in the standard, in no camera."""
WITHOUT_LENGTH = frozenset(range(0xD0, 0xDA))
EXIF_MARK, ADOBE_MARK = b"Exif\0\0", b"Adobe"
_MARKER = re.compile(rb"\xff([\xc0-\xfe])")

Segments = list[tuple[int, bytes]]


def _dissect_jpeg(data: bytes) -> Anatomy:
    """Keep the tables, the frame and the scans up to the first end mark; Adobe's segment tells the colours."""
    segments, scans_at = _header(data)
    frame_kind, frame = _frame(segments)
    precision, height_px, width_px, components = struct.unpack_from(">BHHB", frame)
    if precision != 8 or components not in (1, 3):
        raise _not_a_photo()
    if (end := data.find(END, scans_at)) < 0:
        raise damaged()
    scans = data[scans_at : end + len(END)]
    scan_count = scans.count(_mark(SCAN))
    streamed = frame_kind != PROGRESSIVE and scan_count == 1 and scans[4] == components
    _refuse_flood(width_px, height_px, MAX_STREAMED_PIXELS if streamed else MAX_HELD_JPEG_PIXELS)
    tables = b"".join(_written(kind, body) for kind, body in segments if _is_of_the_pixels(kind, body))
    if len(tables) > MAX_TABLE_BYTES or scan_count > MAX_SCANS:
        raise damaged()
    exif = [body for kind, body in segments if kind == EXIF_SEGMENT and body.startswith(EXIF_MARK)]
    return Anatomy(
        format=Format.JPEG,
        width_px=width_px,
        height_px=height_px,
        exif=exif[0].removeprefix(EXIF_MARK) if exif else b"",
        bare=START + tables + scans,
    )


def _header(data: bytes) -> tuple[Segments, int]:
    """Return the segments before the first scan as (kind, body), and where that scan begins."""
    segments: Segments = []
    at = len(START)
    while len(segments) < MAX_SEGMENTS:
        marker = _MARKER.search(data, at)
        if marker is None or (kind := marker[1][0]) in WITHOUT_LENGTH:
            raise damaged()
        if kind == SCAN:
            return segments, marker.start()
        (length,) = struct.unpack_from(">H", data, marker.end())
        at = marker.end() + length
        segments.append((kind, data[marker.end() + 2 : at]))
    raise damaged()


def _frame(segments: Segments) -> tuple[int, bytes]:
    """Return the one frame; two would let a small one be read here and a large one be decoded."""
    if any(kind in OTHER_CODINGS for kind, _ in segments):
        raise _not_a_photo()
    frames = [segment for segment in segments if segment[0] in FRAMES]
    if len(frames) != 1:
        raise damaged()
    return frames[0]


def _is_of_the_pixels(kind: int, body: bytes) -> bool:
    return kind in FRAMES | TABLES or (kind == ADOBE_SEGMENT and body.startswith(ADOBE_MARK))


def _mark(kind: int) -> bytes:
    return bytes((0xFF, kind))


def _written(kind: int, body: bytes) -> bytes:
    return _mark(kind) + struct.pack(">H", len(body) + 2) + body


# -- PNG (ISO/IEC 15948) ------------------------------------------------------------------------

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_START = struct.pack(">I4s", 13, b"IHDR")
OF_THE_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
CHUNK_FRAME_BYTES = 12
"""Length, kind and checksum round the body of a chunk."""


def _dissect_png(data: bytes) -> Anatomy:
    """Keep header, palette, transparency and pixels up to the end chunk."""
    at = len(PNG_SIGNATURE)
    if not data.startswith(PNG_START, at):
        raise damaged()
    width_px, height_px = struct.unpack_from(">II", data, at + 8)
    _refuse_flood(width_px, height_px, MAX_PNG_PIXELS)
    exif, kept, kind = b"", [PNG_SIGNATURE], b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + length + CHUNK_FRAME_BYTES]
        at += length + CHUNK_FRAME_BYTES
        if at > len(data) or len(kept) > MAX_CHUNKS or (kind == b"IHDR" and len(kept) > 1):
            raise damaged()
        if kind in OF_THE_PIXELS:
            kept.append(chunk)
        elif kind == b"eXIf":
            exif = chunk[8:-4]
    return Anatomy(format=Format.PNG, width_px=width_px, height_px=height_px, exif=exif, bare=b"".join(kept))
