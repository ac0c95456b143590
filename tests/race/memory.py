"""Runners, ledgers and services in memory, for tens of thousands of histories: what sends is the real code.

Whatever a runner does to the world outside it is an effect, and at every effect anything can happen (``Fate``): the
power goes off, the runner sleeps while another one runs, the service breaks. Services remember what they took.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path

from tests.flows.organisation import START, WORKSPACE_ID

from expertpost.errors import Failure
from expertpost.flows.cases import Case, Slot, Stand
from expertpost.flows.context import World
from expertpost.flows.deliver import deliver
from expertpost.flows.mend import mend
from expertpost.flows.places import Place
from expertpost.flows.publish import _abandoned as abandoned
from expertpost.flows.run import Run
from expertpost.flows.way import Job, Way
from expertpost.model.channel import Channel, Guarantee
from expertpost.model.config import Config
from expertpost.model.delivery import Delivery
from expertpost.model.key import Account, Key
from expertpost.model.outcome import Busy, Outcome, Receipt, Unsure
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.post import Post
from expertpost.model.witness import Witness
from expertpost.publishers.base import Address, Probe, Publisher, Sending
from expertpost.store.claiming import holds, is_open, keys_of, learnt, merged
from expertpost.store.hub import Denied, Landed, Raced
from expertpost.store.journal import Leftover
from expertpost.store.ledger import Chunk, Contents, Damaged, Found, Ledger, Row, Terms, Told

TERMS = Terms(WORKSPACE_ID, "1ed9e5", "5a" * 32, timedelta(minutes=15), timedelta(minutes=2), timedelta(minutes=1))
SETTLE = timedelta(minutes=2)
NAP = timedelta(seconds=1)
"""What every effect takes at least."""


class Fate(Enum):
    """What happens at an effect."""

    WELL = auto()
    POWER_CUT = auto()
    SLEEPS = auto()
    """The runner stands still, past its claim, and another one runs meanwhile."""
    MEETS = auto()
    """Another runner runs meanwhile, and time hardly goes by."""
    REFUSED = auto()
    """The host does not take the push; the service is busy."""
    LOST = auto()
    """The answer never comes, whether or not it was taken."""
    LOST_BEFORE = auto()
    """The same, and it was not taken."""


class PowerCut(BaseException):
    """The runner is gone: nothing in it runs any more, no handler and no clean-up."""


@dataclass
class Service:
    """What took posts. ``taken``: how often, by key; ``lags``: a search shows a post only a settle time later."""

    guarantee: Guarantee
    town: "Town"
    lags: bool
    taken: Counter[str] = field(default_factory=Counter)
    shows: dict[str, object] = field(default_factory=dict)

    def take(self, key: str) -> None:
        """Take a post; a keyed service takes each key once."""
        if self.guarantee is Guarantee.KEYED and self.taken[key]:
            return
        self.taken[key] += 1
        self.shows.setdefault(key, self.town.now + (SETTLE if self.lags else timedelta(0)))


class InMemory(Publisher[None]):
    """The way to such a service."""

    says = "a service in memory"
    settings_type = type(None)
    service: Service
    settle = SETTLE

    @classmethod
    def render(cls, shown: object, settings: None) -> Post:
        """Nothing is rendered here."""
        raise NotImplementedError

    @property
    def account(self) -> str:
        """One account."""
        return "acme"

    def look(self, at: object) -> Probe | Outcome:
        """It is never asked."""
        raise NotImplementedError

    def deliver(self, sending: Sending) -> Outcome:
        """Send, and meet what is fated."""
        fate = self.service.town.effect()
        if fate is Fate.REFUSED:
            return Busy("too many requests")
        if fate is Fate.LOST_BEFORE:
            return Unsure("no answer")
        self.service.take(sending.key)
        fate = self.service.town.effect()
        return Unsure("no answer") if fate in (Fate.LOST, Fate.LOST_BEFORE, Fate.REFUSED) else Receipt(sending.key)


class Keyed(InMemory):
    """It takes the same key once."""

    guarantee = Guarantee.KEYED


class Blind(InMemory):
    """Nothing is known of it but its answer."""

    guarantee = Guarantee.BLIND


class Searchable(InMemory):
    """It can be searched."""

    guarantee = Guarantee.SEARCHABLE

    def find(self, key: str) -> Receipt | None:
        """Search, and meet what is fated."""
        service = self.service
        if service.town.effect() in (Fate.LOST, Fate.LOST_BEFORE, Fate.REFUSED):
            raise OSError("no answer")
        shown = service.shows.get(key)
        return Receipt(key) if shown is not None and shown <= service.town.now else None  # type: ignore[operator]


class Memory(Ledger):
    """A ledger that is shared like a branch: a look is a copy, and a push is an effect. Its state is the town's."""

    def __init__(self, town: "Town") -> None:
        self.town = town
        self.refresh()

    @property
    def terms(self) -> Terms:
        """Its terms."""
        return TERMS

    @property
    def exists(self) -> bool:
        """It is always there."""
        return True

    def refresh(self) -> None:
        """Look anew."""
        self._rows, self._account, self._version = dict(self.town.rows), self.town.account, self.town.version

    def look_up(self, keys: Iterable[str]) -> Mapping[str, Found]:
        """See Ledger."""
        return {key: self._rows[key] for key in keys if key in self._rows}

    def open(self) -> tuple[Row, ...]:
        """See Ledger."""
        return tuple(row for _, row in sorted(self._rows.items()) if is_open(row))

    def settled(self) -> tuple[Row, ...]:
        """See Ledger."""
        return tuple(row for _, row in sorted(self._rows.items()) if not is_open(row))

    def damages(self) -> tuple[Damaged, ...]:
        """It is never damaged."""
        return ()

    def account(self, account: str) -> Account:
        """The one account."""
        return self._account

    def accounts(self) -> tuple[Account, ...]:
        """The one account."""
        return (self._account,)

    def witnessed(self, events: Iterable[str] | None = None) -> Mapping[str, Witness]:
        """Nobody decides anything here."""
        return {}

    def intend(self, chunk: Chunk, main: str) -> Landed | Raced | Denied:
        """A push that lands only on what was looked at."""
        fate = self.town.effect()
        if fate is Fate.REFUSED:
            return Denied("expertpost-ledger", "no")
        if self._version != self.town.version:
            self.refresh()
            return Raced(("expertpost-ledger",))
        known = {**self._rows, **learnt(chunk.told, self._rows, "memory")}
        if not holds(chunk, self._account, known, self.town.now):
            return Raced(("expertpost-ledger",))
        self._push({**known, **{row.key.id: row for row in chunk.claims}}, chunk.account)
        self.town.effect()
        return Landed()

    def record(
        self, told: Iterable[Told], accounts: Iterable[Account] = (), seen: Iterable[Witness] = ()
    ) -> Landed | Raced | Denied:
        """A push that is tried on whatever is there."""
        told, accounts = tuple(told), tuple(accounts)
        if not told and not accounts:
            return Landed()
        if self.town.effect() is Fate.REFUSED:
            return Denied("expertpost-ledger", "no")
        self.refresh()
        rows = {**self._rows, **learnt(told, self._rows, "memory")}
        assert set(keys_of(told)) <= rows.keys()
        account = self._account
        for one in accounts:
            account = merged(account, one)
        self._push(rows, account)
        self.town.effect()
        return Landed()

    def _push(self, rows: Mapping[str, Found], account: Account) -> None:
        town = self.town
        town.rows, town.account, town.version = dict(rows), account, town.version + 1  # type: ignore[arg-type]
        self.refresh()

    def seal(self, goes_on: str) -> Landed | Raced | Denied:
        """It is never sealed."""
        raise NotImplementedError

    def fill(self, contents: Contents) -> Landed | Raced | Denied:
        """It is never filled."""
        raise NotImplementedError


@dataclass
class Notes:
    """A runner's journal: what is on its disk stays there when the power goes off."""

    told: list[Told] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)

    def keep(self, told: Told) -> None:
        """Note a report."""
        self.told.append(told)

    def begin(self, nonces: Iterable[str]) -> None:
        """Note what was claimed."""
        self.claimed |= set(nonces)

    def clear(self) -> None:
        """The ledger has it."""
        self.told.clear()
        self.claimed.clear()

    def leftovers(self, _workspace: str) -> tuple[Leftover, ...]:
        """What the run before left."""
        if not self.told and not self.claimed:
            return ()
        return (_Left(Path(), 0, tuple(self.told), frozenset(self.claimed), self),)


@dataclass(frozen=True, slots=True)
class _Left(Leftover):
    notes: Notes = field(default_factory=Notes)

    def forget(self) -> None:
        """The ledger has it."""
        self.notes.clear()


@dataclass
class Town:
    """Everything of one history. ``fates``: what happens at the effects to come; when they are used up all is well."""

    guarantee: Guarantee
    deliveries: int
    fates: Iterator[Fate]
    lags: bool = False
    rows: dict[str, Row] = field(default_factory=dict)
    account: Account = field(default_factory=lambda: Account("acme"))
    version: int = 0
    depth: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        self.now = START
        self.service = Service(self.guarantee, self, self.lags)
        self.notes = [Notes() for _ in range(3)]
        self.keys = [Key(WORKSPACE_ID, f"piece-{n}", "news", "acme") for n in range(self.deliveries)]
        made = {Guarantee.KEYED: Keyed, Guarantee.BLIND: Blind, Guarantee.SEARCHABLE: Searchable}[self.guarantee]
        self.publisher = made(None, {}, Path())
        self.publisher.service = self.service
        self.place = Place(CHANNEL, self.publisher, "acme", (Address(),))

    def effect(self) -> Fate:
        """Something is about to be done to the world; what happens instead, or besides."""
        self.now += NAP
        fate = next(self.fates, Fate.WELL)
        if fate is Fate.POWER_CUT:
            raise PowerCut
        if fate in (Fate.SLEEPS, Fate.MEETS) and self.depth < len(self.notes):
            self.now += TERMS.lease + SETTLE if fate is Fate.SLEEPS else NAP
            self.run()
        return fate

    def run(self) -> None:
        """One run of the runner whose turn it is, whatever becomes of it."""
        notes, before = self.notes[self.depth], self.depth
        self.depth += 1
        with suppress(PowerCut, Failure):
            _run(self, notes)
        self.depth = before

    def settle(self, runs: int) -> None:
        """A schedule's runs, an hour apart, with nothing in their way."""
        self.fates = iter(())
        while runs and (len(self.rows) < self.deliveries or any(map(is_open, self.rows.values()))):
            self.now += timedelta(hours=1)
            self.run()
            runs -= 1

    def entropy(self, size: int) -> bytes:
        """Bytes that never come twice."""
        self.number += 1
        return self.number.to_bytes(size, "big")


CHANNEL = Channel("news", "memory", ("colleagues",))
FRONT = FrontMatter(id="01JD0000000000000000PCE001", title="Torque", authors=("anna",), slug="torque")
PIECE = Piece(FRONT, "Turn it gently.", "drafts/torque.md")
CONFIG = Config(name="Acme", id=WORKSPACE_ID, channels={"news": CHANNEL})
ROUNDS = 3
POST = Post(("Turn it gently.",))


def _run(town: Town, notes: Notes) -> None:
    """What ``publish`` does between its look at main and its answer, with the real parts."""
    world = World(
        Path(), now=lambda: town.now, monotonic=lambda: (town.now - START).total_seconds(), entropy=town.entropy, env={}
    )
    run = Run(world, notes, world.entropy(8).hex(), lambda: False, "main")  # type: ignore[arg-type]
    ledger = Memory(town)
    for _ in range(ROUNDS):
        ledger.refresh()
        ended = _round(town, run, ledger)
        answer = ledger.record(run.pending, (one.given_back() for one in run.accounts.values()))
        if isinstance(answer, Landed):
            run.told()
            run.accounts.clear()
        if not isinstance(ended, Raced):
            return


def _round(town: Town, run: Run, ledger: Memory) -> object:
    mend(ledger, run.journal, CONFIG, [town.place], town.now, Path(), {})
    account = ledger.account("acme")
    if account.leased_to_another(run.owner, town.now) or (account.not_before and town.now < account.not_before):
        return None
    known = ledger.look_up(key.id for key in town.keys)
    cases = [_case(town, key, known.get(key.id)) for key in town.keys]
    jobs = [Job(case, slot) for case in cases for slot in case.ready(town.now)]
    if not jobs:
        return None
    if abandoned(ledger, town.place, town.now):
        return Raced(("expertpost-ledger",))

    def again() -> bool:
        ledger.refresh()
        return True

    return deliver(Way(run, ledger, town.place, town.publisher, lambda _case, _file: None, again), jobs)


def _case(town: Town, key: Key, row: Found | None) -> Case:
    slot = Slot(key, Address(), row if isinstance(row, Delivery) else None)
    return Case(PIECE, town.place, Stand.DUE, post=POST, slots=(slot,))
