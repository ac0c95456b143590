"""The repository of a run's own: it reaches the remote as the user's does, and leaves nothing behind."""

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from expertpost.store.bare import own_repository, ways
from expertpost.store.git import Git


@pytest.fixture
def home(tmp_path: Path) -> Git:
    """A clone with a relative remote and a token for one host."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git = Git(folder, {**os.environ, "HOME": str(tmp_path)})
    git.run("init", "--quiet")
    git.run("config", "remote.origin.url", "../shared.git")
    git.run("config", "http.https://git.example/.extraheader", "AUTHORIZATION: basic c2VjcmV0")
    git.run("config", "core.hooksPath", "/tmp/evil")
    git.run("config", "filter.lfs.smudge", "evil")
    return git


def test_only_what_reaches_the_remote_is_taken_along(home: Git, tmp_path: Path) -> None:
    """Addresses and credentials go along, a relative address made whole; hooks and filters stay behind."""
    assert [
        ("remote.origin.url", str(tmp_path / "shared.git")),
        ("http.https://git.example/.extraheader", "AUTHORIZATION: basic c2VjcmV0"),
    ] == ways(home, home.folder, "origin")


def test_settings_travel_in_the_environment(home: Git, tmp_path: Path) -> None:
    """A token is never an argument; settings that are in the environment already stay."""
    given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ci"}
    with own_repository(home, home.folder, "origin", {**os.environ, "HOME": str(tmp_path), **given}) as own:
        assert "AUTHORIZATION: basic c2VjcmV0" == own.config("http.https://git.example/.extraheader")
        assert "Ci" == own.config("user.name")
        assert not any("AUTHORIZATION" in word for word in own.argv(["fetch"]))
        file = own.folder / "config"
        assert "AUTHORIZATION" not in file.read_text()


def test_nothing_is_left_behind(home: Git) -> None:
    """The folder is gone at the end, however the run ends; that of a run that was killed goes a day later."""
    rooms = home.git_dir() / "expertpost" / "runs"
    abandoned, at_work = rooms / "1-a.git", rooms / "2-b.git"
    for folder in (abandoned, at_work):
        folder.mkdir(parents=True)
    os.utime(abandoned, (time.time() - 2 * 86_400,) * 2)
    with suppress(KeyboardInterrupt), own_repository(home, home.folder, "origin"):
        assert 2 == len(list(rooms.iterdir()))
        raise KeyboardInterrupt

    assert [at_work] == list(rooms.iterdir())


def test_the_users_repository_is_not_touched(home: Git) -> None:
    """No ref, index or configuration of the clone changes."""
    before = subprocess.run(["git", "config", "--list"], cwd=home.folder, capture_output=True, check=True).stdout
    with own_repository(home, home.folder, "origin") as own:
        own.run("config", "user.name", "somebody")

    after = subprocess.run(["git", "config", "--list"], cwd=home.folder, capture_output=True, check=True).stdout
    assert (before, {}) == (after, home.refs("refs/"))
