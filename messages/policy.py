"""How a message is cut to what a template of WeChat's takes. Pure: no I/O, no clock."""

from datetime import datetime

from kernel.periods import CHINA

THING_CHARACTERS = 20
"""WeChat's limit for a field of the kind ``thing``; it refuses longer and empty ones."""


def fields_of(names: tuple[str, str, str], *, title: str, text: str, at: datetime) -> dict[str, str]:
    """Return the fields of a template by name: those for the title, the text and the time, in this order.

    The first two are of WeChat's kind ``thing``, the last of ``time`` or ``date``.
    """
    title_name, text_name, time_name = names
    return {title_name: _thing(title), text_name: _thing(text), time_name: _instant(at.astimezone(CHINA))}


def _thing(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= THING_CHARACTERS else line[: THING_CHARACTERS - 1] + "…"


def _instant(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
