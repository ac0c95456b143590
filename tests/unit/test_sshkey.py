"""Which SSH keys may count: by type and length, found where git, the agent and ``~/.ssh`` keep them."""

import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from tests.unit.test_keys import env, make
from tests.unit.token import Token

from expertpost.model import sshkey
from expertpost.store import keys
from expertpost.store.files import WorkFiles
from expertpost.store.keys import NAMESPACE, Key, key_in, verify
from expertpost.store.own_keys import found, gpg_key
from expertpost.store.people import load_people


@pytest.mark.parametrize(
    ("kind", "bits", "counts"),
    [("ed25519", 0, True), ("ecdsa", 256, True), ("ecdsa", 521, True), ("rsa", 3072, True), ("rsa", 2048, False)],
)
def test_a_key_counts_by_its_type_and_length(tmp_path: Path, kind: str, bits: int, counts: bool) -> None:
    """ed25519, ecdsa and RSA from 3072 bits count; what is too short is told with a cure."""
    file = tmp_path / "key"
    size = ["-b", str(bits)] if bits else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-f", str(file)], check=True, timeout=60)
    public = keys.public_of(file)
    wrong = sshkey.trouble(public)

    assert counts is (wrong is None)
    assert wrong is None or (f"{bits} bits" in wrong[0] and "ssh-keygen" in wrong[1])
    shown = subprocess.run(["ssh-keygen", "-l", "-f", f"{file}.pub"], capture_output=True, text=True, check=True)
    assert sshkey.fingerprint(public) in shown.stdout
    assert counts is bool(list(found(str(file), env(tmp_path))))


ED25519 = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"k" * 32


@pytest.mark.parametrize(
    "public",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 !!!!",
        "ssh-ed25519 AAAA",
        f"ssh-rsa {b64encode(ED25519).decode()}",
        f"ssh-ed25519 {b64encode(ED25519[:-1]).decode()}",
        f"ssh-ed25519 {b64encode(ED25519 + b'x').decode()}",
        f"ssh-dss {b64encode(ED25519).decode()}",
        f"ssh-ed25519-cert-v01@openssh.com {b64encode(ED25519).decode()}",
        f'namespaces="*" ssh-ed25519 {b64encode(ED25519).decode()}',
        f"cert-authority {b64encode(ED25519).decode()}",
        "ssh-rsa " + "A" * 20_000,
    ],
)
def test_what_is_no_key_is_told(public: str) -> None:
    """Junk, other types, certificates and options of ssh are refused, each with a cure."""
    wrong = sshkey.trouble(public)
    assert wrong is not None
    assert all(wrong)


def test_a_hardware_key_counts() -> None:
    """A signature of an ``sk-`` key is verified like any other, and over nothing but its own bytes."""
    token = Token(b"s" * 32)
    signature = token.sign(b"yes", NAMESPACE)

    assert None is sshkey.trouble(token.public)
    assert token.public == key_in(signature)
    assert verify(b"yes", signature, "anna", token.public)
    assert not verify(b"no", signature, "anna", token.public)
    assert not verify(b"yes", token.sign(b"yes", "git"), "anna", token.public)


def test_keys_are_found_at_git_then_the_agent_then_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's own choice comes first, what an agent shows next, the usual files last."""
    usual, named, held = make(tmp_path), make(tmp_path, "work"), make(tmp_path / "other")
    monkeypatch.setattr("expertpost.store.own_keys.agent", lambda _env: (held,))
    home = env(tmp_path)

    assert [named, held, usual] == [key.public for key in found("~/.ssh/work.pub", home)]
    assert [Key(usual), Key(held)] == list(found(f"key::{usual} anna@laptop", home))[:2]


@pytest.mark.parametrize(
    ("signing_key", "form", "gpg"),
    [
        ("4AEE18F83AFDEB23", None, True),
        ("anna@acme.example", "openpgp", True),
        ("Anna Berg <anna@acme.example>", None, True),
        ("~/.ssh/id_ed25519.pub", "ssh", False),
        ("4AEE18F83AFDEB23", "ssh", False),
        ("key::ssh-ed25519 AAAA", None, False),
        (None, None, False),
    ],
)
def test_a_gpg_key_is_recognised(signing_key: str | None, form: str | None, gpg: bool) -> None:
    """Who signs commits with GPG is told that events need an SSH key; nobody else is."""
    assert gpg is bool(gpg_key(signing_key, form))


@pytest.mark.parametrize("git", ["cmd/git", "bin/git", "mingw64/bin/git"])
def test_ssh_keygen_is_found_beside_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: str) -> None:
    """Where only git is on PATH, as Git for Windows leaves it, its own ssh-keygen in usr/bin is taken."""
    for name in (git, "usr/bin/ssh-keygen"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("expertpost.store.git.executable", lambda: str(tmp_path / git))
    keys.executable.cache_clear()
    try:
        assert str(tmp_path / "usr/bin/ssh-keygen") == keys.executable()
    finally:
        keys.executable.cache_clear()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("keys: [{key: KEY, valid_befor: 2026-01-01}]", "valid_befor is unknown"),
        ("keys: [{key: KEY, revoked: yes}]", "revoked must be true or false"),
        ("keys: [{key: KEY, valid_after: 2026-02-01, valid_before: 2026-01-01}]", "ends before it begins"),
        ("keys: [KEY, {key: KEY, revoked: true}]", "stands there twice"),
        ('emails: ["*@acme.example"]', "is no mail address"),
        ('emails: ["anna@acme.example,bob@acme.example"]', "is no mail address"),
        ("left: soon", "no date"),
    ],
)
def test_what_would_make_a_key_or_name_count_for_more_is_an_error(tmp_path: Path, line: str, says: str) -> None:
    """A misspelt end, a yes that is no true, a pattern: each is told with its line, and lists nobody."""
    (tmp_path / "people").mkdir()
    key = f"ssh-ed25519 {b64encode(ED25519).decode()}"
    (tmp_path / "people" / "anna.md").write_text(f"---\nname: Anna\n{line.replace('KEY', key)}\n---\n")
    people, findings = load_people(WorkFiles(tmp_path))

    assert [("people/anna.md", 3)] == [(finding.path, finding.line) for finding in findings]
    assert () == people.listed
    assert says in findings[0].what


def test_a_file_name_that_is_a_pattern_is_an_error(tmp_path: Path) -> None:
    """``people/*.md`` would be a principal that fits everybody."""
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "x,!y.md").write_text("---\nname: X\n---\n")
    people, findings = load_people(WorkFiles(tmp_path))

    assert ((), ["XP-PERSON"]) == (people.listed, [finding.code for finding in findings])
