"""The one door to git: a hardened runner of its plumbing for reading, writing and pushing.

Nothing here touches a user's index, work tree or branches unless its name says so. Every option that a repository's own
configuration could use to run a program is switched off (git-config documentation; CVE-2022-24765 and its kin).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias, cast

from expertpost.errors import Failure
from expertpost.store import hardened
from expertpost.store.hardened import GitFailed as GitFailed
from expertpost.store.tree import Entry, Identity, entry_of

if TYPE_CHECKING:
    from expertpost.store.objects import Objects, Talk

TIMEOUT = 120  # Seconds that one git command may take.
Moves: TypeAlias = Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class RefPushed:
    """What a remote said of one ref: ``flag`` as in git-push's porcelain format, ``says`` its summary."""

    ref: str
    flag: str
    says: str


@dataclass(frozen=True, slots=True)
class Running:
    """A git command on its way."""

    args: tuple[str, ...]
    process: "subprocess.Popen[bytes]"

    def out(self, ok: Iterable[int] = (0,), timeout: float | None = None) -> bytes:
        """Its standard output, once it is done. Raises GitFailed for an exit code that is not in ``ok``."""
        with self.process as process:
            try:
                out, stderr = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired as late:
                process.kill()
                raise GitFailed(self.args, 124, f"no answer in {timeout:g} seconds") from late
        if process.returncode not in ok:
            raise GitFailed(self.args, process.returncode, stderr.decode("utf-8", "replace"))
        return out


@cache
def executable() -> str:
    """The absolute path of git. Raises Failure XP-GIT-MISSING."""
    if not (found := shutil.which("git")):
        raise Failure("XP-GIT-MISSING", "git is not installed", "install git 2.38 or newer: https://git-scm.com")
    return found


def _reader(argv: Sequence[str], env: Mapping[str, str]) -> "Talk":
    from expertpost.store.objects import Talk

    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)

    def end() -> None:
        # It only reads, so nothing is lost; a fork may hold its input open, so it would never end by itself.
        process.kill()
        with suppress(OSError):
            process.communicate()

    return Talk(cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout), end)


class Git:
    """One repository. ``folder``: anywhere inside it, or the folder of a bare one."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        # Whether what is written is on the disk when a command returns, and whether no missing object is fetched.
        self.durable, self.complete = True, False
        self._settings: dict[str, str] | None = None
        self._env = hardened.environment(os.environ if env is None else env)

    @cached_property
    def objects(self) -> "Objects":
        """What its objects hold. It does not hold the repository: with that the process that reads has to end."""
        from expertpost.store.objects import Objects

        argv, env = self.argv(("cat-file", "--batch-command")), self._env | (hardened.ALONE if self.complete else {})
        return Objects(lambda: _reader(argv, env))

    def argv(self, args: Sequence[str]) -> list[str]:
        """The whole command line for these arguments."""
        settings = (*hardened.SETTINGS, "core.fsync=all") if self.durable else hardened.SETTINGS
        options = [part for setting in settings for part in ("-c", setting)]
        options += hardened.unfiltered(self.folder, args, lambda: self.run(*hardened.SCOPES))
        return [executable(), "-C", str(self.folder), "--no-pager", *options, *args]

    def run(
        self, *args: str, stdin: bytes | None = None, ok: Iterable[int] = (0,), env: Mapping[str, str] | None = None
    ) -> bytes:
        """The standard output of a git command. Raises GitFailed for an exit code that is not in ``ok``."""
        return self.answer(*args, stdin=stdin, ok=ok, env=env)[1]

    def answer(
        self,
        *args: str,
        stdin: bytes | None = None,
        ok: Iterable[int] | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> tuple[int, bytes, str]:
        """Exit code, standard output and error of a git command; ``ok`` None takes every code."""
        try:
            done = subprocess.run(
                self.argv(args),
                input=stdin if stdin is not None else b"",
                capture_output=True,
                env={**self._env, **(env or {})},
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise GitFailed(args, 124, f"no answer in {timeout:g} seconds") from late
        stderr = done.stderr.decode("utf-8", "replace")
        if ok is not None and done.returncode not in ok:
            raise GitFailed(args, done.returncode, stderr)
        return done.returncode, done.stdout, stderr

    def start(self, *args: str) -> "Running":
        """Start a git command that needs no input, and go on meanwhile."""
        # A wide pipe (where the system has them): git need not wait until somebody reads.
        pipe = subprocess.Popen(
            self.argv(args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._env,
            pipesize=1 << 20,
        )
        return Running(args, pipe)

    def text(self, *args: str) -> str:
        """The standard output of a git command as one line of text."""
        return self.run(*args).decode("utf-8", "replace").strip()

    def top(self) -> Path | None:
        """The root of the work tree, None outside one."""
        code, out, _ = self.answer("rev-parse", "--show-toplevel")
        return Path(out.decode().rstrip("\n")) if code == 0 else None

    def git_dir(self) -> Path:
        """The absolute path of the repository's own folder (shared by its work trees)."""
        if (usual := self.folder / ".git").is_dir():
            return usual.resolve()
        found = Path(self.text("rev-parse", "--git-common-dir"))
        return found if found.is_absolute() else (self.folder / found).resolve()

    def commit_of(self, rev: str) -> str | None:
        """The id of the commit a ref or id names, None where there is none."""
        try:
            found = next(self.objects.about([f"{rev}^{{commit}}"]))
        except GitFailed:
            return None
        return found.id if found else None

    def refs(self, prefix: str) -> dict[str, str]:
        """Full ref name → object id, for all refs under ``prefix``."""
        out = self.run("for-each-ref", "--format=%(objectname) %(refname)", prefix).decode()
        return {name: oid for oid, _, name in (line.partition(" ") for line in out.splitlines())}

    def config(self, key: str) -> str | None:
        """One configuration value, as when the first was asked for; None where it is not set. Key in small letters."""
        if self._settings is None:
            listed = self.answer("config", "--list", "-z")[1].decode("utf-8", "replace").split("\0")
            self._settings = {name: value for name, _, value in (line.partition("\n") for line in listed)}
        return self._settings.get(key)

    def identity(self) -> Identity:
        """Who commits here (user.name, user.email). Raises Failure XP-IDENTITY."""
        name = self._env.get("GIT_AUTHOR_NAME") or self.config("user.name")
        email = self._env.get("GIT_AUTHOR_EMAIL") or self.config("user.email")
        if not name or not email:
            cure = 'git config --global user.name "Your Name"; git config --global user.email you@example.org'
            raise Failure("XP-IDENTITY", "git does not know who you are", cure)
        return Identity(*(re.sub(r"[<>\n\r\0]", "", text) for text in (name, email)))

    def current_branch(self) -> str | None:
        """The branch that is checked out, None on a detached HEAD."""
        code, out, _ = self.answer("symbolic-ref", "--quiet", "--short", "HEAD")
        return out.decode().strip() if code == 0 else None

    def remote_url(self, remote: str = "origin") -> str | None:
        """The address of a remote, None where it is not configured."""
        return self.config(f"remote.{remote}.url")

    def tree(self, commit: str, *under: str) -> list[Entry]:
        """All regular files below the given folders (or files) of a commit.

        Symbolic links, submodules and names that ``safe_path`` refuses are left out (git itself accepts a tree entry
        named ``..``: facts of CVE-2014-9390 and receive.fsckObjects).
        """
        from expertpost.store import trees

        if under and (few := trees.below(self.objects, commit, under)) is not None:
            return few
        out = self.run("ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--", *under)
        return [entry for entry in map(entry_of, out.decode("utf-8", "replace").split("\0")[:-1]) if entry]

    def blobs(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The bytes of each blob, in order. Raises GitFailed for a missing object."""
        wanted = list(ids)
        for oid, found in zip(wanted, self.objects.contents(wanted), strict=True):
            if found is None or found.kind != "blob":
                raise GitFailed(("cat-file",), 1, f"{oid} is not a readable blob")
            yield found.content

    def blob_at(self, commit: str, path: str) -> bytes | None:
        """The bytes of one regular file of a commit, None where it is not there."""
        found = [e for e in self.tree(commit, path) if e.path == path]
        return next(self.blobs([found[0].blob])) if found else None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` contains ``older``."""
        if self._leads_to(older, newer):
            return True
        return self.answer("merge-base", "--is-ancestor", older, newer, ok=(0, 1))[0] == 0

    def _leads_to(self, older: str, newer: str) -> bool:
        """Whether one commit is the other, or a parent of it: then nobody has to look further."""
        return older == newer or older in self.objects.parents(newer)

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit both contain, None for unrelated histories."""
        for older, newer in ((one, other), (other, one)):
            if self._leads_to(older, newer):
                return older
        code, out, _ = self.answer("merge-base", one, other, ok=(0, 1))
        return out.decode().strip() if code == 0 else None

    def merged_tree(self, ours: str, theirs: str) -> tuple[str | None, list[str]]:
        """The tree that git's merge of two commits makes, or None and the paths in conflict (git-merge-tree)."""
        code, out, _ = self.answer("merge-tree", "--write-tree", "--name-only", "-z", ours, theirs, ok=(0, 1))
        fields = out.decode("utf-8", "replace").split("\0")
        return (fields[0], []) if code == 0 else (None, list(dict.fromkeys(fields[1 : fields.index("", 1)])))

    def times_of(self, commits: Iterable[str]) -> tuple[datetime, ...]:
        """When each commit was made, aware. Slow to import (GitPython): for verbs that nobody waits for."""
        from git import Repo

        with Repo(self.folder, search_parent_directories=True) as repo:
            return tuple(repo.commit(one).committed_datetime for one in commits)

    def move_refs(self, moves: Moves) -> bool:
        """Move local refs, ref → (new, expected old), all or none; False when one was not where it was expected.

        None stands for "absent". Compare-and-swap: ``git update-ref --stdin``.
        """
        zero = "0" * 40
        lines = [f"update {ref}\0{new or zero}\0{old or zero}\0" for ref, (new, old) in moves.items()]
        code, _, _ = self.answer("update-ref", "-z", "--stdin", stdin="".join(lines).encode())
        return code == 0

    def start_fetch(self, remote: str, refspecs: Sequence[str], *, depth: int | None = None) -> Running:
        """Start to fetch refs from a remote's name or address."""
        options = (*hardened.FETCH, f"--depth={depth}") if depth else hardened.FETCH
        return self.start("fetch", *options, "--end-of-options", remote, *refspecs)

    def start_listing(self, remote: str, refs: Sequence[str]) -> Running:
        """Start to ask a remote where these refs (or patterns of them) are: lines of an id, a tab and a ref."""
        return self.start("ls-remote", *hardened.LISTING, "--end-of-options", remote, *refs)

    def push(self, remote: str, updates: Moves, timeout: float = TIMEOUT) -> tuple[tuple[RefPushed, ...], str]:
        """Offer refs to a remote, ref → (new, expected old), all or none; what it said of each, and its messages.

        None stands for "absent". An empty tuple means that the remote said nothing at all (unreachable, or cut off).
        """
        leases = [f"--force-with-lease={ref}:{old or ''}" for ref, (_, old) in updates.items()]
        specs = [f"{new or ''}:{ref}" for ref, (new, _) in updates.items()]
        # Not every host can move several refs at once; a single one is moved or not anyway.
        args = (*hardened.PUSH, *["--atomic"] * (len(specs) > 1), *leases, "--end-of-options", remote, *specs)
        _, out, stderr = self.answer("push", *args, timeout=timeout)
        rows = [line.split("\t") for line in out.decode("utf-8", "replace").splitlines() if line.count("\t") == 2]
        return tuple(RefPushed(spec.rpartition(":")[2], flag, says) for flag, spec, says in rows), stderr


def make_bare(folder: Path, env: Mapping[str, str] | None = None) -> Git:
    """A new bare repository in ``folder``, without templates or hooks."""
    folder.mkdir(parents=True, exist_ok=True)
    git = Git(folder, env)
    git.run("init", "--quiet", "--bare", "--template=", "--initial-branch=main", ".")
    return git
