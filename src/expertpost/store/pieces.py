"""Pieces in the files of a workspace: found, read, judged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from expertpost.errors import Finding
from expertpost.model.config import Config
from expertpost.model.draft import RawDraft, judge
from expertpost.model.piece import Asset, Piece
from expertpost.store.files import MAX_ASSET, Files, Unreadable, blob_of
from expertpost.store.frontmatter import BadFrontMatter, split
from expertpost.store.tree import Entry

DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file under ``drafts/``: the valid piece, or None and why. ``raw`` is None where nothing was readable."""

    path: str
    piece: Piece | None
    findings: tuple[Finding, ...] = ()
    raw: RawDraft | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files below ``drafts/`` sorted out: the Markdown files, and for each folder piece the files beside it."""

    texts: tuple[Entry, ...]
    assets: Mapping[str, tuple[Entry, ...]]


def listing(files: Files) -> Listing:
    """Sort the files below ``drafts/`` into pieces and assets.

    ``x.md`` is a piece; ``x/index.md`` is one too, and every other file in that folder and below belongs to it.
    """
    entries = [e for e in files.below(DRAFTS) if "/." not in e.path]
    bundles = {str(PurePosixPath(e.path).parent) for e in entries if e.path.endswith("/index.md")}
    texts: list[Entry] = []
    assets: dict[str, list[Entry]] = {bundle: [] for bundle in bundles}
    for entry in entries:
        home = _bundle_of(entry.path, bundles) if bundles else None
        if home is not None and entry.path != f"{home}/index.md":
            assets[home].append(entry)
        elif entry.path.endswith(".md"):
            texts.append(entry)
    return Listing(tuple(texts), {home: tuple(found) for home, found in assets.items()})


def _bundle_of(path: str, bundles: set[str]) -> str | None:
    return next((str(parent) for parent in PurePosixPath(path).parents if str(parent) in bundles), None)


def load_all(files: Files, config: Config, only: Iterable[str] | None = None) -> Iterator[Loaded]:
    """Every piece of one state of the workspace (or those at the paths in ``only``), sorted by path."""
    sorted_out = listing(files)
    wanted = set(only) if only is not None else None
    yield from load_some(files, config, sorted_out, [e for e in sorted_out.texts if wanted is None or e.path in wanted])


def load_some(files: Files, config: Config, sorted_out: Listing, texts: Sequence[Entry]) -> Iterator[Loaded]:
    """These texts of a listing, in the order given, each with the files beside it."""
    for entry, content in zip(texts, files.read_all(texts), strict=True):
        folder, _, name = entry.path.rpartition("/")
        beside = sorted_out.assets.get(folder, ()) if name == "index.md" else ()
        yield load(entry.path, content, config, _assets(files, folder, beside) if beside else ())


def load(path: str, content: bytes | Unreadable, config: Config, assets: tuple[Asset, ...] = ()) -> Loaded:
    """The piece in the bytes of one file, or what is wrong with it."""
    raw, findings = read_raw(path, content)
    if raw is None:
        return Loaded(path, None, findings)
    front, findings = judge(raw, config)
    if front is None:
        return Loaded(path, None, findings, raw)
    body = raw.body.replace("\r\n", "\n")
    return Loaded(path, Piece(front, body, path, assets, raw.body_line), findings, raw)


def read_raw(path: str, content: bytes | Unreadable) -> tuple[RawDraft | None, tuple[Finding, ...]]:
    """A file's text taken apart, or None and the one reason why it cannot be."""

    def bad(code: str, what: str, cure: str, line: int = 1) -> tuple[None, tuple[Finding, ...]]:
        return None, (Finding(path, line, code, what, cure),)

    if isinstance(content, Unreadable):
        return bad("XP-FILE", f"cannot be read: {content.why}", "put an ordinary text file there")
    if not content.strip():
        return bad("XP-FILE-EMPTY", "the file is empty", "write it, or remove it")
    if b"\0" in content[:8192]:
        return bad("XP-FILE-BINARY", "this is no text", "save it as UTF-8 Markdown, or move it beside an index.md")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        return bad("XP-FILE-ENCODING", f"byte {wrong.start} is not UTF-8", "save the file as UTF-8", line)
    try:
        parts = split(text)
    except BadFrontMatter as wrong:
        return bad("XP-FRONT", wrong.what, wrong.cure, wrong.line)
    if not parts.has_front:
        cure = "start it with --- and title:, or let expertpost import adopt it"
        return bad("XP-FRONT-MISSING", "the file has no front matter", cure)
    return RawDraft(path, parts.values, parts.lines, parts.body, parts.body_line), ()


def _assets(files: Files, folder: str, beside: tuple[Entry, ...]) -> tuple[Asset, ...]:
    home = f"{folder}/"
    known = [e for e in beside if e.blob]
    unknown = [e for e in beside if not e.blob]
    read = ((entry, _whole(files, entry.path)) for entry in unknown)
    computed = [Entry(e.path, blob_of(e, content), e.size) for e, content in read if content is not None]
    found = (Asset(e.path.removeprefix(home), e.blob, e.size) for e in (*known, *computed))
    return tuple(sorted(found, key=lambda asset: asset.name))


def _whole(files: Files, path: str) -> bytes | None:
    """The bytes of a file beside a piece, None where it cannot be taken (``check`` tells why)."""
    try:
        return files.read(path, MAX_ASSET)
    except Unreadable:
        return None
