"""Pictures for the tests, all made here: ordinary ones as phones take them, and hostile ones."""

import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageEnhance

CANARY = b"canary-<script>alert(1)</script>"
MEGABYTE = 1024**2
JPEG_LONGEST = 65_500
"""The longest side libjpeg writes."""


# -- files from parts ---------------------------------------------------------------------------


def jpeg(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", **{"quality": 75, **options})
    return file.getvalue()


def png(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", **{"compress_level": 1, **options})
    return file.getvalue()


def segment(kind: int, body: bytes) -> bytes:
    return bytes((0xFF, kind)) + struct.pack(">H", len(body) + 2) + body


def with_segments(file: bytes, *segments: bytes) -> bytes:
    """Return the JPEG with further segments right after its start."""
    return file[:2] + b"".join(segments) + file[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(
    width_px: int, height_px: int, rows: bytes, *, bits: int = 8, colours: int = 0, extra: bytes = b""
) -> bytes:
    """Return a PNG that declares this size and holds these filtered rows; grey of 8 bits by default."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width_px, height_px, bits, colours, 0, 0, 0))
    return PNG_SIGNATURE + header + extra + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
IHDR_END = len(PNG_SIGNATURE) + 25


def with_chunks(file: bytes, *chunks: bytes) -> bytes:
    """Return the PNG with further chunks right after its header."""
    return file[:IHDR_END] + b"".join(chunks) + file[IHDR_END:]


def resized_on_paper(file: bytes, width_px: int, height_px: int) -> bytes:
    """Return the JPEG with another size in its frame, and the same few pixels."""
    at = min(place for kind in (0xC0, 0xC2) if (place := file.find(bytes((0xFF, kind)))) >= 0)
    return file[: at + 5] + struct.pack(">HH", height_px, width_px) + file[at + 9 :]


def tiff(*entries: tuple[int, int, int, bytes], tail: bytes = b"", order: str = "<") -> bytes:
    """Return a TIFF block of one directory, of (tag, type, count, four bytes of value)."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    rows = b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in entries)
    return head + struct.pack(f"{order}H", len(entries)) + rows + bytes(4) + tail


def exif_segment(block: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + block)


# -- ordinary pictures --------------------------------------------------------------------------


@cache
def _grain() -> Image.Image:
    return Image.effect_noise((2048, 2048), 30)


def scene(seed: int, width_px: int = 1200, height_px: int = 900) -> Image.Image:
    """Return a picture of its own: shapes of many colours on a gradient, with grain."""
    chance = random.Random(seed)
    small = Image.linear_gradient("L").resize((160, 120)).rotate(chance.choice((0, 90, 180, 270)))
    picture = Image.merge(
        "RGB", [ImageEnhance.Brightness(small).enhance(chance.uniform(0.2, 1)) for _ in "RGB"]
    )
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        left, top = chance.randrange(-20, 150), chance.randrange(-20, 110)
        box = (left, top, left + chance.randrange(6, 70), top + chance.randrange(6, 60))
        colour = tuple(chance.randrange(256) for _ in "RGB")
        chance.choice((draw.ellipse, draw.rectangle))(box, fill=colour)
    picture = picture.resize((width_px, height_px), Image.Resampling.BICUBIC)
    grain = _grain().resize((width_px, height_px), Image.Resampling.NEAREST)
    return ImageChops.add(picture, Image.merge("RGB", (grain, grain, grain)), scale=1.0, offset=-128)


def phone_exif(
    *, orientation: int = 1, taken_at: datetime | None = None, place: tuple[float, float] | None = None
) -> Image.Exif:
    """Return EXIF as a phone writes it: maker, orientation, time without a zone, place (longitude, latitude)."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "HUAWEI", "ALN-AL00", orientation
    if taken_at:
        exif.get_ifd(0x8769)[0x9003] = taken_at.strftime("%Y:%m:%d %H:%M:%S")
        exif.get_ifd(0x8769)[0x927C] = bytes(range(256)) * 40
    if place:
        longitude_deg, latitude_deg = place
        exif.get_ifd(0x8825).update(
            {
                1: "N" if latitude_deg >= 0 else "S",
                2: _sexagesimal(abs(latitude_deg)),
                3: "E" if longitude_deg >= 0 else "W",
                4: _sexagesimal(abs(longitude_deg)),
            }
        )
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes = degrees % 1 * 60
    return float(int(degrees)), float(int(minutes)), round(minutes % 1 * 60, 4)


PHONE_SIZES = (
    (1080, 1440),
    (1707, 1280),
    (1280, 960),
    (2448, 3264),
    (3000, 4000),
    (4000, 3000),
    (1080, 2400),
)


def phone_photo(seed: int) -> bytes:
    """Return an ordinary photo of 0.2 to 4 MB with what phones put into it: EXIF, profiles, trailers, progressive."""
    chance = random.Random(seed)
    picture = scene(seed, *PHONE_SIZES[seed % len(PHONE_SIZES)])
    if seed % 12 == 11:
        return png(
            picture.resize((1080, 1440)).quantize(64) if seed % 24 == 11 else picture.resize((720, 1280))
        )
    exif = phone_exif(
        orientation=chance.choice((1, 1, 3, 6, 8)),
        taken_at=datetime(2026, 11, 1 + seed % 28, 9, seed % 60),
        place=(114.93, 25.85) if seed % 3 else None,
    )
    options = {
        "progressive": seed % 5 == 4,
        "icc_profile": b"a profile of no use" * 30 if seed % 4 == 1 else None,
    }
    file = jpeg(picture, quality=chance.randrange(60, 93), exif=exif.tobytes(), **options)
    if seed % 6 == 1:  # a moving picture or a second one behind the photo
        file += chance.randbytes(200_000)
    if seed % 6 == 2:
        file = with_segments(
            file, segment(0xE2, b"MPF\0" + chance.randbytes(90)), segment(0xFE, b"a comment")
        )
    return file


# -- hostile pictures ---------------------------------------------------------------------------

CLEAN = "clean"
NOT_A_PHOTO, DAMAGED, FLOOD, TOO_LARGE = "not_a_photo", "photo_damaged", "photo_too_many_pixels", "too_large"
HOSTILE: dict[str, tuple[Callable[[], bytes], frozenset[str]]] = {}
"""How each is made, and what may become of it."""


def hostile(*outcomes: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    def note(make: Callable[[], bytes]) -> Callable[[], bytes]:
        HOSTILE[make.__name__] = make, frozenset(outcomes)
        return make

    return note


def small() -> Image.Image:
    return scene(1, 320, 240)


def flat(width_px: int, height_px: int, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (width_px, height_px))


@hostile(NOT_A_PHOTO)
def gif_of_44_bytes() -> bytes:
    size = struct.pack("<HH", 65_535, 65_535)
    file = (
        b"GIF89a" + size + b"\x80\0\0" + bytes(6) + b"," + bytes(4) + size + b"\0\x02\x02D\x01\0;" + bytes(7)
    )
    return file[:44]


@hostile(NOT_A_PHOTO)
def heic() -> bytes:
    return struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(500)


@hostile(NOT_A_PHOTO)
def svg_with_script() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@hostile(NOT_A_PHOTO)
def psd() -> bytes:
    return b"8BPS\0\x01" + bytes(6) + struct.pack(">HIIHH", 4, 30_000, 30_000, 8, 3) + bytes(100)


@hostile(NOT_A_PHOTO)
def tiff_picture() -> bytes:
    file = BytesIO()
    small().save(file, "TIFF")
    return file.getvalue()


@hostile(NOT_A_PHOTO)
def webp() -> bytes:
    return b"RIFF" + struct.pack("<I", 38) + b"WEBPVP8L" + struct.pack("<I", 25) + b"/" + bytes(25)


@hostile(NOT_A_PHOTO)
def bmp() -> bytes:
    file = BytesIO()
    small().save(file, "BMP")
    return file.getvalue()


@hostile(NOT_A_PHOTO)
def eps() -> bytes:
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(/etc/passwd) run\n"


@hostile(NOT_A_PHOTO)
def pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF\n"


@hostile(NOT_A_PHOTO)
def html() -> bytes:
    return b"<!doctype html>" + CANARY


@hostile(NOT_A_PHOTO)
def jpeg_behind_html() -> bytes:
    return b"<html>" + CANARY + jpeg(small())


@hostile(NOT_A_PHOTO)
def nothing() -> bytes:
    return b""


@hostile(NOT_A_PHOTO)
def jpeg_of_inks() -> bytes:
    return jpeg(small().convert("CMYK"))


@hostile(NOT_A_PHOTO)
def jpeg_without_loss() -> bytes:
    return jpeg(small()).replace(b"\xff\xc0", b"\xff\xc3", 1)


@hostile(TOO_LARGE)
def nine_megabytes() -> bytes:
    return jpeg(small()) + bytes(9 * MEGABYTE)


@hostile(FLOOD)
def jpeg_flood() -> bytes:
    return resized_on_paper(jpeg(small()), JPEG_LONGEST, JPEG_LONGEST)


@hostile(FLOOD)
def jpeg_barely_a_flood() -> bytes:
    return resized_on_paper(jpeg(small()), 10_000, 5_001)


@hostile(FLOOD)
def progressive_flood() -> bytes:
    return resized_on_paper(jpeg(small(), progressive=True), 8_000, 6_000)


@hostile(FLOOD)
def flood_in_scans_of_one_colour() -> bytes:
    """Not progressive, and yet all of it must be held in memory until the other colours come."""
    file = jpeg(small())
    at = file.rindex(b"\xff\xda")
    (length,) = struct.unpack_from(">H", file, at + 2)
    one_colour = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return resized_on_paper(file[:at] + one_colour + file[at + 2 + length :], 8_000, 6_000)


@hostile(DAMAGED)
def jpeg_of_lies() -> bytes:
    """48 million pixels declared, 320 × 240 sent."""
    return resized_on_paper(jpeg(small()), 8_000, 6_000).replace(b"\xff\xd9", b"")


@hostile(FLOOD)
def png_flood() -> bytes:
    return png_of(50_000, 50_000, bytes(1000))


@hostile(FLOOD)
def png_barely_a_flood() -> bytes:
    return png_of(4_000, 3_001, bytes(4_001 * 3_001))


@hostile(FLOOD)
def png_of_one_row() -> bytes:
    return png_of(12_000_000, 1, bytes(12_000_001))


@hostile(DAMAGED, CLEAN)
def png_of_lies() -> bytes:
    """One row sent of the 3,000 declared; the rest stays black."""
    return png_of(4_000, 3_000, bytes(4_001))


@hostile(DAMAGED, CLEAN)
def png_with_more_rows_than_declared() -> bytes:
    return png_of(100, 100, bytes(200 * MEGABYTE))


@hostile(CLEAN)
def png_with_a_text_bomb() -> bytes:
    bomb = zlib.compress(bytes(100 * MEGABYTE))
    text = chunk(b"zTXt", b"Comment\0\0" + bomb)
    profile = chunk(b"iCCP", b"profile\0\0" + bomb)
    return with_chunks(png(small()), profile, *[text] * 20)


@hostile(DAMAGED)
def png_of_empty_chunks() -> bytes:
    return with_chunks(png(small()), chunk(b"IDAT", b"") * (7 * MEGABYTE // 12))


@hostile(DAMAGED)
def png_with_two_headers() -> bytes:
    return with_chunks(png(small()), png_of(50_000, 50_000, b"")[8:IHDR_END])


@hostile(DAMAGED)
def png_without_end() -> bytes:
    return png(small())[:-12]


@hostile(DAMAGED)
def png_cut_in_half() -> bytes:
    file = png(small())
    return file[: len(file) // 2]


@hostile(DAMAGED)
def png_of_no_width() -> bytes:
    return png_of(0, 100, bytes(100))


@hostile(DAMAGED)
def png_of_garbage() -> bytes:
    file = png(small())
    return file[:100] + random.Random(1).randbytes(2000) + file[2100:]


@hostile(CLEAN)
def largest_png() -> bytes:
    return png(flat(4_000, 3_000, "RGBA"))


@hostile(CLEAN)
def largest_png_of_16_bits() -> bytes:
    return png_of(4_000, 3_000, bytes((4_000 * 8 + 1) * 3_000), bits=16, colours=6)


@hostile(CLEAN)
def longest_png() -> bytes:
    return png_of(65_535, 183, bytes(65_536 * 183))


@hostile(CLEAN)
def largest_jpeg() -> bytes:
    return jpeg(flat(8_660, 5_773), subsampling=0)


@hostile(CLEAN)
def longest_jpeg() -> bytes:
    return jpeg(flat(JPEG_LONGEST, 763))


@hostile(CLEAN)
def largest_progressive_jpeg() -> bytes:
    return jpeg(flat(6_000, 4_000), progressive=True, subsampling=0)


@hostile(CLEAN)
def progressive_jpeg_of_32_scans() -> bytes:
    return _scans_repeated(jpeg(flat(6_000, 4_000), progressive=True, subsampling=0), 32)


@hostile(DAMAGED)
def progressive_jpeg_of_1000_scans() -> bytes:
    return _scans_repeated(jpeg(flat(3_000, 2_000), progressive=True), 1_000)


def _scans_repeated(file: bytes, times: int) -> bytes:
    last, end = file.rindex(b"\xff\xda"), file.rindex(b"\xff\xd9")
    return file[:end] + file[last:end] * (times - file.count(b"\xff\xda")) + file[end:]


@hostile(DAMAGED)
def jpeg_cut_in_half() -> bytes:
    file = jpeg(small())
    return file[: len(file) // 2]


@hostile(DAMAGED)
def jpeg_cut_and_closed() -> bytes:
    file = jpeg(scene(2))
    return file[: len(file) // 4] + b"\xff"


@hostile(DAMAGED)
def jpeg_of_a_header() -> bytes:
    file = jpeg(small())
    return file[: file.rindex(b"\xff\xda")]


@hostile(DAMAGED)
def jpeg_of_marks() -> bytes:
    return b"\xff\xd8" + b"\xff" * (8 * MEGABYTE - 2)


@hostile(DAMAGED)
def jpeg_of_empty_segments() -> bytes:
    return with_segments(jpeg(small()), segment(0xFE, b"") * (7 * MEGABYTE // 4))


@hostile(DAMAGED)
def jpeg_of_tables() -> bytes:
    file = jpeg(small())
    table = segment(0xC4, b"\0" + bytes(16))
    return with_segments(file, *[table] * 900)


@hostile(DAMAGED)
def jpeg_with_two_frames() -> bytes:
    file = jpeg(small())
    at = file.index(b"\xff\xc0")
    return with_segments(file, resized_on_paper(file[at : at + 19], 60_000, 60_000))


@hostile(DAMAGED)
def jpeg_of_no_height() -> bytes:
    return resized_on_paper(jpeg(small()), 320, 0)


@hostile(DAMAGED, CLEAN)
def jpeg_of_garbage() -> bytes:
    file = jpeg(small())
    return file[:700] + random.Random(2).randbytes(3000).replace(b"\xff", b"") + b"\xff\xd9"


@hostile(CLEAN)
def jpeg_with_a_zip_behind() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("canary.php", CANARY)
    return jpeg(small()) + file.getvalue()


@hostile(CLEAN)
def jpeg_with_html_behind() -> bytes:
    return jpeg(small()) + b"<html>" + CANARY


@hostile(CLEAN)
def png_with_html_behind() -> bytes:
    return png(small()) + b"<html>" + CANARY


@hostile(CLEAN)
def jpeg_with_a_script_in_its_comment() -> bytes:
    return jpeg(small(), comment=CANARY)


@hostile(CLEAN)
def jpeg_with_everything() -> bytes:
    """A canary in each place where a JPEG keeps words."""
    exif = phone_exif()
    exif[0x010F] = CANARY.decode()
    exif.get_ifd(0x8769)[0x9286] = CANARY
    marked = with_segments(
        jpeg(small(), exif=exif.tobytes(), icc_profile=CANARY, comment=CANARY),
        segment(0xE0, b"JFXX\0" + CANARY),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + CANARY),
        segment(0xE2, b"MPF\0" + CANARY),
        segment(0xED, b"Photoshop 3.0\0" + CANARY),
        segment(0xEE, b"Adobe" + bytes(7) + CANARY),
    )
    return marked + CANARY


@hostile(CLEAN)
def png_with_everything() -> bytes:
    marked = with_chunks(
        png(small()),
        chunk(b"tEXt", b"Comment\0" + CANARY),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(CANARY)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + CANARY),
        chunk(b"eXIf", tiff((0x010F, 2, len(CANARY), struct.pack("<I", 26)), tail=CANARY)),
        chunk(b"caNa", CANARY),
    )
    return marked + CANARY


@hostile(CLEAN)
def exif_that_asks_for_300_megabytes() -> bytes:
    """5,000 entries, each of which claims the whole block as its value."""
    entries = [(tag, 1, 60_000, struct.pack("<I", 8)) for tag in range(5_000)]
    return with_segments(jpeg(small()), exif_segment(tiff(*entries)))


@hostile(CLEAN)
def exif_in_a_png_that_asks_for_terabytes() -> bytes:
    entries = [(tag, 1, 7 * MEGABYTE, struct.pack("<I", 8)) for tag in range(65_000)]
    return with_chunks(png(small()), chunk(b"eXIf", tiff(*entries, tail=bytes(6 * MEGABYTE))))


@hostile(CLEAN)
def exif_of_wrong_types() -> bytes:
    wrong = [(0x0112, 2, 9, b"nine"), (0x8769, 5, 1, b"\xff" * 4), (0x8825, 2, 2**32 - 1, b"\xff" * 4)]
    return with_segments(jpeg(small()), exif_segment(tiff(*wrong)))


@hostile(CLEAN)
def exif_that_leads_to_itself() -> bytes:
    circle = [(tag, 4, 1, struct.pack("<I", 8)) for tag in (0x8769, 0x8825, 0xA005)]
    return with_segments(jpeg(small()), exif_segment(tiff(*circle)))


@hostile(CLEAN)
def exif_that_breaks_off() -> bytes:
    return with_segments(jpeg(small()), exif_segment(b"II*\0\x08\0\0\0\xff\xff"))


@hostile(CLEAN)
def orientation_of_the_ninth_kind() -> bytes:
    return with_segments(jpeg(small()), exif_segment(tiff((0x0112, 3, 1, struct.pack("<HH", 9, 0)))))


def spoiled(seed: int) -> bytes:
    """Return a small photo in which up to 20 bytes have changed."""
    chance = random.Random(seed)
    whole = chance.choice((jpeg, png))(small(), **({"progressive": True} if seed % 5 == 0 else {}))
    file = bytearray(whole)
    for _ in range(chance.randint(1, 20)):
        file[chance.randrange(2, len(file))] = chance.randrange(256)
    return bytes(file)
