"""Where a comment stands: a line known by its words and those around it, found again after an edit. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

AROUND = 3
"""Lines on each side that are remembered, empty ones left out."""
MAX_QUOTE = 500
"""Characters of a line that are remembered."""
ALIKE = 0.5
"""From so large a share of common words a line counts as the quoted one, edited."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """``line`` (from 1) as it was, ``quote`` its text; ``before``, ``after``: the lines around it, as they follow."""

    line: int
    quote: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an anchor is now. ``line`` is 0 where it is gone; ``edited``: it reads otherwise than it was quoted."""

    line: int = 0
    edited: bool = False


@dataclass(frozen=True)
class Lines:
    """A text to find anchors in."""

    text: str

    @cached_property
    def _lines(self) -> list[str]:
        return [_plain(line) for line in self.text.split("\n")]

    @cached_property
    def _words(self) -> list[Counter[str]]:
        return [Counter(line.split()) for line in self._lines]

    def anchor(self, line: int) -> Anchor | None:
        """The anchor of a line (from 1), None where there is no such line."""
        if not 1 <= line <= len(self._lines):
            return None
        return Anchor(line, self._lines[line - 1], *self._around(line - 1))

    def find(self, anchor: Anchor) -> Place:
        """Where the anchor is in this text: at its very words, else at a line much like it, else gone."""
        quote = _plain(anchor.quote)
        exact = [index for index, line in enumerate(self._lines) if line == quote]
        if not quote:
            # Empty lines are all alike: only what is around them tells one from another.
            exact = [index for index in exact if self._company(index, anchor)]
        if exact:
            return Place(1 + max(exact, key=lambda index: self._fit(index, anchor)))
        words = Counter(quote.split())
        alike = [index for index, other in enumerate(self._words) if _share(words, other) >= ALIKE]
        if not alike:
            return Place()
        best = max(alike, key=lambda index: (_share(words, self._words[index]), *self._fit(index, anchor)))
        return Place(best + 1, edited=True)

    def _fit(self, index: int, anchor: Anchor) -> tuple[int, int]:
        """How well a line fits: by its company first, then by how near it is to where it was."""
        return self._company(index, anchor), -abs(index + 1 - anchor.line)

    def _company(self, index: int, anchor: Anchor) -> int:
        """How many of the remembered lines are still around a line."""
        before, after = self._around(index)
        return _common(before, anchor.before) + _common(after, anchor.after)

    def _around(self, index: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        above = _nearest(self._lines, range(index - 1, -1, -1))
        return above[::-1], _nearest(self._lines, range(index + 1, len(self._lines)))


def _nearest(lines: Sequence[str], indexes: range) -> tuple[str, ...]:
    """The first lines with words among these."""
    found: list[str] = []
    for index in indexes:
        if lines[index]:
            found.append(lines[index])
        if len(found) == AROUND:
            break
    return tuple(found)


def _plain(line: str) -> str:
    """A line without the space around and between its words, which edits and line ends change."""
    return " ".join(line.split())[:MAX_QUOTE]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return (Counter(one) & Counter(other)).total()


def _share(one: Counter[str], other: Counter[str]) -> float:
    """The share of common words of two lines, from 0 to 1 (Dice's coefficient)."""
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 0.0
