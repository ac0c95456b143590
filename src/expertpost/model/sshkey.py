"""Public SSH keys as ``people/`` lists them: what they are, whether they may count, and how people tell them apart."""

import base64
import binascii
import hashlib
from collections.abc import Mapping

MIN_RSA = 3072
"""Bits of the shortest RSA key that counts (NIST SP 800-57 part 1: 128 bits of security)."""
MAX_KEY = 12_000
"""Characters of the longest public key that is looked at; RSA-16384 stays below 3,000."""
KINDS: Mapping[str, str] = {
    "ssh-ed25519": "ed25519",
    "ecdsa-sha2-nistp256": "ecdsa",
    "ecdsa-sha2-nistp384": "ecdsa",
    "ecdsa-sha2-nistp521": "ecdsa",
    "ssh-rsa": "rsa",
    "sk-ssh-ed25519@openssh.com": "ed25519 on hardware",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ecdsa on hardware",
}
"""The types of keys that count (OpenSSH's PROTOCOL and PROTOCOL.u2f), and what people call them."""
NEW_KEY = "make another one: ssh-keygen -t ed25519, then expertpost person rotate"


def trouble(public: str) -> tuple[str, str] | None:
    """Why a key (``type base64``) may not count, and the cure; None where nothing is wrong with it."""
    words = public.split()
    if len(words) != 2 or len(public) > MAX_KEY:
        return "a key must be a public SSH key", "write - ssh-ed25519 AAAA…"
    if words[0] not in KINDS:
        return f"keys of the type {words[0][:40]} do not count", f"{NEW_KEY}; {', '.join(sorted(KINDS))} count"
    fields = _fields(words[1])
    if not fields or fields[0] != words[0].encode():
        return f"this is no {words[0]} key: it is cut short, or something else", "copy the whole line of the .pub file"
    if words[0] == "ssh-rsa" and (bits := _bits(fields)) < MIN_RSA:
        return f"an RSA key of {bits} bits is too short, {MIN_RSA} is the least", NEW_KEY
    return None


def kind(public: str) -> str:
    """What people call this type of key."""
    return KINDS.get(public.partition(" ")[0], "unknown")


def fingerprint(public: str) -> str:
    """``SHA256:…``, as ``ssh-keygen -l`` shows it; "" for what is no key."""
    try:
        blob = base64.b64decode(public.split()[1], validate=True)
    except (IndexError, ValueError, binascii.Error):
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _fields(encoded: str) -> list[bytes]:
    """The strings in a key's wire format (RFC 4251 §5), none where it is not one to its last byte."""
    try:
        rest = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return []
    found: list[bytes] = []
    while rest:
        length = int.from_bytes(rest[:4], "big")
        if len(rest) < 4 + length or (not length and not found):
            return []
        found.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    return found


def _bits(fields: list[bytes]) -> int:
    """The length of an RSA modulus, the third field (RFC 4253 §6.6)."""
    return int.from_bytes(fields[2], "big").bit_length() if len(fields) == 3 else 0
