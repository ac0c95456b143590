"""How git is called so that nothing in a repository or an environment can start a program or change what is done.

Every option of a repository's own configuration that could is switched off (git-config documentation; CVE-2022-24765
and its kin).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from expertpost.errors import Failure

SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.ext.allow=never",
    "core.symlinks=false",
    "submodule.recurse=false",
    "core.pager=cat",
    "gc.auto=0",
    "commit.gpgSign=false",
    "core.quotePath=false",
    "advice.detachedHead=false",
)
"""Settings for every command."""
_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_.*|PROXY_.*|HTTP_.*"
    r"|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM"
    r"|(AUTHOR|COMMITTER)_(NAME|EMAIL))"
)
# Never the program that a planted configuration names for the other end (remote.<name>.uploadpack).
_ALONE = "--no-recurse-submodules"
FETCH = ("--upload-pack=git-upload-pack", "--no-tags", "--no-write-fetch-head", "--prune", "--quiet", _ALONE)
LISTING = ("--upload-pack=git-upload-pack", "--quiet", "--refs")
PUSH = ("--receive-pack=git-receive-pack", "--porcelain", "--no-verify", "--no-follow-tags", _ALONE)


def environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The environment for git: of git's own variables only those that say who somebody is and how they connect."""
    inner = {name: value for name, value in outer.items() if not name.startswith("GIT_") or _KEPT.fullmatch(name)}
    return inner | {
        _EMPTY: "",
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
    }


ALONE = {"GIT_ALLOW_PROTOCOL": ""}
"""With it git reaches no other repository, so it brings nothing that a partial clone lacks."""

_TOUCHING = frozenset({"add", "checkout", "diff", "diff-files", "diff-index", "hash-object", "read-tree", "reset",
                       "status", "switch", "update-index"})  # fmt: skip
_EMPTY = "EXPERTPOST_EMPTY"
SCOPES = ("config", "--list", "--show-scope", "--name-only", "-z")
"""Asks for the names of all settings, each after where it comes from."""
_DRIVER = re.compile(r"filter\.(.+)\.[a-z]+", re.DOTALL)


def unfiltered(folder: Path, args: Sequence[str], listed: Callable[[], bytes]) -> list[str]:
    """Options that switch off the filters of a repository's own configuration, for a command that reads work files.

    ``.gitattributes`` comes with what is cloned and names them (gitattributes, ``filter``). Those in a person's own
    settings stay: they chose them. ``listed`` asks git for ``SCOPES``.
    """
    if not args or args[0] not in _TOUCHING or _plainly_none(folder):
        return []
    told = listed().decode("utf-8", "surrogateescape").split("\0")
    own = (name for scope, name in zip(told[::2], told[1::2], strict=False) if scope in ("local", "worktree"))
    drivers = dict.fromkeys(found[1] for name in own if (found := _DRIVER.fullmatch(name)))
    # By the environment, as a driver's name may hold an equals sign.
    return [
        f"--config-env=filter.{driver}.{key}={_EMPTY}"
        for driver in drivers
        for key in ("clean", "smudge", "process", "required")
    ]


def _plainly_none(folder: Path) -> bool:
    """Whether the repository's configuration, where it usually lies, has no word of filters or of other files."""
    try:
        text = (folder / ".git" / "config").read_bytes().lower()
    except OSError:
        return False
    return not any(word in text for word in (b"filter", b"include", b"worktreeconfig"))


def complaint(stderr: str) -> str:
    """What git complains of, in its own words without its "fatal: ", 300 characters at most; untrusted text."""
    lines = (line for line in stderr.splitlines() if line.startswith(("fatal:", "error:", "ssh:")))
    said = next(lines, stderr.strip())
    return said.removeprefix("fatal:").removeprefix("error:").strip()[:300]


class GitFailed(Failure):
    """A git command answered with an exit code that was not expected. ``stderr`` is untrusted text."""

    def __init__(self, argv: Sequence[str], code: int, stderr: str) -> None:
        verb = next((word for word in argv if not word.startswith("-")), "")
        cure = "expertpost doctor looks at git and the repository; nothing was lost"
        super().__init__("XP-GIT", f"git {verb} failed ({code}): {complaint(stderr)}", cure)
        self.code_of_git, self.stderr = code, stderr
