"""A workspace of one person, without a remote, and texts as other tools keep them."""

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from expertpost.flows.check import Report, check
from expertpost.flows.context import World
from expertpost.flows.import_ import Import, Wish, bring

CORPUS = Path(__file__).parents[1] / "corpus"
"""A few real articles; see the LICENSE beside them."""
WHOLE_CORPUS = Path(__file__).parents[3] / "shared" / "data" / "corpus"
"""All 240 of them, where they lie beside the repository; EXPERTPOST_CORPUS names another place."""
SETTINGS = """\
[workspace]
name = "Acme Seals"
id = "01JD0000000000000000000WRK"
timezone = "Europe/Berlin"

[sites.inside]
readers = ["colleagues"]
base_url = "https://hub.acme.example/"

[sites.outside]
readers = ["public"]
base_url = "https://experts.acme.example/"
"""
HUGO = """\
---
title: "Torque without tears"
date: 2019-01-31
# When it went live.
publishDate: 2019-02-01T09:00:00+01:00
draft: false
weight: 10
tags: [torque, seals]
---
Turn it gently.
"""
"""A post as Hugo keeps it."""
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Lone:
    """Anna, her workspace at ``root``, and a folder ``away`` with texts from elsewhere."""

    root: Path
    away: Path
    told: list[str] = field(default_factory=list)
    _entropy: "count[int]" = field(default_factory=count)

    @property
    def world(self) -> World:
        """Anna's world: the same moment always, ids that count up."""
        return World(
            here=self.root,
            now=lambda: NOW,
            entropy=lambda n: next(self._entropy).to_bytes(n, "big"),
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.root.parent), "GIT_CONFIG_NOSYSTEM": "1"},
            tell=self.told.append,
        )

    def elsewhere(self, name: str, text: str | bytes) -> Path:
        """A file in the folder ``away``."""
        return write(self.away / name, text)

    def draft(self, name: str, text: str | bytes) -> Path:
        """A file below ``drafts/``."""
        return write(self.root / "drafts" / name, text)

    def piece(self, name: str, body: str = "Turn it gently.\n", number: int = 1, **front: str) -> Path:
        """A valid piece below ``drafts/``; ``front``: further front matter, each value as YAML."""
        keys = {"id": f"01JD0000000000000000PCE{number:03}", "title": f"Piece {number}", "authors": "[anna]", **front}
        lines = "".join(f"{key}: {value}\n" for key, value in keys.items())
        return self.draft(name, f"---\n{lines}---\n{body}")

    def bring(
        self, *paths: str | Path, dry_run: bool = False, author: str = "", audience: tuple[str, ...] = ()
    ) -> Import:
        """Import these paths, or the whole folder ``away``."""
        wanted = [str(path) for path in paths] or [str(self.away)]
        return bring(self.world, wanted, Wish(author=author, audience=audience), dry_run=dry_run)

    def check(self, *refs: str, channel: str = "") -> Report:
        """Check these refs, or everything."""
        return check(self.world, refs, channel)

    def codes(self, *refs: str) -> list[str]:
        """The codes of what a check finds."""
        return [finding.code for finding in self.check(*refs).findings]

    def read(self, name: str) -> str:
        """The text of a file below ``drafts/``, line ends as they are."""
        return (self.root / "drafts" / name).read_bytes().decode()

    def drafts(self) -> dict[str, bytes]:
        """Every file below ``drafts/`` with its bytes."""
        folder = self.root / "drafts"
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def git(self, *args: str) -> None:
        """Plain git in the workspace."""
        subprocess.run(["git", *args], cwd=self.root, env=dict(self.world.env), check=True, capture_output=True)


def write(path: Path, text: str | bytes) -> Path:
    """Write a file and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def lone(folder: Path, settings: str = SETTINGS) -> Lone:
    """Anna's workspace in a folder; nothing is committed."""
    made = Lone(folder / "workspace", folder / "away")
    made.away.mkdir(parents=True)
    write(made.root / "expertpost.toml", settings)
    write(made.root / "people" / "anna.md", "---\nname: Anna Berg\nemails: [anna@acme.example]\n---\n")
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("config", "user.name", "Anna Berg")
    made.git("config", "user.email", "anna@acme.example")
    return made
