"""The people of the demo: each with a home, an SSH key and a git identity of their own, and the real command line."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = Path(sys.executable).parent
"""Where the installed ``expertpost`` lies."""
COLUMNS = 100


class Untrue(Exception):
    """Something that must hold does not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered: its exit code, and what it wrote on standard output and error."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a computer. ``says``: who they are, in a word; ``at``: the folder they work in."""

    says: str
    name: str
    email: str
    home: Path
    at: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The environment of their shell; nothing of whoever runs the demo leaks in."""
        kept = {
            name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR", "COVERAGE_PROCESS_CONFIG") if name in os.environ
        }
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PATH": os.pathsep.join((str(TOOLS), os.environ.get("PATH", os.defpath))),
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "COLUMNS": str(COLUMNS),
            "NO_COLOR": "1",
            **self.more,
        }

    def settle_in(self, *, with_key: bool) -> None:
        """Make the home: a name for git, and an SSH key without a passphrase where they want one."""
        (self.home / ".ssh").mkdir(parents=True, mode=0o700)
        for key, value in (("user.name", self.name), ("user.email", self.email), ("init.defaultBranch", "main")):
            self.does("git", "config", "--global", key, value, at=self.home)
        if with_key:
            key_file = str(self.home / ".ssh" / "id_ed25519")
            self.does("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.email, "-f", key_file, at=self.home)

    def does(self, *argv: str, at: Path | None = None, code: int = 0) -> Answer:
        """Run a command without a word. Raises Untrue for another exit code."""
        program = shutil.which(argv[0], path=self.env["PATH"]) or argv[0]
        done = subprocess.run(
            [program, *argv[1:]],
            cwd=at or self.at,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=100,
            check=False,
        )
        answer = Answer(done.returncode, done.stdout, done.stderr)
        if answer.code != code:
            told = f"{answer.out}{answer.err}".strip()
            raise Untrue(f"{self.says}: {' '.join(argv)} ended with {answer.code} instead of {code}\n{told}")
        return answer


def snapshot(folder: Path) -> dict[str, str]:
    """The digest of every file of the work tree, the git folder aside."""
    files = (f for f in folder.rglob("*") if f.is_file() and not f.is_symlink() and ".git" not in f.parts)
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
