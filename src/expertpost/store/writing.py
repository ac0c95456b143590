"""Writing to a repository: commits from values, and what the user's own index is told."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count

from expertpost.store.git import Git
from expertpost.store.tree import Entry, Identity, safe_path

_SERIAL = count()


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
    # Two processes may write at once: each has a scratch name of its own, gone again when this returns.
    ref = f"refs/expertpost/scratch/{os.getpid()}-{next(_SERIAL)}"
    stamp = f"{_clean(by.name)} <{_clean(by.email)}> {int(at.timestamp())} +0000".encode()
    body = message.encode("utf-8", "replace")
    stream = [b"feature done\n", b"commit %s\nmark :1\n" % ref.encode()]
    stream += [b"author %s\ncommitter %s\n" % (stamp, stamp), b"data %d\n%s\n" % (len(body), body)]
    stream += [b"from %s\n" % base.encode()] if base else []
    stream += [b"merge %s\n" % parent.encode() for parent in parents]
    stream += [b"deleteall\n"] if fresh else []
    for path, content in changes.items():
        if not safe_path(path):
            raise ValueError(f"not a path for a tree: {path!r}")
        name = path.encode()
        if content is None:
            stream.append(b"D %s\n" % name)
        else:
            stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(content), content))
    stream += [b"get-mark :1\n", b"reset %s\nfrom %s\n\n" % (ref.encode(), b"0" * 40), b"done\n"]
    out = git.run("fast-import", "--quiet", "--force", stdin=b"".join(stream))
    return out.decode().split()[0]


def commit_tree(git: Git, tree: str, parents: Sequence[str], message: str, by: Identity, at: datetime) -> str:
    """A commit of a tree that exists already."""
    stamp = f"{int(at.timestamp())} +0000"
    env = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
           (("NAME", by.name), ("EMAIL", by.email), ("DATE", stamp))}  # fmt: skip
    args = [part for parent in parents for part in ("-p", parent)]
    return git.run("commit-tree", *args, "-F", "-", tree, stdin=message.encode(), env=env).decode().strip()


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
