"""GIF and AVIF without their notes; see ``bare``. Raise ValueError, struct.error or IndexError where one is broken."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

# -- GIF (89a): comments, texts and foreign applications go, the loop of a moving picture stays -----------------------

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION, _PLAIN_TEXT = 0xFE, 0xFF, 0x01
"""Texts that no program shows are notes, too."""
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def bare_gif(content: bytes) -> bytes:
    """The picture up to its end, without texts of its makers."""
    at = 13 + _table(content[10])
    return content[:at] + b"".join(_blocks(content, at))


def _table(flags: int) -> int:
    """How many bytes a table of colours takes."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(content: bytes, at: int) -> Iterator[bytes]:
    while content[at] != _TRAILER:
        start, kind = at, content[at]
        if kind == _EXTENSION:
            label, at = content[at + 1], _end_of_pieces(content, at + 2)
            foreign = label == _APPLICATION and content[start + 3 : start + 14] not in _LOOPS
            if label not in (_COMMENT, _PLAIN_TEXT) and not foreign:
                yield content[start:at]
        elif kind == _IMAGE:
            at = _end_of_pieces(content, at + 11 + _table(content[at + 9]))
            yield content[start:at]
        else:
            raise ValueError("the picture is broken")
    yield content[at : at + 1]


def _end_of_pieces(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1


# -- AVIF and its kin (ISO/IEC 23008-12): notes are items of their own; what they say is overwritten in its place ------

_EMPTY_EXIF = struct.pack(">I2sHIHI", 0, b"MM", 42, 8, 0, 0)
_WITH_VERSION = 4


class _Box(NamedTuple):
    """One box: its name, and where its content begins and ends in the file."""

    name: bytes
    start: int
    end: int


class _Note(NamedTuple):
    """An item that is a note: Exif, or XMP."""

    id: int
    exif: bool


def bare_avif(content: bytes) -> bytes:
    """The picture with empty notes of the same length, so that everything else stays where it is."""
    found = bytearray(content)
    for meta in (box for box in _boxes(content, 0, len(content)) if box.name == b"meta"):
        inside = {box.name: box for box in _boxes(content, meta.start + _WITH_VERSION, meta.end)}
        if b"iinf" not in inside or b"iloc" not in inside:
            continue
        notes = {note.id: note for note in _notes(content, inside[b"iinf"])}
        base = inside[b"idat"].start if b"idat" in inside else 0
        for item, start, length in _places(content, inside[b"iloc"], base):
            if item in notes:
                _overwrite(found, start, length, notes[item])
    return bytes(found)


def _boxes(content: bytes, at: int, end: int) -> Iterator[_Box]:
    while at < end:
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        size = size or end - at
        if size < head or at + size > end:
            raise ValueError("the picture breaks off")
        yield _Box(name, at + head, at + size)
        at += size


def _notes(content: bytes, iinf: _Box) -> Iterator[_Note]:
    """The items that are notes; the version of each entry says how wide its number is."""
    start = iinf.start + _WITH_VERSION + (2 if content[iinf.start] == 0 else 4)
    for infe in _boxes(content, start, iinf.end):
        version, at = content[infe.start], infe.start + _WITH_VERSION
        if infe.name != b"infe" or version < 2:
            continue
        wide = version > 2
        (number,) = struct.unpack_from(">I" if wide else ">H", content, at)
        kind = content[at + (6 if wide else 4) :][:4]
        if kind in (b"Exif", b"mime"):
            yield _Note(number, kind == b"Exif")


def _places(content: bytes, iloc: _Box, idat: int) -> Iterator[tuple[int, int, int]]:
    """Item, start and length of every stretch of bytes, as the table of places tells them."""
    version, at = content[iloc.start], iloc.start + _WITH_VERSION
    sizes, more = content[at], content[at + 1]
    offset, length, base, index = sizes >> 4, sizes & 15, more >> 4, more & 15 if version else 0
    wide = 4 if version == 2 else 2
    count, at = _number(content, at + 2, wide)
    for _ in range(count):
        item, at = _number(content, at, wide)
        method, at = _number(content, at, 2) if version else (0, at)
        begin, at = _number(content, at + 2, base)
        extents, at = _number(content, at, 2)
        for _ in range(extents):
            start, at = _number(content, at + index, offset)
            size, at = _number(content, at, length)
            yield item, begin + start + (idat if method & 15 == 1 else 0), size


def _number(content: bytes, at: int, size: int) -> tuple[int, int]:
    if at + size > len(content):
        raise ValueError("the picture breaks off")
    return int.from_bytes(content[at : at + size], "big"), at + size


def _overwrite(found: bytearray, start: int, length: int, note: _Note) -> None:
    """Leave nothing of a note; an empty one of its kind where there is room."""
    if start + length > len(found):
        raise ValueError("the picture breaks off")
    empty = _EMPTY_EXIF if note.exif and length >= len(_EMPTY_EXIF) else b""
    found[start : start + length] = empty + (b"\0" if note.exif else b" ") * (length - len(empty))
