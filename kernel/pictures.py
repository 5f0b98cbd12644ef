"""What a picture says about itself, and the clean copy that is kept in its place.

`look` decodes nothing and fits into a request; `clean` belongs into a job.
"""

import hashlib
import struct
import threading
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import Image

from kernel.anatomy import Anatomy, Format, damaged, dissect
from kernel.exif import read_exif

LONG_SIDE_PX, THUMBNAIL_PX = 1_600, 320
CHECKED_PX = (750, 1_334)
"""Width and height of what WeChat checks."""
QUALITY, THUMBNAIL_QUALITY = 80, 70
NEAR_BITS = 6
DECODES_AT_ONCE = 2
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation."""

_decoding = threading.BoundedSemaphore(DECODES_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Look:
    """What can be said of a picture without decoding it; time and place are its own claim."""

    format: Format
    width_px: int
    height_px: int
    taken_at: datetime | None
    longitude_deg: float | None
    latitude_deg: float | None
    sha256: bytes
    """Of the bytes that came."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture as it is kept: upright JPEGs without metadata, and what equal and similar ones are found by."""

    jpeg: bytes
    thumbnail: bytes
    width_px: int
    height_px: int
    pixels_sha256: bytes
    dhash: int
    """64 bits as a signed number, the way a database keeps them."""


def look(data: bytes) -> Look:
    """Return what a picture says about itself; its name is not asked.

    WrongType `not_a_photo` or `photo_damaged`, TooLarge `too_large`, Refusal `photo_too_many_pixels`.
    """
    anatomy = dissect(data)
    facts = read_exif(anatomy.exif)
    return Look(
        format=anatomy.format,
        width_px=anatomy.width_px,
        height_px=anatomy.height_px,
        taken_at=facts.taken_at,
        longitude_deg=facts.longitude_deg,
        latitude_deg=facts.latitude_deg,
        sha256=hashlib.sha256(data).digest(),
    )


def clean(data: bytes) -> CleanPicture:
    """Return the picture drawn anew, at most 1600 px long, with nothing of the file that came.

    Waits while two others are being decoded in this process. Raises what `look` raises; some damage comes
    to light only here.
    """
    anatomy = dissect(data)
    with _decoding:
        image = _small(anatomy)
    turn = TURNS.get(read_exif(anatomy.exif).orientation)
    image = image.transpose(turn) if turn is not None else image
    thumbnail = image.resize(_fitting(image.size, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    return CleanPicture(
        jpeg=_jpeg(image, QUALITY),
        thumbnail=_jpeg(thumbnail, THUMBNAIL_QUALITY),
        width_px=image.width,
        height_px=image.height,
        pixels_sha256=hashlib.sha256(struct.pack(">II", *image.size) + image.tobytes()).digest(),
        dhash=_dhash(image),
    )


def small_enough_to_check(jpeg: bytes) -> bytes:
    """Return one of our own clean pictures at a size that WeChat checks."""
    with _decoding, Image.open(BytesIO(jpeg), formats=["JPEG"]) as image:
        image.thumbnail(CHECKED_PX)
        return _jpeg(image, QUALITY)


def near(one: int, other: int) -> bool:
    """Tell whether two dHashes differ so little that both pictures show the same, resized or lit otherwise."""
    return ((one ^ other) & (2**64 - 1)).bit_count() <= NEAR_BITS


def _small(anatomy: Anatomy) -> Image.Image:
    """Return the decoded picture at its final size, in RGB."""
    size = _fitting((anatomy.width_px, anatomy.height_px), LONG_SIDE_PX)
    try:
        with Image.open(BytesIO(anatomy.bare), formats=[anatomy.format]) as image:
            image.draft(None, size)
            image.load()
            mode = "RGBA" if image.has_transparency_data else "RGB"
            colours = image if image.mode == mode else image.convert(mode)
    except Exception as error:  # a decoder fails on hostile bytes in more ways than it documents
        raise damaged() from error
    small = colours.resize(size, Image.Resampling.LANCZOS)
    if small.mode == "RGB":
        return small
    on_white = Image.new("RGB", size, "white")
    on_white.paste(small, mask=small)
    return on_white


def _fitting(size: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """Return the size made so small that its long side fits, each side at least one pixel."""
    shrink = max(1, max(size) / long_side_px)
    return max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink))


def _jpeg(image: Image.Image, quality: int) -> bytes:
    image.info = {}  # Pillow writes a comment that it finds there into the new file
    file = BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _dhash(image: Image.Image) -> int:
    """Return 64 bits, each telling whether it gets darker from one of 9 × 8 fields to the next."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    bits = "".join(str(int(grey[at] > grey[at + 1])) for at in range(72) if at % 9 < 8)
    return int.from_bytes(int(bits, 2).to_bytes(8, "big"), "big", signed=True)
