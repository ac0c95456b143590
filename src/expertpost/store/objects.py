"""What git's objects hold: one ``git cat-file`` answers all questions of a run, where each process costs milliseconds.

Commits and trees are read as git stores them, so that looking at a few files, or at what differs between two commits,
needs no other process.
"""

import os
import re
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import IO

from expertpost.store.hardened import GitFailed

FOLDER = "40000"
"""The mode of a tree in a tree."""
_ID = re.compile(r"[0-9a-f]{40}")
_AT_ONCE = 50
"""Questions that are written before the first answer is read: they fit into the smallest pipe."""
_NO_NAME = frozenset("\n\0")
_KEPT = 1000
"""Commits and trees that are remembered: most are asked for more than once."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object: its id, its kind (blob, tree, commit, tag), its size, and its bytes where they were asked for."""

    id: str
    kind: str
    size: int
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a tree has under a name: its mode as a tree writes it (``100644``), and the id of the object."""

    mode: str
    id: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a tree itself."""
        return self.mode == FOLDER


@dataclass(frozen=True, slots=True)
class Talk:
    """A process that answers: where to write, where to read, and what ends it."""

    ask: IO[bytes]
    tell: IO[bytes]
    end: Callable[[], None]


class Objects:
    """The objects of a repository. ``begin`` starts a process that answers as ``git cat-file --batch-command`` does."""

    def __init__(self, begin: Callable[[], Talk]) -> None:
        self._begin = begin
        self._lock = Lock()
        self._talk: Talk | None = None
        self._owner = 0
        self._known: dict[str, Object] = {}

    def contents(self, names: Iterable[str]) -> Iterator[Object | None]:
        """What each name (an id, a ref, ``rev^{tree}`` …) stands for with its bytes, None where there is nothing."""
        return self._ask("contents", names)

    def about(self, names: Iterable[str]) -> Iterator[Object | None]:
        """What each name stands for, without its bytes."""
        return self._ask("info", names)

    def tree_of(self, rev: str) -> str:
        """The id of the tree of a commit. Raises GitFailed where there is none."""
        known = self._known.get(rev)
        if known and known.kind == "commit":
            return known.content[5:45].decode("ascii")
        found = next(self._ask("info", [f"{rev}^{{tree}}"]))
        if found is None:
            raise GitFailed(("cat-file",), 1, f"fatal: {rev} is no commit here")
        return found.id

    def tree(self, id_: str) -> dict[str, Leaf]:
        """Name → what a tree holds under it; names that are not UTF-8 have surrogates. Raises GitFailed."""
        found, at, leaves = self._get(id_, "tree"), 0, dict[str, Leaf]()
        while at < len(found):
            space, end = found.index(b" ", at), found.index(b"\0", at)
            name = found[space + 1 : end].decode("utf-8", "surrogateescape")
            leaves[name] = Leaf(found[at:space].decode("ascii"), found[end + 1 : end + 21].hex())
            at = end + 21
        return leaves

    def parents(self, commit: str) -> tuple[str, ...]:
        """The ids of the parents of the commit with this id. Raises GitFailed."""
        head = self._get(commit, "commit").partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
        return tuple(line.removeprefix("parent ") for line in head if line.startswith("parent "))

    def _get(self, id_: str, kind: str) -> bytes:
        if id_ not in self._known:
            found = next(self._ask("contents", [id_])) if _ID.fullmatch(id_) else None
            if found is None or found.kind != kind:
                raise GitFailed(("cat-file",), 1, f"fatal: {id_} is no readable {kind}")
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[id_] = found
        return self._known[id_].content

    def _ask(self, command: str, names: Iterable[str]) -> Iterator[Object | None]:
        wanted = list(names)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            # What no name can be is asked for as what never is.
            lines = (f"{command} {'0' * 40 if not name or set(name) & _NO_NAME else name}\n" for name in some)
            question = "".join(lines).encode("utf-8", "replace")
            with self._lock:
                found = self._answers(question, len(some))
            yield from found

    def _answers(self, question: bytes, count: int) -> list[Object | None]:
        with_content = question.startswith(b"contents")
        try:
            talk = self._running()
            talk.ask.write(question)
            talk.ask.flush()
            return [_answer(talk.tell, with_content=with_content) for _ in range(count)]
        except (OSError, EOFError) as ended:
            self._talk = None
            raise GitFailed(("cat-file",), 128, "fatal: it ended too early") from ended

    def _running(self) -> Talk:
        # A fork of this process must not share its pipes.
        if self._talk is None or self._owner != os.getpid():
            self._talk, self._owner = self._begin(), os.getpid()
            weakref.finalize(self, _end, self._talk, self._owner)
        return self._talk


def _end(talk: Talk, owner: int) -> None:
    if owner == os.getpid():
        talk.end()


def _answer(out: IO[bytes], *, with_content: bool) -> Object | None:
    """The next answer. Raises EOFError where there is none."""
    line = out.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    words = line.decode("utf-8", "replace").split(" ")
    if len(words) != 3 or not _ID.fullmatch(words[0]):
        return None
    size = int(words[2])
    content = out.read(size + 1) if with_content else b"\n"
    if len(content) != (size if with_content else 0) + 1:
        raise EOFError
    return Object(words[0], words[1], size, content[:-1])
