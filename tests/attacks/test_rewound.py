"""Facts are only ever added: a branch that lost any of them stops everybody who saw them."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expertpost.errors import Exit, Failure
from expertpost.model.config import Branches
from expertpost.store.git import make_bare
from expertpost.store.hub import Hub, Landed
from expertpost.store.tree import Identity
from expertpost.store.writing import write_commit

ANA = Identity("Ana", "ana@example.org")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("branch", ["expertpost-reviews", "expertpost-ledger"])
@pytest.mark.parametrize("how", ["rewound", "deleted", "replaced"])
def test_a_branch_that_lost_facts_is_refused_again_and_again(tmp_path: Path, branch: str, how: str) -> None:
    """A withdrawal that somebody pushes away does not vanish: whoever saw it is stopped until it is back."""
    remote = make_bare(tmp_path / "remote.git")
    git = make_bare(tmp_path / "own.git")
    hub = Hub(git, Branches(), str(remote.folder))
    first = write_commit(git, {"approve.md": b"1"}, "m", ANA, NOW, base=None)
    second = write_commit(git, {"withdraw.md": b"1"}, "m", ANA, NOW, base=first)
    assert Landed() == hub.offer({branch: (first, None)})
    assert Landed() == hub.offer({branch: (second, first)})
    hub.fetch()
    if how == "deleted":
        remote.run("update-ref", "-d", f"refs/heads/{branch}")
    elif how == "rewound":
        remote.run("update-ref", f"refs/heads/{branch}", first)
    else:
        other = write_commit(remote, {"approve.md": b"1"}, "other", ANA, NOW, base=None)
        remote.run("update-ref", f"refs/heads/{branch}", other)

    for _ in range(2):
        with pytest.raises(Failure, match="XP-REWOUND") as refused:
            hub.fetch()
        assert Exit.GUARD is refused.value.exit_code
        assert second == hub.tip(branch)
    subprocess.run(["git", "-C", str(git.folder), "push", "-qf", str(remote.folder), f"{second}:refs/heads/{branch}"],
                   check=True)  # fmt: skip
    hub.fetch()
    assert second == hub.tip(branch)
