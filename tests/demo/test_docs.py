"""What the pages of docs/ type against the demo is typed again, page after page, and answers as they say."""

import os
import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from kernel.periods import CHINA

PROJECT = Path(__file__).parents[2]
TOLD = re.compile(r"```bash\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
DAY_OR_ID = re.compile(r"\d{4}-\d\d-\d\d|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# How many days, visits and households there are differs with the day on which the demo is made.
DAY_ID_OR_NUMBER = re.compile(rf"{DAY_OR_ID.pattern}|\d+(?:\.\d+)?")
NEXT = "==== next ===="
SECONDS_ALLOWED = 300


def _typed(commands: list[str], address: str) -> list[str]:
    """Type these one after the other into one shell; what each prints."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = f"\necho; echo '{NEXT}'\n".join([f"API={address}", *commands])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=PROJECT,
        env={**os.environ, "PATH": path, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=SECONDS_ALLOWED,
    )
    assert done.stderr == "", done.stdout
    return done.stdout.split(f"{NEXT}\n")[1:]


def _comparable(text: str, varies: re.Pattern[str]) -> list[str]:
    """The lines that say something, without what is another each day."""
    return [varies.sub("…", line.rstrip()) for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("page", "varies"),
    [
        pytest.param("rotation", DAY_ID_OR_NUMBER, id="rotation"),
        # Before the leaves: who is called to answer is not away yet.
        pytest.param("oversight", DAY_OR_ID, id="oversight"),
        pytest.param("leave", DAY_OR_ID, id="leave"),
        pytest.param("sheet", DAY_ID_OR_NUMBER, id="sheet"),
        pytest.param("visits", DAY_ID_OR_NUMBER, id="visits"),
    ],
)
def test_a_page_shows_what_its_commands_print(address, page, varies):
    if not all(map(shutil.which, ("bash", "curl"))):
        pytest.skip("bash or curl is not here: the commands of docs/ are not tried")
    if page == "sheet" and datetime.now(CHINA).day < 10:
        pytest.skip("in the first days of a month last month's sheets are still on their way")
    told = TOLD.findall((PROJECT / "docs" / f"{page}.md").read_text())
    assert any(shown for _, shown in told)
    printed = _typed([commands for commands, _ in told], address)
    for (commands, shown), answer in zip(told, printed, strict=True):
        assert _comparable(answer, varies) == _comparable(shown, varies), commands
