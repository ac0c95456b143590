"""The files of a commit, and what differs between two commits, from git's objects."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache

from expertpost.store.objects import FOLDER, Leaf, Objects
from expertpost.store.tree import Entry, is_regular

FEW = 500
"""Up to so many files are looked at one by one; git lists more of them sooner by itself."""
Differing = tuple[str, Leaf | None, Leaf | None]
"""A path, and what the older and the newer side have there."""
_Tree = Callable[[str], Mapping[str, Leaf]]


def below(objects: Objects, commit: str, paths: Collection[str]) -> list[Entry] | None:
    """The regular files at or below the paths, as ``Git.tree``; None where there are more than ``FEW``."""
    root, tree = objects.tree_of(commit), cache(objects.tree)
    found: dict[str, str] = {}
    for path in paths:
        leaf = _at(tree, root, path)
        for each, file in _files(tree, path, leaf) if leaf else ():
            if is_regular(file.mode, each):
                found[each] = file.id
            if len(found) > FEW:
                return None
    sizes = (about.size if about else 0 for about in objects.about(found.values()))
    return sorted(map(Entry, found.keys(), found.values(), sizes), key=lambda entry: entry.path.encode())


def _at(tree: _Tree, root: str, path: str) -> Leaf | None:
    leaf: Leaf | None = Leaf(FOLDER, root)
    for name in path.split("/"):
        leaf = tree(leaf.id).get(name) if leaf and leaf.is_folder else None
    return leaf


def _files(tree: _Tree, path: str, leaf: Leaf) -> Iterator[tuple[str, Leaf]]:
    if not leaf.is_folder:
        yield path, leaf
        return
    for name, inner in tree(leaf.id).items():
        yield from _files(tree, f"{path}/{name}", inner)


def differing(objects: Objects, older: str, newer: str, under: Collection[str] = ()) -> list[Differing]:
    """Every path at or below ``under`` that two commits have differently, sorted. Raises GitFailed."""
    found = _differing(objects, "", objects.tree_of(older), objects.tree_of(newer), under)
    return sorted(found, key=lambda each: each[0].encode("utf-8", "surrogateescape"))


def _differing(objects: Objects, folder: str, one: str, other: str, under: Collection[str]) -> Iterator[Differing]:
    left, right = (objects.tree(id_) if id_ else {} for id_ in (one, other))
    for name in {**left, **right}:
        was, now = left.get(name), right.get(name)
        path = folder + name
        if was == now or (under and not any(_near(path, each) for each in under)):
            continue
        inner = [leaf.id if leaf and leaf.is_folder else "" for leaf in (was, now)]
        if any(inner):
            yield from _differing(objects, f"{path}/", inner[0], inner[1], under)
        files = [leaf if leaf and not leaf.is_folder else None for leaf in (was, now)]
        if any(files) and (not under or any(_inside(path, each) for each in under)):
            yield path, files[0], files[1]


def _inside(path: str, home: str) -> bool:
    return path == home or path.startswith(f"{home}/")


def _near(path: str, home: str) -> bool:
    """Whether a path is, lies in, or leads to another."""
    return _inside(path, home) or home.startswith(f"{path}/")
