"""What is looked up is what main holds, for those who may read it, and nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.flows.knowing import copied, pulled
from tests.flows.organisation import SEALS, TORQUE, Colleague, Organisation, organisation, piece
from tests.flows.reviewing import refused

from expertpost.flows.context import World
from expertpost.flows.hold import hold, release
from expertpost.flows.retract import retract
from expertpost.flows.search import search

BOARD = "01JD0000000000000000BRD003"
FOLDER = "01JD0000000000000000FXD004"

CUT = """\
Everybody may know that seals swell.

::: colleagues
Our supplier canaryblock is late. ![canaryalt](gap.png)
:::

<!-- canarycomment -->
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """Pieces for the public, for colleagues and for nobody here, on main."""
    made = organisation(tmp_path_factory.mktemp("acme"), "anna", "bob")
    anna = made.people["anna"]
    anna.write("drafts/seals.md", piece(SEALS, "Seals that swell", CUT, audience="[public]", topics="[seals]"))
    anna.write(
        "drafts/torque.md", piece(TORQUE, "canarytitle", "Bolts.", summary="canarysummary", topics="[canarytopic]")
    )
    anna.write("drafts/board.md", piece(BOARD, "Figures", "canaryboard", audience="[board]"))
    settings = anna.clone / "expertpost.toml"
    settings.write_text(f'{settings.read_text()}\n[audiences]\nboard = {{ says = "b", includes_colleagues = false }}\n')
    anna.push()
    return made


@pytest.fixture
def anna(original: Organisation, tmp_path: Path) -> Colleague:
    """Anna of a copy, for one test."""
    return pulled(copied(original, tmp_path).people["anna"])


def slugs(person: Colleague, words: str, *audience: str, author: str = "") -> list[str]:
    """The slugs of what a person finds."""
    return [hit.slug for hit in search(person.world, words, audience, author=author).answer.hits]


def indexes(person: Colleague) -> list[Path]:
    """The files that searching has left."""
    return sorted((person.clone / ".git" / "expertpost").glob("search-*"))


def test_colleagues_find_what_is_theirs(anna: Colleague) -> None:
    """Also the blocks for them; neither comments nor what is for others."""
    assert ["seals"] == slugs(anna, "canaryblock")
    assert ["torque"] == slugs(anna, "canarytitle canarysummary canarytopic")
    assert [] == slugs(anna, "canarycomment") + slugs(anna, "canaryboard")
    assert ["board"] == slugs(anna, "canaryboard", "board")


@pytest.mark.parametrize(
    "canary",
    ["canaryblock", "canaryalt", "canarytitle", "canarysummary", "canarytopic", "canaryboard", "canarycomment"],
)
def test_nothing_narrower_is_found_or_kept_for_wider_readers(anna: Colleague, canary: str) -> None:
    """A secret word in a cut block, an alternative text, a title, a topic: not found, not in the file, no spelling."""
    found = search(anna.world, f"{canary[:-1]}x", ["public"])

    assert ((), {}) == (found.answer.hits, found.answer.instead)
    assert ["seals"] == slugs(anna, "seals", "public")
    assert 1 == len(indexes(anna))
    assert canary[:6].encode() not in indexes(anna)[0].read_bytes().lower()


def test_what_is_merged_is_found_at_once_and_what_goes_is_not(anna: Colleague) -> None:
    """The index follows main: a text changed, one gone, one moved, and the piece beside a new index.md."""
    assert ["torque"] == slugs(anna, "bolts")
    anna.write("drafts/torque.md", piece(TORQUE, "Torque", "Nuts."))
    anna.write("drafts/folder/beside.md", piece(FOLDER, "Beside", "Washers."))
    anna.push()
    assert ([], ["torque"], ["beside"]) == (slugs(anna, "bolts"), slugs(anna, "nuts"), slugs(anna, "washers"))

    anna.write("drafts/folder/index.md", piece(BOARD.replace("BRD", "NDX"), "Folder", "Rivets."))
    anna.run("mv", "drafts/torque.md", "drafts/turning.md")
    anna.push()
    assert (["turning"], [], ["folder"]) == (slugs(anna, "nuts"), slugs(anna, "washers"), slugs(anna, "rivets"))

    (anna.clone / "drafts" / "folder" / "index.md").unlink()
    (anna.clone / "drafts" / "turning.md").unlink()
    anna.push()
    assert ([], ["beside"], []) == (slugs(anna, "nuts"), slugs(anna, "washers"), slugs(anna, "rivets"))


def test_what_is_not_merged_is_not_found(anna: Colleague) -> None:
    """The person's own files and branches are not what others may read."""
    anna.write("drafts/new.md", piece(FOLDER, "New", "Grommets."))

    assert [] == slugs(anna, "grommets")


def test_an_audience_that_changes_changes_everything(anna: Colleague) -> None:
    """When colleagues come to belong to the board's readers, its pieces are found."""
    assert [] == slugs(anna, "canaryboard")
    settings = anna.clone / "expertpost.toml"
    settings.write_text(settings.read_text().replace("includes_colleagues = false", "includes_colleagues = true"))
    anna.push()

    assert ["board"] == slugs(anna, "canaryboard")


def test_an_author_is_found_by_any_name(anna: Colleague) -> None:
    """By handle, full name and mail address, as people/ has them now."""
    assert ["seals"] == slugs(anna, "swell", author="Anna") == slugs(anna, "swell", author="ANNA@acme.example")
    assert [] == slugs(anna, "swell", author="bob")
    assert {"anna": "Anna"} == search(anna.world, "swell").names


def test_the_index_may_be_deleted(anna: Colleague) -> None:
    """It only saves time."""
    before = slugs(anna, "seals swell")
    shutil.rmtree(anna.clone / ".git" / "expertpost")

    assert ["seals"] == before == slugs(anna, "seals swell")


def test_unknown_readers_and_no_words_are_refused(anna: Colleague) -> None:
    """With what was probably meant."""
    assert "public" in refused("XP-SEARCH-AUDIENCE", search, anna.world, "seals", ["pubic"]).cure
    assert "seals" in refused("XP-SEARCH-WORDS", search, anna.world, " * ").cure


def test_an_author_whom_nobody_knows_is_told(anna: Colleague) -> None:
    """A misspelt name finds nothing, and says which one was meant; who wrote nothing is known all the same."""
    found = {name: search(anna.world, "seals", author=name).findings for name in ("ana", "Anna", "bob")}

    (told,) = found.pop("ana")
    assert ("XP-SEARCH-AUTHOR", "did you mean anna?") == (told.code, told.cure)
    assert {"Anna": (), "bob": ()} == found


def test_a_topic_that_no_piece_has_is_told(anna: Colleague) -> None:
    """With the nearest one that these readers may know; a topic that is there and does not fit is no slip."""
    told = {
        (topic, who): [one.cure for one in search(anna.world, "swell", [who], [topic]).findings]
        for topic in ("sealz", "seals", "canarytopics")
        for who in ("colleagues", "public")
    }

    assert {
        ("sealz", "colleagues"): ["did you mean seals?"],
        ("sealz", "public"): ["did you mean seals?"],
        ("seals", "colleagues"): [],
        ("seals", "public"): [],
        ("canarytopics", "colleagues"): ["did you mean canarytopic?"],
        ("canarytopics", "public"): ["one of: seals"],
    } == told
    assert () == search(anna.world, "bolts", topics=["seals"]).findings


def shown(person: Colleague, *audience: str) -> dict[str, str]:
    """Slug → how it is stopped, of what a person finds after a look at what is shared."""
    person.hub.fetch()
    return {hit.slug: hit.stopped for hit in search(person.world, "seals swell", audience).answer.hits}


@pytest.mark.parametrize(("stop", "says"), [(hold, "held"), (retract, "taken back")])
def test_what_somebody_stopped_is_marked_or_left_out(
    anna: Colleague, stop: Callable[[World, str, tuple[str, ...], str], object], says: str
) -> None:
    """Colleagues see that it is stopped, everybody else does not find it, until somebody lets it go."""
    assert ({"seals": ""}, {"seals": ""}) == (shown(anna), shown(anna, "public"))
    stop(anna.world, "seals", (), "Wrong.")
    assert ({"seals": says}, {}) == (shown(anna), shown(anna, "public"))

    release(anna.world, "seals", (), "Right.")
    assert ({"seals": ""}, {"seals": ""}) == (shown(anna), shown(anna, "public"))


def test_what_is_held_where_these_readers_look_is_stopped_for_them(anna: Colleague) -> None:
    """A hold on the one site for colleagues marks it for them; for the public, who have another, it stands."""
    hold(anna.world, "seals", ("inside",), "Wrong.")

    assert ({"seals": "held"}, {"seals": ""}) == (shown(anna), shown(anna, "public"))
