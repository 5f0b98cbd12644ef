"""A real PostgreSQL for the tests: the one in TEST_DATABASE_URL, or the embedded one."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import make_url

from app import create_app
from kernel.database import Base, db, psycopg_url
from kernel.settings import Settings, read_settings
from phone_preview.wechat_server import RunningServer, serve
from tests.factories import FreshClient, Phone, World, build_world


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nothing-skipped", action="store_true", help="a skipped test fails the run")


gc.disable()  # nothing becomes garbage while the tests are imported, and looking for some takes seconds


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


WITH_NPM = {"browser", "miniprogram"}


def _group(path: Path) -> str:
    """The tests of one file share its fixtures; those that install with npm would be in each other's way."""
    return "npm" if path.parent.name in WITH_NPM else str(path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests, so that no process is left alone with one at the end."""
    slow = {_group(item.path) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: _group(item.path) not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a group in one process. Marks would not: pytest 9.2 hides them from xdist 3.8 (its issue 1386)."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(Path(nodeid.partition("::")[0]))

    config.option.loadscopereorder = False  # the order is that of the items
    return ByGroup(config, log)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--nothing-skipped") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.load_profile("same")  # one run as the next; --hypothesis-profile search looks further

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here: real divisions, holidays and coordinates are not tested")
    return SHARED / "data"


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a PostgreSQL server on which databases may be made."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    from demo.embedded import start_postgres

    server = start_postgres(Path(__file__).parents[1] / "var" / "test-postgres")
    server.psql("ALTER SYSTEM SET fsync = off")
    server.psql("SELECT pg_reload_conf()")
    return server.get_uri()


@pytest.fixture(scope="session")
def make_database(server_url: str) -> Iterator:
    """Make databases that are gone after the tests: empty, or like another that nobody is connected to."""
    engine = create_engine(psycopg_url(server_url), isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make(*, like: str = "") -> str:
        name, template = f"zhucun_test_{uuid4().hex[:12]}", make_url(like).database if like else "template1"
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
            # Nobody crashes this server; what a crash would lose is tested in faults/ on one of its own.
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        made.append(name)
        return make_url(server_url).set(database=name).render_as_string(hide_password=False)

    yield make
    with engine.connect() as connection:
        for name in made:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


@pytest.fixture(scope="session")
def wechat() -> Iterator[RunningServer]:
    """The stand-in for WeChat's servers, over real HTTP."""
    running = serve()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """URL of a Redis database of this process's own, counted down from the one in TEST_REDIS_URL, if any."""
    url = os.environ.get("TEST_REDIS_URL", "")
    server, _, number = url.rpartition("/")
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"{server}/{int(number) - process}" if url else ""


@pytest.fixture(scope="session")
def settings(
    make_database, redis_url: str, wechat: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The settings of a test installation."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "SECRET_KEY",
            "DATA_KEYS",
            "ALLOWED_HOSTS",
            "REDIS_URL",
            "WECHAT_APP_ID",
            "WECHAT_APP_SECRET",
        ):
            patch.delenv(name, raising=False)
        patch.setenv("APP_ENV", "test")
        patch.setenv("REDIS_URL", redis_url)
        patch.setenv("DATABASE_URL", make_database())
        patch.setenv("WECHAT_API_URL", wechat.url)
        patch.setenv("PHOTOS_URL", f"file:{tmp_path_factory.mktemp('photos')}")
        patch.setenv("METRICS_TOKEN", "metrics-token-of-the-tests")
        return read_settings()


@pytest.fixture(scope="session")
def installed_app(settings: Settings) -> Iterator[APIFlask]:
    """The application on a migrated database."""
    app = create_app(settings)
    app.test_client_class = FreshClient  # each request in a context of its own, as in life
    with app.app_context():
        upgrade()
        yield app
        db.engine.dispose()


def empty_all_tables(connection: Connection) -> None:
    """Empty the database; a superuser without looking for keys, which takes a fifth of a TRUNCATE's time."""
    names = [f'"{table.name}"' for table in Base.metadata.sorted_tables]
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    if connection.execute(text("SELECT current_setting('is_superuser')")).scalar_one() == "on":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("; ".join(f"DELETE FROM {name}" for name in names))
    else:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(names)}")


@pytest.fixture
def app(installed_app: APIFlask) -> Iterator[APIFlask]:
    """The application on an empty database."""
    with installed_app.app_context():
        yield installed_app
        db.session.remove()
        for limiter in installed_app.extensions["limiter"]:
            limiter.reset()
        with db.engine.begin() as connection:
            empty_all_tables(connection)


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """A phone that is not signed in."""
    return app.test_client()


@pytest.fixture
def world(app: APIFlask) -> World:
    """Two counties with townships, villages, fences, and people in every role."""
    return build_world()


@pytest.fixture
def phone(app: APIFlask) -> type[Phone]:
    """Make a signed-in phone for a person: ``phone(world.secretary)``."""
    return Phone


class StatementRecorder(list):
    """The SQL statements the program sent while it was listened to."""


@pytest.fixture
def statements(app: APIFlask) -> Iterator[StatementRecorder]:
    """Record every statement sent to the database."""
    recorder = StatementRecorder()

    def note(conn, cursor, statement, parameters, context, executemany) -> None:
        recorder.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield recorder
    event.remove(db.engine, "before_cursor_execute", note)
