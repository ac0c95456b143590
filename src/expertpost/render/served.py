"""Which files beside a piece may be given to readers: one rule for the checks and for the pages."""

import re
from posixpath import splitext

SERVED = frozenset(
    "png jpg jpeg gif webp avif svg pdf zip csv tsv txt xlsx docx pptx ods odt odp mp4 webm mp3 ogg wav".split()  # noqa: SIM905
)
"""File name endings that a site serves; whatever a browser could run as a page of the site is left out."""

_ACTIVE = re.compile(
    rb"<\s*(?:script|foreignObject|iframe|embed|object|set|animate\w*|handler)\b|\son\w+\s*=|javascript:|<!ENTITY"
    rb"|<\?xml-stylesheet|@import|&#"
    rb"|href\s*=(?!\s*[\"']?\s*(?:#|data:image/(?:png|jpe?g|gif|webp)[;,]))",
    re.IGNORECASE,
)


def is_served(name: str) -> bool:
    """Whether a file beside a piece may lie on a site, by its name."""
    return splitext(name)[1].lower().removeprefix(".") in SERVED


def is_harmless(name: str, content: bytes) -> bool:
    """Whether the bytes may be served: a drawing (SVG) must not be able to run or load anything, opened by itself.

    Character references are refused with the rest: they hide the words that are looked for.
    """
    return not (name.lower().endswith(".svg") and _ACTIVE.search(content))
