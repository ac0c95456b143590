"""A text with its styles beside it: what services get that take words and styles apart, and what all chats begin from.

Nothing is written between the words, so nothing has to be escaped, and a text that is cut takes its styles along.
"""

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from expertpost.model.canonical import Json


class Style(StrEnum):
    """What a stretch of words can be."""

    STRONG = "strong"
    EMPHASIS = "emphasis"
    STRIKE = "strike"
    CODE = "code"
    BLOCK = "block"
    QUOTE = "quote"
    LINK = "link"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """``text[start:end]`` has this style. ``detail``: a link's address, percent-encoded, or a code block's language."""

    start: int
    end: int
    style: Style
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Styled:
    """Words and the spans over them, outer spans before inner ones; offsets count code points."""

    text: str
    spans: tuple[Span, ...] = ()

    def cut(self, beginning: str) -> "Styled":
        """What is left when the text is shortened to ``beginning``, which may have an ellipsis at its end."""
        kept = _common(self.text, beginning)
        ends = (Span(span.start, min(span.end, kept), span.style, span.detail) for span in self.spans)
        return Styled(beginning, tuple(span for span in ends if span.start < span.end))

    def then(self, other: "Styled", between: str = "\n\n") -> "Styled":
        """This and another text behind it; an empty one leaves no trace."""
        if not self.text or not other.text:
            return other if not self.text else self
        moved = len(self.text) + len(between)
        spans = (Span(span.start + moved, span.end + moved, span.style, span.detail) for span in other.spans)
        return Styled(f"{self.text}{between}{other.text}", (*self.spans, *spans))

    def itself(self) -> "Styled":
        """The same."""
        return self

    def part(self, start: int, end: int) -> "Styled":
        """``text[start:end]`` with what of the styles lies there."""
        inside = (Span(max(s.start, start) - start, min(s.end, end) - start, s.style, s.detail) for s in self.spans)
        return Styled(self.text[start:end], tuple(span for span in inside if span.start < span.end))

    def with_inside(self, at: int, other: "Styled") -> "Styled":
        """Another text in place of the character at ``at``; what was written around it, it is written in too."""
        grown = len(other.text) - 1

        def moved(span: Span) -> Span:
            start, end = span.start + grown * (span.start > at), span.end + grown * (span.end > at)
            return Span(start, end, span.style, span.detail)

        inside = (Span(span.start + at, span.end + at, span.style, span.detail) for span in other.spans)
        spans = (span for span in (*map(moved, self.spans), *inside) if span.start < span.end)
        text = f"{self.text[:at]}{other.text}{self.text[at + 1 :]}"
        return Styled(text, tuple(sorted(spans, key=lambda span: (span.start, -span.end))))

    def with_breaks(self, places: Sequence[int], mark: str) -> "Styled":
        """``mark`` put in before the characters at these places, in rising order."""
        edges = [0, *places, len(self.text)]
        text = mark.join(self.text[start:end] for start, end in pairwise(edges))

        def moved(at: int) -> int:
            return at + len(mark) * bisect_right(places, at)

        spans = (Span(moved(span.start), moved(span.end - 1) + 1, span.style, span.detail) for span in self.spans)
        return Styled(text, tuple(spans))

    def as_json(self) -> list[Json]:
        """The spans as a value that a post can carry beside its text."""
        return [[span.start, span.end, span.style.value, span.detail] for span in self.spans]


def strong(words: str) -> Styled:
    """Plain words, all of them strong."""
    return Styled(words, (Span(0, len(words), Style.STRONG),) if words else ())


def styles_field(styled: Styled) -> tuple[tuple[str, str], ...]:
    """The spans as a field of a post, which stands beside the words; none where there are none."""
    return (("styles", json.dumps(styled.as_json())),) if styled.spans else ()


def restyled(words: str, styles: str) -> Styled:
    """The words of a post with what ``styles_field`` put beside them. Raises ValueError for anything else."""
    return Styled(words, spans_of(json.loads(styles)) if styles else ())


def spans_of(told: Json) -> tuple[Span, ...]:
    """The spans that ``as_json`` gave. Raises ValueError for anything else."""
    if not isinstance(told, list):
        raise ValueError("no list of spans")
    return tuple(_span_of(one) for one in told)


def _span_of(told: Json) -> Span:
    match told:
        case [int(start), int(end), str(style), str(detail)]:
            return Span(start, end, Style(style), detail)
    raise ValueError("no span")


def _common(text: str, beginning: str) -> int:
    """How many characters both begin with."""
    if text.startswith(beginning):
        return len(beginning)
    return next((at for at, (a, b) in enumerate(zip(text, beginning, strict=False)) if a != b), len(text))
