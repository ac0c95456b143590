"""Whom a question is given to: the likeliest who are here, willing and not overloaded, and who is asked after them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from expertpost.finder.rank import Expert, Query
from expertpost.flows.desk import Desk
from expertpost.flows.knowing import Shelf
from expertpost.flows.propose import MAX_OPEN, open_reviews
from expertpost.flows.questions import UNANSWERED, Board
from expertpost.model.people import Person
from expertpost.model.question import MOST_ASKED

EDITOR = "editor"
"""The role of those who are asked where nobody is known to know."""
_AS_GOOD = 0.5
"""A second and third person are asked only if so much of the likeliest one's score is theirs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody a question is given to. ``expert``: what speaks for them; None where only their role does."""

    handle: str
    name: str
    expert: Expert | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is asked now, and who is asked when these do not answer."""

    asked: tuple[Asked, ...] = ()
    then: tuple[Asked, ...] = ()


NOBODY = Chosen()
"""Nobody is known to know."""


def choose(desk: Desk, opened: Shelf, there: Board, query: Query) -> Chosen:
    """One to three people, fewer where the first stands out; after them the next likeliest, or the editors."""
    free = {person.handle: person for person in _free(desk, there, query.people)}
    experts = [one for one in opened.experts(query) if one.person in free]
    enough = experts[0].score * _AS_GOOD if experts else 0
    first = [one for one in experts[:MOST_ASKED] if one.score >= enough]
    rest = experts[len(first) : len(first) + MOST_ASKED]
    asked, then = (tuple(Asked(one.person, free[one.person].name, one) for one in some) for some in (first, rest))
    return Chosen(asked, then or tuple(_editors(free.values(), asked)))


def _editors(free: Iterable[Person], asked: Iterable[Asked]) -> list[Asked]:
    known = {each.handle for each in asked}
    editors = [each for each in free if EDITOR in each.roles and each.handle not in known]
    return [Asked(each.handle, each.name) for each in editors][:MOST_ASKED]


def _free(desk: Desk, there: Board, without: Iterable[str]) -> Iterator[Person]:
    """Everyone listed who is here, has not opted out, did not ask, and has not too much to do already."""
    asking, today = frozenset(without), desk.now.date()
    busy = open_reviews(desk) + load(there)
    for person in desk.people.listed:
        if (
            person.handle not in asking
            and not person.opt_out
            and person.is_here(today)
            and busy[person.handle] < MAX_OPEN
        ):
            yield person


def load(there: Board) -> Counter[str]:
    """Handle → how many unanswered questions are with them."""
    open_ = (each.question for each in there.matters.values() if each.stand in UNANSWERED)
    return Counter(handle for question in open_ for handle in question.with_whom(there.now))
