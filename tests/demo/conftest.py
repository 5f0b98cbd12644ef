"""The demo, seeded once for all files, and one that answers over HTTP, with a worker beside it."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from apiflask import APIFlask
from flask_migrate import upgrade
from werkzeug.serving import make_server

from app import create_app
from demo.seed import seed
from demo.worker import WorkerThread
from kernel.clock import now
from kernel.database import db
from kernel.settings import Settings


@pytest.fixture(scope="session")
def seeded_url(settings: Settings, make_database: Any) -> str:
    """A database with the demo in it, to be copied."""
    url = make_database()
    app = create_app(replace(settings, database_url=url))
    with app.app_context():
        upgrade()
        seed(now=now(), progress=lambda points: None)
        db.session.remove()
        db.engine.dispose()
    return url


@pytest.fixture(scope="module")
def installation(settings: Settings, make_database: Any, seeded_url: str) -> Iterator[APIFlask]:
    """One installation with the demo in it; only the last test of a file changes it."""
    app = create_app(replace(settings, database_url=make_database(like=seeded_url)))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def address(settings: Settings, make_database: Any, seeded_url: str) -> Iterator[str]:
    """Where the demo answers; its worker ends with the file, for a process has one queue."""
    app = create_app(replace(settings, database_url=make_database(like=seeded_url)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    worker = WorkerThread(app)
    yield f"http://127.0.0.1:{server.port}/api/v1"
    worker.stop()
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()
