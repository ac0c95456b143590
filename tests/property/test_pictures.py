"""Laws of pictures that hold for any file, however it was broken."""

from contextlib import suppress
from functools import cache

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_pictures import noise, opened, saved

from expertpost.render.bare import BARE
from expertpost.render.pictures import Frame, Unfit, judge, kind_of, transformed

KINDS = {"JPEG": "RGB", "PNG": "RGBA", "WEBP": "RGB", "GIF": "L", "AVIF": "RGB"}


@cache
def whole(kind: str) -> bytes:
    """A picture of this kind."""
    return saved(noise(24, 16, KINDS[kind]), kind)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A picture with some bytes changed, and perhaps its end missing."""
    content = bytearray(whole(draw(st.sampled_from(sorted(KINDS)))))
    for place, byte in draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=6)):
        content[place] = byte
    return bytes(content[: draw(st.integers(1, len(content)))] if draw(st.booleans()) else content)


@given(broken())
def test_a_broken_picture_fits_or_is_refused(content: bytes) -> None:
    """No file makes anything but a picture that fits, or a refusal; none hangs, and none is written half."""
    frame = Frame(size=1_500, side=20)
    with suppress(Unfit):
        judge(content)
    with suppress(Unfit):
        transformed(content, BARE)
    with suppress(Unfit):
        found = transformed(content, frame.transformation)
        assert kind_of(found) in frame.kinds
        assert len(found) <= frame.size
        assert max(opened(found).size) <= frame.side
