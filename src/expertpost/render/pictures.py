"""Pictures made fit for a service: without notes, no larger than it takes, in a kind that it knows. Pure.

The same bytes and the same transformation give the same picture with the same Pillow, so a post can name a picture by
its source and what is done to it. No picture is opened that would fill the memory.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from struct import error as StructError  # noqa: N812 # it is a class, whatever it is called
from typing import TYPE_CHECKING

from expertpost.model.post import Media
from expertpost.render.bare import BARE, bare
from expertpost.render.cut import local_name
from expertpost.render.shown import Shown, clean

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 50_000_000
"""Pixels of the largest picture that is opened, which is more than nearly every camera makes: 200 MB of memory."""
ENDINGS = frozenset({"gif", "jpeg", "jpg", "png", "webp"})
"""How the names of pictures end. SVG is none of them: it can hold a script."""

_MAGIC = ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
_FIT = re.compile(r"fit ([a-z,]+) (\d+) (\d+)")
_JPEG_QUALITIES, _WEBP_QUALITIES = (88, 78, 66), (86, 74)
_SMALLER, _TURNS = 0.8, 24
_WHITE = (255, 255, 255)


class Unfit(ValueError):
    """A picture that cannot be taken: ``code`` for findings, and why in a few words."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Frame:
    """What a service takes of a picture: its ``kinds``, bytes (``size``) and pixels of its longer ``side``."""

    kinds: tuple[str, ...] = ("jpeg", "png", "webp")
    size: int = 1_000_000
    side: int = 4_096

    @property
    def transformation(self) -> str:
        """The name for ``Media.transformation``."""
        return f"fit {','.join(self.kinds)} {self.size} {self.side}"


def kind_of(content: bytes) -> str:
    """What a picture is, by its bytes: ``jpeg``, ``png``, ``gif``, ``webp``; "" for everything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")


def content_type(content: bytes) -> str:
    """The content type of a picture, ``image/png``; ``application/octet-stream`` for what is none."""
    kind = kind_of(content)
    return f"image/{kind}" if kind else "application/octet-stream"


def is_picture(name: str) -> bool:
    """Whether a file is a picture, by its name."""
    return name.rpartition(".")[2].lower() in ENDINGS


def named(shown: Shown) -> tuple[tuple[str, str], ...]:
    """The cover and the text's own pictures in their order, each once: name, and what to read where it is not seen."""
    there = {asset.name for asset in shown.assets if is_picture(asset.name)}
    if not there:
        return ()
    from expertpost.render.markdown import links

    front = [(shown.front.cover, shown.front.cover_alt)] if shown.front.cover else []
    body = ((local_name(one.destination), one.text) for one in links(shown.written or shown.body) if one.is_image)
    found: dict[str, str] = {}
    for name, alt in (*front, *body):
        if name in there:
            found[name] = found.get(name) or clean(alt)
    return tuple(found.items())


def carried(shown: Shown, most: int, frame: Frame) -> tuple[Media, ...]:
    """The first ``most`` pictures, to be made fit for the frame."""
    blobs = {asset.name: asset.blob for asset in shown.assets}
    return tuple(Media(name, blobs[name], alt, frame.transformation) for name, alt in named(shown)[:most])


def attached(shown: Shown, most: int, frame: Frame) -> tuple[Media, ...]:
    """The pictures of an announcement: one where a page shows the others, else as many as the service takes."""
    return carried(shown, min(1, most) if shown.has_page else most, frame)


def transformed(content: bytes, transformation: str) -> bytes:
    """The bytes as they leave: without notes, and made to fit where that is asked for. Raises Unfit."""
    fit = _FIT.fullmatch(transformation)
    if fit:
        return _into(content, Frame(tuple(fit[1].split(",")), int(fit[2]), int(fit[3])))
    if transformation not in ("", BARE):
        raise Unfit("XP-PICTURE-BROKEN", f"nobody knows how to do {transformation[:60]!r}")
    return _bare(content)


def judge(content: bytes) -> None:
    """Look whether a file that says it is a picture can be taken at all; it is not decoded. Raises Unfit."""
    _opened(_bare(content)).close()


def _bare(content: bytes) -> bytes:
    try:
        return bare(content)
    except ValueError as broken:
        raise Unfit("XP-PICTURE-BROKEN", str(broken)) from broken


def _opened(content: bytes) -> "Image":
    """The picture with its head read and nothing decoded."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            image = Image.open(BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Unfit("XP-PICTURE-LARGE", f"it has more than {MAX_PIXELS:,} pixels") from bomb
    except (OSError, ValueError, SyntaxError, StructError, Warning) as broken:
        raise Unfit("XP-PICTURE-BROKEN", "it is no picture that can be read") from broken
    if image.width * image.height > MAX_PIXELS:
        raise Unfit("XP-PICTURE-LARGE", f"it has {image.width * image.height:,} pixels, more than {MAX_PIXELS:,}")
    return image


def _into(content: bytes, frame: Frame) -> bytes:
    """The picture inside the frame; one that is already, as it is but for its notes. One that moves stands still."""
    stripped = _bare(content)
    with _opened(stripped) as image:
        if kind_of(stripped) in frame.kinds and len(stripped) <= frame.size and max(image.size) <= frame.side:
            return stripped
        return _encoded(_decoded(image, frame.side), kind_of(stripped), frame)


def _decoded(image: "Image", side: int) -> "Image":
    """The picture upright, in plain colours, its longer side at most ``side``."""
    from PIL import Image, ImageOps

    try:
        image.draft("RGB", (side, side))
        turned = ImageOps.exif_transpose(image)
        if turned.mode.startswith("I"):
            # Pillow cuts the 65,536 greys of such a picture off at 255, which leaves it white.
            turned = turned.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
        alpha = "A" in turned.getbands() or "transparency" in turned.info
        plain = turned.convert("RGBA" if alpha else "RGB")
    except (OSError, ValueError, SyntaxError, StructError) as broken:
        raise Unfit("XP-PICTURE-BROKEN", "it breaks off, or cannot be decoded") from broken
    # The profile of another colour space would say nothing true of these colours.
    profile = turned.info.get("icc_profile") if turned.mode in ("RGB", "RGBA") else None
    plain.info = {"icc_profile": profile} if profile else {}
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    return plain


def _encoded(image: "Image", kind: str, frame: Frame) -> bytes:
    """The first way of writing the picture that is small enough; the picture itself is made smaller where none is."""
    from PIL import Image

    for _ in range(_TURNS):
        for content in _written(image, kind, frame.kinds):
            if len(content) <= frame.size:
                return content
        smaller = (max(1, round(image.width * _SMALLER)), max(1, round(image.height * _SMALLER)))
        info, image = image.info, image.resize(smaller, Image.Resampling.LANCZOS)
        image.info = info
    raise Unfit("XP-PICTURE-LARGE", f"it cannot be made smaller than {frame.size:,} bytes")


def _written(image: "Image", kind: str, kinds: tuple[str, ...]) -> Iterator[bytes]:
    """Ways of writing it, best first: drawings stay drawings, and what is transparent stays so where it may."""
    clear = image.mode == "RGBA"
    if "png" in kinds and (kind in ("png", "gif") or not {"jpeg", "webp"} & set(kinds)):
        yield _saved(image, "PNG", optimize=True)
    if "webp" in kinds and (clear or "jpeg" not in kinds):
        yield from (_saved(image, "WEBP", quality=quality, method=4) for quality in _WEBP_QUALITIES)
    if "jpeg" in kinds:
        flat = _on_white(image) if clear else image
        yield from (_saved(flat, "JPEG", quality=quality, optimize=True) for quality in _JPEG_QUALITIES)


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    flat = Image.new("RGB", image.size, _WHITE)
    flat.paste(image, mask=image.getchannel("A"))
    flat.info = image.info
    return flat


def _saved(image: "Image", kind: str, **how: int | bool) -> bytes:
    out = BytesIO()
    image.save(out, kind, icc_profile=image.info.get("icc_profile"), **how)
    return out.getvalue()
