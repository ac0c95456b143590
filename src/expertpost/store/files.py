"""Reading the files of a workspace from a commit or from the work tree, by one contract and with one set of walls."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from expertpost.model.canonical import blob_id
from expertpost.store.git import Git
from expertpost.store.tree import Entry, safe_path

MAX_PIECE = 5_000_000
"""Bytes of the largest text file that is read."""
MAX_ASSET = 50_000_000
"""Bytes of the largest file beside a piece."""
# A pipe or device must not make us wait, a link must not be followed.
_READ_ONLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Unreadable(Exception):
    """A file is there and cannot be taken: ``why`` says what it is in a few words."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class Files(Protocol):
    """Regular files of one state of a workspace."""

    def below(self, *folders: str) -> list[Entry]:
        """Files below the folders (or named exactly), sorted by path; ``blob`` may be "" where it was not computed."""

    def read(self, path: str, limit: int = MAX_PIECE) -> bytes | None:
        """The bytes of one file, None where it is absent. Raises Unreadable for a link, a device, a huge file."""

    def read_all(self, entries: Iterable[Entry], limit: int = MAX_PIECE) -> Iterator[bytes | Unreadable]:
        """The bytes of many files, in order; what cannot be taken comes as the exception it would raise."""


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """The files of one commit; links, submodules and hostile names are not there at all.

    ``near``: files on the disk that mostly hold the same. Reading and hashing one takes a third of the time that git
    needs to unpack it; its bytes are taken only where their blob id is the commit's, so they are the commit's.
    """

    git: Git
    commit: str
    near: "WorkFiles | None" = None

    def below(self, *folders: str) -> list[Entry]:
        """See Files."""
        return self.git.tree(self.commit, *folders)

    def read(self, path: str, limit: int = MAX_PIECE) -> bytes | None:
        """See Files."""
        found = next((e for e in self.git.tree(self.commit, path) if e.path == path), None)
        if found is None:
            return None
        if found.size > limit:
            raise Unreadable(path, f"{found.size:,} bytes, more than {limit:,}")
        return next(self.git.blobs([found.blob]))

    def read_all(self, entries: Iterable[Entry], limit: int = MAX_PIECE) -> Iterator[bytes | Unreadable]:
        """See Files."""
        wanted = list(entries)
        fits = iter(self._contents([e for e in wanted if e.size <= limit]))
        for entry in wanted:
            too_large = entry.size > limit
            yield Unreadable(entry.path, f"{entry.size:,} bytes, more than {limit:,}") if too_large else next(fits)

    def _contents(self, entries: list[Entry]) -> list[bytes]:
        found = [self._nearby(entry) for entry in entries]
        blobs = (entry.blob for entry, content in zip(entries, found, strict=True) if content is None)
        others = iter(list(self.git.blobs(blobs)))
        return [next(others) if content is None else content for content in found]

    def _nearby(self, entry: Entry) -> bytes | None:
        try:
            content = self.near.read(entry.path) if self.near else None
        except Unreadable:
            return None
        return content if content is not None and blob_id(content) == entry.blob else None


@dataclass(frozen=True, slots=True)
class WorkFiles:
    """The files of the user's work tree, never through a symbolic link (facts: drafts/evil.md -> /etc/passwd)."""

    root: Path
    _plain: set[str] = field(default_factory=set, compare=False, repr=False)

    def below(self, *folders: str) -> list[Entry]:
        """See Files; links and devices are listed too, so that reading them reports what they are."""
        found: list[Entry] = []
        for folder in folders:
            start = self.root / folder
            if start.is_file() or start.is_symlink():
                found.append(Entry(folder, "", start.lstat().st_size))
            elif start.is_dir():
                found.extend(_walk(self.root, start))
        return sorted(found, key=lambda e: e.path)

    def read(self, path: str, limit: int = MAX_PIECE) -> bytes | None:
        """See Files."""
        if not safe_path(path):
            raise Unreadable(path, "a name that is not allowed here")
        whole = os.path.join(self.root, path)
        try:
            self._no_links_above(path)
            handle = os.open(whole, _READ_ONLY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as denied:
            why = "a symbolic link" if os.path.islink(whole) else (denied.strerror or "not readable")
            raise Unreadable(path, why) from denied
        try:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise Unreadable(path, "not a regular file")
            if about.st_size > limit:
                raise Unreadable(path, f"{about.st_size:,} bytes, more than {limit:,}")
            return _read(handle, about.st_size)
        finally:
            os.close(handle)

    def _no_links_above(self, path: str) -> None:
        """Refuse a path with a linked folder in it; each folder is looked at once."""
        folder = path.rpartition("/")[0]
        if not folder or folder in self._plain:
            return
        self._no_links_above(folder)
        if os.path.islink(os.path.join(self.root, folder)):
            raise Unreadable(path, "reached through a symbolic link")
        self._plain.add(folder)

    def read_all(self, entries: Iterable[Entry], limit: int = MAX_PIECE) -> Iterator[bytes | Unreadable]:
        """See Files."""
        for entry in entries:
            try:
                found = self.read(entry.path, limit)
            except Unreadable as wrong:
                yield wrong
            else:
                yield Unreadable(entry.path, "gone") if found is None else found


def _read(handle: int, size: int) -> bytes:
    """All of an open file; ``size`` is what it had a moment ago."""
    parts = [os.read(handle, size + 1)]
    while parts[-1] and sum(map(len, parts)) <= size:
        parts.append(os.read(handle, 1 << 20))
    return b"".join(parts)


def _walk(root: Path, folder: Path) -> Iterator[Entry]:
    prefix = len(str(root)) + 1
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as inside:
            for item in inside:
                if item.is_dir(follow_symlinks=False):
                    if item.name != ".git":
                        waiting.append(item.path)
                else:
                    yield Entry(item.path[prefix:].replace(os.sep, "/"), "", item.stat(follow_symlinks=False).st_size)


def blob_of(entry: Entry, content: bytes) -> str:
    """The blob id of a file: git's own where it is known, otherwise computed from its bytes."""
    return entry.blob or blob_id(content)
