"""One history: runners, a ledger and a service in memory; what looks, claims and sends is the real code.

Whatever a runner does to the world outside it is an effect, and at every effect anything can happen (``fate.Fate``).
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.flows.organisation import START, WORKSPACE_ID
from tests.race.fate import NAP, SETTLE, Fate, PowerCut
from tests.race.memory import TERMS, Memory, Notes, Shared
from tests.race.services import Blind, Keyed, Searchable, Service

from expertpost.errors import Failure
from expertpost.flows.cases import Case, Slot, Stand
from expertpost.flows.context import World
from expertpost.flows.deliver import deliver
from expertpost.flows.mend import mend
from expertpost.flows.places import Place
from expertpost.flows.run import Run
from expertpost.flows.turns import abandoned
from expertpost.flows.way import Job, Way
from expertpost.model.channel import Channel, Guarantee
from expertpost.model.config import Config
from expertpost.model.delivery import Delivery
from expertpost.model.key import Key
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.post import Post
from expertpost.publishers.base import Address
from expertpost.store.claiming import is_open
from expertpost.store.hub import Landed, Raced
from expertpost.store.ledger import Found


@dataclass
class History:
    """Everything of one history. ``fates``: what happens at the effects to come; when they are used up all is well."""

    guarantee: Guarantee
    deliveries: int
    fates: Iterator[Fate]
    lags: bool = False
    shared: Shared = field(default_factory=Shared)
    depth: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        self.now = START
        self.service = Service(self.guarantee, self, self.lags)
        self.notes = [Notes(self) for _ in range(3)]
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
        while runs and (len(self.shared.rows) < self.deliveries or any(map(is_open, self.shared.rows.values()))):
            self.now += timedelta(hours=1)
            self.run()
            runs -= 1

    def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.now += timedelta(seconds=seconds)

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


def _run(history: History, notes: Notes) -> None:
    """What ``publish`` does between its look at main and its answer, with the real parts."""
    world = World(
        Path(),
        now=lambda: history.now,
        monotonic=lambda: (history.now - START).total_seconds(),
        entropy=history.entropy,
        env={},
        sleep=history.wait,
    )
    run = Run(world, notes, world.entropy(8).hex(), lambda: False, "main")  # type: ignore[arg-type]
    ledger = Memory(history.shared, history)
    for _ in range(ROUNDS):
        ledger.refresh()
        ended = _round(history, run, ledger)
        answer = ledger.record(run.pending, (one.given_back() for one in run.accounts.values()))
        if isinstance(answer, Landed):
            run.told()
            run.accounts.clear()
        if not isinstance(ended, Raced):
            return


def _round(history: History, run: Run, ledger: Memory) -> object:
    mend(ledger, run.journal, CONFIG, [history.place], history.now, Path(), {})
    account = ledger.account("acme")
    if account.leased_to_another(run.owner, history.now) or (account.not_before and history.now < account.not_before):
        return None
    known = ledger.look_up(key.id for key in history.keys)
    cases = [_case(history, key, known.get(key.id)) for key in history.keys]
    jobs = [Job(case, slot) for case in cases for slot in case.ready(history.now)]
    if not jobs:
        return None
    if abandoned(ledger, history.place, history.now):
        return Raced(("expertpost-ledger",))

    def again() -> bool:
        ledger.refresh()
        return True

    return deliver(Way(run, ledger, history.place, history.publisher, lambda _case, _file: None, again), jobs)


def _case(history: History, key: Key, row: Found | None) -> Case:
    slot = Slot(key, Address(), row if isinstance(row, Delivery) else None)
    return Case(PIECE, history.place, Stand.DUE, post=POST, slots=(slot,))
