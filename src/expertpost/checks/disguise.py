"""Text that shows a reviewer something else than it is: invisible characters, look-alikes, links in disguise.

The first are known as Trojan Source (CVE-2021-42574, CVE-2021-42694).
"""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from expertpost.checks.context import Context
from expertpost.errors import Finding, Severity
from expertpost.render.markdown import Link

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
_OVERRIDES = frozenset("\u202d\u202e")
_OPENING = frozenset("\u202a\u202b\u2066\u2067\u2068")
_CLOSING = frozenset("\u202c\u2069")
_MARKS = frozenset("\u200e\u200f\u061c")
_HARMLESS = _MARKS | frozenset("\u00ad\u200b\u2060\ufeff")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Letters of other scripts that look like Latin ones in common fonts (Unicode TR 39, confusables).
_LOOK_ALIKES = frozenset(
    bytes.fromhex(
        "0430 0435 043e 0440 0441 0443 0445 0456 0458 0455 0501 051b 051d 04bb 04cf 0410 0412 0415 041a 041c "
        "041d 041e 0420 0421 0422 0425 0423 0406 0408 0405 050c 0391 0392 0395 0396 0397 0399 039a 039c 039d "
        "039f 03a1 03a4 03a5 03a7 03bf 0585 057d 0581 0570 "
    ).decode("utf-16-be")
)
_SHOWS_HOST = re.compile(r"(?:https?://|www\.)[^\s/]+", re.IGNORECASE)


def invisible_characters(context: Context) -> Iterator[Finding]:
    """Control characters, bidi tricks and hidden text in the body; what other languages need is left alone."""
    if context.body.isascii() and not _SUSPECT.search(context.body):
        return
    for number, line in enumerate(context.body.split("\n"), 1):
        if _SUSPECT.search(line):
            yield from _line(context, number, _FLAG.sub("", line))


def _line(context: Context, number: int, line: str) -> Iterator[Finding]:
    found = set(_SUSPECT.findall(line))
    right_to_left = any(unicodedata.bidirectional(c) in ("R", "AL") for c in line)
    found -= _MARKS if right_to_left else set()
    bidi = found & (_OVERRIDES | _OPENING | _CLOSING)
    if bidi and (bidi & _OVERRIDES or not right_to_left or not _balanced(line)):
        what = f"the line holds {_named(bidi)}: it is shown in another order than it is read"
        yield context.found(number, "XP-BIDI", what, "type it anew without them")
    hidden = found - bidi - _HARMLESS
    if hidden:
        what = f"the line holds characters that nobody sees: {_named(hidden)}"
        yield context.found(number, "XP-INVISIBLE", what, "type it anew without them")
    elif found & _HARMLESS:
        what = f"the line holds {_named(found & _HARMLESS)}"
        yield context.found(number, "XP-INVISIBLE", what, "take it away where it is not wanted", Severity.WARNING)


def _balanced(line: str) -> bool:
    depth = 0
    for character in line:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth < 0:
            return False
    return depth == 0


def _named(characters: set[str]) -> str:
    return ", ".join(f"U+{ord(c):04X}" for c in sorted(characters)[:5])


def look_alikes(context: Context) -> Iterator[Finding]:
    """Words that read as Latin, with letters of another script among them."""
    for key in ("title", "summary", "description"):
        yield from (_alike(context, 0, word, key) for word in _mixed(context.text(key)))
    if not context.body.isascii():
        for number, line in enumerate(context.body.split("\n"), 1):
            yield from (_alike(context, number, word, "") for word in _mixed(line))


def _alike(context: Context, number: int, word: str, key: str) -> Finding:
    strange = {letter for letter in word if letter in _LOOK_ALIKES}
    what = f"{word[:40]!r} mixes in letters that only look Latin: {_named(strange)}"
    return context.found(number, "XP-LOOK-ALIKE", what, "type the word anew", Severity.WARNING, key=key)


def _mixed(text: str) -> Iterator[str]:
    for word in _WORD.findall(text) if not text.isascii() else ():
        latin = any(c < "\u0250" or "\u1e00" <= c < "\u1f00" for c in word)
        others = [c for c in word if c >= "\u0370" and not "\u1e00" <= c < "\u1f00"]
        if latin and others and all(c in _LOOK_ALIKES for c in others):
            yield word


def links_in_disguise(context: Context) -> Iterator[Finding]:
    """Links whose words show one host while they go to another, and hosts that are written to deceive."""
    for link in context.links:
        if not link.is_image and ":" in link.destination:
            yield from _disguised(context, link)


def _disguised(context: Context, link: Link) -> Iterator[Finding]:
    host, user = _host(link.destination)
    shown = _SHOWS_HOST.match(link.text)
    says = _host(shown[0] if "://" in shown[0] else f"https://{shown[0]}")[0] if shown else ""
    if user:
        what = f"the address hides its host {host} behind {user[:40]!r} and an @"
        yield context.found(link.line, "XP-LINK-HOST", what, "write the address without what stands before the @")
    elif says and host and _bare(says) != _bare(host) and not host.endswith(f".{_bare(says)}"):
        what = f"the words show {says}, but the link goes to {host}"
        yield context.found(link.line, "XP-LINK-HOST", what, "show where it goes, or write other words")
    if _deceives(host):
        what = f"{host} is written with letters that only look Latin"
        yield context.found(link.line, "XP-LINK-HOST", what, "type the address anew")


def _host(address: str) -> tuple[str, str]:
    """Host and user of a web address, both "" where it is none; the host as people read it."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "", ""
    if parts.scheme not in ("http", "https"):
        return "", ""
    if "xn--" in host:
        try:
            host = host.encode("ascii").decode("idna")
        except UnicodeError:
            return host, parts.username or ""
    return host, parts.username or ""


def _bare(host: str) -> str:
    return host.removeprefix("www.").casefold()


def _deceives(host: str) -> bool:
    """Whether a label of a host has look-alikes only, or among Latin letters."""
    labels = host.split(".") if not host.isascii() else []
    letters = [[c for c in label if c.isalpha() and not c.isascii()] for label in labels]
    return any(strange and all(c in _LOOK_ALIKES for c in strange) for strange in letters)
