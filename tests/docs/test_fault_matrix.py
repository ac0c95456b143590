"""The fault matrix in the handbook is the one that the tests make."""

import ast
from pathlib import Path

import pytest
from tests.race.matrix import ROWS, Row, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "drafts" / "handbook" / "fault-matrix.md"


def test_the_page_shows_the_table() -> None:
    """What the handbook says is what the tests say."""
    assert table() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_every_row_is_shown_by_tests_that_exist(row: Row) -> None:
    """No fault without a test, and no test that is only a name."""
    assert row.tests
    assert [] == [name for name in row.tests if name.split("::")[1] not in functions(name.split("::")[0])]


def functions(file: str) -> set[str]:
    """The names of the functions of a test file."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
