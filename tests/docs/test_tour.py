"""The five minutes of the README, typed in a fresh folder exactly as they are printed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.demo.people import Person

README = Path(__file__).parents[2] / "README.md"
EXIT_CODE = re.compile(r"\[exit code (\d+)\]")


@dataclass(frozen=True, slots=True)
class Typed:
    """One command line of the tour: what is printed below it, and with which exit code it ends."""

    line: str
    said: tuple[str, ...]
    code: int


def tour() -> Iterator[Typed]:
    """Every command of the README's console blocks, in order."""
    yield from printed(README)


def printed(page: Path) -> Iterator[Typed]:
    """Every command of a page's console blocks, in order."""
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *said = part.splitlines()
            ends = [int(found[1]) for found in map(EXIT_CODE.fullmatch, said) if found]
            yield Typed(line, tuple(text for text in said if not EXIT_CODE.fullmatch(text)), ends[0] if ends else 0)


def pattern(said: tuple[str, ...]) -> re.Pattern[str]:
    """What the printed lines stand for: ``…`` is anything, a line of its own any number of lines."""
    lines = [r"(?:.*\n)*?" if line == "…" else rf"{'.*'.join(map(re.escape, line.split('…')))}\n" for line in said]
    return re.compile("".join(lines))


@pytest.fixture
def reader(tmp_path: Path) -> Person:
    """Somebody with a fresh home and an empty folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    one = Person("reader", "Rea Der", "rea@acme.example", tmp_path / "home", folder)
    one.settle_in(with_key=False)
    return one


@pytest.mark.skipif(shutil.which("bash") is None, reason="the tour is printed for a POSIX shell")
def test_the_tour_does_what_it_says(reader: Person) -> None:
    """Every command ends as printed, and says what is printed."""
    place = reader.at
    for typed in tour():
        if typed.line.startswith("cd "):
            place = place / typed.line.removeprefix("cd ")
            continue
        done = subprocess.run(
            ["bash", "-c", typed.line],
            cwd=place,
            env=reader.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=100,
            check=False,
        )

        assert typed.code == done.returncode, f"{typed.line}\n{done.stdout}{done.stderr}"
        assert pattern(typed.said).fullmatch(done.stdout), f"{typed.line}\n{done.stdout}\n{typed.said}"


def test_the_tour_has_every_station() -> None:
    """The tour goes the whole way of a piece, and publishes twice."""
    verbs = [typed.line.split()[1] for typed in tour() if typed.line.startswith("expertpost ")]

    assert ["init", "new", "check", "preview", "submit", *["review"] * 4] == verbs[:9]
    assert ["site", "plan", "publish", "publish", "status"] == verbs[9:]
