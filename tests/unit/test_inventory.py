"""Which pieces lie where, and what their front matter says, with real git."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from expertpost.model.config import Config
from expertpost.store.files import WorkFiles
from expertpost.store.git import Git
from expertpost.store.index import Fact, Index
from expertpost.store.inventory import Inventory, fact_of, take
from expertpost.store.pieces import listing, load_all
from expertpost.store.worktree import start_status

ID = "01JD0000000000000000TRQ001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two committed pieces, one of them a folder with other files in it."""
    _git(tmp_path, "init", "-q", "-b", "main")
    _put(tmp_path, "drafts/one.md", "---\nid: A\ntitle: One\n---\n")
    _put(tmp_path, "drafts/two/index.md", "---\nid: B\ntitle: Two\nslug: second\n---\n")
    _put(tmp_path, "drafts/two/notes.md", "beside")
    _commit(tmp_path)
    return tmp_path


@pytest.fixture
def index(root: Path) -> Iterator[Index]:
    """The index of the repository."""
    made = Index(root / ".git")
    yield made
    made.close()


def _git(root: Path, *args: str) -> None:
    subprocess.run(("git", "-c", "user.name=A", "-c", "user.email=a@b.c", *args), cwd=root, check=True)


def _put(root: Path, path: str, text: str | bytes) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text.encode() if isinstance(text, str) else text)


def _commit(root: Path) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "All")


def look(root: Path, index: Index) -> Inventory:
    """What lies there now, and on main."""
    git = Git(root)
    return take(git, root, git.commit_of("main"), index, start_status(git).out())


def titles(facts: dict[str, Fact]) -> dict[str, str]:
    """Path → title."""
    return {path: fact.title for path, fact in facts.items()}


def test_pieces_are_found_as_everywhere_else(root: Path, index: Index) -> None:
    """The same files are pieces as the loader of pieces takes."""
    _put(root, "drafts/new.md", "---\ntitle: New\n---\n")
    _put(root, "drafts/.hidden/x.md", "---\ntitle: X\n---\n")
    _put(root, "drafts/three/index.md", "---\ntitle: Three\n---\n")
    _put(root, "drafts/three/deep/index.md", "---\ntitle: Deep\n---\n")
    found = look(root, index)

    assert [entry.path for entry in listing(WorkFiles(root)).texts] == list(found.here)
    assert {"drafts/one.md": "One", "drafts/two/index.md": "Two"} == titles(dict(found.merged))
    assert "second" == found.here["drafts/two/index.md"].slug


def test_the_disk_and_the_commit_are_kept_apart(root: Path, index: Index) -> None:
    """Changed, staged, new and removed files are seen on the disk as they are; the commit stays what it is."""
    _put(root, "drafts/one.md", "---\nid: A\ntitle: Changed\n---\n")
    _put(root, "drafts/staged.md", "---\ntitle: Staged\n---\n")
    _git(root, "add", "drafts/staged.md")
    (root / "drafts/two/index.md").unlink()
    found = look(root, index)

    assert {"drafts/one.md": "Changed", "drafts/staged.md": "Staged"}.items() <= titles(dict(found.here)).items()
    assert "drafts/two/index.md" not in found.here
    assert {"drafts/one.md": "One", "drafts/two/index.md": "Two"} == titles(dict(found.merged))


def test_what_is_known_is_not_read_again(root: Path, index: Index) -> None:
    """A file whose content is known is not opened."""
    index.learn(look(root, index).here.values(), forget=True)
    known = {pair: fact._replace(title="From the index") for pair, fact in index.facts().items()}
    index.learn(known.values(), forget=True)

    assert {"From the index"} == {fact.title for fact in look(root, index).here.values()}


def test_old_facts_are_forgotten(root: Path, index: Index) -> None:
    """What no file says any more does not pile up without an end."""
    index.learn([Fact(f"drafts/{n}.md", f"b{n}") for n in range(1500)], forget=False)
    look(root, index)

    assert 3 > len(index.facts())


def test_names_that_are_no_text(root: Path, index: Index) -> None:
    """A file whose name is no Unicode, or holds control characters, is passed over."""
    Path(str(root).encode().decode() + "/drafts/a\udcff.md").write_text("---\ntitle: Odd\n---\n")
    _put(root, "drafts/a\x1bb.md", "---\ntitle: Odd\n---\n")

    assert "Odd" not in {fact.title for fact in look(root, index).here.values()}


@pytest.mark.parametrize(
    "text",
    [
        f"---\nid: {ID}\ntitle: Plain\nauthors: [anna, bob]\naudience: [public]\nreview_by: 2027-01-01\n---\nBody\n",
        f"---\r\nid: {ID}\r\ntitle: CRLF\r\nauthor: anna\r\n---\r\nBody\r\n",
        f"---\ntitle: >\n  folded\n  text\nid: {ID}\nauthors:\n  - anna\n  - bob\n---\n",
        f"---\nid: {ID}\ntitle: 'quoted'\nslug: other\ndescription: {'x' * 5000}\n---\n",
        f"---\nid: {ID}\ntitle: 7\nauthors: 8\nreview_by: 2027-01-01\n...\nBody\n",
        f"---\nid: {ID}\ntitle: a\n---x: not the end\n---\n",
    ],
)
def test_facts_agree_with_the_loader(root: Path, text: str) -> None:
    """However front matter is written, its facts are what the loader of pieces reads."""
    _put(root, "drafts/x.md", text)
    fact = fact_of("drafts/x.md", "b", text.encode())
    loaded = next(load_all(WorkFiles(root), Config(name="n", id="i"), ["drafts/x.md"]))
    assert loaded.raw is not None
    values = loaded.raw.values

    assert (values["id"], str(values["title"]).strip()) == (fact.id, fact.title)
    assert str(values.get("review_by", "")) == fact.review_by
    assert not fact.wrong


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\0", b"---\ntitle: x\n", b"\xef\xbb\xbf---\ntitle: x\n---\n", b"words"]
)
def test_what_cannot_be_read_says_why(content: bytes) -> None:
    """A file that is no piece is a fact all the same."""
    fact = fact_of("drafts/x.md", "b", content)

    assert fact.wrong
    assert ("x", "") == (fact.slug, fact.id)
