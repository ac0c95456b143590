"""Pictures are made fit for a service, and tell nothing but themselves."""

import random
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from expertpost.model.piece import Asset
from expertpost.render.bare import BARE
from expertpost.render.pictures import Frame, Unfit, attached, content_type, judge, kind_of, named, transformed
from expertpost.testing.samples import PLAIN

PLACE = "48.8584 N"
GPS, ORIENTATION = 0x8825, 0x0112


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that nothing makes small but making it smaller; always the same."""
    return Image.frombytes(mode, (width, height), random.Random(4).randbytes(width * height * len(mode)))


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    """The picture as a file."""
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def photograph(turned: int = 1) -> bytes:
    """A JPEG as a telephone makes it: with a place in its notes, lying on its side."""
    notes = Image.Exif()
    notes[ORIENTATION] = turned
    notes[0x010F] = "Camera of Anna"
    notes.get_ifd(GPS)[1] = PLACE
    return saved(noise(300, 200), "JPEG", quality=95, exif=notes)


def _exif() -> Image.Exif:
    notes = Image.Exif()
    notes[0x010F] = "Camera of Anna"
    notes.get_ifd(GPS)[1] = PLACE
    return notes


XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{PLACE}</x:xmpmeta>".encode()


def opened(content: bytes) -> Image.Image:
    """The file as a picture."""
    image = Image.open(BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("how", [BARE, "", Frame().transformation, Frame(size=20_000).transformation])
def test_no_place_and_no_name_leave(how: str) -> None:
    """Whatever is done to a photograph, its notes stay here."""
    content = photograph(6)
    found = transformed(content, how)

    assert PLACE.encode() in content
    assert PLACE.encode() not in found
    assert b"Camera of Anna" not in found
    assert {} == dict(opened(found).getexif().get_ifd(GPS))


def test_what_fits_stays_as_it_is() -> None:
    """A picture that the service takes is not written anew: no step of quality is lost."""
    content = saved(noise(30, 20), "PNG")

    assert content == transformed(content, Frame().transformation)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGBA"), ("GIF", "L")]
)
@pytest.mark.parametrize(
    "frame", [Frame(("jpeg",), 9_000, 120), Frame(("png",), 20_000, 80), Frame(("jpeg", "png", "webp"), 9_000)]
)
def test_a_picture_fits_its_frame(kind: str, mode: str, frame: Frame) -> None:
    """Whatever goes in: kind, bytes and sides are what the service takes, and the same every time."""
    content = saved(noise(300, 200, mode), kind)
    found = transformed(content, frame.transformation)

    assert kind_of(found) in frame.kinds
    assert len(found) <= frame.size
    assert max(opened(found).size) <= frame.side
    assert found == transformed(content, frame.transformation)


def test_a_photograph_stands_upright() -> None:
    """One that was taken lying on its side is turned when it is written anew."""
    assert (80, 120) == opened(transformed(photograph(6), Frame(side=120).transformation)).size


def test_what_is_transparent_is_white_where_nothing_may_be_transparent() -> None:
    """A service that takes no transparent pictures gets a white ground, not a black one."""
    found = opened(transformed(saved(Image.new("RGBA", (9, 9)), "PNG"), Frame(("jpeg",)).transformation))

    assert (255, 255, 255) == found.getpixel((4, 4))


def test_colours_keep_their_profile() -> None:
    """What tells the colours of a photograph apart from those of a screen goes along."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = saved(noise(300, 200), "JPEG", icc_profile=profile)

    assert profile == opened(transformed(content, Frame(side=90).transformation)).info["icc_profile"]


def test_a_moving_picture_stands_still() -> None:
    """One that has to be made smaller is its first frame; one that fits goes on moving."""
    frames = [Image.new("L", (200, 200), shade) for shade in (0, 90, 180)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert 3 == getattr(opened(transformed(content, Frame(("gif",)).transformation)), "n_frames", 1)
    assert 1 == getattr(opened(transformed(content, Frame(side=100).transformation)), "n_frames", 1)


def test_a_bomb_is_not_opened() -> None:
    """A few bytes that would become billions of pixels are refused by their head."""
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")

    for look in (judge, lambda content: transformed(content, Frame().transformation)):
        with pytest.raises(Unfit, match="50,000,000") as refused:
            look(bomb)
        assert "XP-PICTURE-LARGE" == refused.value.code


@pytest.mark.parametrize(
    "content", [photograph()[:2_000], b"\xff\xd8\xff", saved(noise(9, 9), "PNG")[:60], b"RIFF\x10\x00\x00\x00WEBPVP8 "]
)
def test_a_broken_picture_is_refused(content: bytes) -> None:
    """By name, and never by another error."""
    with pytest.raises(Unfit) as refused:
        transformed(content, Frame(side=2).transformation)

    assert "XP-PICTURE-BROKEN" == refused.value.code


def test_what_is_no_picture() -> None:
    """Another file is given as it is, and cannot be made fit; nobody invents a transformation."""
    assert b"%PDF" == transformed(b"%PDF", BARE)
    assert ("application/octet-stream", "image/png") == (content_type(b"%PDF"), content_type(saved(noise(1, 1), "PNG")))
    for content, how in ((b"%PDF", Frame().transformation), (b"", "twist")):
        with pytest.raises(Unfit):
            transformed(content, how)


def test_pictures_in_their_order() -> None:
    """The cover first, each once, with its words; beside a page only one, elsewhere as many as the service takes."""
    assets = tuple(Asset(name, name[0] * 40, 1) for name in ("a.png", "b.jpg", "c.svg"))
    front = replace(PLAIN.front, cover="b.jpg", cover_alt="")
    shown = replace(PLAIN, body="![A](a.png) ![B](b.jpg) ![C](c.svg) ![D](d.png)", assets=assets, front=front)

    assert (("b.jpg", "B"), ("a.png", "A")) == named(shown)
    assert ["b.jpg"] == [media.source for media in attached(shown, 4, Frame())]
    assert ["b.jpg", "a.png"] == [media.source for media in attached(replace(shown, has_page=False), 4, Frame())]
    assert () == attached(shown, 0, Frame())


@pytest.mark.parametrize(
    ("width", "notes"), [(9, {"exif": True, "xmp": True}), (40, {"exif": True}), (40, {"xmp": True}), (40, {})]
)
def test_an_avif_forgets_where_it_was_taken(width: int, notes: dict[str, bool]) -> None:
    """What is seen stays byte for byte; what a camera and a program said of it is gone."""
    written = {"exif": _exif().tobytes(), "xmp": XMP}
    content = saved(noise(40, 9), "AVIF", **{name: written[name] for name in notes})
    found = transformed(content, BARE)

    assert bool(notes) == (PLACE.encode() in content)
    assert PLACE.encode() not in found
    assert b"Camera of Anna" not in found
    assert len(content) == len(found)
    assert opened(content).tobytes() == opened(found).tobytes()
    assert found == transformed(found, BARE)


def test_a_gif_loses_its_comments_and_goes_on_moving() -> None:
    """Comments and notes of programs go; frames, times and the loop stay."""
    frames = [Image.new("L", (20, 20), shade) for shade in (0, 90, 180)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=PLACE.encode(), loop=0)
    content = content[:-1] + b"\x21\xff\x0bXMP DataXMP" + bytes([len(XMP)]) + XMP + b"\0;" + PLACE.encode()
    found = transformed(content, BARE)

    assert PLACE.encode() not in found
    assert (3, 0) == (getattr(opened(found), "n_frames", 1), opened(found).info["loop"])
    assert found == transformed(found, BARE)


@pytest.mark.parametrize("kind", ["AVIF", "GIF"])
def test_one_that_breaks_off_is_refused(kind: str) -> None:
    """Half a picture of boxes or blocks is found broken, wherever it ends inside its head."""
    content = saved(noise(30, 30), kind)
    for end in (40, 60, 100, 200):
        with pytest.raises(Unfit):
            transformed(content[:end], BARE)
