"""How services count, held to their own published cases where there are any."""

import json
from pathlib import Path
from typing import Any

import pytest

from expertpost.render.counts import graphemes, mastodon, utf16, weighted
from expertpost.render.families.x_urls import x_urls

CASES = json.loads(
    (Path(__file__).parents[1] / "conformance" / "twitter-text" / "cases.json").read_text(encoding="utf-8")
)


def of(part: str) -> list[object]:
    """The cases of all groups of one part, each under its own name."""
    groups = CASES[part].items()
    return [pytest.param(case, id=f"{name}: {case['description']}") for name, cases in groups for case in cases]


@pytest.mark.parametrize("case", of("validate"))
def test_x_counts_as_twitter_text_does(case: dict[str, Any]) -> None:
    """Every published case of the weighted count gives the published length."""
    assert case["weightedLength"] == weighted(case["text"])


@pytest.mark.parametrize("case", of("extract"))
def test_addresses_are_those_of_twitter_text(case: dict[str, Any]) -> None:
    """Every published case of what is an address, and what is none."""
    assert case["urls"] == [case["text"][start:end] for start, end in x_urls(case["text"])]


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
