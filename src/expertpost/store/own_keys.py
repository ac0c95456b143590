"""The SSH keys that the person at this machine can sign with: git's own, the agent's, then those in ``~/.ssh``."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from expertpost.model import sshkey
from expertpost.model.people import Person
from expertpost.store.keys import Key, agent, executable, public_of

_LITERAL = re.compile(r"(?:key::)?((?:ssh|ecdsa|sk)-\S+ \S+).*")
_GPG = re.compile(r"(?:0x)?[0-9A-Fa-f]{8,40}!?|[^/\\]*<?[^\s/\\]+@[^\s/\\]+>?")
_USUAL = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa")


def keys_for(person: Person | None, signing_key: str | None, env: Mapping[str, str]) -> tuple[Key, ...]:
    """The keys this person may be able to sign with here, best first; only keys that are listed for them.

    ``signing_key`` is git's user.signingkey. Last come listed keys that an agent may hold without showing them.
    """
    if person is None or executable() is None:
        return ()
    listed = [key.key for key in person.keys if not key.revoked]
    hidden = [Key(public) for public in listed if env.get("SSH_AUTH_SOCK")]
    return tuple(dict.fromkeys([*(key for key in found(signing_key, env) if key.public in listed), *hidden]))


def found(signing_key: str | None, env: Mapping[str, str]) -> Iterator[Key]:
    """Every key here that could be listed for somebody, best first; one may come twice, by file and by agent."""
    home = Path(env.get("HOME") or env.get("USERPROFILE") or Path.home())
    usual = (home / ".ssh" / name for name in _USUAL)
    every = (*_named(signing_key or "", home), *map(Key, agent(env)), *(_in(file) for file in usual))
    return (key for key in every if key and sshkey.trouble(key.public) is None)


def _named(signing_key: str, home: Path) -> tuple[Key | None, ...]:
    """The key that git is told to sign with: written out, or a file (git-config documentation)."""
    if literal := _LITERAL.fullmatch(signing_key):
        return (Key(literal[1]),)
    return (_in(home / signing_key.removeprefix("~/").removesuffix(".pub")),) if signing_key else ()


def _in(private: Path) -> Key | None:
    """The key in a file; where only its public half lies there, an agent or a token may hold the rest."""
    public = public_of(private)
    return Key(public, private if private.is_file() else None) if public else None


def gpg_key(signing_key: str | None, gpg_format: str | None) -> str:
    """The GPG key (or certificate) that git signs with instead of an SSH key, "" where it does not."""
    named = signing_key or ""
    is_gpg = gpg_format in (None, "", "openpgp", "x509") and _GPG.fullmatch(named) and not _LITERAL.fullmatch(named)
    return named if is_gpg else ""
