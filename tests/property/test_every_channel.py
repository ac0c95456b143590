"""Laws that hold for any text on any channel. ``make laws`` asks 100,000 texts."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

from hypothesis import example, given
from hypothesis import strategies as st
from tests.channels import Ready, ready
from tests.docs.test_every_post import rich
from tests.property.test_announcements import bodies
from tests.property.test_render import words
from tests.unit.test_commonmark import live

from expertpost.model.audience import Audiences
from expertpost.model.post import Post, bind, longest
from expertpost.publishers import registry
from expertpost.publishers.base import Publisher
from expertpost.publishers.linkedin import little
from expertpost.publishers.slack import message
from expertpost.render.announce import plain_parts, styled_parts
from expertpost.render.events import safe_address
from expertpost.render.families.chat import JOINER
from expertpost.render.families.matrix import to_matrix_html
from expertpost.render.fit import LINK
from expertpost.render.shown import Shown, show
from expertpost.render.spans import Style, Styled, restyled
from expertpost.testing.stage import URL

MANY = 10_000
"""Parts of a thread, more than any text here makes."""
channels = st.sampled_from(registry.names()).map(ready)
# Everything that is Unicode, and what looks as if it meant something.
_CONTROL = (
    "<!channel>", "<@U1>", "@everyone", "@all", "@**all**", "@here", "{{Template}}", "{{subst:x}}", "[[Link]]", "~~~~",
    "__TOC__", "<nowiki>", "</nowiki>", "<script>x</script>", "<img src=x onerror=y>", "]]>", "<ac:link/>", "RFC 1",
    "&lt;b&gt;", "&#123;&#123;", "|-", "==", "{|", "''", "http://a.example/{{x}}", "[a](http://b.example/[[c]])",
    "\\", "`", "```", "(", ")", "#tag", "{hashtag|\\#|word}", "@[A](urn:li:person:1)", "\n", "\n\n", " ", "- ", "> ",
    "*", "_",
)  # fmt: skip
control = st.lists(st.sampled_from(_CONTROL), max_size=25).map("".join)
texts = st.one_of(bodies, control, st.text(max_size=300))


def piece(title: str, body: str, *, summary: str = "", by_hand: bool = False, page: bool = True) -> Shown:
    """A piece that asks for a thread, as the readers of one channel may see it; ``by_hand``: the body is for it alone.

    Nothing in it opens an audience block, as one that is never closed would be no post at all.
    """
    body = re.sub("[:：]{2,}", ":", body)
    base = rich(summary=summary)
    front = replace(base.front, title=title or "T", posts={"c": body} if by_hand else {}, thread=True)
    whole = replace(base, front=front, body="" if by_hand else body)
    return show(whole, ("public",), Audiences(), {"anna": title}, channel="c", has_page=page)


def rendered(one: Ready, shown: Shown, parts: int = MANY) -> Post:
    """What the channel would get, if its service took threads of so many parts."""
    limits = replace(one.publisher.limits, parts=parts)
    kind: type[Publisher[object]] = type("Threads", (one.publisher,), {"limits": limits})
    return kind.render(shown, one.settings)


@given(channels, words, texts, words, st.booleans(), st.sampled_from([1, MANY]))
def test_a_post_fits_its_channel(one: Ready, title: str, body: str, summary: str, page: bool, parts: int) -> None:
    """With the longest address it may get, no part of a post or thread is longer than the service takes."""
    post = rendered(one, piece(title, body, summary=summary, page=page), parts)
    limit = one.publisher.limits.length

    assert [] == [part for part in post.parts if limit and one.publisher.count(longest(part)) > limit]
    assert one.publisher.limits.media >= len(post.media)
    assert frozenset() == bind(post, one.values(URL)).placeholders


def bare(text: str) -> str:
    """A text without space and joiners."""
    return re.sub(rf"[\s{JOINER}]+", "", text)


def unnumbered(parts: tuple[str, ...]) -> str:
    """The parts of a thread in one, without their numbers."""
    if len(parts) == 1:
        return parts[0]
    assert all(part.endswith(f" {number}/{len(parts)}") for number, part in enumerate(parts, 1))
    return "\n".join(part.rpartition(" ")[0] for part in parts)


@given(words, texts, st.integers(60, 400), st.booleans())
def test_a_thread_loses_nothing(title: str, body: str, limit: int, by_hand: bool) -> None:
    """All words of a thread are there, in their order, and no address that fits a part is broken."""
    shown = piece(title, body, by_hand=by_hand, page=False)
    (whole,) = plain_parts(shown, 10**9, len, MANY)
    (styled,) = styled_parts(shown, 10**9, len, MANY)
    plain, with_styles = plain_parts(shown, limit, len, MANY), styled_parts(shown, limit, len, MANY)

    for expected, parts in ((whole, plain), (styled.text, tuple(part.text for part in with_styles))):
        links = [link for link in LINK.findall(expected) if len(link) < limit - 20]
        assert max(map(len, parts)) <= limit
        assert bare(expected) == bare(unnumbered(parts))
        assert [] == [link for link in links if not any(link in part for part in parts)]


@given(words, texts)
def test_styles_of_a_thread_cover_the_same_words(title: str, body: str) -> None:
    """However it is cut, what was strong, a link or code is so in its part."""
    shown = piece(title, body, page=False)
    whole, parts = styled_parts(shown, 10**9, len, MANY), styled_parts(shown, 80, len, MANY)

    def covered(style: Style, texts: tuple[Styled, ...]) -> str:
        spans = ((part, span) for part in texts for span in part.spans if span.style is style)
        return "".join(bare(part.text[span.start : span.end]) for part, span in spans)

    for style in (Style.STRONG, Style.LINK, Style.CODE):
        assert covered(style, whole) == covered(style, parts)


@given(words, texts, st.booleans())
def test_facets_of_every_part_point_at_their_bytes(title: str, body: str, page: bool) -> None:
    """In a thread on Bluesky each part's facets lie inside its own bytes, and cut no character in two."""
    post = rendered(ready("bluesky"), piece(title, body, page=page))
    for number, part in enumerate(post.parts):
        at, text = 0, part.encode()
        for facet in json.loads(post.field_of(number, "facets") or "[]"):
            start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
            assert at <= start < end <= len(text)
            assert text[start:end].decode().strip()
            at = end


@given(texts)
def test_little_text_round_trips(text: str) -> None:
    """What LinkedIn reads back from our escapes is what was written; no reserved mark stands bare."""
    free = LINK.sub("", text)
    escaped = little(free)

    assert free == re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)(?:\\\\)*[|{}@\[\]()<>#*_~]", escaped)


# -- no control syntax ----------------------------------------------------------------------------------------------

_ELEMENTS = frozenset(
    "p ul ol li blockquote pre code em strong del i b a img hr br h1 h2 h3 h4 h5 h6 div section sup input "  # noqa: SIM905
    "table thead tbody tr th td html head body meta title".split()
)
_ATTRIBUTES = frozenset(
    "href src alt title class id start type disabled checked value style lang charset name content".split()  # noqa: SIM905
)
_OWN_MARK = re.compile(r"<!-- expertpost:\ue000key\ue001 -->|<ac:(\S+) [^\ue000]*\ue000key\ue001.*?</ac:\1>", re.DOTALL)
_PICTURE = re.compile(
    r'<ac:image ac:alt="[^"<>]*">'
    r'(?:<ri:attachment ri:filename="[^"<>]*" />|<ri:url ri:value="([^"<>]*)" />)</ac:image>'
)
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Live(HTMLParser):
    """Whatever in HTML is not ours: elements, attributes, addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag not in _ELEMENTS else []
        self.found += [name for name, _ in attrs if name not in _ATTRIBUTES]
        targets = (value for name, value in attrs if name in ("href", "src") and value)
        self.found += [value for value in targets if not value.startswith("cid:") and not safe_address(value)]

    def handle_pi(self, data: str) -> None:
        self.found.append(data)


def _html(text: str) -> Iterator[str]:
    reader = _Live()
    reader.feed(text)
    reader.close()
    yield from reader.found


def _storage(text: str) -> Iterator[str]:
    yield from _html(_PICTURE.sub("", text))
    yield from (address for address in _PICTURE.findall(text) if address and not safe_address(unescape(address)))
    # It is XML to Confluence: whatever is not well-formed would be refused.
    ElementTree.fromstring(f'<x xmlns:ac="ac" xmlns:ri="ri">{_NOT_XML.sub("", text)}</x>')


def _wikitext(text: str) -> Iterator[str]:
    yield from _html(re.sub(r"\[(https?:|mailto:)\S+ ", "[", text))
    outside = re.sub(r"<[^>]*>", "", text)
    yield from re.findall(r"\{\{|\[\[|~~~|__|''|\{\||^[=*#:;|!]", outside, re.MULTILINE)


def _slack(post: Post) -> Iterator[str]:
    said = message(post)
    yield from re.findall(r"<[^>]*>?", str(said["text"]))
    blocks = json.dumps(said["blocks"])
    yield from re.findall(r'"type": "(?:user|channel|usergroup|broadcast|mrkdwn|emoji)"', blocks)


def _unescaped(text: str) -> Iterator[str]:
    """Calls in Discord's Markdown that stand bare, outside of code."""
    yield from re.findall(r"(?<!\\)<[@#:]\S*>", re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL))


def _calls(text: str) -> Iterator[str]:
    yield from re.findall(r"[@＠][\w*]", re.sub(r"```.*?(?:```|\Z)|`[^`\n]*`", "", text, flags=re.DOTALL))


def _parts(judge: Callable[[str], Iterator[str]]) -> Callable[[Post], Iterator[str]]:
    """What is found in the parts, apart from the mark of the delivery that a publisher writes itself."""
    return lambda post: (found for part in post.parts for found in judge(_OWN_MARK.sub("", part)))


_pages = _parts(lambda text: iter(live(text.split("\n---\n", 1)[-1].split("\n}\n", 1)[-1])))
_JUDGES: Mapping[str, Callable[[Post], Iterator[str]]] = {
    "confluence": _parts(_storage),
    "devto": _parts(lambda text: iter(live(text))),
    "discord": _parts(_unescaped),
    "email": lambda post: _html(post.field("html")),
    "folder": _pages,
    "ghost": _parts(lambda text: _html(re.sub(r"<!--kg-card-(?:begin|end): html-->", "", text))),
    "git": _pages,
    "matrix": lambda post: _html(to_matrix_html(restyled(post.parts[0], post.field("styles")))),
    "mattermost": _parts(_calls),
    "mediawiki": _parts(_wikitext),
    "slack": _slack,
    "slack-webhook": _slack,
    "wordpress": _parts(_html),
    "zulip": _parts(_calls),
}


@given(st.sampled_from(sorted(_JUDGES)).map(ready), words, texts, words, st.booleans())
@example(ready("zulip"), "", "@[0]()", "", False)
@example(ready("mattermost"), "@", "", "", False)
@example(ready("mattermost"), "", "@*all* @[b](c.md)", "", False)
def test_no_control_syntax(one: Ready, title: str, body: str, summary: str, page: bool) -> None:
    """Nothing of an author's is read as a call, a template, a command or markup of the service's."""
    post = rendered(one, piece(title, body, summary=summary, page=page), 1)

    assert [] == list(_JUDGES[one.name](post))
