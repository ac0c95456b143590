"""Who may stop, let go, change and take back what was published: one short table of rules. Pure.

Whatever only stops a piece is taken from anybody: a hold, and that part of a retraction. Whatever lets one go needs a
person who decides.
"""

from collections.abc import Collection

from expertpost.model.event import Event, EventKind
from expertpost.model.people import ADMIN, People
from expertpost.model.piece import Piece
from expertpost.model.review import Review

EDITOR = "editor"
"""The role of whoever keeps an eye on what is published."""
_DECIDED = frozenset({EventKind.RELEASE, EventKind.REPUBLISH, EventKind.SETTLE})


def deciders(people: People) -> tuple[str, ...]:
    """The handles of the editors and admins, or of everyone listed where nobody is either; nobody who has left."""
    there = [person for person in people.listed if person.left is None]
    chosen = [person for person in there if {EDITOR, ADMIN} & set(person.roles)]
    return tuple(person.handle for person in chosen or there)


def may(people: People, review: Review, event: Event) -> bool:
    """Whether an event, known to be by whom it names, may permit what it says.

    A release and a resolution are for editors and admins, and so is a second post. A stop that was all their own
    anybody releases.
    """
    if event.kind not in _DECIDED or event.by in deciders(people):
        return True
    if event.kind is not EventKind.RELEASE:
        return False
    stops = [*review.of(EventKind.HOLD), *review.of(EventKind.RETRACT)]
    return all(stop.by == event.by for stop in stops if review.saw(event, stop))


def may_remove(people: People, handle: str, authors: Collection[str]) -> bool:
    """Whether this person may have live copies of a piece removed: its authors, and whoever decides."""
    return handle in deciders(people) or handle in {people.handle_of(name) for name in authors}


def authors_of(piece: Piece | None) -> tuple[str, ...]:
    """The authors as the piece names them; nobody for a piece that is gone."""
    return piece.front.authors if piece else ()
