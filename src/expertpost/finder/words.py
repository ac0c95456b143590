"""Words of a question as a full-text query: nothing in them is ever taken for query syntax."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_MOST = 400
"""Different words of a question that are looked at."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in small letters, each once, in their order."""
    return tuple(dict.fromkeys(_WORD.findall(text.casefold())))[:_MOST]


def any_of(words: Iterable[str]) -> str:
    """The FTS5 query (sqlite.org/fts5.html §3) for texts with any of the words."""
    return " OR ".join(f'"{word}"' for word in words)
