"""Pieces and people in the files of a workspace: found, read, judged."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from typing import TypeAlias

from expertpost.errors import Finding
from expertpost.model.config import Config
from expertpost.model.draft import RawDraft, Value, judge, nearest
from expertpost.model.moment import BadMoment, day, instant
from expertpost.model.people import HANDLE, People, Person, SigningKey
from expertpost.model.piece import Asset, Piece
from expertpost.store.files import MAX_ASSET, Files, Unreadable, blob_of
from expertpost.store.frontmatter import BadFrontMatter, split
from expertpost.store.tree import Entry

DRAFTS = "drafts"
PEOPLE = "people"
_Complain: TypeAlias = Callable[[str, str, str], None]
_PERSON_KEYS = ("name", "emails", "keys", "roles", "topics", "accounts", "away_until", "opt_out")


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


def load_people(files: Files) -> tuple[People, tuple[Finding, ...]]:
    """Everyone listed under ``people/``, and every problem. A file with a problem lists nobody."""
    entries = [e for e in files.below(PEOPLE) if e.path.endswith(".md") and e.path.count("/") == 1]
    found: list[Person] = []
    findings: list[Finding] = []
    for entry, content in zip(entries, files.read_all(entries), strict=True):
        raw, wrong = read_raw(entry.path, content)
        person, more = _person(raw) if raw else (None, ())
        findings += (*wrong, *more)
        if person:
            found.append(person)
    findings += _clashes(found)
    return People(tuple(found)), tuple(findings)


def _clashes(people: list[Person]) -> Iterator[Finding]:
    """One key or mail address for two people would make one speak for the other."""
    owners: dict[str, Person] = {}
    for person in people:
        names = (*(k.key.split()[1] for k in person.keys), *(e.casefold() for e in person.emails))
        for name in names:
            other = owners.setdefault(name, person)
            if other is not person:
                what = f"shares a key or mail address with {other.path}"
                yield Finding(person.path, 1, "XP-PERSON-TWICE", what, "give each person their own")


def _person(raw: RawDraft) -> tuple[Person | None, tuple[Finding, ...]]:
    handle = PurePosixPath(raw.path).stem
    findings: list[Finding] = []

    def complain(key: str, what: str, cure: str) -> None:
        findings.append(Finding(raw.path, raw.lines.get(key, 1), "XP-PERSON", what, cure))

    def texts(key: str) -> tuple[str, ...]:
        value = raw.values.get(key)
        items = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if not all(isinstance(item, str) for item in items):
            complain(key, f"{key} must be a list of words", f"write {key}: [one, two]")
            return ()
        return tuple(str(item) for item in items)

    if not HANDLE.fullmatch(handle):
        complain("", f"{handle!r} is no handle", "name the file with small letters, digits and hyphens")
    name = raw.values.get("name")
    if not isinstance(name, str) or not name.strip():
        complain("name", "the person has no name", "add name: Their Name")
    for key in raw.values:
        if key not in _PERSON_KEYS:
            complain(key, f"{key} is unknown", nearest(key, _PERSON_KEYS))
    accounts = raw.values.get("accounts")
    pairs = tuple((k, str(v)) for k, v in accounts.items()) if isinstance(accounts, dict) else ()
    person = Person(
        handle=handle,
        name=str(name),
        emails=texts("emails"),
        keys=tuple(key for key in (_key(item, complain) for item in _items(raw.values.get("keys"))) if key),
        roles=texts("roles"),
        topics=texts("topics"),
        accounts=pairs,
        away_until=_away(raw.values.get("away_until"), complain),
        opt_out=raw.values.get("opt_out") is True,
        bio=raw.body.strip(),
        path=raw.path,
    )
    return (None if findings else person), tuple(findings)


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _key(item: Value, complain: _Complain) -> SigningKey | None:
    made = {"key": item} if isinstance(item, str) else item if isinstance(item, dict) else {}
    text = str(made.get("key", "")).split()
    if len(text) < 2 or "-" not in text[0]:
        complain("keys", "a key must be a public SSH key", "write - ssh-ed25519 AAAA…")
        return None
    try:
        after, before = (_moment(made.get(name)) for name in ("valid_after", "valid_before"))
    except BadMoment as wrong:
        complain("keys", wrong.what, wrong.cure)
        return None
    return SigningKey(f"{text[0]} {text[1]}", after, before, made.get("revoked") is True)


def _moment(value: Value) -> datetime | None:
    if value is None:
        return None
    text = str(value)
    return instant(text, "UTC") if len(text) > 10 else datetime.combine(day(text), time(), UTC)


def _away(value: Value, complain: _Complain) -> date | None:
    try:
        return day(str(value)) if value is not None else None
    except BadMoment as wrong:
        complain("away_until", wrong.what, wrong.cure)
        return None
