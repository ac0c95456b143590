"""new: a draft in a file of its own."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.organisation import Colleague, entry, organisation, piece

from expertpost.errors import Exit, Failure
from expertpost.flows.new import Begun, Wish, judged, new, open_shelf
from expertpost.model.identity import ID, SLUG
from expertpost.store.workspace import find


@pytest.fixture
def anna(tmp_path: Path) -> Colleague:
    """Anna in a workspace that she shares with Bob."""
    return organisation(tmp_path).people["anna"]


def begin(person: Colleague, title: str, **more: object) -> Begun:
    """What ``new`` does with a title and a wish."""
    shelf = open_shelf(person.world)
    return new(person.world, shelf, judged(shelf, replace(Wish(title=title), **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["article", "note", "answer", "case", "announcement"])
def test_every_kind_has_a_template(anna: Colleague, kind: str) -> None:
    """A new piece of each kind is valid as it comes, and everything asked for is in it."""
    begun = begin(anna, "Torque without tears", kind=kind, audience=("suppliers", "public"), topics=("bolts & nuts",))
    loaded = next(each for each in find(anna.clone, anna.env).here.loaded() if each.path == begun.path)
    assert loaded.piece is not None
    front = loaded.piece.front

    assert () == loaded.findings
    assert ID.fullmatch(begun.id)
    assert ("Torque without tears", "torque-without-tears") == (front.title, front.slug)
    assert (kind, ("suppliers", "public"), ("bolts & nuts",)) == (front.kind.value, front.audience, front.topics)
    assert ("anna",) == front.authors


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Über Öl: 5 Fragen", "ueber-oel-5-fragen"),
        ("Ça va?", "ca-va"),
        ("Про насосы", "pro-nasosy"),
        ("泵的维护", "beng-de-wei-hu"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\CON", "c-con"),
        ("-x --help", "x-help"),
    ],
)
def test_slugs_from_any_language(anna: Colleague, title: str, slug: str) -> None:
    """Whatever a title is written in, its address has small letters, digits and hyphens only."""
    assert f"drafts/{slug}.md" == begin(anna, title).path


def test_a_title_without_letters(anna: Colleague) -> None:
    """A title of signs alone gets an address from its kind and id."""
    begun = begin(anna, "🎉 !!!", kind="note")

    assert begun.slug.startswith("note-")
    assert SLUG.fullmatch(begun.slug)


def test_a_long_title_keeps_whole_words(anna: Colleague) -> None:
    """An address ends with a whole word."""
    slug = begin(anna, "word " * 59).slug

    assert 50 < len(slug) <= 60
    assert {"word"} == set(slug.split("-"))


@pytest.mark.parametrize("title", ["", "  ", "x" * 301, "x" * 5000, "a\x1b]52;c;AA\x07", "two\nlines", "a\u202eb"])
def test_impossible_titles(anna: Colleague, title: str) -> None:
    """A title that is empty, endless or holds terminal escapes is a usage error; nothing is written."""
    with pytest.raises(Failure) as refused:
        begin(anna, title)

    assert ("XP-TITLE", Exit.USAGE) == (refused.value.code, refused.value.exit_code)
    assert "?? " not in anna.run("status", "--porcelain")


@pytest.mark.parametrize(
    "title", ['"quoted"', "it's: a # test", "- item", "{{ 7 * 7 }}", "{% include 'x' %}", "null", "2024", "a\u2028b"]
)
def test_titles_come_back_as_they_were(anna: Colleague, title: str) -> None:
    """No title is read as YAML, or as a template."""
    begun = begin(anna, title)
    found = {each.path: each.piece for each in find(anna.clone, anna.env).here.loaded()}[begun.path]
    assert found is not None

    assert title == found.front.title


def test_a_taken_slug_gets_an_offer(anna: Colleague) -> None:
    """A slug that a piece on the disk has is refused with one that is free."""
    begin(anna, "Torque")
    with pytest.raises(Failure, match="--slug torque-2") as refused:
        begin(anna, "Torque!")

    assert ("XP-SLUG-TAKEN", Exit.USAGE) == (refused.value.code, refused.value.exit_code)
    assert "drafts/torque-2.md" == begin(anna, "Torque", slug="torque-2").path


def test_a_slug_taken_on_the_shared_main(anna: Colleague) -> None:
    """A slug is taken, too, where only the shared main has it, in the front matter of a file called otherwise."""
    anna.write("drafts/other.md", piece(slug="torque"))
    anna.push()
    (anna.clone / "drafts/other.md").unlink()

    with pytest.raises(Failure, match="XP-SLUG-TAKEN"):
        begin(anna, "Torque")


def test_no_file_is_ever_overwritten(anna: Colleague) -> None:
    """A file that appeared a moment ago is as safe as one that was always there."""
    shelf = open_shelf(anna.world)
    wish = judged(shelf, Wish(title="Torque"))
    file = anna.write("drafts/torque.md", "somebody's words\n")
    with pytest.raises(Failure, match="XP-SLUG-TAKEN"):
        new(anna.world, shelf, wish)

    assert "somebody's words\n" == file.read_text()
    assert [".keep", "torque.md"] == sorted(each.name for each in file.parent.iterdir())


def test_a_dry_run_writes_nothing(anna: Colleague) -> None:
    """It gives the text that would be written."""
    shelf = open_shelf(anna.world)
    begun = new(anna.world, shelf, judged(shelf, Wish(title="Torque")), dry_run=True)

    assert "title: Torque" in begun.text
    assert not (anna.clone / begun.path).exists()


def test_a_local_time_gets_the_workspace_zone(anna: Colleague) -> None:
    """A time without an offset is one of the workspace's own zone, and says so in the piece."""
    config = anna.clone / "expertpost.toml"
    config.write_text(config.read_text().replace("[sites", 'timezone = "Europe/Berlin"\n[sites', 1))
    begun = begin(anna, "Torque", publish_at="2030-06-01T09:00")

    assert "timezone: Europe/Berlin" in begun.text
    assert "timezone" not in begin(anna, "Torque two", publish_at="2030-06-01T09:00+02:00").text
    with pytest.raises(Failure, match="the clocks skip it"):
        begin(anna, "Torque three", publish_at="2030-03-31T02:30")


def test_authors(anna: Colleague) -> None:
    """Whoever is listed goes by their handle, whoever is not by their name; an unknown author is a slip."""
    assert "authors: [bob]" in begin(anna, "One", author="bob@acme.example").text
    with pytest.raises(Failure, match="did you mean bob"):
        begin(anna, "Two", author="bo")
    (anna.home / ".gitconfig").write_text('[user]\n\tname = "Zoë New"\n\temail = zoe@acme.example\n')

    assert 'authors: ["Zoë New"]' in begin(anna, "Three").text


@pytest.mark.parametrize(
    ("more", "meant"), [({"kind": "artcle"}, "article"), ({"audience": ("supliers",)}, "suppliers")]
)
def test_unknown_words(anna: Colleague, more: dict[str, object], meant: str) -> None:
    """A misspelt kind or audience is answered with the one that was meant."""
    with pytest.raises(Failure, match=f"did you mean {meant}"):
        begin(anna, "Torque", **more)


def test_the_workspace_may_have_its_own_templates(anna: Colleague) -> None:
    """A template counts once it is on the shared main; what somebody is still working on does not."""
    own = "---\nid: {{ id }}\ntitle: {{ title | yaml }}\nauthors: [{{ authors | yaml }}]\n---\nOur own way.\n"
    anna.write("templates/note.md.j2", own)

    assert "Our own way" not in begin(anna, "One", kind="note").text
    anna.push()
    assert "Our own way" in begin(anna, "Two", kind="note").text


def test_a_template_that_makes_no_piece(anna: Colleague) -> None:
    """A template that loses the id or changes the title is told as such, with where it lies."""
    anna.write("templates/note.md.j2", "---\ntitle: always the same\n---\n")
    anna.push()
    with pytest.raises(Failure) as refused:
        begin(anna, "Torque", kind="note")

    assert ("XP-TEMPLATE", "templates/note.md.j2") == (refused.value.code, refused.value.where)


def test_who_just_joined_writes_under_their_handle(tmp_path: Path) -> None:
    """An entry that main has and the disk has not yet, because nobody pulled, gives the handle all the same."""
    org = organisation(tmp_path)
    cem = org.clone(org.colleague("cem"))
    org.people["anna"].write("people/cem.md", entry(cem))
    org.people["anna"].push("Cem joins")
    cem.run("fetch", "--quiet", "origin")

    assert "authors: [cem]" in begin(cem, "Torque without tears").text
