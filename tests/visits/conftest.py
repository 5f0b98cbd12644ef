"""The queue as in its own tests."""

from tests.kernel.conftest import jobs, work

__all__ = ["jobs", "work"]
