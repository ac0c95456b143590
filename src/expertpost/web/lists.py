"""Which pages a site has beside its pieces, and what stands on each: planned as values before anything is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from expertpost.model.piece import Kind
from expertpost.web.cards import Card, slug_of

PER_PAGE = 50
"""Pieces on a page of a list. The newest page holds up to twice as many, so that older ones never change."""
SEARCH = "search.html"
"""The page to search a site with."""
MISSING = "404.html"
"""The page that servers show for what is not there."""
ON_HOME = 20
"""Pieces on the first page of a site, and in its feeds."""


@dataclass(frozen=True, slots=True)
class Name:
    """An entry of an index: a topic or a person, its page below the root, and how many pieces it leads to."""

    says: str
    path: str
    count: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody says of themselves. ``bio`` is Markdown that the site's readers may read, as are ``topics``."""

    bio: str = ""
    name: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """What a site tells beside its pieces. ``questions``: slug of a topic → what was asked and has no answer yet.

    ``stale``: the slugs of the pieces that somebody should look at again. ``search``: there is a page to search with.
    """

    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    search: bool = False


NOTHING_MORE = Extra()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page that lists pieces or names. ``kind`` chooses its template; ``newer`` and ``older`` are paths or "".

    ``names``: of an index its entries, of a topic who knows it, of a person what they know; "" for a path where there
    is no page. ``stale``: how many of the pieces are to be looked at again; ``answers``: how many answer a question.
    """

    path: str
    kind: str
    title: str
    cards: tuple[Card, ...] = ()
    names: tuple[Name, ...] = ()
    count: int = 0
    newer: str = ""
    older: str = ""
    bio: str = ""
    questions: tuple[str, ...] = ()
    stale: int = 0
    answers: int = 0


@dataclass(slots=True)
class _Groups:
    """The cards of each topic and each author, newest first."""

    topics: dict[str, list[Card]] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)
    people: dict[str, list[Card]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def grave(slug: str, day: str) -> ListPage:
    """The page that stands where a piece was taken back, on a day (ISO 8601): it tells nothing of what stood there."""
    return ListPage(path=f"pieces/{slug}.html", kind="gone", title=f"Withdrawn on {day}")


def plan(
    cards: Sequence[Card], profiles: Mapping[str, Profile], title: str, extra: Extra = NOTHING_MORE
) -> dict[str, ListPage]:
    """Every page but those of the pieces, by path. ``cards`` are newest first; ``profiles`` by the person's slug."""
    groups = _grouped(cards)
    topics = _index("topics", {slug: (groups.says[slug], len(found)) for slug, found in groups.topics.items()})
    people = _index("people", {slug: (groups.names[slug], len(found)) for slug, found in groups.people.items()})
    pages = [
        ListPage(
            path="index.html",
            kind="home",
            title=title,
            cards=tuple(cards[:ON_HOME]),
            names=tuple(sorted(topics, key=lambda name: (-name.count, name.says))[:12]),
            count=len(cards),
        ),
        *_paged("archive.html", "archive", "All pieces", cards),
        ListPage(path="topics.html", kind="names", title="Topics", names=topics),
        ListPage(path="people.html", kind="names", title="People", names=people),
        ListPage(path=MISSING, kind="missing", title="Not found"),
    ]
    if extra.search:
        pages.append(ListPage(path=SEARCH, kind="search", title="Search"))
    for slug, found in groups.topics.items():
        pages += _paged(
            f"topics/{slug}.html", "topic", groups.says[slug], found, _of_topic(slug, groups, profiles, extra)
        )
    for slug, found in groups.people.items():
        pages += _paged(f"people/{slug}.html", "person", groups.names[slug], found, _of_person(slug, groups, profiles))
    return {page.path: page for page in pages}


def _of_topic(slug: str, groups: _Groups, profiles: Mapping[str, Profile], extra: Extra) -> ListPage:
    """What the first page of a topic tells beside its pieces: who wrote on it, the newest first, then who says so."""
    found = groups.topics[slug]
    wrote = Counter(author for card in found for _, author in card.authors if author)
    names = [Name(groups.names[author], f"people/{author}.html", count) for author, count in wrote.items()]
    say = sorted(who for who, each in profiles.items() if who not in wrote and slug in map(slug_of, each.topics))
    names += (Name(profiles[who].name, f"people/{who}.html" if who in groups.people else "", 0) for who in say)
    stale = sum(card.slug in extra.stale for card in found)
    questions = extra.questions.get(slug, ())
    return ListPage(path="", kind="", title="", names=tuple(names), questions=questions, stale=stale)


def _of_person(slug: str, groups: _Groups, profiles: Mapping[str, Profile]) -> ListPage:
    """What the first page of a person tells beside their pieces: their topics, the newest first, and answers."""
    found = groups.people[slug]
    wrote = Counter(topic for card in found for topic in dict.fromkeys(map(slug_of, card.topics)))
    names = [Name(groups.says[topic], f"topics/{topic}.html", count) for topic, count in wrote.items()]
    profile = profiles.get(slug, Profile())
    for topic in profile.topics:
        at = slug_of(topic)
        if at not in wrote:
            names.append(Name(groups.says.get(at, topic), f"topics/{at}.html" if at in groups.topics else "", 0))
    answers = sum(card.kind == Kind.ANSWER for card in found)
    return ListPage(path="", kind="", title="", names=tuple(names), bio=profile.bio, answers=answers)


def _grouped(cards: Sequence[Card]) -> _Groups:
    """Topics whose addresses would be the same are one; it is called by the spelling that sorts first."""
    groups = _Groups()
    for one in cards:
        for topic in one.topics:
            slug = slug_of(topic)
            found = groups.topics.setdefault(slug, [])
            if not found or found[-1] is not one:
                found.append(one)
            groups.says[slug] = min(groups.says.get(slug, topic), topic)
        for name, slug in one.authors:
            if slug:
                groups.people.setdefault(slug, []).append(one)
                groups.names[slug] = name
    return groups


def _index(folder: str, found: Mapping[str, tuple[str, int]]) -> tuple[Name, ...]:
    names = (Name(says, f"{folder}/{slug}.html", count) for slug, (says, count) in found.items())
    return tuple(sorted(names, key=lambda name: (name.says.casefold(), name.path)))


def _paged(path: str, kind: str, title: str, cards: Sequence[Card], beside: ListPage | None = None) -> list[ListPage]:
    """A list in pages numbered from the oldest, so that a new piece changes the newest page only.

    ``beside``: what the newest page tells beside the pieces.
    """
    full = max(0, len(cards) // PER_PAGE - 1)
    folder = path.removesuffix(".html")
    paths = [*(f"{folder}/{number}.html" for number in range(1, full + 1)), path]
    pages = []
    for place, here in enumerate(paths):
        behind = len(cards) - place * PER_PAGE
        before = 0 if here == path else behind - PER_PAGE
        first = beside if here == path and beside else ListPage(path="", kind="", title="")
        pages.append(
            replace(
                first,
                path=here,
                kind=kind,
                title=title,
                cards=tuple(cards[before:behind]),
                count=len(cards) if here == path else 0,
                newer=paths[place + 1] if place + 1 < len(paths) else "",
                older=paths[place - 1] if place else "",
            )
        )
    return pages


def differs(old: ListPage | None, new: ListPage) -> bool:
    """Whether a page of a list shows something else than before."""
    if old is None or replace(old, cards=()) != replace(new, cards=()):
        return True
    return [card.listed() for card in old.cards] != [card.listed() for card in new.cards]
