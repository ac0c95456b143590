"""Laws of front matter."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from expertpost.store.frontmatter import BadFrontMatter, Value, join, split

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\ufeff"), max_size=40)
KEYS = st.from_regex(r"[a-z_][a-z_0-9]{0,12}", fullmatch=True)
SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | WORDS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@given(st.dictionaries(KEYS, VALUES, max_size=5), WORDS)
def test_what_was_joined_is_split_again(values: dict[str, Value], body: str) -> None:
    """split(join(values, body)) gives both back, with the keys in their order."""
    parts = split(join(values, body))

    assert values == parts.values
    assert list(values) == list(parts.values)
    assert body == parts.body


@given(st.text(max_size=300))
def test_any_text_is_split_or_refused(text: str) -> None:
    """No text whatever makes the reader fail in another way than BadFrontMatter."""
    for whole in (text, f"---\n{text}\n---\n"):
        with suppress(BadFrontMatter):
            assert whole.endswith(split(whole).body)
