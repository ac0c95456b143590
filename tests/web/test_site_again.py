"""The rules of building again: the same bytes as a fresh build, and no more work than what changed."""

import base64
import os
import sys
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import pytest
from tests.web.small_site import SmallSite, small_site, text

from expertpost.errors import Exit, Failure
from expertpost.flows.shares import team, workers_for
from expertpost.model.event import EventKind
from expertpost.testing.samples import PICTURE

GREY = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNsYAAAAQYAgiXEWDgAAAAASUVORK5CYII=")
"""Another PNG, of two pixels."""
LINKS = "[b](b) [c](c/) [v](v1.2)"


@pytest.fixture
def site(tmp_path: Path) -> SmallSite:
    """Five pieces that link to each other, built once."""
    made = small_site(
        tmp_path,
        [
            ("drafts/a.md", text(1, "A", "To [b](b.md) and [the new one](new.md).")),
            ("drafts/b.md", text(2, "B", topics="[Seals, Oil]")),
            ("drafts/c/index.md", text(3, "C", "![x](x.png) [a](../a.md)")),
            ("drafts/c/x.png", PICTURE),
            ("drafts/d.md", text(4, "D", authors="[bob]")),
            ("drafts/later.md", text(5, "Later", publish_at="2027-05-01T09:00+01:00")),
        ],
    )
    made.build()
    return made


def inodes(folder: Path) -> dict[str, int]:
    """Every file and its number on the disk: a file that is written anew gets another one."""
    return {path.relative_to(folder).as_posix(): path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def rewritten(site: SmallSite, change: Callable[[], object]) -> list[str]:
    """The files of the outside site that one more build, after ``change``, wrote anew."""
    before = inodes(site.out / "outside")
    change()
    site.build("outside")
    after = inodes(site.out / "outside")
    return sorted(path for path, inode in after.items() if before.get(path) != inode)


def test_nothing_new_writes_nothing(site: SmallSite) -> None:
    """A build of the same commit at the same instant writes no file at all."""
    again = site.build()

    assert [(0, 0), (0, 0)] == [(built.changed, built.removed) for built in again]
    assert [] == rewritten(site, lambda: None)


def test_a_changed_body_writes_its_page(site: SmallSite) -> None:
    """One changed text writes its page, the feeds that hold it, and the manifest."""

    def change() -> None:
        site.write("drafts/b.md", text(2, "B", "Other words.", topics="[Seals, Oil]", summary="Some words."))
        site.merge()

    assert ["atom.xml", "feed.json", "manifest.json", "pieces/b.html"] == rewritten(site, change)


def test_a_changed_title_writes_the_lists_it_is_on(site: SmallSite) -> None:
    """A new title writes the page and every list that shows it, and nothing else."""

    def change() -> None:
        site.write("drafts/d.md", text(4, "New D", authors="[bob]"))
        site.merge()

    assert [
        "archive.html", "atom.xml", "feed.json", "index.html", "manifest.json", "people/bob.html", "pieces/d.html",
        "topics/seals.html",
    ] == rewritten(site, change)  # fmt: skip


def test_a_piece_that_arrives_mends_the_links_to_it(site: SmallSite) -> None:
    """When a piece comes, or gets another address, pages that link to it are written anew; others are not."""

    def arrive() -> None:
        site.write("drafts/new.md", text(6, "New"))
        site.merge()

    def move() -> None:
        site.write("drafts/b.md", text(2, "B", topics="[Seals, Oil]", slug="bee"))
        site.merge()

    arrived = [path for path in rewritten(site, arrive) if path.startswith("pieces/")]
    moved = [path for path in rewritten(site, move) if path.startswith("pieces/")]

    assert ["pieces/a.html", "pieces/new.html"] == arrived
    assert ["pieces/a.html", "pieces/bee.html"] == moved
    assert '<a href="bee.html">b</a> and <a href="new.html">the new one</a>' in site.page("pieces/a.html")
    assert "pieces/b.html" not in site.files()


def test_what_goes_takes_its_files_along(site: SmallSite) -> None:
    """A piece that is taken away takes its page, its files, its topic and its author's page along."""
    site.remove("drafts/c/index.md")
    site.remove("drafts/c/x.png")
    site.remove("drafts/b.md")
    site.remove("drafts/d.md")
    site.merge()
    site.build("outside")
    files = site.files()

    assert ["pieces/a.html"] == [path for path in files if path.startswith("pieces/")]
    assert not {"topics/oil.html", "people/bob.html"} & files.keys()


def test_a_narrowed_piece_leaves_no_trace(site: SmallSite) -> None:
    """A piece that is for colleagues from now on vanishes from every file, even when no notes tell what was built."""
    site.write("drafts/c/index.md", text(3, "Ceterum", "![x](x.png)", audience="[colleagues]", topics="[Censeo]"))
    site.merge()
    for notes in (site.anna.clone / ".git" / "expertpost" / "sites").iterdir():
        notes.unlink()
    site.build("outside")

    assert [] == [path for path in site.files() if path.startswith("pieces/c")]
    assert [] == [path for path, content in site.files().items() if b"pieces/c" in content or b"Cet" in content]


def test_always_like_a_fresh_build(site: SmallSite, tmp_path: Path) -> None:
    """After any change the folder holds, byte for byte, what a first build of the same commit would write."""

    def hold() -> None:
        site.record(EventKind.HOLD, piece=f"01JD{4:022d}")

    changes: list[tuple[Callable[[], object], str]] = [
        (lambda: site.write("drafts/a.md", text(1, "A", "Now to [d](d.md) and [later](later.md).")), ""),
        (lambda: site.write("drafts/b.md", text(2, "B", topics="[Oil]", authors="[bob]")), ""),
        (lambda: site.write("drafts/e.md", text(7, "E", LINKS, audience="[suppliers, public]")), ""),
        (lambda: site.write("drafts/c/x.png", GREY), ""),
        (lambda: None, "2027-06-01T09:00"),
        (lambda: site.remove("drafts/b.md"), ""),
        (hold, ""),
        (lambda: site.write("people/bob.md", "---\nname: Robert\nemails: [bob@acme.example]\n---\n"), ""),
        (lambda: site.write("drafts/f.md", text(8, "F", publish_at="2020-01-01T00:00Z")), "2027-06-01T09:00"),
        (lambda: site.write("drafts/d2.md", text(9, "Twin", slug="d")), ""),
        (lambda: site.write("drafts/v1.2.md", text(10, "Version", slug="version")), ""),
    ]  # fmt: skip
    for number, (change, at) in enumerate(changes):
        change()
        if change is not hold and site.anna.run("status", "--porcelain"):
            site.merge()
        site.build(at=at)
        fresh = tmp_path / f"fresh-{number}"
        site.build(at=at, out=fresh)

        for name in ("inside", "outside"):
            assert site.files(name, fresh) == site.files(name), (number, name)


def test_what_was_lost_is_written_again(site: SmallSite) -> None:
    """A page, list, feed or file that somebody took out of the folder is there again after a build."""
    whole = site.files()
    lost = ["pieces/a.html", "pieces/c/x.png", "topics/oil.html", "atom.xml", "index.html", "style.css"]
    for path in lost:
        (site.out / "outside" / path).unlink()
    site.build("outside")

    assert whole == site.files()


@pytest.mark.parametrize("damage", ["", "{}", "[1]", "null", '{"key": 1}\n["a"', "\x00\xff", '[["a", ["b"]]]', "[[[["])
def test_damaged_notes_are_no_harm(site: SmallSite, damage: str) -> None:
    """Notes that are gone, cut off or nonsense cost time only."""
    whole = site.files()
    for notes in (site.anna.clone / ".git" / "expertpost" / "sites").iterdir():
        head = notes.read_text().splitlines()[-1]
        notes.write_text(f"{damage}\n{head}\n")
    site.build("outside")

    assert whole == site.files()


def test_foreign_files_stay(site: SmallSite) -> None:
    """What somebody put beside our files at the top of the folder stays; below our folders everything is ours."""
    (site.out / "outside" / "CNAME").write_text("experts.acme.example")
    (site.out / "outside" / ".well-known").mkdir()
    (site.out / "outside" / ".well-known" / "x").write_text("y")
    (site.out / "outside" / "topics" / "stray.html").write_text("old")
    site.build("outside")

    assert {"CNAME", ".well-known/x"} <= site.files().keys()
    assert "topics/stray.html" not in site.files()


@pytest.mark.skipif(sys.platform != "linux", reason="pins the number of processors")
def test_two_workers_write_what_one_writes(tmp_path: Path) -> None:
    """How many processes share the work makes no difference to a single byte."""
    pieces = [
        (f"drafts/p{number}.md", text(number, f"P {number}", f"To [x](p{number - 7}.md).")) for number in range(900)
    ]
    site = small_site(tmp_path, pieces)
    site.build("outside")
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {next(iter(mine))})
    try:
        assert 1 == workers_for(900, 400)
        site.build("outside", out=tmp_path / "alone")
    finally:
        os.sched_setaffinity(0, mine)

    assert site.files() == site.files("outside", tmp_path / "alone")


class Adder:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.kept = 0

    def add(self, number: int) -> int:
        """What it keeps now."""
        if number == -1:
            raise OSError(28, "no room")
        if number < 0:
            raise Failure("XP-TEST", "below nothing", "add more", where="here", exit_code=Exit.GUARD)
        self.kept += number
        return self.kept


def test_workers_keep_what_they_read() -> None:
    """Every worker of a team answers in its place and remembers its share from step to step."""
    with team(Adder, 3) as workers:
        first = workers.each(Adder.add, [1, 2, 3])
        second = workers.each(Adder.add, [10, 20, 30])

    assert ([1, 2, 3], [11, 22, 33]) == (first, second)


@pytest.mark.parametrize(("share", "says"), [(-1, "no room"), (-2, "XP-TEST below nothing – add more")])
def test_a_worker_that_cannot_go_on_ends_the_work(share: int, says: str) -> None:
    """What goes wrong in another process is told here as it was there, and no process stays behind."""
    before = active_children()
    with pytest.raises((OSError, Failure), match=says), team(Adder, 2) as workers:
        workers.each(Adder.add, [1, share])

    assert before == active_children()
