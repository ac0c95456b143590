"""Two people's words in one text: what lies on the disk and what others shared, never one over the other."""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from expertpost.errors import Finding
from expertpost.model.canonical import blob_id
from expertpost.store.git import Git
from expertpost.store.tree import Entry

_SIZE = 23
"""Length of git's conflict marks: longer than any line an author would write by chance."""
_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Woven:
    """What has to change on the other side: path → bytes, or None to take it away.

    ``joined``: others' words are in the result too. ``clashes``: places that both changed; then nothing may be written.
    """

    changes: Mapping[str, bytes | None]
    joined: bool = False
    clashes: tuple[Finding, ...] = ()


def weave(git: Git, mine: Mapping[str, bytes], base: str | None, theirs: str, names: Collection[str]) -> Woven:
    """Three-way: ``mine`` (path → bytes) and a commit ``theirs``, both grown from the commit ``base`` (None: nothing).

    ``names``: the files and folders that are looked at; what lies there and not in ``mine`` was taken away by me.
    """
    there = _files(git, theirs, names)
    before = there if base == theirs else _files(git, base, names)
    changes: dict[str, bytes | None] = {}
    clashes: list[Finding] = []
    joined = False
    for path in sorted({*mine, *there, *before}):
        my, was, other = _id(mine.get(path)), before.get(path), there.get(path)
        if my == (other.blob if other else None):
            continue
        if other == was:
            changes[path] = mine.get(path)
            continue
        joined = True
        if my == (was.blob if was else None):
            continue
        merged, found = _merge(git, path, mine.get(path), was, other)
        clashes += found
        changes[path] = merged
    return Woven(changes, joined, tuple(clashes))


def _files(git: Git, commit: str | None, names: Collection[str]) -> dict[str, Entry]:
    return {entry.path: entry for entry in git.tree(commit, *sorted(names))} if commit and names else {}


def _id(content: bytes | None) -> str | None:
    return None if content is None else blob_id(content)


def _merge(
    git: Git, path: str, mine: bytes | None, was: Entry | None, other: Entry | None
) -> tuple[bytes | None, list[Finding]]:
    """Lines merged by git; a file that one side took away, or that is no text, is a clash as a whole."""
    theirs = next(git.blobs([other.blob])) if other else None
    base = next(git.blobs([was.blob])) if was else b""
    if mine is None:
        return None, [_clash(path, 0, "you took the file away, they changed it")]
    if theirs is None:
        return None, [_clash(path, 0, "they took the file away, you changed it")]
    if b"\0" in mine + theirs:
        return None, [_clash(path, 0, "both changed this file")]
    with tempfile.TemporaryDirectory(prefix="expertpost-") as folder:
        sides = [Path(folder) / name for name in ("yours", "before", "theirs")]
        for side, content in zip(sides, (mine, base, theirs), strict=True):
            side.write_bytes(content)
        args = ("merge-file", "-p", f"--marker-size={_SIZE}", *map(str, sides))
        code, out, _ = git.answer("-c", "merge.conflictStyle=merge", *args)
    if code == 0:
        return out, []
    return None, list(_clashes(path, mine, out)) or [_clash(path, 0, "both changed this file")]


def _clashes(path: str, mine: bytes, merged: bytes) -> Iterator[Finding]:
    """Each place that both changed, with what stands on either side."""
    text, own = merged.decode("utf-8", "replace"), mine.decode("utf-8", "replace")
    start, middle, end = (f"{mark * _SIZE}" for mark in "<=>")
    for block in text.split(f"{start} ")[1:]:
        _, _, rest = block.partition("\n")
        yours, _, after = rest.partition(f"{middle}\n")
        theirs = after.partition(end)[0]
        line = own.count("\n", 0, max(own.find(yours), 0)) + 1
        yield _clash(path, line, f"you wrote: {_short(yours)} | they wrote: {_short(theirs)}")


def _clash(path: str, line: int, what: str) -> Finding:
    return Finding(path, line, "XP-SUBMIT-CLASH", what, "write there what both need")


def _short(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words[:_SHOWN]}{'…' if len(words) > _SHOWN else ''}”"
