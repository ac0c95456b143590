"""What the ledger knows of each piece at each place, before anybody asks whether it may go there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from expertpost.flows.cases import Case, Slot, Stand, later_parts
from expertpost.flows.places import Place
from expertpost.model.config import Config
from expertpost.model.delivery import CLAIMED, IN_DOUBT, SETTLED, Delivery, State
from expertpost.model.due import Inside, is_inside
from expertpost.model.key import Key, Pin, pin_id, target_of
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason, Why, editions_of, reaches
from expertpost.model.review import Review
from expertpost.publishers.base import Address
from expertpost.store.ledger import Damaged, Found, Ledger
from expertpost.store.workspace import State as Workspace

Live = Callable[[Piece, str, str], bool]
"""Whether this content of a piece is live on a site, or a copy of it at a channel (its name), at an address."""


@dataclass(slots=True)
class Look:
    """What is needed to look at one case, collected once.

    ``copies``: where each piece stands at each channel whose copies are pages, by its id and the channel's name.
    """

    state: Workspace
    ledger: Ledger
    now: datetime
    pages: Live
    known: dict[str, Found] = field(default_factory=dict)
    open: dict[str, Delivery] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    adopted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    requests: Mapping[str, Review] = field(default_factory=dict)
    inside: Mapping[str, Inside] = field(default_factory=dict)
    copies: Mapping[tuple[str, str], Case] = field(default_factory=dict)


def base_of(look: Look, piece: Piece, place: Place) -> Key:
    """The key of a piece at a place, without target."""
    edition = editions_of(piece, place.channel.name, look.requests.get(piece.id, Review()))
    return Key(look.state.config.id, piece.id, place.channel.name, place.account, edition)


def look_up(look: Look, pairs: list[tuple[Piece, Place]]) -> None:
    """Ask the ledger about all of these at once."""
    bases = [(place, base_of(look, piece, place)) for piece, place in pairs]
    look.known |= look.ledger.look_up(base.id if place.single else pin_id(base) for place, base in bases)
    look.open |= {row.key.id: row for row in look.ledger.open() if isinstance(row, Delivery)}
    salt = look.ledger.terms.salt
    unsent: list[str] = []
    for place, base in bases:
        pin = None if place.single else look.known.get(pin_id(base))
        if isinstance(pin, Pin) and not pin.complete:
            current = {target_of(salt, address.text) for address in place.targets}
            unsent += [replace(base, target=target).id for target in pin.targets if target in current]
    rows = [look.known.get(base.id) for place, base in bases if place.threads]
    unsent += [key.id for row in rows if isinstance(row, Delivery) for key in later_parts(row)]
    look.known |= look.ledger.look_up(unsent)


def first_look(look: Look, piece: Piece, place: Place) -> Case:
    """The case as far as audience and ledger tell: KEPT, DONE, or DUE where approvals have to say more."""
    case = Case(piece, place, Stand.DUE)
    outside = reaches(look.state.config, piece, place.channel.name, place.channel.readers)
    if outside:
        return case.kept(outside)
    base = base_of(look, piece, place)
    if _in_doubt_before(look, base):
        says = f"edition {base.edition - 1} may or may not have arrived there – expertpost outbox resolve"
        return case.kept(Reason(Why.DOUBT, says))
    first = look.known.get(base.id if place.single else pin_id(base))
    if isinstance(first, Damaged):
        return case.kept(_damaged(first))
    pin = first if isinstance(first, Pin) else None
    if pin and pin.base.account != place.account:
        # Sent by another sender: never once more by this one.
        return replace(case, stand=Stand.DONE) if pin.complete else case.kept(_moved(place))
    try:
        slots = tuple(_slots(look, base, place, pin))
    except _Unreadable as wrong:
        return case.kept(_damaged(wrong.damaged))
    case = replace(case, pin=pin, slots=slots, begun=pin is not None or any(slot.row for slot in slots))
    if case.begun and case.over:
        same = (pin.content if pin else _content_of(slots)) == piece.digest
        return replace(case, stand=Stand.DONE if same or case.taken_back else Stand.CORRECTED)
    if not place.targets:
        return case.kept(Reason(Why.NOBODY, f"nobody is on the list of {place.channel.name}"))
    return case


def _in_doubt_before(look: Look, base: Key) -> bool:
    """Whether an earlier edition may still be on its way: until that is known, no other one goes."""
    return any(
        (row.key.piece, row.key.channel) == (base.piece, base.channel)
        and row.key.edition < base.edition
        and row.state in CLAIMED | IN_DOUBT
        for row in (look.open.values() if base.edition > 1 else ())
    )


def inside(config: Config, cases: Iterable[Case]) -> dict[str, dict[str, datetime | None]]:
    """Piece id → when colleagues got it at which of their channels (see ``model.due``)."""
    found: dict[str, dict[str, datetime | None]] = {}
    for case in cases if config.brakes.inside_first else ():
        if is_inside(config, case.place.channel) and case.slots:
            rows = [slot.row for slot in case.slots if slot.row]
            had = [row.intent.at for row in rows if row.state is State.DELIVERED]
            if had or len(rows) < len(case.slots) or any(row.state not in SETTLED for row in rows):
                found.setdefault(case.piece.id, {})[case.place.channel.name] = min(had, default=None)
    return found


def _moved(place: Place) -> Reason:
    name = place.channel.name
    says = f"{name} had another sender when it began to go out – put that back, or raise editions: {{{name}: 2}}"
    return Reason(Why.MOVED, says)


class _Unreadable(Exception):
    def __init__(self, damaged: Damaged) -> None:
        super().__init__(damaged.what)
        self.damaged = damaged


def _damaged(damaged: Damaged) -> Reason:
    says = f"the ledger cannot be read there ({damaged.where}: {damaged.what}) – put back its last good commit"
    return Reason(Why.DAMAGED, says)


def _content_of(slots: tuple[Slot, ...]) -> str:
    return next((slot.row.intent.content for slot in slots if slot.row), "")


def _slots(look: Look, base: Key, place: Place, pin: Pin | None) -> Iterator[Slot]:
    """Each delivery of a case: to those who were meant at the first intent and are still on the list."""
    if place.single:
        row = _row(look.known.get(base.id))
        yield Slot(base, Address(), row)
        for key in later_parts(row) if row and place.threads else ():
            yield Slot(key, Address(), _row(look.known.get(key.id)))
        return
    salt = look.ledger.terms.salt
    current = {target_of(salt, address.text): address for address in place.targets}
    for target in pin.targets if pin else sorted(current):
        key = replace(base, target=target)
        row = look.open.get(key.id) or _row(look.known.get(key.id))
        if pin and pin.complete and row is None:
            continue
        if target in current or (row and row.state in IN_DOUBT):
            yield Slot(key, current.get(target), row)


def _row(found: Found | None) -> Delivery | None:
    if isinstance(found, Damaged):
        raise _Unreadable(found)
    return found if isinstance(found, Delivery) else None
