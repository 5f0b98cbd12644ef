"""`python -m demo` as one starts it: everything comes up, the printed commands work, nothing stays behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import httpx
import psutil
import pytest

from demo.embedded import remove_postgres
from demo.launch import HOST, PROJECT, kill_leftovers
from demo.welcome import BEGIN, BEGIN_LEAVE, END, END_LEAVE

SECONDS_ALLOWED = 120


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Demo:
    """One run of the launcher, whose output is read until it is ready."""

    def __init__(self, var: Path, *, port: int | None = None, options: tuple[str, ...] = ()) -> None:
        surroundings = {"DATABASE_URL": "postgresql://nowhere/", "SECRET_KEY": "short", "THREADS": "many"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo", "--port", str(port or _free_port()), "--var", str(var), *options],
            cwd=PROJECT,
            env={**os.environ, **surroundings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._postmaster = var / "postgres" / "postmaster.pid"
        assert self.process.stdout is not None
        self.lines: list[str] = []
        alarm = Timer(SECONDS_ALLOWED, self.process.kill)
        alarm.start()
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if self.is_ready:
                break
        alarm.cancel()

    @property
    def is_ready(self) -> bool:
        return bool(self.lines) and self.lines[-1] == END_LEAVE

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def paste(self, begin: str = BEGIN, end: str = END) -> list[str]:
        """Run printed commands in bash and return the lines they print."""
        if not all(map(shutil.which, ("bash", "curl", "python3"))):
            pytest.skip("bash, curl or python3 is not here: the printed commands are not tried")
        block = "\n".join(self.lines[self.lines.index(begin) + 1 : self.lines.index(end)])
        done = subprocess.run(["bash", "-c", block], capture_output=True, text=True, timeout=60, check=True)
        assert done.stderr == ""
        return done.stdout.splitlines()

    def parts(self) -> list[psutil.Process]:
        """List the launcher, all it started, and the database server."""
        launcher = psutil.Process(self.process.pid)
        postgres = psutil.Process(int(self._postmaster.read_text().splitlines()[0]))
        return [launcher, *launcher.children(recursive=True), postgres, *postgres.children(recursive=True)]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        status = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def _is_there(part: psutil.Process) -> bool:
    """Tell whether a process still runs; one that only waits to be reaped does not."""
    try:
        return part.is_running() and part.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _still_there(parts: list[psutil.Process]) -> list[psutil.Process]:
    deadline = time.monotonic() + 10
    while any(map(_is_there, parts)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return list(filter(_is_there, parts))


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder for the demo; what a failed test leaves running is ended."""
    # Not tmp_path: each start of pytest closes it to the unprivileged user PostgreSQL runs as under root.
    with TemporaryDirectory(prefix="zhucun-demo-") as parent:
        folder = Path(parent) / "var"
        yield folder
        if folder.exists():
            kill_leftovers(folder)
            remove_postgres(folder / "postgres")


def _try_phone(demo: Demo) -> None:
    """The phone is where the demo says, or the demo says why there is none."""
    (said,) = (line.split("phone", 1)[1].strip() for line in demo.lines if line.startswith("  手机 phone"))
    if not said.startswith("http"):
        assert "node" in said or "npm" in said
        return
    scene = httpx.get(f"{said}scene.json", trust_env=False).json()
    people = {account["openid"] for account in scene["accounts"]}
    assert {"demo-first-secretary", "demo-member", "demo-township-head", "demo-new-phone"} <= people
    assert all(village["fence"] for village in scene["villages"][:3])
    assert httpx.get(f"{said}app.html", trust_env=False).is_success


def test_demo_runs_stops_cleanly_and_keeps_its_data(var: Path) -> None:
    demo = Demo(var)
    assert demo.is_ready, demo.output
    first, *people = demo.paste()
    assert json.loads(first)["counted"] is True
    assert len(people) >= 7
    preview, decided, *team = demo.paste(BEGIN_LEAVE, END_LEAVE)
    assert preview.startswith("共1天，由乡镇党委审批")
    assert decided.endswith("已批准")
    assert any(line.endswith(" personal") for line in team)
    _try_phone(demo)
    parts = demo.parts()
    assert demo.end(signal.SIGINT) == 0
    assert _still_there(parts) == []

    demo = Demo(var)
    assert demo.is_ready, demo.output
    assert json.loads(demo.paste()[0])["outcome"] == "already_counted"
    second = Demo(var)
    assert not second.is_ready
    assert second.process.wait(30) == 1
    assert "另一个演示" in second.output
    second.end(signal.SIGTERM)
    assert demo.end(signal.SIGTERM) == 0


@pytest.mark.slow
def test_killed_launcher_and_crashed_server_leave_nothing_behind(var: Path) -> None:
    demo = Demo(var)
    assert demo.is_ready, demo.output
    demo.paste()
    parts = demo.parts()
    demo.end(signal.SIGKILL)

    demo = Demo(var)
    assert demo.is_ready, demo.output
    parts += demo.parts()
    assert json.loads(demo.paste()[0])["outcome"] == "already_counted"
    server = next(part for part in parts if _is_there(part) and "granian" in part.cmdline())
    server.kill()
    assert demo.process.wait(60) == 1
    demo.end(signal.SIGTERM)
    assert _still_there(parts) == []

    demo = Demo(var, options=("--reset",))
    assert demo.is_ready, demo.output
    assert json.loads(demo.paste()[0])["counted"] is True
    assert demo.end(signal.SIGTERM) == 0


def test_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(tmp_path / "var", port=port)
    assert demo.end(signal.SIGTERM) == 1
    assert f"PORT={port + 1}" in demo.output
