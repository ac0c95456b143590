"""Pages of a site that others build: what a delivery, a change and a removal do to its files, wherever these lie.

A page carries the key of its delivery in its head. What is there already is looked at first: one that carries the key
is left alone, and nothing is ever written over what is not ours.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from expertpost.model.canonical import Json
from expertpost.model.outcome import Outcome, Receipt, Refused
from expertpost.publishers.base import Gone, Problem, Sending
from expertpost.publishers.http import problem_with
from expertpost.publishers.service import GONE
from expertpost.render.families.builders import fingerprint

_MARK = re.compile(r'^expertpost: (\{"id": "[^"]*", "key": "([0-9a-f]{64})"[,}].*)$', re.MULTILINE)
_BAD_NAME = re.compile(r'[\x00-\x1f<>:"|?*\\]|^\.|^$|[. ]$')

Read: TypeAlias = Callable[[str], bytes | None]
"""What stands at a path below the folder, None where nothing does. Raises Misplaced."""


@dataclass(frozen=True, slots=True)
class Change:
    """What to write, path → bytes, and to remove (None), in this order; ``receipt`` is the answer once it is done."""

    files: Mapping[str, bytes | None]
    receipt: Receipt


Plan: TypeAlias = Change | Outcome


class Misplaced(Exception):
    """A path that leads out of the folder, into what is hidden, or through a link."""


MISPLACED = Refused("the page or a file of it would lie outside the folder, or behind a link")
CHANGED = Refused("somebody changed the page since it was sent: their words stay, so do it there by hand")


def added(read: Read, receipt: Receipt, sending: Sending) -> Plan:
    """How a page comes to be there, once: its files first, and then the page."""
    path, own = sending.post.field("path"), _own(sending)
    there = read(path)
    if there is not None:
        if key_of(there) == sending.key:
            return receipt
        # Its path may quote the title, and would be hidden: outbox show tells it.
        return Refused("a page is there already, and this delivery did not make it – move it away, then republish")
    for file, content in own.items():
        if file != path and read(file) not in (None, content):
            return Refused(f"{file} is there already, with other content")
    return Change(own, receipt)


def edited(read: Read, receipt: Receipt, sending: Sending) -> Plan:
    """How a page of ours gets other words and files; those that it does not name any more go."""
    path = sending.post.field("path")
    if receipt.remote_id != path:
        return Refused(f"the page is {receipt.remote_id}, and would be {path}")
    there = read(path)
    if there is None:
        return GONE
    if key_of(there) != sending.key:
        return Refused(f"{path} is not from this delivery any more")
    if is_changed(there):
        return CHANGED
    own = _own(sending)
    dropped: dict[str, bytes | None] = dict.fromkeys(name for name in _files_of(path, there) if name not in own)
    return Change(own | dropped, receipt)


def removed(read: Read, receipt: Receipt, key: str) -> Plan:
    """How a page of ours goes, and then the files of which it says that they are its own."""
    path = receipt.remote_id
    there = read(path)
    if there is None:
        return receipt
    if key_of(there) != key:
        return Refused("the page is not from this delivery any more")
    if is_changed(there):
        return CHANGED
    return Change(dict.fromkeys((path, *_files_of(path, there))), receipt)


def is_ours(page: bytes | None, key: str) -> bool:
    """Whether what stands at a path is the page of this delivery. Raises Gone where nothing does."""
    if page is None:
        raise Gone("the page is not there any more")
    return key_of(page) == key


def found(pages: Iterable[tuple[str, bytes]], key: str) -> str | None:
    """The path of the page that carries this key."""
    return next((path for path, content in pages if key_of(content) == key), None)


def key_of(page: bytes) -> str:
    """The key in the head of a page that we wrote, "" in any other."""
    mark = _MARK.search(_parted(page)[0])
    return mark[2] if mark else ""


def is_changed(page: bytes) -> bool:
    """Whether the text below the head is another than the one that the page itself says it was sent with."""
    told = _told(page).get("text")
    return isinstance(told, str) and told != fingerprint(_parted(page)[1])


def names_of(path: str) -> tuple[str, ...]:
    """The names in a path below the folder. Raises Misplaced for one that leads out or into what is hidden."""
    names = tuple(path.split("/"))
    if any(_BAD_NAME.search(name) for name in names):
        raise Misplaced
    return names


def problem_with_url(url: str) -> Iterable[Problem]:
    """What is wrong with the pattern of the pages' addresses."""
    if url and ("{slug}" not in url or problem_with(url.replace("{slug}", "x"), allow_http=True)):
        yield Problem("url", "is no pattern of web addresses", 'write url = "https://blog.example.org/{slug}/"')


def _own(sending: Sending) -> dict[str, bytes | None]:
    """What belongs to a page: its files, and itself last."""
    post = sending.post
    files: dict[str, bytes | None] = {post.field("files") + one.source: sending.media[one.source] for one in post.media}
    return files | {post.field("path"): post.parts[0].encode()}


def _files_of(path: str, page: bytes) -> list[str]:
    """The files that a page of ours names as its own, as far as they can be: they lie in a folder named like it."""
    names = _told(page).get("files", [])
    ours = (name for name in names if isinstance(name, str) and "/" in name) if isinstance(names, list) else ()
    return [name for name in ours if _named_alike(name.partition("/")[0], path) and name != path]


def _named_alike(folder: str, path: str) -> bool:
    """Whether a folder is that of a page: one in it, or one that ends with its name, as Jekyll's does after the day."""
    if folder == "_posts":
        # Jekyll keeps the pages of all pieces in it: none of them is another's.
        return False
    alike = rf"(?:_posts/\d{{4}}-\d\d-\d\d-)?{re.escape(folder)}\.\w+"
    return path.startswith(f"{folder}/") or re.fullmatch(alike, path) is not None


def _told(page: bytes) -> dict[str, Json]:
    """What the mark of a page says, nothing where it has none."""
    mark = _MARK.search(_parted(page)[0])
    try:
        told: Json = json.loads(mark[1]) if mark else None
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _parted(page: bytes) -> tuple[str, str]:
    """The head of a page – YAML between two lines of dashes, or lines up to the first empty one – and its text."""
    text = page.decode("utf-8", "replace")
    head, _, body = text.partition("\n---\n" if text.startswith("---\n") else "\n\n")
    return head, body
