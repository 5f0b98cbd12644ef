"""docs/policy-map.md names functions and tests that exist, and leaves out no rule."""

import ast
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "docs" / "policy-map.md").read_text()
TABLE, _, LEFT_OUT = MAP.partition("## Rules without an article of their own")
NAME = re.compile(r"`([^`]+)`")


def rows(table: str, columns: int) -> list[list[str]]:
    """Return the cells of a table's rows, without its header."""
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    assert all(len(cells) == columns for cells in lines), "a row has a cell too many or too few"
    return [[cell.strip() for cell in cells] for cells in lines[2:]]


ARTICLES, REASONS = rows(TABLE, 4), rows(LEFT_OUT, 2)
FUNCTIONS = sorted({name for *_, functions, _ in ARTICLES for name in NAME.findall(functions)})
EXPLAINED = sorted({name for functions, _ in REASONS for name in NAME.findall(functions)})
TESTS = sorted({name for *_, tests in ARTICLES for name in NAME.findall(tests)})


def test_every_row_names_an_article_a_rule_a_function_and_a_test():
    for article, rule, functions, tests in ARTICLES:
        assert re.match(r"\d+", article) and rule, (article, rule)
        assert NAME.findall(functions) and NAME.findall(tests), (article, rule)
    assert all(reason for _, reason in REASONS)


def test_every_article_from_the_second_to_the_thirtieth_has_a_row_or_a_reason():
    in_rows = {
        int(number) for article, *_ in ARTICLES for number in re.findall(r"\b\d+", article.split("(")[0])
    }
    explained = {int(number) for number in re.findall(r"^\* \*\*(\d+)\*\* — ", TABLE, re.MULTILINE)}
    assert set(range(2, 31)) == in_rows | explained
    assert in_rows & explained == set()


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *EXPLAINED}))
def test_what_the_map_names_is_there(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(import_module(module), attribute)


@pytest.mark.parametrize("name", TESTS)
def test_the_test_the_map_names_is_there(name):
    file, _, function = name.partition("::")
    assert file.startswith("tests/") and (ROOT / file).is_file()
    assert not function or function in functions_of(ROOT / file)


@cache
def functions_of(file: Path) -> set[str]:
    """Return the names of a module's functions."""
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_every_rule_has_a_row_or_a_reason_and_not_both():
    found = {
        f"{file.parent.name}.{file.stem}.{function}"
        for file in ROOT.glob("*/*policy.py")
        if (file.parent / "__init__.py").is_file() and file.parent.name != "tests"
        for function in functions_of(file)
        if not function.startswith("_")
    }
    said = "a new rule gets a row in docs/policy-map.md, or a reason at its end"
    assert found - {*FUNCTIONS, *EXPLAINED} == set(), said
    assert set(FUNCTIONS) & set(EXPLAINED) == set()
