"""A bare repository of a run's own, so that the user's clone, index and work tree are never touched by publishing."""

import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from expertpost.store.git import Git, make_bare

_ABANDONED = 86_400
"""Seconds after which the folder of a run is somebody's who was killed."""
_WAYS = re.compile(
    r"(http|credential|url)\..*|ssh\.variant|core\.(sshcommand|askpass|gitproxy)"
    r"|remote\.[^\n]*\.(url|pushurl|proxy|proxyauthmethod)",
    re.IGNORECASE,
)
"""The settings that decide how a remote is reached (git-config documentation). Everything else stays behind."""


@contextmanager
def own_repository(
    home: Git, root: Path, remote: str, env: Mapping[str, str] | None = None, more: Sequence[tuple[str, str]] = ()
) -> Iterator[Git]:
    """An empty bare repository that reaches ``remote`` as ``home`` does; it is gone at the end.

    It lies in ``home``'s own folder, where the conditions of the user's configuration (``includeIf.gitdir``) hold too.
    ``root`` is where a relative address of the remote begins. Settings travel in the environment, never in arguments;
    ``more`` of them come last.
    """
    rooms = home.git_dir() / "expertpost" / "runs"
    _clear_abandoned(rooms)
    folder = rooms / f"{os.getpid()}-{time.time_ns():x}.git"
    outer = dict(os.environ if env is None else env)
    try:
        yield make_bare(folder, {**outer, **_as_environment([*ways(home, root, remote), *more], outer)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ways(home: Git, root: Path, remote: str) -> list[tuple[str, str]]:
    """The repository's own settings for reaching remotes, in order; those of the user and the system apply anyway."""
    out = home.run("config", "--list", "-z", "--show-scope").decode("utf-8", "surrogateescape")
    fields = out.split("\0")
    found = []
    for scope, written in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = written.partition("\n")
        if scope in ("local", "worktree") and _WAYS.fullmatch(key):
            found.append((key, absolute(root, value) if key == f"remote.{remote}.url" else value))
    return found


def absolute(root: Path, address: str) -> str:
    """A remote's address that means the same everywhere: a relative path begins at the work tree (git-remote)."""
    if "://" in address or re.match(r"[^/]+:", address):
        return address
    return str((root / Path(address).expanduser()).resolve())


def _as_environment(settings: Sequence[tuple[str, str]], outer: Mapping[str, str]) -> dict[str, str]:
    """Settings as git reads them from the environment (GIT_CONFIG_COUNT), after those that are there already."""
    given = outer.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdigit() else 0
    made = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings, first):
        made |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return made


def _clear_abandoned(rooms: Path) -> None:
    for folder in rooms.glob("*.git"):
        if time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
