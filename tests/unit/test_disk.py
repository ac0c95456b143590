"""Writing into the user's folders: whole or not at all."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from expertpost.store.disk import put_new


def test_a_file_and_its_folders_appear(tmp_path: Path) -> None:
    """The file is there under its name with nothing beside it."""
    with ExitStack() as undo:
        put_new(tmp_path / "a/b/c.md", b"words", undo)
        undo.pop_all()

    assert b"words" == (tmp_path / "a/b/c.md").read_bytes()
    assert ["c.md"] == os.listdir(tmp_path / "a/b")


def test_what_is_undone_leaves_nothing(tmp_path: Path) -> None:
    """A failure later on takes the files and the new folders away, and nothing else."""
    (tmp_path / "a").mkdir()
    with ExitStack() as undo:
        put_new(tmp_path / "a/b/c.md", b"words", undo)

    assert [tmp_path / "a"] == list(tmp_path.rglob("*"))


@pytest.mark.parametrize("links", [True, False])
def test_nothing_is_ever_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    """A name that is taken stays with who has it, on a file system with hard links or without."""
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    (tmp_path / "c.md").write_text("mine")
    with pytest.raises(FileExistsError), ExitStack() as undo:
        put_new(tmp_path / "c.md", b"yours", undo)

    assert "mine" == (tmp_path / "c.md").read_text()
    assert ["c.md"] == os.listdir(tmp_path)


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that has none gets the file all the same."""
    monkeypatch.setattr(os, "link", _no_links)
    with ExitStack() as undo:
        put_new(tmp_path / "c.md", b"words", undo)
        undo.pop_all()

    assert ["c.md"] == os.listdir(tmp_path)


def _no_links(_one: Path, _other: Path) -> None:
    raise PermissionError(1, "Operation not permitted")
