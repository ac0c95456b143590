"""The Markdown files that ``import`` was pointed at, and where each of them belongs below ``drafts/``."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.store.files import WorkFiles
from expertpost.store.people import PEOPLE
from expertpost.store.pieces import DRAFTS, Listing
from expertpost.store.tree import Entry

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
OTHER_TEXTS = frozenset({".mdx", ".html", ".htm", ".rst", ".adoc", ".asciidoc", ".org", ".textile", ".ipynb", ".docx"})
"""Texts that somebody may have hoped to see adopted."""
_OURS = frozenset({PEOPLE, "templates", "build"})


@dataclass(frozen=True, slots=True)
class Source:
    """One Markdown file. ``path``: below ``files.root``; ``shown``: as the person knows it.

    ``home``: where it goes, relative to the workspace, as long as it needs no folder of its own. ``beside``: the files
    that belong to it because it is an ``index.md``. ``here``: it lies below ``drafts/`` already.
    """

    files: WorkFiles
    path: str
    shown: str
    home: str
    beside: tuple[Entry, ...] = ()
    here: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """``sources`` in a fixed order; ``others``: texts that are no Markdown, as the person knows them."""

    sources: tuple[Source, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """One PATH of the command line. ``prefix``: what the person calls it; ``named``: they named this very file."""

    files: WorkFiles
    entries: tuple[Entry, ...]
    prefix: str
    named: bool


def gather(world: World, root: Path, paths: Sequence[str], listed: Listing) -> Found:
    """Everything at ``paths`` (relative to where the person stands). Raises Failure XP-IMPORT-NONE."""
    here: dict[str, Source] = {}
    away: dict[Path, Source] = {}
    others: list[str] = []
    for place in [_place(world, path) for path in paths]:
        texts, rest = _sorted_out(place, root)
        others += rest
        outside: list[Entry] = []
        for entry in texts:
            path = _path_in(place.files.root, entry.path, root)
            if path.startswith(f"{DRAFTS}/"):
                here.setdefault(path, Source(WorkFiles(root), path, path, path, here=True))
            else:
                outside.append(entry)
        for source in _placed(place, outside, listed):
            away.setdefault(place.files.root / source.path, source)
    return Found((*(here[path] for path in sorted(here)), *away.values()), tuple(others))


def _place(world: World, path: str) -> _Place:
    wanted = world.here / path
    if wanted.is_dir():
        files = WorkFiles(wanted.resolve())
        return _Place(files, tuple(files.below("")), path.rstrip("/\\"), named=False)
    if not wanted.is_symlink() and not wanted.exists():
        cure = "name Markdown files, or a folder that holds some"
        raise Failure("XP-IMPORT-NONE", f"there is nothing at {path}", cure, where=path, exit_code=Exit.USAGE)
    files = WorkFiles(wanted.parent.resolve())
    return _Place(files, (Entry(wanted.name, "", wanted.lstat().st_size),), str(PurePosixPath(path).parent), named=True)


def _sorted_out(place: _Place, root: Path) -> tuple[list[Entry], list[str]]:
    """The Markdown files of a place, and the other texts in it."""
    texts: list[Entry] = []
    others: list[str] = []
    for entry in place.entries:
        ending = PurePosixPath(entry.path).suffix.lower()
        if not place.named and _not_meant(place.files.root, entry.path, root):
            continue
        if ending in MARKDOWN:
            texts.append(entry)
        elif place.named or ending in OTHER_TEXTS:
            others.append(_shown(place, entry.path))
    return texts, others


def _not_meant(top: Path, path: str, root: Path) -> bool:
    """Hidden files, other people's packages, and what a workspace has besides its drafts."""
    parts = path.split("/")
    if any(part.startswith(".") or part == "node_modules" for part in parts):
        return True
    if top == root:
        return parts[0] in _OURS
    return root.is_relative_to(top) and path.startswith(f"{root.relative_to(top).as_posix()}/")


def _path_in(top: Path, path: str, root: Path) -> str:
    """The path relative to the workspace, "" outside it."""
    whole = str(top / path)
    return Path(whole[len(str(root)) + 1 :]).as_posix() if whole.startswith(f"{root}{os.sep}") else ""


def _shown(place: _Place, path: str) -> str:
    return path if place.prefix in ("", ".") else f"{place.prefix}/{path}"


def _placed(place: _Place, texts: Sequence[Entry], listed: Listing) -> Iterator[Source]:
    """Each text with its home: an ``index.md`` keeps its folder unless other texts would be swallowed by it."""
    paths = [entry.path for entry in texts]
    leaves = leaf_folders(paths, _shared(entry.path for entry in listed.texts))
    beside = _beside(place, leaves)
    for path in paths:
        pure = PurePosixPath(path)
        folder, stem = pure.parent, pure.stem
        if stem == "index" and str(folder) in leaves:
            name = str(folder) if str(folder) != "." else place.files.root.name
            yield Source(place.files, path, _shown(place, path), f"{DRAFTS}/{name}/index.md", beside[str(folder)])
        else:
            home = (PurePosixPath(DRAFTS) / folder / f"{'_index' if stem == 'index' else stem}.md").as_posix()
            yield Source(place.files, path, _shown(place, path), home)


def _shared(paths: Iterable[str]) -> frozenset[str]:
    """The folders below ``drafts/`` in or below which an ordinary text lies already."""
    plain = (PurePosixPath(path).relative_to(DRAFTS) for path in paths if not path.endswith("/index.md"))
    return frozenset(str(folder) for path in plain for folder in path.parents)


def leaf_folders(paths: Iterable[str], shared: Iterable[str] = ()) -> frozenset[str]:
    """The folders whose ``index.md`` owns everything in them: no other text lies there, but for such folders again.

    Hugo calls them leaf bundles. ``shared``: folders that hold other texts anyway.
    """
    marked = set(shared)
    indexed: list[PurePosixPath] = []
    for path in map(PurePosixPath, paths):
        if path.stem == "index":
            indexed.append(path.parent)
        else:
            marked.update(map(str, path.parents))
    leaves: set[str] = set()
    for folder in sorted(indexed, key=lambda each: -len(each.parts)):
        if str(folder) in marked:
            marked.update(map(str, folder.parents))
        else:
            leaves.add(str(folder))
    return frozenset(leaves)


def _beside(place: _Place, leaves: frozenset[str]) -> Mapping[str, tuple[Entry, ...]]:
    """For each leaf folder the files in it that no nearer leaf folder owns."""
    found: dict[str, list[Entry]] = {folder: [] for folder in leaves}
    for entry in place.entries if leaves and not place.named else ():
        path = PurePosixPath(entry.path)
        hidden = any(part.startswith(".") for part in path.parts)
        owner = next((str(folder) for folder in path.parents if str(folder) in leaves), None)
        if owner is not None and not hidden and path.suffix.lower() not in MARKDOWN:
            found[owner].append(entry)
    return {folder: tuple(entries) for folder, entries in found.items()}
