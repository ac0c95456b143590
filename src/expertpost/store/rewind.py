"""Create-only tags that tell a runner with an empty disk whether the ledger branch lost anything (protocol §6).

Every commit that a runner pushes to the ledger gets a tag in the same push, numbered; a tag never moves. The next
runner asks for the newest of them, which has to be in the branch: usually it is its tip.
"""

from expertpost.errors import Exit, Failure
from expertpost.store.git import TIMEOUT, GitFailed
from expertpost.store.hub import Hub

KEPT = 20
"""So many pushes go by before older tags are swept away, where the host lets a runner do that."""
_LOOK_BACK = (50, 2_147_483_647)
"""Commits to fetch where the newest tag is not the tip: some for a runner that was faster, then all (git's limit)."""


class Tags:
    """The tags of one ledger branch, as ``look`` found them and this runner made more.

    ``prefix``: the folder of refs that they lie in.
    ``adopting``: the branch is taken as it is, and the next tag says so.
    """

    def __init__(self, hub: Hub, *, adopting: bool = False) -> None:
        self._hub = hub
        self._adopting = adopting
        self.prefix = f"refs/tags/{hub.branches.ledger}-witness/"
        self._there: dict[int, str] = {}
        self._refused = False

    def look(self) -> None:
        """Compare the newest tag with the branch. Raises Failure XP-REWOUND where it is not in it, XP-REMOTE."""
        self._there = self._listed()
        if not self._there or self._adopting:
            return
        newest, branch = self._there[max(self._there)], self._hub.branches.ledger
        if self._hub.tip(branch) != newest and not self._in_history(newest, branch):
            raise Failure(
                "XP-REWOUND",
                f"{branch} lost what a runner had written there: what was sent may be missing",
                f"have whoever keeps the repository put {newest[:12]} back; nothing was sent",
                where=self._hub.remote or branch,
                exit_code=Exit.GUARD,
            )

    @property
    def there(self) -> dict[str, str]:
        """Full ref → commit of every tag that is known."""
        return {f"{self.prefix}{number:08d}": oid for number, oid in self._there.items()}

    def next(self) -> str:
        """The tag for the next commit; "" where the host takes none."""
        return "" if self._refused else f"{self.prefix}{max(self._there, default=0) + 1:08d}"

    def made(self, commit: str) -> None:
        """The next tag is there, on this commit."""
        if not self._refused:
            self._there[max(self._there, default=0) + 1] = commit

    def refuse(self) -> None:
        """The host takes no tag of this runner: the ledger goes on without."""
        self._refused = True

    def sweep(self) -> None:
        """Take older tags away now and then; a host that keeps them all is right too."""
        newest = max(self._there, default=0)
        old = {f"{self.prefix}{number:08d}": (None, oid) for number, oid in self._there.items() if number < newest}
        if len(old) < KEPT or newest % KEPT:
            return
        if self._hub.remote is None:
            self._hub.git.move_refs(old)
        else:
            self._hub.git.push(self._hub.remote, old)

    def _listed(self) -> dict[int, str]:
        if self._hub.remote is None:
            found = self._hub.git.refs(self.prefix)
        else:
            running = self._hub.git.start_listing(self._hub.remote, [f"{self.prefix}*"])
            try:
                said = running.out(timeout=TIMEOUT).decode("utf-8", "replace")
            except GitFailed as failed:
                cure = "check the network and your access (expertpost doctor); nothing was changed"
                raise Failure("XP-REMOTE", "the shared repository lists no tags", cure) from failed
            found = {ref: oid for oid, _, ref in (line.partition("\t") for line in said.splitlines())}
        numbers = {ref.removeprefix(self.prefix): oid for ref, oid in found.items()}
        return {int(number): oid for number, oid in numbers.items() if number.isascii() and number.isdigit()}

    def _in_history(self, commit: str, branch: str) -> bool:
        """Whether the branch as it is now, fetched anew and further back, contains a commit."""
        for depth in _LOOK_BACK:
            self._hub.deepen(branch, depth)
            tip = self._hub.tip(branch)
            if tip is None:
                return False
            if self._hub.git.commit_of(commit) == commit and self._hub.git.is_ancestor(commit, tip):
                return True
        return False
