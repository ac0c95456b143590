"""A small workspace with two sites, one for colleagues and one for everybody, and what a build of them wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.flows.organisation import Clock, Colleague, organisation

from expertpost.flows.context import World
from expertpost.flows.site import Built, build
from expertpost.model.event import Event, EventKind
from expertpost.store.events import Written, append
from expertpost.store.tree import Identity
from expertpost.store.workspace import find

WORKSPACE_ID = "01JD0000000000000000000WRK"
SETTINGS = f"""\
[workspace]
name = "Acme Seals"
id = "{WORKSPACE_ID}"
timezone = "Europe/Berlin"

[sites.inside]
readers = ["colleagues"]

[sites.outside]
readers = ["public"]
base_url = "https://experts.acme.example/notes/"
title = "Notes <from> the workshop"
"""
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def text(number: int, title: str, body: str = "Some words.", **more: str) -> str:
    """A piece for everybody by anna; ``number`` makes its id, ``more`` is further front matter as YAML."""
    front = {"id": f"01JD{number:022d}", "title": title, "authors": "[anna]", "audience": "[public]",
             "topics": "[Seals]", "publish_at": f"2026-03-{number % 28 + 1:02d}T09:00+01:00", **more}  # fmt: skip
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in front.items()) + f"---\n{body}\n"


@dataclass
class SmallSite:
    """The workspace of one colleague; ``out`` is where it is built."""

    anna: Colleague
    out: Path

    def write(self, path: str, content: str | bytes) -> None:
        """Put a file into the work tree."""
        file = self.anna.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def remove(self, path: str) -> None:
        """Take a file out of the work tree."""
        (self.anna.clone / path).unlink()

    def merge(self, *, adopt: bool = True) -> None:
        """Bring everything to the shared main, and adopt it as published elsewhere."""
        self.anna.push()
        if not adopt:
            return
        workspace = find(self.anna.clone, self.anna.env)
        workspace.hub.fetch()
        merged = workspace.merged()
        assert merged is not None
        self.record(EventKind.ADOPT, adopted={piece.id: piece.digest for piece in merged.pieces()})

    def record(
        self,
        kind: EventKind,
        piece: str = "",
        digest: str = "",
        adopted: dict[str, str] | None = None,
        at: datetime = AT,
    ) -> None:
        """Write an event by anna."""
        event = Event(
            kind=kind, workspace=WORKSPACE_ID, piece=piece, digest=digest, by="anna", at=at, adopted=adopted or {}
        )  # fmt: skip
        append(self.anna.hub, [Written(event)], Identity("Anna", "anna@acme.example"), at)

    def build(self, *names: str, at: str = "", draft: bool = False, out: Path | None = None) -> tuple[Built, ...]:
        """Build the sites (both by default), each into a folder of its name."""
        world = World(here=self.anna.clone, now=Clock(AT), env=self.anna.env)
        folder = out or self.out
        return tuple(
            one
            for name in names or ("inside", "outside")
            for one in build(world, [name], out=folder / name, at=at, draft=draft)
        )

    def page(self, path: str, site: str = "outside") -> str:
        """The text of a built file."""
        return (self.out / site / path).read_text(encoding="utf-8")

    def files(self, site: str = "outside", out: Path | None = None) -> dict[str, bytes]:
        """Every built file by its path."""
        return files_in((out or self.out) / site)


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def small_site(folder: Path, pieces: Iterable[tuple[str, str | bytes]] = (), *people: str) -> SmallSite:
    """A workspace with these files, merged and adopted; anna and bob are listed."""
    made = organisation(folder, *(people or ("anna", "bob")), settings=SETTINGS, keys=False)
    site = SmallSite(made.people["anna"], folder / "out")
    for path, content in pieces:
        site.write(path, content)
    if pieces:
        site.merge()
    return site
