"""The records of a post on Bluesky: their keys, what is in them, and the addresses of what is in them. Pure.

A record is addressed by its content (CID), so a whole thread can be written before the server has seen any of it.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from expertpost.model.canonical import Json, sha256
from expertpost.model.post import Post

COLLECTION = "app.bsky.feed.post"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
# Record keys look like moments (TID): ours lie between 2023 and 2026, so that none is ahead of its time.
_FIRST = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_MICROSECONDS = 94_608_000_000_000
# The kinds of DAG-CBOR items (RFC 8949 §3.1), and how an address of content begins: version 1, DAG-CBOR, SHA-256.
_NUMBER, _BYTES, _TEXT, _LIST, _MAP, _TAG = 0, 2, 3, 4, 5, 6
_SIMPLE = {False: b"\xf4", True: b"\xf5", None: b"\xf6"}
_OF_CONTENT, _LINK = b"\x01\x71\x12\x20", 42


def tid(key: str, part: int = 0) -> str:
    """A record key for one part of a delivery: 53 bits of a moment and 10 of a clock, in base 32 (atproto, TID)."""
    chance = int(sha256(f"tid {key}".encode())[:32], 16)
    number = ((_FIRST + chance % _MICROSECONDS) << 10 | (chance // _MICROSECONDS) % 1_024) + part
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def address(did: str, rkey: str) -> str:
    """Where a record is."""
    return f"at://{did}/{COLLECTION}/{rkey}"


def records(post: Post, key: str, at: datetime, did: str, blobs: Sequence[Json]) -> Iterator[dict[str, Json]]:
    """The record of each part of a bound post, each but the first in reply to the one before it.

    ``blobs``: what the server knows its pictures by, and behind them its social card where it has one.
    """
    root: Json = None
    parent: Json = None
    for number in range(len(post.parts)):
        record = _record(post.part(number), at, blobs if number == 0 else (), blobs[-1] if blobs else None)
        if root:
            # app.bsky.feed.post#replyRef
            record["reply"] = {"root": root, "parent": parent}
        yield record
        parent = {"uri": address(did, tid(key, number)), "cid": cid(record)}
        root = root or parent


def _record(post: Post, at: datetime, pictures: Sequence[Json], thumb: Json) -> dict[str, Json]:
    """One record as the lexicon app.bsky.feed.post has it."""
    record: dict[str, Json] = {
        "$type": COLLECTION,
        "text": post.parts[0],
        "createdAt": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
    record |= {name: json.loads(post.field(name)) for name in ("facets", "tags") if post.field(name)}
    if language := post.field("language"):
        record["langs"] = [language]
    if post.field("card") and post.link:
        card: dict[str, Json] = {"uri": post.link, **json.loads(post.field("card"))}
        record["embed"] = {"$type": "app.bsky.embed.external", "external": card | ({"thumb": thumb} if thumb else {})}
    elif post.media:
        images: list[Json] = [{"alt": one.alt, "image": blob} for one, blob in zip(post.media, pictures, strict=False)]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record


def cid(record: Json) -> str:
    """The address of a record's content (CID version 1 of its DAG-CBOR, in base 32)."""
    found = _OF_CONTENT + hashlib.sha256(_cbor(record)).digest()
    return f"b{base64.b32encode(found).decode().rstrip('=').lower()}"


def _cbor(value: Json) -> bytes:
    """A value as DAG-CBOR (ipld.io): one form for each value, and links to content as bytes. Raises ValueError."""
    match value:
        case bool() | None:
            return _SIMPLE[value]
        case int() if value >= 0:
            return _head(_NUMBER, value)
        case str():
            return _head(_TEXT, len(value.encode())) + value.encode()
        case list():
            return _head(_LIST, len(value)) + b"".join(_cbor(one) for one in value)
        case {"$link": str(link), **others} if not others:
            content = b"\0" + base64.b32decode(f"{link[1:].upper()}{'=' * (-len(link[1:]) % 8)}")
            return _head(_TAG, _LINK) + _head(_BYTES, len(content)) + content
        case dict():
            pairs = sorted((_cbor(name), _cbor(one)) for name, one in value.items())
            return _head(_MAP, len(value)) + b"".join(name + one for name, one in pairs)
    raise ValueError(f"records hold no {type(value).__name__}")


def _head(kind: int, size: int) -> bytes:
    """The beginning of an item, as short as it can be: its kind, and its value or how long it is."""
    if size < 24:
        return bytes([kind << 5 | size])
    width = next(power for power in range(4) if size < 1 << 8 * 2**power)
    return bytes([kind << 5 | 24 + width]) + size.to_bytes(2**width)
