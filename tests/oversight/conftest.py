"""A working day, whatever day the tests run on; the queue as in its own tests."""

import pytest

from tests.factories import World
from tests.kernel.conftest import jobs, work
from tests.oversight.making import work_today

__all__ = ["jobs", "work"]


@pytest.fixture
def workday(world: World) -> World:
    """The usual world on a working day."""
    work_today(world)
    return world
