"""The index: what was learnt before, and only that."""

from pathlib import Path

import pytest

from expertpost.store.index import Fact, Index

ONE = Fact("drafts/a.md", "b1", "ID", "a", "A", "anna\nbob", "public", "2027-01-01")


def test_facts_and_notes_are_kept(tmp_path: Path) -> None:
    """What one process learnt the next one knows; facts can be thrown away together."""
    index = Index(tmp_path)
    index.learn([ONE], forget=False)
    index.write_note("seen", "yes")
    index.close()
    again = Index(tmp_path)

    assert {("drafts/a.md", "b1"): ONE} == again.facts()
    assert ("yes", "") == (again.note("seen"), again.note("other"))
    again.learn([ONE._replace(blob="b2")], forget=True)
    assert [("drafts/a.md", "b2")] == list(again.facts())
    again.close()


def test_an_answer_holds_for_its_state_and_time(tmp_path: Path) -> None:
    """An answer is given again for the same question, in the same state, from its moment on and until it ends."""
    index = Index(tmp_path)
    index.keep("q", b"state", 100.0, 200.0, "yes")

    assert ("yes", "yes") == (index.answer("q", b"state", 100.0), index.answer("q", b"state", 199.9))
    assert [None] * 4 == [
        index.answer("q", b"other", 150.0),
        index.answer("p", b"state", 150.0),
        index.answer("q", b"state", 200.0),
        index.answer("q", b"state", 99.0),
    ]
    index.close()


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_built_anew(tmp_path: Path, damage: bytes) -> None:
    """A file that is no index is replaced, at once or with the next start."""
    (tmp_path / "expertpost").mkdir()
    (tmp_path / "expertpost/index.sqlite").write_bytes(damage)
    for _ in range(2):
        index = Index(tmp_path)
        index.learn([ONE], forget=True)
        index.close()
    index = Index(tmp_path)

    assert [ONE] == list(index.facts().values())
    index.close()


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """Without a place for the file everything still works, only nothing is remembered."""
    (tmp_path / "expertpost").write_text("a file where a folder is needed")
    index = Index(tmp_path)
    index.learn([ONE], forget=False)

    assert [ONE] == list(index.facts().values())
    index.close()


def test_two_at_once(tmp_path: Path) -> None:
    """Two processes use the file side by side."""
    one, other = Index(tmp_path), Index(tmp_path)
    one.write_note("a", "1")
    other.learn([ONE], forget=False)

    assert "1" == other.note("a")
    assert [ONE] == list(one.facts().values())
    one.close()
    other.close()
