"""A branch of somebody else's repository: read, and added to, without a clone, a work tree or an index.

Only the newest commit and its trees are fetched, and of the files those that are asked for, so that the size of the
repository does not matter. Nothing of it is ever written to this machine's files: no hook, filter, attribute or link
of it can run or lead anywhere. Where it is, and what proves what, is told in the words of ``model.outcome``.
"""

import re
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from expertpost.model.outcome import Because, Busy, Refused, Unsure
from expertpost.store import hardened
from expertpost.store.bare import absolute, own_repository
from expertpost.store.git import Git, GitFailed
from expertpost.store.hub import is_denial
from expertpost.store.objects import FOLDER, Leaf
from expertpost.store.tree import Identity, is_regular
from expertpost.store.writing import write_commit

_REMOTE = "elsewhere"
_SEEN = "refs/expertpost/elsewhere"
_WITHOUT_FILES = "--filter=blob:none"
_FETCH = ("fetch", "--depth=1", _WITHOUT_FILES, *hardened.FETCH, "--end-of-options", _REMOTE)
# As git itself fetches what is missing (promisor-remote.c); but that has no deadline, and takes one file at a time.
_BLOBS = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--stdin", _WITHOUT_FILES,
          *(option for option in hardened.FETCH if option != "--prune"), "--end-of-options", _REMOTE)  # fmt: skip
_PAUSE = timedelta(minutes=1)
"""A server that has had too many requests is left alone so long: git does not tell what it asked for."""
_NOT_ALLOWED = re.compile(
    r"could not read (username|password)|authentication failed|permission denied|permission to .* denied"
    r"|access denied|error: 40[13]\b|http 40[13]\b|not authorized|host key verification failed",
    re.IGNORECASE,
)
_TOO_MANY = re.compile(r"(error:|http) 429\b", re.IGNORECASE)
_NEVER_SENT = re.compile(
    r"unable to access|unable to connect|could not resolve|connection refused|not found|does not appear to be a git"
    r"|no route to host|network is unreachable",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Where:
    """Which branch of which repository, who adds to it, and further settings of git's for reaching it.

    ``repository``: an address or a path; a relative path begins at ``root``, the workspace's folder.
    """

    root: Path
    repository: str
    branch: str
    by: Identity
    settings: Sequence[tuple[str, str]] = ()


class Elsewhere:
    """The branch as it was fetched last. It reaches the repository as the workspace's own clone would."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self._stack = ExitStack()
        self._until = 0.0
        self._tip = ""
        self._brought: set[str] = set()
        weakref.finalize(self, self._stack.close)

    @cached_property
    def _git(self) -> Git:
        """A bare repository that is gone when this object is."""
        root = self.where.root
        address = (f"remote.{_REMOTE}.url", absolute(root, self.where.repository))
        git = self._stack.enter_context(own_repository(Git(root), root, "", more=(address, *self.where.settings)))
        # A server that leaves out trees would be asked for each of them, without any deadline.
        git.durable, git.complete = False, True
        return git

    def fetch(self, timeout: float) -> Busy | Refused | None:
        """Look at the branch; ``timeout``: seconds for this and everything after it."""
        self._until = time.monotonic() + timeout
        ref = f"refs/heads/{self.where.branch}"
        try:
            self._ask((*_FETCH, f"+{ref}:{_SEEN}"))
        except GitFailed as failed:
            if "couldn't find remote ref" in failed.stderr:
                return Busy(f"there is no branch {self.where.branch}")
            found = trouble(failed.stderr, sent=False)
            return found if not isinstance(found, Unsure) else Busy(found.reason)
        self._tip = self._git.commit_of(_SEEN) or ""
        return None

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where there is none.

        Raises NotADirectoryError where a link or file is in the way, IsADirectoryError for a folder.
        """
        leaf: Leaf | None = Leaf(FOLDER, self._git.objects.tree_of(self._tip))
        for name in path.split("/"):
            if leaf is None:
                return None
            if not leaf.is_folder:
                raise NotADirectoryError(path)
            leaf = self._git.objects.tree(leaf.id).get(name)
        if leaf is None:
            return None
        if leaf.is_folder:
            raise IsADirectoryError(path)
        if not is_regular(leaf.mode, path):
            raise NotADirectoryError(path)
        return self._contents([leaf.id])[0]

    def matching(self, pattern: str) -> list[tuple[str, bytes]]:
        """Every regular file whose path has the names of the pattern, ``*`` in a name standing for anything."""
        found = dict(self._matching(self._git.objects.tree_of(self._tip), "", pattern.split("/")))
        return list(zip(found, self._contents(list(found.values())), strict=True))

    def offer(self, files: Mapping[str, bytes | None], message: str, at: datetime) -> bool | Busy | Refused | Unsure:
        """Add one commit with these files, path → bytes (None removes), to the branch as it was fetched.

        True: the branch has it; False: the branch has moved meanwhile, and nothing was accepted. Never by force. Raises
        ValueError for a path that cannot be in a tree.
        """
        commit = write_commit(self._git, files, message, self.where.by, at, base=self._tip)
        if self._git.objects.tree_of(commit) == self._git.objects.tree_of(self._tip):
            return True
        ref = f"refs/heads/{self.where.branch}"
        try:
            rows, stderr = self._git.push(_REMOTE, {ref: (commit, self._tip)}, self._left())
        except GitFailed as failed:
            return Unsure(failed.what)
        if not rows:
            return trouble(stderr, sent=True, at=at)
        (row,) = rows
        if row.flag != "!":
            self._tip = commit
            return True
        if not is_denial(row):
            return False
        if "unpack" in row.says:
            return Busy(f"the repository could not store it: {row.says}")
        return Refused(f"the repository does not take it: {row.says} {stderr}", Because.ACCOUNT)

    def may_offer(self) -> Busy | Refused | None:
        """Why nothing may be pushed there; asked with a push of nothing new, which stops before anything is sent."""
        spec = f"{self._tip}:refs/heads/{self.where.branch}"
        options = ("--dry-run", *hardened.PUSH, "--end-of-options", _REMOTE, spec)
        code, _, stderr = self._git.answer("push", *options, timeout=self._left())
        found = trouble(stderr, sent=False) if code else None
        return Busy(found.reason) if isinstance(found, Unsure) else found

    def _matching(self, tree: str, folder: str, pattern: Sequence[str]) -> Iterator[tuple[str, str]]:
        head, *rest = pattern
        for name, leaf in self._git.objects.tree(tree).items():
            path = f"{folder}{name}"
            if not fnmatchcase(name, head):
                continue
            if rest and leaf.is_folder:
                yield from self._matching(leaf.id, f"{path}/", rest)
            elif not rest and is_regular(leaf.mode, path):
                yield path, leaf.id

    def _contents(self, ids: Sequence[str]) -> list[bytes]:
        """The bytes of blobs; those that did not come with the commit are fetched in one go."""
        if missing := [each for each in dict.fromkeys(ids) if each not in self._brought]:
            wanted = "".join(f"{each}\n" for each in missing).encode()
            try:
                self._ask(_BLOBS, wanted)
            except GitFailed as failed:
                # A server that gives single files to nobody gave all of them with the commit.
                if "unadvertised object" not in failed.stderr:
                    raise
            self._brought.update(missing)
        return list(self._git.blobs(ids))

    def _ask(self, args: Sequence[str], told: bytes = b"") -> None:
        self._git.answer(*args, stdin=told, ok=(0,), timeout=self._left())

    def _left(self) -> float:
        return max(self._until - time.monotonic(), 0.01)


def trouble(stderr: str, *, sent: bool, at: datetime | None = None) -> Busy | Refused | Unsure:
    """What git's own words (in English, LC_ALL=C) prove of a fetch or push that came to no answer.

    What the other side says (``remote:``) proves nothing. ``sent``: a push may have arrived, unless they say otherwise.
    """
    own = [line for line in stderr.splitlines() if not line.startswith("remote:")]
    text = "\n".join(own)
    says = next((line for line in own if line.startswith(("fatal:", "error:", "ssh:"))), text.strip()) or "no answer"
    if _TOO_MANY.search(text):
        return Busy(says, at + _PAUSE if at else None)
    if _NOT_ALLOWED.search(text):
        return Refused(says, Because.ACCOUNT)
    return Busy(says) if not sent or _NEVER_SENT.search(text) else Unsure(says)
