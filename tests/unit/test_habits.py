"""The habits that keep the code readable, counted; docstrings and their form are ruff's to judge."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "expertpost"
FORBIDDEN_WORDS = ("manager", "handler", "utils", "process", "data")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files() -> list[Path]:
    """Every Python file of ours: product, tests and measurements."""
    return sorted(file for folder in ("src", "tests", "bench") for file in (ROOT / folder).rglob("*.py"))


def functions(file: Path) -> Iterator[Function]:
    """Every function and method in a file, nested ones too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def broad_catches(file: Path) -> list[str]:
    """Each ``except:``, ``except Exception`` and ``except BaseException``, as ``path:line``."""
    return [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node.type)
    ]


def catches_everything(caught: ast.expr | None) -> bool:
    """Whether an except clause names everything, or nothing at all."""
    if isinstance(caught, ast.Tuple):
        return any(catches_everything(one) for one in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in ("Exception", "BaseException"))


def words(name: str) -> set[str]:
    """``SiteManager`` and ``site_manager`` → ``{"site", "manager"}``."""
    starts = [0, *(i for i, (a, b) in enumerate(pairwise(name), 1) if a.islower() and b.isupper()), len(name)]
    return {word.lower() for a, b in pairwise(starts) for word in name[a:b].split("_")}


@pytest.mark.parametrize("file", python_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_fits_in_the_head(file: Path) -> None:
    """No file is longer than 300 lines, no function longer than 60."""
    long = [f"{function.name}: {length(function)}" for function in functions(file) if length(function) > 60]
    lines = len(file.read_text(encoding="utf-8").splitlines())

    assert [] == long
    assert 300 >= lines


def test_functions_are_small() -> None:
    """Half of the product's functions have at most 8 lines, nine in ten at most 25."""
    lengths = [length(function) for file in PACKAGE.rglob("*.py") for function in functions(file)]

    assert 8 >= median(lengths)
    assert 25 >= quantiles(lengths, n=10)[-1]


def test_errors_are_caught_by_name() -> None:
    """At most two places in the product catch everything: where a person or a plug-in is on the other side."""
    assert 2 >= len([place for file in PACKAGE.rglob("*.py") for place in broad_catches(file)])


def test_names_say_what_a_thing_is() -> None:
    """No module, class or function is called manager, handler, utils, process or data."""
    named = {file.stem: file for file in PACKAGE.rglob("*.py")}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | Function):
                named[node.name] = file

    assert [] == [f"{file.name}: {name}" for name, file in named.items() if words(name) & {*FORBIDDEN_WORDS}]


@pytest.mark.parametrize("file", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda file: file.name)
def test_a_test_says_its_rule(file: Path) -> None:
    """Every test states its rule in a docstring."""
    tests = [function for function in functions(file) if function.name.startswith("test_")]

    assert [] == [test.name for test in tests if not ast.get_docstring(test)]


def test_the_count_sees_a_breach(tmp_path: Path) -> None:
    """A bare except, a tuple that hides one, and a name made of forbidden words are all seen."""
    clauses = [
        ast.parse(f"try: ...\nexcept {what}: ...").body[0] for what in ("", "(ValueError, Exception)", "OSError")
    ]
    caught = [clause.handlers[0].type for clause in clauses if isinstance(clause, ast.Try)]

    assert [True, True, False] == [catches_everything(one) for one in caught]
    assert {"site", "manager"} == words("SiteManager") == words("site_manager")
