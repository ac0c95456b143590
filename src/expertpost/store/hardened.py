"""How git is called so that nothing in a repository or an environment can start a program or change what is done.

Every option of a repository's own configuration that could is switched off (git-config documentation; CVE-2022-24765
and its kin).
"""

import re
from collections.abc import Mapping, Sequence

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
PUSH = ("--receive-pack=git-receive-pack", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", _ALONE)


def environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The environment for git: of git's own variables only those that say who somebody is and how they connect."""
    inner = {name: value for name, value in outer.items() if not name.startswith("GIT_") or _KEPT.fullmatch(name)}
    return inner | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
    }


class GitFailed(Failure):
    """A git command answered with an exit code that was not expected. ``stderr`` is untrusted text."""

    def __init__(self, argv: Sequence[str], code: int, stderr: str) -> None:
        said = next((line for line in stderr.splitlines() if line.startswith(("fatal:", "error:"))), stderr.strip())
        verb = next((word for word in argv if not word.startswith("-")), "")
        cure = "expertpost doctor looks at git and the repository; nothing was lost"
        super().__init__("XP-GIT", f"git {verb} failed ({code}): {said[:300]}", cure)
        self.code_of_git, self.stderr = code, stderr
