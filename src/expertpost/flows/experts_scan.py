"""``experts scan``: what the histories of repositories, and documents with an author, tell about who knows what.

What was read is kept in the index only, so it can be deleted and scanned again; nothing is written to the repositories.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.finder.commits import of_commits, of_owners
from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.gather import topic_key
from expertpost.flows.context import World
from expertpost.flows.knowing import Shelf, shelf
from expertpost.model.canonical import digest_of
from expertpost.model.commit import Commit
from expertpost.model.draft import Value
from expertpost.model.moment import BadMoment, day
from expertpost.store.files import Unreadable, WorkFiles
from expertpost.store.log import commits, owners, repository, stamp
from expertpost.store.pieces import read_raw

MOST = 50_000
"""So many commits of a repository, the newest, are read."""
_DOCUMENTS = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was read of one repository or folder. ``new``: works that were not known; ``more``: older ones were left."""

    place: str
    new: int
    more: bool = False


def scan(world: World, repos: Iterable[str], folders: Iterable[str] = ()) -> tuple[Scanned, ...]:
    """Read histories (only what is new since the last time) and documents. Raises Failure XP-EXPERTS-REPO."""
    with shelf(world) as opened:
        places = [(world.here / name).resolve() for name in repos]
        found = [_history(world, opened, place) for place in places]
        found += [_documents(opened, (world.here / name).resolve()) for name in folders]
        if not found:
            what, cure = "nothing was named", "name clones (experts scan ../pumps), or documents: --from FOLDER"
            raise Failure("XP-EXPERTS-REPO", what, cure, exit_code=Exit.USAGE)
        return tuple(found)


def _history(world: World, opened: Shelf, place: Path) -> Scanned:
    git = repository(place, world.env)
    tip = git.commit_of("HEAD")
    if tip is None:
        return Scanned(str(place), 0)
    knowledge, note, origin = opened.knowledge, f"scan {place}", f"git {place}"
    topics = opened.knowledge.topics()
    read_as = digest_of([stamp(git, tip), *sorted(topics)])
    known, _, before = knowledge.notes().get(note, "").partition(" ")
    since = before if known == read_as and before and git.is_ancestor(before, tip) else ""
    if since == tip:
        return Scanned(str(place), 0)
    count = _Counted(commits(git, tip, world.entropy(16).hex(), seen=since, most=MOST))
    knowledge.write_note(note, "")
    found = of_commits(place.name, count, topics)
    (knowledge.add if since else knowledge.renew)(origin, found)
    at = count.newest or opened.now
    rules = of_owners(place.name, owners(git, tip), at, topics)
    knowledge.renew(f"owners {place}", rules)
    knowledge.write_note(note, f"{read_as} {tip}")
    return Scanned(str(place), count.seen, count.seen >= MOST)


class _Counted:
    """Commits on their way, counted."""

    def __init__(self, found: Iterator[Commit]) -> None:
        self._found = found
        self.seen = 0
        self.newest: datetime | None = None

    def __iter__(self) -> Iterator[Commit]:
        for commit in self._found:
            self.seen += 1
            self.newest = self.newest or commit.at
            yield commit


def _documents(opened: Shelf, folder: Path) -> Scanned:
    """Markdown below a folder whose front matter names an author; links are not followed."""
    if not folder.is_dir():
        what, cure = "there is no such folder", "name a folder with Markdown files: --from FOLDER"
        raise Failure("XP-EXPERTS-REPO", what, cure, where=str(folder), exit_code=Exit.USAGE)
    found = [one for path, content in _texts(folder) for one in _of_document(opened, folder, path, content)]
    opened.knowledge.renew(f"documents {folder}", found)
    opened.knowledge.write_note(f"scan {folder}", "documents")
    return Scanned(str(folder), len({one.source for one in found}))


def _texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    files = WorkFiles(folder)
    entries = [entry for entry in files.below("") if entry.path.endswith(_DOCUMENTS) and "/." not in f"/{entry.path}"]
    for entry, content in zip(entries, files.read_all(entries), strict=True):
        if not isinstance(content, Unreadable):
            yield entry.path, content


def _of_document(opened: Shelf, folder: Path, path: str, content: bytes) -> Iterator[Evidence]:
    raw, _ = read_raw(path, content)
    if raw is None:
        return
    authors = _names(raw.values.get("authors") or raw.values.get("author"))
    topics = tuple(sorted(map(topic_key, _names(raw.values.get("topics") or raw.values.get("tags")))))
    title, summary = (" ".join(_names(raw.values.get(key))[:1]) for key in ("title", "summary"))
    at = _dated(raw.values.get("date") or raw.values.get("publish_at"), folder / path)
    for author in dict.fromkeys(authors):
        text = f"{title or path}\n{summary}\n\n{raw.body}"
        yield Evidence(
            author.casefold(), text, topics, min(at, opened.now), 1, f"document {folder.name}/{path}", Part.WROTE
        )


def _names(value: Value) -> list[str]:
    """The texts in a value of somebody else's front matter, each on one line."""
    items = value if isinstance(value, list) else [value]
    return [" ".join(item.split()) for item in items if isinstance(item, str) and item.strip()]


def _dated(value: Value, file: Path) -> datetime:
    """The day that a document gives itself, else when the file was last changed."""
    with suppress(BadMoment):
        return datetime.combine(day(str(value)[:10]), time(), UTC)
    return datetime.fromtimestamp(file.lstat().st_mtime, UTC)
