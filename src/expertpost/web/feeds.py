"""Feeds: Atom (RFC 4287) and JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from expertpost.model.canonical import Json
from expertpost.web.cards import Card
from expertpost.web.pages import Face

_ATOM = "http://www.w3.org/2005/Atom"
_NEVER = "1970-01-01T00:00:00+00:00"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CROCKFORD = {digit: value for value, digit in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece in a feed, with its whole text as HTML whose links hold wherever it is read."""

    card: Card
    html: str


def permanent_id(ulid: str) -> str:
    """The id of a piece in feeds: its 128 bits as a UUID, the same under every address (RFC 4287 §4.2.6)."""
    number = 0
    for digit in ulid:
        number = number * 32 + _CROCKFORD[digit]
    return UUID(int=number & (1 << 128) - 1).urn


def feed_id(workspace: str, site: str) -> str:
    """The id of a site's feed: the same for ever, whatever its address."""
    return uuid5(NAMESPACE_URL, f"expertpost:{workspace}:{site}").urn


def atom(face: Face, id_: str, entries: Sequence[Entry]) -> bytes:
    """The Atom feed."""
    feed = Element("feed", {"xmlns": _ATOM})
    _text(feed, "id", id_)
    _text(feed, "title", face.title)
    updates = (entry.card.updated for entry in entries if entry.card.updated)
    _text(feed, "updated", max(updates, key=datetime.fromisoformat, default=_NEVER))
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{face.base_url}atom.xml"})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": f"{face.base_url}index.html"})
    SubElement(feed, "generator", {"uri": "https://pypi.org/project/expertpost/"}).text = "expertpost"
    for entry in entries:
        _atom_entry(SubElement(feed, "entry"), face, entry)
    return _xml(feed)


def _atom_entry(made: Element, face: Face, entry: Entry) -> None:
    card = entry.card
    language = {"xml:lang": card.language} if card.language else {}
    _text(made, "id", permanent_id(card.id))
    _text(made, "title", card.title)
    _text(made, "published", card.published or _NEVER)
    _text(made, "updated", card.updated or _NEVER)
    SubElement(made, "link", {"rel": "alternate", "type": "text/html", "href": f"{face.base_url}{card.path}"})
    for name, _ in card.authors:
        _text(SubElement(made, "author"), "name", name)
    for topic in card.topics:
        SubElement(made, "category", {"term": _clean(topic)})
    if card.summary:
        _text(made, "summary", card.summary)
    _text(made, "content", entry.html, {"type": "html", **language})


def _text(parent: Element, tag: str, text: str, attributes: dict[str, str] | None = None) -> None:
    SubElement(parent, tag, attributes or {}).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _xml(root: Element) -> bytes:
    indent(root, " ")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode() + b"\n"


def json_feed(face: Face, entries: Sequence[Entry]) -> bytes:
    """The JSON Feed (jsonfeed.org/version/1.1)."""
    feed: dict[str, Json] = {"version": "https://jsonfeed.org/version/1.1", "title": face.title}
    if face.base_url:
        feed |= {"home_page_url": face.base_url, "feed_url": f"{face.base_url}feed.json"}
    feed["items"] = [_item(face, entry) for entry in entries]
    return json.dumps(feed, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def _item(face: Face, entry: Entry) -> dict[str, Json]:
    card = entry.card
    item: dict[str, Json] = {
        "id": permanent_id(card.id),
        "url": f"{face.base_url}{card.path}",
        "title": card.title,
        "summary": card.summary,
        "content_html": entry.html,
        "date_published": card.published,
        "date_modified": card.updated,
        "authors": [{"name": name} for name, _ in card.authors],
        "tags": list(card.topics),
        "language": card.language,
    }
    # An item without any content is none; everything else may be missing.
    return {key: value for key, value in item.items() if value or key == "content_html"}
