"""Words of a question as a full-text query: nothing in them is ever taken for query syntax."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_ASKING = frozenset(
    re.findall(
        r"\w+",
        "a about an and any anybody anyone are can could did do does for from has have how i in is it know knows me my"
        " of on or our should somebody someone that the there this to understand understands was we what when where"
        " which who whom whose why will with would you",
    )
)
"""English words that only ask. Those of other languages are told apart by being common where there is enough text."""
_MOST = 400
"""Different words of a question that are looked at."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a question in small letters, each once, in their order; without those that only ask."""
    found = tuple(dict.fromkeys(_WORD.findall(text.casefold())))[:_MOST]
    return tuple(word for word in found if word not in _ASKING) or found


def any_of(words: Iterable[str]) -> str:
    """The FTS5 query (sqlite.org/fts5.html §3) for texts with any of the words."""
    return " OR ".join(f'"{word}"' for word in words)
