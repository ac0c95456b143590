"""What a delivery is named by: keys, pinned recipients, and the accounts that posts go through. Pure."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from expertpost.model.canonical import digest_of


def account_id(publisher: str, account: str) -> str:
    """The name of an account of a service in the ledger: 32 hex digits, nothing of the account can be read from it."""
    return digest_of([publisher, account])[:32]


def target_of(salt: str, address: str) -> str:
    """The name of one recipient in the ledger: 32 hex digits of an HMAC; "" for a channel that has no recipients."""
    if not address:
        return ""
    return hmac.new(bytes.fromhex(salt), address.casefold().encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Key:
    """What makes two deliveries the same; no text of the piece is in it, so an edit never makes a second post.

    ``account`` is an ``account_id``, ``target`` a ``target_of``, ``part`` counts from 0.
    """

    workspace: str
    piece: str
    channel: str
    account: str
    edition: int = 1
    target: str = ""
    part: int = 0

    @cached_property
    def id(self) -> str:
        """SHA-256 over all of it, 64 hex digits; services that know idempotency keys get it."""
        return digest_of(
            ["1", self.workspace, self.piece, self.channel, self.account, self.edition, self.target, self.part]
        )


@dataclass(frozen=True)
class Pin:
    """Who was meant when an edition was first sent to a channel: whoever subscribes later never gets old mail.

    ``base`` is the key without target; ``targets`` are sorted. ``content`` and ``digest``: the piece and the unbound
    post at that moment. ``complete``: everyone who is left has been claimed.
    """

    base: Key
    targets: tuple[str, ...]
    content: str
    digest: str
    complete: bool = False

    @property
    def id(self) -> str:
        """The pin's own key in the ledger."""
        return pin_id(self.base)


def pin_id(base: Key) -> str:
    """The key in the ledger of the pin of this key without target, 64 hex digits.

    The account is left out: whoever was meant has been meant, also when the sender's address changes afterwards.
    """
    return digest_of(["pin", base.workspace, base.piece, base.channel, base.edition])


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a service as the runners share it.

    ``owner`` may send until ``lease_until``; ``epoch`` grows with every new owner. The service takes nothing more
    before ``not_before``.
    """

    id: str
    owner: str = ""
    epoch: int = 0
    lease_until: datetime | None = None
    not_before: datetime | None = None

    def leased_to_another(self, owner: str, now: datetime) -> bool:
        """Whether somebody else may be sending right now."""
        return bool(self.owner) and self.owner != owner and self.lease_until is not None and now < self.lease_until

    def taken(self, owner: str, until: datetime) -> "Account":
        """The account leased to ``owner``; renewing one's own lease keeps the epoch."""
        return replace(self, owner=owner, epoch=self.epoch_of(owner), lease_until=until)

    def epoch_of(self, owner: str) -> int:
        """The epoch in which ``owner`` has the account, or would have it next."""
        return self.epoch if owner == self.owner else self.epoch + 1

    def given_back(self) -> "Account":
        """The account free for the next runner."""
        return replace(self, owner="", lease_until=None)

    def paused(self, until: datetime | None) -> "Account":
        """The account quiet until then; pauses merge by the later one."""
        return replace(self, not_before=max(filter(None, (self.not_before, until)), default=None))
