"""Pictures: ordinary ones are taken, hostile ones refused or drawn anew, and what is kept says nothing more."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from kernel.errors import Refusal
from kernel.periods import CHINA
from kernel.pictures import DECODES_AT_ONCE, LONG_SIDE_PX, THUMBNAIL_PX, clean, look, near
from tests.photos_corpus import (
    CANARY,
    CLEAN,
    HOSTILE,
    flat,
    jpeg,
    phone_exif,
    phone_photo,
    png,
    scene,
    spoiled,
    with_segments,
)

ROOT = Path(__file__).parents[2]
MEMORY_MB = 256
SPOILED = 60


def _opened(file: bytes) -> Image.Image:
    return Image.open(BytesIO(file))


# -- hostile ones -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, int, bytes]]:
    """What became of each hostile file in a process of its own, its peak of memory, and what would be kept."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (make, _) in HOSTILE.items():
        (folder / name).write_bytes(make())
    for seed in range(SPOILED):
        (folder / f"spoiled-{seed}").write_bytes(spoiled(seed))
    command = [sys.executable, "-m", "tests.photos_measured", str(folder)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stderr == ""
    found = {}
    for line in told.stdout.splitlines():
        name, outcome, peak_mb = json.loads(line)
        kept = folder / f"{name}.clean"
        found[name] = outcome, peak_mb, kept.read_bytes() if kept.exists() else b""
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_code_or_kept_clean(outcomes, name):
    outcome, peak_mb, kept = outcomes[name]
    assert outcome in HOSTILE[name][1]
    assert peak_mb <= MEMORY_MB
    assert bool(kept) == (outcome == CLEAN)
    assert b"canary" not in kept and b"script" not in kept


def test_a_spoiled_photo_is_refused_or_kept_and_never_a_fault(outcomes):
    spoiled_ones = [outcomes[f"spoiled-{seed}"] for seed in range(SPOILED)]
    assert {outcome for outcome, _, _ in spoiled_ones} == {CLEAN, "photo_damaged"}
    assert max(peak_mb for _, peak_mb, _ in spoiled_ones) <= MEMORY_MB


@pytest.mark.parametrize(
    ("code", "status"),
    [("not_a_photo", 415), ("photo_damaged", 415), ("photo_too_many_pixels", 422), ("too_large", 413)],
)
def test_each_code_has_its_status(code, status):
    make = next(make for make, outcomes in HOSTILE.values() if outcomes == {code})
    with pytest.raises(Refusal) as refused:
        look(make())
    assert (refused.value.code, refused.value.status) == (code, status)


def test_what_a_look_can_see_is_refused_before_any_job():
    """Only damage inside the pixels is left for the job to find."""
    late = {"jpeg_cut_and_closed", "png_of_garbage", "jpeg_of_garbage"}
    for name, (make, allowed) in HOSTILE.items():
        if CLEAN not in allowed and name not in late:
            with pytest.raises(Refusal):
                look(make())


MANY_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from kernel.pictures import clean
data = sys.stdin.buffer.read()
with ThreadPoolExecutor(8) as threads:
    list(threads.map(clean, [data] * 8))
print(next(line for line in Path("/proc/self/status").open() if line.startswith("VmHWM")))
"""


def test_many_at_once_share_the_memory_of_two():
    """The peak is the kernel's VmHWM: `ru_maxrss` of a program counts what its parent was before it began."""
    data = HOSTILE["largest_progressive_jpeg"][0]()
    command = [sys.executable, "-c", MANY_AT_ONCE]
    told = subprocess.run(command, input=data, cwd=ROOT, capture_output=True, check=True)
    assert int(told.stdout.split()[1]) // 1024 <= DECODES_AT_ONCE * MEMORY_MB


# -- ordinary ones ------------------------------------------------------------------------------


def _is_taken(seed: int) -> bool:
    file = phone_photo(seed)
    seen, kept = look(file), clean(file)
    long_side = max(seen.width_px, seen.height_px)
    assert max(kept.width_px, kept.height_px) == min(long_side, LONG_SIDE_PX)
    assert _opened(kept.jpeg).size == (kept.width_px, kept.height_px)
    assert len(kept.jpeg) < 1_000_000
    return True


def test_ordinary_photos_are_taken():
    assert all(_is_taken(seed) for seed in range(16))


@pytest.mark.slow
def test_two_hundred_ordinary_photos_are_taken():
    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(_is_taken, range(200))) == 200


def test_a_look_tells_size_time_and_place():
    taken_at, place = datetime(2026, 11, 23, 8, 1, 2), (114.93, 25.85)
    exif = phone_exif(taken_at=taken_at, place=place).tobytes()
    for file, kind in ((jpeg(scene(1), exif=exif), "JPEG"), (png(scene(1), exif=exif), "PNG")):
        seen = look(file)
        assert (seen.format, seen.width_px, seen.height_px) == (kind, 1200, 900)
        assert seen.taken_at == taken_at.replace(tzinfo=CHINA)
        assert (seen.longitude_deg, seen.latitude_deg) == pytest.approx(place)


def test_a_picture_without_exif_claims_nothing():
    seen = look(jpeg(scene(1)))
    assert (seen.taken_at, seen.longitude_deg, seen.latitude_deg) == (None, None, None)


def _corners(image: Image.Image) -> str:
    """Return which corners are red, as r and -: top left, top right, bottom left, bottom right."""
    right, bottom = image.width - 1, image.height - 1
    places = ((0, 0), (right, 0), (0, bottom), (right, bottom))
    return "".join("r" if image.getpixel(place)[0] > 128 else "-" for place in places)


@pytest.mark.parametrize(
    ("orientation", "corners"),
    [(1, "r---"), (2, "-r--"), (3, "---r"), (4, "--r-"), (5, "r---"), (6, "-r--"), (7, "---r"), (8, "--r-")],
)
def test_every_orientation_comes_out_upright(orientation, corners):
    image = flat(400, 200)
    image.paste("red", (0, 0, 100, 50))
    kept = clean(jpeg(image, exif=phone_exif(orientation=orientation).tobytes()))
    assert _corners(_opened(kept.jpeg)) == corners
    assert _corners(_opened(kept.thumbnail)) == corners
    assert (kept.width_px > kept.height_px) == (orientation <= 4)


@pytest.mark.parametrize(
    ("came", "kept_size", "thumbnail_size"),
    [
        ((4000, 3000), (1600, 1200), (320, 240)),
        ((3000, 4000), (1200, 1600), (240, 320)),
        ((1600, 1600), (1600, 1600), (320, 320)),
        ((200, 100), (200, 100), (200, 100)),
        ((1, 1), (1, 1), (1, 1)),
        ((9000, 2), (1600, 1), (320, 1)),
    ],
)
def test_a_picture_is_made_smaller_and_never_larger(came, kept_size, thumbnail_size):
    kept = clean(jpeg(flat(*came)))
    assert _opened(kept.jpeg).size == kept_size
    assert _opened(kept.thumbnail).size == thumbnail_size
    assert max(thumbnail_size) <= THUMBNAIL_PX


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_becomes_a_jpeg(mode):
    image = scene(3, 300, 200)
    file = png(image.convert("L").convert("I;16") if mode == "I;16" else image.convert(mode))
    assert _opened(clean(file).jpeg).mode == "RGB"


def test_a_grey_jpeg_is_taken():
    assert _opened(clean(jpeg(scene(3).convert("L"))).jpeg).mode == "RGB"


def test_what_is_transparent_becomes_white():
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert _opened(clean(png(image)).jpeg).getpixel((20, 20)) == (255, 255, 255)


# -- nothing more than pixels -------------------------------------------------------------------


@pytest.mark.parametrize("make", ["jpeg_with_everything", "png_with_everything"])
def test_what_is_kept_has_no_metadata_at_all(make):
    came = HOSTILE[make][0]()
    assert CANARY in came
    kept = clean(came)
    for file in (kept.jpeg, kept.thumbnail):
        assert b"canary" not in file
        opened = _opened(file)
        assert [name for name, _ in opened.applist] == ["APP0"]
        assert opened.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert file.endswith(b"\xff\xd9")
        assert not opened.getexif()


def test_the_same_file_twice_is_kept_as_the_same_bytes():
    file = phone_photo(3)
    assert clean(file) == clean(file)


# -- equal and near-equal -----------------------------------------------------------------------


def test_equal_pixels_are_equal_whatever_stands_beside_them():
    file = jpeg(scene(4))
    other = with_segments(file, b"\xff\xfe\x00\x06abcd") + b"and more"
    assert look(file).sha256 != look(other).sha256
    assert clean(file).pixels_sha256 == clean(other).pixels_sha256
    assert clean(file).pixels_sha256 != clean(jpeg(scene(5))).pixels_sha256


def test_equal_bytes_in_another_shape_are_another_picture():
    assert clean(jpeg(flat(40, 20))).pixels_sha256 != clean(jpeg(flat(20, 40))).pixels_sha256


def _recompressed(image: Image.Image) -> bytes:
    return jpeg(image, quality=40)


def _half(image: Image.Image) -> bytes:
    return jpeg(image.resize((image.width // 2, image.height // 2)))


def _brighter(image: Image.Image) -> bytes:
    return jpeg(ImageEnhance.Brightness(image).enhance(1.2))


def _stamped(image: Image.Image) -> bytes:
    """As cameras write time and place into a corner."""
    stamped = image.copy()
    ImageDraw.Draw(stamped).text((image.width // 20, image.height * 9 // 10), "2026-11-23 08:01", "yellow")
    return jpeg(stamped)


def _as_png(image: Image.Image) -> bytes:
    return png(image)


@pytest.mark.parametrize("edit", [_recompressed, _half, _brighter, _stamped, _as_png])
def test_the_same_photo_edited_is_near(edit: Callable[[Image.Image], bytes]):
    photos = [scene(seed, 800, 600) for seed in range(12)]
    assert [photo for photo in photos if not near(clean(jpeg(photo)).dhash, clean(edit(photo)).dhash)] == []


def test_photos_of_different_things_are_not_near():
    hashes = [clean(jpeg(scene(seed, 640, 480))).dhash for seed in range(40)]
    assert [pair for pair in combinations(hashes, 2) if near(*pair)] == []


def test_six_bits_apart_is_near_and_seven_are_not():
    assert near(0, 0b111111) and not near(0, 0b1111111)
    assert near(-1, -1 << 6) and not near(-1, -1 << 7)
    assert near(2**63 - 1, -1) and not near(0, -1)


def test_a_hash_fits_into_the_database_s_eight_bytes():
    hashes = [clean(jpeg(scene(seed, 320, 240))).dhash for seed in range(8)]
    assert all(-(2**63) <= each < 2**63 for each in hashes)
    assert min(hashes) < 0 < max(hashes)
