"""What earlier runs left open: notes that never reached the ledger, and claims of runners that stopped."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from expertpost.flows.places import Place, kept_safe
from expertpost.flows.run import denied
from expertpost.model.config import Config
from expertpost.model.delivery import CLAIMED, Accepted, Delivery, Doubted, State
from expertpost.model.outcome import Receipt
from expertpost.publishers import registry
from expertpost.publishers.base import Findable
from expertpost.store.hub import Denied, Landed
from expertpost.store.journal import Journal
from expertpost.store.ledger import Ledger, Told

LOST = "the runner that claimed it stopped before it could tell what became of it"


def mend(
    ledger: Ledger,
    journal: Journal,
    config: Config,
    there: Iterable[Place],
    now: datetime,
    root: Path,
    env: Mapping[str, str],
) -> tuple[Told, ...]:
    """Tell the ledger what is known by now, in one push, or none where nothing is; and what that was.

    ``there``: the channels of this run; others are left alone. Raises Failure XP-LEDGER-DENIED, -DAMAGED.
    """
    leftovers = journal.leftovers(config.id)
    told = [one for left in leftovers for one in left.told]
    told += _settled(ledger, config, {place.channel.name: place for place in there}, now, root, env)
    answer = ledger.record(told)
    if isinstance(answer, Denied):
        raise denied(answer)
    for left in leftovers if isinstance(answer, Landed) else ():
        left.forget()
    return tuple(told)


def _settled(
    ledger: Ledger, config: Config, there: Mapping[str, Place], now: datetime, root: Path, env: Mapping[str, str]
) -> Iterator[Told]:
    """What is to be said of claims whose runner stopped, and of doubts that a search can end.

    A keyed service takes the same key once: there the delivery is simply claimed again, and nothing is said here.
    """
    for row in ledger.open():
        if not isinstance(row, Delivery):
            continue
        place = there.get(row.key.channel)
        gone = row.key.channel not in config.channels or (place and place.account != row.key.account)
        lost = row.state in CLAIMED and now >= row.intent.lease_until
        if not (lost or row.state is State.UNKNOWN) or not (place or gone):
            continue
        if place and not gone and place.keyed and row.intent.keyed:
            continue
        receipt = _found(place, row, root, env) if place and not gone else None
        if receipt:
            yield Told(row.key, (Accepted(row.intent.nonce, now, receipt),))
        elif lost:
            yield Told(row.key, (Doubted(row.intent.nonce, now, LOST),))


def _found(place: Place, row: Delivery, root: Path, env: Mapping[str, str]) -> Receipt | None:
    """What the service has under this key; None where it has nothing, cannot be searched or does not answer."""
    if not isinstance(place.publisher, Findable):
        return None

    def search() -> Receipt | None:
        publisher = registry.publisher_for(place.channel, root, env)
        return publisher.find(row.key.id) if isinstance(publisher, Findable) else None

    found = kept_safe(search)
    return found if isinstance(found, Receipt) else None
