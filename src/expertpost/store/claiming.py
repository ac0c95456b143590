"""What every engine of the ledger decides in the same way: whether a claim holds, and what reports make of a row. Pure.

An engine reads under its lock, asks here, and writes: that is the whole compare-and-swap.
"""

from collections.abc import Iterable, Mapping, Sized
from datetime import datetime

from expertpost.model.delivery import SETTLED, Delivery, IllegalMove, learn, move
from expertpost.model.key import Account, Pin
from expertpost.store.ledger import Chunk, Found, Row, Told, broken


def id_of(row: Row) -> str:
    """The key under which a row stands."""
    return row.id if isinstance(row, Pin) else row.key.id


def is_open(row: Row) -> bool:
    """Whether the runner still has to do with it."""
    return not row.complete if isinstance(row, Pin) else row.state not in SETTLED


def holds(chunk: Chunk, account: Account, known: Mapping[str, Found], now: datetime) -> bool:
    """Whether a chunk can be claimed on what the ledger says now.

    ``account`` is the chunk's account and ``known`` its keys as they stand, the chunk's own reports learnt already.
    """
    owner = chunk.account.owner
    if account.leased_to_another(owner, now) or account.epoch_of(owner) != chunk.account.epoch:
        return False
    return all(_follows(claim, known.get(claim.key.id)) for claim in chunk.claims)


def _follows(claim: Delivery, before: Found | None) -> bool:
    """Whether a claim is what its intent makes of the folded delivery."""
    if before is not None and not isinstance(before, Delivery):
        return False
    try:
        return move(claim.key, before, claim.intent) == claim
    except IllegalMove:
        return False


def keys_of(told: Iterable[Told]) -> tuple[str, ...]:
    """The keys that reports speak of."""
    return tuple(one.key.id for one in told)


def learnt(told: Iterable[Told], known: Mapping[str, Found], where: str) -> dict[str, Row]:
    """The rows that reports change, by key. A damaged one stays as it is.

    Raises Failure XP-LEDGER-DAMAGED for a report about a claim that the ledger does not know: it was rewound.
    """
    rows: dict[str, Row] = {}
    for one in told:
        before = rows.get(one.key.id) or known.get(one.key.id)
        if before is None:
            raise broken("a claim of ours is gone from the ledger: it was rewound", where)
        if isinstance(before, Delivery):
            rows[one.key.id] = learn(before, one.facts)
    return rows


def report_of(told: Sized, seen: Sized, measured: Sized) -> str:
    """What a record writes, in a few words for whoever looks at the history."""
    also = {"saw": len(seen), "measured": len(measured)}
    return ", ".join((f"report {len(told)}", *(f"{name} {count}" for name, count in also.items() if count)))


def merged(now: Account, wanted: Account) -> Account:
    """An owner's last word about an account, unless it has another owner by now: then only the pause counts."""
    return (wanted if now.epoch == wanted.epoch else now).paused(now.not_before).paused(wanted.not_before)
