"""How services count; X’s own published cases are in tests/conformance."""

import pytest

from expertpost.render.counts import graphemes, mastodon, utf16, weighted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", 3),
        ("नमस्ते", 3),
        ("👩‍👩‍👧‍👦", 1),
        ("see https://example.com/a/very/long/path?that=would&count=more today", 33),
        ("see example.com", 15),
        ("hello @anna@social.example.org", 11),
        ("mail anna@example.org", 21),
    ],
)
def test_mastodon_counts_what_people_see(text: str, expected: int) -> None:
    """A character as seen counts one, an address with its scheme 23, a mention without its server."""
    assert expected == mastodon(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("abc", 3), ("👍🏽", 1), ("नमस्ते", 3), ("é", 1), ("🇩🇪🇫🇷", 2), ("a\r\nb", 3)]
)
def test_graphemes(text: str, expected: int) -> None:
    """A character as people see it counts one, however many code points it has."""
    assert expected == graphemes(text)


@pytest.mark.parametrize(("text", "expected"), [("abc", 3), ("ä", 1), ("👍", 2), ("👍🏽", 4)])
def test_utf16(text: str, expected: int) -> None:
    """Everything outside the basic plane counts two."""
    assert expected == utf16(text)


@pytest.mark.parametrize(
    "text", ["a." * 20_000, "http://a.com/" + "(" * 5_000, "http://a.com/" + "a," * 9_000 + "." * 9_000]
)
def test_a_hostile_text_is_counted(text: str) -> None:
    """No text makes the search for addresses run away; the test's own limit of time would tell."""
    assert weighted(text) > 0
