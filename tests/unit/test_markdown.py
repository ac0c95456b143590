"""The rules of safe HTML, links, headings and plain text."""

import re
from html.parser import HTMLParser
from typing import TypeAlias

import pytest

from expertpost.render.events import SCHEMES, safe_address
from expertpost.render.families.plain import to_text
from expertpost.render.markdown import Heading, Link, first_paragraph, headings, links, only_absolute, to_html

Token: TypeAlias = tuple[str, ...]

_BLOCKS = frozenset(["p", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "div", "br"])
OF_MARKDOWN = _BLOCKS | {"em", "strong", "code", "a", "img"}
"""The elements that Markdown makes."""


class _Tokens(HTMLParser):
    """HTML as tags, attributes and words, so that only what a reader could notice is compared."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Token] = []
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pre += tag == "pre"
        kept = sorted(f"{name}={value}" for name, value in attrs if not (name == "id" and tag[0] == "h"))
        self.found.append(("<", tag, *kept))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.pre -= tag == "pre"
        self.found.append((">", tag))

    def handle_data(self, data: str) -> None:
        kind = "pre" if self.pre else "text"
        if self.found and self.found[-1][0] == kind:
            self.found[-1] = (kind, self.found[-1][1] + data)
        else:
            self.found.append((kind, data))


def tokens(html: str) -> list[Token]:
    """The tags and words of HTML; space around blocks does not count."""
    reader = _Tokens()
    reader.feed(html)
    reader.close()
    found: list[Token] = []
    for place, token in enumerate(reader.found):
        if token[0] != "text":
            found.append(token)
            continue
        words = re.sub(r"\s+", " ", token[1])
        before = reader.found[place - 1] if place else ("<", "p")
        behind = reader.found[place + 1] if place + 1 < len(reader.found) else ("<", "p")
        words = words.lstrip() if before[1] in _BLOCKS else words
        words = words.rstrip() if behind[1] in _BLOCKS else words
        found += [("text", words)] if words else []
    return found


def has_raw_html(example: dict[str, str]) -> bool:
    """Whether an example of CommonMark's holds HTML of its author's."""
    from pyromark import events

    return any("InlineHtml" in event or "Html" in event for event in events(example["markdown"]) if event != "Rule")


def has_foreign_scheme(example: dict[str, str]) -> bool:
    """Whether an example of CommonMark's links to an address with a scheme that we refuse."""
    found = re.findall(r'href="([a-z][a-z0-9+.-]*):', example["html"], re.IGNORECASE)
    return any(scheme.lower() not in SCHEMES for scheme in found)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<script>alert(1)</script>\n", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("a <img src=x onerror=alert(1)> b", "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>\n"),
        ("a List<int> b", "<p>a List&lt;int&gt; b</p>\n"),
        ("a <!-- for us --> b", "<p>a  b</p>\n"),
        ("<!-- for\n\nus -->\n", ""),
        ("one<br/>two", "<p>one<br />\ntwo</p>\n"),
        ('<a name="old"></a>x', '<p><a id="old"></a>x</p>\n'),
    ],
)
def test_raw_html(body: str, expected: str) -> None:
    """Raw HTML is shown as written; comments go, line breaks and old anchors keep their meaning."""
    assert expected == to_html(body)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/x",
        "\\\\evil.example",
        "/\\evil.example",
        "\t//evil.example",
        "/\n/evil.example",
    ],
)
def test_refused_addresses(address: str) -> None:
    """An address with a scheme that is not allowed, or that leads to another host without one, is refused."""
    assert "" == safe_address(address)


def test_space_around_an_address_opens_no_way_out() -> None:
    """A space that browsers keep but Python strips cannot turn a relative address into another host's."""
    assert "%C2%A0//evil.example" == safe_address("\xa0//evil.example")


def test_refused_links_keep_their_words() -> None:
    """Where an address is refused the words stand, without a link; an image leaves its description."""
    assert "<p>words and alt</p>\n" == to_html("[words](javascript:x) and ![alt](data:x)")


def test_address_decides_where_links_lead() -> None:
    """``address`` is asked for every link and image; "" leaves the words without a link."""
    html = to_html(
        "[a](x.md) [b](y.md) ![c](z.png)", address={"x.md": "x.html", "y.md": "", "z.png": "z.jpg"}.__getitem__
    )

    assert '<p><a href="x.html">a</a> b <img src="z.jpg" alt="c" /></p>\n' == html


def test_only_absolute() -> None:
    """Outside a site relative addresses are left out; there they may name what is not for the reader."""
    assert '<p>plan <a href="https://x.example/">x</a></p>\n' == to_html(
        "[plan](secret-plan.md) [x](https://x.example/)", address=only_absolute
    )


def test_headings_have_unique_ids_one_level_down() -> None:
    """Headings get GitHub's anchors, made unique, and move down by the offset but never below h6."""
    body = "# A b!\n\nA b\n---\n\n###### Größe\n\n## a-b-1\n"

    assert (
        '<h2 id="a-b">A b!</h2>\n<h3 id="a-b-1">A b</h3>\n<h6 id="größe">Größe</h6>\n<h3 id="a-b-1-1">a-b-1</h3>\n'
    ) == to_html(body, heading_offset=1)
    assert (
        Heading(1, "A b!", "a-b", 1),
        Heading(2, "A b", "a-b-1", 3),
        Heading(6, "Größe", "größe", 6),
        Heading(2, "a-b-1", "a-b-1-1", 8),
    ) == headings(body)


def test_links_tell_their_line() -> None:
    """Links and images are listed in order with their words and the line they begin on; links in code are none."""
    body = (
        "ä [a *b*](x.md#y)\n\n`[no](no.md)`\n\n"
        "- ![pic](a%20b.png) <m@x.example>\n- [![in](i.png)](o.md) [r]\n\n[r]: r.md\n"
    )

    assert (
        Link("x.md#y", "a b", 1, False),
        Link("a%20b.png", "pic", 5, True),
        Link("mailto:m@x.example", "m@x.example", 5, False),
        Link("o.md", "in", 6, False),
        Link("i.png", "in", 6, True),
        Link("r.md", "r", 6, False),
    ) == links(body)


def test_first_paragraph() -> None:
    """The first paragraph with words: not a heading, a list, a quote or a lone image."""
    assert "The *first* words.".replace("*", "") == first_paragraph(
        "# Title\n\n![pic](p.png)\n\n> quote\n\n- item\n\n  loose\n\nThe *first*\nwords.\n\nMore.\n"
    )
    assert "" == first_paragraph("# Only a title\n")


def test_footnotes_stand_at_the_end() -> None:
    """Footnotes are numbered as the text names them; one that is never named is not lost."""
    html = to_html("x[^b] y[^a]\n\n[^a]: A\n\n[^b]: B\n\n[^c]: C\n")

    assert ["1", "2", "3"] == re.findall(r'<li id="note-(\d)"', html)
    assert ["B", "A", "C"] == re.findall(r"<p>([A-Z])</p>", html)


def test_tables_scroll_in_their_own_box() -> None:
    """A table is wrapped, so that a wide one scrolls without the page; columns keep their side."""
    html = to_html("| a | b |\n|---|--:|\n| 1 | 2 |\n")

    assert (
        '<div class="table"><table><thead><tr><th>a</th><th class="right">b</th></tr></thead><tbody>\n'
        '<tr><td>1</td><td class="right">2</td></tr>\n</tbody></table></div>\n'
    ) == html


def test_plain_text() -> None:
    """Plain text keeps every word and the order; links to the outside show their address."""
    body = (
        "# Title\n\nSee *the* [guide](https://x.example/g),\n<https://y.example> or [ours](a.md). ![A pump](p.png)\n\n"
        "- one\n- [x] two\n  1. deep\n\n> said\n> so\n\n```py\ncode\n  in\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "end[^1] <!-- not --> <b>raw</b>\n\n[^1]: note\n"
    )

    assert (
        "Title\n\nSee the guide (https://x.example/g), https://y.example or ours. A pump\n\n"
        "- one\n- [x] two\n  1. deep\n\n> said so\n\ncode\n  in\n\na | b\n1 | 2\n\n"
        "end[1]  <b>raw</b>\n\n[1] note"
    ) == to_text(body)
