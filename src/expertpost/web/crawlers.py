"""What crawlers read: sitemap (sitemaps.org 0.9) and robots.txt (RFC 9309)."""

from collections.abc import Iterable

from expertpost.web.cards import Card
from expertpost.web.pages import Face

SITEMAP_LIMIT = 50_000
"""Addresses that one sitemap may hold (sitemaps.org)."""

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemaps(face: Face, cards: Iterable[Card], others: Iterable[str]) -> dict[str, bytes]:
    """The sitemap by path, in several files behind an index where it is long; none without an address."""
    if not face.base_url:
        return {}
    places = [(f"{face.base_url}{path}", "") for path in others]
    places += [(f"{face.base_url}{card.path}", card.updated) for card in cards]
    if len(places) <= SITEMAP_LIMIT:
        return {"sitemap.xml": _sitemap("urlset", "url", places)}
    parts = [places[at : at + SITEMAP_LIMIT] for at in range(0, len(places), SITEMAP_LIMIT)]
    made = {f"sitemap-{number}.xml": _sitemap("urlset", "url", part) for number, part in enumerate(parts, 1)}
    index = [(f"{face.base_url}{path}", "") for path in made]
    return {**made, "sitemap.xml": _sitemap("sitemapindex", "sitemap", index)}


def _sitemap(root: str, each: str, places: Iterable[tuple[str, str]]) -> bytes:
    # Written by hand: the only texts are addresses of our own making and times, and there may be fifty thousand.
    lines = (
        f"<{each}><loc>{address.replace('&', '&amp;')}</loc>"
        + (f"<lastmod>{changed}</lastmod>" if changed else "")
        + f"</{each}>\n"
        for address, changed in places
    )
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<{root} xmlns="{_SITEMAP}">\n'
    return f"{head}{''.join(lines)}</{root}>\n".encode()


def robots(face: Face) -> bytes:
    """What crawlers may visit: everything on a public site, nothing elsewhere."""
    if not face.indexed:
        return b"User-agent: *\nDisallow: /\n"
    where = f"Sitemap: {face.base_url}sitemap.xml\n" if face.base_url else ""
    return f"User-agent: *\nDisallow:\n{where}".encode()
