"""What the documents tell of the demo is typed again, and answers as they say."""

import re
import signal
import subprocess
from pathlib import Path

import pytest

from demo.launch import HOST, PROJECT
from tests.demo.test_launch import Demo, _free_port, var

__all__ = ["var"]

DAY_OR_ID = re.compile(r"\d{4}-\d\d-\d\d|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOLD = re.compile(r"```bash\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
NEXT = "==== next ===="
SECONDS_ALLOWED = 120


def answers(commands: list[str], *, api: str, folder: Path) -> list[str]:
    """Type these one after the other into one shell; what each says, by its lines."""
    script = f"\necho; echo '{NEXT}'\n".join([f"API={api}", *commands])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS_ALLOWED,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split(f"{NEXT}\n")[1:]


def comparable(text: str) -> list[str]:
    """The lines that say something; days and ids are others each time."""
    return [DAY_OR_ID.sub("…", line.rstrip()) for line in text.splitlines() if line.strip()]


@pytest.mark.slow
def test_the_life_of_a_leave_goes_as_it_is_told(var: Path, tmp_path: Path) -> None:
    told = TOLD.findall((PROJECT / "docs" / "leave.md").read_text())
    port = _free_port()
    demo = Demo(var, port=port)
    assert demo.is_ready, demo.output
    said = answers([commands for commands, _ in told], api=f"http://{HOST}:{port}/api/v1", folder=tmp_path)
    assert demo.end(signal.SIGTERM) == 0
    for (commands, text), answer in zip(told, said, strict=True):
        assert comparable(answer) == comparable(text), commands
    assert sum(bool(text) for _, text in told) == 5
