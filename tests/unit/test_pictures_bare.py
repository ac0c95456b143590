"""Pictures leave without what cameras write beside them."""

import struct
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpost.render.bare import bare
from expertpost.testing.samples import PICTURE

PLACE = b"48.8584 N 2.2945 E"


def segment(marker: int, content: bytes) -> bytes:
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


def exif(order: str, orientation: int) -> bytes:
    """A camera's notes, with a place in them."""
    mark = {"<": b"II", ">": b"MM"}[order]
    tiff = struct.pack(f"{order}2sHIH", mark, 42, 8, 2)
    tiff += struct.pack(f"{order}HHII", 0x010F, 2, len(PLACE), 38)
    tiff += struct.pack(f"{order}HHIHHI", 0x0112, 3, 1, orientation, 0, 0)
    return segment(0xE1, b"Exif\x00\x00" + tiff + PLACE)


SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"ab\xff\x00cd\xff\xd0ef"
COLOURS = segment(0xE2, b"ICC_PROFILE\x00\x01\x01colours")


def photograph(*notes: bytes) -> bytes:
    """A JPEG of two scans, with notes before, between and behind them."""
    middle = segment(0xC4, b"huffman")
    head = segment(0xE0, b"JFIF\x00") + b"".join(notes) + segment(0xDB, b"quant")
    return b"\xff\xd8" + head + SCAN + middle + SCAN + b"\xff\xd9" + PLACE


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photograph_forgets_where_it_was_taken(order: str) -> None:
    """Places, programs and comments are gone, and so is what stands behind the end; the picture is the same."""
    notes = (exif(order, 1), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + PLACE), segment(0xFE, PLACE), COLOURS)
    more = (segment(0xE2, b"MPF\x00" + PLACE), segment(0xED, b"Photoshop 3.0\x00" + PLACE))
    found = bare(photograph(*notes, *more))

    assert photograph(COLOURS).removesuffix(PLACE) == found
    assert PLACE not in found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photograph_stays_turned(order: str, orientation: int) -> None:
    """How the camera was held is kept, as the picture would lie on its side without it; nothing else is."""
    found = bare(photograph(exif(order, orientation)))

    assert PLACE not in found
    assert struct.pack(">HHIH", 0x0112, 3, 1, orientation) in found
    assert found == bare(found)


def chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc32(name + content))


def test_a_png_loses_its_texts() -> None:
    """Texts, times and a camera's notes go; what is seen stays."""
    notes = b"".join(chunk(name, PLACE) for name in (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"))

    assert PICTURE == bare(PICTURE[:33] + notes + PICTURE[33:] + PLACE)


def test_a_webp_loses_its_notes() -> None:
    """A camera's notes go, and the head no longer says that there are any."""

    def webp(flags: int, *chunks: bytes) -> bytes:
        head = struct.pack("<4sI", b"VP8X", 10) + bytes([flags]) + bytes(9)
        inside = b"WEBP" + head + struct.pack("<4sI", b"VP8L", 3) + b"abc\x00" + b"".join(chunks)
        return b"RIFF" + struct.pack("<I", len(inside)) + inside

    notes = [struct.pack("<4sI", name, len(PLACE)) + PLACE for name in (b"EXIF", b"XMP ")]

    assert webp(0x10) == bare(webp(0x1C, *notes))


@pytest.mark.parametrize("content", [b"", b"BM6", b"%PDF-1.7", b"RIFF\x00\x00\x00\x00WAVE"])
def test_other_files_stay_as_they_are(content: bytes) -> None:
    """What is no such picture is not touched."""
    assert content == bare(content)


@given(st.integers(0, 400), st.binary(max_size=12), st.sampled_from([photograph(exif(">", 6)), PICTURE]))
def test_a_broken_picture_is_refused_or_made_bare(at: int, noise: bytes, picture: bytes) -> None:
    """Whatever is wrong with a picture, the answer is an ordinary error or a picture that stays so."""
    try:
        found = bare(picture[:at] + noise + picture[at + len(noise) :])
    except ValueError:
        return

    assert found == bare(found)
