"""Whom ``submit`` asks to review a piece: entitled, close to its topics, free to do it, each with the reason."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.gather import topic_key
from expertpost.finder.rank import Expert, Query, Signal, rank
from expertpost.flows.asked import asked_of, places_of
from expertpost.flows.desk import Desk
from expertpost.flows.knowing import as_gathered
from expertpost.flows.proposals import open_proposals, subjects
from expertpost.model.draft import nearest
from expertpost.model.event import EventKind
from expertpost.model.identity import ID, moment_of
from expertpost.model.people import Person
from expertpost.model.piece import Piece
from expertpost.model.review import Review
from expertpost.model.rules import facts_of, is_contributor, rule_for, takes
from expertpost.store.index import Text

MAX_OPEN = 5
"""Who is asked for so many open reviews is not asked for another one by itself."""
_RECENT = 50
"""So many of the pieces about a topic are looked at for who reviewed them, the newest."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Somebody who is asked to review, and why, in words."""

    handle: str
    name: str
    why: str


def propose(
    desk: Desk, piece: Piece, review: Review, contributors: Iterable[str], named: Iterable[str]
) -> tuple[Proposed, ...]:
    """The people to ask: those ``named``, else those asked before, and as many more as the policy wants approvals.

    Raises Failure XP-REVIEWER for a name that cannot be asked.
    """
    hands = frozenset(contributors)
    wanted = tuple(dict.fromkeys(named))
    if wanted:
        return tuple(_named(desk, piece, hands, handle) for handle in wanted)
    free = _free(desk, piece, hands)
    if not free:
        return ()
    before = review.submitted.reviewers if review.submitted else ()
    chosen = {handle: Proposed(handle, free[handle].name, "asked before") for handle in before if handle in free}
    ranked = _ranked(desk, piece, hands, free)
    for place in places_of(desk, piece):
        rule = rule_for(desk.config, facts_of(piece), place, desk.people)
        fit = {handle for handle, person in free.items() if takes(rule, person, piece.front.topics)}
        missing = rule.approvals - len(fit & chosen.keys())
        fitting = [each for each in ranked if each.handle in fit and each.handle not in chosen]
        chosen |= {each.handle: each for each in fitting[: max(0, missing)]}
    return tuple(chosen.values())


def _named(desk: Desk, piece: Piece, hands: frozenset[str], handle: str) -> Proposed:
    """The person of this handle, who may be busy or away: somebody named them. Raises Failure."""
    person = desk.people.by_handle(handle)
    if person is None:
        cure = nearest(handle, [each.handle for each in desk.people.listed])
        what = f"nobody in people/ is called {handle[:64]!r}"
    elif is_contributor(desk.people, handle, hands, piece):
        what, cure = f"{handle} wrote some of it, and nobody approves their own words", "name somebody else"
    else:
        return Proposed(handle, person.name, "named by you")
    raise Failure("XP-REVIEWER", what, cure, where=piece.path, exit_code=Exit.USAGE)


def _free(desk: Desk, piece: Piece, hands: frozenset[str]) -> dict[str, Person]:
    """Everyone whose approval could count, who is here, has not opted out, and has not too much to review already."""
    today, busy = desk.now.date(), open_reviews(desk, piece.id)
    return {
        person.handle: person
        for person in desk.people.listed
        if not person.opt_out
        and person.is_here(today)
        and busy[person.handle] < MAX_OPEN
        and not is_contributor(desk.people, person.handle, hands, piece)
    }


def open_reviews(desk: Desk, without: str = "") -> Counter[str]:
    """Handle → of how many pieces under review they are asked to decide; ``without``: the id of a piece left out."""
    branches = desk.config.branches.review
    if not any(branch.startswith(branches) for branch in desk.tips):
        return Counter()
    there = {subject.id: subject for each in open_proposals(desk) for subject in subjects(each) if subject.piece}
    there.pop(without, None)
    reviews = desk.reviews(there) if there else {}
    asked = (asked_of(there[id_].digest, review) for id_, review in reviews.items() if id_ in there)
    return Counter(handle for handles in asked for handle in handles)


def _ranked(desk: Desk, piece: Piece, hands: frozenset[str], free: dict[str, Person]) -> list[Proposed]:
    """Everyone who is free: who is likeliest to know first, then the others by name."""
    handles = tuple(sorted(desk.people.handle_of(name) or name for name in hands))
    experts = [each for each in _experts(desk, piece, handles) if each.person in free]
    near = [Proposed(each.person, free[each.person].name, _words(each, piece.front.topics)) for each in experts]
    known = {each.handle for each in near}
    return near + [Proposed(one.handle, one.name, _rest(one)) for one in free.values() if one.handle not in known]


def _experts(desk: Desk, piece: Piece, handles: tuple[str, ...]) -> tuple[Expert, ...]:
    """As ``experts find`` ranks them, by the evidence as last gathered; where there is none, by topics alone."""
    front = piece.front
    with as_gathered(desk.workspace, desk.main, desk.now) as opened:
        if opened:
            return opened.experts(opened.query(f"{front.title} {front.summary}", front.topics, handles))
    query = Query(topics=tuple(map(topic_key, front.topics)), people=handles)
    return rank(query, _evidence(desk, piece), desk.now)


def _evidence(desk: Desk, piece: Piece) -> Iterator[Evidence]:
    """What shows who knows these topics: what people list, wrote, and approved."""
    for person in desk.people.listed:
        topics = tuple(map(topic_key, person.topics))
        yield Evidence(person.handle, "", topics, desk.now, 1, f"entry {person.handle}", Part.SAYS)
    near = (text for topic in piece.front.topics for text in desk.here.about(topic))
    works = {text.id: text for text in near if ID.fullmatch(text.id) and text.id != piece.id}
    for text in works.values():
        for author in text.authors.splitlines():
            by = desk.people.handle_of(author) or author
            yield Evidence(by, "", _topics(text), moment_of(text.id), 1, f"piece {text.slug}", Part.WROTE)
    newest = sorted(works, reverse=True)[:_RECENT]
    for id_, review in (desk.reviews(newest) if newest else {}).items():
        for event in review.of(EventKind.APPROVE) if id_ in works else ():
            work = works[id_]
            yield Evidence(event.by, "", _topics(work), event.at, 1, f"piece {work.slug}", Part.APPROVED)


def _topics(text: Text) -> tuple[str, ...]:
    return tuple(map(topic_key, text.topics.splitlines()))


def _words(expert: Expert, topics: tuple[str, ...]) -> str:
    """Why, in words."""
    near = [reason.evidence for reason in expert.reasons if reason.signal is not Signal.COMPANY]
    sources: dict[Part, set[str]] = {part: {one.source for one in near if one.part is part} for part in Part}
    says = {topic for one in near if one.part is Part.SAYS for topic in one.topics}
    knows = ", ".join(topic for topic in topics if topic_key(topic) in says)
    found = (
        f"knows {knows}" if knows else "",
        _did("wrote", "piece", sources[Part.WROTE] | sources[Part.ANSWERED]),
        _did("reviewed", "piece", sources[Part.APPROVED] | sources[Part.REVIEWED]),
        _did("made", "commit", sources[Part.COMMITTED]),
        _did("owns", "place", sources[Part.OWNS]),
    )
    return ", ".join(filter(None, found)) or "says something like it about themselves"


def _did(verb: str, what: str, sources: Collection[str]) -> str:
    number = len(sources)
    return f"{verb} {number} {what}{'s'[: number != 1]} about it" if number else ""


def _rest(person: Person) -> str:
    """Why somebody is asked who has shown nothing about the topics."""
    return f"is {person.roles[0]}" if person.roles else "may approve it"
