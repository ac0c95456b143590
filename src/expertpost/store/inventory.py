"""The pieces on the disk and on a commit, and what their front matter says, as fast as that can be known.

Git lists the files and tells which ones differ from what is checked out; what a file of a known content says is kept in
the index, so only new content is read at all. Nothing is decided from what is read here: it finds and shows pieces.
"""

import os
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from expertpost.model.canonical import blob_id
from expertpost.store.files import Unreadable, WorkFiles
from expertpost.store.git import Git
from expertpost.store.index import Fact, Index
from expertpost.store.plain_yaml import Value, read_plain
from expertpost.store.worktree import DRAFTS, Changed, changed_in

_HEAD = 4096
"""Bytes that are read of a file before it is known to need more."""
_READ_ONLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Path → fact, for what lies on the disk (``here``) and on the commit that was asked for (``merged``).

    ``changed``: the paths on the disk that differ from what is checked out.
    """

    here: Mapping[str, Fact]
    merged: Mapping[str, Fact]
    changed: frozenset[str]


def take(git: Git, root: Path, commit: str | None, index: Index, status: bytes) -> Inventory:
    """What lies on the disk and on ``commit`` (None: nothing does). What was not known before is added to the index.

    ``status`` is what ``worktree.start_status`` asked for.
    """
    listing = git.start("ls-files", "--stage", "-z", "--", DRAFTS)
    tree = git.start("ls-tree", "-r", "-z", "--full-tree", commit, "--", DRAFTS) if commit else None
    known = index.facts()
    tracked = _blobs(listing.out(), staged=True)
    merged = _blobs(tree.out(), staged=False) if tree else {}
    changed = changed_in(status)
    here = {path: blob for path, blob in tracked.items() if path not in changed.paths}
    files = WorkFiles(root)
    fresh = {fact.path: fact for fact in read_changed(files, changed, known)}
    wanted = [(path, here[path]) for path in _texts({*here, *fresh}) if path in here]
    at_commit = [(path, merged[path]) for path in _texts(merged)]
    learnt = _learn(git, root, known, wanted, at_commit)
    all_here = {**{path: learnt[path, blob] for path, blob in wanted}, **fresh}
    at = {path: learnt[path, blob] for path, blob in at_commit}
    _remember(index, known, (*all_here.values(), *at.values()))
    return Inventory(dict(sorted(all_here.items())), at, changed.paths)


def _blobs(listed: bytes, *, staged: bool) -> dict[str, str]:
    """Path → blob id of the regular files in what ls-files or ls-tree listed."""
    found: dict[str, str] = {}
    for line in listed.decode("utf-8", "surrogateescape").split("\0"):
        if line[:4] == "1006" or line[:4] == "1007":
            head, _, path = line.partition("\t")
            found[path] = head.split(" ")[1 if staged else 2]
    return found


def texts_at(git: Git, commit: str, index: Index, root: Path | None, changed: Container[str]) -> list[Fact]:
    """The fact of each Markdown file below ``drafts/`` in a commit, also of those that lie beside an ``index.md``.

    ``root``: where the commit is checked out, with ``changed`` paths that are not as it has them; None for nowhere.
    """
    listed = _blobs(git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", DRAFTS), staged=False)
    pairs = [pair for pair in listed.items() if is_text(pair[0])]
    known = index.facts()
    here = [pair for pair in pairs if root and pair[0] not in changed]
    learnt = _learn(git, root or Path(), known, here, pairs)
    facts = [learnt[pair] for pair in pairs]
    index.learn((fact for fact in facts if (fact.path, fact.blob) not in known), forget=False)
    return facts


def _texts(paths: Collection[str]) -> list[str]:
    """The paths that are pieces, as ``pieces.listing`` sorts them out, sorted."""
    bundles = {path[: -len("/index.md")] for path in paths if path.endswith("/index.md")}
    return sorted(path for path in paths if is_text(path) and (not bundles or not is_beside(path, bundles)))


def is_text(path: str) -> bool:
    """Whether a file below ``drafts/`` is a text by its name."""
    return path.endswith(".md") and "/." not in path and path.isprintable()


def is_beside(path: str, bundles: Container[str]) -> bool:
    """Whether a file only belongs to the folder piece that it lies in or below."""
    folder = path.rpartition("/")[0]
    while folder and folder not in bundles:
        folder = folder.rpartition("/")[0]
    return bool(folder) and path != f"{folder}/index.md"


def read_changed(files: WorkFiles, changed: Changed, known: Mapping[tuple[str, str], Fact]) -> Iterator[Fact]:
    """The changed and new pieces on the disk; each is read, for nobody else has read this content yet."""
    for path in _texts(changed.paths - changed.gone):
        if not path.startswith(f"{DRAFTS}/"):
            continue
        try:
            content = files.read(path)
        except Unreadable as denied:
            yield Fact(path, "", slug=_slug({}, path), wrong=denied.why)
            continue
        if content is not None:
            blob = blob_id(content)
            yield known.get((path, blob)) or fact_of(path, blob, content)


def _learn(
    git: Git,
    root: Path,
    known: Mapping[tuple[str, str], Fact],
    here: Iterable[tuple[str, str]],
    at_commit: Iterable[tuple[str, str]],
) -> dict[tuple[str, str], Fact]:
    """Every fact that is asked for: known, read on the disk where git says it lies there, else from the repository."""
    learnt: dict[tuple[str, str], Fact] = {}
    missing: list[tuple[str, str]] = []
    for path, blob in here:
        fact = known.get((path, blob)) or _read_clean(root, path, blob)
        if fact:
            learnt[path, blob] = fact
        else:
            missing.append((path, blob))
    for pair in at_commit:
        if pair not in learnt:
            if fact := known.get(pair):
                learnt[pair] = fact
            else:
                missing.append(pair)
    for (path, blob), content in zip(missing, git.blobs(blob for _, blob in missing), strict=True):
        learnt[path, blob] = fact_of(path, blob, content)
    return learnt


def _remember(index: Index, known: Mapping[tuple[str, str], Fact], facts: Iterable[Fact]) -> None:
    now = {(fact.path, fact.blob): fact for fact in facts if fact.blob}
    new = [fact for pair, fact in now.items() if pair not in known]
    if len(known) + len(new) > 2 * len(now) + 1000:
        index.learn(now.values(), forget=True)
    elif new:
        index.learn(new, forget=False)


def _read_clean(root: Path, path: str, blob: str) -> Fact | None:
    """The fact in a file that lies on the disk as git has it; None where it does not after all."""
    try:
        handle = os.open(f"{root}/{path}", _READ_ONLY)
    except OSError:
        return None
    try:
        head = os.read(handle, _HEAD)
    finally:
        os.close(handle)
    return _quick(path, blob, head)


def _quick(path: str, blob: str, head: bytes) -> Fact | None:
    """The fact in the beginning of a file; None where that is not enough, or not as simple as it mostly is."""
    end = head.find(b"\n---\n", 3)
    if not head.startswith(b"---\n") or end < 0:
        return None
    try:
        plain = read_plain(head[4 : end + 1].decode())
    except UnicodeDecodeError:
        return None
    return _fact(path, blob, plain[0]) if plain else None


def fact_of(path: str, blob: str, content: bytes) -> Fact:
    """The fact in the bytes of a file."""
    quick = _quick(path, blob, content[:_HEAD])
    if quick:
        return quick
    from expertpost.store.pieces import read_raw

    raw, findings = read_raw(path, content)
    if raw is None:
        return Fact(path, blob, slug=_slug({}, path), wrong=findings[0].what)
    return _fact(path, blob, raw.values)


def _fact(path: str, blob: str, values: Mapping[str, Value]) -> Fact:
    get = values.get
    return Fact(
        path,
        blob,
        _text(get("id")),
        _slug(values, path),
        _text(get("title")),
        _joined(get("authors") or get("author")),
        _joined(get("audience")),
        _text(get("review_by")),
        topics=_joined(get("topics") or get("tags")),
    )


def _slug(values: Mapping[str, Value], path: str) -> str:
    written = values.get("slug")
    if isinstance(written, str) and written:
        return written
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[2] if name == "index.md" else name[:-3]


def _text(value: Value) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def _joined(value: Value) -> str:
    return "\n".join(map(_text, value)) if isinstance(value, list) else _text(value)
