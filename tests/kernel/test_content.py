"""Texts in pieces that WeChat takes."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.content import PIECE_CHARACTERS, in_pieces


def test_short_lines_are_asked_about_in_one_call():
    assert list(in_pieces(["一家平安", "缺水"])) == ["一家平安\n缺水"]
    assert list(in_pieces([])) == []


@given(st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=6_000), max_size=8))
def test_every_piece_is_short_enough_and_nothing_is_left_out(lines):
    pieces = list(in_pieces(lines))
    assert all(0 < len(piece) <= PIECE_CHARACTERS for piece in pieces)
    assert "".join(pieces).replace("\n", "") == "".join(lines)
