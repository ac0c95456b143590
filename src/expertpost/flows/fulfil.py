"""What people asked for of posts that are out or in doubt, carried out by the runner (protocol §5)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from expertpost.flows.run import denied
from expertpost.model.delivery import FOR_PEOPLE, Delivery, Resolved, Ruling, State
from expertpost.model.event import Event, EventKind
from expertpost.model.review import Review
from expertpost.store.hub import Denied
from expertpost.store.ledger import Ledger, Told

Requests = Mapping[str, Review]
"""Piece id → its review, for pieces about which somebody asked for something (``flows.requests``)."""


def settle(ledger: Ledger, requests: Requests, now: datetime) -> tuple[Told, ...]:
    """What people say became of deliveries, told to the ledger in one push; none where nobody said anything new.

    A word counts for the claim that it was said of. Of two people who had not heard each other the cautious one is
    believed. Raises Failure XP-LEDGER-DENIED.
    """
    words = sorted((event for review in requests.values() for event in _last_words(review)), key=_caution)
    rows = ledger.look_up(key for event in words for key in event.deliveries)
    told = tuple(
        Told(row.key, (Resolved(event.id, now, event.by, Ruling(event.verdict), event.url or event.text),))
        for event in words
        for key in event.deliveries
        if isinstance(row := rows.get(key), Delivery) and _counts(event, row, now)
    )
    if told and isinstance(answer := ledger.record(told), Denied):
        raise denied(answer)
    return told


def _last_words(review: Review) -> Iterator[Event]:
    """What was said of deliveries, without what somebody corrected who had heard it."""
    said = review.of(EventKind.SETTLE)
    return (e for e in said if not any(set(o.deliveries) & set(e.deliveries) and review.saw(o, e) for o in said))


def _caution(event: Event) -> tuple[bool, str]:
    """What leads to one more post comes last: by then another word stands."""
    return (event.verdict == Ruling.NOT_DELIVERED, event.id)


def _counts(event: Event, row: Delivery, now: datetime) -> bool:
    """Whether a person's word is news about a delivery as it stands: of its claim, its piece, and not heard before."""
    if event.verdict not in list(Ruling) or event.piece != row.key.piece or event.id in row.resolved:
        return False
    fits = row.state is State.DELIVERED if event.verdict == Ruling.REMOVED else row.state in FOR_PEOPLE
    return fits and event.claim == row.intent.nonce
