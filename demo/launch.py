"""Starting and stopping everything that the demo needs on this machine."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from shutil import rmtree
from typing import IO, Protocol
from urllib.parse import quote

import click
import httpx
import psutil  # type: ignore[import-untyped]
from apiflask import APIFlask

from demo.embedded import PostgresFailed, database_url, remove_postgres, start_postgres
from demo.phone import BUILDS_VARIABLE
from demo.welcome import Welcome, describe, welcome_text
from demo.worker import WorkerThread
from kernel.clock import now
from kernel.database import db
from kernel.settings import Settings
from phone_preview.build import BadMiniProgram, NoPreview, compile_mini_program, install_framework

PROJECT = Path(__file__).parents[1]
DATABASE = "zhucun"
HOST = "127.0.0.1"
START_SECONDS = 90
STOP_SECONDS = 10
LOG_LINES_SHOWN = 15


class Part(Protocol):
    """Something of the demo that should keep running."""

    def check(self) -> None: ...


class Child:
    """A program the demo started, in a session of its own, so that Ctrl-C reaches the launcher alone."""

    def __init__(self, name: str, *command: str, log_folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._log = log_folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                cwd=PROJECT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def mark(self) -> tuple[int, float]:
        """Pid and start: no later program has both."""
        return self._process.pid, psutil.Process(self._process.pid).create_time()

    def check(self) -> None:
        """Raise ClickException with the log's last lines if the program has ended."""
        status = self._process.poll()
        if status is None:
            return
        last = "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
        raise click.ClickException(
            f"{self.name} 意外退出 (ended with {status})，日志 log: {self._log}\n{last}"
        )

    def stop(self) -> None:
        """Ask the program to end, and make it end if it does not."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        _kill_group(self._process.pid)
        self._process.wait()


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def run(*, port: int, var: Path, reset: bool) -> None:
    """Start everything, print how to use it, and wait; stop everything on Ctrl-C, SIGTERM or a crash."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    var.mkdir(parents=True, exist_ok=True)
    with _alone_in(var), ExitStack() as stack:
        stack.callback(_say, "已停止 stopped")
        try:
            kill_leftovers(var)
            _refuse_taken(port)
            if reset:
                with _step("清空数据 removing the old data"):
                    remove_postgres(var / "postgres")
                    rmtree(var / "photos", ignore_errors=True)
            parts = _start(port, var, stack)
            while True:
                for part in parts:
                    part.check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            _say("\n正在停止 stopping …")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


@contextmanager
def _step(what: str) -> Iterator[None]:
    click.echo(f"· {what} … ", nl=False)
    sys.stdout.flush()
    started = time.monotonic()
    yield
    click.echo(f"{time.monotonic() - started:.1f} s")


@contextmanager
def _alone_in(var: Path) -> Iterator[IO[str]]:
    """Hold the folder; the system lets go of it for us when this process ends, however it ends."""
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise click.ClickException(
                f"另一个演示正在使用 {var} (another demo is running on this folder)"
            ) from error
        yield lock


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise click.ClickException(
                f"端口 {port} 已被占用，请换一个 (port in use, choose another): make demo PORT={port + 1}"
            ) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def kill_leftovers(var: Path) -> None:
    """End what a launcher that was killed has left running."""
    with suppress(OSError, ValueError):
        for pid, started in json.loads((var / "children.json").read_text()):
            with suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).create_time() == started:
                    _kill_group(pid)


def _start(port: int, var: Path, stack: ExitStack) -> list[Part]:
    """Start database, stand-in, worker and server in turn; the stack stops them in reverse."""
    with _step("数据库 PostgreSQL"):
        url = _start_database(var / "postgres", stack)
    wechat_port = _free_port()
    _settle_environment(url, f"http://{HOST}:{wechat_port}", photos=var / "photos")
    app, welcome = _prepare_data(port)
    builds = var / "phone"
    with _step("浏览器里的手机 phone in the browser"):
        missing = _prepare_phone(builds)
    with _step("服务 server"):
        worker = WorkerThread(app)
        stack.callback(worker.stop)
        children = [
            _child(stack, var, "wechat", "-m", "phone_preview.wechat_server", "--port", str(wechat_port)),
            _child(
                stack, var, "server", "-m", "granian", "--interface", "wsgi", "--factory",
                "--workers", "2", "--workers-kill-timeout", "2", "--blocking-threads", "8",
                "--host", HOST, "--port", str(port),
                "app:create_server" if missing else "demo.phone:create_server",
                PROMETHEUS_MULTIPROC_DIR=str(_emptied(var / "metrics")),
                **{BUILDS_VARIABLE: str(builds)},
            ),
        ]  # fmt: skip
        (var / "children.json").write_text(json.dumps([child.mark for child in children]))
        started: list[Part] = [worker, *children]
        _wait_until_healthy(port, started)
    _say(welcome_text(welcome, no_phone=missing))
    return started


def _prepare_phone(builds: Path) -> str:
    """Install and compile what the phone in the browser needs; return why there is none, or nothing."""
    try:
        install_framework()
        with suppress(BadMiniProgram):  # the phone itself shows what is wrong
            compile_mini_program(builds)
    except NoPreview as missing:
        return str(missing)
    return ""


def _start_database(folder: Path, stack: ExitStack) -> str:
    if " " in str(folder.resolve()):
        raise click.ClickException(
            f"请把项目放到路径不含空格的文件夹 (the path must hold no space): {folder}"
        )
    try:
        server = start_postgres(folder)
    except PostgresFailed as failed:
        raise click.ClickException(f"PostgreSQL 无法启动 (does not start): {failed}") from failed
    stack.callback(server.cleanup)
    return database_url(server, DATABASE)


def _settle_environment(database: str, wechat: str, *, photos: Path) -> None:
    """Let nothing of the surroundings into the demo: no settings, no .env, no proxy for loopback."""
    for setting in fields(Settings):
        os.environ.pop(setting.name.upper(), None)
    os.environ.pop("FLASK_DEBUG", None)
    os.environ.update(
        APP_ENV="demo",
        DATABASE_URL=database,
        PHOTOS_URL=f"file:{quote(str(photos.resolve()))}",
        WECHAT_API_URL=wechat,
        WECHAT_CONTENT_CHECK="1",
        FLASK_SKIP_DOTENV="1",
        NO_PROXY=HOST,
        no_proxy=HOST,
        PYTHONUNBUFFERED="1",
    )


def _prepare_data(port: int) -> tuple[APIFlask, Welcome]:
    """Bring the database up to date, fill it if it is empty; return the app and what there is to say."""
    from flask_migrate import upgrade  # imported late: reading the app takes a second

    from app import create_app
    from demo.seed import is_seeded, seed

    app = create_app()
    with app.app_context():
        with _step("数据表 tables"):
            upgrade(directory=str(PROJECT / "migrations"))
        if not is_seeded():
            with click.progressbar(length=100, label="· 演示数据 invented people") as bar:
                seed(now=now(), progress=bar.update)
        welcome = describe(f"http://{HOST}:{port}")
        db.session.remove()
    return app, welcome


def _emptied(folder: Path) -> Path:
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _child(stack: ExitStack, var: Path, name: str, *command: str, **environment: str) -> Child:
    log_folder = var / "log"
    log_folder.mkdir(exist_ok=True)
    child = Child(name, *command, log_folder=log_folder, environment=environment)
    stack.callback(child.stop)
    return child


def _wait_until_healthy(port: int, started: list[Part]) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=3) as http:
        while time.monotonic() < deadline:
            for part in started:
                part.check()
            with suppress(httpx.TransportError):
                if http.get(f"http://{HOST}:{port}/healthz").is_success:
                    return
            time.sleep(0.1)
    raise click.ClickException(f"服务 {START_SECONDS} 秒内没有应答 (no answer)，日志见 var/log")
