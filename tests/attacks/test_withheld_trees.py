"""A repository that gives a commit without its trees, and then never answers, holds up no run."""

import socket
from pathlib import Path

import pytest
from tests.git_server import bare_repository, git

from expertpost.store.git import Git, GitFailed


def test_a_tree_that_is_withheld_is_not_waited_for(tmp_path: Path) -> None:
    """What is missing is missing: it is asked for nowhere, so nobody can be silent about it."""
    bare = bare_repository(tmp_path / "theirs.git")
    git(bare, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=tree:0", bare.as_uri(), "part.git")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        git(tmp_path / "part.git", "config", "remote.origin.url", f"git://127.0.0.1:{silent.getsockname()[1]}/x")
        here = Git(tmp_path / "part.git")
        here.complete = True

        with pytest.raises(GitFailed):
            here.objects.tree_of("HEAD")
