"""Pieces are found by what they say, in any script; the index may be deleted any time."""

from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.finder.asked import terms_of
from expertpost.finder.search import SearchIndex
from expertpost.finder.spelling import slips
from expertpost.finder.texts import Text
from expertpost.render.words import visible_words


def text(slug: str, title: str, body: str = "", *topics: str, author: str = "ana") -> Text:
    """A piece that colleagues may read."""
    names = tuple(topic.lower() for topic in topics)
    path, audience = f"drafts/{slug}.md", ("colleagues",)
    return Text(path, slug.upper(), slug, title, f"About {slug}.", body, (author,), topics, names, "article", audience)


TEXTS = (
    text("steam", "Choosing a seal", "Rubber that survives steam sterilisation at 134 °C.", "Seals"),
    text("pumps", "Pump curves", "Never against a closed valve. Sealing is another matter.", "pumps", author="ben"),
    text("gas", "Ethylene oxide", "Ethylene oxide swells a rubber seal; oxide of ethylene does not exist.", "Seals"),
    text("umlaut", "Straße und Dichtung", "Die Dichtungen müssen größer sein. Ångström, café, Ελλάς, жидкой жидкость."),
    text("cjk", "密封圈的选择", "乙烯氧化物会使橡胶膨胀。シールの選び方。ปะเก็นยาง"),
)


@pytest.fixture
def index() -> SearchIndex:
    """Five pieces, in memory."""
    found = SearchIndex()
    found.follow(None, TEXTS, {"commit": "one"})
    return found


def slugs(index: SearchIndex, query: str, *topics: str, author: str = "") -> list[str]:
    """What is found, the best first."""
    return [hit.slug for hit in index.find(query, topics, author).hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("valve", ["pumps"]),
        ("SEALS", ["steam", "gas", "pumps"]),
        ('"ethylene oxide"', ["gas"]),
        ('"oxide ethylene"', []),
        ("steril*", ["steam"]),
        ("strasse", ["umlaut"]),
        ("STRASSE", ["umlaut"]),
        ("mussen angstrom cafe", ["umlaut"]),
        ("ΕΛΛΆΣ Жидкость", ["umlaut"]),
        ("密封", ["cjk"]),
        ("圈", ["cjk"]),
        ("橡胶膨胀", ["cjk"]),
        ("胶橡", []),
        ("シール", ["cjk"]),
        ("ปะเก็น", ["cjk"]),
        ("ＶＡＬＶＥ", ["pumps"]),
    ],
)
def test_words_are_found_in_any_script(index: SearchIndex, query: str, expected: list[str]) -> None:
    """Letter case, accents, word endings and full-width letters do not matter; phrases keep their order."""
    found = index.find(query)

    assert (expected, {}) == ([hit.slug for hit in found.hits if not found.partly], found.instead)


def test_a_title_counts_more_than_a_body() -> None:
    """The piece that is about it comes before the one that mentions it."""
    index = SearchIndex()
    index.follow(None, [text("far", "Other things", "A gasket, a gasket."), text("near", "The gasket")], {})

    assert ["near", "far"] == slugs(index, "gasket")


@pytest.mark.parametrize(
    ("query", "word", "instead"),
    [
        ("sterilsation", "sterilsation", "sterilisation"),
        ("etyhlene", "etyhlene", "ethylene"),
        ("rubbr", "rubbr", "rubber"),
        ("vvalve", "vvalve", "valve"),
        ("Dichtugen", "dichtugen", "dichtungen"),
        ("жыдкость", "жыдкость", "жидкость"),
        ("жидкои", "жидкои", "жидкой"),
        ("ελλας", "ελλας", "ελλάς"),
        ("angstrm", "angstrm", "ångström"),
        ("surviv", "surviv", None),
        ("sterilis", "sterilis", "sterilisation"),
    ],
)
def test_slips_of_the_fingers_are_forgiven(index: SearchIndex, query: str, word: str, instead: str | None) -> None:
    """A word that no piece has stands for those that begin so or are spelt nearly so, and that is told."""
    found = index.find(query)

    assert found.hits
    assert instead in (found.instead.get(word) or (None,))


def test_far_words_are_not_taken_for_each_other(index: SearchIndex) -> None:
    """What is not nearly a known word is found nowhere."""
    assert ((), {}) == index.find("xylophone")[::2]


def test_some_of_the_words_are_better_than_nothing(index: SearchIndex) -> None:
    """Where no piece has all words, those with some are found, words that only ask aside, and it is told."""
    found = index.find("what is the best valve for porcelain?")

    assert ["pumps"] == [hit.slug for hit in found.hits]
    assert found.partly


def test_topics_and_authors_narrow(index: SearchIndex) -> None:
    """Only pieces of all topics named, and by the person named in any way."""
    index.call([("ben", "benedict", "Ben B."), ("ben@acme.example", "benedict", "Ben B.")], {})

    assert ["gas"] == slugs(index, "rubber swells", "seals")
    assert [] == slugs(index, "rubber", "seals", "pumps")
    assert ["pumps"] == slugs(index, "seal", author="Ben@acme.example")
    assert {"ben": "Ben B.", "ana": "ana"} == index.called(["ben", "ana"])


def test_a_snippet_shows_the_words_where_they_stand(index: SearchIndex) -> None:
    """As the author wrote them, without what the index put between."""
    assert "乙烯氧化物会使橡胶膨胀" in index.find("橡胶").hits[0].snippet
    assert "closed valve" in index.find("valve").hits[0].snippet


def test_what_goes_leaves_nothing_behind(index: SearchIndex) -> None:
    """A forgotten piece is not found, and none of its words corrects anybody's spelling."""
    index.follow(["drafts/pumps.md"], [TEXTS[0]._replace(body="Porcelain.")], {"commit": "two"})

    assert [] == slugs(index, "valve") + slugs(index, "sterilisation")
    assert {} == index.find("vvalve").instead
    assert (["steam"], "two") == (slugs(index, "porcelain"), index.note("commit"))


def test_following_step_by_step_is_building_anew(index: SearchIndex) -> None:
    """However the texts came in, the index answers the same."""
    index.follow(["drafts/cjk.md"], [TEXTS[1]._replace(body="Nothing.")], {})
    index.follow([], [TEXTS[4], TEXTS[1]], {})

    for query in ("seal", "密封", "valev", "the rubber valve"):
        assert sorted(slugs(index, query)) == sorted(slugs(fresh(), query))


def fresh() -> SearchIndex:
    """An index of the five pieces, built at once."""
    made = SearchIndex()
    made.follow(None, TEXTS, {})
    return made


@pytest.mark.parametrize(
    "query",
    ['"', "a OR b", "NEAR(seal steam)", "title:seal", "^seal", "--", "';DROP", "\0", "\ud800", "*", '""*', "{x}"],
)
def test_query_syntax_means_nothing(index: SearchIndex, query: str) -> None:
    """Whatever FTS5 or SQL would read into a query is not obeyed and breaks nothing."""
    index.find(query, [query], query)

    assert ["pumps"] == slugs(index, "valve")


def test_hostile_text_is_only_text(index: SearchIndex) -> None:
    """Halves of characters and nothing but marks are kept as text."""
    index.follow([], [text("evil\ud800", "\u200b\u0301\ud800", "zebra\u0000stripes", "\udfff", author="\ud8ff")], {})

    assert 1 == index.find("zebra").total


def test_an_index_of_another_format_is_built_anew(tmp_path: Path) -> None:
    """What an older version left, and what a crash destroyed, costs time only."""
    file = tmp_path / "search.sqlite"
    file.write_bytes(b"this is no database, though it is long enough to look at" * 20)
    with pytest.raises(Failure) as refused:
        SearchIndex(file)

    assert "XP-SEARCH-INDEX" == refused.value.code
    assert "" == SearchIndex(file).note("commit")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("seal", "seal", 0), ("seal", "seel", 1), ("seal", "sael", 1), ("seal", "steal", 1), ("", "ab", 2), ("ab", "", 2)],
)
def test_slips_are_counted(one: str, other: str, expected: int) -> None:
    """Letters put in, left out, changed, or swapped with the next."""
    assert expected == slips(one, other, 2)


def test_parts_of_a_query() -> None:
    """Phrases, compounds and beginnings; nothing twice, nothing empty."""
    assert [("ethylene oxide", False), ("foo bar", False), ("ste", True)] == [
        (" ".join(term.words), term.begins) for term in terms_of('"Ethylene  oxide" foo_bar ste* foo_bar "" - *')
    ]


def test_only_what_a_page_shows_is_looked_up() -> None:
    """No comment, no address, no markup; words stay whole and apart."""
    body = "A *half*time<!-- hidden -->\n\n- one\n- two [link](https://secret.example) ![alt](x.png)\n\n`a<b>`"

    assert "A halftime one two link a<b>" == visible_words(body)
