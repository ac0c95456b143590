"""The git door: commits from values, shared branches moved by compare-and-swap, hostile trees kept out."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.model.config import Branches
from expertpost.store.files import CommitFiles, Unreadable, WorkFiles
from expertpost.store.git import Git, make_bare
from expertpost.store.hub import Denied, Hub, Landed, Raced
from expertpost.store.tree import Identity, safe_path
from expertpost.store.writing import changed_files, commit_tree, write_commit

ANA = Identity("Ana", "ana@example.org")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def two(tmp_path: Path) -> tuple[Git, Hub]:
    """A repository and its view of an empty bare remote."""
    make_bare(tmp_path / "remote.git")
    git = make_bare(tmp_path / "own.git")
    return git, Hub(git, Branches(), str(tmp_path / "remote.git"))


def commit(git: Git, base: str | None = None, /, **files: str) -> str:
    """A commit with files named like Python words."""
    return write_commit(git, {f"{name}.md": text.encode() for name, text in files.items()}, "m", ANA, NOW, base=base)


def test_a_commit_is_the_base_with_changes_and_moves_no_ref(tmp_path: Path) -> None:
    """Writing a commit adds, replaces and removes paths and leaves every ref alone."""
    git, _ = two(tmp_path)
    first = commit(git, a="1", b="2")
    second = write_commit(git, {"b.md": None, "c/ä x.md": b""}, "more", ANA, NOW, base=first)

    assert ["a.md", "c/ä x.md"] == [e.path for e in git.tree(second)]
    assert {} == git.refs("refs/")


def test_the_first_to_move_a_branch_wins(tmp_path: Path) -> None:
    """Of two moves from the same tip one lands, the other is told that it raced."""
    git, hub = two(tmp_path)
    root = commit(git, a="1")

    assert Landed() == hub.offer({"main": (root, None)})
    assert Landed() == hub.offer({"main": (commit(git, root, a="2"), root)})
    assert Raced(("main",)) == hub.offer({"main": (commit(git, root, a="3"), root)})


def test_a_guard_stops_the_other_branch_too(tmp_path: Path) -> None:
    """A branch offered at its own tip guards: when it has moved, nothing moves."""
    git, hub = two(tmp_path)
    root = commit(git, a="1")
    hub.offer({"main": (root, None)})
    newer = commit(git, root, a="2")
    hub.offer({"main": (newer, root)})

    offer = hub.offer({"main": (root, root), "expertpost-ledger": (commit(git, l="1"), None)})
    hub.fetch()

    assert isinstance(offer, Raced)
    assert {"main": newer} == hub.tips()


def test_a_host_that_says_no_is_not_a_race(tmp_path: Path) -> None:
    """A hook's refusal is told as a denial with its words."""
    git, hub = two(tmp_path)
    hook = tmp_path / "remote.git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)

    offer = hub.offer({"main": (commit(git, a="1"), None)})

    assert isinstance(offer, Denied)
    assert ("main", True) == (offer.branch, "protected branch" in offer.says)


def test_without_a_remote_local_branches_move_by_compare_and_swap(tmp_path: Path) -> None:
    """The local repository is the shared place where there is no remote."""
    git = make_bare(tmp_path / "own.git")
    hub = Hub(git, Branches(), None)
    root = commit(git, a="1")

    assert Landed() == hub.offer({"main": (root, None), "review/x": (root, None)})
    assert isinstance(hub.offer({"main": (commit(git, a="2"), None)}), Raced)
    assert {"main": root, "review/x": root} == hub.tips()


def test_an_unreachable_remote_is_a_failure_with_a_cure(tmp_path: Path) -> None:
    """A remote that does not answer is told as such; nothing else happens."""
    hub = Hub(make_bare(tmp_path / "own.git"), Branches(), str(tmp_path / "nowhere"))

    with pytest.raises(Failure, match="XP-REMOTE"):
        hub.fetch()


def test_merging_is_gits_own_merge(tmp_path: Path) -> None:
    """Changes to different files merge; to the same lines they are named as conflicts."""
    git, _ = two(tmp_path)
    root = commit(git, a="1", b="1")
    left, right, clash = commit(git, root, a="2"), commit(git, root, b="2"), commit(git, root, a="3")
    tree, _ = git.merged_tree(left, right)

    assert tree is not None
    merged = commit_tree(git, tree, [left, right], "m", ANA, NOW)
    assert b"2" == git.blob_at(merged, "a.md")
    assert (None, ["a.md"]) == git.merged_tree(left, clash)


def test_links_and_hostile_names_in_a_tree_are_not_there(tmp_path: Path) -> None:
    """A symbolic link, and an entry named .. that git itself accepts, are left out of a commit's files."""
    git = make_bare(tmp_path / "own.git")
    blob = git.run("hash-object", "-w", "--stdin", stdin=b"/etc/passwd").decode().strip()
    inner = git.run("mktree", stdin=f"100644 blob {blob}\tx.md\n".encode()).decode().strip()
    tree = git.run(
        "mktree", stdin=f"120000 blob {blob}\tevil.md\n040000 tree {inner}\t..\n100644 blob {blob}\tok.md\n".encode()
    )
    made = commit_tree(git, tree.decode().strip(), [], "m", ANA, NOW)

    assert ["ok.md"] == [e.path for e in CommitFiles(git, made).below()]


def test_files_near_a_commit_never_change_what_it_holds(tmp_path: Path) -> None:
    """A file on the disk stands for the commit's where its bytes are the same; otherwise git's are taken."""
    git, _ = two(tmp_path)
    made = commit(git, same="words", changed="words of the commit", linked="words behind a link", gone="words")
    disk = tmp_path / "disk"
    disk.mkdir()
    for name, text in {"same.md": "words", "changed.md": "WORDS of the commit", "other": "words behind a link"}.items():
        (disk / name).write_text(text, newline="\n")
    (disk / "linked.md").symlink_to("other")
    files = CommitFiles(git, made, near=WorkFiles(disk))
    entries = files.below()

    assert list(CommitFiles(git, made).read_all(entries)) == list(files.read_all(entries))
    assert [b"words of the commit", b"words", b"words behind a link", b"words"] == list(files.read_all(entries))


def test_files_near_a_commit_spare_git_the_reading(tmp_path: Path) -> None:
    """What lies on the disk just so is read there: it is found even where git has lost it."""
    git, _ = two(tmp_path)
    made = commit(git, same="words")
    (tmp_path / "same.md").write_text("words", newline="\n")
    files = CommitFiles(git, made, near=WorkFiles(tmp_path))
    (entry,) = files.below()
    (tmp_path / "own.git" / "objects" / entry.blob[:2] / entry.blob[2:]).unlink()

    assert [b"words"] == list(files.read_all([entry]))


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../b", "a/.git/x", ".GIT/x", "a\\b", "a\nb", "a\x1bb", "C:x", "", "./a"]
)
def test_paths_that_could_leave_the_tree_are_unsafe(path: str) -> None:
    """Traversal, absolute paths, git's own folder, control characters and drive letters are refused."""
    assert not safe_path(path)


def test_the_work_tree_is_never_read_through_links(tmp_path: Path) -> None:
    """A link, a linked folder, a device-like file and a huge one are told for what they are."""
    (tmp_path / "secret").write_text("s")
    root = tmp_path / "w"
    (root / "drafts").mkdir(parents=True)
    (root / "drafts" / "link.md").symlink_to(tmp_path / "secret")
    (root / "there").symlink_to(tmp_path)
    files = WorkFiles(root)

    for path in ("drafts/link.md", "there/secret", "../secret"):
        with pytest.raises(Unreadable):
            files.read(path)
    assert files.read("drafts/none.md") is None


def test_a_repositorys_own_configuration_runs_nothing(tmp_path: Path) -> None:
    """A planted file-system monitor in .git/config, which plain git would run on status, is never run."""
    make_bare(tmp_path / "w" / ".git")
    git = Git(tmp_path / "w")
    mark = tmp_path / "ran"
    git.run("config", "core.bare", "false")
    git.run("config", "core.fsmonitor", f"touch {mark}; false")
    (tmp_path / "w" / "new.md").write_text("x")

    assert ["new.md"] == changed_files(git, ".")
    assert not mark.exists()
    subprocess.run(["git", "-C", str(tmp_path / "w"), "status"], capture_output=True, check=False)
    assert mark.exists()
