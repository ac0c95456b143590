"""What differs between two commits, and the few pieces and people that it concerns: nothing else is read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from expertpost.errors import Finding
from expertpost.model.canonical import digest_of
from expertpost.model.config import Config
from expertpost.model.people import HANDLE, Person
from expertpost.store.files import MAX_PIECE, Files, Unreadable
from expertpost.store.git import Git
from expertpost.store.objects import Leaf
from expertpost.store.people import PEOPLE, load_people
from expertpost.store.pieces import DRAFTS, Loaded, load_all
from expertpost.store.tree import Entry, is_regular, safe_path
from expertpost.store.trees import differing

_FEW = 500
"""Up to so many paths are named on a command line."""


@dataclass(frozen=True, slots=True)
class Change:
    """One path that two commits have differently. ``was``, ``blob``: what each has there, "" for nothing.

    ``regular``: an ordinary file (or gone) with a name that ``safe_path`` allows.
    """

    path: str
    was: str
    blob: str
    regular: bool

    @property
    def gone(self) -> bool:
        """Whether the newer commit has nothing at this path."""
        return not self.blob


def between(git: Git, older: str, newer: str, *under: str) -> tuple[Change, ...]:
    """Every path, below the given folders, that ``newer`` has differently from ``older``; a move is two changes."""
    if older == newer:
        return ()
    return tuple(_change(*each) for each in differing(git.objects, older, newer, under))


def _change(path: str, was: Leaf | None, now: Leaf | None) -> Change:
    regular = safe_path(path) if now is None else is_regular(now.mode, path)
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return Change(shown, was.id if was else "", now.id if now else "", regular)


@dataclass(frozen=True, slots=True)
class Touched:
    """The pieces that some paths belong to, as one state has them, and the paths that belong to none."""

    pieces: tuple[Loaded, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Narrow:
    """Some of the files of a state, as if there were no others."""

    files: Files
    names: tuple[str, ...]

    def below(self, *_folders: str) -> list[Entry]:
        """See Files."""
        return self.files.below(*self.names)

    def read(self, path: str, limit: int = MAX_PIECE) -> bytes | None:
        """See Files."""
        return self.files.read(path, limit)

    def read_all(self, entries: Iterable[Entry], limit: int = MAX_PIECE) -> Iterator[bytes | Unreadable]:
        """See Files."""
        return self.files.read_all(entries, limit)


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """The drafts of one commit with the settings, people and templates of another: nobody is judged by their own."""

    drafts: Files
    rules: Files

    def _of(self, path: str) -> Files:
        return self.drafts if path.partition("/")[0] == DRAFTS else self.rules

    def below(self, *folders: str) -> list[Entry]:
        """See Files."""
        return [entry for folder in folders for entry in self._of(folder).below(folder)]

    def read(self, path: str, limit: int = MAX_PIECE) -> bytes | None:
        """See Files."""
        return self._of(path).read(path, limit)

    def read_all(self, entries: Iterable[Entry], limit: int = MAX_PIECE) -> Iterator[bytes | Unreadable]:
        """See Files."""
        wanted = list(entries)
        sides = {id(side): side for side in (self.drafts, self.rules)}
        read = {
            key: side.read_all([e for e in wanted if self._of(e.path) is side], limit) for key, side in sides.items()
        }
        return (next(read[id(self._of(entry.path))]) for entry in wanted)


def touched(files: Files, config: Config, paths: Iterable[str]) -> Touched:
    """The pieces that these paths are, or lie beside; a path that is neither comes in ``other``.

    A piece that is gone in this state comes nowhere.
    """
    wanted = tuple(dict.fromkeys(paths))
    drafts = [path for path in wanted if is_draft(path)]
    bundles = _bundles(files, drafts)
    owners = {path: _owner(path, bundles) for path in drafts}
    names = {owner.removesuffix("/index.md") if owner in bundles else owner for owner in owners.values() if owner}
    only = {owner for owner in owners.values() if owner}
    narrow = _Narrow(files, tuple(sorted(names)))
    pieces = tuple(load_all(narrow, config, only)) if only else ()
    return Touched(pieces, tuple(path for path in wanted if not owners.get(path)))


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody's entry under ``people/`` as one state has it. ``person`` is None where the entry is wrong.

    ``digest``: SHA-256 over path and text; approvals name it.
    """

    handle: str
    path: str
    digest: str
    text: str
    person: Person | None
    findings: tuple[Finding, ...]


def entrants(files: Files, paths: Iterable[str]) -> tuple[Entrant, ...]:
    """The entries at those of the paths that are entries, each judged by itself."""
    return tuple(
        entrant for path in paths if (handle := handle_at(path)) and (entrant := _entrant(files, handle, path))
    )


def handle_at(path: str) -> str:
    """The handle whose entry lies at a path, "" for another path."""
    handle = path.removeprefix(f"{PEOPLE}/").removesuffix(".md")
    return handle if path == f"{PEOPLE}/{handle}.md" and HANDLE.fullmatch(handle) else ""


def _entrant(files: Files, handle: str, path: str) -> Entrant | None:
    narrow = _Narrow(files, (path,))
    people, findings = load_people(narrow)
    content = next(narrow.read_all(narrow.below()), None)
    if not isinstance(content, bytes):
        return None
    text = content.decode("utf-8", "replace").replace("\r\n", "\n")
    digest = digest_of({"v": 1, "path": path, "text": text})
    return Entrant(handle, path, digest, text, people.by_handle(handle), findings)


def is_draft(path: str) -> bool:
    """Whether a path lies below ``drafts/``, and no part of it is hidden."""
    parts = path.split("/")
    return parts[0] == DRAFTS and len(parts) > 1 and not any(part.startswith(".") for part in parts)


def folders(path: str) -> Iterator[str]:
    """The folders around a path, the nearest first, ``drafts`` last."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _bundles(files: Files, paths: Iterable[str]) -> frozenset[str]:
    """The ``index.md`` in the folders around the paths."""
    asked = {f"{folder}/index.md" for path in paths for folder in folders(path)}
    return frozenset(e.path for e in files.below(*sorted(asked)) if e.path in asked) if asked else frozenset()


def _owner(path: str, bundles: frozenset[str]) -> str:
    """The path of the piece that a path is or belongs to, "" where there is none."""
    home = next((f"{folder}/index.md" for folder in folders(path) if f"{folder}/index.md" in bundles), "")
    return home or (path if path.endswith(".md") else "")


def follow(git: Git, changes: Iterable[Change]) -> bool:
    """Move the user's index from the older to the newer side of these changes; False where git could not.

    An entry that is neither (the user staged something else) stays. Files are not touched.
    """
    wanted = {change.path: change for change in changes if change.regular}
    if not wanted:
        return True
    asked = wanted if len(wanted) <= _FEW else ()
    listed = git.run("ls-files", "--stage", "-z", "--", *asked).decode("utf-8", "replace").split("\0")[:-1]
    staged = {path: head.split() for head, _, path in (line.partition("\t") for line in listed)}
    lines = []
    for path, change in wanted.items():
        entry = staged.get(path)
        if (entry[1] if entry else "") == change.was:
            lines.append(f"100644 {change.blob}\t{path}\0" if change.blob else f"0 {'0' * 40}\t{path}\0")
    return not lines or git.answer("update-index", "--add", "-z", "--index-info", stdin="".join(lines).encode())[0] == 0
