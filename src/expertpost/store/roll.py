"""The texts of one state, asked one by one: of ten thousand neighbours, the check of one piece needs to know a few.

The index has a table with the texts of one commit, and follows from commit to commit by what differs between them.
What differs from the commit on the disk is read anew every time and stands before the table.
"""

import weakref
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from expertpost.model.identity import folded
from expertpost.render.linked import name_of
from expertpost.store.changes import between
from expertpost.store.files import WorkFiles
from expertpost.store.git import Git, GitFailed, Running
from expertpost.store.index import Fact, Index, Text
from expertpost.store.inventory import fact_of, is_beside, is_text, read_changed, texts_at
from expertpost.store.worktree import DRAFTS, Changed, changed_in, start_status

_NOWHERE = Changed(frozenset(), frozenset())


class Roll:
    """The texts of a commit, or (with ``root``) of the disk, where ``changed`` differs from what is checked out."""

    def __init__(self, git: Git, commit: str | None, root: Path | None = None, changed: Changed = _NOWHERE) -> None:
        self._git = git
        self._commit = commit or ""
        self._root = root
        self._changed = changed
        self._fresh = [_text(fact) for fact in read_changed(WorkFiles(root), changed, {})] if root else []
        self._index = self._opened(git.git_dir())

    @property
    def gone(self) -> frozenset[str]:
        """The paths that are not on the disk any more."""
        return self._changed.gone

    def where(self, column: str, value: str) -> tuple[Text, ...]:
        """The texts that have this value in a column (a field of ``Text``), sorted by path."""
        return self._texts(f"{column} = ?", [value])

    def named(self, paths: Collection[str], slug: str, id_prefix: str) -> tuple[Text, ...]:
        """The texts at these paths, with this slug, or with an id that begins so ("": none has), sorted by path."""
        marks = ", ".join("?" * len(paths))
        condition = f"path IN ({marks}) OR slug = ? OR (? != '' AND substr(id, 1, length(?)) = ?)"
        return self._texts(condition, [*paths, slug, *[id_prefix] * 3])

    def about(self, topic: str) -> tuple[Text, ...]:
        """The texts that name this topic, sorted by path."""
        return self._texts("instr(char(10) || topics || char(10), char(10) || ? || char(10))", [topic])

    def every(self) -> tuple[Text, ...]:
        """All texts, sorted by path."""
        found = self._ask("1", ())
        bundles = {text.path.removesuffix("/index.md") for text in found if text.path.endswith("/index.md")}
        return tuple(text for text in found if not is_beside(text.path, bundles))

    def _texts(self, condition: str, values: Iterable[str]) -> tuple[Text, ...]:
        return tuple(text for text in self._ask(condition, list(values)) if not self._is_beside(text.path))

    def _is_beside(self, path: str) -> bool:
        around = list(_folders(path))
        marks = ", ".join("?" * len(around))
        found = self._ask(f"path IN ({marks})", [f"{folder}/index.md" for folder in around])
        return is_beside(path, {text.path.removesuffix("/index.md") for text in found})

    def _ask(self, condition: str, values: Iterable[str]) -> list[Text]:
        # A word of a command line may hold halves of characters, which SQLite does not take and no text has.
        asked = [value.encode("utf-8", "replace").decode() for value in values]
        found = self._index.texts(self._commit, condition, asked)
        if found is None:
            # Another process has gone on to another commit, or nothing can be kept: then for this process alone.
            self._index = self._opened(None)
            found = self._index.texts(self._commit, condition, asked)
        if found is None:
            raise RuntimeError("SQLite does not keep what it was just given")
        return found

    def _opened(self, git_dir: Path | None) -> Index:
        index = Index(git_dir)
        weakref.finalize(self, index.close)
        index.lay(self._fresh, self._changed.paths)
        old = index.texts_of()
        if old != self._commit:
            gone, facts = self._since(old, index)
            index.follow(old, self._commit, gone, map(_text, facts))
        return index

    def _since(self, old: str, index: Index) -> tuple[list[str] | None, list[Fact]]:
        """What has to go from the table of the commit ``old`` (None: all of it), and what has to come."""
        if not self._commit:
            return None, []
        try:
            changes = between(self._git, old, self._commit, DRAFTS) if old else None
        except GitFailed:
            changes = None
        if changes is None:
            return None, texts_at(self._git, self._commit, index, self._root, self._changed.paths)
        new = [each for each in changes if each.regular and each.blob and is_text(each.path)]
        contents = self._git.blobs(each.blob for each in new)
        facts = [fact_of(each.path, each.blob, content) for each, content in zip(new, contents, strict=True)]
        return [each.path for each in changes], facts


def on_disk(git: Git, root: Path, asked: Running | None = None) -> Roll:
    """The texts as they lie on the disk now. ``asked``: a ``start_status`` that is on its way already."""
    changed = changed_in((asked or start_status(git)).out())
    return Roll(git, changed.head, root, changed)


def _text(fact: Fact) -> Text:
    slug, path, name = folded(fact.slug), folded(fact.path), folded(name_of(fact.path))
    return Text(fact.path, fact.id, fact.slug, fact.audience, fact.authors, fact.topics, slug, path, name)


def _folders(path: str) -> Iterator[str]:
    """The folders around a path, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
