"""New objects for a repository: trees made from old ones, and a pack of all that is new, which git itself stores."""

import hashlib
import zlib
from collections.abc import Mapping
from typing import TypeAlias

from expertpost.store.git import Git
from expertpost.store.objects import FOLDER, Leaf, Objects

Made: TypeAlias = dict[str, tuple[str, bytes]]
"""What has to be stored: id → (kind, bytes)."""
_KINDS = {"commit": 1, "tree": 2, "blob": 3}
"""The numbers of the kinds in a pack (gitformat-pack documentation)."""
_EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree that holds nothing."""


def new(kind: str, content: bytes, made: Made) -> str:
    """The id of a new object, which is added to ``made``."""
    id_ = _sha1(b"%s %d\0" % (kind.encode(), len(content)) + content).hex()
    made[id_] = kind, content
    return id_


def edited(objects: Objects, tree: str | None, changes: Mapping[tuple[str, ...], bytes | None], made: Made) -> str:
    """The id of a tree (None: one that holds nothing) with changes: path → bytes, None takes away what is there.

    What is new is added to ``made``. Raises GitFailed where the tree cannot be read.
    """
    leaves = objects.tree(tree) if tree else {}
    inner: dict[str, dict[tuple[str, ...], bytes | None]] = {}
    for (name, *rest), content in changes.items():
        if rest:
            inner.setdefault(name, {})[tuple(rest)] = content
        elif content is None:
            leaves.pop(name, None)
        else:
            leaves[name] = Leaf("100644", new("blob", content, made))
    for name, its_changes in inner.items():
        _edit_folder(objects, leaves, name, its_changes, made)
    return new(
        "tree", b"".join(_line(name, leaves[name]) for name in sorted(leaves, key=lambda n: _order(n, leaves[n]))), made
    )


def _edit_folder(
    objects: Objects, leaves: dict[str, Leaf], name: str, changes: Mapping[tuple[str, ...], bytes | None], made: Made
) -> None:
    """Change what lies in a folder; one that holds nothing is none, and a file gives way to a folder that does."""
    old = leaves.get(name)
    tree = edited(objects, old.id if old and old.is_folder else None, changes, made)
    if tree != _EMPTY:
        leaves[name] = Leaf(FOLDER, tree)
    elif old and old.is_folder:
        del leaves[name]


def _line(name: str, leaf: Leaf) -> bytes:
    return b"%s %s\0%s" % (leaf.mode.encode(), name.encode("utf-8", "surrogateescape"), bytes.fromhex(leaf.id))


def _order(name: str, leaf: Leaf) -> bytes:
    """Git sorts a folder as if its name ended with a slash."""
    return (f"{name}/" if leaf.is_folder else name).encode("utf-8", "surrogateescape")


def store(git: Git, made: Made) -> None:
    """Store new objects, by one git process; no ref moves. Raises GitFailed."""
    parts = [b"PACK", (2).to_bytes(4, "big"), len(made).to_bytes(4, "big")]
    for kind, content in made.values():
        parts += [_head(_KINDS[kind], len(content)), zlib.compress(content, 1)]
    pack = b"".join(parts)
    git.run("unpack-objects", "-q", stdin=pack + _sha1(pack))


def _head(kind: int, size: int) -> bytes:
    """The head of an object in a pack: its kind and size, seven bits a byte."""
    byte, size = kind << 4 | size & 15, size >> 4
    head = bytearray()
    while size:
        head.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes([*head, byte])


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()
