"""One piece at one channel, with each delivery it takes and whether that may be claimed now. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from expertpost.flows.places import Place
from expertpost.model.brakes import Load, burst, same_text, text_of
from expertpost.model.config import Config
from expertpost.model.delivery import ARRIVED, CLAIMED, GIVEN_BACK, IN_DOUBT, SETTLED, Delivery, State
from expertpost.model.key import Key, Pin
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason, Why
from expertpost.model.post import Post
from expertpost.publishers.base import Address

_OVER = ARRIVED | {State.DROPPED}


class Stand(StrEnum):
    """Where a piece stands at a channel. CORRECTED: it went out, and the text on main reads otherwise now."""

    DUE = "due"
    KEPT = "kept"
    DONE = "done"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Slot:
    """One delivery of a case: its key, where it goes (None: no longer on the list), what the ledger knows of it."""

    key: Key
    address: Address | None
    row: Delivery | None = None

    @property
    def over(self) -> bool:
        """Whether nobody waits for it any more: delivered, given up, or off the list with nothing in doubt."""
        state = self.row.state if self.row else None
        return state in _OVER or (self.address is None and state not in IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Case:
    """One piece at one channel. ``due`` is known once it is approved; ``post`` (unbound) where something may go.

    ``address`` is the page's, for posts that link to it. ``begun``: something of it was claimed before. ``let_go``: a
    person released it after it was due.
    """

    piece: Piece
    place: Place
    stand: Stand
    reasons: tuple[Reason, ...] = ()
    due: datetime | None = None
    post: Post | None = None
    address: str = ""
    pin: Pin | None = None
    slots: tuple[Slot, ...] = ()
    begun: bool = False
    let_go: bool = False

    @property
    def thread(self) -> bool:
        """Whether it goes out as several posts, each a reply to the one before."""
        return len(self.slots) > 1 and self.place.threads

    @property
    def taken_back(self) -> bool:
        """Whether everything that went there was removed again."""
        return bool(self.slots) and all(slot.row and slot.row.state is State.RETRACTED for slot in self.slots)

    @property
    def over(self) -> bool:
        """Whether nobody waits for any of it any more; a thread ends where a person dropped a part."""
        dropped = any(slot.row and slot.row.state is State.DROPPED for slot in self.slots)
        return all(slot.over for slot in self.slots) or (self.thread and dropped)

    def with_parts(self) -> "Case":
        """The case with one delivery for each part of its post, where the channel threads."""
        if not self.place.threads or self.post is None:
            return self
        base = self.slots[0].key
        known = {slot.key.part: slot for slot in self.slots}
        keys = (replace(base, part=part) for part in range(len(self.post.parts)))
        return replace(self, slots=tuple(known.get(key.part) or Slot(key, Address()) for key in keys))

    def ready(self, now: datetime) -> tuple[Slot, ...]:
        """The deliveries that may be claimed now. Of a thread that is the next part, once the one before is there."""
        open_ = [slot for slot in self.slots if not slot.over]
        if self.thread:
            open_ = [] if self.over else open_[:1]
        return tuple(slot for slot in open_ if slot.row is None or why_not(slot.row, self.place, now) is None)

    def waited(self) -> tuple[float, str]:
        """The order in which cases go: what was due first goes first."""
        return (self.due.timestamp() if self.due else 0.0, self.piece.id)

    def kept(self, *reasons: Reason) -> "Case":
        """The same case, held back for these reasons."""
        return replace(self, stand=Stand.KEPT, reasons=(*self.reasons, *reasons))


def later_parts(row: Delivery) -> tuple[Key, ...]:
    """The keys of the parts that follow the first part of a thread."""
    return tuple(replace(row.key, part=part) for part in range(1, row.intent.parts))


def why_not(row: Delivery, place: Place, now: datetime) -> Why | None:
    """Why a delivery that was claimed before cannot be claimed now; None where it can."""
    if row.state in SETTLED - GIVEN_BACK:
        return Why.REFUSED
    if row.state in CLAIMED and now < row.intent.lease_until:
        return Why.BUSY
    if row.may_be_intended(now, keyed=place.keyed and row.intent.keyed):
        return None
    return Why.PAUSED if row.not_before and now < row.not_before else Why.DOUBT


def braked(config: Config, cases: tuple[Case, ...], lifted: frozenset[str]) -> tuple[Case, ...]:
    """The cases with the brakes on (see ``model.brakes``). ``lifted``: channels where a person said how many may go."""
    loads = [_load(case) for case in cases]
    held = {(Why.SAME_TEXT, at): says for at, says in same_text(config, loads).items()} | {
        (Why.BURST, at): says for at, says in burst(config, loads, lifted).items()
    }

    def one(case: Case) -> Case:
        at = (case.place.channel.name, case.piece.id)
        return case.kept(*(Reason(why, says) for (why, place), says in held.items() if place == at))

    stopped = {at for _, at in held}
    return tuple(one(c) if (c.place.channel.name, c.piece.id) in stopped else c for c in cases)


def _load(case: Case) -> Load:
    name, new = case.place.channel.name, case.stand is Stand.DUE and not case.begun
    out = case.begun or case.stand in (Stand.DONE, Stand.CORRECTED)
    text = text_of(case.piece, name) if new or out else ""
    return Load(name, case.piece.id, case.piece.front.slug, text, new, out, case.let_go, case.due)


def limited(cases: tuple[Case, ...], limit: int | None) -> tuple[Case, ...]:
    """The cases with at most ``limit`` pieces due at each channel, those that waited longest."""
    if limit is None:
        return cases
    order = sorted((c for c in cases if c.stand is Stand.DUE), key=Case.waited)
    chosen: dict[str, list[Case]] = {}
    for case in order:
        chosen.setdefault(case.place.channel.name, []).append(case)
    beyond = {id(case) for found in chosen.values() for case in found[limit:]}
    reason = Reason(Why.PAUSED, f"beyond --limit {limit}; the next run takes it")
    return tuple(case.kept(reason) if id(case) in beyond else case for case in cases)
