"""The rules of what a build leaves out, and where it does not build at all."""

import json
from pathlib import Path

import pytest
from tests.web.small_site import small_site, text

from expertpost.errors import Failure
from expertpost.model.event import EventKind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("x.svg", b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x "y">]><svg/>'),
        ("x.html", b"<script>alert(1)</script>"),
        ("x.js", b"alert(1)"),
    ],
)
def test_a_file_that_could_run_is_left_out(tmp_path: Path, name: str, content: bytes) -> None:
    """A file beside a piece that a browser could run as a page of the site is not copied, and nothing leads to it."""
    site = small_site(
        tmp_path,
        [("drafts/p/index.md", text(1, "P", f"![Alt words]({name}) [a]({name})")), (f"drafts/p/{name}", content)],
    )
    site.build("outside")

    assert not any(path.endswith(f"/{name}") for path in site.files())
    assert "<p>Alt words a</p>" in site.page("pieces/p.html")


def test_pictures_of_other_hosts_are_words(tmp_path: Path) -> None:
    """A picture of another host would tell it who reads: its description stands instead."""
    site = small_site(tmp_path, [("drafts/p.md", text(1, "P", "![A pump](https://evil.example/p.png)"))])
    site.build("outside")

    assert "<p>A pump</p>" in site.page("pieces/p.html")


def test_what_nobody_approved_is_not_there(tmp_path: Path) -> None:
    """A piece on main that nobody approved, or a text that was changed since, is not built; the build says why."""
    site = small_site(tmp_path, [("drafts/p.md", text(1, "P", "First."))])
    site.write("drafts/p.md", text(1, "P", "Second."))
    site.write("drafts/q.md", text(2, "Q"))
    site.merge(adopt=False)
    (built,) = site.build("outside")

    assert [("drafts/p.md", "not-submitted"), ("drafts/q.md", "not-submitted")] == [(a.path, a.why) for a in built.away]
    assert not any(path.startswith("pieces/") for path in site.files())


def test_what_is_held_is_not_there(tmp_path: Path) -> None:
    """Whoever holds a piece takes its page away until somebody releases it."""
    site = small_site(tmp_path, [("drafts/p.md", text(1, "P"))])
    site.build("outside")
    site.record(EventKind.HOLD, piece=f"01JD{1:022d}")
    (built,) = site.build("outside")

    assert [("drafts/p.md", "held")] == [(away.path, away.why) for away in built.away]
    assert built.away[0].says.endswith("expertpost release p")
    assert "pieces/p.html" not in site.files()


def test_what_was_taken_back_leaves_a_notice(tmp_path: Path) -> None:
    """The page of a piece that was retracted says that, and no word of it: not in lists, feeds, maps or manifest."""
    site = small_site(tmp_path, [("drafts/p.md", text(1, "Secret words")), ("drafts/q.md", text(2, "Q"))])
    site.build("outside")
    site.record(EventKind.RETRACT, piece=f"01JD{1:022d}")
    (built,) = site.build("outside")
    page = site.page("pieces/p.html")

    assert [("drafts/p.md", "retracted")] == [(away.path, away.why) for away in built.away]
    assert "<h1>Withdrawn on 2026-11-23</h1>" in page
    assert "noindex" in page
    assert [] == [path for path, content in site.files().items() if b"Secret words" in content]
    assert [] == [path for path, content in site.files().items() if b"pieces/p.html" in content]
    assert "<h1>Q</h1>" in site.page("pieces/q.html")


def test_what_was_never_shown_leaves_no_notice(tmp_path: Path) -> None:
    """Neither a text that nobody approved nor one whose time has not come tells its address when it is taken back."""
    site = small_site(tmp_path, [("drafts/later.md", text(1, "Later", publish_at="2030-01-01T09:00+01:00"))])
    site.write("drafts/raw.md", text(2, "Raw"))
    site.merge(adopt=False)
    for number in (1, 2):
        site.record(EventKind.RETRACT, piece=f"01JD{number:022d}")
    site.build("outside")

    assert not any(path.startswith("pieces/") for path in site.files())


def test_what_is_under_embargo_is_nowhere(tmp_path: Path) -> None:
    """Before its time no file of a site names a piece: no page, no list, no feed, no search, no picture."""
    site = small_site(
        tmp_path, [("drafts/secret-plan.md", text(1, "Secret plan", publish_at="2026-12-01T09:00+01:00"))]
    )
    before = {**site.files()} if site.build("outside", at="2026-12-01T08:59+01:00") else {}
    site.build("outside", at="2026-12-01T09:00+01:00")

    assert [] == [path for path, content in before.items() if b"ecret" in content or "secret" in path]
    assert "<h1>Secret plan</h1>" in site.page("pieces/secret-plan.html")


def test_what_cannot_be_decided_is_not_there(tmp_path: Path) -> None:
    """A piece with a block that is never closed, or with broken front matter, stays away; the others are built."""
    site = small_site(tmp_path, [("drafts/p.md", text(1, "P", "::: colleagues\nx")), ("drafts/q.md", text(2, "Q"))])
    site.write("drafts/broken.md", "---\ntitle: [\n---\n")
    site.merge(adopt=False)
    (built,) = site.build("outside")

    assert ["drafts/broken.md", "drafts/p.md"] == [away.path for away in built.away]
    assert "pieces/q.html" in site.files()


def test_one_address_belongs_to_one_piece(tmp_path: Path) -> None:
    """Of two pieces with one slug the first by path has the page, and the build says so."""
    site = small_site(tmp_path, [("drafts/a/p.md", text(1, "First")), ("drafts/b/p.md", text(2, "Second"))])
    (built,) = site.build("outside")

    assert [("drafts/b/p.md", "twin")] == [(away.path, away.why) for away in built.away]
    assert "<h1>First</h1>" in site.page("pieces/p.html")


def test_people(tmp_path: Path) -> None:
    """Who opted out has no page, who is not listed keeps their name, no mail address shows, a bio is for colleagues."""
    site = small_site(tmp_path)
    site.write("people/anna.md", "---\nname: Anna W\nemails: [anna@acme.example]\n---\nI *like* seals.\n")
    site.write("people/bob.md", "---\nname: Bob\nemails: [bob@acme.example]\nopt_out: true\n---\nHidden.\n")
    site.write("drafts/p.md", text(1, "P", authors="[anna, bob@acme.example, eve@elsewhere.example, Dr. Who]"))
    site.merge()
    site.build()

    assert {"people/anna.html", "people/eve.html", "people/dr-who.html"} == {
        path for path in site.files() if path.startswith("people/")
    }
    assert "Anna W</a>, Bob, <a" in site.page("pieces/p.html")
    assert [] == [path for path, content in site.files().items() if b".example" in content and b"@" in content]
    assert "<em>like</em>" in site.page("people/anna.html", "inside")
    assert "seals" not in site.page("people/anna.html").replace("Acme Seals", "").replace("topics/seals", "")


def test_a_draft_is_marked_and_never_live(tmp_path: Path) -> None:
    """A draft shows what lies in the work tree with a banner; it has no feeds and its manifest lists nothing."""
    site = small_site(tmp_path)
    site.write("drafts/p.md", text(1, "P", publish_at="2030-01-01T09:00+01:00"))
    (built,) = site.build("outside", draft=True)
    page = site.page("pieces/p.html")

    assert 1 == built.pages
    assert "Nobody has approved" in page
    assert '<meta name="robots" content="noindex">' in page
    assert [] == json.loads(site.page("manifest.json"))["pages"]
    assert not {"atom.xml", "feed.json", "sitemap.xml"} & site.files().keys()


def test_a_folder_holds_one_site(tmp_path: Path) -> None:
    """A build never goes into a folder with other things, another site, or a draft: their files would stay."""
    site = small_site(tmp_path, [("drafts/p.md", text(1, "P"))])
    site.build("outside")
    (tmp_path / "home" / "outside").mkdir(parents=True)
    (tmp_path / "home" / "outside" / "letter.txt").write_text("mine")
    (site.out / "outside").rename(site.out / "inside")

    for name, draft, out in (("outside", False, tmp_path / "home"), ("inside", False, None)):
        with pytest.raises(Failure) as refused:
            site.build(name, draft=draft, out=out)
        assert "XP-SITE-FOLDER" == refused.value.code
    assert ["letter.txt"] == [path.name for path in (tmp_path / "home" / "outside").iterdir()]


def test_nothing_merged_yet(tmp_path: Path) -> None:
    """A workspace without pieces gives a site that says so; a site nobody configured is refused with a proposal."""
    site = small_site(tmp_path)
    site.build("outside")

    assert "Nothing is published here yet." in site.page("index.html")
    with pytest.raises(Failure, match="did you mean outside"):
        site.build("outsid")
