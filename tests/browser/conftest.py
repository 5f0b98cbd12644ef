"""A headless browser that reaches nothing but loopback, and the application over real HTTP."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from sqlalchemy import Select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from kernel.clock import today
from kernel.database import db
from kernel.printing import FONT_PACKAGE
from phone_preview.build import MINI_PROGRAM, NoPreview, install_framework
from phone_preview.serving import FONT, create_phone
from tests.browser.handset import Handset
from tests.factories import MIDDLE, World, bind_wechat, square

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE_MS = 20_000
"""What is waited for comes in a second; on a machine busy with other things it may take several."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the Chinese font of the paper forms, for machines that have none."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "fonts").mkdir()
    (folder / "fonts" / FONT).symlink_to(str(files(FONT_PACKAGE) / FONT))
    return folder


@pytest.fixture(scope="module")
def browser(fonts: Path) -> Iterator[Browser]:
    """A browser for the tests of one file; its event loop would be in the way of other files' loops."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not on this machine: what a browser shows is not looked at")
    surroundings = {**os.environ, "XDG_DATA_HOME": str(fonts)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=surroundings)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile with nothing stored."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of its own, with nothing stored."""
    return context.new_page()


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """Serve a WSGI application on loopback; gives its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing: a failed test shows what matters."""


@pytest.fixture
def address(app) -> Iterator[str]:
    """The application over real HTTP on loopback."""
    with serving(app) as address:
        yield address


@pytest.fixture(scope="session")
def framework() -> None:
    """What the phone in the browser runs on, installed from the lock file."""
    try:
        install_framework()
    except NoPreview as missing:
        pytest.skip(f"no phone in the browser: {missing}")


@pytest.fixture(scope="session")
def builds(framework, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where mini-programs are compiled to."""
    return tmp_path_factory.mktemp("builds")


@pytest.fixture
def phone_address(app, world: World, builds: Path, wechat) -> Iterator[str]:
    """The application and the phone beside it, over real HTTP; everybody of the world is bound to a WeChat."""
    for key, person in world.people.items():
        bind_wechat(person, _openid(key))
    scene = _scene_of(world)
    phone = create_phone(builds=builds, scene=lambda: scene, folder=MINI_PROGRAM, wechat_url=wechat.url)
    with serving(DispatcherMiddleware(app.wsgi_app, {"/phone": phone})) as address:
        yield address


def _openid(key: str) -> str:
    return f"demo-{key.replace('_', '-')}"


def _scene_of(world: World) -> dict[str, Any]:
    middle = [MIDDLE.longitude_deg, MIDDLE.latitude_deg]
    here = {
        "code": world.village.code,
        "name": world.village.name,
        "middle": middle,
        "fence": square(*middle),
    }
    everybody = [
        {
            "openid": _openid(key),
            "person": person.name,
            "role": "",
            "place": "",
            "village": here["code"],
            "phone": None,
        }
        for key, person in world.people.items()
    ]
    return {"accounts": everybody, "villages": [here]}


@pytest.fixture
def day(world: World) -> date:
    """Today; asked once, so that no transaction is left open while a browser is waited for."""
    found = today()
    db.session.commit()
    return found


@pytest.fixture
def stored(phone_address) -> Callable[[Select[Any]], list[Any]]:
    """Read what is in the database now; a transaction left open while a browser is waited for would be cut off."""

    def read(statement: Select[Any]) -> list[Any]:
        with db.engine.connect() as connection:
            return list(connection.execute(statement))

    return read


@pytest.fixture
def hand(context: BrowserContext, phone_address: str) -> Iterator[Callable[..., Handset]]:
    """Hand out phones: ``hand("secretary", position="rough")``.

    Whatever a phone reports unasked, or asks of another machine, fails the test.
    """
    handed: list[Handset] = []
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(("http", "ws")) and not request.url.startswith(phone_address):
            elsewhere.append(request.url)

    def hand(key: str, **device: Any) -> Handset:
        page = context.new_page()
        page.on("request", note)
        handed.append(Handset(page, phone_address, _openid(key), **device))
        return handed[-1]

    yield hand
    assert [handset.errors for handset in handed] == [[] for _ in handed]
    assert elsewhere == []
