"""Node, for the tests that need it."""

import re
import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def node() -> str:
    """Where Node is, recent enough to set the clock of its tests."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not here: the mini-program's scripts are not tested")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < (20, 11):
        pytest.skip(f"node {version} is older than 20.11: the mini-program's scripts are not tested")
    return found
