"""``experts``: who knows, what is said about one person and why, and where knowledge is thin."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.gather import topic_key
from expertpost.finder.rank import MODEL, Expert, Query, Reason, rank
from expertpost.flows.context import World
from expertpost.flows.knowing import Shelf, Someone, shelf, someone_meant
from expertpost.flows.questions import UNANSWERED, Matter, Stand, board
from expertpost.model.audience import COLLEAGUES
from expertpost.model.draft import nearest
from expertpost.store.witness import seen_on

FEW = 5
"""People that are named unless more are asked for."""
_BUSY_DAYS = 30
_ALONE = 0.8
"""Who holds so much of what counts on a topic holds it alone."""
_WROTE = frozenset({Part.WROTE, Part.ANSWERED})


@dataclass(frozen=True, slots=True)
class Known:
    """One likely expert. ``recent``: pieces they reviewed or answered in the last 30 days: the load they bear."""

    who: Someone
    expert: Expert
    recent: int


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question: who is likely to know, and of whom else the evidence speaks but who has left.

    ``notes``: topics that were asked for and that nothing is about.
    """

    query: Query
    experts: tuple[Known, ...]
    left: tuple[Someone, ...]
    scanned: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's part in a topic: how much of what counts today is theirs (0 to 1), and what it is."""

    topic: str
    share: float
    works: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is said about one person: by topic, the most first, and the newest work on no topic."""

    who: Someone
    topics: tuple[Standing, ...]
    other: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A topic where knowledge is thin. ``people``: who has a part in it today, the most first."""

    topic: str
    people: tuple[Someone, ...]
    newest: datetime
    works: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Gaps:
    """Topics worked on or asked about with no piece; known to one person only; with nothing new for two half-lives.

    ``leaving``: what goes with the person named, with those who know most of it after them. ``unanswered``: questions
    of colleagues that are late, or that nobody was found for.
    """

    unwritten: tuple[Gap, ...]
    alone: tuple[Gap, ...]
    stale: tuple[Gap, ...]
    leaving: tuple[Gap, ...] = ()
    unanswered: tuple[Matter, ...] = ()


def find(world: World, text: str, topics: Collection[str] = (), people: int = FEW) -> Found:
    """Who is likely to know, ``people`` of them; the person who asks is no answer. Raises Failure."""
    with shelf(world) as opened:
        query = opened.query(text, topics, _asking(opened))
        experts = opened.experts(query)
        here = [each for each in experts if not opened.someone(each.person).left]
        found = tuple(
            Known(opened.someone(each.person), each, _recent(opened, each.person)) for each in here[: max(people, 1)]
        )
        gone = tuple(opened.someone(each.person) for each in experts[:FEW] if each not in here)
        return Found(query, found, gone, _scanned(opened), _unknown(opened, topics))


def _unknown(opened: Shelf, topics: Iterable[str]) -> tuple[str, ...]:
    """Sentences about topics that nothing is about, each with the nearest one that something is."""
    known = opened.knowledge.topics()
    unknown = (topic for topic in topics if topic_key(topic) not in known)
    return tuple(f"nothing is about {topic[:60]!r}: {nearest(topic_key(topic), known)}" for topic in unknown)


def _asking(opened: Shelf) -> tuple[str, ...]:
    mail = opened.workspace.git.config("user.email") or ""
    return (opened.people.handle_of(mail) or mail.casefold(),) if mail else ()


def _recent(opened: Shelf, person: str) -> int:
    since = opened.now - timedelta(days=_BUSY_DAYS)
    borne = (Part.REVIEWED, Part.APPROVED, Part.ANSWERED)
    return len({one.source for one in opened.knowledge.of(person) if one.part in borne and one.at >= since})


def _scanned(opened: Shelf) -> tuple[str, ...]:
    return tuple(name.removeprefix("scan ") for name in opened.knowledge.notes() if name.startswith("scan "))


def show(world: World, name: str = "") -> Shown:
    """All that is said about a person, or about the one who asks. Raises Failure XP-EXPERTS-NOBODY."""
    with shelf(world) as opened:
        person = someone_meant(opened, name or opened.workspace.git.identity().email)
        works = opened.knowledge.of(person)
        topics = sorted({topic for one in works for topic in one.topics})
        standings = [
            Standing(topic, _shares(opened, topic).get(person, 0), tuple(one for one in works if topic in one.topics))
            for topic in topics
        ]
        ordered = tuple(sorted(standings, key=lambda each: (-each.share, each.topic)))
        return Shown(opened.someone(person), ordered, tuple(one for one in works if not one.topics))


def _shares(opened: Shelf, topic: str) -> dict[str, float]:
    """Person → their fraction of what counts on a topic today; the most first, those who left last."""
    found = rank(Query(topics=(topic,)), opened.knowledge.on(topic), opened.now)
    here = [each for each in found if not opened.someone(each.person).left]
    total = sum(each.score**2 for each in here) or 1
    return {each.person: each.score**2 / total for each in here}


def gaps(world: World, without: str = "") -> Gaps:
    """Where knowledge is thin, and what would go with one person. Raises Failure XP-EXPERTS-NOBODY."""
    with shelf(world) as opened:
        leaving = someone_meant(opened, without) if without else ""
        found: dict[str, list[Gap]] = defaultdict(list)
        for topic in sorted(opened.knowledge.topics()):
            for kind, gap in _thin(opened, topic, opened.knowledge.on(topic), leaving):
                found[kind].append(gap)
        open_ = _open(opened)
        found["unwritten"] = sorted((*found["unwritten"], *_asked_about(opened, open_)), key=lambda gap: gap.topic)
        nobody = (each for each in open_ if each.stand is Stand.LATE or not each.question.asked)
        unwritten, alone, stale, gone = (tuple(found[kind]) for kind in ("unwritten", "alone", "stale", "leaving"))
        return Gaps(unwritten, alone, stale, gone, tuple(nobody))


def _open(opened: Shelf) -> tuple[Matter, ...]:
    """The unanswered questions that every colleague may read: what is thin is told to all of them."""
    hub = opened.workspace.hub
    asked = board(hub, opened.state, seen_on(hub, opened.now)).readable((COLLEAGUES,))
    return tuple(each for each in asked if each.stand in UNANSWERED)


def _asked_about(opened: Shelf, open_: Iterable[Matter]) -> list[Gap]:
    """Topics that are asked about and that nobody ever worked on."""
    newest = {topic_key(topic): each.question.at for each in open_ for topic in each.question.topics}
    known = opened.knowledge.topics()
    return [Gap(topic, (), at) for topic, at in newest.items() if topic not in known]


def _thin(opened: Shelf, topic: str, works: tuple[Evidence, ...], leaving: str) -> list[tuple[str, Gap]]:
    """In which ways knowledge on a topic is thin."""
    done = [one for one in works if one.part is not Part.SAYS] or list(works)
    if not done:
        return []
    shares = _shares(opened, topic)
    newest = max(one.at for one in done)
    gap = Gap(topic, tuple(opened.someone(person) for person in shares)[:3], newest)
    kinds: list[tuple[str, Gap]] = []
    if not any(one.part in _WROTE for one in works):
        kinds.append(("unwritten", gap))
    if max(shares.values(), default=1) >= _ALONE:
        # Others may have a little part in it: to name them would say that there is more than one.
        kinds.append(("alone", replace(gap, people=gap.people[:1])))
    if opened.now - newest > timedelta(days=2 * MODEL.half_life):
        kinds.append(("stale", gap))
    if leaving and shares.get(leaving, 0) >= 1 - _ALONE:
        theirs = tuple(one for one in works if one.person == leaving)
        others = tuple(opened.someone(person) for person in shares if person != leaving)[:3]
        kinds.append(("leaving", Gap(topic, others, newest, theirs)))
    return kinds


__all__ = [
    "Evidence",
    "Expert",
    "Found",
    "Gap",
    "Gaps",
    "Known",
    "Reason",
    "Shown",
    "Standing",
    "find",
    "gaps",
    "show",
]
