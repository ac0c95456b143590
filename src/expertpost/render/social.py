"""Social cards: what networks show beside a link, as a picture made of a title, who wrote it, and where. Pure.

The font is our own copy (``fonts/``), so the same words give the same bytes on every machine with the same Pillow.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from expertpost.model.canonical import sha256

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1_200, 630
"""Pixels: the shape that networks cut nothing off (Open Graph, 1.91 : 1)."""

_DRAWING = 1
"""Counted up when cards are drawn otherwise, so that sites draw them anew."""
_FONT = Path(__file__).with_name("fonts") / "DejaVuSans-Bold.ttf"
_LEFT, _TOP, _BOTTOM, _ROOM = 84, 96, 546, WIDTH - 2 * 84
_SIZES, _TALLEST, _SMALL = (76, 66, 58, 50, 44), 330, 32
_ELLIPSIS = "…"
# Grey levels while drawing: 0 is paper, 254 is ink, and 255 stands for the colour of the bar.
_PAPER, _INK, _BAR = (251, 250, 247), (30, 29, 26), (27, 94, 88)
_FULL, _SOFT, _COLOUR = 254, 168, 255
_ABSENT = "\uffff"


class Words(NamedTuple):
    """What stands on a card: the title, a line about who wrote it, and where it is to be read."""

    title: str
    byline: str
    place: str

    @property
    def digest(self) -> str:
        """What tells the card of these words apart from every other, in 16 hex digits."""
        import PIL

        return sha256(repr((_DRAWING, PIL.__version__, *self)).encode())[:16]


def drawable(words: Words) -> Words | None:
    """The words as they can be drawn, without emoji; None where the font lacks a letter of them."""
    found = Words(*(_without_signs(one) for one in words))
    return found if found.title and all(_is_there(c) for one in found for c in one) else None


def _without_signs(text: str) -> str:
    """The text on one line, without the signs and invisible characters that the font does not have."""
    whole = unicodedata.normalize("NFC", text)
    kept = (c for c in whole if c.isspace() or unicodedata.category(c)[0] in "LMNP" or _is_there(c))
    return " ".join("".join(kept).split())


@cache
def _is_there(character: str) -> bool:
    font = _font(_SMALL)
    return character.isspace() or bytes(font.getmask(character)) != bytes(font.getmask(_ABSENT))


@cache
def _font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    # The other engine depends on what else is installed.
    return ImageFont.truetype(_FONT, size, layout_engine=ImageFont.Layout.BASIC)


def draw(words: Words) -> bytes:
    """The card as a PNG."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 23, HEIGHT), fill=_COLOUR)
    size, lines = _set(words.title)
    for number, line in enumerate(lines):
        pen.text((_LEFT, _TOP + round(number * size * 1.24)), line, fill=_FULL, font=_font(size))
    _line(pen, words.byline, _BOTTOM - 52, _SOFT)
    _line(pen, words.place, _BOTTOM, _FULL)
    image.putpalette([level for colour in _colours() for level in colour])
    out = BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _line(pen: "ImageDraw", text: str, top: int, level: int) -> None:
    pen.text((_LEFT, top), _cut(text, _SMALL), fill=level, font=_font(_SMALL))


def _colours() -> Iterator[tuple[int, ...]]:
    for level in range(_COLOUR):
        yield tuple(round(paper + (ink - paper) * level / _FULL) for paper, ink in zip(_PAPER, _INK, strict=True))
    yield _BAR


def _set(title: str) -> tuple[int, list[str]]:
    """The largest size at which the title has room, and its lines; at the smallest one what is too much goes."""
    for size in _SIZES:
        lines, most = list(_wrapped(title, size)), int(_TALLEST / (size * 1.24))
        if len(lines) <= most:
            return size, lines
    size, most = _SIZES[-1], int(_TALLEST / (_SIZES[-1] * 1.24))
    lines = list(_wrapped(title, size))
    return size, [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), size)]


def _wrapped(title: str, size: int) -> Iterator[str]:
    """Lines that have room, broken between words where that can be."""
    line = ""
    for word in title.split():
        longer = f"{line} {word}" if line else word
        if _has_room(longer, size):
            line = longer
            continue
        if line:
            yield line
        while not _has_room(word, size):
            part = _longest(word, size)
            yield part
            word = word[len(part) :]
        line = word
    if line:
        yield line


def _cut(text: str, size: int) -> str:
    return text if _has_room(text, size) else _longest(text, size, _ELLIPSIS).rstrip(" ,;:–-") + _ELLIPSIS


def _longest(text: str, size: int, behind: str = "") -> str:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _has_room(text[:middle] + behind, size):
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _has_room(text: str, size: int) -> bool:
    return _font(size).getlength(text) <= _ROOM
