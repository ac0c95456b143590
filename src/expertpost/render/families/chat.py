"""Markup between the words, for services that read their own kind of Markdown: one writer, one dialect for each.

What an author wrote as words stays words: no mark, no mention, no command of the service comes out of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from expertpost.model.same import Same
from expertpost.render.fit import LINK
from expertpost.render.spans import Span, Style, Styled

JOINER = "\u2060"
"""WORD JOINER: seen by nobody, and enough to keep a service from seeing a mention or a mark."""

_MENTION = re.compile(r"[@\uff20](?=[\w*])")
_CALLERS = frozenset("@#$\uff20")
_LEND, _BORROW = frozenset("*_~`@#\uff20"), frozenset("*_~`")
_BACKTICKS = re.compile(r"`(?=`)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a service writes what ``Style`` names. ``words`` makes plain words safe; links inside them it never gets.

    ``starts`` finds what would begin a list, a heading or a quote at the start of a line; a backslash goes before it.
    ``marks``: what stands on both sides of styled words. ``link`` gets safe words and the address; ``quote`` begins
    each line of a quotation; ``fence`` is around code blocks; "" is nothing. ``calls``: an ``@`` calls somebody even
    inside an address, so there it is percent-encoded.
    """

    words: Callable[[str], str]
    link: Callable[[str, str], str]
    marks: Mapping[Style, str] = field(default_factory=dict)
    starts: re.Pattern[str] | None = None
    quote: str = ""
    fence: str = ""
    calls: bool = False


def without_mentions(text: str) -> str:
    """The words with every ``@name`` still readable, and nobody called by it."""
    return _MENTION.sub(lambda found: found[0] + JOINER, text)


def uncalled(styled: Styled) -> Styled:
    """The same for words with styles; what is code stays as it is."""
    code = [span for span in styled.spans if span.style in (Style.CODE, Style.BLOCK)]
    places = [found.end() for found in _MENTION.finditer(styled.text)]
    free = [at for at in places if not any(span.start <= at < span.end for span in code)]
    return styled.with_breaks(free, JOINER)


def write(styled: Styled, dialect: Dialect) -> str:
    """The text in this dialect."""
    return _written(Same(styled), Same(dialect))


@lru_cache(maxsize=4)
def _written(text: Same[Styled], by: Same[Dialect]) -> str:
    """The same: what was written to be measured is mostly what is sent."""
    styled, dialect = text.value, by.value
    out: list[str] = []
    at = 0
    for block in (span for span in styled.spans if span.style is Style.BLOCK):
        if block.start >= at:
            out.append(_lines(styled, at, block.start, dialect))
            out.append(_code_block(styled.text[block.start : block.end], block.detail, dialect))
            at = block.end
    out.append(_lines(styled, at, len(styled.text), dialect))
    return "".join(out)


def _code_block(code: str, language: str, dialect: Dialect) -> str:
    if not dialect.fence:
        return code
    named = language if re.fullmatch(r"[\w+#-]+", language) else ""
    return f"{dialect.fence}{named}\n{_BACKTICKS.sub(f'`{JOINER}', code)}\n{dialect.fence}"


def _lines(styled: Styled, start: int, end: int, dialect: Dialect) -> str:
    """``text[start:end]`` line by line: no mark reaches from one line into the next."""
    out = []
    for line in styled.text[start:end].split("\n"):
        spans = [span for span in styled.spans if span.start < start + len(line) and span.end > start]
        quoted = bool(dialect.quote) and any(span.style is Style.QUOTE for span in spans)
        written = "".join(_runs(styled.text, start, start + len(line), spans, dialect))
        out.append(f"{dialect.quote}{written}" if quoted else written)
        start += len(line) + 1
    return "\n".join(out)


def _runs(text: str, start: int, end: int, spans: list[Span], dialect: Dialect) -> Iterator[str]:
    """The stretches of one line between two changes of style, each with its marks."""
    edges = sorted({start, end, *(edge for span in spans for edge in (span.start, span.end) if start < edge < end)})
    before = ""
    at = start
    while at < end:
        link = next((span for span in spans if span.style is Style.LINK and span.start <= at < span.end), None)
        until = min(link.end, end) if link else next(edge for edge in edges if edge > at)
        words = text[at:until]
        styles = {span.style for span in spans if span.start <= at and span.end >= until}
        if link:
            run = _link(words, link, dialect)
        else:
            read = _read_as_marks(styles, text, at, until)
            run = _run(
                words, [(style, mark) for style, mark in dialect.marks.items() if style in read], dialect, at == start
            )
        # Two runs side by side would lend each other their marks, or make a mention of them.
        lent = before[-1:] in _LEND and run[:1] in _BORROW
        called = dialect.calls and before[-1:] in _CALLERS and run[:1].isalnum()
        yield JOINER + run if lent or called else run
        before, at = run, until


def _link(words: str, link: Span, dialect: Dialect) -> str:
    if not link.detail:
        return _safe(words, dialect)
    if words in (link.detail, link.detail.removeprefix("mailto:")):
        return _address(words, dialect)
    return dialect.link(_safe(words, dialect), _address(link.detail, dialect))


def _address(address: str, dialect: Dialect) -> str:
    return address.replace("@", "%40") if dialect.calls and not address.startswith("mailto:") else address


def _read_as_marks(styles: set[Style], text: str, start: int, end: int) -> set[Style]:
    """Those styles whose marks are read as such: inside a word only some are, beside punctuation hardly any."""
    words = text[start:end].strip()
    if not text[max(start - 1, 0) : start].strip() and not text[end : end + 1].strip():
        return styles
    inside_word = Style.CODE not in styles and words[:1].isalnum() and words[-1:].isalnum()
    return styles & ({Style.STRONG, Style.EMPHASIS} if inside_word else {Style.CODE})


def _run(words: str, marks: list[tuple[Style, str]], dialect: Dialect, at_start: bool) -> str:
    inner = words.strip()
    if not inner:
        return words
    before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    code = next((mark for style, mark in marks if style is Style.CODE and "`" not in words), "")
    around = "".join(mark for style, mark in marks if style is not Style.CODE)
    written = f"{code}{inner}{code}" if code else _safe(inner, dialect, at_start=at_start and not around)
    # An @ before the closing marks would call whatever they hold (Zulip's @**name**).
    apart = JOINER if around and dialect.calls and inner[-1:] in _CALLERS else ""
    return f"{before}{around}{written}{apart}{around[::-1]}{after}"


def _safe(words: str, dialect: Dialect, *, at_start: bool = False) -> str:
    """Words that stay words; a web address among them is left as it is, so that it leads somewhere."""
    out, at = [], 0
    for found in LINK.finditer(words):
        out += [dialect.words(words[at : found.start()]), _address(found[0], dialect)]
        at = found.end()
    out.append(dialect.words(words[at:]))
    written = "".join(out)
    return dialect.starts.sub(r"\\\g<0>", written, count=1) if at_start and dialect.starts else written


# -- the dialects ---------------------------------------------------------------------------------------------------

_MARKS = {Style.STRONG: "**", Style.EMPHASIS: "*", Style.STRIKE: "~~", Style.CODE: "`"}
_ESCAPED = re.compile(r"[\\`*_~|\[\]<>]")
_STARTS = re.compile(r"^(?:[-+#>](?=[\s#-]|$)|=+$)|(?<=^\d)[.)](?=\s)|(?<=^\d\d)[.)](?=\s)")


def _backslashed(words: str) -> str:
    return _ESCAPED.sub(r"\\\g<0>", words)


def _markdown_link(words: str, address: str) -> str:
    return f"[{words}]({address.replace('(', '%28').replace(')', '%29')})"


PLAIN = Dialect(words=str, link=lambda words, address: f"{words} ({address.removeprefix('mailto:')})")
"""No markup at all: a link is words and its address."""

DISCORD = Dialect(_backslashed, _markdown_link, _MARKS, _STARTS, "> ", "```")
"""Discord Markdown. Mentions are words: every message says that it calls nobody (``allowed_mentions``)."""

MATTERMOST = Dialect(
    lambda words: _backslashed(without_mentions(words)),
    _markdown_link,
    _MARKS,
    _STARTS,
    "> ",
    "```",
    calls=True,
)
"""Mattermost Markdown: CommonMark, and whoever is named with an ``@`` is called."""

ZULIP = Dialect(
    lambda words: re.sub(r"(?<=[*_~`@#])(?=[*_~`])|(?<=[@#$`*~])(?=\w)", JOINER, without_mentions(words)),
    _markdown_link,
    _MARKS,
    None,
    "> ",
    "```",
    calls=True,
)
"""Zulip Markdown has no backslash: marks are kept apart from what they would mark."""
