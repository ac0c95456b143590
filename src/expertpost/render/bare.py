"""Pictures without what cameras and programs write beside them: where, when, with what and by whom they were made.

Nothing is decoded, so nothing is lost of the picture itself; only how a photograph is turned is kept of its notes.
"""

import struct
from collections.abc import Iterator
from zlib import crc32

from expertpost.render.bare_boxes import bare_avif, bare_gif

BARE = "bare"
"""The name of this transformation, for ``Media.transformation``."""

_JPEG, _PNG, _WEBP = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"WEBP"
_GIF = (b"GIF87a", b"GIF89a")
# AVIF, and the HEIF of telephones; other files of this form, such as videos, are left alone.
_PICTURES = frozenset({b"avif", b"avis", b"mif1", b"msf1", b"heic", b"heix"})
_EXIF = b"Exif\x00\x00"
_APP0, _APP1, _APP2, _APP14, _APP15, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_START_OF_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset(range(0xD0, 0xD8)) | {0x00, 0x01}
# What a picture needs; whatever else programs put there (layers, drafts, who edited it) are notes of theirs.
_OF_PNG = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV",
                     b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT"})  # fmt: skip
_OF_WEBP = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_HAS_NOTES = 0x08 | 0x04
_ORIENTATION = 0x0112


def bare(content: bytes) -> bytes:
    """A JPEG, PNG, WebP, GIF or AVIF without its notes; other files as they are. Raises ValueError for a broken one."""
    try:
        if content.startswith(_JPEG):
            return b"\xff\xd8" + b"".join(_jpeg(content))
        if content.startswith(_PNG):
            return _PNG + b"".join(_png(content))
        if content[:4] == b"RIFF" and content[8:12] == _WEBP:
            return _riff(b"".join(_webp(content)))
        if content.startswith(_GIF):
            return bare_gif(content)
        if content[4:8] == b"ftyp" and _PICTURES.intersection(_brands(content)):
            return bare_avif(content)
    except (struct.error, IndexError) as broken:
        raise ValueError("the picture breaks off") from broken
    return content


def _brands(content: bytes) -> Iterator[bytes]:
    """What a file of boxes says that it is."""
    end = min(struct.unpack_from(">I", content)[0], 512)
    return (content[at : at + 4] for at in range(8, end, 4) if at != 12)


def _jpeg(content: bytes) -> Iterator[bytes]:
    """The segments that make the picture, up to its end; what stands behind the end is no part of it."""
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("the picture is broken")
        marker = content[at + 1]
        if marker == _END:
            yield b"\xff\xd9"
            return
        size = 2 + struct.unpack_from(">H", content, at + 2)[0]
        segment = content[at : at + size]
        if len(segment) < size:
            raise ValueError("the picture breaks off")
        at += size
        yield _kept(marker, segment)
        if marker == _START_OF_SCAN:
            end = _end_of_scan(content, at)
            yield content[at:end]
            at = end


def _kept(marker: int, segment: bytes) -> bytes:
    """A segment as it stays: colours do, notes do not, and of a camera's notes only how it was held."""
    if marker == _APP1 and segment[4:10] == _EXIF:
        turned = _orientation(segment[10:])
        return _turned(turned) if 1 < turned <= 8 else b""
    notes = marker == _COMMENT or (_APP0 < marker <= _APP15 and marker not in (_APP2, _APP14))
    if notes or (marker == _APP2 and not segment[4:].startswith(b"ICC_PROFILE\x00")):
        return b""
    return segment


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next segment begins."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            raise ValueError("the picture breaks off")
        if content[at + 1] not in _ALONE and content[at + 1] != 0xFF:
            return at
        at += 1 if content[at + 1] == 0xFF else 2


def _orientation(tiff: bytes) -> int:
    """How the camera was held (Exif 2.32, tag 0x0112), 1 where it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        return 1
    return 1


def _turned(orientation: int) -> bytes:
    """A note that says nothing but how the picture is turned."""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    return struct.pack(">BBH", 0xFF, _APP1, 2 + len(_EXIF) + len(tiff)) + _EXIF + tiff


def _png(content: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while True:
        size, name = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + size]
        if len(chunk) < 12 + size or struct.unpack(">I", chunk[-4:])[0] != crc32(chunk[4:-4]):
            raise ValueError("the picture is broken")
        at += 12 + size
        if name in _OF_PNG:
            yield chunk
        if name == b"IEND":
            return


def _webp(content: bytes) -> Iterator[bytes]:
    at, end = 12, min(len(content), 8 + struct.unpack_from("<I", content, 4)[0])
    while at < end:
        name, size = struct.unpack_from("<4sI", content, at)
        chunk = content[at : at + 8 + size + size % 2]
        if len(chunk) < 8 + size:
            raise ValueError("the picture breaks off")
        at += 8 + size + size % 2
        if name == b"VP8X" and size:
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_HAS_NOTES]) + chunk[9:]
        if name in _OF_WEBP:
            yield chunk


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + _WEBP + chunks
