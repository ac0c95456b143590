"""One post on its way to one target: its states, and the one function that moves it (protocol §5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from expertpost.model.evidence import (
    Absent,
    Accepted,
    Changed,
    Doubted,
    Expired,
    Fact,
    Held,
    Intent,
    Postponed,
    Rejected,
    Released,
    Report,
    Resolved,
    Ruling,
    Started,
)
from expertpost.model.key import Key
from expertpost.model.outcome import Receipt

__all__ = [
    "Absent", "Accepted", "Changed", "Delivery", "Doubted", "Expired", "Fact", "Held", "IllegalMove", "Intent",
    "Postponed", "Rejected", "Released", "Report", "Resolved", "Ruling", "Started", "State", "learn", "move",
]  # fmt: skip

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
    HELD = "held"
    DEAD = "dead"
    DROPPED = "dropped"
    EXPIRED = "expired"
    RETRACTED = "retracted"


ARRIVED = frozenset({State.DELIVERED, State.RETRACTED})
"""The post was accepted, and where it was is known."""
SETTLED = ARRIVED | {State.REJECTED, State.DEAD, State.DROPPED, State.EXPIRED}
"""The runner never touches these again by itself."""
CLAIMED = frozenset({State.INTENDED, State.SENDING})
"""Somebody has the right to send, or had it when they died."""
IN_DOUBT = frozenset({State.UNKNOWN, State.HELD})
"""The post may or may not exist."""
TRIED = frozenset({State.RELEASED, State.RETRY_WAIT})
"""It was claimed, and it is proven that nothing was accepted: the runner tries again by itself."""
GIVEN_BACK = TRIED | {State.EXPIRED}
"""It is proven that nothing was accepted, and it may be claimed again, what expired once a person lets it go."""
FOR_PEOPLE = IN_DOUBT | {State.REJECTED, State.DEAD}
"""A person's word moves these."""

LEGAL: Mapping[State, frozenset[type]] = {
    State.RELEASED: frozenset({Intent, Expired, Accepted}),
    State.RETRY_WAIT: frozenset({Intent, Expired, Accepted}),
    State.INTENDED: frozenset({Intent, Started, Released, Doubted, Accepted}),
    State.SENDING: frozenset({Intent, Accepted, Postponed, Rejected, Doubted}),
    State.UNKNOWN: frozenset({Intent, Absent, Held, Resolved, Accepted}),
    State.HELD: frozenset({Resolved, Accepted}),
    State.DELIVERED: frozenset({Accepted, Changed, Resolved}),
    State.RETRACTED: frozenset({Accepted}),
    State.REJECTED: frozenset({Resolved, Accepted}),
    State.DEAD: frozenset({Resolved, Accepted}),
    State.DROPPED: frozenset({Accepted}),
    State.EXPIRED: frozenset({Intent, Accepted}),
}
"""Which facts can follow in which state; only an Intent begins a delivery. After a claim or a doubt an Intent needs a
keyed service besides."""

_Tried: TypeAlias = Released | Postponed | Rejected | Doubted
_Told: TypeAlias = _Tried | Started | Absent | Held | Expired


class IllegalMove(ValueError):
    """A fact that cannot follow in this state; no delivery comes of it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post to one target, as all facts so far leave it. Made by ``move`` alone, or read back from a ledger.

    ``attempts`` counts tries that proved nothing was accepted; ``receipt`` is there once it arrived; ``also`` holds
    the remote ids of further copies that a service reported for the same key. ``at``: when the last fact happened.
    ``repeat``: this claim repeats one that is in doubt. ``absent``: when a search found nothing, since the doubt began.
    ``resolved``: the events by which people decided, so that each counts once.
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
    repeat: bool = False
    absent: tuple[datetime, ...] = ()
    resolved: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.receipt is not None) is not (self.state in ARRIVED):
            raise IllegalMove(f"{self.state} and {self.receipt} do not go together")

    def lost(self, now: datetime) -> bool:
        """Whether it was claimed by a runner whose time is over: nobody is sending it any more."""
        return self.state in CLAIMED and now >= self.intent.lease_until

    def may_be_intended(self, now: datetime, *, keyed: bool) -> bool:
        """Whether a new claim is possible now: nothing left the house, or the service still takes the same key once."""
        if self.not_before is not None and now < self.not_before:
            return False
        if self.state in GIVEN_BACK:
            return True
        return keyed and self.intent.key_lives(now) and (self.state is State.UNKNOWN or self.lost(now))


def move(key: Key, before: Delivery | None, fact: Fact) -> Delivery:
    """The delivery after one more fact. Raises IllegalMove for a fact that cannot follow.

    A report about a claim that is no longer the current one changes nothing, except that ``Accepted`` always counts.
    """
    if before is None and isinstance(fact, Intent):
        return Delivery(key, State.INTENDED, fact, fact.at)
    if before is None or before.key != key or type(fact) not in LEGAL[before.state]:
        raise IllegalMove(f"{type(fact).__name__} cannot follow {before.state if before else 'nothing'}")
    match fact:
        case Intent():
            return _claimed_again(before, fact)
        case Accepted():
            return _accepted(before, fact)
        case Resolved() | Changed() if fact.event in before.resolved:
            return before
        case Resolved():
            return _resolved(before, fact)
        case Changed():
            return _changed(before, fact)
        case _:
            return before if fact.nonce != before.intent.nonce else _told(before, fact)


def learn(before: Delivery, facts: tuple[Report, ...]) -> Delivery:
    """The delivery after reports that may be old news: what no longer fits is left out, ``Accepted`` never is."""
    for fact in facts:
        if type(fact) in LEGAL[before.state]:
            before = move(before.key, before, fact)
    return before


def _claimed_again(before: Delivery, fact: Intent) -> Delivery:
    if fact.nonce == before.intent.nonce or not before.may_be_intended(fact.at, keyed=fact.keyed):
        raise IllegalMove(f"{before.state} until {before.not_before or before.intent.lease_until}: no new claim yet")
    repeat = before.state not in GIVEN_BACK
    if repeat:
        # The service counts from when it first saw the key, and that may have been with the first try.
        fact = replace(fact, key_until=before.intent.key_until)
    return replace(
        before, state=State.INTENDED, intent=fact, at=fact.at, not_before=None, reason="", repeat=repeat, absent=()
    )


def _accepted(before: Delivery, fact: Accepted) -> Delivery:
    if before.receipt is None:
        return replace(before, state=State.DELIVERED, receipt=fact.receipt, at=fact.at, reason="", not_before=None)
    known = {before.receipt.remote_id, *before.also}
    more = () if fact.receipt.remote_id in known else (fact.receipt.remote_id,)
    return replace(before, also=(*before.also, *more))


def _changed(before: Delivery, fact: Changed) -> Delivery:
    now = replace(before.intent, digest=fact.digest, content=fact.content, commit=fact.commit)
    same = replace(before.receipt or fact.receipt, url=fact.receipt.url, bound=fact.receipt.bound)
    return replace(before, intent=now, at=fact.at, receipt=same, resolved=(*before.resolved, fact.event))


def _resolved(before: Delivery, fact: Resolved) -> Delivery:
    if (fact.ruling is Ruling.REMOVED) is not (before.state is State.DELIVERED):
        return before
    told = replace(before, at=fact.at, resolved=(*before.resolved, fact.event), attempts=0, not_before=None, absent=())
    match fact.ruling:
        case Ruling.DELIVERED:
            return replace(told, state=State.DELIVERED, receipt=_found(fact.says), reason="")
        case Ruling.NOT_DELIVERED:
            return replace(told, state=State.RETRY_WAIT, reason=fact.says)
        case Ruling.DROPPED:
            return replace(told, state=State.DROPPED, reason=fact.says)
        case Ruling.REMOVED:
            return replace(told, state=State.RETRACTED, reason=fact.says)


def _found(says: str) -> Receipt:
    """What a person found: the address of the post, or its id where it has no address."""
    return Receipt(says, says if "://" in says else "")


def _told(before: Delivery, fact: _Told) -> Delivery:
    match fact:
        case Started():
            return replace(before, state=State.SENDING, at=fact.at)
        case Absent():
            return _absent(before, fact)
        case Held() | Expired():
            return replace(before, state=_ENDS[type(fact)], at=fact.at, reason=fact.reason, not_before=None)
        case _:
            return _of_repeat(before, fact) if before.repeat else _of_try(before, fact)


_ENDS: Mapping[type, State] = {Held: State.HELD, Expired: State.EXPIRED}


def _of_try(before: Delivery, fact: _Tried) -> Delivery:
    match fact:
        case Released():
            return replace(before, state=State.RELEASED, at=fact.at)
        case Postponed():
            return _later(before, State.RETRY_WAIT, State.DEAD, fact.at, fact.reason, fact.not_before)
        case Rejected():
            return replace(before, state=State.REJECTED, at=fact.at, reason=fact.reason)
        case Doubted():
            return replace(before, state=State.UNKNOWN, at=fact.at, reason=fact.reason)


def _of_repeat(before: Delivery, fact: _Tried) -> Delivery:
    """What is not accepted now may have been accepted at the first try: a repeat that fails leaves the doubt."""
    match fact:
        case Released():
            return replace(before, state=State.UNKNOWN, at=fact.at)
        case Rejected():
            return replace(before, state=State.HELD, at=fact.at, reason=fact.reason)
        case Postponed():
            return _later(before, State.UNKNOWN, State.HELD, fact.at, fact.reason, fact.not_before)
        case Doubted():
            return _later(before, State.UNKNOWN, State.HELD, fact.at, fact.reason, None)


def _absent(before: Delivery, fact: Absent) -> Delivery:
    """One look that found nothing; the second, a settle time later, is proof (where the service can be searched)."""
    settle = before.intent.settle
    if settle is None or (before.absent and fact.at < before.absent[0] + settle):
        return before
    looked = replace(before, absent=(*before.absent, fact.at))
    if not before.absent:
        return looked
    proven = "looked for twice and not there"
    return _later(replace(looked, repeat=False), State.RETRY_WAIT, State.DEAD, fact.at, proven, None)


def _later(
    before: Delivery, waits: State, ends: State, at: datetime, reason: str, not_before: datetime | None
) -> Delivery:
    """One more try that came to nothing: the next waits longer, and after the last one a person is asked."""
    attempts = before.attempts + 1
    pause = min(_FIRST_PAUSE * 2 ** min(before.attempts, MAX_ATTEMPTS), _LONGEST_PAUSE)
    state = ends if attempts >= MAX_ATTEMPTS else waits
    again = max(at + pause, not_before or at) if state is waits else None
    return replace(before, state=state, at=at, attempts=attempts, not_before=again, reason=reason)
