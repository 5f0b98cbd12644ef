"""An empty store, and the queue as in its own tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from kernel import photos
from tests.factories import Phone, World, make_household, make_pairing, make_visit
from tests.kernel.conftest import jobs, work
from visits.models import Visit

__all__ = ["family", "helper", "jobs", "own_store", "visit", "work"]


@pytest.fixture(autouse=True)
def own_store(app: APIFlask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A photo store of the test's own, in a folder."""
    monkeypatch.setitem(app.extensions, "photos", photos.connect(f"file:{tmp_path}/photos"))
    yield tmp_path / "photos"


@pytest.fixture
def family(world: World):
    """A household paired with the helper."""
    household = make_household(world.village, head_name="欧阳福生")
    make_pairing(household, world.helper)
    return household


@pytest.fixture
def helper(world: World, phone: type[Phone]) -> Phone:
    return phone(world.helper)


@pytest.fixture
def visit(family, world: World) -> Visit:
    """A visit of the helper, just now, that announces three photos."""
    return make_visit(family, world.helper, photos_expected=3)
