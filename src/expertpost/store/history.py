"""Whose hands were on some files: read from the commits of a review branch, without trusting their form."""

import re
from collections.abc import Collection
from datetime import datetime

from expertpost.store.git import Git

_FORMAT = "%x01%ae%x02%ce%x02%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x02)%x02"
_MAIL = re.compile(r"[^\s<>@\x01\x02]+@[^\s<>@\x01\x02]+")


def hands(git: Git, base: str | None, tip: str, names: Collection[str]) -> tuple[str, ...]:
    """Mail addresses of the authors, committers and co-authors of ``base..tip``, as far as they changed the files.

    ``base`` None: of everything that led to ``tip``.
    ``names``: files, and folders whose every file counts. Merges count where their result is none of their parents':
    then somebody wrote it. Sorted, each once.
    """
    span = (f"{base}..{tip}", "--") if base else (tip, "--", *names)
    args = ("-c", "--name-only", "--no-renames", "--no-ext-diff", f"--format={_FORMAT}", *span)
    found: set[str] = set()
    for commit in git.run("log", *args).decode("utf-8", "replace").split("\x01")[1:]:
        head, _, rest = commit.rpartition("\x02")
        if any(_concerns(path, names) for path in rest.splitlines()):
            found.update(_MAIL.findall(head))
    return tuple(sorted(found))


def ever_had(git: Git, base: str, tip: str, path: str, blob: str) -> bool:
    """Whether some commit of ``base..tip`` gave a path this very content."""
    args = ("--format=%H", "--max-count=1", f"--find-object={blob}", f"{base}..{tip}", "--", path)
    return bool(git.run("log", "--no-ext-diff", *args).strip())


def last_before(git: Git, tip: str, at: datetime) -> str | None:
    """The newest commit that a branch had at a moment, told from its first parents; None before it began."""
    args = ("--max-count=1", "--first-parent", f"--before={int(at.timestamp())}", "--end-of-options", tip)
    return git.text("rev-list", *args) or None


def commits_of(git: Git, base: str, tip: str, path: str, at_most: int = 200) -> tuple[str, ...]:
    """The commits of ``base..tip`` that changed a file, or what lies beside it, the newest first."""
    home = path.removesuffix("/index.md")
    span = f"{base}..{tip}" if base else tip
    out = git.run("log", "--format=%H", f"--max-count={at_most}", "--no-ext-diff", span, "--", home)
    return tuple(out.decode().split())


def _concerns(path: str, names: Collection[str]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in names)
