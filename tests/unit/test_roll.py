"""The roll of texts says what reading them all would say, however its table came about."""

from pathlib import Path

import pytest
from tests.unit.test_inventory import _commit, _git, _put, root  # noqa: F401

from expertpost.store.git import Git
from expertpost.store.index import Index
from expertpost.store.inventory import take
from expertpost.store.roll import Roll, on_disk
from expertpost.store.worktree import start_status


def here(folder: Path) -> list[tuple[str, str, str]]:
    """Path, id and slug of every text on the disk, by reading them all."""
    git = Git(folder)
    index = Index(None)
    facts = take(git, folder, None, index, start_status(git).out()).here.values()
    index.close()
    return [(fact.path, fact.id, fact.slug) for fact in facts]


def told(roll: Roll) -> list[tuple[str, str, str]]:
    """The same by the roll."""
    return [(text.path, text.id, text.slug) for text in roll.every()]


def test_the_disk_stands_before_the_commit(root: Path) -> None:  # noqa: F811
    """Committed, changed, new and deleted texts are as they lie on the disk; what lies beside a piece is none."""
    _put(root, "drafts/three.md", "---\nid: C\n---\n")
    _put(root, "drafts/four/index.md", "---\nid: D\n---\n")
    _commit(root)
    _put(root, "drafts/one.md", "---\nid: E\nslug: other\n---\n")
    _put(root, "drafts/new.md", "---\nid: A\n---\n")
    _put(root, "drafts/three/index.md", "---\nid: F\n---\n")
    _put(root, "drafts/three/notes.md", "---\nid: F\n---\n")
    (root / "drafts/three.md").unlink()
    (root / "drafts/two/index.md").unlink()
    roll = on_disk(Git(root), root)

    assert here(root) == told(roll)
    assert ["drafts/three/index.md"] == [text.path for text in roll.where("id", "F")]
    assert ["drafts/two/notes.md"] == [text.path for text in roll.where("folded_name", "notes")]
    assert frozenset({"drafts/three.md", "drafts/two/index.md"}) == roll.gone


def test_it_follows_from_commit_to_commit(root: Path) -> None:  # noqa: F811
    """Going on to another commit and back gives what a table made anew gives."""
    git = Git(root)
    first = git.commit_of("HEAD")
    before = told(Roll(git, first))
    _put(root, "drafts/one.md", "---\nid: G\n---\n")
    _put(root, "drafts/two/more.md", "---\nid: H\n---\n")
    _put(root, "drafts/five.md", "---\nid: I\n---\n")
    _git(root, "rm", "-q", "drafts/two/index.md")
    _commit(root)
    after = told(Roll(git, git.commit_of("HEAD")))

    assert here(root) == after
    assert ["A", "B"] == [id_ for _, id_, _ in before]
    assert [before, after, []] == [told(Roll(git, commit)) for commit in (first, git.commit_of("HEAD"), None)]


def test_two_at_different_commits(root: Path) -> None:  # noqa: F811
    """A process that works on another commit takes the table along, and takes nothing from this one."""
    git = Git(root)
    mine = Roll(git, git.commit_of("HEAD"))
    _put(root, "drafts/one.md", "---\nid: G\n---\n")
    _commit(root)
    others = Roll(git, git.commit_of("HEAD"))

    assert [["A", "B"], ["G", "B"]] == [[id_ for _, id_, _ in told(each)] for each in (mine, others)]


@pytest.mark.parametrize("damage", [None, b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 4000])
def test_what_was_kept_may_be_gone(root: Path, damage: bytes | None) -> None:  # noqa: F811
    """Without its file, or with a damaged one, the roll is the same."""
    git = Git(root)
    whole = told(Roll(git, git.commit_of("HEAD")))
    file = root / ".git/expertpost/index.sqlite"
    file.unlink()
    if damage is not None:
        file.write_bytes(damage)

    assert [whole, whole] == [told(Roll(git, git.commit_of("HEAD"))) for _ in range(2)]


def test_a_history_that_is_gone(root: Path) -> None:  # noqa: F811
    """Where the commit that the table is of is in the repository no more, everything is read anew."""
    index = Index(root / ".git")
    index.follow("", "1" * 40, None, ())
    index.close()

    assert here(root) == told(on_disk(Git(root), root))


def test_half_characters(root: Path) -> None:  # noqa: F811
    """A word of a command line that is no text names nothing, and stops nothing."""
    assert () == on_disk(Git(root), root).named(("\udfff.md",), "x\udfff", "")
