"""The place everybody shares: the remote's branches, or the local ones where there is no remote.

What was fetched lies under ``refs/expertpost/hub/`` of the repository that is passed in; no branch, index or work tree
of the user moves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from expertpost.errors import Exit, Failure
from expertpost.model.branches import Branches
from expertpost.store.git import TIMEOUT, Git, GitFailed, RefPushed, Running
from expertpost.store.hardened import complaint

_SEEN = "refs/expertpost/hub/"
_HEADS = "refs/heads/"
NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Landed:
    """Every branch moved as asked."""


@dataclass(frozen=True, slots=True)
class Raced:
    """Somebody else moved a branch first; nothing moved. Fetch, build on the new tip, and try again."""

    branches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """The host refuses to move a branch (protected, a hook, no right to push); nothing moved. ``says`` is untrusted."""

    branch: str
    says: str


Offer = Landed | Raced | Denied


class Hub:
    """The shared branches as seen from one repository. ``remote``: its name or address, None to work locally."""

    def __init__(self, git: Git, branches: Branches, remote: str | None, depth: int | None = None) -> None:
        self.git = git
        self.branches = branches
        self.remote = remote
        self._depth = depth
        self._prefix = _SEEN if remote else _HEADS
        self._tips: dict[str, str] | None = None
        self._begun: tuple[Mapping[str, str], Running] | None = None

    def begin(self) -> None:
        """Begin to look at the remote, and do not wait: ``fetch`` goes on from there."""
        if self.remote is None or self._begun:
            return
        before = self.tips()
        names = self.branches
        wanted = (names.main, names.reviews, names.ledger, f"{names.review}*")
        # A pattern that matches no branch is no error to git; a missing branch without one is.
        specs = [f"+{_HEADS}{name}*:{_SEEN}{name}*" if "*" not in name else f"+{_HEADS}{name}:{_SEEN}{name}"
                 for name in wanted]  # fmt: skip
        self._begun = before, self.git.start_fetch(self.remote, specs, depth=self._depth)

    def comparing(self) -> Callable[[], bool]:
        """Ask the remote where its branches are, and do not wait: the answer says whether all are as last fetched.

        Much sooner known than a fetch is done. A remote that does not answer is none that is the same.
        """
        if self.remote is None:
            return lambda: True
        names = self.branches
        wanted = (names.main, names.reviews, names.ledger, f"{names.review}*")
        running = self.git.start_listing(self.remote, [_HEADS + name for name in wanted])
        here = self.tips()

        def same() -> bool:
            try:
                lines = running.out(timeout=TIMEOUT).decode("utf-8", "replace").splitlines()
            except GitFailed:
                return False
            there = {ref.removeprefix(_HEADS): oid for oid, _, ref in (line.partition("\t") for line in lines)}
            return there == here

        return same

    def fetch(self, timeout: float = TIMEOUT) -> None:
        """Look at the remote; without one there is nothing to do. Raises Failure XP-REMOTE.

        ``timeout``: seconds after which it counts as unreachable.
        """
        self.begin()
        if self.remote is None or self._begun is None:
            return
        (before, running), self._begun, self._tips = self._begun, None, None
        self._end(running, self._depth, timeout)
        self._refuse_rewound(before)

    def _end(self, running: Running, depth: int | None, timeout: float = TIMEOUT) -> None:
        """Wait for a fetch. Raises Failure XP-REMOTE."""
        try:
            running.out(timeout=timeout)
        except GitFailed as failed:
            # A shallow fetch from a repository without any of these branches fails without a word (git 2.39).
            if depth is None or failed.code_of_git != 1 or failed.stderr.strip():
                raise _unreachable(self.remote or "", failed.stderr) from failed

    def _refuse_rewound(self, before: Mapping[str, str]) -> None:
        """People's facts and the runner's are only ever added to: a branch that lost any of them stops everything.

        What was seen last stays what is known, so that the next look refuses it too. Raises Failure XP-REWOUND.
        """
        for branch in (self.branches.reviews, self.branches.ledger):
            old, new = before.get(branch), self.tip(branch)
            if old is None or old == new or (new is not None and self._keeps(branch, new, old)):
                continue
            self.git.run("update-ref", _SEEN + branch, old)
            self._tips = None
            says = "is gone" if new is None else "lost something that was there before"
            raise Failure(
                "XP-REWOUND",
                f"{branch} {says}: what was decided or sent may be missing there",
                f"have whoever keeps the repository put {old[:12]} back; nothing was done here",
                where=self.remote or "",
                exit_code=Exit.GUARD,
            )

    def _keeps(self, branch: str, new: str, old: str) -> bool:
        """Whether a tip has all that an older one had; a shallow repository cannot tell, and believes it.

        People's events are files that are only added: a commit on top that takes one away loses it as well.
        """
        if self._depth is not None:
            return True
        if not self.git.is_ancestor(old, new):
            return False
        only_added = "--diff-filter=a"
        return branch != self.branches.reviews or not self.git.run(
            "diff-tree", "-r", "--no-renames", "--name-only", only_added, old, new
        )

    def tips(self) -> dict[str, str]:
        """Branch name → commit, for the four kinds of branches, as last fetched."""
        if self._tips is not None:
            return self._tips
        names = self.branches
        single = {names.main, names.reviews, names.ledger}
        found = {ref.removeprefix(self._prefix): oid for ref, oid in self.git.refs(self._prefix).items()}
        tips = {name: oid for name, oid in found.items() if name in single or name.startswith(names.review)}
        if self.remote is not None:
            # What was fetched changes with the next fetch; local branches change at any time.
            self._tips = tips
        return tips

    def tip(self, branch: str) -> str | None:
        """The commit a branch was at when last fetched, None where it is absent."""
        return self.tips().get(branch)

    def forget(self, branch: str) -> None:
        """Take a branch as it is found next, whatever was seen of it before: somebody has decided so."""
        self._tips = None
        if self.remote is not None:
            self.git.run("update-ref", "-d", _SEEN + branch)

    def deepen(self, branch: str, depth: int) -> None:
        """Fetch one branch anew with so much of its history; gone afterwards where the remote has none such."""
        if self.remote is None:
            return
        self._tips = None
        spec = f"+{_HEADS}{branch}*:{_SEEN}{branch}*"
        self._end(self.git.start_fetch(self.remote, [spec], depth=depth), depth)

    def offer(self, moves: Mapping[str, tuple[str | None, str | None]], tags: Mapping[str, str] = NO_TAGS) -> Offer:
        """Move branches, name → (new commit, commit it must be at now), all or none; None stands for "absent".

        A move whose new commit is the old one guards that branch: nothing moves when it has moved. ``tags``: full refs
        to create on commits in the same push. Where the answer was lost, a look at the remote decides.
        Raises Failure XP-REMOTE when that fails too.
        """
        made: dict[str, tuple[str | None, str | None]] = {ref: (commit, None) for ref, commit in tags.items()}
        refs = {_HEADS + name: move for name, move in moves.items()} | made
        if self.remote is None:
            return Landed() if self.git.move_refs(refs) else Raced(tuple(moves))
        rows, stderr = self.git.push(self.remote, refs)
        bad = [row for row in rows if row.flag == "!"]
        if rows and not bad:
            self._remember(moves)
            return Landed()
        if not rows:
            return self._after_silence(moves, stderr)
        denied = next((row for row in bad if is_denial(row)), None)
        if denied:
            return Denied(denied.ref.removeprefix(_HEADS), f"{denied.says} {stderr}".strip())
        return Raced(tuple(row.ref.removeprefix(_HEADS) for row in bad))

    def may_push(self) -> str:
        """Why we may not push, in the host's words; "" where we may. Asks with a push that changes nothing."""
        tip = self.tip(self.branches.main)
        if self.remote is None or tip is None:
            return ""
        spec = f"{tip}:{_HEADS}{self.branches.review}of-my-rights"
        options = ("--dry-run", "--receive-pack=git-receive-pack", "--porcelain", "--no-verify")
        code, _, stderr = self.git.answer("push", *options, "--end-of-options", self.remote, spec)
        return stderr.strip()[:300] if code else ""

    def _remember(self, moves: Mapping[str, tuple[str | None, str | None]]) -> None:
        self._tips = None
        lines = [f"update {_SEEN}{name}\0{new or '0' * 40}\0\0" for name, (new, _) in moves.items()]
        self.git.run("update-ref", "-z", "--stdin", stdin="".join(lines).encode(), ok=(0, 1, 128))

    def _after_silence(self, moves: Mapping[str, tuple[str | None, str | None]], stderr: str) -> Offer:
        self.fetch()
        changed = {name: new for name, (new, old) in moves.items() if new != old}
        if changed and all(self.tip(name) == new for name, new in changed.items()):
            return Landed()
        if any(self.tip(name) != old for name, (_, old) in moves.items()):
            return Raced(tuple(moves))
        return Denied(next(iter(moves)), stderr.strip())


def is_denial(row: RefPushed) -> bool:
    """Whether the host said no for good; a stale lease or an atomic fellow's failure is a race."""
    said = row.says.lower()
    raced = ("stale info", "fetch first", "non-fast-forward", "atomic", "cannot lock ref", "failed to update ref",
             "incorrect old value", "reference already exists")  # fmt: skip
    return not any(word in said for word in raced)


def _unreachable(remote: str, stderr: str) -> Failure:
    return Failure(
        "XP-REMOTE",
        f"the shared repository does not answer: {complaint(stderr)}",
        "check the network and your access (expertpost doctor); nothing was changed",
        where=remote,
    )
