"""Adopting a text changes no byte of its body and loses no key, whatever is written there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpost.flows.foreign import CannotAdopt, Given, adopt
from expertpost.model.config import Config
from expertpost.store.frontmatter import split

CONFIG = Config(name="Acme", id="W")
ID = "01JD0000000000000000PCE001"
KEYS = [
    "title",
    "slug",
    "audience",
    "channels",
    "id",
    "date",
    "author",
    "authors",
    "tags",
    "draft",
    "cover",
    "x-y",
    "posts",
]
SCALARS = st.one_of(
    st.sampled_from(["true", "no", "2019-01-31", "17", '"a: b"', "'it''s'", "[a, b]", "{a: 1}", "", "public", "~"]),
    st.from_regex(r"[A-Za-zäß][A-Za-z0-9äß ]{0,20}", fullmatch=True),
)
FRONTS = st.dictionaries(st.sampled_from(KEYS), SCALARS, max_size=6)
BODIES = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=200)


def to_text(front: dict[str, str], body: str, newline: str, *, comment: bool) -> str:
    """A file with this front matter, its line ends all alike."""
    lines = [f"{key}: {value}" for key, value in front.items()]
    head = "\n".join(["---", *(["# by hand"] if comment else []), *lines, "---", ""])
    return (head + body).replace("\n", newline)


def adopted(text: str, path: str = "drafts/x.md") -> str:
    """The text as a piece."""
    wanted = Given(
        id=ID, name="x", authors=lambda: ("anna",), audience=(), zone="Europe/Berlin", free=lambda _word: True
    )
    return adopt(text, path, CONFIG, wanted).text


@given(front=FRONTS, body=BODIES, newline=st.sampled_from(["\n", "\r\n"]), comment=st.booleans())
def test_no_byte_of_the_body_changes_and_no_key_is_lost(
    front: dict[str, str], body: str, newline: str, comment: bool
) -> None:
    """Every old value is there under its own or its put-aside name, in the old order, with its line untouched."""
    text = to_text(front, body, newline, comment=comment)
    before, after = split(text), split(adopted(text))

    own = {key.removeprefix("original_"): value for key, value in after.values.items() if key.startswith("original_")}
    kept = {key: own.get(key, after.values.get(key)) for key in before.values}
    assert before.body == after.body
    assert dict(before.values) == kept
    assert [line for line in before.source.splitlines() if not line.startswith(tuple(own))] == [
        line for line in after.source.splitlines() if line in before.source.splitlines()
    ]
    assert ("# by hand" in after.source) is comment


@given(front=FRONTS, body=BODIES, newline=st.sampled_from(["\n", "\r\n"]))
def test_adopting_twice_changes_nothing_more(front: dict[str, str], body: str, newline: str) -> None:
    """What was adopted is a piece: adopting it again gives the same text."""
    once = adopted(to_text(front, body, newline, comment=False))

    assert once == adopted(once)


@given(body=BODIES.filter(lambda text: text.strip()))
def test_a_text_without_front_matter_stays_whole(body: str) -> None:
    """What had no front matter stands below the new one, byte for byte."""
    try:
        made = adopted(body)
    except CannotAdopt:
        assert body.startswith(("---", "\ufeff")) or body.lstrip()[:1] in "+{"
        return

    assert made.endswith(f"---\n{body}") or split(body).has_front


@pytest.mark.parametrize("close", ["---", "...", "---  "])
def test_the_lines_around_the_front_matter_stay(close: str) -> None:
    """The opening and closing lines are kept as they are written."""
    assert adopted(f"--- \ntitle: T\n{close}\nBody").endswith(f"title: T\n{close}\nBody")
