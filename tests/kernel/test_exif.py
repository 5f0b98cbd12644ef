"""When, where and how a picture says it was taken; nonsense says nothing."""

import struct
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.exif import ExifFacts, read_exif
from kernel.periods import CHINA
from tests.photos_corpus import phone_exif, tiff

TAKEN = datetime(2026, 11, 23, 8, 1, 2)
VILLAGE = (114.93, 25.85)


def _block(**facts: object) -> bytes:
    return phone_exif(**facts).tobytes().removeprefix(b"Exif\0\0")


def test_time_place_and_orientation_are_read():
    facts = read_exif(_block(orientation=6, taken_at=TAKEN, place=VILLAGE))
    assert facts.taken_at == TAKEN.replace(tzinfo=CHINA)
    assert (facts.longitude_deg, facts.latitude_deg) == pytest.approx(VILLAGE)
    assert facts.orientation == 6


def test_a_place_south_and_west_is_negative():
    facts = read_exif(_block(place=(-70.5, -33.25)))
    assert (facts.longitude_deg, facts.latitude_deg) == pytest.approx((-70.5, -33.25))


def test_the_camera_s_own_offset_counts():
    exif = phone_exif(taken_at=TAKEN)
    exif.get_ifd(0x8769)[0x9011] = "+09:00"
    facts = read_exif(exif.tobytes().removeprefix(b"Exif\0\0"))
    assert facts.taken_at == TAKEN.replace(tzinfo=timezone(timedelta(hours=9)))


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order):
    facts = read_exif(tiff((0x0112, 3, 1, struct.pack(f"{order}HH", 8, 0)), order=order))
    assert facts.orientation == 8


def test_one_senseless_fact_spoils_no_other():
    exif = phone_exif(orientation=3, taken_at=TAKEN, place=VILLAGE)
    exif.get_ifd(0x8769)[0x9003] = "0000:00:00 00:00:00"
    facts = read_exif(exif.tobytes().removeprefix(b"Exif\0\0"))
    assert facts.taken_at is None
    assert facts.orientation == 3 and facts.longitude_deg is not None


@pytest.mark.parametrize("place", [(0.0, 0.0), (181.0, 20.0), (114.0, 91.0)])
def test_a_place_nowhere_on_earth_is_none(place):
    facts = read_exif(_block(place=place))
    assert facts.longitude_deg is None and facts.latitude_deg is None


def test_a_place_divided_by_nothing_is_none():
    block = _block(place=VILLAGE)
    sixtieths = block.replace(struct.pack("<II", 114, 1), struct.pack("<II", 114, 0))
    assert sixtieths != block
    assert read_exif(sixtieths).longitude_deg is None


@pytest.mark.parametrize(
    "taken", ["yesterday", "2026:13:01 00:00:00", "2026:11:23", "", "２０２６:11:23 08:01:02"]
)
def test_a_time_that_is_none_is_none(taken):
    block = tiff((0x8769, 4, 1, struct.pack("<I", 26)), tail=_directory_of_text(taken))
    assert read_exif(block).taken_at is None


def _directory_of_text(text: str) -> bytes:
    """Return the photo's directory as it lies at byte 26, its time right behind it."""
    value = text.encode() + b"\0"
    value += bytes(max(0, 5 - len(value)))
    return struct.pack("<HHHII", 1, 0x9003, 2, len(value), 26 + 18) + bytes(4) + value


@given(st.binary(max_size=300), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_no_bytes_make_it_fail(noise, head):
    assert isinstance(read_exif(head + noise), ExifFacts)


@given(st.binary(min_size=12, max_size=60), st.integers(min_value=0, max_value=200))
def test_no_spoiled_block_makes_it_fail(noise, at):
    block = _block(orientation=6, taken_at=TAKEN, place=VILLAGE)
    assert isinstance(read_exif(block[:at] + noise + block[at + len(noise) :]), ExifFacts)


def test_without_a_block_there_is_nothing():
    assert read_exif(b"") == ExifFacts()
