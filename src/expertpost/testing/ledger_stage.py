"""The stage of a ledger's contract: a shared repository with a main, claims to make, and what became of them."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from expertpost.errors import Failure
from expertpost.model.branches import Branches
from expertpost.model.delivery import Delivery, move
from expertpost.model.evidence import Accepted, Intent, Report, Started
from expertpost.model.key import Account, Key
from expertpost.model.outcome import Receipt
from expertpost.store.git import Git, make_bare
from expertpost.store.hub import Hub, Landed
from expertpost.store.ledger import Chunk, Ledger, Told
from expertpost.store.tree import Identity
from expertpost.store.writing import write_commit

WORKSPACE = "01WORKSPACE"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = timedelta(minutes=15)
BY = Identity("A", "a@x.example")

Opened: TypeAlias = Callable[[Hub, str, str], Ledger]


def clock() -> datetime:
    """The moment at which every test of the kit happens."""
    return AT


def key(number: int, account: str = "acc") -> Key:
    """One of many keys."""
    return Key(WORKSPACE, f"01PIECE{number}", "hook", account)


def intent(owner: str = "me", epoch: int = 1) -> Intent:
    """A fresh claim."""
    return Intent(os.urandom(8).hex(), epoch, owner, AT + LEASE, "d", "c", "e", AT)


def claim(number: int, owner: str = "me", epoch: int = 1, account: str = "acc") -> Delivery:
    """A delivery that an owner claims for the first time."""
    return move(key(number, account), None, intent(owner, epoch))


def chunk(*claims: Delivery, owner: str = "me", told: Iterable[Told] = (), account: str = "acc") -> Chunk:
    """A chunk of claims of one account by its first owner."""
    return Chunk(Account(account).taken(owner, AT + LEASE), claims, (), tuple(told))


def told(row: Delivery, *facts: Report) -> Told:
    """Reports about a claim."""
    return Told(row.key, facts)


def accepted(row: Delivery, id_: str = "id-1") -> Told:
    """The report that it was sent."""
    return told(row, Started(row.intent.nonce, AT), Accepted(row.intent.nonce, AT, Receipt(id_)))


@dataclass(frozen=True, slots=True)
class Shared:
    """A shared repository with a main, and the ledger of the workspace in it."""

    remote: Git
    opened: Opened

    def hub(self, who: str) -> Hub:
        """The shared branches as this runner sees them now."""
        folder = self.remote.folder.parent / who
        found = Hub(Git(folder) if folder.exists() else make_bare(folder), Branches(), str(self.remote.folder), depth=1)
        found.fetch()
        return found

    def ledger(self, who: str = "me", workspace: str = WORKSPACE, pinned: str = "") -> Ledger:
        """The ledger as this runner sees it now."""
        return self.opened(self.hub(who), workspace, pinned)

    @property
    def main(self) -> str:
        """Where main is."""
        return self.remote.commit_of("refs/heads/main") or ""

    def merge(self) -> None:
        """Let main move on."""
        before = self.main
        after = write_commit(self.remote, {"a.md": os.urandom(8).hex().encode()}, "edit", BY, AT, base=before or None)
        if not self.remote.move_refs({"refs/heads/main": (after, before or None)}):
            raise RuntimeError("nobody else moves main here")


def found(ledger: Ledger, number: int) -> Delivery:
    """What the ledger knows of one of the keys."""
    row = ledger.look_up([key(number).id])[key(number).id]
    assert isinstance(row, Delivery)
    return row


def claimed(ledger: Ledger, number: int, main: str) -> bool:
    """Whether one of the keys can be claimed there; neither a race nor a seal is a claim."""
    try:
        return ledger.intend(chunk(claim(number)), main) == Landed()
    except Failure:
        return False
