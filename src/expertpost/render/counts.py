"""How services count a text: each function takes words and answers a length, as ``Publisher.count`` does."""

import re
import unicodedata
from functools import cache, lru_cache

import regex

from expertpost.render.families.x_urls import x_urls

URL_LENGTH = 23
"""What an address counts on X, and on Mastodon (``characters_reserved_per_url``)."""

# Weight 100 of 280 × 100; everything else weighs twice as much (twitter-text, configuration v3).
_LIGHT = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_REMOTE_MENTION = re.compile(r"(?<![=/\w])(@\w+(?:[\w.-]+\w+)?)@[\w.-]+\w")
_GRAPHEME = regex.compile(r"\X")


@cache
def _emoji() -> regex.Pattern[str]:
    """One emoji as people see it: flags, keycaps, families; © and ® only where an emoji is asked for."""
    one = r"(?:(?![\u00a9\u00ae](?!\ufe0f))\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)"
    return regex.compile(rf"\p{{RI}}\p{{RI}}|[0-9#*]\ufe0f?\u20e3|{one}[\U000e0020-\U000e007f]*(?:\u200d{one})*")


@lru_cache(maxsize=64)
def weighted(text: str) -> int:
    """X: an address is 23, an emoji 2, a letter of Latin and its neighbours 1, any other 2; after NFC."""
    text = unicodedata.normalize("NFC", text)
    length, at = 0, 0
    for start, end in x_urls(text):
        length += _weight(text[at:start]) + URL_LENGTH
        at = end
    return length + _weight(text[at:])


def _weight(words: str) -> int:
    if words.isascii():
        return len(words)
    bare, emojis = _emoji().subn("", words)
    light = len(_LIGHT.findall(bare))
    return light + 2 * (len(bare) - light) + 2 * emojis


@lru_cache(maxsize=64)
def mastodon(text: str) -> int:
    """Mastodon: characters as people see them; an address with its scheme is 23, ``@name@host`` only ``@name``."""
    out, at = [], 0
    for start, end in x_urls(text):
        if text[start : start + 4].lower() == "http":
            out += [text[at:start], "x" * URL_LENGTH]
            at = end
    out.append(text[at:])
    return graphemes(_REMOTE_MENTION.sub(r"\1", "".join(out)))


def graphemes(text: str) -> int:
    """Characters as people see them: a flag or a family is one (Unicode Standard Annex 29)."""
    return len(text) if text.isascii() and "\r" not in text else len(_GRAPHEME.findall(text))


def utf16(text: str) -> int:
    """UTF-16 code units: two for everything outside the basic plane (Telegram)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
