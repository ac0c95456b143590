"""Laws of searching: whatever a text says finds it, and an index that followed is one that was built anew."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from expertpost.finder.asked import plain_word, prepared, words_in
from expertpost.finder.search import SearchIndex
from expertpost.finder.spelling import kept_ends, slips
from expertpost.finder.texts import Text

ONE_WAY = "ßıΰ"
"""Letters whose capitals are those of another: tests/unit/test_search.py has what we do about ß."""
# Latin with its accents, Greek, Cyrillic, Thai, kana and Han: what both SQLite and Python call letters.
LETTERS = st.one_of(
    *(
        st.characters(min_codepoint=first, max_codepoint=last, categories=("L", "Nd"), exclude_characters=ONE_WAY)
        for first, last in (
            (0x30, 0x24F),
            (0x391, 0x3C9),
            (0x410, 0x44F),
            (0xE01, 0xE2E),
            (0x3041, 0x3096),
            (0x4E00, 0x9F00),
        )
    )
)
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=6)


def text(number: int, words: Sequence[str]) -> Text:
    """A piece that says these words."""
    path = f"drafts/{number}.md"
    return Text(path, str(number), str(number), "", "", " ".join(words), (), (), (), "article", ("colleagues",))


def found(index: SearchIndex, query: str) -> set[str]:
    """The slugs of what is found, where nothing had to be guessed."""
    answer = index.find(query)
    return set() if answer.instead or answer.partly else {hit.slug for hit in answer.hits}


@given(WORDS)
def test_every_word_finds_its_text(words: list[str]) -> None:
    """As it is written, in capitals, and in small letters."""
    index = SearchIndex()
    index.follow(None, [text(1, words)], {})

    for word in words:
        for way in (word, word.upper(), word.lower()):
            assert {"1"} == found(index, way)


@given(WORDS)
def test_a_text_finds_itself_as_a_phrase(words: list[str]) -> None:
    """All its words in their order are in it."""
    index = SearchIndex()
    index.follow(None, [text(1, words)], {})

    assert {"1"} == found(index, f'"{" ".join(words)}"')


@settings(max_examples=30)
@given(st.lists(WORDS, min_size=1, max_size=4), st.data())
def test_following_is_building_anew(texts: list[list[str]], data: st.DataObject) -> None:
    """Whatever came, went and changed on the way, the answers and the known words are the same."""
    index = SearchIndex()
    index.follow(None, [text(number, words) for number, words in enumerate(texts)], {})
    last = {number: data.draw(st.one_of(st.none(), WORDS)) for number in range(len(texts))}
    now = [text(number, words) for number, words in last.items() if words]
    index.follow([text(number, ()).path for number, words in last.items() if not words], now, {})
    anew = SearchIndex()
    anew.follow(None, now, {})

    for query in {word for words in (*texts, *last.values()) if words for word in words}:
        one, other = index.find(query), anew.find(query)
        assert ({hit.slug for hit in one.hits}, one.partly) == ({hit.slug for hit in other.hits}, other.partly)


@given(st.text(LETTERS, min_size=3, max_size=12), st.data())
def test_one_slip_leaves_an_end_whole(word: str, data: st.DataObject) -> None:
    """The candidates for a spelling are looked for by its two ends: one of them always leads to the word."""
    known = plain_word(word)
    at = data.draw(st.integers(0, len(known) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    ways = (
        known[:at] + known[at + 1 :],
        known[:at] + letter + known[at:],
        known[:at] + letter + known[at + 1 :],
        known[:at] + known[at : at + 2][::-1] + known[at + 2 :],
    )
    for way in (each for each in ways if len(each) > 2 and slips(each, known, 1) == 1):
        begin, end = kept_ends(way)
        assert known.startswith(begin) or known.endswith(end)


@given(st.text())
def test_preparing_twice_is_preparing_once(raw: str) -> None:
    """Nothing is taken apart twice, and the words are the same."""
    assert words_in(prepared(raw)) == words_in(prepared(prepared(raw)))
