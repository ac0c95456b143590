"""Pieces and people in the files of a workspace."""

from base64 import b64encode
from pathlib import Path

import pytest

from expertpost.model.canonical import blob_id
from expertpost.model.config import Config
from expertpost.store.files import WorkFiles
from expertpost.store.people import load_people
from expertpost.store.pieces import Loaded, listing, load_all

CONFIG = Config(name="Acme", id="W")
FRONT = "---\nid: 01JD000000000000000000000{}\ntitle: Seals\nauthors: [ana]\n---\n"


def public(number: int) -> str:
    """A public key that nobody has."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes([number]) * 32
    return f"ssh-ed25519 {b64encode(blob).decode()}"


ONE, TWO = public(1), public(2)


def write(root: Path, files: dict[str, str | bytes]) -> WorkFiles:
    """A work tree with these files."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return WorkFiles(root)


def load_one(root: Path, content: str | bytes) -> Loaded:
    """What one draft with this content loads as."""
    return next(load_all(write(root, {"drafts/x.md": content}), CONFIG))


def test_a_folder_piece_owns_every_file_beside_it(tmp_path: Path) -> None:
    """index.md makes its folder a piece; the other files there, at any depth, are its assets."""
    files = write(
        tmp_path,
        {
            "drafts/a.md": "", "drafts/deep/b.md": "", "drafts/c/index.md": "", "drafts/c/pic.png": b"p",
            "drafts/c/more/notes.md": "", "drafts/.obsidian/x.md": "", "drafts/loose.png": b"",
        },
    )  # fmt: skip
    found = listing(files)

    assert ["drafts/a.md", "drafts/c/index.md", "drafts/deep/b.md"] == [e.path for e in found.texts]
    assert ["drafts/c/more/notes.md", "drafts/c/pic.png"] == [e.path for e in found.assets["drafts/c"]]


def test_assets_are_named_by_their_blob(tmp_path: Path) -> None:
    """An asset's id is the one git gives its bytes, so that disk and commit agree."""
    write(tmp_path, {"drafts/c/index.md": FRONT.format(0) + "Body\n", "drafts/c/pic.png": b"p"})
    loaded = next(load_all(WorkFiles(tmp_path), CONFIG))

    assert loaded.piece is not None
    assert [("pic.png", blob_id(b"p"), 1)] == [(a.name, a.blob, a.size) for a in loaded.piece.assets]


def test_line_ends_and_unknown_keys_do_not_change_the_digest(tmp_path: Path) -> None:
    """The digest is the same for CRLF and LF, for another order of keys and for keys nobody reads."""
    text = FRONT.format(0) + "Body\nMore\n"
    other = "---\nweight: 3\nauthors: [ana]\ntitle: Seals\nid: 01JD0000000000000000000000\n---\nBody\nMore\n"
    pieces = [load_one(tmp_path, t).piece for t in (text, text.replace("\n", "\r\n"), other)]

    assert 1 == len({piece.digest for piece in pieces if piece})
    assert None not in pieces
    changed = load_one(tmp_path, text.replace("More", "Less")).piece
    assert changed is not None
    assert pieces[0] is not None
    assert changed.digest != pieces[0].digest


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "XP-FILE-EMPTY", 1),
        (b"\n \n", "XP-FILE-EMPTY", 1),
        (b"\x00\x01", "XP-FILE-BINARY", 1),
        ("---\ntitle: Stra\u00dfe\n---\n".encode("latin-1"), "XP-FILE-ENCODING", 2),
        (b"\xef\xbb\xbf---\ntitle: x\n---\n", "XP-FRONT", 1),
        (b"---\ntitle: x\n", "XP-FRONT", 1),
        (b"# Only text\n", "XP-FRONT-MISSING", 1),
        (b"---\ntitle: x\ntitle: y\n---\n", "XP-FRONT", 3),
        (b"x" * 5_000_001, "XP-FILE", 1),
    ],
)
def test_a_file_that_is_no_piece_says_why(tmp_path: Path, content: bytes, code: str, line: int) -> None:
    """Empty, binary, wrongly encoded, marked, unterminated, plain, doubled and huge files each have one finding."""
    found = load_one(tmp_path, content)

    assert [(code, line)] == [(f.code, f.line) for f in found.findings]


def test_people_are_read_with_their_keys(tmp_path: Path) -> None:
    """A person's file gives handle, mail addresses, keys with their times, and roles."""
    text = (
        f"---\nname: Ana\nemails: [ana@example.org]\nroles: [editor]\nkeys:\n- {ONE} one@host\n"
        f"- {{key: {TWO}, valid_before: 2026-01-01, revoked: true}}\n---\nBio\n"
    )
    people, findings = load_people(write(tmp_path, {"people/ana.md": text}))

    assert () == findings
    ana = people.by_email("ANA@example.org")
    assert ana is not None
    assert ("ana", ("editor",), "Bio") == (ana.handle, ana.roles, ana.bio)
    assert [(ONE, False), (TWO, True)] == [(k.key, k.revoked) for k in ana.keys]


def test_one_key_for_two_people_is_an_error(tmp_path: Path) -> None:
    """A shared key or mail address would let one person speak for the other."""
    text = f"---\nname: {{}}\nkeys: [{ONE}]\n---\n"
    _, findings = load_people(write(tmp_path, {"people/ana.md": text.format("A"), "people/bo.md": text.format("B")}))

    assert [("people/bo.md", 3, "XP-PERSON-TWICE")] == [(f.path, f.line, f.code) for f in findings]
