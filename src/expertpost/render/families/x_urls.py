"""Which stretches of a text X takes for web addresses, with and without ``https://`` (twitter-text, ``valid_url``).

``tlds.txt`` holds the top-level domains that twitter-text knows (Apache-2.0, Twitter Inc. and contributors).
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import regex

_LATIN = (
    r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268"
    r"\u026f\u0272\u0289\u028b\u02bb\u1e00-\u1eff"
)
_PUNCTUATION = r"!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$"
_IN_LABEL = rf"[^{_PUNCTUATION}\s\p{{Z}}\p{{Cc}}\ufffe\ufeff\uffff\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069]"
_ASCII = rf"[a-z0-9{_LATIN}]"
_IN_PATH = rf"[a-z\p{{Cyrillic}}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PARENTHESES = rf"\((?:{_IN_PATH}+|{_IN_PATH}*\({_IN_PATH}+\){_IN_PATH}*)\)"
_LAST_IN_PATH = rf"(?:[+\-a-z\p{{Cyrillic}}0-9=_#/{_LATIN}]|{_PARENTHESES})"
_PATH = rf"/(?:{_IN_PATH}*(?:{_PARENTHESES}{_IN_PATH}*)*{_LAST_IN_PATH})?"
_QUERY = r"\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@]*[a-z0-9\-_&=#/]"
_END = rf"(?::[0-9]+)?(?:{_PATH})?(?:{_QUERY})?"
_BEFORE = r"(?<![a-z0-9@\uff20$#\uff03\ufffe\ufeff\uffff])"
_TLD = r"(?:\L<tlds>|xn--[a-z0-9-]+)(?=[^0-9a-z@+-]|$)"
# No address reaches over white space, and each has a dot in it: most words need no closer look.
_WORD = re.compile(r"\S+\.\S+")
_LONGEST_LABEL, _LONGEST_HOST, _LONGEST_SHORT = 63, 253, 40
_SHORT = regex.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", regex.IGNORECASE)


def _label(one: str, more: str) -> str:
    return rf"(?:{one}(?:{more}*{one})?)\."


@cache
def _pattern() -> regex.Pattern[str]:
    unicode = rf"(?:{_label(_IN_LABEL, rf'(?:{_IN_LABEL}|[_-])')}){{0,126}}{_label(_IN_LABEL, rf'(?:{_IN_LABEL}|-)')}"
    ascii_only = rf"(?:{_label(_ASCII, rf'(?:{_ASCII}|[_-])')}){{0,126}}{_label(_ASCII, rf'(?:{_ASCII}|-)')}"
    tlds = Path(__file__).with_name("tlds.txt").read_text(encoding="utf-8").split()
    return regex.compile(
        rf"{_BEFORE}(?:https?://(?P<host>{unicode}{_TLD})|(?<![-_./])(?P<host>{ascii_only}{_TLD})){_END}",
        regex.IGNORECASE,
        tlds=tlds,
    )


def x_urls(text: str) -> Iterator[tuple[int, int]]:
    """The start and end of each address, in code points, in order."""
    for found in (found for word in _WORD.finditer(text) for found in _pattern().finditer(text, *word.span())):
        short = _SHORT.match(found[0])
        if short and len(short[1]) <= _LONGEST_SHORT:
            yield found.start(), found.start() + short.end()
        elif not short and _is_host(found["host"]):
            yield found.span()


def _is_host(host: str) -> bool:
    """Whether the name fits into the domain name system, where other letters are written in ASCII (RFC 3492)."""
    encoded = [_encoded(label) for label in host.split(".")]
    return (
        all(encoded) and all(len(one) <= _LONGEST_LABEL for one in encoded) and sum(map(len, encoded)) < _LONGEST_HOST
    )


def _encoded(label: str) -> str:
    """The label in ASCII, "" where it only claims to be."""
    if label.isascii():
        return label
    return "" if label.lower().startswith("xn--") else f"xn--{label.encode('punycode').decode()}"
