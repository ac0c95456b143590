"""Until when a text counts as true, and who may say that it still is. Pure.

The day comes from the piece (``review_by``) and from the rules of the workspace; whichever is earlier holds, so nobody
escapes a rule by writing a late day. A confirmation moves it on for the very text that was confirmed; a correction is
approved, and an approval is a look at the text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from expertpost.model.config import Freshness
from expertpost.model.duties import EDITOR
from expertpost.model.event import Event, EventKind
from expertpost.model.identity import folded, moment_of
from expertpost.model.people import ADMIN, People, Person
from expertpost.model.piece import Piece
from expertpost.model.review import Review

YEAR = 365
"""Days for which a confirmation counts where only the piece itself named a day, and that is over."""


class Verdict(StrEnum):
    """What somebody says who looked: it is still true, or something in it is not."""

    TRUE = "true"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Fresh:
    """How fresh a text is. ``due``: the day from which somebody should look again; None where nothing sets one.

    ``looked``: when somebody last looked; ``by``: who confirmed it since, "" for nobody. ``doubt``: who says that
    something in it is wrong, and nobody who saw that has confirmed it since.
    """

    due: date | None
    looked: datetime
    by: str = ""
    doubt: Event | None = None

    def is_stale(self, today: date) -> bool:
        """Whether somebody should look at it."""
        return self.doubt is not None or (self.due is not None and self.due <= today)


def fresh(rules: Freshness, people: People, piece: Piece, review: Review) -> Fresh:
    """How fresh a merged text is. ``review``: what was said about it, with what is not proven doubted."""
    said = review.of(EventKind.CONFIRM, piece.digest)
    confirmed = [each for each in said if each.verdict == Verdict.TRUE and may_confirm(people, piece, each.by)]
    wrong = [each for each in said if each.verdict == Verdict.WRONG]
    doubts = [each for each in wrong if not any(review.saw(later, each) for later in confirmed)]
    published = piece.front.publish_at or moment_of(piece.id)
    looked = max(published, *(each.at for each in review.approvals(piece.digest)), moment_of(piece.id))
    doubt = doubts[-1] if doubts else None
    days, own = days_for(rules, piece), piece.front.review_by
    if not confirmed:
        return Fresh(_first(own, _after(looked, days)), looked, doubt=doubt)
    last = confirmed[-1]
    ahead = own if own and own > last.at.astimezone(UTC).date() else None
    due = _first(ahead, _after(last.at, days)) or (_after(last.at, YEAR) if own else None)
    return Fresh(last.due.date() if last.due else due, max(looked, last.at), last.by, doubt)


def days_for(rules: Freshness, piece: Piece) -> int:
    """After how many days such a piece is to be looked at again; 0 where nothing says so."""
    topics = _folded(piece.front.topics)
    for term in rules.terms:
        kind_fits = not term.kind or piece.front.kind.value in term.kind
        if kind_fits and (not term.topic or topics & _folded(term.topic)):
            return term.days
    return rules.days


def owners(people: People, piece: Piece) -> tuple[Person, ...]:
    """The authors who are listed and have not left."""
    found = (people.by_handle(people.handle_of(name) or "") for name in piece.front.authors)
    return tuple(dict.fromkeys(person for person in found if person and person.left is None))


def may_confirm(people: People, piece: Piece, handle: str) -> bool:
    """Whether this person's word counts: an author, somebody with one of its topics, an editor or an admin."""
    person = people.by_handle(handle)
    if person is None or person.left is not None:
        return False
    decides = bool({EDITOR, ADMIN} & set(person.roles))
    return decides or person in owners(people, piece) or bool(_folded(person.topics) & _folded(piece.front.topics))


def _folded(topics: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(folded(topic).replace("_", " ").replace("-", " ").split()) for topic in topics)


def _after(at: datetime, days: int) -> date | None:
    return (at.astimezone(UTC) + timedelta(days=days)).date() if days else None


def _first(*days: date | None) -> date | None:
    return min((day for day in days if day), default=None)
