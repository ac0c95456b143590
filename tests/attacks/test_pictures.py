"""Pictures that carry more than they show, or show less than they carry."""

import struct
from io import BytesIO
from zlib import compress, crc32

import pytest
from PIL import Image

from expertpost.render.bare import bare
from expertpost.render.pictures import Unfit, transformed

SECRET = b"SECRET"
FIT = "fit jpeg 90000 50"


def saved(kind: str, mode: str = "RGB", colour: int = 0) -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new(mode, (20, 20), colour).save(out, kind)
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc32(name + content))


def with_riff(content: bytes) -> bytes:
    """A WebP with one more chunk."""
    longer = content + b"NOTE" + struct.pack("<I", len(SECRET)) + SECRET
    return longer[:4] + struct.pack("<I", len(longer) - 8) + longer[8:]


HIDDEN = {
    "layers in a PNG": (png := saved("PNG"))[:33] + chunk(b"mkBS", SECRET) + png[33:],
    "provenance in a PNG": png[:33] + chunk(b"caBX", SECRET) + png[33:],
    "behind the end of a PNG": png + SECRET,
    "an unknown chunk of a WebP": with_riff(saved("WEBP")),
    "behind the end of a WebP": saved("WEBP") + SECRET,
    "behind the end of a JPEG": saved("JPEG") + SECRET,
    "a text in a GIF": saved("GIF")[:-1] + b"\x21\x01\x0c" + bytes(12) + b"\x06SECRET\0;",
    "behind the end of a GIF": saved("GIF") + SECRET,
}


@pytest.mark.parametrize("name", HIDDEN)
def test_nothing_leaves_in_a_picture_that_is_not_the_picture(name: str) -> None:
    """Private chunks, texts that nobody shows, what stands behind the end: all of it stays in the house."""
    before, after = Image.open(BytesIO(HIDDEN[name])), bare(HIDDEN[name])

    assert SECRET in HIDDEN[name]
    assert SECRET not in after
    assert before.convert("RGB").tobytes() == Image.open(BytesIO(after)).convert("RGB").tobytes()


def test_a_picture_of_many_greys_does_not_turn_white() -> None:
    """Sixteen bits of grey become eight: a reviewer and a reader see the same picture."""
    out = Image.open(BytesIO(transformed(saved("PNG", "I;16", 32_768), FIT))).convert("L")

    assert 2 > abs(out.getpixel((5, 5)) - 127)  # type: ignore[operator]


@pytest.mark.parametrize("size", [(100_000, 100_000), (50_000_000, 1), (7_000, 7_000), (0, 0)])
def test_a_picture_larger_than_its_bytes_fills_no_memory(size: tuple[int, int]) -> None:
    """A head that promises what is not there is refused."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    with pytest.raises(Unfit):
        transformed(png[:8] + head + chunk(b"IDAT", compress(bytes(9))) + chunk(b"IEND", b""), FIT)
