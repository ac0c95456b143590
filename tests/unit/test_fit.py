"""The rules of making words fit."""

import pytest

from expertpost.render.fit import shorten, split

TEXT = "One sentence here. A second one, with more words; and https://example.com/a/long/link in it.\n\nNew paragraph."


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (200, TEXT),
        (30, "One sentence here."),
        (80, "One sentence here. A second one, with more words; and…"),
        (10, "One…"),
        (2, "O…"),
        (0, ""),
    ],
)
def test_shorten(limit: int, expected: str) -> None:
    """A text is cut after a sentence if that fills enough, else after a word; a link stays whole or goes."""
    assert expected == shorten(TEXT, limit, len)


def test_shorten_never_cuts_a_link_or_a_character() -> None:
    """A link that does not fit is left out; a flag or family of several code points stays whole."""
    assert "" == shorten("https://example.com/too/long", 10, len)
    assert "👨‍👩‍👧…" == shorten("👨‍👩‍👧👨‍👩‍👧", 7, len)


def test_shorten_keeps_placeholders_whole() -> None:
    """A placeholder is never cut in two."""
    assert "see…" == shorten("see \ue000unsubscribe\ue001", 10, len)


def test_split_prefers_paragraphs() -> None:
    """Parts end with a paragraph where that fills them enough, and carry their numbers."""
    assert ("aaaa bbbb 1/2", "cccc dddd 2/2") == split("aaaa bbbb\n\ncccc dddd", 15, len)


def test_split_prefers_sentences_to_words() -> None:
    """Without a paragraph end, parts end with a sentence; without one, with a word."""
    assert ("One two. 1/3", "Three four 1/3"[:10] + " 2/3", "five. 3/3") == split("One two. Three four five.", 15, len)


def test_split_of_what_fits() -> None:
    """A text that fits is one part without a number."""
    assert ("short",) == split("  short\n", 10, len)


def test_split_without_numbers() -> None:
    """Numbers can be left out."""
    assert ("aaa", "bbb") == split("aaa bbb", 5, len, numbered=False)


def test_split_counts_as_the_service_does() -> None:
    """The limit is in the service's own units: here a link counts two."""

    def count(text: str) -> int:
        return sum(2 if word.startswith("http") else len(word) for word in text.split(" ")) + text.count(" ")

    assert ("https://example.com/long", "abc") == split("https://example.com/long abc", 3, count, numbered=False)


def test_split_finds_room_for_many_numbers() -> None:
    """With ten parts and more the numbers take more room, and every part still fits."""
    parts = split("word " * 100, 20, len)

    assert 100 == sum(part.count("word") for part in parts)
    assert 20 >= max(map(len, parts))


def test_split_refuses_an_impossible_limit() -> None:
    """Where not even one character fits beside its number, it says so."""
    with pytest.raises(ValueError, match="too small"):
        split("some words", 3, len)
