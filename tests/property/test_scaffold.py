"""Laws of filling in templates."""

from hypothesis import example, given
from hypothesis import strategies as st

from expertpost.flows.scaffold import quoted
from expertpost.store.frontmatter import split

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(_TEXTS)
@example("null")
@example("yes")
@example("1e3")
@example("a: b # c")
@example("a\u0085b\u2028c\ufeff")
@example('"\\')
@example("- x")
@example("...")
def test_any_text_comes_back_from_yaml(text: str) -> None:
    """Whatever a text holds, it is read back from front matter as it was; as a value, and in a list."""
    front = split(f"---\ntitle: {quoted(text)}\ntopics: [{quoted((text, text))}]\n---\n").values

    assert {"title": text, "topics": [text, text]} == front
