"""Import takes other people's Markdown whole, changes no body and overwrites nothing."""

import os
from pathlib import Path

import pytest
from tests.flows.lone import CORPUS, HUGO, WHOLE_CORPUS, Lone, lone

from expertpost.errors import Failure
from expertpost.store.frontmatter import split
from expertpost.store.workspace import find
from expertpost.testing.samples import PICTURE


@pytest.fixture
def anna(tmp_path: Path) -> Lone:
    """Anna's workspace."""
    return lone(tmp_path)


def front(anna: Lone, name: str) -> dict[str, object]:
    """The front matter of a draft as read again."""
    return dict(split(anna.read(name)).values)


def test_only_what_is_missing_is_added(anna: Lone) -> None:
    """Hugo's keys, comments and their order stay; an id and an author come first."""
    anna.elsewhere("torque.md", HUGO)
    done = anna.bring()

    added = "id: 01KAR7H3M00000000000000000\nauthors: [anna]\n"
    text = anna.read("torque.md")
    assert [("drafts/torque.md", ("id", "authors"))] == [(b.path, b.added) for b in done.brought]
    assert HUGO == text.replace(text.split("title:")[0], "---\n")
    assert added.splitlines()[1] == text.splitlines()[2]
    assert [] == anna.codes()


def test_a_text_without_front_matter_gets_one(anna: Lone) -> None:
    """The title is the highest heading, else the file's name without date and hyphens; the body stays below."""
    anna.elsewhere("a.md", "Before\n\n## Second\n\n# *First* of all\n")
    anna.elsewhere("2024-01-31-torque-without_tears.md", "Only words.\n")
    anna.bring()

    assert "First of all" == front(anna, "a.md")["title"]
    assert anna.read("a.md").endswith("---\nBefore\n\n## Second\n\n# *First* of all\n")
    assert "Torque without tears" == front(anna, "2024-01-31-torque-without_tears.md")["title"]


def test_line_ends_stay(anna: Lone) -> None:
    """A file with CRLF gets its new lines with CRLF."""
    anna.elsewhere("a.md", HUGO.replace("\n", "\r\n"))
    anna.bring()

    text = anna.read("a.md")
    assert text.count("\n") == text.count("\r\n")
    assert text.endswith("\r\nTurn it gently.\r\n")


def test_the_second_time_nothing_changes(anna: Lone) -> None:
    """Import is idempotent, also after somebody worked on the front matter of what was adopted."""
    anna.elsewhere("a/index.md", "# A\n\n![x](x.png)\n")
    anna.elsewhere("a/x.png", PICTURE)
    anna.elsewhere("b.md", "See ![y](img/y.png)\n")
    anna.elsewhere("img/y.png", PICTURE)
    anna.elsewhere("c.md", HUGO)
    anna.bring()
    anna.draft("c.md", anna.read("c.md").replace("title: ", "review_by: 2030-01-01\ntitle: "))
    before = anna.drafts()
    again = anna.bring()

    assert before == anna.drafts()
    assert ((), ()) == (again.brought, again.refused)
    assert ["drafts/a/index.md", "drafts/b/index.md", "drafts/c.md"] == sorted(again.there)


def test_nothing_is_overwritten(anna: Lone) -> None:
    """A path that holds another text is left alone, and said so."""
    anna.piece("torque.md", "My own words.\n")
    anna.elsewhere("torque.md", HUGO)
    before = anna.drafts()
    done = anna.bring()

    assert before == anna.drafts()
    assert ["XP-IMPORT-TAKEN"] == [finding.code for finding in done.refused]


def test_files_below_drafts_stay_where_they_are(anna: Lone) -> None:
    """A draft without an id becomes a piece in place; finished pieces are not touched."""
    anna.draft("deep/seals.md", "# Seals\n\nThey leak.\n")
    finished = anna.piece("done.md").read_bytes()
    done = anna.bring(anna.root / "drafts")

    assert ["drafts/deep/seals.md"] == [b.path for b in done.brought]
    assert ("drafts/done.md",) == done.there
    assert finished == anna.drafts()["done.md"]
    assert [] == anna.codes()


def test_a_dry_run_writes_nothing(anna: Lone) -> None:
    """What would be done is told, and not done."""
    anna.elsewhere("torque.md", HUGO)
    done = anna.bring(dry_run=True)

    assert ["drafts/torque.md"] == [b.path for b in done.brought]
    assert not (anna.root / "drafts").exists()


def test_pictures_come_along(anna: Lone) -> None:
    """A text with pictures gets a folder of its own, so that every link in its body still holds."""
    anna.elsewhere("posts/pump.md", '![A pump](media/my%20pump.png "Pump") and [data](media/x.csv), [b](other.md)\n')
    anna.elsewhere("posts/other.md", "See [pump](pump.md#top) and [here](#nowhere).\n")
    anna.elsewhere("posts/media/my pump.png", PICTURE)
    anna.elsewhere("posts/media/x.csv", b"1,2")
    anna.elsewhere("posts/media/unused.png", PICTURE)
    done = anna.bring()

    names = {"posts/pump/index.md", "posts/pump/media/my pump.png", "posts/pump/media/x.csv", "posts/other.md"}
    assert names == set(anna.drafts())
    assert [("drafts/posts/pump/media/my pump.png", "drafts/posts/pump/media/x.csv")] == [
        b.files for b in done.brought if b.files
    ]
    assert ["XP-LINK-HEADING"] == anna.codes()


def test_a_leaf_bundle_keeps_its_folder(anna: Lone) -> None:
    """Hugo's index.md with its files stays one folder; one with other texts below becomes _index.md."""
    anna.elsewhere("guide/index.md", "# Guide\n\n[One](one.md), [deep](deep/)\n")
    anna.elsewhere("guide/one.md", "# One\n\n[Up](index.md), [up](./)\n")
    anna.elsewhere("guide/deep/index.md", "# Deep\n\n![p](p.png) [one](../one.md)\n")
    anna.elsewhere("guide/deep/p.png", PICTURE)
    anna.elsewhere("guide/deep/raw.csv", b"1")
    anna.bring()

    names = ["guide/_index.md", "guide/deep/index.md", "guide/deep/p.png", "guide/deep/raw.csv", "guide/one.md"]
    assert names == list(anna.drafts())
    assert "guide" == front(anna, "guide/_index.md")["slug"]
    assert [] == anna.codes()


def test_slugs_are_made_unique(anna: Lone) -> None:
    """Same names in other folders, letter case and other ways of writing never share an address."""
    anna.piece("intro.md")
    for name in ("a/intro.md", "b/intro.md", "b/Überblick.md", "b/U\u0308berblick 2.md", "What_is it.md"):
        anna.elsewhere(name, f"# {name}\n")
    done = anna.bring()

    slugs = [str(front(anna, b.path.removeprefix("drafts/")).get("slug", "")) for b in done.brought]
    assert ["a-intro", "b-intro", "ueberblick", "ueberblick-2", "what-is-it"] == sorted(slugs)
    assert [] == anna.codes()


def test_names_that_are_one_on_some_disks_are_kept_apart(anna: Lone) -> None:
    """Two files that differ in letter case only do not end up as one."""
    anna.elsewhere("Note.md", "# One\n")
    anna.elsewhere("note.md", "# Two\n")
    anna.bring()

    assert ["Note.md", "note-2.md"] == list(anna.drafts())


@pytest.mark.parametrize(
    ("line", "kept", "now"),
    [
        ("audience: internal", "original_audience: internal", "audience: [colleagues]"),
        ("audience: [suppliers, both]", "original_audience: [suppliers, both]", "audience: [suppliers]"),
        ("channels: [mastodon, newsletter]  # old", "original_channels: [mastodon, newsletter]  # old", "channels: []"),
        ("slug: /Über/uns", "original_slug: /Über/uns", "slug: ueber-uns"),
        ('"id": 17', 'original_id: 17', "id: 01"),
        ("publishDate: someday", "original_publishDate: someday", ""),
        ("cover: {image: x.png}", "original_cover: {image: x.png}", ""),
        ("cover: x.png", "original_cover: x.png", ""),
        ("kind: blogpost", "original_kind: blogpost", ""),
        ("author: {name: Bo}", "original_author: {name: Bo}", "authors: [anna]"),
        ("authors: []", "original_authors: []", "authors: [anna]"),
        ("title: [a, b]", "original_title: [a, b]", "title: Heading"),
        ("posts: {x: hello}", "original_posts: {x: hello}", ""),
        ("canonical_url: /a", "original_canonical_url: /a", ""),
    ],
)  # fmt: skip
def test_a_key_that_clashes_is_put_aside_and_told(anna: Lone, line: str, kept: str, now: str) -> None:
    """Nothing is lost and nothing becomes wider: the key is kept under another name, on its line, and reported."""
    title = "" if line.startswith("title") else "title: T\n"
    anna.elsewhere("x.md", f"---\nfirst: 1\n{line}\n{title}last: 2\n---\n# Heading\n")
    done = anna.bring()

    text = anna.read("x.md")
    assert ["XP-IMPORT-KEY"] == [finding.code for finding in done.notes]
    assert f"first: 1\n{kept}\n" in text
    assert now in text
    assert text.splitlines()[done.notes[0].line - 1].startswith("original_")
    assert [] == [code for code in anna.codes() if code != "XP-PICTURE-NONE"]


def test_a_time_without_a_zone_is_read_in_the_workspaces(anna: Lone) -> None:
    """An embargo is kept, not dropped: the zone is added and the guess is told."""
    anna.elsewhere("x.md", "---\ntitle: T\npublishDate: 2027-01-01T09:00:00\n---\nText\n")
    done = anna.bring()

    assert "Europe/Berlin" == front(anna, "x.md")["timezone"]
    assert ["XP-IMPORT-NOTE"] == [finding.code for finding in done.notes]
    assert [] == anna.codes()


def test_an_audience_is_only_given_to_who_names_none(anna: Lone) -> None:
    """--audience never widens a text that names readers, not even readers that are unknown here."""
    anna.elsewhere("a.md", "# A\n")
    anna.elsewhere("b.md", "---\naudience: internal\n---\n# B\n")
    anna.elsewhere("c.md", "---\naudience: [suppliers]\n---\n# C\n")
    anna.bring(audience=("public",))

    assert [["public"], ["colleagues"], ["suppliers"]] == [front(anna, n)["audience"] for n in ("a.md", "b.md", "c.md")]


@pytest.mark.parametrize("wish", [{"audience": ("pubic",)}, {"author": "\x1b[2J"}])
def test_an_unknown_wish_is_refused(anna: Lone, wish: dict[str, str]) -> None:
    """A typing error in an option is told before anything is read."""
    anna.elsewhere("a.md", "# A\n")
    with pytest.raises(Failure) as failure:
        anna.bring(**wish)  # type: ignore[arg-type] # one of two options

    assert 2 == failure.value.exit_code


def test_a_path_that_is_not_there_is_a_usage_error(anna: Lone) -> None:
    """A misspelt PATH stops everything before anything is written."""
    anna.elsewhere("a.md", "# A\n")
    with pytest.raises(Failure, match="XP-IMPORT-NONE"):
        anna.bring(anna.away, anna.away / "b.md")

    assert not (anna.root / "drafts").exists()


def corpus() -> list[Path]:
    """The articles that every copy of the repository has, and all of them where they are at hand."""
    named = os.environ.get("EXPERTPOST_CORPUS")
    return [CORPUS, Path(named) if named else WHOLE_CORPUS]


@pytest.mark.parametrize("source", corpus(), ids=["few", "whole"])
def test_real_articles_are_adopted_whole(anna: Lone, source: Path) -> None:
    """Every real article becomes a valid piece with its body byte for byte and its own keys untouched."""
    if not source.is_dir():
        pytest.skip(f"no corpus at {source}; EXPERTPOST_CORPUS names one")
    originals = {path.relative_to(source).as_posix(): path.read_bytes() for path in source.rglob("*.md")}
    done = anna.bring(source)

    assert ((), ()) == (done.refused, done.notes)
    assert set(originals) == set(anna.drafts())
    for name, original in originals.items():
        lines = anna.read(name).split("\n")
        added = [line for line in lines[:8] if line.startswith(("id: ", "authors: ", "slug: "))]
        assert original.decode() == "\n".join(line for line in lines if line not in added)
    assert len(originals) == len({piece.front.slug for piece in find(anna.root).here.pieces()})
