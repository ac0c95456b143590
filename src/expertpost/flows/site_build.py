"""One build of one site: what the last build noted, what is new since, and what has to be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

import expertpost
from expertpost.flows.context import World
from expertpost.flows.shares import Team, team, workers_for
from expertpost.flows.showing import said, touched
from expertpost.flows.site_beside import WITHOUT_SEARCH, open_questions, profiles, search_files, stale_slugs
from expertpost.flows.site_worker import Job, Share, Worker
from expertpost.model.audience import PUBLIC
from expertpost.model.canonical import blob_id, digest_of
from expertpost.model.channel import Site
from expertpost.store import templates
from expertpost.store.events import ADOPTED
from expertpost.store.output import Notes, Output, taken
from expertpost.store.pieces import Listing, listing
from expertpost.store.tree import Entry
from expertpost.store.workspace import State, Workspace
from expertpost.web import site as made
from expertpost.web.cards import Card
from expertpost.web.finding import is_installed
from expertpost.web.links import files_of
from expertpost.web.lists import ON_HOME, Extra, ListPage, Profile, differs, grave, plan
from expertpost.web.notes import Difference, Last, notes_of, read_notes
from expertpost.web.pages import Face, Pages
from expertpost.web.press import Order
from expertpost.web.rows import Row, chosen
from expertpost.web.standing import Facts

WORTH_A_WORKER = 400
"""Texts for which starting one more worker pays."""
_FEW = 200
_CODE = ("model", "render", "web")


@dataclass(frozen=True, slots=True)
class Away:
    """A piece that the site does not show: ``why`` is a stable word, ``says`` a sentence."""

    path: str
    why: str
    says: str


@dataclass(frozen=True, slots=True)
class Built:
    """One built site. ``pages``: the pieces it shows; ``changed``: files written; ``removed``: files taken away.

    ``notes``: what it lacks, a sentence each.
    """

    site: str
    folder: Path
    commit: str
    pages: int
    changed: int
    removed: int
    away: tuple[Away, ...]
    notes: tuple[str, ...] = ()


class SiteBuild:
    """Builds ``site`` from ``state`` into ``folder``, as of the instant ``at``."""

    def __init__(
        self, world: World, workspace: Workspace, state: State, site: Site, folder: Path, at: datetime, draft: bool
    ) -> None:
        self._tell = world.tell
        self._workspace = workspace
        self._hub = workspace.hub
        self._state = state
        self._site = site
        self._instant = at
        self._at = int(at.timestamp())
        self._draft = draft
        self._folder = folder.absolute()
        self._output = Output(self._folder)
        self._theme = {file.name: file.read_bytes() for file in sorted((templates.folder() / "site").iterdir())}
        public = not draft and state.config.audiences.may_read((PUBLIC,), site.readers)
        style = made.style_digest(self._theme[made.STYLE])
        self._indexed = ""
        self._searched = site.search and not draft and is_installed()
        title = site.title or state.config.name
        face = Face(title, site.base_url, public, draft, style, self._searched, site.ask)
        self._order = Order(
            state.config, state.people, site, face, templates.folder() / "site", judged=draft, at=self._at
        )
        self._job = Job(workspace.root, world.env, state.commit, self._order, self._folder)
        self._key = self._settings_key()
        self._reviews = "" if draft else self._hub.tip(self._hub.branches.reviews) or ""
        place = digest_of(str(self._folder))[:16]
        self._notes = Notes(workspace.git.git_dir() / "expertpost" / "sites" / f"{site.name}-{place}.json")

    def run(self) -> Built:
        """Read what is new, judge it, and write what differs."""
        self._claim()
        self._there = self._output.files(*made.FOLDERS)
        last = self._last()
        self._asked = {} if self._draft else open_questions(self._workspace, self._state, self._site, self._instant)
        sorted_out = listing(self._state.files)
        keys = {entry.path: _key(entry, sorted_out) for entry in sorted_out.texts}
        rows = self._kept(last, keys)
        unread = (keys.keys() - rows.keys()) | self._unprinted(rows)
        texts = [(entry, keys[entry.path]) for entry in sorted_out.texts if entry.path in unread]
        self._tell(f"{self._site.name}: {len(texts):,} of {len(keys):,} texts are new")
        with team(partial(Worker, self._job), workers_for(len(texts), WORTH_A_WORKER)) as workers:
            rows |= self._read(workers, texts, sorted_out)
            now = chosen(rows, self._at)
            printed = workers.begin(Worker.print, [now.slugs] * len(workers))
            found = Difference(last, rows, now, frozenset(unread), self._at)
            files, changed = self._other_files(found, sorted_out)
            changed += found.note(printed())
        changed += self._reprint(found, sorted_out)
        if self._searched:
            # What a build that was killed left behind may still hold what is no longer shown.
            self._indexed = digest_of([self._key, sorted([card.path, card.digest] for card in now.cards)])
            files |= search_files(self._output, now.cards, anew=self._indexed != last.indexed)
        removed = self._output.remove(sorted(path for path in self._there - files if made.is_ours(path)))
        self._save(found, files)
        away = tuple(Away(*each) for each in now.away)
        notes = (WITHOUT_SEARCH,) if self._site.search and not self._draft and not self._searched else ()
        return Built(self._site.name, self._folder, self._state.commit, len(now.cards), changed, removed, away, notes)

    def _claim(self) -> None:
        """Make sure that the folder holds this site or nothing. Raises Failure XP-SITE-FOLDER.

        What another site, or a draft, left there would be shown to readers it was not meant for.
        """
        left = self._output.claim(made.MANIFEST)
        if left is not None and not made.is_same(left, self._state.config.id, self._site.name, draft=self._draft):
            raise taken(self._folder, "the folder holds another site, or a draft")

    def _settings_key(self) -> str:
        """What every page depends on: settings, people, theme, and the code that makes pages."""
        package = Path(expertpost.__file__).parent
        code = [
            f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}"
            for room in _CODE
            for file in sorted((package / room).rglob("*.py"))
        ]
        return digest_of(
            {
                "version": expertpost.__version__,
                "code": code,
                "settings": repr((self._state.config, self._state.people)),
                "site": self._site.name,
                "search": self._searched,
                "theme": {name: blob_id(content) for name, content in self._theme.items()},
            }
        )

    def _last(self) -> Last:
        """What the last build noted. A draft is built anew each time: files that nobody committed have no ids."""
        return Last() if self._draft else read_notes(self._notes.load(), self._key)

    def _kept(self, last: Last, keys: Mapping[str, str]) -> dict[str, Row]:
        """The rows that still hold: the same text, and nobody said anything new about it."""
        news = touched(self._hub, last.reviews, self._reviews)
        if news is None:
            return {}
        adopted = ADOPTED in news
        return {
            path: row
            for path, row in last.rows.items()
            if keys.get(path) == row.key and row.id not in news and not (adopted and row.why)
        }

    def _unprinted(self, rows: Mapping[str, Row]) -> frozenset[str]:
        """Of the rows that hold, those with a page or file that ought to be there now and is not."""
        return frozenset(
            path
            for path, row in rows.items()
            if row.card and row.due <= self._at and not self._there.issuperset(files_of(row.card))
        )

    def _read(self, workers: Team[Worker], texts: Sequence[tuple[Entry, str]], sorted_out: Listing) -> dict[str, Row]:
        shares = [Share(tuple(some), sorted_out) for some in workers.shared(texts)]
        ids = frozenset[str]().union(*workers.each(Worker.take, shares))
        known = Facts()
        if ids and not self._draft:
            config, people = self._state.config, self._state.people
            known = Facts(*said(self._hub, config, people, self._instant, ids if len(ids) <= _FEW else None))
        return {path: row for rows in workers.each(Worker.judge, [known] * len(workers)) for path, row in rows.items()}

    def _judged_worker(self, paths: frozenset[str], sorted_out: Listing, rows: Mapping[str, Row]) -> Worker:
        """A worker with pieces of which the site is known to show them, as ``rows`` have them."""
        worker = Worker(self._job._replace(order=self._order.known()))
        worker.take(Share(tuple((entry, "") for entry in sorted_out.texts if entry.path in paths), sorted_out))
        worker.press.judge(Facts(), rows)
        return worker

    def _reprint(self, found: Difference, sorted_out: Listing) -> int:
        """Write pages anew because what they link to came, went or moved, or because their day has come."""
        paths = found.relinked | found.aged
        if not paths:
            return 0
        return found.note([self._judged_worker(paths, sorted_out, found.rows).print(found.now.slugs)])

    def _other_files(self, found: Difference, sorted_out: Listing) -> tuple[frozenset[str], int]:
        """Write everything that is no page of a piece; every path of the site, and how many files changed."""
        face, cards = self._order.face, found.now.cards
        contents = made.Contents(self._state.config.id, self._site.name, self._state.commit, cards)
        lists, changed = self._lists(found)
        machine = dict(made.machine_files(face, contents, lists))
        scripts = (made.SCRIPT,) if self._searched else ()
        machine |= {name: self._theme[name] for name in (made.STYLE, made.ICON, *scripts)}
        if not self._draft and (found.has_news or not self._there.issuperset(made.FEEDS)):
            machine |= made.feeds(face, contents, self._texts(cards[:ON_HOME], found, sorted_out))
        changed += sum(self._output.write(path, content) for path, content in machine.items())
        graves = {page.path: page for slug, day in found.now.graves.items() for page in (grave(slug, day),)}
        pages = Pages(face, self._order.templates)
        changed += sum(self._output.write(path, pages.list(page).encode()) for path, page in graves.items())
        files = {path for card in cards for path in files_of(card)} | lists | machine.keys() | graves.keys()
        return frozenset(files if self._draft else files | {*made.FEEDS}), changed

    def _lists(self, found: Difference) -> tuple[frozenset[str], int]:
        """Write the pages that list pieces where they look otherwise; all their paths, and how many changed."""
        asked = self._asked_key
        news = found.relisted or found.aged or asked != found.last.asked
        if found.last.lists and found.last.lists <= self._there and not news:
            return found.last.lists, 0
        listed = self._plan(found.now.cards, found.rows, self._at)
        old = self._plan(found.before.cards, found.last.rows, found.last.at) if found.before.cards else {}
        if asked != found.last.asked:
            old = {path: page for path, page in old.items() if page.kind != "topic"}
        pages = Pages(self._order.face, self._order.templates)
        wanted = [page for path, page in listed.items() if path not in self._there or differs(old.get(path), page)]
        changed = sum(self._output.write(page.path, pages.list(page).encode("utf-8", "replace")) for page in wanted)
        return frozenset(listed), changed

    def _plan(self, cards: Sequence[Card], rows: Mapping[str, Row], at: int) -> dict[str, ListPage]:
        """Every list, as of an instant in Unix seconds."""
        extra = Extra(self._asked, stale_slugs(rows, at), self._searched)
        return plan(cards, self._profiles, self._order.face.title, extra)

    @property
    def _asked_key(self) -> str:
        return digest_of({topic: list(texts) for topic, texts in self._asked.items()})

    @cached_property
    def _profiles(self) -> Mapping[str, Profile]:
        return profiles(self._state, self._site)

    def _texts(self, cards: Sequence[Card], found: Difference, sorted_out: Listing) -> list[str]:
        """The whole texts of some pieces, for the feeds."""
        slugs = {card.slug for card in cards}
        paths = frozenset(path for path, slug in found.now.slugs.items() if slug in slugs)
        base = f"{self._site.base_url}pieces/"
        texts = self._judged_worker(paths, sorted_out, found.rows).press.texts(found.now.slugs, base)
        return [texts[card.slug] for card in cards]

    def _save(self, found: Difference, files: frozenset[str]) -> None:
        """Note what the next build need not find out again."""
        if not self._draft:
            lists = frozenset(path for path in files if path.endswith(".html") and not path.startswith("pieces/"))
            lines, add = notes_of(found, self._key, self._reviews, lists, self._asked_key, self._indexed)
            self._notes.save(lines, add=add)


def _key(entry: Entry, sorted_out: Listing) -> str:
    """What tells a text and the files beside it apart from others."""
    folder, _, name = entry.path.rpartition("/")
    beside = sorted_out.assets.get(folder, ()) if name == "index.md" else ()
    return digest_of([entry.blob, *([asset.path, asset.blob] for asset in beside)]) if beside else entry.blob
