"""A security key in software: signs as hardware-backed ed25519 keys do (OpenSSH's PROTOCOL.u2f, RFC 8032)."""

from base64 import b64encode
from hashlib import sha256, sha512

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
APPLICATION = b"ssh:"
KIND = b"sk-ssh-ed25519@openssh.com"
Point = tuple[int, int]


def _x_of(y: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT % P
    return P - x if x % 2 else x


_BASE: Point = (_x_of(4 * pow(5, -1, P) % P), 4 * pow(5, -1, P) % P)


def _add(one: Point, other: Point) -> Point:
    (a, b), (c, d) = one, other
    product = D * a * c * b * d % P
    return (a * d + c * b) * pow(1 + product, -1, P) % P, (b * d + a * c) * pow(1 - product, -1, P) % P


def _times(number: int) -> bytes:
    """A multiple of the base point, encoded."""
    found, step = (0, 1), _BASE
    while number:
        found = _add(found, step) if number & 1 else found
        step, number = _add(step, step), number >> 1
    return (found[1] | (found[0] & 1) << 255).to_bytes(32, "little")


def _text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class Token:
    """One such key. ``public``: as people/ lists it."""

    def __init__(self, seed: bytes) -> None:
        secret = sha512(seed).digest()
        self._scalar = (int.from_bytes(secret[:32], "little") & ((1 << 254) - 8)) | (1 << 254)
        self._prefix = secret[32:]
        self._point = _times(self._scalar)
        self.blob = _text(KIND) + _text(self._point) + _text(APPLICATION)
        self.public = f"{KIND.decode()} {b64encode(self.blob).decode()}"

    def sign(self, statement: bytes, namespace: str) -> str:
        """The armoured signature over a statement (PROTOCOL.sshsig), as after the touch of a finger."""
        told = _text(namespace.encode()) + _text(b"") + _text(b"sha512")
        message = b"SSHSIG" + told + _text(sha512(statement).digest())
        flags, counter = b"\x01", (7).to_bytes(4, "big")
        signed = self._ed25519(sha256(APPLICATION).digest() + flags + counter + sha256(message).digest())
        made = _text(KIND) + _text(signed) + flags + counter
        blob = b"SSHSIG\0\0\0\x01" + _text(self.blob) + told + _text(made)
        text = b64encode(blob).decode()
        lines = [text[start : start + 70] for start in range(0, len(text), 70)]
        return "\n".join(("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----"))

    def _ed25519(self, message: bytes) -> bytes:
        nonce = int.from_bytes(sha512(self._prefix + message).digest(), "little") % ORDER
        point = _times(nonce)
        hashed = int.from_bytes(sha512(point + self._point + message).digest(), "little")
        return point + ((nonce + hashed * self._scalar) % ORDER).to_bytes(32, "little")
