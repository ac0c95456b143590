"""The chapter for colleagues, typed in a workspace exactly as it is printed."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from tests.demo.people import Person
from tests.docs.test_tour import Typed, pattern, printed

from expertpost.finder.gather import Seen
from expertpost.model.identity import new_id
from expertpost.model.people import People

CHAPTER = Path(__file__).parents[2] / "drafts" / "handbook" / "for-colleagues.md"
PIECE = f"""\
---
id: {new_id(int(time.time() * 1000), bytes(10))}
title: Choosing a seal
authors: [ana]
topics: [seals]
---
Ethylene oxide swells rubber, so take another one.
"""


@pytest.fixture
def rea(tmp_path: Path) -> Person:
    """Rea, in a workspace with a piece by Ana; beside it another repository and a folder of documents."""
    one = Person("reader", "Rea Der", "rea@acme.example", tmp_path / "home", tmp_path / "w")
    one.settle_in(with_key=False)
    one.at.mkdir()
    one.does("expertpost", "init", "--no-input")
    (one.at / "people" / "ana.md").write_text("---\nname: Ana Sealer\nemails: [ana@acme.example]\n---\n")
    (one.at / "drafts" / "choosing-a-seal.md").write_text(PIECE)
    (tmp_path / "wiki").mkdir()
    (tmp_path / "wiki" / "valves.md").write_text("---\ntitle: Valves\nauthor: Ana Sealer\n---\nOpen slowly.\n")
    (tmp_path / "pumps").mkdir()
    one.does("git", "init", "-q", at=tmp_path / "pumps")
    one.does("git", "commit", "-q", "--allow-empty", "-m", "Begin", at=tmp_path / "pumps")
    one.does("git", "add", "-A")
    one.does("git", "commit", "-q", "-m", "Ana and her piece")
    return one


@pytest.mark.parametrize("typed", list(printed(CHAPTER)), ids=lambda typed: typed.line)
def test_the_chapter_does_what_it_says(rea: Person, typed: Typed) -> None:
    """Every command of the chapter ends as printed, and says what is printed."""
    done = subprocess.run(
        ["bash", "-c", typed.line], cwd=rea.at, env=rea.env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", timeout=100, check=False,
    )  # fmt: skip

    assert typed.code == done.returncode, done.stderr
    assert pattern(typed.said).fullmatch(done.stdout), f"{done.stdout}\n{typed.said}"


def test_the_source_of_the_chapter_gathers() -> None:
    """The plug-in that the chapter shows yields evidence."""
    from datetime import UTC, datetime

    found = re.search(r"```python\n(.*?)```", CHAPTER.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    shown: dict[str, object] = {}
    exec(found[1], shown)
    gather = shown["tickets"]
    assert callable(gather)

    assert ["ana"] == [one.person for one in gather(Seen((), People(), {}, datetime(2026, 1, 1, tzinfo=UTC)))]
