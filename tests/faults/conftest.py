"""A server, and a database that may be crashed without harm to the other tests."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from flask_migrate import upgrade

from app import create_app
from bench.world import Somebody, World
from kernel.database import db
from kernel.settings import read_settings
from tests.faults.harness import Postgres, Supervised

PEOPLE_A_SECOND = 900
"""More than the machine can take, so that the phones never run out of people."""


@pytest.fixture(scope="session")
def fault_seconds() -> float:
    """How long the long form runs; ZHUCUN_FAULT_SECONDS says so."""
    return float(os.environ.get("ZHUCUN_FAULT_SECONDS", "300"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A durable PostgreSQL with an installed database."""
    # Not tmp_path: pytest closes it to the unprivileged user PostgreSQL runs as where the tests run as root.
    with TemporaryDirectory(prefix="zhucun-faults-") as folder:
        started = Postgres(Path(folder) / "postgres")
        _install(started)
        yield started
        started.close()


def _install(started: Postgres) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _environment(started).items():
            patch.setenv(name, value)
        app = create_app(read_settings())
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def server(postgres: Postgres) -> Iterator[Supervised]:
    """Two workers as in production: one that dies is replaced."""
    with Supervised(environment=_environment(postgres)) as running:
        yield running


def _environment(postgres: Postgres) -> dict[str, str]:
    return {"APP_ENV": "test", "DATABASE_URL": postgres.url, "REDIS_URL": ""}


@pytest.fixture
def crowd(postgres: Postgres) -> Iterator[type]:
    """Make people who have not checked in: ``crowd(seconds=5)``."""

    def make(*, seconds: float) -> Iterator[Somebody]:
        with psycopg.connect(postgres.url) as connection:
            connection.execute("TRUNCATE checkins, checkin_doubts")
            world = World(connection)
            township_id = world.township(
                world.county(),
                villages=60,
                people_each=int(seconds * PEOPLE_A_SECOND / 60),
                first_day=date(2025, 1, 1),
            )
            world.fence(township_id)
            return iter(world.sign_in(township_id))

    return make
