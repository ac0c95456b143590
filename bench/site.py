"""A site of 10,000 adopted pieces against the newest Hugo with a like theme: all of it, after one change, memory.

Before anything is measured both are built once and compared: the same pieces, the same words on a sample of them, and
no more pages in Hugo's site than in ours. Ours also cuts audiences, checks digests, looks for raw HTML, resolves links
between pieces and writes a manifest. Hugo has no build that remembers: a changed piece costs it a full build, over what
is there already.

A full build goes into a new folder, and what the last one made is put away instead of removed: for some minutes ext4
looks around every inode that was just freed (``recently_deleted`` in its ialloc.c), so that new files cost up to ten
times as much, either builder's, and the file system's past would be most of what is measured.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import count
from pathlib import Path

from bench import corpus, hugo_like
from bench.memory import peak_of
from bench.ratios import Cost, Job, Row, interleaved, milliseconds

MANY = 10_000
TIMES = 5
TOPICS = 120
PAGER = 100
"""Pieces on a page of Hugo's lists: so many that it has no more pages than we do."""
SITE = "inside"
_SAMPLE = 200
_TOPICS = re.compile(r"^topics: \[(.*)\]$", re.MULTILINE)
_BODY = re.compile(r'<div class="body">\n(.*?)</div>\n<footer>', re.DOTALL)
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_CHANGES = count()
_BUILDS = count()


@dataclass(frozen=True, slots=True)
class Both:
    """A workspace and a Hugo site with the same pieces, each with the folder it is built into."""

    ours: Path
    out: Path
    theirs: Path
    public: Path

    def forget(self) -> None:
        """Put away what we built, and forget what we noted."""
        _put_away(self.out)
        shutil.rmtree(self.ours / ".git" / "expertpost" / "sites", ignore_errors=True)
        os.sync()

    def clear(self) -> None:
        """Put away what Hugo built."""
        _put_away(self.public)
        os.sync()

    def build(self, *, anew: bool = True) -> Job:
        """Our build: of everything, or after one change."""
        script = str(Path(sys.executable).with_name("expertpost"))
        argv = [script, "site", "build", SITE]
        return Job(argv, self.ours, before=self.forget if anew else self.change)

    def hugo(self, *, anew: bool = True) -> Job:
        """Hugo's build, into an empty folder or over what is there."""
        argv = [hugo_like.hugo(), "--quiet", "--destination", str(self.public)]
        return Job(argv, self.theirs, before=self.clear if anew else None)

    def change(self) -> None:
        """Add a line to one piece, merge it and adopt it."""
        path = f"drafts/area-07/piece-{7 + corpus.FOLDERS * (next(_CHANGES) % 100):05d}.md"
        with (self.ours / path).open("a", encoding="utf-8", newline="\n") as file:
            file.write("\nOne more line.\n")
        corpus.record(self.ours)
        adopt(self.ours, path)


def _put_away(folder: Path) -> None:
    if folder.is_dir():
        folder.rename(folder.with_name(f"built-{next(_BUILDS)}"))


def rows() -> list[Row]:
    """All rows; every process is measured whole."""
    found: list[Row] = []
    for where, room in _rooms():
        with _both(room) as both:
            found += _rows(both, where)
    return found


def _rooms() -> Iterator[tuple[str, Path]]:
    memory = Path("/dev/shm")
    if memory.is_dir():
        yield "tmpfs", memory
    yield "disk", Path(tempfile.gettempdir())


def _rows(both: Both, where: str) -> list[Row]:
    pages = same_pages(both)
    whole = interleaved(TIMES, ours=both.build(), hugo=both.hugo())
    again = interleaved(TIMES, ours=both.build(anew=False), hugo=both.hugo(anew=False))
    found = [
        _row(f"full build of {MANY:,} pieces ÷ Hugo, {where}", 0.5, whole, pages),
        _row(f"rebuild after one changed piece ÷ Hugo's full rebuild, {where}", 0.08, again),
    ]
    if where == "tmpfs":
        ours, theirs = peak_of(both.build()), peak_of(both.hugo())
        note = f"{ours / 1e6:,.0f} MB ÷ {theirs / 1e6:,.0f} MB, all processes together"
        found.append(Row("peak memory of the full build ÷ Hugo's", 0.2, ours / theirs, note))
    return found


def _row(measure: str, goal: float, costs: Mapping[str, Cost], note: str = "") -> Row:
    ours, theirs = costs["ours"].wall, costs["hugo"].wall
    figures = f"{milliseconds(ours)} ÷ {milliseconds(theirs)}"
    return Row(measure, goal, ours / theirs, f"{figures}; {note}" if note else figures)


@contextmanager
def _both(room: Path) -> Iterator[Both]:
    with tempfile.TemporaryDirectory(dir=room) as folder:
        here = Path(folder)
        workspace = here / "workspace"
        both = Both(workspace, workspace / "build" / "sites" / SITE, here / "hugo", here / "public")
        corpus.write(both.ours, 0)
        (workspace / ".gitignore").write_text("build/\n")
        texts = dict(_fewer_topics(corpus.pieces(MANY)))
        for path, text in texts.items():
            (both.ours / path).parent.mkdir(parents=True, exist_ok=True)
            (both.ours / path).write_text(text, encoding="utf-8", newline="\n")
        settings = both.ours / "expertpost.toml"
        addressed = f'[sites.{SITE}]\nbase_url = "https://experts.example.org/"'
        settings.write_text(settings.read_text().replace(f"[sites.{SITE}]", addressed))
        corpus.commit(both.ours)
        adopt(both.ours)
        hugo_like.write(both.theirs, texts.items(), _style(), PAGER)
        yield both


def _style() -> Path:
    from expertpost.store import templates

    return templates.folder() / "site" / "style.css"


def _fewer_topics(pieces: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pieces with topics that an organisation might have, instead of ten thousand different ones."""
    for path, text in pieces:
        yield path, _TOPICS.sub(lambda found: f"topics: [{', '.join(_topics(found[1]))}]", text, count=1)


def _topics(written: str) -> list[str]:
    numbers = (zlib.crc32(word.encode()) % TOPICS for word in written.split(", "))
    return list(dict.fromkeys(f"topic {number}" for number in numbers))


def adopt(folder: Path, *paths: str) -> None:
    """Record that the pieces on main (or those at ``paths``) were published before, like ``import --as-published``."""
    from expertpost.model.event import Event, EventKind
    from expertpost.store.events import Written, append
    from expertpost.store.tree import Identity
    from expertpost.store.workspace import find

    workspace = find(folder)
    state = workspace.merged()
    if state is None:
        raise RuntimeError("nothing is merged")
    found = {one.piece.id: one.piece.digest for one in state.loaded(paths or None) if one.piece}
    event = Event(
        kind=EventKind.ADOPT, workspace=state.config.id, piece="", digest="", by="anna", at=_AT, adopted=found
    )  # fmt: skip
    append(workspace.hub, [Written(event)], Identity("Anna Measured", "anna@example.org"), _AT)


def same_pages(both: Both) -> str:
    """Build both once and compare them; how many pages each has. Raises AssertionError where they differ."""
    for job in (both.build(), both.hugo()):
        if job.before:
            job.before()
        subprocess.run(job.argv, cwd=job.here, check=True, stdout=subprocess.DEVNULL)
    ours, theirs = _pieces(both.out), _pieces(both.public)
    if ours != theirs or len(ours) != MANY:
        raise AssertionError(f"{len(ours):,} pieces here, {len(theirs):,} in Hugo's site")
    for name in random.Random(corpus.SEED).sample(sorted(ours), _SAMPLE):
        if words(both.out / "pieces" / name) != words(both.public / "pieces" / name):
            raise AssertionError(f"{name} reads otherwise in Hugo's site")
    here, there = (sum(1 for _ in folder.rglob("*.html")) for folder in (both.out, both.public))
    if there > here:
        raise AssertionError(f"Hugo has {there:,} pages, we have {here:,}: raise PAGER")
    return f"{here:,} and {there:,} pages"


def _pieces(folder: Path) -> set[str]:
    return {path.name for path in (folder / "pieces").iterdir() if path.suffix == ".html"}


def words(page: Path) -> list[str]:
    """The words of a piece as its page shows them, in order, without markup."""
    body = _BODY.search(page.read_text(encoding="utf-8"))
    text = unescape(re.sub(r"<[^>]*>", " ", body[1])) if body else ""
    return re.findall(r"\w+", text)
