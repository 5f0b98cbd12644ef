"""What the contract tests share."""

import pytest
from apiflask import APIFlask

from tests.contract.calls import widen
from tests.factories import World


@pytest.fixture(autouse=True)
def open_doors(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody be turned away for knocking too often."""
    for limiter in app.extensions["limiter"]:
        monkeypatch.setattr(limiter, "enabled", False)


@pytest.fixture
def wide_world(world: World) -> World:
    """The usual world, and a city beside it."""
    return widen(world)
