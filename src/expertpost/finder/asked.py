"""What somebody looks for, taken apart: words, "phrases" and beginnings*; nothing in it is ever query syntax.

Text is prepared the same way on both sides. A character of a script without spaces between words is a word of its own,
so any run of them is found as a phrase, however short; a tokenizer by trigrams would need three of them.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

_MARK = "\u200b"
# With the marks that Unicode has no letter for: a Turkish İ in small letters is two characters. FTS5 skips just these.
_WORD = re.compile("[^\\W_]+(?:[\u0300-\u0331]+[^\\W_]*)*")
_PART = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]|(\S+)')
_MOST = 32
"""Parts of a query that are looked at."""


class Term(NamedTuple):
    """Words that must follow each other; ``begins``: the last one may go on."""

    words: tuple[str, ...]
    begins: bool = False


@cache
def _unspaced() -> re.Pattern[str]:
    """A character of what is written without spaces: Thai, Lao, Khmer, Myanmar, kana, Han. Slow to compile."""
    return re.compile(
        "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff"
        "\uf900-\ufaff\U00020000-\U0003ffff])"
    )


def prepared(text: str) -> str:
    """A text as it is kept: in one way of writing (NFKC), each character of an unspaced script apart."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode()
    return _unspaced().sub(rf"{_MARK}\1{_MARK}", plain)


def readable(text: str) -> str:
    """A prepared text as people write it."""
    return text.replace(_MARK, "")


def plain_word(word: str) -> str:
    """A word without letter case and without the marks on its letters: how spellings are compared."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFD", word.casefold())
    return "".join(character for character in bare if not unicodedata.combining(character))


def words_in(text: str) -> list[str]:
    """The words of a prepared text in small letters, in their order."""
    return _WORD.findall(text.lower())


def terms_of(query: str) -> tuple[Term, ...]:
    """The parts of a query, each once, in their order; parts without a word are left out."""
    found: dict[Term, None] = {}
    for phrase, part in _PART.findall(query):
        words = tuple(words_in(prepared(phrase or part)))
        if words:
            found[Term(words, part.endswith("*"))] = None
    return tuple(found)[:_MOST]


def matching(term: Term) -> str:
    """The FTS5 expression (sqlite.org/fts5.html §3) for texts with this part.

    FTS5 reads words as it reads the texts, so they fit whatever it makes of them; only ß and ss it keeps apart.
    """
    ways = {tuple(word.replace(one, other) for word in term.words) for one, other in (("ss", "ß"), ("ß", "ss"))}
    return _any(f'"{" ".join(way)}"{" *" if term.begins else ""}' for way in sorted(ways))


def each_of(terms: Iterable[str]) -> str:
    """Texts with all of some expressions."""
    return " AND ".join(terms)


def any_of(terms: Iterable[str]) -> str:
    """Texts with any of some expressions."""
    return _any(terms)


def _any(ways: Iterable[str]) -> str:
    return f"({' OR '.join(ways)})"
