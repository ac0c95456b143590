"""Writing to a repository: commits from values, and what the user's own index is told."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from expertpost.store.git import Git
from expertpost.store.making import Made, edited, new, store
from expertpost.store.tree import Entry, Identity, safe_path


def write_commit(
    git: Git,
    changes: Mapping[str, bytes | None],
    message: str,
    by: Identity,
    at: datetime,
    *,
    base: str | None,
    parents: Sequence[str] = (),
    fresh: bool = False,
) -> str:
    """A new commit: the tree of ``base`` with ``changes`` (None removes a path); one git process, no ref moves.

    ``base`` is the first parent (None: a root commit), ``parents`` any further ones. ``fresh`` starts from an empty
    tree. Raises ValueError for a path that ``safe_path`` refuses.
    """
    for path in changes:
        if not safe_path(path):
            raise ValueError(f"not a path for a tree: {path!r}")
    made: Made = {}
    old = git.objects.tree_of(base) if base and not fresh else None
    tree = edited(git.objects, old, {tuple(path.split("/")): content for path, content in changes.items()}, made)
    commit = _commit(made, tree, [base, *parents] if base else parents, message, by, at)
    store(git, made)
    return commit


def commit_tree(git: Git, tree: str, parents: Sequence[str], message: str, by: Identity, at: datetime) -> str:
    """A commit of a tree that exists already."""
    made: Made = {}
    commit = _commit(made, tree, parents, f"{message}\n", by, at)
    store(git, made)
    return commit


def _commit(made: Made, tree: str, parents: Iterable[str], message: str, by: Identity, at: datetime) -> str:
    stamp = f"{_clean(by.name)} <{_clean(by.email)}> {int(at.timestamp())} +0000"
    lines = (f"tree {tree}", *(f"parent {each}" for each in parents), f"author {stamp}", f"committer {stamp}")
    return new(
        "commit", "".join(f"{line}\n" for line in (*lines, "")).encode() + message.encode("utf-8", "replace"), made
    )


def changed_files(git: Git, *under: str) -> list[str]:
    """Paths of the user's work tree, below the given folders, that differ from what is checked out, new ones too."""
    out = git.run("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", *under)
    return [line[3:] for line in out.decode("utf-8", "surrogateescape").split("\0") if line]


def stage_identical(git: Git, entries: Iterable[Entry]) -> None:
    """Tell the user's index of files that lie in the work tree exactly as the shared main has them."""
    lines = "".join(f"100644 {e.blob}\t{e.path}\0" for e in entries)
    if lines:
        git.run("update-index", "--add", "-z", "--index-info", stdin=lines.encode())


def _clean(text: str) -> str:
    return re.sub(r"[<>\n\r\0]", "", text)
