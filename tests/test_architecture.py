"""What the import linter cannot see: the shape of packages, tables and routes."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from identity.permissions import Permission
from identity.session import OWN_LOCK, PUBLIC_ENDPOINTS
from kernel.database import Base, db
from reports.person_columns import RECORD_OF_CHANGES, is_person

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NO_PACKAGES = {"bench", "deploy", "docs", "migrations", "tests"}
"""Folders with Python files that are not part of the installed program."""
PACKAGES = sorted({folder.parent.name for folder in ROOT.glob("*/__init__.py")} - NO_PACKAGES)
SOURCES = sorted([ROOT / "app.py", *(file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))])
TREES = {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text()) for file in SOURCES}

REGISTERS = {
    "areas",
    "area_settings",
    "consents",
    "dispatching_units",
    "fences",
    "invitations",
    "offices",
    "people",
    "postings",
    "sessions",
    "village_kinds",
    "wechat_bindings",
}
"""Tables small enough to stand on every machine; every other table holds facts, spread over machines by county."""


# -- packages -----------------------------------------------------------------------------------


def test_every_package_is_listed_for_the_installer_the_type_checker_and_the_linter():
    def listed(names: list[str]) -> list[str]:
        return sorted(name for name in names if "." not in name and name not in NO_PACKAGES)

    said = "a new package stands in [tool.setuptools], [tool.mypy] and [tool.importlinter] of pyproject.toml"
    tool = PYPROJECT["tool"]
    assert listed(tool["setuptools"]["packages"]) == PACKAGES, said
    assert [name for name in listed(tool["mypy"]["files"]) if "/" not in name] == PACKAGES, said
    assert listed(tool["importlinter"]["root_packages"]) == PACKAGES, said


def test_every_package_has_its_floor():
    floors = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    on_a_floor = {name.strip("() ") for floor in floors for name in re.split(r"[|:]", floor)}
    assert set(PACKAGES) <= on_a_floor


def test_no_folder_of_python_is_neither_package_nor_known():
    folders = {file.parts[0] for file in _tracked("*.py") if len(file.parts) > 1}
    assert folders <= set(PACKAGES) | NO_PACKAGES


def test_nobody_imports_the_wiring():
    found = [name for name in TREES for module in _imported(name) if module.split(".")[0] == "app"]
    assert [name for name in found if not name.startswith("demo/")] == []


def test_no_module_is_named_for_having_no_name():
    nameless = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "lib", "platform"}
    assert [name for name in TREES if nameless & set(Path(name).with_suffix("").parts)] == []


def _imported(name: str) -> Iterator[str]:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


# -- transactions and the clock -----------------------------------------------------------------


def _calls(name: str) -> Iterator[tuple[str, int]]:
    """Yield each call as it is written, ``datetime.now``, with its line."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_only_the_database_module_commits():
    found = [
        f"{name}:{line}"
        for name in TREES
        for call, line in _calls(name)
        if call.endswith("session.commit") and name != "kernel/database.py"
    ]
    assert found == [], "a use case runs in `with transaction():`"


CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime)|utcnow)$"
)


def test_only_the_clock_module_reads_the_clock():
    found = [
        f"{name}:{line} {call}"
        for name in TREES
        for call, line in _calls(name)
        if CLOCKS.search(call)
        and not name.startswith(("demo/", "phone_preview/"))
        and name != "kernel/clock.py"
    ]
    assert found == [], "`now` is passed in; it is the database's, read by kernel.clock"


def test_views_and_policy_do_not_read_the_clock_module():
    """A view has the instant of its request: ``caller().now``."""
    found = [
        name
        for name in TREES
        if name.endswith(("/routes.py", "/policy.py", "/queries.py")) and "kernel.clock" in _imported(name)
    ]
    assert found == []


def test_no_relationship_is_named_by_a_string():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("relationship", "ForeignKey")
        and any(isinstance(argument, ast.Constant) for argument in node.args[:1])
    ]
    assert found == [], "name the class or the attribute, so that a wrong name fails at import"


# -- routes -------------------------------------------------------------------------------------


def test_every_route_names_its_permission(app):
    bare = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in PUBLIC_ENDPOINTS | OWN_LOCK
        and not isinstance(getattr(app.view_functions[rule.endpoint], "permission", None), Permission)
    ]
    assert bare == [], "put @requires(Permission.…) under the route"


def test_the_doors_without_a_lock_are_few_and_exist(app):
    assert len(PUBLIC_ENDPOINTS) <= 6
    assert {"health.metrics"} == OWN_LOCK
    assert set(app.view_functions) >= PUBLIC_ENDPOINTS | OWN_LOCK


# -- tables -------------------------------------------------------------------------------------


def _facts() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if table.name not in REGISTERS]


def test_the_registers_named_here_exist(app):
    assert set(Base.metadata.tables) >= REGISTERS


def test_a_fact_s_keys_begin_with_its_county(app):
    """So that a county's facts lie together, and can lie on a machine of their own."""
    wrong = [
        f"{table.name}: {key.name or 'primary key'}"
        for table in _facts()
        for key in (*table.constraints, *table.indexes)
        if _is_key(key) and _first_column(key) != "county_id"
    ]
    assert wrong == [], "put county_id first; or is it a register? then name it in REGISTERS"


def _is_key(key: object) -> bool:
    return isinstance(key, PrimaryKeyConstraint | UniqueConstraint | ExcludeConstraint | Index)


def _first_column(key: object) -> str:
    columns = key.columns if not isinstance(key, Index) else key.expressions
    return str(getattr(next(iter(columns), None), "name", None))


def test_every_table_has_its_migration(app):
    """The database as the migrations made it is the one the models describe."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


NO_PERSONS = {
    "checkin_id",
    "city_id",
    "client_key",
    "compared_within",
    "county_id",
    "delegation_id",
    "event_id",
    "extends_id",
    "finding_id",
    "inspection_id",
    "leave_id",
    "list_id",
    "other_id",
    "proposal_id",
    "roll_call_id",
    "rotation_id",
    "sheet_id",
    "subject_id",
    "ticket_id",
    "township_id",
    "waits_in",
    "warning_id",
}
"""Columns of UUIDs without a foreign key that name something else than a person."""


def test_no_column_may_name_a_person_unnoticed(app):
    """`GET /me/data` reads from the schema where a person stands: by a key to people, or by a name in `_by`."""
    unclear = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Uuid)
        and not column.foreign_keys
        and column.name != "id"
        and column.name not in NO_PERSONS
        and not is_person(column)
        and table.name != RECORD_OF_CHANGES
    ]
    assert unclear == [], "give it a key to people or name it …_by; if it names no person, list it here"


# -- what is in the repository ------------------------------------------------------------------


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("no git here: what is in the repository is not looked through")
    names = filter(None, listed.stdout.split("\0"))
    return [Path(name) for name in names if (ROOT / name).is_file()]


PLACES = re.compile(
    r"/home/\w+/|/root/|/Users/\w+/|[A-Z]:\\\\Users"
    r"|index-url|(pypi|registry|mirrors?|artifactory|nexus)\.[a-z0-9-]+\.(com|cn|org|net|internal)\b"
)


def test_no_file_names_a_machine_or_a_registry():
    found = []
    for file in _tracked():
        try:
            text = (ROOT / file).read_text()
        except UnicodeDecodeError:
            continue
        if file.name in ("test_architecture.py", "Makefile"):
            continue
        found += [f"{file}: {match[0]}" for match in PLACES.finditer(text)]
    assert found == []
