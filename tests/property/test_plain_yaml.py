"""Laws of the quick reader of front matter, against the real parser."""

from hypothesis import example, given
from hypothesis import strategies as st

from expertpost.store.frontmatter import BadFrontMatter
from expertpost.store.plain_yaml import read_plain
from expertpost.store.strict_yaml import parse_yaml

_SIGNS = st.sampled_from([*"abzAZ09 .,:;#-_/+@'\"[]{}&*!|>%`~?=()\t\\$<^éß中😀", "\u00a0", "\u2028", "\x85", "\ufeff"])
_WORDS = st.sampled_from(
    ["true", "null", "no", "~", "2024-07-29", "1e3", "010", "0x1f", "12:30:45", "1.5", "-", "<<", "..."]
)
_VALUES = st.lists(st.one_of(_SIGNS, _WORDS), max_size=12).map("".join)
_SHAPES = st.sampled_from(["{}", '"{}"', "'{}'", "[{}]", "[a, {}]", "[{}, {}]", '["{}", b]', " {}", "{} "])
_KEYS = st.sampled_from(["title", "ms.date", "id", "a-b", "_x", "no", "on", "A1"])
_LINES = st.builds(lambda key, shape, value: f"{key}: {shape.replace('{}', value)}", _KEYS, _SHAPES, _VALUES)
_OTHERS = st.one_of(_VALUES, st.builds("#{}".format, _VALUES), st.just(""), st.builds("{}:".format, _KEYS))
_SOURCES = st.lists(st.one_of(_LINES, _LINES, _OTHERS), max_size=6).map(lambda lines: "".join(f"{x}\n" for x in lines))


@given(_SOURCES)
@example("title: Rock 'n' roll\n")
@example("title: a\n  b\n")
@example("topics: [a, b]\ntopics: [c]\n")
@example("topics: [- a]\n")
@example("title: 'it''s'\n")
@example("key:\n- a\n")
@example("key:\nother: 1\n")
def test_the_quick_reader_never_disagrees(source: str) -> None:
    """Where the quick reader answers at all, it answers what the real parser answers."""
    plain = read_plain(source, 2)
    if plain is not None:
        try:
            parsed = parse_yaml(source, 2)
        except BadFrontMatter as wrong:
            raise AssertionError(f"accepted what is refused: {wrong}") from wrong

        assert parsed == plain


@given(st.text(max_size=60))
def test_any_text_is_judged_the_same(text: str) -> None:
    """The same for a value that is any text at all."""
    source = f"title: {text}\n"
    plain = read_plain(source)

    assert plain is None or plain == parse_yaml(source)


def test_usual_front_matter_is_read_quickly() -> None:
    """What the templates write needs no parser."""
    source = (
        "id: 01J9Z3N4K5M6P7Q8R9S0T1V2W3\ntitle: Ein Drehmoment für alle: so geht’s\n# a remark\nsummary: \"\"\n"
        'authors: [anna-berg, "B. Ü."]\ntopics: []\nthread: true\nweight: 3\npublish_at: 2026-12-01T09:00+01:00\n'
    )  # fmt: skip

    assert read_plain(source.replace("alle: so", "alle, so")) is not None
    assert read_plain(source) is None
