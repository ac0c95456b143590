"""Permanent ids and slugs."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")


def new_id(milliseconds: int, entropy: bytes) -> str:
    """A ULID (ulid spec): 48 bits of Unix time in milliseconds, then 80 random bits, as 26 Crockford base-32 digits."""
    number = (milliseconds << 80) | int.from_bytes(entropy[:10], "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -5, -5))


def moment_of(piece_id: str) -> datetime:
    """When a ULID was made, in UTC; at most the last moment that a datetime can hold."""
    milliseconds = 0
    for digit in piece_id[:10]:
        milliseconds = milliseconds * 32 + _CROCKFORD.index(digit)
    begin, end = datetime.fromtimestamp(0, UTC), datetime.max.replace(tzinfo=UTC)
    return begin + min(timedelta(milliseconds=milliseconds), end - begin)


def folded(text: str) -> str:
    """A slug or path as the least careful file system compares it: letter case and ways of writing ignored."""
    return text if text.isascii() and text.islower() else unicodedata.normalize("NFKC", text).casefold()
