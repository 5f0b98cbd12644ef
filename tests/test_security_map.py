"""docs/security-map.md names tests that exist, and loses no threat."""

import re

import pytest

from tests.test_policy_map import NAME, ROOT, functions_of, rows

THREATS = rows((ROOT / "docs" / "security-map.md").read_text(), 3)
NUMBERS = {
    "A": {1, 2, 3, 5, 6, 7, 8, 10},
    "B": {1, 3, *range(5, 12)},
    "C": {*range(1, 8), 10, 11},
    "D": {*range(1, 11), 12, 13, 14},
    "E": {*range(1, 15)},
    "F": {*range(1, 16)},
    "G": {*range(1, 8)},
    "H": {2, 3, 4},
    "I": {1, 8},
    "J": {*range(1, 8)},
    "P": {11},
}
TESTS = sorted({name for *_, tests in THREATS for name in NAME.findall(tests)})


def test_each_threat_has_one_row_in_its_place():
    found = [row for row, *_ in THREATS]
    assert found == [f"{letter}{number}" for letter, numbers in NUMBERS.items() for number in sorted(numbers)]


def test_every_row_names_its_threat_and_a_test_or_the_reason_why_there_is_none():
    for row, threat, tests in THREATS:
        assert threat and (tests.startswith("`tests/") or re.match(r"none: \w", tests)), row


@pytest.mark.parametrize("name", TESTS)
def test_the_test_the_map_names_is_there(name):
    file, _, function = name.partition("::")
    assert file.startswith("tests/") and function.startswith("test_")
    assert function in functions_of(ROOT / file)
