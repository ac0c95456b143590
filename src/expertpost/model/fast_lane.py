"""The fast lane: whether a text differs from an approved one by no more than slips of the pen. Pure.

Only words may differ, and only words made of letters. Everything else is a skeleton that has to stay as it is: numbers
and the words beside them, links and everything between their brackets, markup, addresses, lines and their beginnings.
So no edit can add or change a link or a number, open or close an audience block or a code fence, or move a picture.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from expertpost.model.canonical import Json

TEXTS = ("title", "summary")
"""The only keys of the front matter in which a slip of the pen can be."""
MAX_LANE = 200
"""The largest number of characters that a workspace may allow."""
_EDGES = ".,;:!?…'\"’‘“”„«»"
_GAP = "\ue002"
# Everything between the brackets of links, from the first to the last of a paragraph, with the words they touch.
_LINKS = re.compile(r"\S*[\[<].*[\])>]\S*", re.DOTALL)
_PARAGRAPHS = re.compile(r"(\n[ \t]*\n)")


@dataclass(frozen=True, slots=True)
class Change:
    """What differs: ``count`` characters taken away and put in; ``against``: why it is more than a slip, "" if not."""

    count: int
    against: str = ""


def change(before: Mapping[str, Json], after: Mapping[str, Json], limit: int) -> Change:
    """How two contents (``Piece.content``) differ; a count above ``limit`` is told as ``limit + 1``."""
    # The limit may be what somebody claims.
    limit = max(limit, 0)
    old, new = _front(before), _front(after)
    other = sorted(key for key in old.keys() | new.keys() if key not in TEXTS and old.get(key) != new.get(key))
    if other:
        return Change(limit + 1, f"{', '.join(other)} changed")
    if before.get("assets") != after.get("assets"):
        return Change(limit + 1, "a file beside the text changed")
    pairs = [(_text(old.get(key)), _text(new.get(key))) for key in TEXTS]
    pairs.append((_text(before.get("body")), _text(after.get("body"))))
    count = sum(characters(one, other, limit) for one, other in pairs)
    if count > limit:
        return Change(limit + 1, f"more than {limit} characters changed")
    if any(skeleton(one) != skeleton(other) for one, other in pairs):
        return Change(count, "more than words changed: a number or what stands beside it, a link, markup or a line")
    return Change(count)


def _front(content: Mapping[str, Json]) -> Mapping[str, Json]:
    front = content.get("front")
    return front if isinstance(front, Mapping) else {}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def skeleton(text: str) -> str:
    """The text with each run of plain words replaced by one sign: what no slip of the pen may change."""
    return "".join(map(_paragraph, _PARAGRAPHS.split(text)))


def _paragraph(text: str) -> str:
    if "]:" in text:
        # Where a link leads may stand in a plain word: [name]: place
        return text
    links = _LINKS.search(text)
    if links is None:
        return "\n".join(map(_line, text.split("\n")))
    before, after = text[: links.start()], text[links.end() :]
    return "\n".join(map(_line, before.split("\n"))) + links[0] + "\n".join(map(_line, after.split("\n")))


def _line(line: str) -> str:
    """One line with each run of plain words, and the single spaces in it, replaced."""
    if ":::" in line:
        return line
    words = re.split(r"(\s+)", line)
    loose = [_is_plain(word) for word in words]
    for place, word in enumerate(words):
        if any(character.isnumeric() for character in word):
            # 5 kN and 5 mN are different numbers.
            for beside in (place - 2, place + 2):
                if 0 <= beside < len(words):
                    loose[beside] = False
    marked = "".join(_GAP if plain else word for word, plain in zip(words, loose, strict=True))
    return re.sub(f"{_GAP}(?: {_GAP})+", _GAP, marked)


def _is_plain(word: str) -> bool:
    """Whether a word is letters only, with the signs of a sentence around it and hyphens and apostrophes in it."""
    core = word.strip(_EDGES)
    return bool(core) and all(part.isalpha() for part in re.split(r"[-'’]", core))


def characters(before: str, after: str, limit: int) -> int:
    """How many characters have to be taken out and put in to get from one text to the other, at the least.

    Above ``limit`` it is told as ``limit + 1``. Myers' greedy algorithm ("An O(ND) Difference Algorithm", 1986).
    """
    start = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if start is None:
        return min(abs(len(before) - len(after)), limit + 1)
    one, other = before[start:], after[start:]
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    furthest = {1: 0}
    for edits in range(limit + 1):
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            at = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            at = _slide(one, other, at, at - diagonal)
            furthest[diagonal] = at
            if at >= len(one) and at - diagonal >= len(other):
                return edits
    return limit + 1


def _slide(one: str, other: str, at: int, there: int) -> int:
    """How far two texts go on alike from these places; the place in the first of them."""
    while at < len(one) and there < len(other) and one[at] == other[there]:
        at, there = at + 1, there + 1
    return at
