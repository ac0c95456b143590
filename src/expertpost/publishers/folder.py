"""A folder of a site that Hugo, Jekyll, Pelican, MkDocs or Docusaurus builds: one page for each piece, with its files.

What a page is like for each of them: ``render.families.builders``.
"""

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from expertpost.model.channel import Guarantee
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused
from expertpost.model.post import Post
from expertpost.publishers import pages
from expertpost.publishers.base import Address, Limits, Probe, Problem, Publisher, Sending, Unreadable, rfc3339
from expertpost.publishers.pages import Change, Misplaced, Plan, Read
from expertpost.render.families import builders
from expertpost.render.families.builders import Style
from expertpost.render.shown import Shown


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """``path``: where the builder looks for pages, relative to the workspace; ``url``: their address, with ``{slug}``.

    That is Hugo's or Pelican's ``content``, Jekyll's source, MkDocs' ``docs``, Docusaurus' ``blog``, or a folder below.
    """

    path: str
    style: Style = "hugo"
    url: str = ""


class Folder(Publisher[FolderSettings]):
    """Writes each piece as a page. The page's path is its natural key: it is written once and never over another's."""

    says = "a page in a folder of a Hugo, Jekyll, Pelican, MkDocs or Docusaurus site"
    settings_type = FolderSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """A page is a file, and its path is there once; the key in its head says by whom."""
    limits = Limits(media=1_000)

    @classmethod
    def judge(cls, settings: FolderSettings) -> Iterable[Problem]:
        """A folder must be named."""
        if not settings.path.strip():
            yield Problem("path", "names no folder", 'write path = "../site/content"')
        yield from pages.problem_with_url(settings.url)

    @classmethod
    def render(cls, shown: Shown, settings: FolderSettings) -> Post:
        """One part, the page; its path and where its files go are relative to the folder."""
        return builders.page(shown, settings.style)

    @property
    def account(self) -> str:
        """The style and the folder as the settings name it."""
        return f"{self.settings.style}:{self.settings.path.rstrip('/')}"

    def values(self, to: Address, key: str, at: datetime, url: str) -> Mapping[str, str]:
        """The moment, which is the page's date, and the key that marks the page as ours."""
        return {"date": rfc3339(at), "key": key}

    def look(self, at: datetime) -> Probe | Outcome:
        """Whether the folder is there and may be written."""
        folder = self._folder()
        if not folder.is_dir():
            return Busy(f"the folder {self.settings.path} is not there")
        if not os.access(folder, os.W_OK | os.X_OK):
            return Refused(f"the folder {self.settings.path} may not be written", Because.ACCOUNT)
        return Probe(self.account)

    def deliver(self, sending: Sending) -> Outcome:
        """Write the files and then, in one step, the page: it is there whole or not at all."""
        looked = self.look(sending.at)
        if not isinstance(looked, Probe):
            return looked
        receipt = self._receipt(sending.post.field("path"))
        return self._done(lambda read: pages.added(read, receipt, sending))

    def find(self, key: str) -> Receipt | None:
        """The page that carries this key. Raises Unreadable where the folder or a page in it cannot be read."""
        folder = self._folder()
        if not folder.is_dir():
            raise Unreadable(f"the folder {self.settings.path} is not there")
        try:
            there = sorted(page for page in folder.glob(builders.pages(self.settings.style)) if not page.is_symlink())
            found = pages.found(((page.relative_to(folder).as_posix(), page.read_bytes()) for page in there), key)
        except OSError as failed:
            raise Unreadable(f"{self.settings.path}: {failed.strerror}") from failed
        return None if found is None else self._receipt(found)

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Write the page and its files anew, where they are; the page changes in one step."""
        return self._done(lambda read: pages.edited(read, receipt, sending))

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the key in its head. Raises Gone, Unreadable."""
        folder = self._folder()
        if not folder.is_dir():
            raise Unreadable(f"the folder {self.settings.path} is not there")
        try:
            return pages.is_ours(_read(_inside(folder, receipt.remote_id)), key)
        except OSError as failed:
            raise Unreadable(f"{receipt.remote_id}: {failed.strerror}") from failed
        except Misplaced:
            return False

    def retract(self, receipt: Receipt, key: str, _at: datetime) -> Outcome:
        """Delete the page, and then the files that came with it."""
        return self._done(lambda read: pages.removed(read, receipt, key))

    def _receipt(self, path: str) -> Receipt:
        return Receipt(path, builders.address(path, self.settings.style, self.settings.url))

    def _folder(self) -> Path:
        return (self.root / Path(self.settings.path).expanduser()).resolve()

    def _done(self, plan: Callable[[Read], Plan]) -> Outcome:
        """Carry a plan out; where the system forbids a step, what is proven by that."""
        folder = self._folder()
        if not folder.is_dir():
            return Busy(f"the folder {self.settings.path} is not there")
        try:
            change = plan(lambda path: _read(_inside(folder, path)))
            if not isinstance(change, Change):
                return change
            places = {_inside(folder, path): content for path, content in change.files.items()}
            for place, content in places.items():
                _put(place, content)
        except Misplaced:
            return pages.MISPLACED
        except PermissionError as denied:
            return Refused(f"not written: {denied.strerror}", Because.ACCOUNT)
        except OSError as failed:
            if failed.errno in (errno.EEXIST, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR):
                return Refused(f"not written: {failed.strerror}")
            return Busy(f"not written: {failed.strerror or failed}")
        return change.receipt


def _inside(folder: Path, relative: str) -> Path:
    """The place below the folder. Raises Misplaced where a name is not a plain one or a link leads away."""
    place = folder
    for name in pages.names_of(relative):
        place /= name
        if place.is_symlink():
            raise Misplaced
    return place


def _read(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def _put(file: Path, content: bytes | None) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut; None takes it away."""
    if content is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".expertpost-")
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
