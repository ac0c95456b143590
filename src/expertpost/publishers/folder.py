"""A folder of a Hugo or Jekyll site: one page for each piece, with its files beside it.

Hugo gets Markdown without raw HTML and with no shortcode but those that show themselves. Jekyll gets HTML without
Liquid, because its parser reads another Markdown than ours: one in which words can become attributes of an element.
"""

import errno
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias
from urllib.parse import quote

from expertpost.model.channel import Guarantee
from expertpost.model.identity import moment_of
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused
from expertpost.model.piece import FrontMatter
from expertpost.model.post import DATE, KEY, Media, Post
from expertpost.publishers.base import Address, Limits, Probe, Problem, Publisher, Sending, Unreadable, rfc3339
from expertpost.publishers.service import GONE
from expertpost.render.bare import BARE
from expertpost.render.cut import local_name
from expertpost.render.families.commonmark import to_markdown
from expertpost.render.markdown import only_absolute, to_html
from expertpost.render.pictures import named
from expertpost.render.shown import Shown, clean

Style: TypeAlias = Literal["hugo", "jekyll"]

_PAGES: Mapping[Style, str] = {"hugo": "*/index.md", "jekyll": "_posts/*.html"}
_MARK = re.compile(r'^expertpost: \{"id": "[^"]*", "key": "([0-9a-f]{64})"[,}]', re.MULTILINE)
_LARGEST_FRONT_MATTER = 65_536
_SHORTCODE = re.compile(r"\{\{([<%])(?!/\*)((?:(?!\*/|\{\{).)*?)([>%])\}\}", re.DOTALL)
_LONE_SHORTCODE = re.compile(r"\{(?=\{[<%](?!/\*))")
_LIQUID = re.compile(r"\{(?=[{%])")
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_BAD_NAME = re.compile(r'[\x00-\x1f<>:"|?*\\]|^\.|^$|[. ]$')


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """``path``: Hugo's content folder (or one below it), or Jekyll's source folder; relative to the workspace."""

    path: str
    style: Style = "hugo"


class Folder(Publisher[FolderSettings]):
    """Writes each piece as a page. The page's path is its natural key: it is written once and never over another's."""

    says = "a page in a folder of a Hugo or Jekyll site"
    settings_type = FolderSettings
    guarantee = Guarantee.KEYED
    limits = Limits(media=1_000)

    @classmethod
    def judge(cls, settings: FolderSettings) -> Iterable[Problem]:
        """A folder must be named."""
        return [] if settings.path.strip() else [Problem("path", "names no folder", 'write path = "../site/content"')]

    @classmethod
    def render(cls, shown: Shown, settings: FolderSettings) -> Post:
        """One part, the page; its path and where its files go are relative to the folder."""
        body = _hugo(shown) if settings.style == "hugo" else _jekyll(shown)
        alts = dict(named(shown))
        front = "".join(f"{key}: {_yaml(value)}\n" for key, value in _front_matter(shown, settings.style))
        slug = shown.front.slug
        page = f"{slug}/index.md" if settings.style == "hugo" else f"_posts/{_day(shown.front)}-{slug}.html"
        return Post(
            parts=(f"---\n{front}---\n{body}",),
            fields=(("path", page), ("files", f"{slug}/")),
            media=tuple(Media(asset.name, asset.blob, alts.get(asset.name, ""), BARE) for asset in shown.assets),
        )

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
        return self._tried(lambda: self._write(sending))

    def _tried(self, write: Callable[[], Outcome]) -> Outcome:
        try:
            return write()
        except PermissionError as denied:
            return Refused(f"not written: {denied.strerror}", Because.ACCOUNT)
        except OSError as failed:
            if failed.errno in (errno.EEXIST, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR):
                return Refused(f"not written: {failed.strerror}")
            return Busy(f"not written: {failed.strerror or failed}")

    def find(self, key: str) -> Receipt | None:
        """The page that carries this key. Raises Unreadable where the folder or a page in it cannot be read."""
        folder = self._folder()
        if not folder.is_dir():
            raise Unreadable(f"the folder {self.settings.path} is not there")
        try:
            for page in sorted(folder.glob(_PAGES[self.settings.style])):
                if not page.is_symlink() and _key_of(page) == key:
                    return Receipt(page.relative_to(folder).as_posix())
        except OSError as failed:
            raise Unreadable(f"{self.settings.path}: {failed.strerror}") from failed
        return None

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Write the page and its files anew, where they are; the page changes in one step."""
        folder, post = self._folder(), sending.post
        page = _inside(folder, receipt.remote_id)
        if page is None or receipt.remote_id != post.field("path"):
            return Refused(f"the page is {receipt.remote_id}, and would be {post.field('path')}")
        if not page.exists():
            return GONE if folder.is_dir() else Busy(f"the folder {self.settings.path} is not there")
        if _key_of(page) != sending.key:
            return Refused(f"{receipt.remote_id} is not from this delivery any more")
        return self._tried(lambda: self._place(sending, page) or receipt)

    def retract(self, receipt: Receipt, key: str, _at: datetime) -> Outcome:
        """Delete the page, and then the files that came with it."""
        folder = self._folder()
        page = _inside(folder, receipt.remote_id)
        if page is None or not folder.is_dir():
            return Busy(f"the folder {self.settings.path} is not there")
        return self._tried(lambda: _deleted(page, folder, key) or receipt)

    def _folder(self) -> Path:
        return (self.root / Path(self.settings.path).expanduser()).resolve()

    def _write(self, sending: Sending) -> Outcome:
        folder, post = self._folder(), sending.post
        page = _inside(folder, post.field("path"))
        if page is None:
            return Refused("the page would lie outside the folder, or behind a link")
        if page.exists():
            if _key_of(page) == sending.key:
                return Receipt(post.field("path"))
            # Its path may quote the title, and would be hidden: outbox show tells it.
            return Refused("a page is there already, and this delivery did not make it – move it away, then republish")
        for file, content in self._files(sending).items():
            if file is not None and file.exists() and file.read_bytes() != content:
                return Refused(f"{file.relative_to(folder).as_posix()} is there already, with other content")
        return self._place(sending, page) or Receipt(post.field("path"))

    def _files(self, sending: Sending) -> dict[Path | None, bytes]:
        """Where each file goes; None: a place that is none of ours."""
        folder, post = self._folder(), sending.post
        return {_inside(folder, post.field("files") + one.source): sending.media[one.source] for one in post.media}

    def _place(self, sending: Sending, page: Path) -> Refused | None:
        """Write the files, and the page last."""
        files = self._files(sending)
        if None in files:
            return Refused("a file would lie outside the folder, or behind a link")
        for file, content in files.items():
            if file is not None:
                _put(file, content)
        _put(page, sending.post.parts[0].encode())
        return None


def _text(shown: Shown) -> str:
    return shown.written or shown.body


def _hugo(shown: Shown) -> str:
    """Markdown in which Hugo finds no shortcode: behind ours, two braces stand in code only."""
    text = clean(to_markdown(_text(shown), address=_address(shown)))
    return _LONE_SHORTCODE.sub("{ ", _SHORTCODE.sub(r"{{\1/*\2*/\3}}", text))


def _jekyll(shown: Shown) -> str:
    """HTML in which Jekyll finds no Liquid, whether or not it knows ``render_with_liquid``."""
    return _LIQUID.sub("&#123;", clean(to_html(_text(shown), address=_address(shown))))


def _address(shown: Shown) -> Callable[[str], str]:
    """The piece's own files, places on the page and whole addresses; any other relative address leads nowhere there."""
    names = {asset.name for asset in shown.assets}

    def address(wanted: str) -> str:
        name = local_name(wanted)
        if name in names:
            return quote(name)
        return wanted if wanted.startswith("#") else only_absolute(wanted)

    return address


def _front_matter(shown: Shown, style: Style) -> Iterator[tuple[str, object]]:
    """The keys that have a value, as the site builder names them."""
    found: dict[str, object] = {
        **_common(shown),
        **(_for_hugo(shown.front) if style == "hugo" else _for_jekyll(shown.front)),
    }
    files = [f"{shown.front.slug}/{asset.name}" for asset in shown.assets]
    found["expertpost"] = {"id": shown.front.id, "key": KEY, **({"files": files} if files else {})}
    return ((key, value) for key, value in found.items() if value not in ("", []))


def _common(shown: Shown) -> dict[str, object]:
    front = shown.front
    return {
        "title": " ".join(front.title.split()),
        "date": DATE,
        "description": " ".join(front.summary.split()),
        "authors": [shown.authors.get(author, author) for author in front.authors],
        "tags": list(front.topics),
        "canonical_url": front.canonical_url,
    }


def _for_hugo(front: FrontMatter) -> dict[str, object]:
    return {"slug": front.slug, "images": [front.cover] if front.cover else []}


def _for_jekyll(front: FrontMatter) -> dict[str, object]:
    """The page's folder is where its files lie, so that relative addresses hold."""
    image = f"/{front.slug}/{quote(front.cover)}" if front.cover else ""
    return {"layout": "post", "permalink": f"/{front.slug}/", "image": image, "render_with_liquid": False}


def _yaml(value: object) -> str:
    """A value as JSON, which is YAML too, but for some characters that YAML does not allow or reads as a line's end."""
    return _NOT_IN_YAML.sub(lambda c: f"\\u{ord(c[0]):04x}", json.dumps(value, ensure_ascii=False))


def _day(front: FrontMatter) -> date:
    """The day in a Jekyll file's name: always the same for a piece, whenever it is sent."""
    return (front.publish_at or moment_of(front.id)).date()


def _key_of(page: Path) -> str:
    """The key in the front matter of a page that we wrote, "" in any other."""
    with page.open(encoding="utf-8", errors="replace") as file:
        front = file.read(_LARGEST_FRONT_MATTER).split("\n---\n", maxsplit=1)[0]
    found = _MARK.search(front)
    return found[1] if found else ""


def _deleted(page: Path, folder: Path, key: str) -> Refused | None:
    """Delete a page that carries the key, and the files of which it says that they are its own."""
    if not page.exists():
        return None
    if _key_of(page) != key:
        return Refused("the page is not from this delivery any more")
    with page.open(encoding="utf-8") as file:
        told = next(line for line in file if _MARK.match(line)).partition(": ")[2]
    page.unlink()
    for name in json.loads(told).get("files", ()):
        if place := _inside(folder, name):
            place.unlink(missing_ok=True)
    return None


def _inside(folder: Path, relative: str) -> Path | None:
    """The place below ``folder``, None where a name is not a plain one or a link leads away."""
    place = folder
    for name in PurePosixPath(relative).parts:
        place /= name
        if _BAD_NAME.search(name) or place.is_symlink():
            return None
    return place if place != folder and place.is_relative_to(folder) else None


def _put(file: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
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
