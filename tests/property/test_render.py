"""Laws of rendering that hold for any text."""

import re

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_markdown import tokens

from expertpost.model.audience import Audiences
from expertpost.render.cut import UnclosedBlock, cut
from expertpost.render.families.plain import to_text
from expertpost.render.fit import shorten, split
from expertpost.render.html import full_html
from expertpost.render.markdown import headings, to_html
from expertpost.render.quick import takes

AUDIENCES = Audiences()
NAMES = ("colleagues", "suppliers", "customers", "public")
SECRET = "s3cr3t"

_marks = st.sampled_from(
    [
        "::: colleagues",
        ":::",
        "```",
        "~~~",
        "> ",
        "- item",
        "    ",
        "<!--",
        "-->",
        "<pre>",
        "</pre>",
        "",
        "text",
        SECRET,
    ]
)
_lines = st.lists(st.one_of(_marks, st.text("ab *_`[]()<>!#|:\t\r-", max_size=12)), max_size=14)
_PROSE = (
    "# a *b*", "b\n===", '[w *x*](y.md "t")', "![p *q*](r.png 't')", "[![a](b)](c)", "- x", "  - y", "1. z", "> q", "",
    "| a | b |\n|:-:|--:|\n| `1` | [2](3) |", '~~s~~ **t** `"u"`', '```py\nc & "d"\n```', "x  \ny", "---", '&amp; "',
    "[v](javascript:w)", "## [l](m) ![n](o)",
)  # fmt: skip
_prose = st.lists(st.sampled_from(_PROSE), max_size=12)
markdown = st.one_of(_lines.map("\n".join), st.text(max_size=200))
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ue000\ue001"), max_size=400)


@given(markdown, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_narrower_words_never_show(body: str, narrow: str, wide: str) -> None:
    """Whatever stands around a block, its words never reach readers it does not name."""
    if SECRET in body or AUDIENCES.may_read((wide,), (narrow,)):
        return
    whole = f"{body}\n\n::: {narrow}\n\n{SECRET}\n\n:::\n"
    try:
        shown = cut(whole, (wide,), ("public",), AUDIENCES)
    except UnclosedBlock:
        return

    assert SECRET not in to_text(shown)


@given(_lines)
def test_a_cut_leaves_no_trace(lines: list[str]) -> None:
    """A body with a block that is cut reads like one that never had it."""
    before = [line for line in lines if ":" not in line and "`" not in line and "~" not in line and "\r" not in line]
    with_block = "\n".join([*before, "x", "", "::: colleagues", "y", ":::", "", "z"])
    without = "\n".join([*before, "x", "", "z"])

    assert without == cut(with_block, ("public",), ("public",), AUDIENCES)


@given(markdown)
def test_html_holds_only_our_own_tags(body: str) -> None:
    """No element, event or address of the author's own making comes out."""
    html = to_html(body)
    allowed = (
        r"</?(p|h[1-6]|em|strong|del|code|pre|ul|ol|li|blockquote|hr|br|a|img|div|table|thead|tbody|tr|th|td|sup|section|input)"
        r"( (id|class|href|src|alt|title|type|start|value)=\"[^\"<>]*\"| disabled| checked)*( /)?>"
    )

    assert "<" not in re.sub(allowed, "", html)
    assert not re.search(r"(href|src)=\"\s*(javascript|data|vbscript):", html, re.IGNORECASE)


@given(st.one_of(markdown, _prose.map("\n".join)))
def test_the_short_way_leads_to_the_same_page(body: str) -> None:
    """Where the parser writes the HTML itself, a reader gets what the long way gives, tag by tag, word by word."""
    if takes(body):
        assert tokens(full_html(body, heading_offset=1)) == tokens(to_html(body, heading_offset=1))


@given(markdown)
def test_headings_and_html_agree(body: str) -> None:
    """The anchors that headings tell are the ids that the HTML has, and no id comes twice."""
    found = re.findall(r'<h[1-6] id="([^"]*)"', to_html(body))

    assert found == [heading.anchor.replace("&", "&amp;") for heading in headings(body)]
    assert len(found) == len(set(found))


@given(words, st.integers(0, 60))
def test_shorten_fits(text: str, limit: int) -> None:
    """What is shortened never exceeds the limit and begins as the text does."""
    short = shorten(text, limit, len)

    assert limit >= len(short) or text == short
    assert text.startswith(short.removesuffix("…"))


@given(words, st.integers(12, 60), st.booleans())
def test_split_loses_nothing(text: str, limit: int, numbered: bool) -> None:
    """Every part fits, and the parts together hold every character but the space between them."""
    try:
        parts = split(text, limit, len, numbered)
    except ValueError:
        return
    bare = [re.sub(r" \d+/\d+$", "", part) if numbered and len(parts) > 1 else part for part in parts]

    assert all(limit >= len(part) for part in parts)
    assert "".join(text.split()) == "".join("".join(bare).split())
