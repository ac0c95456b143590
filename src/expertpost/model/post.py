"""What one channel gets: parts of text, media and a link, before and after the moment of sending.

A placeholder stands for what only the moment of sending knows. It is written between two private-use characters that
no author's text can contain (``plain`` removes them), so a body can never forge one.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from expertpost.model.canonical import Json, digest_of

_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACEHOLDER = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")


def placeholder(name: str) -> str:
    """The text that ``bind`` replaces by the value of ``name``."""
    return f"{_OPEN}{name}{_CLOSE}"


URL = placeholder("url")
REPLY_TO = placeholder("reply_to")
THREAD = placeholder("thread")
RECIPIENT = placeholder("recipient")
UNSUBSCRIBE = placeholder("unsubscribe")
DATE = placeholder("date")
KEY = placeholder("key")

_IMPERSONAL = frozenset({"url", "url_html", "reply_to", "thread", "date", "key"})
"""What these stand for is the same for every reader; any other value may tell who the recipient is."""

LONGEST_URL = "https://example.org/" + "u" * 180
"""Stands for the address of a page when a length is counted before that address is known."""


def plain(text: str) -> str:
    """The author's text without the two characters that mark placeholders."""
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def placeholders_in(text: str) -> frozenset[str]:
    """The names of the placeholders in a text."""
    return frozenset(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every placeholder replaced; raises KeyError where a value is missing."""
    return _PLACEHOLDER.sub(lambda found: plain(values[found[1]]), text)


def longest(text: str) -> str:
    """The text with its placeholders filled by the longest values they may get, so that room is kept for them."""
    return (
        _PLACEHOLDER.sub(lambda found: LONGEST_URL if found[1] == "url" else "x" * 64, text) if _OPEN in text else text
    )


OF_PART = frozenset({"facets", "styles"})
"""The fields that speak of the text of one part."""


THUMBNAIL = "thumbnail"
"""The field that holds what stands on the social card that goes along: the lines of it, as a JSON list."""


def field_name(part: int, name: str) -> str:
    """What a field of one part of a post is called: the first part's has the plain name, the next ``facets-2``."""
    return f"{name}-{part + 1}" if part else name


@dataclass(frozen=True, slots=True)
class Media:
    """An image or file that goes along. ``source`` is the asset's name, ``blob`` its git blob id.

    ``transformation`` names what is done to the bytes before sending ("" is nothing).
    """

    source: str
    blob: str
    alt: str
    transformation: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """An unbound post (with placeholders) or a bound one (without).

    ``parts``: the text of each message, in order (a thread has several). ``fields``: other named texts that the channel
    sends, such as ("subject", …), ("html", …), ("path", …), in a fixed order. ``link``: "" or an address or ``URL``.
    """

    parts: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = ()
    media: tuple[Media, ...] = ()
    link: str = ""

    def field(self, name: str) -> str:
        """The named text, "" where there is none."""
        return dict(self.fields).get(name, "")

    def field_of(self, part: int, name: str) -> str:
        """The named text of one part, counted from 0 (``field_name``), "" where it has none."""
        return self.field(field_name(part, name))

    def part(self, number: int) -> "Post":
        """One message of a thread as a post, counted from 0; pictures go with the first, the link with the last.

        It has the fields of its own part under their plain names, and all that belong to no part. Every part but the
        first says with ``reply_to`` and ``thread`` to which message it replies.
        """
        shared = {name: text for name, text in self.fields if name.partition("-")[0] not in OF_PART}
        own = {name: text for name in sorted(OF_PART) if (text := self.field_of(number, name))}
        replies = {"reply_to": REPLY_TO, "thread": THREAD} if number else {}
        last = number == len(self.parts) - 1
        media = self.media if number == 0 else ()
        return Post((self.parts[number],), tuple((shared | own | replies).items()), media, self.link if last else "")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form; of an unbound post this is what an approval names."""
        return digest_of(self.content)

    @property
    def content(self) -> dict[str, Json]:
        """The canonical form: everything in it."""
        media: list[Json] = [[m.source, m.blob, m.alt, m.transformation] for m in self.media]
        fields: list[Json] = [[name, text] for name, text in self.fields]
        return {"v": 1, "parts": list(self.parts), "fields": fields, "media": media, "link": self.link}

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of all placeholders that ``bind`` must fill."""
        return placeholders_in("".join((*self.parts, *(text for _, text in self.fields), self.link)))


def bind(post: Post, values: Mapping[str, str]) -> Post:
    """The post as sent: placeholders filled and nothing else changed. Pure; KeyError for a value that is missing."""
    return replace(
        post,
        parts=tuple(fill(part, values) for part in post.parts),
        fields=tuple((name, fill(text, values)) for name, text in post.fields),
        link=fill(post.link, values),
    )


def keepable(post: Post, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Of the values that were filled into a post those that the ledger may keep, by name: nothing of a recipient."""
    return tuple((name, plain(values[name])) for name in sorted(post.placeholders & _IMPERSONAL & values.keys()))


def in_json(text: str) -> str:
    """A text as it stands between the quotes of canonical JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def bind_json(unbound: bytes, values: Iterable[tuple[str, str]]) -> bytes:
    """What ``bind`` makes of a post, from canonical JSON to canonical JSON; what has no value stays a placeholder."""
    for name, value in values:
        unbound = unbound.replace(placeholder(name).encode(), in_json(plain(value)).encode())
    return unbound
