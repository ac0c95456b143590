"""What lists, feeds and links tell of a piece on one site, already cut for its readers."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from expertpost.render.shown import Shown

WORDS_PER_MINUTE = 230
"""How fast people read (Brysbaert 2019: 238 words a minute for non-fiction, rounded down)."""

_NAMED_SIGNS = (("+", " plus "), ("#", " sharp "), ("&", " and "), (".net", " dot net"))
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


class Card(NamedTuple):
    """One piece in a list: a tuple of what JSON knows, because every build notes, reads and compares ten thousand.

    ``authors``: name and the slug of their page on the site, "" where they have none. ``published`` and ``updated`` are
    RFC 3339 texts in the zone the piece was written for; ``order`` is the instant of ``published`` in Unix seconds.
    ``assets`` are the names of the files its page shows; ``social`` is that of its social card, "" where it has none.
    """

    id: str
    slug: str
    title: str
    summary: str
    authors: Sequence[Sequence[str]]
    topics: Sequence[str]
    published: str
    updated: str
    order: int
    kind: str
    language: str
    minutes: int
    digest: str
    assets: Sequence[str]
    social: str = ""

    @property
    def path(self) -> str:
        """Where its page lies, below the site's root."""
        return f"pieces/{self.slug}.html"

    def listed(self) -> "Card":
        """The same as lists know it: two cards that differ otherwise look the same there."""
        return self._replace(minutes=0, digest="", updated="", assets=(), social="")


def card(
    shown: Shown,
    digest: str,
    authors: Iterable[Sequence[str]],
    summary: str,
    published: datetime | None,
    updated: datetime | None,
) -> Card:
    """The card of a piece whose content has ``digest``."""
    front = shown.front
    return Card(
        front.id,
        front.slug,
        front.title,
        summary,
        list(authors),
        list(front.topics),
        published.isoformat(timespec="seconds") if published else "",
        updated.isoformat(timespec="seconds") if updated else "",
        int(published.timestamp()) if published else 0,
        front.kind.value,
        front.language,
        max(1, round((shown.body.count(" ") + shown.body.count("\n")) / WORDS_PER_MINUTE)),
        digest,
        [asset.name for asset in shown.assets],
    )


def newest_first(cards: Iterable[Card]) -> list[Card]:
    """Cards as lists show them; those without a date come last."""
    return sorted(cards, key=lambda one: (one.order, one.id), reverse=True)


@cache
def slug_of(words: str) -> str:
    """Words as part of an address: small letters, digits and hyphens. What has none of them gets a name of its own."""
    text = words.casefold()
    for sign, says in _NAMED_SIGNS:
        text = text.replace(sign, says)
    if not text.isascii():
        from slugify import slugify

        text = slugify(text)
    return _NOT_IN_SLUGS.sub("-", text).strip("-")[:80] or sha256(words.encode()).hexdigest()[:8]
