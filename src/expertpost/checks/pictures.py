"""Pictures: are they there, do they go along, and what do those hear who cannot see them?"""

from collections.abc import Iterator
from posixpath import basename, normpath

from expertpost.checks.context import Context
from expertpost.errors import Finding, Severity
from expertpost.render.cut import local_name
from expertpost.render.events import is_absolute, safe_address


def without_words(context: Context) -> Iterator[Finding]:
    """Pictures without a text for those who cannot see them."""
    for link in context.links:
        if link.is_image and not link.text:
            what = f"the picture {link.destination[:60]} has no text for those who cannot see it"
            cure = "write ![what it shows](picture.png)"
            yield context.found(link.line, "XP-ALT", what, cure, Severity.WARNING)


def missing(context: Context) -> Iterator[Finding]:
    """Pictures that no reader would get to see, the cover among them."""
    for link in context.links:
        if link.is_image:
            yield from _missing(context, link.destination, line=link.line)
    if context.piece and context.piece.front.cover:
        yield from _missing(context, context.piece.front.cover, key="cover")


def _missing(context: Context, address: str, *, line: int = 0, key: str = "") -> Iterator[Finding]:
    name = local_name(address)
    if is_absolute(address):
        what = f"{address[:80]} lies elsewhere: pages show no pictures of other hosts, which would learn who reads"
        cure = "put the picture beside the piece"
        yield context.found(line, "XP-PICTURE-REMOTE", what, cure, Severity.WARNING, key=key)
    elif not safe_address(address) or not name:
        what = f"{address[:60]!r} can be no picture"
        yield context.found(line, "XP-PICTURE-NONE", what, "put it beside the piece: ![…](picture.png)", key=key)
    elif not context.has_own_folder or name not in context.names_beside:
        there = normpath(f"{context.folder}/{name}") in context.neighbours.files
        what = f"the picture {name[:80]} " + ("does not go along" if there else "is not there")
        yield context.found(line, "XP-PICTURE-NONE", what, _cure(context, name), key=key)


def _cure(context: Context, name: str) -> str:
    if context.has_own_folder and not name.startswith("../"):
        return f"put it into {context.folder}, or correct the name"
    home = context.folder if context.has_own_folder else context.path.removesuffix(".md")
    move = "" if context.has_own_folder else f"make the piece {home}/index.md and "
    return f"{move}put the picture into {home}: ![…]({basename(name)})"
