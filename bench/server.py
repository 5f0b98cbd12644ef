"""What is measured: the server in processes of its own, and a durable PostgreSQL."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from kernel.database import libpq_url

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 30


class Server:
    """A running granian with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._master = psutil.Process(process.pid)
        self.port = port

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer."""
        return [child for child in self._master.children() if "resource_tracker" not in _command_of(child)]

    def cpu_seconds(self) -> float:
        """Return the processor time the server has used so far."""
        times = [process.cpu_times() for process in (self._master, *self.workers())]
        return sum(each.user + each.system for each in times)

    def resident_mb(self) -> float:
        """Return the memory of the largest worker."""
        return max(worker.memory_info().rss for worker in self.workers()) / 2**20


def _command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@contextmanager
def serve(target: str, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run an application factory, ``module:function``, under granian on a free port."""
    port = free_port()
    process = start(target, *options, port=port, environment=environment)
    try:
        wait_until_ready(port)
        yield Server(process, port)
    finally:
        stop(process)


def start(
    target: str, *options: str, port: int, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start granian with two workers of eight threads, as in production."""
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--log-level", "error"),
        *("--workers", "2", "--blocking-threads", "8", "--host", "127.0.0.1", "--port", str(port)),
        *(*options, target),
    ]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})})


def stop(process: subprocess.Popen[bytes], *, patience_seconds: float = 10) -> None:
    """Stop a server with its workers, by force if it takes too long."""
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    process.terminate()
    for survivor in psutil.wait_procs(family, timeout=patience_seconds)[1]:
        survivor.kill()
    process.wait()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int) -> None:
    """Wait until the server answers anything at all."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if connection.recv(12):
                    time.sleep(1)  # the other worker imports, too
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


@contextmanager
def database(url: str | None) -> Iterator[str]:
    """Make a database on this server, or on an embedded one with durable settings, and drop it afterwards."""
    if url is None:
        from demo.embedded import start_postgres

        url = start_postgres(ROOT / "var" / "bench-postgres").get_uri()
    name = f"zhucun_bench_{uuid4().hex[:12]}"
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        _refuse_undurable(connection)
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _refuse_undurable(connection: psycopg.Connection) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        value = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
        if value != ("on",):
            raise RuntimeError(f"{setting} is {value}: figures would be worth nothing")
