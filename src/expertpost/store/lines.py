"""A file of one JSON object per line, found by the key at the beginning of the line and parsed on demand."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from expertpost.store.fields import NotUnderstood

T = TypeVar("T")

_HEAD = b'{"key":"'
_KEY = slice(len(_HEAD), len(_HEAD) + 64)
_WELL_FORMED = re.compile(rb'^\{"key":"[0-9a-f]{64}",[^\n]*\}\r?$', re.MULTILINE)


class Twice(ValueError):
    """One key stands on two lines: which of them counts must never be a guess."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The content of such a file. Never changed: ``changed`` makes another."""

    content: bytes = b""
    sound: bool = field(init=False)
    """Whether every line shows its key. Where one does not, a key that is not found may still be there."""

    def __post_init__(self) -> None:
        whole = not self.content or self.content.endswith(b"\n")
        sound = whole and len(_WELL_FORMED.findall(self.content)) == self.content.count(b"\n")
        object.__setattr__(self, "sound", sound)

    def find(self, key: str) -> bytes | None:
        """The line of this key, None where it has none. Raises Twice."""
        found = _place(self.content, key)
        if found is None:
            return None
        if _place(self.content[found.stop :], key):
            raise Twice(key)
        return self.content[found].rstrip(b"\r\n")

    def every(self) -> tuple[bytes, ...]:
        """All lines as they are, without their ends."""
        return tuple(line.rstrip(b"\r") for line in self.content.split(b"\n") if line.strip())

    def changed(self, new: Mapping[str, bytes | None]) -> "Lines":
        """With these lines instead, or (None) without them; every other line stays byte for byte, damaged ones too."""
        content = self.content if not self.content or self.content.endswith(b"\n") else self.content + b"\n"
        for key, line in new.items():
            place = _place(content, key) or slice(len(content), len(content))
            written = line + b"\n" if line is not None else b""
            content = content[: place.start] + written + content[place.stop :]
        return Lines(content)


def _place(content: bytes, key: str) -> slice | None:
    """Where the line of a key lies, its end included."""
    head = _HEAD + key.encode() + b'"'
    start = 0 if content.startswith(head) else content.find(b"\n" + head) + 1
    if start == 0 and not content.startswith(head):
        return None
    end = content.find(b"\n", start)
    return slice(start, end + 1 if end >= 0 else len(content))


def key_of(line: bytes) -> str:
    """The key at the beginning of a line, "" where it shows none."""
    found = line[_KEY]
    return found.decode() if line.startswith(_HEAD) and re.fullmatch(rb"[0-9a-f]{64}", found) else ""


def picked(
    segments: Mapping[str, Lines], ids: Iterable[str], segment_of: Callable[[str], str], read: Callable[[bytes], T]
) -> dict[str, T]:
    """What the segments say under these ids. Raises NotUnderstood where a line is damaged or stands there twice."""
    found: dict[str, T] = {}
    for id_ in ids:
        try:
            line = segments[segment_of(id_)].find(id_)
        except Twice as twice:
            raise NotUnderstood(f"{id_} stands there twice") from twice
        if line is not None:
            found[id_] = read(line)
    return found


def everything(segments: Mapping[str, Lines], id_of: Callable[[T], str], read: Callable[[bytes], T]) -> dict[str, T]:
    """All that the segments say, by id. Raises NotUnderstood."""
    found = [read(line) for lines in segments.values() for line in lines.every()]
    known = {id_of(one): one for one in found}
    if len(known) < len(found):
        raise NotUnderstood("something stands there twice")
    return known
