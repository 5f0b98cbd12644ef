"""docs/visits.md types its commands against the demo; here they are typed again."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
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

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "visits.md").read_text()
COMMANDS = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
OUTPUTS = re.findall(r"```text\n(.*?)```", PAGE, re.S)
MARK = "---- 8< ----"


@pytest.fixture
def address(settings: Settings, make_database: Any) -> Iterator[str]:
    """Where the demo answers, with a worker beside it."""
    app = create_app(replace(settings, database_url=make_database()))
    with app.app_context():
        upgrade()
        seed(now=now(), progress=lambda points: None)
        db.session.remove()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        worker = WorkerThread(app)
        yield f"http://127.0.0.1:{server.port}/api/v1"
        worker.stop()
        server.shutdown()
        thread.join()
        server.server_close()
        db.engine.dispose()


def _without_numbers(text: str) -> list[str]:
    """Return the lines with every number alike: how much of a quarter is over differs from day to day."""
    return re.sub(r"\d+(\.\d+)?", "0", text).strip().splitlines()


def test_page_shows_what_its_commands_print(address):
    if not all(map(shutil.which, ("bash", "curl"))):
        pytest.skip("bash or curl is not here: the commands of docs/visits.md are not tried")
    script = f"\necho '{MARK}'\n".join(COMMANDS)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=PROJECT,
        env={**os.environ, "API": address, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stderr == "", done.stdout
    printed = [part for part in done.stdout.split(f"{MARK}\n") if part.strip()]
    assert len(printed) == len(OUTPUTS)
    for out, shown in zip(printed, OUTPUTS, strict=True):
        assert _without_numbers(out) == _without_numbers(shown)
