"""What earlier runs left open: notes that never reached the ledger, claims of runners that stopped, and doubts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from expertpost.errors import Failure
from expertpost.flows.places import Place, kept_safe
from expertpost.flows.run import denied
from expertpost.model.config import Config
from expertpost.model.delivery import CLAIMED, Absent, Accepted, Delivery, Doubted, Held, Released, Report, State, learn
from expertpost.model.outcome import Receipt
from expertpost.publishers import registry
from expertpost.publishers.base import Findable, Publisher
from expertpost.store.hub import Denied, Landed
from expertpost.store.journal import Journal, Leftover
from expertpost.store.ledger import Ledger, Told

LOST = "the runner that claimed it stopped before it could tell what became of it"
BLIND = "nobody can look it up there but a person"


@dataclass(slots=True)
class _Look:
    """What is needed to end doubts. ``there``: the channels of this run; ``unstarted``: nonces nothing was sent of."""

    config: Config
    there: Mapping[str, Place]
    now: datetime
    root: Path
    env: Mapping[str, str]
    unstarted: frozenset[str]
    made: dict[str, object] = field(default_factory=dict)

    def place(self, row: Delivery) -> Place | None:
        """Where a delivery goes, None where that is no longer configured as it was."""
        place = self.there.get(row.key.channel)
        return place if place and place.account == row.key.account else None

    def has_part_in(self, row: Delivery) -> bool:
        """Whether this run has to do with a delivery: its channel is in this run, or in no configuration any more."""
        return row.key.channel in self.there or row.key.channel not in self.config.channels

    def search(self, place: Place) -> Callable[[str], Receipt | None] | None:
        """How to search a channel; None where it cannot be searched, or not now (a secret is missing)."""
        name = place.channel.name
        if name not in self.made:
            self.made[name] = kept_safe(lambda: self._awake(place))
        publisher = self.made[name]
        return publisher.find if isinstance(publisher, Findable) else None

    def _awake(self, place: Place) -> Publisher[object]:
        publisher = registry.publisher_for(place.channel, self.root, self.env)
        publisher.wake(self.now)
        return publisher


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
    unstarted = frozenset(nonce for left in leftovers for nonce in left.unstarted)
    look = _Look(config, {place.channel.name: place for place in there}, now, root, env, unstarted)
    noted = [one for left in leftovers for one in left.told]
    rows = [row for row in ledger.open() if isinstance(row, Delivery)]
    told = [*noted, *_settled(look, _noted(rows, noted))]
    answer = ledger.record(told)
    if isinstance(answer, Denied):
        raise denied(answer)
    for left in leftovers if isinstance(answer, Landed) else ():
        if not _still_proves(left, rows, now):
            left.forget()
    return tuple(told)


def _still_proves(left: Leftover, rows: Iterable[Delivery], now: datetime) -> bool:
    """Whether a runner's notes will say something once its lease is over: that it never began with a claim."""
    return any(row.intent.nonce in left.unstarted and row.state in CLAIMED and not row.lost(now) for row in rows)


def _noted(rows: Iterable[Delivery], told: Iterable[Told]) -> Iterable[Delivery]:
    """The rows with what runners noted of them."""
    known = {row.key.id: row for row in rows}
    for one in told:
        if one.key.id in known:
            known[one.key.id] = learn(known[one.key.id], one.facts)
    return known.values()


def _settled(look: _Look, rows: Iterable[Delivery]) -> Iterator[Told]:
    """What is to be said of claims whose runner stopped, and of doubts that a search can end."""
    for row in rows:
        doubtful = row.lost(look.now) or row.state is State.UNKNOWN
        if doubtful and look.has_part_in(row):
            facts = tuple(_facts(look, row))
            if facts:
                yield Told(row.key, facts)


def _facts(look: _Look, row: Delivery) -> Iterator[Report]:
    """What can be said of one doubt now."""
    place, nonce = look.place(row), row.intent.nonce
    if row.state in CLAIMED and nonce in look.unstarted:
        yield Released(nonce, look.now)
        return
    if place and place.keyed and row.intent.key_lives(look.now):
        # The service takes the same key once: it is simply claimed again.
        return
    if row.state in CLAIMED:
        yield Doubted(nonce, look.now, LOST)
    if place and place.settle is not None:
        yield from _searched(look, place, row)
    elif row.state is State.UNKNOWN:
        yield Held(nonce, look.now, row.reason or BLIND)


def _searched(look: _Look, place: Place, row: Delivery) -> Iterator[Report]:
    """What the service says of a key; nothing where it gave no complete answer."""
    search = look.search(place)
    if search is None:
        return
    found = kept_safe(lambda: search(row.key.id))
    if isinstance(found, Receipt):
        yield Accepted(row.intent.nonce, look.now, found)
    elif not isinstance(found, Failure):
        yield Absent(row.intent.nonce, look.now)
