"""Content security: where a text or picture stands with WeChat, and a text in pieces that WeChat takes. Pure."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

PIECE_CHARACTERS = 2_500
"""The most that WeChat looks at in one call."""


class ContentCheck(StrEnum):
    """``unchecked`` until WeChat has answered ``passed`` or ``risky``; a person makes of risky ``released``."""

    UNCHECKED = "unchecked"
    PASSED = "passed"
    RISKY = "risky"
    RELEASED = "released"


def in_pieces(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines joined into as few texts as WeChat takes; a longer line is cut."""
    piece = ""
    for line in lines:
        for at in range(0, len(line), PIECE_CHARACTERS):
            part = line[at : at + PIECE_CHARACTERS]
            if piece and len(piece) + 1 + len(part) > PIECE_CHARACTERS:
                yield piece
                piece = ""
            piece = f"{piece}\n{part}" if piece else part
    if piece:
        yield piece
