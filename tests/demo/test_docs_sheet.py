"""docs/sheet.md types its commands against the demo; here they are typed again."""

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
from kernel.clock import now, today
from kernel.database import db
from kernel.settings import Settings

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "sheet.md").read_text()
COMMANDS = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
OUTPUTS = re.findall(r"```text\n(.*?)```", PAGE, re.S)
MARK = "---- 8< ----"


@pytest.fixture
def address(settings: Settings, make_database: Any) -> Iterator[str]:
    """Where the demo answers."""
    app = create_app(replace(settings, database_url=make_database()))
    with app.app_context():
        upgrade()
        seed(now=now(), progress=lambda points: None)
        db.session.remove()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.port}/api/v1"
        server.shutdown()
        thread.join()
        server.server_close()
        db.session.remove()
        db.engine.dispose()


def _without_numbers(text: str) -> list[str]:
    """Return the lines with every number alike: how many days and visits there are differs from day to day."""
    return re.sub(r"\d+(\.\d+)?", "0", text).strip().splitlines()


def test_page_shows_what_its_commands_print(address):
    if not all(map(shutil.which, ("bash", "curl"))):
        pytest.skip("bash or curl is not here: the commands of docs/sheet.md are not tried")
    if today().day < 10:
        pytest.skip("in the first days of a month last month's sheets are still on their way")
    script = f"\necho '{MARK}'\n".join(COMMANDS)
    python = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash"],
        input=script,
        env={**os.environ, "API": address, "PATH": python},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
    )
    printed = done.stdout.split(MARK)[1:]
    assert [_without_numbers(each) for each in printed] == list(map(_without_numbers, OUTPUTS)), done.stderr
