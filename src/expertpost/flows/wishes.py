"""Which copies people asked to be changed or removed, told from their requests and the ledger. Nothing is touched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from expertpost.flows.cases import Case, Slot, Stand
from expertpost.flows.places import Place
from expertpost.flows.requests import Requests
from expertpost.model.delivery import Delivery, State
from expertpost.model.duties import may_remove
from expertpost.model.event import Event, EventKind
from expertpost.model.key import Key, Pin, pin_id
from expertpost.model.piece import MAX_EDITION, Piece
from expertpost.model.policy import editions_of, entitled
from expertpost.model.review import Review
from expertpost.publishers.base import Editable, Retractable
from expertpost.store.ledger import Ledger
from expertpost.store.workspace import State as Workspace


@dataclass(frozen=True, slots=True)
class Wish:
    """One copy that somebody (``event``) asked to be removed, or changed where ``case`` has the approved text."""

    event: Event
    row: Delivery
    slug: str
    title: str
    case: Case | None = None
    slot: Slot | None = None


def changes(cases: Iterable[Case], requests: Requests) -> Iterator[Wish]:
    """The copies that are to get the text of main: it is approved, somebody asked, and the channel can do it."""
    for case in cases:
        if case.stand is not Stand.CORRECTED or case.post is None or not isinstance(case.place.publisher, Editable):
            continue
        asked = _update(requests.get(case.piece.id, Review()), case)
        for slot in case.slots if asked else ():
            row = slot.row
            if asked and row and row.state is State.DELIVERED and asked.id not in row.resolved:
                yield Wish(asked, row, case.piece.front.slug, case.piece.front.title, case, slot)


def _update(review: Review, case: Case) -> Event | None:
    """The last request to update a channel to this very text."""
    asked = review.of(EventKind.UPDATE, case.piece.digest)
    found = [event for event in asked if not event.channels or case.place.channel.name in event.channels]
    return found[-1] if found else None


def removals(
    state: Workspace, ledger: Ledger, requests: Requests, pieces: Iterable[Piece], there: Iterable[Place]
) -> Iterator[Wish]:
    """The copies that are to be removed, by somebody who may ask for it. ``pieces``: those that main has.

    Copies at channels that are configured, and not ``there`` in this run, are left for another one.
    """
    known, places = {piece.id: piece for piece in pieces}, tuple(there)
    elsewhere = state.config.channels.keys() - {place.channel.name for place in places}
    for id_, review in sorted(requests.items()):
        if not review.of(EventKind.RETRACT):
            continue
        piece = known.get(id_)
        for row in _copies(state, ledger, id_, piece, review, places):
            asked = _retraction(state, review, piece, row)
            if asked and row.state is State.DELIVERED and row.key.channel not in elsewhere:
                slug = piece.front.slug if piece else asked.slug
                yield Wish(asked, row, slug, piece.front.title if piece else slug)


def _retraction(state: Workspace, review: Review, piece: Piece | None, row: Delivery) -> Event | None:
    """The standing request to remove a copy whose author is proven and may ask for it."""
    authors = piece.front.authors if piece else ()
    standing = review.retractions(row.key.channel, row.key.edition)
    proven = (event for event in standing if entitled(state.config, state.people, event))
    return next((event for event in proven if may_remove(state.people, event.by, authors)), None)


def _copies(
    state: Workspace, ledger: Ledger, id_: str, piece: Piece | None, review: Review, places: tuple[Place, ...]
) -> Iterator[Delivery]:
    """What the ledger knows of a piece: what was named in requests, and what goes to the channels that there are."""
    keys = {key for event in review.of(EventKind.RETRACT) for key in event.deliveries}
    for place in places:
        name = place.channel.name
        last = (
            editions_of(piece, name, review)
            if piece
            else min(MAX_EDITION, max(_asked_editions(review, name), default=1))
        )
        bases = [Key(state.config.id, id_, name, place.account, edition) for edition in range(1, last + 1)]
        keys |= _keys(ledger, place, bases)
    rows = ledger.look_up(sorted(keys)).values()
    return (row for row in rows if isinstance(row, Delivery) and row.key.piece == id_)


def _asked_editions(review: Review, channel: str) -> Iterator[int]:
    named = (*review.of(EventKind.REPUBLISH), *review.of(EventKind.APPROVE))
    return (event.editions[channel] for event in named if channel in event.editions)


def _keys(ledger: Ledger, place: Place, bases: Iterable[Key]) -> set[str]:
    """The keys under which deliveries of these editions may stand: to the channel, or to everyone who was meant."""
    parts = range(max(1, place.publisher.limits.parts))
    found: set[str] = set()
    for base in bases:
        pin = None if place.single else ledger.look_up([pin_id(base)]).get(pin_id(base))
        targets = pin.targets if isinstance(pin, Pin) else ("",)
        found |= {
            Key(base.workspace, base.piece, base.channel, base.account, base.edition, target, part).id
            for target in targets
            for part in parts
        }
    return found


def removable(place: Place | None, row: Delivery) -> bool:
    """Whether the runner can remove a copy: its channel is there, sends as before, and can remove posts.

    An address that a person found is no id: a service does not know it, and its 404 would pass for proof of removal.
    """
    if row.receipt and row.receipt.url and row.receipt.remote_id == row.receipt.url:
        return False
    return place is not None and place.account == row.key.account and isinstance(place.publisher, Retractable)
