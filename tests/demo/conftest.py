"""One demo that answers over HTTP, with a worker beside it, for the pages of docs/ that type their commands."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from flask_migrate import upgrade
from werkzeug.serving import make_server

from app import create_app
from demo.seed import seed
from demo.worker import WorkerThread
from kernel.clock import now
from kernel.database import db
from kernel.settings import Settings


@pytest.fixture(scope="module")
def address(settings: Settings, make_database: Any) -> Iterator[str]:
    """Where the demo answers; its worker ends with the file, for a process has one queue."""
    app = create_app(replace(settings, database_url=make_database()))
    with app.app_context():
        upgrade()
        seed(now=now(), progress=lambda points: None)
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
