"""A workspace of many pieces with sizes like those of real technical articles; the same pieces for the same seed.

Sizes are lognormal and fitted to 10,000 articles of a large product documentation: 10, 50, 90 and 99 in 100 have less
than 0.9, 2.4, 9 and 33 kB, 45 MB in all. The words are made up and follow Zipf's law.
"""

import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from expertpost.model.identity import new_id

SEED = 7
FOLDERS = 60
_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"

CONFIG = """\
[workspace]
name = "Measured Seals"
id = "01J9Z3N4K5M6P7Q8R9S0T1V2W3"
timezone = "Europe/Berlin"

[sites.inside]
readers = ["colleagues"]

[sites.outside]
readers = ["public"]
base_url = "https://experts.example.org/"

[review]
signed = false
"""

PERSON = """\
---
name: Anna Measured
emails: [anna@example.org]
roles: [editor, admin]
---
Measures things.
"""


class Words:
    """A made-up language of 30,000 words, frequent ones first."""

    def __init__(self, seed: int = SEED) -> None:
        self.chance = random.Random(seed)
        weights = range(len(_LETTERS), 0, -1)
        self._known = [
            "".join(self.chance.choices(_LETTERS, weights=weights, k=self.chance.randint(2, 11))) for _ in range(30_000)
        ]
        total = 0.0
        self._weights: list[float] = []
        for rank in range(len(self._known)):
            total += 1 / (rank + 2.7)
            self._weights.append(total)

    def some(self, count: int) -> list[str]:
        """This many words."""
        return self.chance.choices(self._known, cum_weights=self._weights, k=count)

    def line(self, count: int) -> str:
        """This many words with spaces between."""
        return " ".join(self.some(count))

    def paragraph(self) -> str:
        """15 to 90 words that begin with a capital and end with a full stop."""
        return self.line(self.chance.randint(15, 90)).capitalize() + "."


def _block(words: Words) -> str:
    kind, between = words.chance.random(), words.chance.randint
    if kind < 0.12:
        return "## " + words.line(4).title()
    if kind < 0.22:
        return "\n".join("- " + words.line(9) for _ in range(between(2, 7)))
    if kind < 0.30:
        return "```cpp\n" + "\n".join(f"    {words.line(5)}();" for _ in range(between(3, 15))) + "\n```"
    if kind < 0.36:
        rows = "\n".join(f"| `{words.line(1)}` | {words.line(6)} |" for _ in range(between(2, 8)))
        return f"| a | b |\n|---|---|\n{rows}"
    return f"{words.paragraph()} See [{words.line(1)}](https://example.org/{words.line(1)}) and **{words.line(1)}**."


def _body(words: Words) -> str:
    wanted = min(550_000, max(250, int(words.chance.lognormvariate(7.45, 1.25))))
    blocks: list[str] = []
    size = 0
    while size < wanted:
        blocks.append(_block(words))
        size += len(blocks[-1])
    return "\n\n".join(blocks)


def _piece(words: Words, number: int) -> str:
    chance = words.chance
    born = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    identity = new_id(int(born.timestamp() * 1000), chance.randbytes(10))
    topics = ", ".join(words.some(chance.randint(1, 6)))
    audience = chance.choice(("public", "colleagues", "suppliers"))
    publish_at = date(2024, 1, 1) + timedelta(days=chance.randint(0, 700))
    return (
        f"---\nid: {identity}\ntitle: {words.line(chance.randint(3, 9)).title()}\n"
        f'summary: "{words.paragraph()[:140]}"\nauthors: [expert-{chance.randint(0, 199):03d}]\n'
        f"audience: [{audience}]\ntopics: [{topics}]\npublish_at: {publish_at}T09:00+01:00\n---\n{_body(words)}\n"
    )


def pieces(count: int, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """``count`` pieces as (path below the workspace, text)."""
    words = Words(seed)
    for number in range(count):
        yield f"drafts/area-{number % FOLDERS:02d}/piece-{number:05d}.md", _piece(words, number)


def write(folder: Path, count: int, seed: int = SEED) -> None:
    """A workspace with ``count`` pieces in ``folder``: files only, no repository."""
    files = {"expertpost.toml": CONFIG, "people/anna.md": PERSON}
    for path, text in (*files.items(), *pieces(count, seed)):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def commit(folder: Path) -> None:
    """Make the folder a repository with everything in one commit on main, and its index fresh."""
    settings = ("-c", "user.name=Anna Measured", "-c", "user.email=anna@example.org", "-c", "gc.auto=0")
    for args in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Everything"), ("gc", "-q")):
        subprocess.run(("git", "-C", str(folder), *settings, *args), check=True)
    subprocess.run(("git", "-C", str(folder), "status", "--porcelain"), check=True, stdout=subprocess.DEVNULL)


def record(folder: Path) -> None:
    """Commit whatever has changed."""
    settings = ("-c", "user.name=Anna Measured", "-c", "user.email=anna@example.org", "-c", "gc.auto=0")
    for args in (("add", "-A"), ("commit", "-q", "-m", "More")):
        subprocess.run(("git", "-C", str(folder), *settings, *args), check=True)
