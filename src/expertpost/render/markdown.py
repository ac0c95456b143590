"""What a Markdown text says: its safe HTML, its links, its headings and its first words."""

import re
from dataclasses import dataclass

from expertpost.render.events import Step, is_absolute, placed_steps, target
from expertpost.render.html import Writer, full_html
from expertpost.render.quick import Address, quick_html, takes

_SPACES = re.compile(r"\s+")
_BLOCKS_AROUND = frozenset({"BlockQuote", "List", "FootnoteDefinition", "Table"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link or image. ``destination`` as written (entities decoded), ``text`` its words; ``line`` counts from 1."""

    destination: str
    text: str
    line: int
    is_image: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. ``level`` is 1 to 6 as written; ``anchor`` is its id in the HTML; ``line`` counts from 1."""

    level: int
    text: str
    anchor: str
    line: int


def to_html(body: str, *, address: Address = None, heading_offset: int = 0, picture: Address = None) -> str:
    """Safe HTML. ``address`` gives the address to write for each link and image as the author wrote it.

    ``picture`` does so for images, where they are not treated like links. Where the answer is "" or the address is
    refused (``safe_address``), the words stand without a link. Headings get unique ids and go ``heading_offset`` levels
    down.
    """
    if takes(body):
        return quick_html(body, address, picture or address, heading_offset)
    return full_html(body, address=address, heading_offset=heading_offset, picture=picture)


def _words(step: Step) -> str:
    """The words that a step adds to the text around it."""
    what, _, detail = step
    if what in ("Text", "Code"):
        return str(detail)
    return " " if what in ("SoftBreak", "HardBreak") else ""


def links(body: str) -> tuple[Link, ...]:
    """Every link and image, in the order in which they begin."""
    found: list[Link | None] = []
    open_: list[tuple[int, str, list[str], int, bool]] = []
    for step, line, _ in placed_steps(body):
        what, tag, detail = step
        if tag in ("Link", "Image"):
            if what == "Start":
                open_.append((len(found), target(detail).address, [], line, tag == "Image"))
                found.append(None)
            else:
                place, address, words, at, is_image = open_.pop()
                found[place] = Link(address, _SPACES.sub(" ", "".join(words)).strip(), at, is_image)
        elif open_:
            for _, _, words, _, _ in open_:
                words.append(_words(step))
    return tuple(link for link in found if link)


def headings(body: str) -> tuple[Heading, ...]:
    """Every heading, with the anchor that ``to_html`` gives it."""
    writer = Writer()
    found: list[Heading] = []
    for step, line, _ in placed_steps(body):
        writer.take(step)
        what, tag, detail = step
        if what == "End" and tag == "Heading":
            text = _SPACES.sub(" ", "".join(writer.heading)).strip()
            found.append(Heading(int(str(detail)[1]), text, writer.anchor, line))
    return tuple(found)


def first_paragraph(body: str) -> str:
    """The words of the first paragraph that has any (not in a list, quote, table or footnote), on one line; or ""."""
    words: list[str] = []
    depth = images = 0
    for step, _, _ in placed_steps(body):
        what, tag, _ = step
        if tag in _BLOCKS_AROUND:
            depth += 1 if what == "Start" else -1
        elif tag == "Image":
            images += 1 if what == "Start" else -1
        elif tag == "Paragraph" and what == "Start":
            words = []
        elif tag == "Paragraph" and not depth and "".join(words).strip():
            return _SPACES.sub(" ", "".join(words)).strip()
        elif not images:
            words.append(_words(step))
    return ""


def only_absolute(address: str) -> str:
    """For ``to_html(address=…)`` where relative addresses mean nothing, and may name what the reader must not see."""
    return address if is_absolute(address) else ""
