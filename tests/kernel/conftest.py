"""The queue for tests of jobs."""

from collections.abc import Callable, Iterator

import procrastinate
import pytest
from procrastinate.periodic import PeriodicRegistry
from sqlalchemy import text

from kernel.database import db
from kernel.jobs import SCHEMA, connected_to, queue


def _empty() -> None:
    with db.engine.begin() as database:
        database.execute(text(f"TRUNCATE {SCHEMA}.procrastinate_jobs CASCADE"))


@pytest.fixture
def jobs(app, settings) -> Iterator[procrastinate.App]:
    """The queue, on the test's database, empty."""
    _empty()  # what other tests told people waits there
    with connected_to(settings.database_url) as connected:
        yield connected
    _empty()


@pytest.fixture
def work(jobs: procrastinate.App, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Carry out what waits in the queue and nothing else: what the hour would bring stays away."""
    monkeypatch.setattr(queue, "periodic_registry", PeriodicRegistry())
    return lambda: jobs.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
