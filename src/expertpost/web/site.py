"""A site as values: which files it consists of, and what stands in those that are not the page of one piece.

The page of a piece needs its text and is made by ``Pages.piece``; everything else needs only cards, and the texts of
the newest few for the feeds. The same values give the same bytes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from expertpost.model.canonical import Json
from expertpost.web.cards import Card
from expertpost.web.crawlers import robots, sitemaps
from expertpost.web.lists import MISSING, ON_HOME, SEARCH
from expertpost.web.pages import Face

MANIFEST = "manifest.json"
"""What a deployed site says of itself (protocol §7); ``publish`` reads it."""
STYLE = "style.css"
ICON = "icon.svg"
SCRIPT = "search.js"
FEEDS = ("atom.xml", "feed.json")
FOLDERS = ("pieces", "topics", "people", "archive", "pagefind")
"""The folders of a site in which every file is ours."""
# Sitemaps, and what a build that was killed left behind.
_OURS_AT_THE_TOP = re.compile(r"sitemap(-\d+)?\.xml|\.\d+\.part")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a site shows: ``cards`` newest first, as of ``commit``."""

    workspace: str
    name: str
    commit: str
    cards: tuple[Card, ...]


def style_digest(style: bytes) -> str:
    """What stands behind the style sheet's address, so that browsers fetch a new one."""
    return sha256(style).hexdigest()[:12]


def machine_files(face: Face, contents: Contents, listed: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Sitemap, robots and manifest as (path, bytes); ``listed``: the paths of all pages but those of the pieces."""
    yield "robots.txt", robots(face)
    yield MANIFEST, manifest(face, contents)
    if not face.draft:
        yield from sitemaps(face, contents.cards, sorted(path for path in listed if path != MISSING)).items()


def feeds(face: Face, contents: Contents, texts: Sequence[str]) -> dict[str, bytes]:
    """The feeds by path; ``texts``: the newest pieces as HTML. A draft has none."""
    from expertpost.web.feeds import Entry, atom, feed_id, json_feed

    entries = [Entry(card, text) for card, text in zip(contents.cards[:ON_HOME], texts, strict=True)]
    made = (atom(face, feed_id(contents.workspace, contents.name), entries), json_feed(face, entries))
    return dict(zip(FEEDS, made, strict=True))


def manifest(face: Face, contents: Contents) -> bytes:
    """The commit a site was built from and the content digest behind each page (protocol §7).

    That of a draft lists nothing: what nobody approved is never live.
    """
    head: dict[str, Json] = {
        "schema": "expertpost.manifest/1",
        "workspace": contents.workspace,
        "site": contents.name,
        "commit": contents.commit,
        "draft": face.draft,
    }
    # Ids, digests and slugs hold nothing that JSON would escape, and there may be ten thousand.
    pages = sorted(f'{{"id":"{card.id}","digest":"{card.digest}","path":"{card.path}"}}' for card in contents.cards)
    listed = ",\n".join(() if face.draft else pages)
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "pages": [\n{listed}]}}\n'.encode()


def is_same(content: bytes, workspace: str, name: str, *, draft: bool) -> bool:
    """Whether a manifest is one of this site of this workspace, a draft or none as this one is."""
    # Its first line names the site; behind it come ten thousand pages that say nothing about that.
    head = content.partition(b"[\n")[0]
    try:
        found = json.loads(head + b"[]}")
        return (workspace, name, draft) == (found["workspace"], found["site"], found["draft"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def is_ours(path: str) -> bool:
    """Whether a file in the folder of a site can only have come from a build; others are left alone."""
    return "/" in path or path in (*FEEDS, SCRIPT, SEARCH) or bool(_OURS_AT_THE_TOP.fullmatch(path))
