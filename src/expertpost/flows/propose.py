"""Whom ``submit`` asks to review a piece: entitled, close to its topics, free to do it, each with the reason."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.finder.evidence import Evidence
from expertpost.finder.rank import Expert, Query, rank
from expertpost.flows.asked import asked_of, places_of
from expertpost.flows.desk import Desk
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
_LISTS, _WROTE, _REVIEWED = "lists", "wrote", "reviewed"
_WEIGHTS = {_LISTS: 1.0, _WROTE: 1.0, _REVIEWED: 0.7}


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
        and (person.away_until is None or person.away_until < today)
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
    """Everyone who is free: who is close to the topics first, then the others by name."""
    handles = (desk.people.handle_of(name) or name for name in hands)
    query = Query(topics=piece.front.topics, people=tuple(sorted(handles)))
    experts = [each for each in rank(query, _evidence(desk, piece), desk.now) if each.person in free]
    near = [Proposed(each.person, free[each.person].name, _words(each, piece.front.topics)) for each in experts]
    known = {each.handle for each in near}
    return near + [Proposed(one.handle, one.name, _rest(one)) for one in free.values() if one.handle not in known]


def _evidence(desk: Desk, piece: Piece) -> Iterator[Evidence]:
    """What shows who knows these topics: what people list, wrote, and approved."""
    for person in desk.people.listed:
        yield Evidence(person.handle, "", person.topics, desk.now, _WEIGHTS[_LISTS], f"{_LISTS} {person.handle}")
    near = (text for topic in piece.front.topics for text in desk.here.about(topic))
    works = {text.id: text for text in near if ID.fullmatch(text.id) and text.id != piece.id}
    for text in works.values():
        for author in text.authors.splitlines():
            by = desk.people.handle_of(author) or author
            yield Evidence(by, "", _topics(text), moment_of(text.id), _WEIGHTS[_WROTE], f"{_WROTE} {text.id}")
    newest = sorted(works, reverse=True)[:_RECENT]
    for id_, review in (desk.reviews(newest) if newest else {}).items():
        for event in review.of(EventKind.APPROVE) if id_ in works else ():
            topics = _topics(works[id_])
            yield Evidence(event.by, "", topics, event.at, _WEIGHTS[_REVIEWED], f"{_REVIEWED} {id_}")


def _topics(text: Text) -> tuple[str, ...]:
    return tuple(text.topics.splitlines())


def _words(expert: Expert, topics: tuple[str, ...]) -> str:
    """Why, in words."""
    sources = {reason.evidence.source for reason in expert.reasons}
    count = Counter(source.partition(" ")[0] for source in sources)
    listed = next((r.evidence.topics for r in expert.reasons if r.evidence.source.startswith(_LISTS)), ())
    says = {
        _LISTS: f"knows {', '.join(topic for topic in topics if topic in listed)}" if count[_LISTS] else "",
        _WROTE: f"wrote {_pieces(count[_WROTE])} about it" if count[_WROTE] else "",
        _REVIEWED: f"reviewed {_pieces(count[_REVIEWED])} about it" if count[_REVIEWED] else "",
    }
    return ", ".join(filter(None, says.values()))


def _pieces(number: int) -> str:
    return f"{number} piece{'' if number == 1 else 's'}"


def _rest(person: Person) -> str:
    """Why somebody is asked who has shown nothing about the topics."""
    return f"is {person.roles[0]}" if person.roles else "may approve it"
