"""The chapter for editors, typed in a workspace exactly as it is printed."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from tests.demo.people import Person
from tests.docs.test_tour import Typed, pattern, printed

from expertpost.model.identity import new_id
from expertpost.store.config import read_config

CHAPTER = Path(__file__).parents[2] / "drafts" / "handbook" / "for-editors.md"
PIECE = f"""\
---
id: {new_id(int(time.time() * 1000), bytes(10))}
title: Choosing a seal
authors: [ana]
audience: [public]
topics: [seals]
review_by: 2026-01-31
---
Whoever is to sterilise seals reads this: Ethylene oxide swells rubber, so take another one.
"""


@pytest.fixture(scope="module")
def rea(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Rea, in a workspace with a published piece by Ana that was to be looked at in January."""
    folder = tmp_path_factory.mktemp("editors")
    one = Person("reader", "Rea Der", "rea@acme.example", folder / "home", folder / "w")
    one.settle_in(with_key=True)
    one.at.mkdir()
    one.does("expertpost", "init", "--no-input")
    (one.at / "people" / "ana.md").write_text("---\nname: Ana Sealer\nemails: [ana@acme.example]\n---\n")
    (one.at / "drafts" / "choosing-a-seal.md").write_text(PIECE)
    one.does("git", "add", "-A")
    one.does("git", "commit", "-q", "-m", "Ana and her piece")
    one.does("expertpost", "import", "drafts/choosing-a-seal.md", "--as-published")
    return one


def test_the_chapter_does_what_it_says(rea: Person) -> None:
    """Every command of the chapter, one after the other, ends as printed and says what is printed."""
    for typed in printed(CHAPTER):
        said = _typed(rea, typed)

        assert pattern(typed.said).fullmatch(said), f"{typed.line}\n{said}\n{typed.said}"


def _typed(rea: Person, typed: Typed) -> str:
    done = subprocess.run(
        ["bash", "-c", typed.line], cwd=rea.at, env=rea.env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", timeout=100, check=False,
    )  # fmt: skip
    assert typed.code == done.returncode, done.stderr
    return done.stdout


def test_the_settings_of_the_chapter_are_settings() -> None:
    """What is printed as TOML is read without a complaint."""
    blocks = re.findall(r"```toml\n(.*?)```", CHAPTER.read_text(encoding="utf-8"), re.DOTALL)
    config = read_config(("[workspace]\nname = 'A'\nid = 'B'\n" + "\n".join(blocks)).encode())

    assert (365, [90, 180]) == (config.freshness.days, [term.days for term in config.freshness.terms])
    assert config.sites["inside"].search
