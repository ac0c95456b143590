"""Front matter is read strictly: what others take silently is refused with its line."""

import pytest

from expertpost.store.frontmatter import BadFrontMatter, split


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("a: &x 1\nb: *x", 2, "aliases"),
        ("a: &x {self: *x}", 2, "aliases"),
        ("a: 1\nb: 2\na: 3", 4, "twice"),
        ("[1, 2]", 2, "not a list"),
        ("a: !!python/object:os.system x", 2, "tag"),
        ("a: b: c", 2, "YAML"),
        ("<<: {a: 1}", 2, "merge"),
        ("? [1]\n: 2", 2, "must be a word"),
        ("a: " + "[" * 20 + "]" * 20, 2, "levels"),
        ("a: 1\n\tb: 2", 3, "YAML"),
    ],
)
def test_hostile_and_broken_yaml_is_refused_with_its_line(source: str, line: int, what: str) -> None:
    """Aliases, duplicate keys, tags, lists, nesting and syntax errors name their line."""
    with pytest.raises(BadFrontMatter) as refused:
        split(f"---\n{source}\n---\nBody\n")

    assert (line, True) == (refused.value.line, what in refused.value.what)


def test_a_byte_order_mark_and_an_open_block_are_refused() -> None:
    """Both would silently give no front matter at all."""
    with pytest.raises(BadFrontMatter, match="byte-order"):
        split("\ufeff---\na: 1\n---\n")
    with pytest.raises(BadFrontMatter, match="never closed"):
        split("---\na: 1\n")


def test_scalars_mean_what_the_expert_sees() -> None:
    """Only plain true, false, null and ordinary numbers are read as such; dates, times, octals and no stay text."""
    values = split("---\na: no\nb: 010\nc: 2020-01-01\nd: 12:30:45\ne: 5\nf: 1.5\ng: true\nh:\ni: '5'\n---\n").values

    assert {
        "a": "no", "b": "010", "c": "2020-01-01", "d": "12:30:45", "e": 5, "f": 1.5, "g": True, "h": None, "i": "5",
    } == values  # fmt: skip


def test_lines_and_body_are_where_the_file_has_them() -> None:
    """Each key knows its line in the file, and the body is untouched."""
    parts = split("---\r\na: 1\r\nb:\r\n  - x\r\n---\r\n\r\nBody\r\n")

    assert {"a": 2, "b": 3} == parts.lines
    assert "\r\nBody\r\n" == parts.body
    assert 6 == parts.body_line


def test_no_front_matter_is_said_not_guessed() -> None:
    """A file without a block is all body."""
    parts = split("# Title\n")

    assert (False, "# Title\n") == (parts.has_front, parts.body)
