"""One post on its way to one target: its states, and the one function that moves it (protocol §5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from expertpost.model.key import Key
from expertpost.model.outcome import Receipt

MAX_ATTEMPTS = 12
"""After so many tries that proved nothing was accepted, a delivery is dead and waits for a person."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


class State(StrEnum):
    """Where a delivery stands."""

    INTENDED = "intended"
    SENDING = "sending"
    DELIVERED = "delivered"
    RELEASED = "released"
    RETRY_WAIT = "retry_wait"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    DEAD = "dead"


SETTLED = frozenset({State.DELIVERED, State.REJECTED, State.DEAD})
"""The runner never touches these again by itself."""
CLAIMED = frozenset({State.INTENDED, State.SENDING})
"""Somebody has the right to send, or had it when they died."""


@dataclass(frozen=True, slots=True)
class Intent:
    """The claim to send one post: by whom (``owner`` in ``epoch``), until when, and exactly what.

    ``nonce`` is random, so that two runners never write the same claim. ``digest``: the unbound post, ``content``: the
    piece, ``commit``: where both were read. ``keyed``: the service takes the same key once, so a repeat is harmless.
    """

    nonce: str
    epoch: int
    owner: str
    lease_until: datetime
    digest: str
    content: str
    commit: str
    at: datetime
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The first byte may leave from now on."""

    nonce: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """Proof that no byte left: the claim is given back."""

    nonce: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """Proof that the post exists. It counts whoever brings it, and beats whatever was thought before."""

    nonce: str
    at: datetime
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Postponed:
    """Proof that nothing was accepted, and a later try may succeed. ``not_before``: what the service asked for."""

    nonce: str
    at: datetime
    reason: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Proof that nothing was accepted and a repeat would fail too."""

    nonce: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """No proof of anything: the post may or may not exist."""

    nonce: str
    at: datetime
    reason: str


Report: TypeAlias = Started | Released | Accepted | Postponed | Rejected | Doubted
"""What a runner tells of a claim; ``nonce`` names the claim."""
Fact: TypeAlias = Intent | Report

LEGAL: Mapping[State | None, frozenset[type]] = {
    None: frozenset({Intent}),
    State.RELEASED: frozenset({Intent, Accepted}),
    State.RETRY_WAIT: frozenset({Intent, Accepted}),
    State.INTENDED: frozenset({Intent, Started, Released, Doubted, Accepted}),
    State.SENDING: frozenset({Intent, Accepted, Postponed, Rejected, Doubted}),
    State.UNKNOWN: frozenset({Intent, Accepted}),
    State.DELIVERED: frozenset({Accepted}),
    State.REJECTED: frozenset({Accepted}),
    State.DEAD: frozenset({Accepted}),
}
"""Which facts can follow in which state. An Intent after a claim or a doubt needs a keyed service besides."""


class IllegalMove(ValueError):
    """A fact that cannot follow in this state; no delivery comes of it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post to one target, as all facts so far leave it. Made by ``move`` alone, or read back from a ledger.

    ``attempts`` counts tries that proved nothing was accepted; ``receipt`` is there when delivered; ``also`` holds the
    remote ids of further copies that a service reported for the same key. ``at``: when the last fact happened.
    """

    key: Key
    state: State
    intent: Intent
    at: datetime
    attempts: int = 0
    not_before: datetime | None = None
    reason: str = ""
    receipt: Receipt | None = None
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.receipt is not None) is not (self.state is State.DELIVERED):
            raise IllegalMove(f"{self.state} and {self.receipt} do not go together")

    def claimed_by_another(self, owner: str, now: datetime) -> bool:
        """Whether somebody else may be sending it right now."""
        return self.state in CLAIMED and self.intent.owner != owner and now < self.intent.lease_until

    def may_be_intended(self, now: datetime, *, keyed: bool) -> bool:
        """Whether a new claim is possible now: nothing left the house, or the service takes the same key once."""
        if self.state in CLAIMED:
            return keyed and now >= self.intent.lease_until
        ready = self.not_before is None or now >= self.not_before
        return ready and (self.state in (State.RELEASED, State.RETRY_WAIT) or (keyed and self.state is State.UNKNOWN))


def move(key: Key, before: Delivery | None, fact: Fact) -> Delivery:
    """The delivery after one more fact. Raises IllegalMove for a fact that cannot follow.

    A report about a claim that is no longer the current one changes nothing, except that ``Accepted`` always counts.
    """
    if type(fact) not in LEGAL[before.state if before else None] or (before and before.key != key):
        raise IllegalMove(f"{type(fact).__name__} cannot follow {before.state if before else 'nothing'}")
    if isinstance(fact, Intent):
        return _intended(key, before, fact)
    if before is None:
        raise IllegalMove("only an intent begins a delivery")
    if isinstance(fact, Accepted):
        return _accepted(before, fact)
    return before if fact.nonce != before.intent.nonce else _told(before, fact)


def learn(before: Delivery, facts: tuple[Report, ...]) -> Delivery:
    """The delivery after reports that may be old news: what no longer fits is left out, ``Accepted`` never is."""
    for fact in facts:
        if type(fact) in LEGAL[before.state]:
            before = move(before.key, before, fact)
    return before


def _intended(key: Key, before: Delivery | None, fact: Intent) -> Delivery:
    if before is None:
        return Delivery(key, State.INTENDED, fact, fact.at)
    keyed = fact.keyed and before.intent.keyed
    if fact.nonce == before.intent.nonce or not before.may_be_intended(fact.at, keyed=keyed):
        raise IllegalMove(f"{before.state} until {before.not_before or before.intent.lease_until}: no new claim yet")
    return replace(before, state=State.INTENDED, intent=fact, at=fact.at, not_before=None, reason="")


def _accepted(before: Delivery, fact: Accepted) -> Delivery:
    if before.receipt is None:
        return replace(before, state=State.DELIVERED, receipt=fact.receipt, at=fact.at, reason="", not_before=None)
    known = {before.receipt.remote_id, *before.also}
    more = () if fact.receipt.remote_id in known else (fact.receipt.remote_id,)
    return replace(before, also=(*before.also, *more))


def _told(before: Delivery, fact: Started | Released | Postponed | Rejected | Doubted) -> Delivery:
    match fact:
        case Started():
            return replace(before, state=State.SENDING, at=fact.at)
        case Released():
            return replace(before, state=State.RELEASED, at=fact.at)
        case Postponed():
            return _postponed(before, fact)
        case Rejected():
            return replace(before, state=State.REJECTED, at=fact.at, reason=fact.reason)
        case Doubted():
            return replace(before, state=State.UNKNOWN, at=fact.at, reason=fact.reason)


def _postponed(before: Delivery, fact: Postponed) -> Delivery:
    attempts = before.attempts + 1
    pause = min(_FIRST_PAUSE * 2 ** min(before.attempts, MAX_ATTEMPTS), _LONGEST_PAUSE)
    again = max(fact.at + pause, fact.not_before or fact.at)
    state = State.DEAD if attempts >= MAX_ATTEMPTS else State.RETRY_WAIT
    not_before = again if state is State.RETRY_WAIT else None
    return replace(before, state=state, at=fact.at, attempts=attempts, not_before=not_before, reason=fact.reason)
