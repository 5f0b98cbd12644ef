"""When, where and how a picture says it was taken: the few EXIF facts that are looked at and then dropped.

Only the wanted entries are read. A block may name the same 64 KB five thousand times over, and a reader
that fetches everything then asks for hundreds of megabytes.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from kernel.periods import CHINA

ORIENTATION, PHOTO_PART, PLACE_PART = 0x0112, 0x8769, 0x8825
TAKEN, TAKEN_OFFSET = 0x9003, 0x9011
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
TEXT, SHORT, LONG, RATIONAL = 2, 3, 4, 5
TYPE_BYTES = {TEXT: 1, SHORT: 2, LONG: 4, RATIONAL: 8}
BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
UPRIGHT = 1
BLOCK_BYTES = 64 * 1024
"""What a segment of a JPEG can hold; a PNG could hold more."""

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What was found; None where the block is silent or makes no sense."""

    taken_at: datetime | None = None
    longitude_deg: float | None = None
    latitude_deg: float | None = None
    orientation: int = UPRIGHT


def read_exif(block: bytes) -> ExifFacts:
    """Return the facts of a TIFF block, as EXIF holds it; it raises nothing, whatever the bytes."""
    block = block[:BLOCK_BYTES]
    longitude_deg, latitude_deg = _if_sensible(_place, block) or (None, None)
    return ExifFacts(
        taken_at=_if_sensible(_taken_at, block),
        longitude_deg=longitude_deg,
        latitude_deg=latitude_deg,
        orientation=_if_sensible(_orientation, block) or UPRIGHT,
    )


def _if_sensible(read: Callable[[bytes], Fact], block: bytes) -> Fact | None:
    try:
        return read(block)
    except (struct.error, ValueError, KeyError, ArithmeticError):
        return None


def _orientation(block: bytes) -> int:
    return _Part.main(block).number(ORIENTATION, SHORT)


def _taken_at(block: bytes) -> datetime:
    """Return the instant of the shutter; a camera that names no offset is taken to stand in China."""
    part = _Part.main(block).inner(PHOTO_PART)
    taken = datetime.strptime(part.text(TAKEN), "%Y:%m:%d %H:%M:%S")
    if TAKEN_OFFSET in part.entries:
        offset = datetime.strptime(part.text(TAKEN_OFFSET), "%z").tzinfo
        return taken.replace(tzinfo=offset).astimezone(CHINA)
    return taken.replace(tzinfo=CHINA)


def _place(block: bytes) -> tuple[float, float]:
    part = _Part.main(block).inner(PLACE_PART)
    longitude_deg = part.degrees(LONGITUDE, negative=part.text(LONGITUDE_REF) == "W")
    latitude_deg = part.degrees(LATITUDE, negative=part.text(LATITUDE_REF) == "S")
    if not (abs(longitude_deg) <= 180 and abs(latitude_deg) <= 90) or longitude_deg == latitude_deg == 0:
        raise ValueError("no place on earth, or the one cameras write without a fix")
    return longitude_deg, latitude_deg


class _Part:
    """One directory of a TIFF block: entries of (type, count, value or where it lies) by tag."""

    def __init__(self, block: bytes, order: str, at: int) -> None:
        self.block, self.order = block, order
        (count,) = self._unpack("H", block, at)
        rows = [self._unpack("HHI4s", block, at + 2 + 12 * row) for row in range(count)]
        self.entries: dict[int, tuple[int, int, bytes]] = {tag: entry for tag, *entry in rows}  # type: ignore[misc]

    @classmethod
    def main(cls, block: bytes) -> "_Part":
        order = BYTE_ORDERS[block[:4]]
        return cls(block, order, *struct.unpack_from(f"{order}I", block, 4))

    def inner(self, tag: int) -> "_Part":
        return _Part(self.block, self.order, self.number(tag, LONG))

    def number(self, tag: int, kind: int) -> int:
        return int(self._unpack("H" if kind == SHORT else "I", self._value(tag, kind, count=1), 0)[0])

    def text(self, tag: int) -> str:
        return self._value(tag, TEXT).partition(b"\0")[0].decode("ascii").strip()

    def degrees(self, tag: int, *, negative: bool) -> float:
        parts = self._unpack("6I", self._value(tag, RATIONAL, count=3), 0)
        degrees, minutes, seconds = (
            over / under for over, under in zip(parts[::2], parts[1::2], strict=True)
        )
        return float(degrees + minutes / 60 + seconds / 3600) * (-1 if negative else 1)

    def _value(self, tag: int, kind: int, *, count: int | None = None) -> bytes:
        """Return the bytes of an entry; ValueError if it is not of this type and count."""
        actual_kind, actual_count, value = self.entries[tag]
        if actual_kind != kind or (count is not None and actual_count != count):
            raise ValueError("an entry of the wrong type or count")
        size = actual_count * TYPE_BYTES[kind]
        if size <= len(value):
            return value[:size]
        (at,) = self._unpack("I", value, 0)
        return self.block[at : at + size]

    def _unpack(self, what: str, source: bytes, at: int) -> tuple[Any, ...]:
        return struct.unpack_from(self.order + what, source, at)
