"""The one Markdown parser as a stream of steps, and the rules that headings' anchors and links' addresses follow.

The parser is pyromark (CommonMark 0.31.2 with tables, footnotes, task lists, strikethrough and GitHub's alerts).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from pyromark import Markdown
    from pyromark.event import Event

Detail: TypeAlias = "str | int | bool | tuple[Detail, ...] | Mapping[str, Detail] | None"
Step: TypeAlias = tuple[str, str, Detail]
"""(what, tag, detail): ``("Start", "Heading", {…})``, ``("Text", "", "words")``, ``("SoftBreak", "", None)``."""

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
"""The schemes a link may have; any other is refused (facts on threats: an allow-list, never a deny-list)."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BLANK = "".join(map(chr, range(0x21)))
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f]+")
_ADDRESS_CHARACTERS = re.compile(r"[A-Za-z0-9!#$%&'()*+,\-./:;=?@_~]*")
_PLAIN_ADDRESS = re.compile(rf"https?://{_ADDRESS_CHARACTERS.pattern}")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]+")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_OLD_ANCHOR = re.compile(r"<a\s+(?:name|id)\s*=\s*[\"']?([A-Za-z][\w.-]*)[\"']?\s*(/?)>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@cache
def parser() -> "Markdown":
    """The parser with the dialect that pages and posts share."""
    from pyromark import Markdown, Options

    return Markdown(
        options=Options.ENABLE_TABLES
        | Options.ENABLE_FOOTNOTES
        | Options.ENABLE_TASKLISTS
        | Options.ENABLE_STRIKETHROUGH
        | Options.ENABLE_GFM
    )


def step_of(event: "Event") -> Step:
    """One event of the parser as a step."""
    if isinstance(event, str):
        return event, "", None
    what, value = next(iter(event.items()))
    if what not in ("Start", "End"):
        return what, "", value  # type: ignore[return-value] # a TypedDict's items() are objects to mypy
    if isinstance(value, str):
        return what, value, None
    tag, detail = next(iter(value.items()))  # type: ignore[attr-defined] # the same
    return what, tag, detail


def steps(body: str) -> Iterator[Step]:
    """Every step of a document, in order; adjacent texts are one."""
    return iter(_steps(body))


@lru_cache(maxsize=4)
def _steps(body: str) -> tuple[Step, ...]:
    """The steps of the last few documents: what one service gets is what the next one is made from, too."""
    return tuple(map(step_of, parser().events(body)))


def placed_steps(body: str) -> Iterator[tuple[Step, int, int]]:
    """Every step with the first line it stands on and the line after its last, both counted from 1."""
    ends = list(accumulate(len(line) + 1 for line in body.encode().split(b"\n")))
    for event, span in parser().events_with_range(body, merge_text=True):
        first = bisect_right(ends, span["start"])
        last = bisect_left(ends, span["end"])
        yield step_of(event), first + 1, max(first, last) + 2


class Target(NamedTuple):
    """Where a link or image points, and its title."""

    address: str
    title: str


def target(detail: Detail) -> Target:
    """The target in a Link or Image step; mail autolinks get their scheme."""
    if not isinstance(detail, Mapping):
        raise TypeError("only links and images have a target")
    address = str(detail["dest_url"])
    return Target(f"mailto:{address}" if detail["link_type"] == "Email" else address, str(detail["title"]))


def safe_address(address: str) -> str:
    r"""The address as it may stand in a page, percent-encoded where needed; "" where it is refused.

    Refused: any scheme outside ``SCHEMES`` (so ``javascript:`` and ``data:``) and addresses without a scheme that
    lead to another host (``//host``, and ``\\host`` as browsers read it), however they are spelled.
    """
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    bare = _IGNORED_BY_BROWSERS.sub("", address)
    scheme = _SCHEME.match(bare)
    if (scheme and scheme[1].lower() not in SCHEMES) or bare[:2].replace("\\", "/") == "//":
        return ""
    if _ADDRESS_CHARACTERS.fullmatch(address):
        return address
    return quote(address.strip(_BLANK), safe="!#$%&'()*+,-./:;=?@_~", errors="replace")


def is_absolute(address: str) -> bool:
    """Whether an address names its own scheme, so that it means the same wherever it is read."""
    scheme = _SCHEME.match(address)
    return bool(scheme and scheme[1].lower() in SCHEMES)


def without_comments(raw: str) -> str:
    """A block of raw HTML without its comments."""
    return _COMMENT.sub("", raw)


class Raw(Enum):
    """What a tag of the author's raw HTML is read as."""

    BREAK = "a line break"
    ANCHOR = "a target of links, as older tools write it"
    NOTHING = "a comment, or the end of an anchor"
    WORDS = "words: shown as written, so that List<int> loses nothing"


class RawTags:
    """The raw HTML of one document, tag by tag; nothing of it ever becomes markup of the author's."""

    def __init__(self) -> None:
        self._open_anchors = 0

    def read(self, tag: str) -> tuple[Raw, str]:
        """What this tag is read as, and the name of an anchor."""
        if _LINE_BREAK.fullmatch(tag):
            return Raw.BREAK, ""
        if anchor := _OLD_ANCHOR.fullmatch(tag):
            self._open_anchors += not anchor[2]
            return Raw.ANCHOR, anchor[1]
        if tag == "</a>" and self._open_anchors:
            self._open_anchors -= 1
            return Raw.NOTHING, ""
        return (Raw.NOTHING if _COMMENT.fullmatch(tag) else Raw.WORDS), ""


class Anchors:
    """Unique anchors for the headings of one document, made the way GitHub makes them."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def anchor(self, text: str) -> str:
        """An anchor for this heading that no earlier heading of the document has."""
        wanted = _NOT_IN_ANCHORS.sub("", " ".join(text.lower().split())).replace(" ", "-") or "section"
        found = wanted
        while found in self._taken:
            self._taken[wanted] += 1
            found = f"{wanted}-{self._taken[wanted]}"
        self._taken[found] = 0
        return found
