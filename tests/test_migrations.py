"""Migrations go up, down and up again on a populated database, one after the other, and wait for nobody long."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from apiflask import APIFlask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from app import create_app
from attendance.models import SheetLine
from kernel.database import db
from tests.factories import MIDDLE, Phone, build_world, make_setting
from tests.reports.steps import a_morning_of_meetings, be_there, put, stamp

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"


@pytest.fixture
def own_app(make_database, settings) -> Iterator[APIFlask]:
    """The application on a database of its own, migrated."""
    app = create_app(replace(settings, database_url=make_database()))
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(VERSIONS.parent))


def _revisions() -> list[str]:
    """Return the revisions from the first to the last."""
    return [script.revision for script in reversed(list(_script().walk_revisions()))]


def test_there_is_one_head():
    assert len(_script().get_heads()) == 1


def test_each_number_is_taken_once_and_stands_in_the_file_name():
    names = sorted(file.name for file in VERSIONS.glob("*.py"))
    numbers = [re.match(r"(\d{4})_[a-z0-9_]+\.py$", name) for name in names]
    assert all(numbers), names
    assert sorted(_revisions()) == [number[1] for number in numbers]
    assert len({number[1] for number in numbers}) == len(names)


def test_a_migration_imports_nothing_of_the_program():
    """The models move on; a migration stays what it was."""
    ours = re.compile(
        r"^(?:from|import) (allowances|attendance|checkin|geofence|identity|kernel|leave|messages|org|oversight|pictures|roster|visits)\b",
        re.M,
    )
    assert [file.name for file in VERSIONS.glob("*.py") if ours.search(file.read_text())] == []


def test_waiting_for_a_lock_is_bounded():
    env = (VERSIONS.parent / "env.py").read_text()
    assert "SET lock_timeout" in env
    assert re.search(r"^LOCK_TIMEOUT_SECONDS = [1-9]$", env, re.M)


def _populate() -> None:
    world = build_world()
    make_setting(world.county, "fence.buffer_m", 300)
    for person in (world.secretary, world.member):
        answer = Phone(person).check_in(MIDDLE)
        assert answer.status_code == 201
    body = {
        "client_key": "11111111-1111-4111-8111-111111111111",
        "person_id": str(world.secretary.id),
        "day": "2026-06-01",
        "day_class": "meeting",
        "reason": "会",
    }
    assert Phone(world.township_clerk).post("/attendance/corrections", body).status_code == 201
    db.session.remove()


def _state() -> dict[str, tuple[int, str, str]]:
    """Return rows, checksum of the content, and columns of every table."""
    with db.engine.connect() as connection:
        names = connection.execute(
            text(
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
            )
        ).scalars()
        found = {}
        for name in sorted(names):
            rows, checksum = connection.execute(
                text(
                    f"SELECT count(*), coalesce(md5(string_agg(t::text, '\n' ORDER BY t::text)), '') FROM \"{name}\" t"
                )
            ).one()
            columns = connection.execute(
                text(
                    "SELECT string_agg(column_name, ' ' ORDER BY column_name) "
                    "FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :name"
                ),
                {"name": name},
            ).scalar_one()
            found[name] = (rows, checksum, columns)
    return found


BROUGHT_ALONG = {"0017": {"offices"}}
"""Rows of a role that the program of the step below does not know go with the step that brought it."""


def test_each_step_down_and_up_again_leaves_the_other_tables_as_they_were(own_app):
    _populate()
    full = _state()
    assert full["checkins"][0] == 2 and full["corrections"][0] == 1 and full["area_settings"][0] == 1
    steps = list(reversed(_revisions()))
    for step, below in zip(steps, [*steps[1:], "base"], strict=True):
        before = _state()
        downgrade(revision=below)
        lower = _state()
        upgrade(revision=step)
        after = _state()
        assert after.keys() == before.keys(), f"{step} does not come back whole"
        assert {name: columns for name, (_, _, columns) in after.items()} == {
            name: columns for name, (_, _, columns) in before.items()
        }, f"{step} does not come back whole"
        untouched = {name for name in lower if lower[name] == before[name]}
        assert {name for name in untouched if after[name] != before[name]} == set(), f"{step} changes others"
        changed = {name for name in lower if lower[name][0] != before[name][0]}
        changed -= BROUGHT_ALONG.get(step, set())
        assert changed == set(), f"{step} loses rows of tables that stay: {changed}"
        downgrade(revision=below)
    assert _state() == {}
    upgrade()
    assert _state().keys() == full.keys()
    _populate()


def test_the_lines_of_sheets_stamped_before_are_made_of_their_documents(own_app):
    world = build_world()
    be_there(world, "secretary", 3, 4, 5)
    put(a_morning_of_meetings(world, 11))
    stamp(world)
    columns = [column for column in SheetLine.__table__.columns if column.key != "id"]
    statement = select(*columns).order_by(SheetLine.posting_id)
    written = db.session.execute(statement).all()
    db.session.remove()
    downgrade(revision="0020")
    upgrade()
    assert len(written) == 2 and db.session.execute(statement).all() == written


def test_a_migration_gives_up_a_lock_it_does_not_get(own_app):
    """Behind a migration that waits, every other statement waits too."""
    with db.engine.connect() as holder:
        holder.execute(text("LOCK TABLE corrections IN ACCESS SHARE MODE"))
        with pytest.raises(Exception, match="lock timeout"):
            downgrade(revision="0005")
        holder.rollback()
