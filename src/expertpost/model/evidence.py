"""What a ledger is told of one delivery: claims, reports of runners, and the word of people (protocol §5). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from expertpost.model.outcome import Receipt


@dataclass(frozen=True, slots=True)
class Intent:
    """The claim to send one post: by whom (``owner`` in ``epoch``), until when, and exactly what.

    ``nonce`` is random, so that two runners never write the same claim. ``digest``: the unbound post, ``content``: the
    piece, ``commit``: where both were read. What the service promised when it was claimed: ``keyed``, it takes the same
    key once, so a repeat is harmless (until ``key_until``, None: for ever); ``settle``, it lists what it has accepted
    at the latest after this time (None: it cannot be searched). Neither: it is blind.
    ``parts``: into how many deliveries the post is split, of which this is one.
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
    key_until: datetime | None = None
    settle: timedelta | None = None
    parts: int = 1

    def key_lives(self, now: datetime) -> bool:
        """Whether the service still knows the key of this claim, if it ever took it."""
        return self.keyed and (self.key_until is None or now < self.key_until)


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


@dataclass(frozen=True, slots=True)
class Absent:
    """A complete listing of the service has nothing under the key. Twice, ``settle`` apart, is proof."""

    nonce: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The runner can learn nothing more of a doubt: only a person can end it."""

    nonce: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """It is longer due than ``max_lateness`` allows: it goes only if a person lets it go."""

    nonce: str
    at: datetime
    reason: str


class Ruling(StrEnum):
    """What a person found out, or decided, about a delivery that waited for them."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not-delivered"
    DROPPED = "dropped"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A person's signed word. ``event``: its id, which counts once; ``says``: the address of the post, or why."""

    event: str
    at: datetime
    by: str
    ruling: Ruling
    says: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """The post reads otherwise now, because a person asked for it (``event``, which counts once).

    ``digest``: the unbound post, ``content``: the piece, ``commit``: where both were read. ``receipt`` tells of the
    post as it is then; its id never changes.
    """

    event: str
    at: datetime
    digest: str
    content: str
    commit: str
    receipt: Receipt


OfClaim: TypeAlias = Started | Released | Accepted | Postponed | Rejected | Doubted | Absent | Held | Expired
"""What a runner tells of a claim; ``nonce`` names the claim."""
Report: TypeAlias = OfClaim | Resolved | Changed
Fact: TypeAlias = Intent | Report
