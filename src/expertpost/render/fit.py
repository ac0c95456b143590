"""Making words fit a limit: shorten them, or split them into parts. Sentences first, then words, never half a link."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import regex

Count: TypeAlias = Callable[[str], int]

ELLIPSIS = "…"
# A link, a placeholder (model.post), or one character as people see it: nothing is ever cut inside one.
LINK = regex.compile(r"https?://[^\s<>]+|\ue000[a-z_]+\ue001")
_GRAPHEME = regex.compile(r"\X")
_WHOLE = regex.compile(rf"{LINK.pattern}|\X")
_DANGLING = re.compile(r"(?:\s+[–-]|[\s,;:])+$")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]*_]*(?=\s)|[\u3002\uff01\uff1f]|\n")
_WORD_END = re.compile(r"(?=\s)")
_CUT_AT = (_PARAGRAPH_END, _SENTENCE_END, _WORD_END)
# A sentence or paragraph that fills less than this share would leave too much of the limit empty.
_FULL_ENOUGH = 1 / 3


def shorten(text: str, limit: int, count: Count) -> str:
    """The text if it fits; else its beginning, cut after a sentence, or after a word with "…" behind it.

    ``count`` measures as the service does. The answer never exceeds ``limit`` and may be "" where nothing fits.
    """
    if count(text) <= limit:
        return text
    sentence = _longest(text, (_SENTENCE_END,), lambda part: count(part) <= limit)
    if sentence and count(sentence) >= limit * _FULL_ENOUGH:
        return sentence

    def fits(part: str) -> bool:
        return count(part + ELLIPSIS) <= limit

    word = _longest(text, (_WORD_END,), fits) or _longest_of(_WHOLE, text, fits)
    return _DANGLING.sub("", word) + ELLIPSIS if word else sentence


def split(text: str, limit: int, count: Count, numbered: bool = True) -> tuple[str, ...]:
    """Parts of at most ``limit``, cut after paragraphs, else sentences, else words; no word is lost.

    More than one part gets " 1/3" behind it if ``numbered``. Raises ValueError where a single character as people see
    it, with its number, is longer than the limit.
    """
    text = text.strip()
    found = cuts(text, limit, count, numbered)
    behind = numbers(len(found)) if numbered else ("",) * len(found)
    return tuple(text[start:end] + number for (start, end), number in zip(found, behind, strict=True))


def numbers(parts: int) -> tuple[str, ...]:
    """What stands behind each of so many parts: " 1/3"; nothing behind a single one."""
    return tuple(f" {number}/{parts}" for number in range(1, parts + 1)) if parts > 1 else ("",) * parts


def cuts(text: str, limit: int, count: Count, numbered: bool = True) -> tuple[tuple[int, int], ...]:
    """Where each part of ``split`` begins and ends in the text; between two of them there is only space."""
    if count(text) <= limit:
        return ((0, len(text)),)
    if not numbered:
        return tuple(_cuts(text, limit, count, ""))
    digits = 1
    while len(str(len(found := tuple(_cuts(text, limit, count, f" {'8' * digits}/{'8' * digits}"))))) > digits:
        digits += 1
    return found


def _cuts(text: str, limit: int, count: Count, suffix: str) -> Iterator[tuple[int, int]]:
    """Where the parts that fit with the suffix behind each begin and end."""

    def fits(part: str) -> bool:
        return count(part + suffix) <= limit

    rest = text.lstrip()
    while rest:
        part = rest if fits(rest) else _best(rest, fits, lambda part: count(part) >= limit * _FULL_ENOUGH)
        if not part:
            raise ValueError(f"a limit of {limit} is too small for any text")
        start = len(text) - len(rest)
        yield start, start + len(part.rstrip())
        rest = rest[len(part) :].lstrip()


def _best(text: str, fits: Callable[[str], bool], full_enough: Callable[[str], bool]) -> str:
    for boundary in (_PARAGRAPH_END, _SENTENCE_END):
        part = _longest(text, (boundary,), fits)
        if part and full_enough(part):
            return part
    # A link longer than a whole part can only go over in pieces; anything else stays whole.
    return _longest(text, _CUT_AT, fits) or _longest_of(_WHOLE, text, fits) or _longest_of(_GRAPHEME, text, fits)


def _longest(text: str, boundaries: tuple[re.Pattern[str], ...], fits: Callable[[str], bool]) -> str:
    """The longest beginning that ends at a boundary and fits, without the space at its end; "" where none does."""
    window = _window(text, fits)
    ends = {found.end() for boundary in boundaries for found in boundary.finditer(window) if found.end()}
    for link in LINK.finditer(window):
        ends.difference_update(range(link.start() + 1, link.end()))
    return _last_that_fits([window[:end].rstrip() for end in sorted(ends)], fits)


def _longest_of(whole: regex.Pattern[str], text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning made of whole matches that fits."""
    return _last_that_fits([text[: found.end()] for found in whole.finditer(_window(text, fits))], fits)


def _window(text: str, fits: Callable[[str], bool]) -> str:
    """A beginning of the text that is too long, so that a long text is not measured over and over."""
    size = 256
    while size < len(text) and fits(text[:size]):
        size *= 2
    # A link or character that the window cuts is followed to its end.
    end = size
    for found in _WHOLE.finditer(text, max(0, size - 4096), min(len(text), size + 4096)):
        if found.start() < size < found.end():
            end = found.end()
    return text[: min(end, len(text))]


def _last_that_fits(candidates: list[str], fits: Callable[[str], bool]) -> str:
    """The last candidate that fits, "" where none does; longer ones are taken to count more, and checked."""
    low, high = 0, len(candidates)
    while low < high:
        middle = (low + high) // 2
        if fits(candidates[middle]):
            low = middle + 1
        else:
            high = middle
    while low and not fits(candidates[low - 1]):
        low -= 1
    return candidates[low - 1] if low else ""
