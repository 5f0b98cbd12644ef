"""The same requests from outside any context as in the contract tests."""

from tests.contract.conftest import open_doors

__all__ = ["open_doors"]
