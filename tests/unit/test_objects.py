"""Objects read and made by ourselves are what git reads and makes."""

import os
import random
import subprocess
import sys
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expertpost.store.changes import between
from expertpost.store.git import Git, GitFailed, make_bare
from expertpost.store.tree import Identity
from expertpost.store.writing import write_commit

ANA = Identity("Ana", "ana@example.org")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = ("a", "a-", "a.b", "a0", "ä", "b/a", "b/c/a", "b/c/ö x", "b.c", "b-d/a", "b0/a", "c/a")


def write(git: Git, changes: dict[str, bytes | None], base: str | None = None) -> str:
    """A commit."""
    return write_commit(git, changes, "m", ANA, NOW, base=base)


def listed(git: Git, commit: str) -> dict[str, str]:
    """Path → mode and id of everything in a commit, as git lists it."""
    lines = git.run("ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape").split("\0")[:-1]
    return {path: head for head, _, path in (line.partition("\t") for line in lines)}


def told(git: Git, one: str, other: str, *under: str) -> list[tuple[str, str, str]]:
    """What differs between two commits, as git tells it: path, and the ids on both sides."""
    out = git.run("diff-tree", "-r", "-z", "--raw", "--full-index", "--no-renames", one, other, "--", *under).decode()
    fields, none = out.split("\0"), "0" * 40
    heads = [head.split() for head in fields[0:-1:2]]
    return [(path, was.replace(none, ""), now.replace(none, ""))
            for (_, _, was, now, _), path in zip(heads, fields[1::2], strict=False)]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_commits_after_any_changes(tmp_path: Path, seed: int) -> None:
    """Files that come, change and go, in folders that come and go with them, are as git lists and compares them."""
    chance, git = random.Random(seed), make_bare(tmp_path)
    model: dict[str, bytes] = {}
    commits = [write(git, {})]
    for _ in range(8):
        changes = {name: None if chance.random() < 0.4 else chance.randbytes(3) for name in chance.sample(NAMES, 5)}
        commits.append(write(git, changes, commits[-1]))
        model |= {name: content for name, content in changes.items() if content is not None}
        model = {name: content for name, content in model.items() if changes.get(name, b"") is not None}
        assert sorted(model) == sorted(listed(git, commits[-1]))
        assert model == {entry.path: next(git.blobs([entry.blob])) for entry in git.tree(commits[-1], *NAMES)}
    pairs = [(chance.choice(commits), chance.choice(commits)) for _ in range(6)]
    under = [(), ("b",), ("b/c", "a"), ("b/c/a", "none")]

    assert b"" == git.run("fsck", "--strict", "--no-dangling", "--no-progress", *commits)
    assert [told(git, *pair, *names) for pair in pairs for names in under] == [
        [(change.path, change.was, change.blob) for change in between(git, *pair, *names)]
        for pair in pairs for names in under
    ]  # fmt: skip


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    """Links, programs, submodules and names that are no text stay as they are where something else changes."""
    git = make_bare(tmp_path)
    blob = git.run("hash-object", "-w", "--stdin", stdin=b"x").decode().strip()
    lines = f"120000 blob {blob}\tlink\n100755 blob {blob}\trun\n160000 commit {'1' * 40}\tsub\n".encode()
    tree = git.run("mktree", "--missing", stdin=lines + b"100644 blob %s\t\xff\n" % blob.encode()).decode().strip()
    first = git.run("commit-tree", "-m", "m", tree, env={f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER")
                                                         for what in ("NAME", "EMAIL")}).decode().strip()  # fmt: skip
    second = write(git, {"new/a.md": b"x"}, first)

    assert {**listed(git, first), "new/a.md": f"100644 blob {blob}"} == listed(git, second)
    assert ["new/a.md"] == [change.path for change in between(git, first, second)]
    assert {"link": False, "run": True, "sub": False, "\ufffd": False} == {
        change.path: change.regular for change in between(git, write(git, {}), first)
    }


def test_a_file_gives_way_to_a_folder(tmp_path: Path) -> None:
    """A folder in the place of a file replaces it; taking away what is not there changes nothing."""
    git = make_bare(tmp_path)
    first = write(git, {"a": b"1", "b": b"2"})
    second = write(git, {"a/x": b"3", "b/none": None, "none": None}, first)

    assert ["a/x", "b"] == sorted(listed(git, second))


def test_names_of_nothing(tmp_path: Path) -> None:
    """What stands for nothing is told as that, also what could pass for a question of its own."""
    git = make_bare(tmp_path)
    commit = write(git, {"a": b"1"})
    git.move_refs({"refs/heads/main": (commit, None)})

    assert [commit, commit, None, None, None, None] == [
        git.commit_of(name)
        for name in ("main", commit, "none", f"none\ninfo {commit}", "", next(e.blob for e in git.tree(commit, "a")))
    ]
    with pytest.raises(GitFailed):
        git.objects.tree("1" * 40)
    with pytest.raises(GitFailed):
        next(git.blobs([commit]))


def test_after_the_other_process_has_ended(tmp_path: Path) -> None:
    """When git ends, the question that it owes an answer fails, and the next one is asked of another git."""
    git = make_bare(tmp_path)
    commit = write(git, {"a": b"1"})
    head = tmp_path / "HEAD"
    head.rename(tmp_path / "away")
    again = Git(tmp_path)
    with pytest.raises(GitFailed):
        list(again.objects.contents([commit]))
    (tmp_path / "away").rename(head)

    assert b"1" == again.blob_at(commit, "a")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_the_process_ends_with_the_last_use_of_a_repository(tmp_path: Path) -> None:
    """Whoever looks into many repositories leaves no process and no open file behind, long before the run ends."""
    ends: list[int] = []
    git = make_bare(tmp_path / "r.git")
    commit = write(git, {"a": b"1\n"})
    assert list(git.objects.about([commit]))
    weakref.finalize(git.objects, ends.append, 1)
    del git

    assert [1] == ends


def test_a_fork_asks_for_itself(tmp_path: Path) -> None:
    """A fork and its parent each get their own answers."""
    code = (
        "import os, sys; from pathlib import Path; from expertpost.store.git import Git\n"
        "git = Git(Path(sys.argv[1])); ids = sys.argv[2:]\n"
        "read = lambda: [next(git.blobs([i])) for i in ids * 200] == [b'1', b'2'] * 200\n"
        "assert read()\n"
        "child = os.fork()\n"
        "good = read()\n"
        "if not child: os._exit(0 if good else 1)\n"
        "assert good and os.waitpid(child, 0)[1] == 0 and read()\n"
    )
    git = make_bare(tmp_path)
    ids = [entry.blob for entry in git.tree(write(git, {"a": b"1", "b": b"2"}), "a", "b")]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *ids], capture_output=True, check=False, timeout=60
    )

    assert (0, b"") == (done.returncode, done.stderr)
