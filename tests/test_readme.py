"""The README tells the truth about settings and commands."""

import re
from pathlib import Path

import pytest

from app import commands

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_table_names_every_setting_and_no_other(readme):
    source = (ROOT / "kernel" / "settings.py").read_text()
    settings = set(re.findall(r'(?:env\.\w+|own)\(\s*"([A-Z_]+)"', source))
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / readme).read_text(), re.M))
    assert table == settings


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_make_target_it_names_exists(readme):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / readme).read_text(), re.M))
    assert len(named) > 4
    assert named <= targets


def test_every_command_it_names_exists():
    named = set(re.findall(r"^zhucun (\w+) (\w+)", (ROOT / "README.md").read_text(), re.M))
    for group, command in named:
        assert command in commands().commands[group].commands, (group, command)


def test_both_readmes_show_the_same_commands():
    blocks = [
        re.findall(r"^zhucun [^#\n]+", (ROOT / name).read_text(), re.M)
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert [line.strip() for line in blocks[0]] == [line.strip() for line in blocks[1]]
