"""SSH signatures: made with a listed key, counted for exactly its owner, in its time, for exactly these bytes."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expertpost.model.people import People, Person, SigningKey
from expertpost.store import keys
from expertpost.store.keys import Key, Proofs, good_at, key_in, listed_key, public_of, sign, verify
from expertpost.store.own_keys import keys_for

STATEMENT = b'{"kind":"approve"}'
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def make(home: Path, name: str = "id_ed25519", kind: str = "ed25519", passphrase: str = "") -> str:
    """A new key in a home's ``.ssh``; its public half."""
    (home / ".ssh").mkdir(parents=True, exist_ok=True)
    file = home / ".ssh" / name
    args = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "of somebody", "-f", str(file)]
    subprocess.run(args, check=True, timeout=60)
    return public_of(file)


def env(home: Path, **more: str) -> dict[str, str]:
    """An environment that only knows this home."""
    return {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", **more}


def person(*public: str, handle: str = "anna") -> Person:
    """A person with these keys."""
    return Person(handle=handle, name=handle, keys=tuple(SigningKey(each) for each in public))


def made(key: Key, home: Mapping[str, str]) -> str:
    """A signature that must work."""
    found = sign(key, STATEMENT, home)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_signature_is_good_for_its_owner_and_its_bytes_only(tmp_path: Path, kind: str) -> None:
    """Other bytes, another principal's key and a cut signature are refused."""
    public = make(tmp_path, f"id_{kind}", kind)
    other = make(tmp_path / "other")
    (key,) = keys_for(person(public), None, env(tmp_path))
    signature = made(key, env(tmp_path))

    assert public == key_in(signature)
    assert verify(STATEMENT, signature, "anna", public)
    assert not verify(STATEMENT + b" ", signature, "anna", public)
    assert not verify(STATEMENT, signature, "anna", other)
    lines = signature.splitlines()
    damaged = [*lines[:-2], lines[-2][::-1], lines[-1]]
    assert not verify(STATEMENT, "\n".join(damaged), "anna", public)


def test_a_signature_of_another_namespace_does_not_count(tmp_path: Path) -> None:
    """A commit's or a file's signature cannot be replayed as an event's."""
    public = make(tmp_path)
    file = str(tmp_path / ".ssh" / "id_ed25519")
    foreign = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", file], input=STATEMENT, capture_output=True, check=True
    ).stdout.decode()

    assert public == key_in(foreign)
    assert not verify(STATEMENT, foreign, "anna", public)


def test_only_listed_keys_are_used(tmp_path: Path) -> None:
    """A key that people/ does not list for the person signs nothing; git's user.signingkey comes first."""
    usual, named, stranger = make(tmp_path), make(tmp_path, "work"), make(tmp_path, "id_rsa", "rsa")
    found = keys_for(person(usual, named), "~/.ssh/work.pub", env(tmp_path))

    assert [named, usual] == [key.public for key in found]
    assert () == keys_for(person(stranger), None, env(tmp_path / "elsewhere"))
    assert () == keys_for(None, None, env(tmp_path))
    assert () == keys_for(person("ssh-ed25519 AAAA"), f"key::{stranger}", env(tmp_path))


def test_a_revoked_key_is_not_used(tmp_path: Path) -> None:
    """Nobody signs with a key that counts no more."""
    public = make(tmp_path)
    anna = Person(handle="anna", name="Anna", keys=(SigningKey(public, revoked=True),))

    assert () == keys_for(anna, None, env(tmp_path))


def test_a_passphrase_is_never_asked_for(tmp_path: Path) -> None:
    """A key with a passphrase and no agent gives no signature, at once."""
    public = make(tmp_path, passphrase="secret words")
    (key,) = keys_for(person(public), None, env(tmp_path))

    assert None is sign(key, STATEMENT, env(tmp_path, DISPLAY=":0", SSH_ASKPASS="/bin/false"))


def test_an_agent_signs_for_a_key_whose_file_is_elsewhere(tmp_path: Path) -> None:
    """A key that only an agent holds can sign."""
    public = make(tmp_path)
    socket = str(tmp_path / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        here = env(tmp_path, SSH_AUTH_SOCK=socket)
        for _ in range(100):
            if (
                subprocess.run(
                    ["ssh-add", "-q", str(tmp_path / ".ssh" / "id_ed25519")], env=here, check=False
                ).returncode
                == 0
            ):
                break
        (tmp_path / ".ssh" / "id_ed25519").unlink()
        (key,) = keys_for(person(public), None, here)

        assert None is key.file
        assert verify(STATEMENT, made(key, here), "anna", public)
    finally:
        agent.terminate()
        agent.wait()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\n!!\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\n" + "A" * 30_000 + "\n-----END SSH SIGNATURE-----",
    ],
)
def test_what_is_no_signature_names_no_key(text: str) -> None:
    """Junk where a signature should stand is nobody's."""
    assert None is key_in(text)


def test_a_key_counts_for_one_person_only() -> None:
    """A key listed for two people speaks for neither; a revoked one for nobody."""
    one, two = person("ssh-ed25519 A"), person("ssh-ed25519 B", handle="bob")
    thief = person("ssh-ed25519 A", handle="mallory")
    gone = Person(handle="cara", name="Cara", keys=(SigningKey("ssh-ed25519 C", revoked=True),))

    assert one.keys[0] == listed_key(People((one, two)), "anna", "ssh-ed25519 A")
    assert None is listed_key(People((one, two)), "bob", "ssh-ed25519 A")
    assert None is listed_key(People((one, two, thief)), "anna", "ssh-ed25519 A")
    assert None is listed_key(People((one, gone)), "cara", "ssh-ed25519 C")


def test_a_key_counts_in_its_time_only() -> None:
    """valid_after and valid_before bound the moment that the event names."""
    key = SigningKey("ssh-ed25519 A", NOW, NOW + timedelta(days=1))
    moments = (NOW - timedelta(seconds=1), NOW, NOW + timedelta(days=1) - timedelta(seconds=1), NOW + timedelta(days=1))

    assert [False, True, True, False] == [good_at(key, at) for at in moments]


def test_what_was_proven_is_remembered_and_may_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look asks nobody; without its file, or with a damaged one, everything is asked anew."""
    public = make(tmp_path)
    signature = made(keys_for(person(public), None, env(tmp_path))[0], env(tmp_path))
    file = tmp_path / "cache" / "signatures"
    first = Proofs(file)

    assert first.good(STATEMENT, signature, "anna", public)
    assert not first.good(STATEMENT + b"!", signature, "anna", public)
    first.keep()
    with monkeypatch.context() as without:
        without.setattr(keys, "executable", lambda: None)
        again = Proofs(file)
        assert again.good(STATEMENT, signature, "anna", public)
        assert not again.good(STATEMENT + b"!", signature, "anna", public)
        # Nobody could be asked: that is no proof, and is not remembered.
        assert not again.good(STATEMENT + b"?", signature, "anna", public)
    file.write_bytes(b"\xff\n" + b"0" * 64 + b" 7\nhalf a li")
    assert Proofs(file).good(STATEMENT, signature, "anna", public)
    file.unlink()
    assert Proofs(file).good(STATEMENT, signature, "anna", public)


def test_a_memory_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    """A folder where nothing can be made changes no answer."""
    public = make(tmp_path)
    signature = made(keys_for(person(public), None, env(tmp_path))[0], env(tmp_path))
    (tmp_path / "file").write_text("")
    proofs = Proofs(tmp_path / "file" / "signatures")

    assert proofs.good(STATEMENT, signature, "anna", public)
    proofs.keep()


def test_the_contents_own_program_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ssh-keygen in the folder one stands in is not taken, though PATH names that folder."""
    mark = tmp_path / "ran"
    trap = tmp_path / "ssh-keygen"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n")
    trap.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".:/usr/bin:/bin")
    keys.executable.cache_clear()
    try:
        found = keys.executable()
        assert found is not None
        assert (True, False) == (Path(found).is_absolute(), Path(found).samefile(trap))
        assert not mark.exists()
    finally:
        keys.executable.cache_clear()
