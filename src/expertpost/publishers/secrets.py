"""Secrets: found by name, given to one publisher only, and kept out of every text that leaves it."""

import base64
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

from expertpost.errors import Failure
from expertpost.model.channel import Channel, SecretKind, SecretName

HIDDEN = "•••"
REASON_LENGTH = 300
_SHORTEST = 4
"""A shorter value is no secret, and hiding it would black out half of every text."""
_LONG_WORD = 8
"""A secret of several words (keys side by side, lines of a file) is hidden word by word, but for everyday words."""

_BLANKS = re.compile(r"\s+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})


def value_of(name: SecretName, env: Mapping[str, str], root: Path) -> str | None:
    """The secret behind a name, without line ends around it; None where there is none or it is empty.

    ``{ env = "X" }`` is the variable X, or the content of the file that X_FILE names. Relative paths begin at ``root``.
    """
    if name.kind is SecretKind.KEYRING:
        return _from_keyring(name.name)
    if name.kind is SecretKind.FILE:
        return _from_file(root / Path(name.name).expanduser())
    if value := env.get(name.name, "").strip():
        return value
    file = env.get(f"{name.name}_FILE", "")
    return _from_file(root / Path(file).expanduser()) if file else None


def _from_file(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _from_keyring(name: str) -> str | None:
    """``service/user``; without a slash the service is expertpost."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    service, _, user = name.rpartition("/")
    try:
        return (keyring.get_password(service or "expertpost", user) or "").strip() or None
    except KeyringError:
        return None


def keeps(name: SecretName, root: Path) -> bool:
    """Whether a secret can be stored where its name says: in a keyring, or in a file outside the workspace."""
    if name.kind is SecretKind.FILE:
        return not (root / Path(name.name).expanduser()).resolve().is_relative_to(root.resolve())
    return name.kind is SecretKind.KEYRING


def put(name: SecretName, value: str, root: Path) -> None:
    """Store a secret where ``keeps`` holds. Raises Failure XP-LOGIN-STORE where it is not taken."""
    if name.kind is SecretKind.FILE:
        _into_file(root / Path(name.name).expanduser(), value)
    else:
        _into_keyring(name, value)


def _into_file(path: Path, value: str) -> None:
    """Whole or not at all, also after a power cut; nobody else may read it."""
    try:
        handle, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        Path(new).replace(path)
    except OSError as failed:
        cure = "let whoever runs this write the file and its folder"
        raise Failure("XP-LOGIN-STORE", f"{path.name} is not written: {failed.strerror}", cure) from failed


def _into_keyring(name: SecretName, value: str) -> None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as none:
        cure = "pipx inject expertpost keyring, or expertpost channels login … --print-token"
        raise Failure("XP-LOGIN-STORE", "there is no keyring", cure) from none
    service, _, user = name.name.rpartition("/")
    try:
        keyring.set_password(service or "expertpost", user, value)
    except KeyringError as failed:
        cure = "unlock it, or expertpost channels login … --print-token"
        raise Failure("XP-LOGIN-STORE", f"the keyring takes nothing: {reason(str(failed), [value])}", cure) from failed


def missing(channel: Channel, env: Mapping[str, str], root: Path) -> tuple[SecretName, ...]:
    """The secrets that the channel names and that are not to be found here."""
    return tuple(name for name in channel.secrets.values() if value_of(name, env, root) is None)


def values(channel: Channel, env: Mapping[str, str], root: Path) -> dict[str, str]:
    """The channel's secrets by setting key. Raises Failure that names every one that is not to be found."""
    found = {key: value_of(name, env, root) for key, name in channel.secrets.items()}
    lost = [str(channel.secrets[key]) for key, value in found.items() if value is None]
    if lost:
        cure = "set the variable (or its _FILE), write the file or store it in the keyring (expertpost[keyring])"
        raise Failure("XP-SECRET-MISSING", f"no value for {', '.join(lost)}", cure, where=f"channels.{channel.name}")
    return {key: value for key, value in found.items() if value is not None}


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret hidden, also where it is quoted, escaped or part of a base64 text."""
    forms = {form for value in secrets for form in _forms(value) if len(form) >= _SHORTEST}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


@lru_cache(maxsize=256)
def _forms(value: str) -> frozenset[str]:
    return frozenset(_written(value))


def _written(value: str) -> Iterator[str]:
    for part in (value, *(word for word in value.split() if len(word) >= _LONG_WORD)):
        yield from (part, quote(part), quote(part, safe=""), quote_plus(part), escape(part), part.encode().hex())
        yield from (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1], repr(part)[1:-1])
        yield from _in_base64(part.encode())


def _in_base64(value: bytes) -> Iterator[str]:
    """What stays the same of the value in any base64 text around it, at each of the three places it may begin."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + value).decode()
        inner = whole[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))


def reason(text: str, secrets: Iterable[str] = ()) -> str:
    """A remote's or a library's words as one short line that is safe to show: no secret, no control characters."""
    hidden = tuple(secrets)
    seen = "".join("\ufffd" if _is_unseen(c) else c for c in redact(text, hidden))
    line = redact(_BLANKS.sub(" ", seen), hidden).strip()
    return line if len(line) <= REASON_LENGTH else f"{line[: REASON_LENGTH - 1]}…"


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN and not character.isspace()
