"""What becomes of each file that ``import`` found: where it goes, what it brings along, or why it is left alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath

from expertpost.errors import Finding, Severity
from expertpost.flows.foreign import Adopted, CannotAdopt, Given, adopt
from expertpost.flows.sources import MARKDOWN, Source
from expertpost.model.config import Config
from expertpost.model.draft import RawDraft
from expertpost.model.identity import folded
from expertpost.render.cut import assets_named
from expertpost.store.files import MAX_ASSET, Unreadable
from expertpost.store.pieces import Loaded, read_raw
from expertpost.store.tree import Entry, safe_path

_BOM = b"\xef\xbb\xbf"
_LOCAL_LINK = re.compile(r"(?:\]\(|\]:)\s*<?(?!https?:|mailto:|#|/)([^)\s>#?]+)")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Everything that will be written for one text. ``files``: path relative to the workspace → where it comes from."""

    source: Source
    path: str
    adopted: Adopted
    files: tuple[tuple[str, Entry], ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    """A readable source; ``raw`` is None where it has no front matter. ``marked``: it began with a byte-order mark."""

    text: str
    raw: RawDraft | None
    marked: bool

    @property
    def body(self) -> str:
        return self.raw.body if self.raw else self.text

    def says(self, key: str) -> str:
        value = self.raw.values.get(key) if self.raw else None
        return value if isinstance(value, str) else ""


@dataclass(slots=True, kw_only=True)
class Intake:
    """The workspace as it fills up.

    ``loaded``: the pieces that are there, by folded path. ``owned``: files that belong to a piece's folder → that
    piece. ``folders``: those that hold ordinary texts. ``owners``: slug or id → the path that has it. ``authors``: who
    wrote what names nobody. ``new_id``: the next permanent id.
    """

    root: Path
    config: Config
    authors: Callable[[], tuple[str, ...]]
    audience: tuple[str, ...]
    new_id: Callable[[], str]
    loaded: dict[str, Loaded]
    owned: dict[str, str]
    folders: set[str]
    owners: dict[str, str]
    claimed: set[str] = field(default_factory=set)
    arrivals: list[Arrival] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def take(self, source: Source) -> None:
        """Decide about one file; nothing is written yet."""
        try:
            text = _read(source)
            if source.here:
                self._stay(source, text)
            else:
                self._come(source, text)
        except CannotAdopt as wrong:
            self.refused.append(Finding(source.shown, wrong.line, wrong.code, wrong.what, wrong.cure))

    def _stay(self, source: Source, text: _Text) -> None:
        """A file that lies below ``drafts/`` becomes a piece where it is."""
        if owner := self.owned.get(source.path):
            what = f"it belongs to the piece {owner}"
            raise CannotAdopt(0, what, "move it out of that folder, or rename index.md to _index.md", "XP-IMPORT-OWNED")
        if not source.path.endswith(".md"):
            raise CannotAdopt(0, "its name does not end with .md", "rename it", "XP-IMPORT-NAME")
        loaded = self.loaded.get(folded(source.path))
        if loaded and loaded.piece:
            self.there.append(source.path)
        else:
            self._accept(Arrival(source, source.path, self._adopt(source, text, source.path)), text)

    def _come(self, source: Source, text: _Text) -> None:
        """A file from elsewhere goes to its home, in a folder of its own where it brings files along."""
        files = tuple(_files(source, text))
        path = self._home(source.home, own_folder=bool(files))
        for form in (path, _other_form(path)):
            if (loaded := self.loaded.get(folded(form))) and _same(loaded, text):
                self.claimed.add(folded(path))
                self.there.append(loaded.path)
                return
        self._must_be_free(path)
        arrival = Arrival(source, path, self._adopt(source, text, path), tuple(self._carried(source, path, files)))
        self._accept(arrival, text)

    def _home(self, home: str, *, own_folder: bool) -> str:
        """The first path nobody of this run has: as wished, then numbered."""
        stem = home.removesuffix(".md").removesuffix("/index")
        tail = "/index.md" if own_folder or home.endswith("/index.md") else ".md"
        for number in count(1):
            base = stem if number == 1 else f"{stem}-{number}"
            taken = {folded(f"{base}.md"), folded(f"{base}/index.md")} & self.claimed
            if not taken and (tail == ".md" or base not in self.folders):
                return base + tail
        raise AssertionError

    def _must_be_free(self, path: str) -> None:
        cure = "rename the one or the other; nothing was overwritten"
        forms = (path, _other_form(path))
        if any(folded(form) in self.loaded for form in forms) or (self.root / path).exists():
            raise CannotAdopt(0, f"{path} is there already, with another text", cure, "XP-IMPORT-TAKEN")
        owner = next((str(up) for up in PurePosixPath(path).parents if folded(f"{up}/index.md") in self.loaded), "")
        if owner and not path.endswith("/index.md"):
            what = f"its folder belongs to the piece {owner}/index.md"
            raise CannotAdopt(0, what, f"rename {owner}/index.md to _index.md, then import again", "XP-IMPORT-OWNED")
        linked = next((up for up in (self.root / path).parents if up.is_symlink() and up != self.root), None)
        if linked and linked.is_relative_to(self.root):
            raise CannotAdopt(0, f"{linked.name} is a symbolic link", "put a folder in its place", "XP-IMPORT-LINK")

    def _adopt(self, source: Source, text: _Text, path: str) -> Adopted:
        given = Given(
            id=self.new_id(),
            name=_name(source),
            authors=self.authors,
            audience=self.audience,
            zone=self.config.timezone,
            free=lambda word: self.owners.get(word, path) == path,
        )
        return adopt(text.text, path, self.config, given)

    def _accept(self, arrival: Arrival, text: _Text) -> None:
        self.arrivals.append(arrival)
        self.claimed.add(folded(arrival.path))
        self.owners[arrival.adopted.front.slug] = self.owners[arrival.adopted.front.id] = arrival.path
        self.notes += arrival.adopted.notes
        if text.marked:
            what, cure = "the file began with a byte-order mark", "it was taken away; save as UTF-8 without BOM"
            self.notes.append(Finding(arrival.path, 1, "XP-IMPORT-NOTE", what, cure, Severity.WARNING))

    def _carried(self, source: Source, path: str, files: tuple[Entry, ...]) -> Iterator[tuple[str, Entry]]:
        """Each file that comes along, with its new path; those that cannot be taken are reported."""
        here, there = source.path.rpartition("/")[0], path.rpartition("/")[0]
        for entry in files:
            why = _why_not(source.files.root, entry)
            if why:
                self.refused.append(Finding(_beside(source, entry), 0, *why))
            else:
                yield f"{there}/{entry.path.removeprefix(here).lstrip('/')}", entry


def _read(source: Source) -> _Text:
    """The text of a source. Raises CannotAdopt."""
    try:
        content = source.files.read(source.path) or b""
    except Unreadable as wrong:
        cure = 'put an ordinary text file there, under a name without \\ : * ? " < > |'
        raise CannotAdopt(0, f"cannot be read: {wrong.why}", cure, "XP-FILE") from wrong
    marked = content.startswith(_BOM)
    content = content.removeprefix(_BOM)
    raw, findings = read_raw(source.path, content)
    for finding in findings:
        if finding.code != "XP-FRONT-MISSING":
            raise CannotAdopt(finding.line, finding.what, finding.cure, finding.code)
    return _Text(content.decode("utf-8"), raw, marked)


def _files(source: Source, text: _Text) -> Iterator[Entry]:
    """The files that a text brings along: all in its own folder, or those that it names and that are there."""
    if source.beside:
        yield from source.beside
        return
    local = {name for name in _LOCAL_LINK.findall(text.body) if PurePosixPath(name).suffix.lower() not in MARKDOWN}
    names = {text.says("cover"), *(assets_named(text.body) if local else ())}
    folder = source.path.rpartition("/")[0]
    for name in sorted(names):
        pure = PurePosixPath(name)
        if name and pure.suffix.lower() not in MARKDOWN and not pure.is_absolute() and ".." not in pure.parts:
            path = f"{folder}/{name}".lstrip("/")
            yield from (entry for entry in source.files.below(path) if entry.path == path)


def _why_not(root: Path, entry: Entry) -> tuple[str, str, str] | None:
    """Why a file cannot come along (code, what, cure), None where it can."""
    whole = root / entry.path
    if whole.is_symlink() or not whole.is_file():
        return (
            "XP-IMPORT-FILE",
            "it is a symbolic link or no regular file",
            "put the file itself there, and import again",
        )
    if not safe_path(entry.path):
        return "XP-IMPORT-FILE", "its name is not allowed here", 'rename it without \\ : * ? " < > |'
    if entry.size > MAX_ASSET:
        return "XP-IMPORT-FILE", f"{entry.size:,} bytes, more than {MAX_ASSET:,}", "make it smaller"
    return None


def _beside(source: Source, entry: Entry) -> str:
    """A file that came with a source, as the person knows it."""
    return source.shown.removesuffix(source.path) + entry.path


def _same(loaded: Loaded, text: _Text) -> bool:
    """Whether a piece is what an earlier import made of this text; its front matter may have been worked on since."""
    if loaded.raw is None or loaded.raw.body != text.body:
        return False
    return bool(text.body.strip()) or text.says("title") in ("", loaded.raw.values.get("title"))


def _other_form(path: str) -> str:
    """``x.md`` ↔ ``x/index.md``."""
    folder = path.removesuffix("/index.md")
    return f"{folder}.md" if folder != path else f"{path.removesuffix('.md')}/index.md"


def _name(source: Source) -> str:
    """The words of a file's name that may stand for its title: the folder's for an index."""
    pure = PurePosixPath(source.path)
    if pure.stem.strip("_").lower() not in ("index", "readme"):
        return pure.stem
    return pure.parent.name or source.files.root.name
