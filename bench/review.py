"""``submit``, ``approve`` and ``merge`` of one piece among 10,000, against the same by git with a work tree.

Both ways go through a bare remote: Anna's branch is pushed, Ben notes his approval and pushes it, then merges, pushes
and removes the branch. Ours are three whole processes that also check, render, judge and write signed facts; git's are
the commands somebody would type. Looking at the text is measured in neither.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from bench import corpus
from bench.ratios import Job, Row, cost, milliseconds

TIMES = 5
MANY = 10_000
BEN = "---\nname: Ben Measured\nemails: [ben@example.org]\nroles: [editor]\n---\nReviews things.\n"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a clone and a git identity."""

    name: str
    clone: Path

    @property
    def env(self) -> dict[str, str]:
        """Their environment."""
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in
               (("NAME", f"{self.name} Measured"), ("EMAIL", f"{self.name.lower()}@example.org"))}  # fmt: skip
        return {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "EDITOR": "true"}

    def wall(self, *argv: str) -> float:
        """Seconds that a command takes here."""
        return cost(Job(argv, self.clone, self.env)).wall

    def git(self, *args: str) -> None:
        """A git command that is not measured."""
        subprocess.run(("git", *args), cwd=self.clone, env=self.env, check=True, capture_output=True)


def rows() -> list[Row]:
    """One row: the median sums of both ways, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        anna, ben = _people(Path(folder))
        ours: list[float] = []
        theirs: list[float] = []
        for turn in range(TIMES + 1):
            for times, way in ((ours, _ours), (theirs, _theirs)):
                took = way(anna, ben, f"measured-{way.__name__.strip('_')}-{turn}")
                times.extend([took] if turn else [])
    mine, other = statistics.median(ours), statistics.median(theirs)
    note = f"{milliseconds(mine)} ÷ {milliseconds(other)}"
    return [Row(f"`submit` + `approve` + `merge`, {MANY:,} pieces ÷ git with a work tree", 0.5, mine / other, note)]


def _people(folder: Path) -> tuple[Person, Person]:
    corpus.write(folder / "anna", MANY)
    (folder / "anna" / "people" / "ben.md").write_text(BEN)
    corpus.commit(folder / "anna")
    anna, ben = Person("Anna", folder / "anna"), Person("Ben", folder / "ben")
    shared = str(folder / "shared.git")
    anna.git("init", "-q", "--bare", "-b", "main", shared)
    anna.git("remote", "add", "origin", shared)
    anna.git("push", "-q", "-u", "origin", "main")
    subprocess.run(("git", "clone", "-q", shared, str(ben.clone)), check=True)
    return anna, ben


def _write(anna: Person, slug: str) -> str:
    """A new draft of Anna's; its path."""
    number = crc32(slug.encode())
    path = f"drafts/{slug}.md"
    front = f"id: 01KA{number:022d}\ntitle: Measured {slug}\nauthors: [anna]\naudience: [public]"
    (anna.clone / path).write_text(f"---\n{front}\n---\nSome measured words about {slug}.\n")
    return path


def _ours(anna: Person, ben: Person, slug: str) -> float:
    expertpost = str(Path(sys.executable).with_name("expertpost"))
    _write(anna, slug)
    took = anna.wall(expertpost, "submit", slug)
    ben.wall(expertpost, "review", "show", slug)
    took += ben.wall(expertpost, "review", "approve", slug, "--no-input")
    took += ben.wall(expertpost, "review", "merge", slug, "--no-input")
    anna.git("fetch", "-q")
    (anna.clone / "drafts" / f"{slug}.md").unlink()
    anna.git("reset", "-q", "--hard", "origin/main")
    ben.git("pull", "-q", "--ff-only")
    return took


def _theirs(anna: Person, ben: Person, slug: str) -> float:
    branch, path = f"review/{slug}", _write(anna, slug)
    took = sum(
        anna.wall("git", *args)
        for args in (("fetch", "-q"), ("switch", "-q", "-c", branch, "origin/main"), ("add", path),
                     ("commit", "-q", "-m", slug), ("push", "-q", "origin", branch))
    )  # fmt: skip
    ben.git("fetch", "-q")
    took += sum(
        ben.wall("git", *args)
        for args in (("fetch", "-q"), ("switch", "-q", "-C", branch, f"origin/{branch}"),
                     ("commit", "-q", "--allow-empty", "-m", "Approved"), ("push", "-q", "origin", branch),
                     ("switch", "-q", "main"), ("pull", "-q", "--ff-only"),
                     ("merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch), ("push", "-q", "origin", "main"),
                     ("push", "-q", "origin", "--delete", branch))
    )  # fmt: skip
    anna.git("switch", "-q", "main")
    anna.git("pull", "-q", "--ff-only")
    return took
