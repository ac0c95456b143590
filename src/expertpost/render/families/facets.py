"""Bluesky's rich text: plain words, and facets whose places count UTF-8 bytes (app.bsky.richtext.facet)."""

from expertpost.model.canonical import Json
from expertpost.render.events import safe_address
from expertpost.render.fit import LINK
from expertpost.render.spans import Span, Style, Styled


def facets(styled: Styled) -> list[Json]:
    """A facet for every link: of the author's own making, or written out in the words. Nobody is mentioned."""
    named = [span for span in styled.spans if span.style is Style.LINK and span.detail.startswith(("http:", "https:"))]
    bare = (_bare(found.start(), found[0]) for found in LINK.finditer(styled.text))
    links = [*named, *(one for one in bare if not any(one.start < span.end and span.start < one.end for span in named))]
    return [_facet(styled.text, link) for link in sorted(links)]


def _bare(start: int, written: str) -> Span:
    """An address in the words, without the punctuation that ends the sentence around it."""
    address = written.rstrip(".,;:!?'\"”’»")
    if "(" not in address:
        address = address.rstrip(").,;:!?'\"")
    return Span(start, start + len(address), Style.LINK, safe_address(address))


def _facet(text: str, link: Span) -> Json:
    start = len(text[: link.start].encode())
    end = start + len(text[link.start : link.end].encode())
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link.detail}],
    }
