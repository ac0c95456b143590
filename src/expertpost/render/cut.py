"""The audience cut: what of a body the readers of one place may see, decided on the source before any parser.

``::: colleagues suppliers`` opens a block and ``:::`` closes it, each on a line of its own with at most three spaces
before it; code fences are left alone and blocks may stand in blocks. What cannot be decided is not shown. A line
``::: word key="value"`` whose word is no audience, and its ``::: word-end``, belong to another tool: they are text.
"""

import re
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from posixpath import normpath
from urllib.parse import unquote

from expertpost.model.audience import BUILT_IN, Audiences

_MARKER = re.compile(r" {0,3}:::(?!:)[ \t]*(.*?)[ \t]*")
# Another tool's zone, such as DocFX's ``::: moniker range="…"`` with its ``::: moniker-end``.
_DIRECTIVE = re.compile(r'([a-z][a-z0-9-]*)(?:[ \t]+[a-z-]+="[^"]*")+')
_OURS = frozenset({"audience", "audiences", "readers", *(audience.name for audience in BUILT_IN)})
_SELF_CONTAINED = re.compile(r"[\w-]+(?:[ \t].*)?:::")
# Behind anything that is no word and no code: list and quote signs, invisible characters, a fourth colon.
_LOOSE_MARKER = re.compile(r"(?:[^\w`]|[\d_])*?:::")
_WIDE_COLON = "\uff1a"
# Colons that follow a word, as in C++ or Rust, are somebody's code.
_SLIP = re.compile(r"(?:^|[^\w:\uff1a`])[:\uff1a]{2,}[ \t]*([^\W\d_][\w-]*)")
_NEARLY = 0.85
_FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)", re.DOTALL)


class UnclosedBlock(ValueError):
    """Audience blocks that cannot be decided. ``line`` counts from 1 in the body; ``says`` tells what is wrong."""

    def __init__(self, line: int, says: str) -> None:
        super().__init__(f"line {line}: {says}")
        self.line = line
        self.says = says


@dataclass(frozen=True, slots=True)
class Block:
    """An audience block: its marker lines, counted from 1, and the audiences it names (each in lower case)."""

    line: int
    end_line: int
    audience: tuple[str, ...]


def _marks(body: str, names: Container[str] = ()) -> Iterator[tuple[int, str, str | None]]:
    """Each line with its number and, where it is a marker, what stands behind the colons ("" closes).

    ``names``: the audiences there are; whatever begins with one is never another tool's.
    """
    fence, hidden = "", 0
    foreign: set[str] = set()
    # A lone carriage return ends a line for the parser too; a marker behind one must not be missed.
    for number, text in enumerate(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        marker = _marker(text)
        if fence:
            hidden = hidden or (number if marker is not None else 0)
            fence = "" if _closes(text, fence) else fence
            yield number, text, None
        elif opened := _FENCE.fullmatch(text):
            fence, hidden = opened[1] or opened[2], 0
            yield number, text, None
        else:
            yield number, text, None if marker and _is_foreign(marker, foreign, names) else marker
    if fence and hidden:
        raise UnclosedBlock(hidden, "this block stands in a code fence that is never closed")


def _marker(text: str) -> str | None:
    marker = _MARKER.fullmatch(text)
    if marker is None or (text.lstrip(" ")[3:4].strip() and _SELF_CONTAINED.fullmatch(marker[1])):
        return None
    return marker[1]


def _is_foreign(marker: str, foreign: set[str], names: Container[str]) -> bool:
    """Whether a marker is another tool's; ``foreign`` remembers the words whose zones have begun."""
    directive = _DIRECTIVE.fullmatch(marker)
    if directive and directive[1] not in _OURS and directive[1] not in names:
        foreign.add(f"{directive[1]}-end")
        return True
    return marker in foreign and marker not in names


def _closes(text: str, fence: str) -> bool:
    bare = text.strip(" \t")
    return len(text) - len(text.lstrip(" ")) < 4 and len(bare) >= len(fence) and not bare.strip(fence[0])


def blocks(body: str) -> tuple[Block, ...]:
    """Every block, in the order in which they open. Raises ``UnclosedBlock``."""
    found: list[Block | None] = []
    open_: list[tuple[int, int, tuple[str, ...]]] = []
    for number, _, marker in _marks(body):
        if marker:
            open_.append((len(found), number, _named(marker)))
            found.append(None)
        elif marker is not None:
            if not open_:
                raise UnclosedBlock(number, "':::' closes a block that was never opened")
            place, line, audience = open_.pop()
            found[place] = Block(line, number, audience)
    if open_:
        raise UnclosedBlock(open_[-1][1], "this audience block is never closed by ':::'")
    return tuple(block for block in found if block)


def _named(marker: str) -> tuple[str, ...]:
    return tuple(marker.lower().replace(",", " ").split())


def cut(body: str, readers: tuple[str, ...], audience: tuple[str, ...], audiences: Audiences) -> str:
    """The body as ``readers`` may see it: a block shows where readers ⊆ block ∩ piece (and ∩ every block around it).

    ``audience`` is the piece's own. Markers never show, and a block that is cut leaves no trace: not even a blank
    line. An audience nobody knows is cut. Raises ``UnclosedBlock`` for what cannot be decided.
    """
    if "::" not in body and _WIDE_COLON not in body:
        return body
    shown = [audiences.may_read(readers, audience)]
    opened: list[int] = []
    kept: list[tuple[int, str]] = []
    after_marker = False
    for number, line, marker in _marks(body, audiences.named):
        if marker is not None:
            if marker:
                opened.append(number)
                shown.append(shown[-1] and audiences.may_read(readers, _named(marker)))
            elif opened:
                opened.pop()
                shown.pop()
            else:
                raise UnclosedBlock(number, "':::' closes a block that was never opened")
            after_marker = True
        elif shown[-1] and not (after_marker and not line.strip()):
            if after_marker:
                _leave_one_blank_line(kept, number)
            after_marker = False
            kept.append((number, line))
    if opened:
        raise UnclosedBlock(opened[-1], "this audience block is never closed by ':::'")
    if after_marker:
        _leave_one_blank_line(kept, 0)
    _refuse_loose_markers(kept, audiences.named)
    return "\n".join(line for _, line in kept)


def _leave_one_blank_line(kept: list[tuple[int, str]], number: int) -> None:
    while kept and not kept[-1][1].strip():
        kept.pop()
    if kept:
        kept.append((number, ""))


def _is_slip(line: str, names: Collection[str]) -> bool:
    """Whether a line that would show looks as if it were to name an audience: colons before such a word.

    A single line ``:::colleagues … :::``, a misspelt name with attributes, full-width or missing colons: whoever wrote
    it meant to keep something from these readers. A word counts that is an audience or nearly one.
    """
    words = (word.lower() for word in _SLIP.findall(line))
    return any(get_close_matches(word, names, n=1, cutoff=_NEARLY) for word in words)


def _refuse_loose_markers(kept: list[tuple[int, str]], names: Collection[str]) -> None:
    """Refuse a marker that the parser will not read as code, and that stands where it opens and closes nothing.

    It is in a list or a quote, has too many colons, or a fence that the parser does not see hid it; whatever it was to
    keep from these readers would show.
    """
    foreign: set[str] = set()
    suspects = {
        place: number
        for place, (number, line) in enumerate(kept, start=1)
        if (loose := _LOOSE_MARKER.match(line))
        and not ((marker := _MARKER.fullmatch(line)) and _is_foreign(marker[1], foreign, names))
        and not _SELF_CONTAINED.fullmatch(line[loose.end() :].rstrip())
    }
    suspects |= {place: number for place, (number, line) in enumerate(kept, start=1) if _is_slip(line, names)}
    if not suspects:
        return
    from expertpost.render.events import placed_steps

    for (what, tag, _), first, behind in placed_steps("\n".join(line for _, line in kept)):
        if what == "Start" and tag == "CodeBlock":
            for place in range(first, behind):
                suspects.pop(place, None)
    if suspects:
        raise UnclosedBlock(min(suspects.values()), "':::' stands where it cannot open or close a block")


def assets_named(body: str) -> frozenset[str]:
    """The relative targets of a body's links and images, percent-decoded, without query and fragment, normalised.

    Targets outside the piece's folder keep their ``../``.
    """
    from expertpost.render.markdown import links

    return frozenset(filter(None, (local_name(link.destination) for link in links(body))))


def local_name(destination: str) -> str:
    """The file that a relative address names, percent-decoded and normalised; "" for every other address."""
    path = re.split(r"[?#]", destination, maxsplit=1)[0]
    if not path or path[0] in "/\\" or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path):
        return ""
    return normpath(unquote(path).replace("\\", "/"))
