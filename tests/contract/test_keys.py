"""Which fields each role gets to see, written down: a new one has to be looked at (security B10).

After a change that is meant: ``ZHUCUN_WRITE_KEYS=1 pytest tests/contract/test_keys.py``, and read the difference.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from identity.permissions import MAY, Permission, Role
from tests.contract.calls import call_of, routes, send
from tests.contract.test_permissions import _holder
from tests.factories import MIDDLE, Phone, World, make_setting

OWN_DATA = "GET /me/data"
"""Says the same of everybody; which of its lists are empty depends on what somebody has done."""
KEPT = Path(__file__).with_name("keys.json")


def keys(node: Any, place: str = "") -> set[str]:
    """Return the paths of all fields; days as names of fields are one."""
    if isinstance(node, list):
        return {path for item in node for path in keys(item, place)}
    if not isinstance(node, dict):
        return {place}
    found = {place} if place else set()
    for name, value in node.items():
        name = "<day>" if re.fullmatch(r"\d{4}-\d\d-\d\d", name) else name
        found |= keys(value, f"{place}.{name}".strip("."))
    return found


_SEEN: dict[str, dict[str, list[str]]] = {}


@pytest.fixture
def seen(app, world: World) -> dict[str, dict[str, list[str]]]:
    """The fields of each GET route, by those roles that see the same; asked for once."""
    if not _SEEN:
        _SEEN.update(_look(app, world))
    return _SEEN


def _look(app: APIFlask, world: World) -> dict[str, dict[str, list[str]]]:
    make_setting(world.county, "fence.buffer_m", 300)
    for person in (world.secretary, world.member):
        for _ in range(3):
            assert Phone(person).check_in(MIDDLE).status_code == 201
    found: dict[str, dict[str, list[str]]] = {}
    for route in routes(app):
        if route.method != "GET":
            continue
        call_of(route).prepare(world)
        by_keys: dict[tuple[str, ...], list[str]] = {}
        for role in Role:
            if role in MAY[Permission(route.permission)]:
                answer = send(Phone(_holder(world, role)), route, world, query=_of_others(route, role, world))
                assert answer.status_code in (200, 404), (route.name, role, answer.json)
                if answer.is_json and answer.status_code == 200:
                    by_keys.setdefault(tuple(sorted(keys(answer.json))), []).append(str(role))
        if route.name == OWN_DATA:
            by_keys = {tuple(sorted({path for paths in by_keys for path in paths})): list(Role)}
        found[route.name] = {" ".join(roles): list(paths) for paths, roles in sorted(by_keys.items())}
    return found


def _of_others(route: Any, role: Role, world: World) -> dict[str, Any]:
    """Offices ask for the attempts of somebody else."""
    posted = role in (Role.MEMBER, Role.FIRST_SECRETARY)
    return {"person": world.secretary.id} if route.name == "GET /checkins" and not posted else {}


def test_each_role_sees_the_fields_written_down(seen):
    if os.environ.get("ZHUCUN_WRITE_KEYS"):
        KEPT.write_text(json.dumps(seen, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    written = json.loads(KEPT.read_text())
    for route in sorted(written.keys() | seen.keys()):
        assert seen.get(route) == written.get(route), (
            f"{route} shows other fields than keys.json says; if it should: "
            "ZHUCUN_WRITE_KEYS=1 pytest tests/contract/test_keys.py"
        )


def test_a_point_is_for_its_person_and_the_township_clerk_only(seen):
    with_point = {
        role
        for roles, paths in seen["GET /checkins"].items()
        for role in roles.split()
        if any("_deg" in path for path in paths)
    }
    assert with_point == {"member", "first_secretary", "township_clerk"}
