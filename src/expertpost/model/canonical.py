"""Canonical JSON and digests: the one way a value becomes bytes that are signed, compared or named."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def canonical_json(value: Json) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces (RFC 8785 for the types used here: no floats are ever passed)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(data: bytes) -> str:
    """Lower-case hex SHA-256 of bytes, 64 characters."""
    return hashlib.sha256(data).hexdigest()


def digest_of(value: Json) -> str:
    """SHA-256 of the canonical JSON of a value."""
    return sha256(canonical_json(value))


def blob_id(data: bytes) -> str:
    """The id git gives these bytes as a blob: SHA-1 of "blob", length, a zero byte, the bytes (git-hash-object)."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
