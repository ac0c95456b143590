"""What the digests in events stand for, kept beside them on their branch: contents of pieces, and unbound posts.

``<piece-id>/kept/<digest>.json`` is canonical JSON. It is no fact and needs no signature: whoever reads it computes its
digest. So what was submitted and approved can be shown and compared years later, whatever became of the branch that it
lay on, and whichever version rendered it.
"""

import json
import re
from collections.abc import Iterable, Mapping

from expertpost.model.canonical import Json, canonical_json, sha256
from expertpost.store.files import CommitFiles, Unreadable
from expertpost.store.git import Git
from expertpost.store.hub import Hub

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FEW = 200
"""Up to so many paths are named on a command line."""
_PATH = re.compile(r".+/kept/[0-9a-f]{64}\.json")


def is_kept(path: str) -> bool:
    """Whether a path of the branch is that of a kept value, and so of no event."""
    return bool(_PATH.fullmatch(path))


def _path(piece: str, digest: str) -> str:
    return f"{piece}/kept/{digest}.json"


def kept(hub: Hub, piece: str, digests: Iterable[str]) -> dict[str, Mapping[str, Json]]:
    """Digest → what is kept of a piece under it, as last fetched; what is missing or proves false is left out."""
    found = kept_of(hub, ((piece, digest) for digest in digests))
    return {digest: value for (_, digest), value in found.items()}


def kept_of(hub: Hub, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Mapping[str, Json]]:
    """The same for many pieces, each with a digest, in one look."""
    paths = {_path(piece, digest): (piece, digest) for piece, digest in wanted if _DIGEST.fullmatch(digest)}
    tip = hub.tip(hub.branches.reviews)
    if tip is None or not paths:
        return {}
    named = sorted(paths) if len(paths) <= _FEW else ()
    entries = [entry for entry in hub.git.tree(tip, *named) if entry.path in paths]
    read = zip(entries, CommitFiles(hub.git, tip).read_all(entries), strict=True)
    proven = {paths[entry.path]: _proven(content, paths[entry.path][1]) for entry, content in read}
    return {key: value for key, value in proven.items() if value is not None}


def _proven(content: bytes | Unreadable, digest: str) -> Mapping[str, Json] | None:
    if isinstance(content, Unreadable) or sha256(content) != digest:
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def missing(git: Git, tip: str | None, values: Iterable[tuple[str, Json]]) -> dict[str, bytes]:
    """Path → content of the values (each with its piece) for which the branch has nothing yet, be it right or wrong."""
    contents = [(piece, canonical_json(value)) for piece, value in values]
    found = {_path(piece, sha256(content)): content for piece, content in contents}
    there = {entry.path for entry in git.tree(tip, *sorted(found))} if tip and found else set()
    return {path: content for path, content in found.items() if path not in there}
