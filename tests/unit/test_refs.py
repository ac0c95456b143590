"""A piece is found by slug, by the unique beginning of its id, or by its path."""

from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.flows.refs import one, several
from expertpost.model.config import Config
from expertpost.store.files import WorkFiles
from expertpost.store.pieces import Loaded, load_all


@pytest.fixture
def loaded(tmp_path: Path) -> list[Loaded]:
    """Three drafts: a file, a folder, and one that is broken."""
    for path, number in (("seals.md", 1), ("pumps/index.md", 2)):
        file = tmp_path / "drafts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\nid: 01JD{number}00000000000000000000{number}\ntitle: T\nauthors: [a]\n---\n")
    (tmp_path / "drafts" / "broken.md").write_text("---\ntitle: [\n---\n")
    return list(load_all(WorkFiles(tmp_path), Config(name="A", id="W")))


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        ("seals", "drafts/seals.md"), ("pumps", "drafts/pumps/index.md"), ("01jd2", "drafts/pumps/index.md"),
        ("drafts/seals.md", "drafts/seals.md"), ("./drafts/seals", "drafts/seals.md"),
        ("drafts/pumps", "drafts/pumps/index.md"), ("broken", "drafts/broken.md"),
    ],
)  # fmt: skip
def test_a_ref_names_one_piece(loaded: list[Loaded], ref: str, path: str) -> None:
    """Slug, id prefix in any letter case, path with or without its ending all name the piece."""
    assert path == one(ref, loaded).path


def test_an_absolute_path_is_understood(loaded: list[Loaded], tmp_path: Path) -> None:
    """What a shell completes to an absolute path names the piece too."""
    assert "drafts/seals.md" == one(str(tmp_path / "drafts" / "seals.md"), loaded, tmp_path).path


def test_a_wrong_ref_is_told_with_the_nearest(loaded: list[Loaded]) -> None:
    """A misspelt ref is answered with the slug that was meant, an ambiguous one with the choices."""
    with pytest.raises(Failure, match="did you mean seals"):
        one("seels", loaded)
    with pytest.raises(Failure, match="XP-REF-MANY"):
        one("01JD", loaded)


def test_no_ref_means_all(loaded: list[Loaded]) -> None:
    """Without a ref a verb speaks of every piece."""
    assert 3 == len(several([], loaded))
