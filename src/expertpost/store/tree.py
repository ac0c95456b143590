"""What git's objects name: people, files of a tree, and which paths may be used at all."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

# What nearly every path is made of; it may hold no name that begins with a dot.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_FILE_MODES = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a commit is by."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file in a tree: its path with forward slashes, the id of its blob, its size in bytes."""

    path: str
    blob: str
    size: int


def safe_path(path: str) -> bool:
    """Whether a path of a tree may be used at all: relative, no ``..``, ``.git``, control characters or backslashes."""
    if _PLAIN_PATH.fullmatch(path):
        return True
    return (
        bool(PurePosixPath(path).parts)
        and not path.startswith("/")
        and not any(part in ("..", ".") or part.casefold() == ".git" for part in path.split("/"))
        and path.isprintable()
        and not set('\\:*?"<>|') & set(path)
    )


def is_regular(mode: str, path: str) -> bool:
    """Whether a tree entry of this mode is an ordinary file, and its path may be used."""
    return mode in _FILE_MODES and safe_path(path)


def entry_of(line: str) -> Entry | None:
    """The file in one line of ``git ls-tree --long``; None for anything but a regular file of a safe name."""
    head, _, path = line.partition("\t")
    mode, kind, oid, size = head.split()
    return Entry(path, oid, int(size)) if kind == "blob" and is_regular(mode, path) else None
