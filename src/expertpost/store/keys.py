"""SSH signatures over events, made and checked by ssh-keygen (OpenSSH's PROTOCOL.sshsig).

A signature counts for a person only when the key inside it is, byte for byte, a key listed for that handle and for
nobody else, not revoked, and good at the time the event names.
"""

import base64
import binascii
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from expertpost.model.canonical import sha256
from expertpost.model.people import People, SigningKey
from expertpost.store import git as git_door

NAMESPACE = "expertpost-event"
TIMEOUT = 60
"""Seconds that one call may take: a key on a token waits for a finger."""
MAX_SIGNATURE = 20_000
"""Characters of the longest signature block that is looked at; RSA-16384 stays below 6,000."""
_MAGIC = b"SSHSIG\0\0\0\x01"
_ARMOUR = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")
_NO_ANSWER = (124, 127)
_ASKS_NOBODY = {"SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Key:
    """A key to sign with. ``public``: ``ssh-ed25519 AAAA…``; ``file``: the private key, None: an agent may hold it."""

    public: str
    file: Path | None = None


@cache
def executable() -> str | None:
    """The absolute path of ssh-keygen on PATH or beside git, None where there is none."""
    git = Path(git_door.executable())
    # Git for Windows: git lies in cmd\\, bin\\ or mingw64\\bin\\, ssh-keygen in usr\\bin\\ of the same installation.
    beside = (git.parent, *(up / "usr" / "bin" for up in git.parents[1:3]))
    found = (shutil.which("ssh-keygen"), *(shutil.which("ssh-keygen", path=str(folder)) for folder in beside))
    # A relative answer comes from the folder one stands in: the content's own file must never run.
    return next((each for each in found if each and Path(each).is_absolute()), None)


def agent(env: Mapping[str, str]) -> tuple[str, ...]:
    """The public keys that the person's agent shows; none where there is no agent."""
    tool = executable()
    if tool is None or not (env.get("SSH_AUTH_SOCK") or os.name == "nt"):
        return ()
    beside = Path(tool).with_name(Path(tool).name.replace("ssh-keygen", "ssh-add"))
    code, out = _run(str(beside), ("-L",), b"", env)
    lines = (line.split() for line in out.decode("utf-8", "replace").splitlines())
    return tuple(" ".join(words[:2]) for words in lines if len(words) > 1) if code == 0 else ()


def public_of(private: Path) -> str:
    """The public half (``type base64``) that lies beside a private key, "" where it cannot be read."""
    try:
        words = private.with_name(f"{private.name}.pub").read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return ""
    return " ".join(words[:2])


def sign(key: Key, statement: bytes, env: Mapping[str, str], namespace: str = NAMESPACE) -> str | None:
    """The armoured signature over a statement; None where the key cannot be used (a passphrase and no agent)."""
    with tempfile.TemporaryDirectory(prefix="expertpost-") as folder:
        file = key.file
        if file is None:
            file = Path(folder) / "key.pub"
            file.write_text(key.public + "\n", encoding="ascii")
        code, out = _run(executable(), ("-Y", "sign", "-n", namespace, "-f", str(file)), statement, env)
    made = out.decode("ascii", "replace").strip()
    return made if code == 0 and key_in(made) == key.public else None


def key_in(signature: str) -> str | None:
    """The public key (``type base64``) inside an armoured signature, None where it is not one."""
    lines = signature.strip().splitlines()
    if len(signature) > MAX_SIGNATURE or len(lines) < 3 or (lines[0], lines[-1]) != _ARMOUR:
        return None
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
        key = _text(blob.removeprefix(_MAGIC)) if blob.startswith(_MAGIC) else b""
        return f"{_text(key).decode('ascii')} {base64.b64encode(key).decode()}"
    except (binascii.Error, ValueError):
        return None


def _text(data: bytes) -> bytes:
    """The first string of SSH's wire format (RFC 4251 §5). Raises ValueError."""
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length or not length:
        raise ValueError("cut short")
    return data[4 : 4 + length]


def listed_key(people: People, handle: str, public: str) -> SigningKey | None:
    """The entry that gives this key to this handle; None where it is nobody's, revoked, or two people's."""
    owners = [(person.handle, key) for person in people.listed for key in person.keys if key.key == public]
    if len({owner for owner, _ in owners}) != 1 or any(key.revoked for _, key in owners):
        return None
    return next((key for owner, key in owners if owner == handle), None)


def good_at(key: SigningKey, at: datetime) -> bool:
    """Whether the key counts at this moment."""
    return (key.valid_after is None or key.valid_after <= at) and (key.valid_before is None or at < key.valid_before)


def verify(statement: bytes, signature: str, handle: str, public: str, namespace: str = NAMESPACE) -> bool | None:
    """Whether the signature over the statement was made by this key, as ssh-keygen judges it for this principal.

    None where ssh-keygen could not be asked.
    """
    with tempfile.TemporaryDirectory(prefix="expertpost-") as folder:
        allowed, made = Path(folder) / "allowed", Path(folder) / "signature"
        allowed.write_text(f'{handle} namespaces="{namespace}" {public}\n', encoding="ascii")
        made.write_text(signature + "\n", encoding="ascii")
        args = ("-Y", "verify", "-f", str(allowed), "-I", handle, "-n", namespace, "-s", str(made))
        code, _ = _run(executable(), args, statement, os.environ)
    return None if code in _NO_ANSWER else code == 0


def _run(tool: str | None, args: tuple[str, ...], stdin: bytes, env: Mapping[str, str]) -> tuple[int, bytes]:
    if tool is None:
        return _NO_ANSWER[1], b""
    try:
        # A session of its own has no terminal that a passphrase could be asked on: nothing ever waits there.
        done = subprocess.run(
            [tool, *args],
            input=stdin,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            start_new_session=True,
            env={**env, **_ASKS_NOBODY},
        )
    except (subprocess.TimeoutExpired, OSError):
        return _NO_ANSWER[0], b""
    return done.returncode, done.stdout


class Proofs:
    """What ssh-keygen has said before, kept in a file that may be deleted at any time.

    That one key made one signature over one statement is a fact that never changes; whose key it is, is looked up anew
    every time.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[str, bool] | None = None
        self._new: list[str] = []

    def good(self, statement: bytes, signature: str, handle: str, public: str) -> bool:
        """As ``verify``, from memory where it was asked before."""
        known = self._load()
        name = sha256(b"\0".join((statement, signature.encode(), handle.encode(), public.encode())))
        if name not in known:
            answer = verify(statement, signature, handle, public)
            if answer is None:
                return False
            known[name] = answer
            self._new.append(f"{name} {int(answer)}\n")
        return known[name]

    def keep(self) -> None:
        """Write down what was learnt; a folder that cannot be written costs time, nothing else."""
        if not self._new or self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="ascii") as file:
                file.write("".join(self._new))
        except OSError:
            return
        self._new.clear()

    def _load(self) -> dict[str, bool]:
        if self._known is None:
            try:
                lines = self._file.read_text(encoding="ascii", errors="replace").splitlines() if self._file else []
            except OSError:
                lines = []
            self._known = {line[:64]: line[65:] == "1" for line in lines if len(line) == 66 and line[65] in "01"}
        return self._known
