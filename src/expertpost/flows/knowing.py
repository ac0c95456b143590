"""The evidence about everybody, opened: what main and people's facts hold now, and what was scanned before."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from expertpost import __version__
from expertpost.errors import Failure
from expertpost.finder.gather import Seen, gathered, installed, topic_key
from expertpost.finder.index import FORMAT, Knowledge
from expertpost.finder.rank import Expert, Query
from expertpost.finder.words import words_of
from expertpost.flows.context import World
from expertpost.flows.here import main_of
from expertpost.model.canonical import digest_of
from expertpost.model.people import HANDLE, People
from expertpost.model.policy import credible
from expertpost.model.review import Review, fold
from expertpost.store import workspace as workspaces
from expertpost.store.events import look
from expertpost.store.log import removed
from expertpost.store.people import PEOPLE
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State, Workspace

_STATE, _GATHERED, _LEFT = "state", "gathered", "left"


@dataclass(frozen=True, slots=True)
class Someone:
    """Who is named in an answer. ``name`` is "" for a mail address that is nobody's in ``people/``.

    ``left``: ``people/`` says so, or had them once and has them no more.
    """

    id: str
    name: str = ""
    listed: bool = False
    left: bool = False
    away_until: date | None = None


@dataclass(frozen=True)
class Shelf:
    """Evidence, and the people it is about. About whoever opted out nothing is told."""

    workspace: Workspace
    state: State
    people: People
    knowledge: Knowledge
    now: datetime

    @cached_property
    def left(self) -> frozenset[str]:
        """The handles that ``people/`` had once and has no more."""
        return frozenset(self.knowledge.notes().get(_LEFT, "").split())

    @cached_property
    def _topics(self) -> dict[str, list[tuple[str, set[str]]]]:
        """First word in the singular → each topic that begins with it, and all words of that in the singular."""
        found: dict[str, list[tuple[str, set[str]]]] = {}
        for topic in self.knowledge.topics():
            first, *others = (word.removesuffix("s") for word in topic.split("-"))
            found.setdefault(first, []).append((topic, {first, *others}))
        return found

    def someone(self, person: str) -> Someone:
        """What is known of somebody whom evidence names."""
        listed = self.people.by_handle(person)
        if listed is None:
            return Someone(person, left=person in self.left)
        away = listed.away_until if listed.away_until and listed.away_until >= self.now.date() else None
        return Someone(person, listed.name, listed=True, left=listed.left is not None, away_until=away)

    def experts(self, query: Query) -> tuple[Expert, ...]:
        """Everybody with evidence for a query, the likeliest first, leavers among them."""
        return self.knowledge.experts(query, self.now)

    def query(self, text: str, topics: Iterable[str] = (), people: Iterable[str] = ()) -> Query:
        """A question: topics that are named in its words, in the singular or plural, are asked for, too."""
        words = {word.removesuffix("s") for word in words_of(text)}
        named = [topic for word in words for topic, all_ in self._topics.get(word, ()) if all_ <= words]
        asked = tuple(dict.fromkeys((*map(topic_key, topics), *sorted(named))))
        return Query(text, asked, tuple(people))


def _names(people: People) -> Callable[[str], str]:
    """Whatever evidence may call somebody → their handle, or the name itself.

    "" for who opted out, and for an account (``@name``) that is nobody's in ``people/``.
    """
    known: dict[str, str] = {}
    for person in people.listed:
        accounts = (f"@{account.removeprefix('@')}" for _, account in person.accounts)
        for name in (*accounts, person.name, *person.emails, person.handle):
            known[name.casefold()] = "" if person.opt_out else person.handle
    return lambda name: known.get(name.casefold(), "" if name.startswith("@") else name)


@contextlib.contextmanager
def shelf(world: World) -> Iterator[Shelf]:
    """The evidence as of what this repository knows of the shared branches; nothing is fetched.

    Raises Failure, among others XP-EXPERTS-INDEX, XP-PLUGIN-TWICE and XP-PLUGIN-BROKEN.
    """
    workspace = workspaces.find(world.here, world.env)
    main = main_of(workspace)
    state = workspace.at(main) if main else workspace.here
    _ = state.config
    people = state.listed[0]
    knowledge = Knowledge(_file(workspace), _names(people))
    try:
        opened = Shelf(workspace, state, people, knowledge, world.now())
        _refresh(opened, main)
        yield opened
    finally:
        knowledge.close()


@contextlib.contextmanager
def as_gathered(workspace: Workspace, state: State, now: datetime) -> Iterator[Shelf | None]:
    """The evidence as it was last gathered, however long ago; None where it never was, or cannot be read.

    Nothing is gathered here: who only wants to be quick takes what is there. The people are those of ``state``.
    """
    file, people = _file(workspace), state.listed[0]
    try:
        knowledge = Knowledge(file, _names(people)) if file.is_file() else None
        known = knowledge is not None and bool(knowledge.notes().get(_STATE))
    except Failure:
        knowledge, known = None, False
    try:
        yield Shelf(workspace, state, people, knowledge, now) if knowledge and known else None
    finally:
        if knowledge:
            knowledge.close()


def _file(workspace: Workspace) -> Path:
    return workspace.git.git_dir() / "expertpost" / "experts.sqlite"


def _refresh(opened: Shelf, main: str | None) -> None:
    """Gather anew where anything that evidence comes from has changed since, or a day has passed."""
    hub, knowledge = opened.workspace.hub, opened.knowledge
    tip = hub.tip(hub.branches.reviews) or ""
    gathers = installed()
    stamp = digest_of(
        [__version__, FORMAT, main or "", tip, opened.now.date().isoformat(), [name for name, _ in gathers]]
    )
    notes = knowledge.notes()
    if main and notes.get(_STATE) == stamp:
        return
    seen = Seen(tuple(opened.state.pieces()), opened.people, _reviews(opened), opened.now)
    for name, gather in gathers:
        knowledge.renew(name, gathered(name, gather, seen))
    names = [name for name, _ in gathers]
    for gone in {*notes.get(_GATHERED, "").split()}.difference(names):
        knowledge.renew(gone, ())
    knowledge.write_note(_GATHERED, " ".join(names))
    knowledge.write_note(_LEFT, " ".join(_leavers(opened, main)) if main else "")
    knowledge.write_note(_STATE, stamp)


def _leavers(opened: Shelf, main: str) -> list[str]:
    """The handles whose entries main's history took away and main does not have."""
    once = {path.rpartition("/")[2].removesuffix(".md") for path in removed(opened.workspace.git, main, PEOPLE)}
    return sorted(name for name in once if HANDLE.fullmatch(name) and not opened.people.by_handle(name))


def _reviews(opened: Shelf) -> dict[str, Review]:
    workspace, config = opened.workspace, opened.state.config
    events = look(workspace.hub, opened.people, seen_on(workspace.hub, opened.now), config.id).events
    return {piece: credible(config, opened.people, review) for piece, review in fold(events).items()}


def someone_meant(opened: Shelf, name: str) -> str:
    """The person whom a handle, full name or mail address means. Raises Failure XP-EXPERTS-NOBODY."""
    from expertpost.errors import Exit
    from expertpost.model.draft import nearest

    known = opened.knowledge.people() | {person.handle for person in opened.people.listed}
    found = opened.people.handle_of(name) or name.casefold()
    if found not in known:
        cure = nearest(name, {*known, *(person.name for person in opened.people.listed)})
        raise Failure("XP-EXPERTS-NOBODY", f"nothing is known of {name[:80]!r}", cure, exit_code=Exit.USAGE)
    return found
