"""The ledgers: due keys among 100,000 deliveries, and what several runners cost each other, for the three engines."""

import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.ratios import Row, milliseconds
from tests import postgres

from expertpost.model.delivery import Delivery, State
from expertpost.model.key import Account
from expertpost.model.outcome import Receipt
from expertpost.store.database import open_database
from expertpost.store.git import make_bare
from expertpost.store.hub import Denied, Hub, Landed
from expertpost.store.ledger import Chunk, Contents, Ledger, Told
from expertpost.store.ledger_git import GitLedger
from expertpost.store.ledger_sql import SqlLedger
from expertpost.testing.ledger_stage import AT, LEASE, WORKSPACE, Shared, accepted, claim, clock, key

SETTLED, DUE = 100_000, 50
DELIVERIES, CHUNK = 400, 50
RUNNERS = (1, 2, 8)


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine, and how its ledger is opened anew for each measurement."""

    name: str
    fresh: Callable[[Path], Shared]


@contextmanager
def engines() -> Iterator[list[Engine]]:
    """The engines that there are on this machine."""

    def shared(folder: Path, opened: Callable[[Hub, str, str], Ledger]) -> Shared:
        made = Shared(make_bare(folder / "remote.git"), opened)
        made.merge()
        return made

    def in_database(folder: Path, address: str) -> Shared:
        return shared(folder, lambda hub, w, p: SqlLedger(open_database(address, folder), hub, w, clock, os.urandom, p))

    def on_branch(folder: Path) -> Shared:
        return shared(folder, lambda hub, w, p: GitLedger(hub, w, clock, os.urandom, p))

    found = [Engine("git", on_branch), Engine("SQLite", lambda at: in_database(at, "sqlite:///ledger.db"))]
    with ExitStack() as stack:
        if postgres.programs():
            server = stack.enter_context(postgres.server(durable=True))
            found.append(Engine("PostgreSQL", lambda at: in_database(at, server.database())))
        yield found


def rows() -> list[Row]:
    """Measure each engine."""
    with engines() as found:
        return [row for one in found for row in (_looking_up(one), *(_running(one, many) for many in RUNNERS))]


def delivered(number: int) -> Delivery:
    """A delivery that went out long ago."""
    return replace(claim(number), state=State.DELIVERED, receipt=Receipt(f"id-{number}"))


def _looking_up(engine: Engine) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        shared = engine.fresh(Path(folder))
        first = shared.ledger("filler")
        _landed(first.fill(Contents(first.terms, tuple(map(delivered, range(SETTLED))))))
        due = [key(n).id for n in (*range(0, SETTLED, SETTLED * 2 // DUE), *range(SETTLED, SETTLED + DUE // 2))]
        hub = shared.hub("me")
        took = []
        for _ in range(5):
            mine = shared.opened(hub, WORKSPACE, "")
            begun = time.perf_counter()
            if len(mine.look_up(due)) != DUE // 2:
                raise ValueError("half of the due keys were sent before")
            took.append(time.perf_counter() - begun)
    seconds = statistics.median(took)
    what = f"{engine.name}: {DUE} due keys among {SETTLED:,} deliveries, s"
    return Row(what, 0.2, seconds, f"the first look-up of a run; best {milliseconds(min(took))}")


@dataclass(slots=True)
class _Tally:
    accepted: int = 0
    attempts: int = 0


def _running(engine: Engine, runners: int) -> Row:
    """Each runner sends through an account of its own; all of them write to one ledger."""
    share = DELIVERIES // runners
    with tempfile.TemporaryDirectory() as folder:
        shared = engine.fresh(Path(folder))
        ledgers = [(shared.hub(f"runner{n}"), f"runner{n}") for n in range(runners)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(runners) as pool:
            tallies = list(pool.map(lambda one: _run(shared, *one, share), ledgers))
        took = time.perf_counter() - begun
        there = sum(isinstance(row, Delivery) for row in shared.ledger("last").settled())
        if there != share * runners:
            raise ValueError(f"{there} of {share * runners} were delivered")
    pushes, attempts = sum(one.accepted for one in tallies), sum(one.attempts for one in tallies)
    best = runners * (math.ceil(share / CHUNK) + 1)
    note = f"{pushes} accepted of {attempts} tried for {share * runners} deliveries in chunks of {CHUNK}; {took:.1f} s"
    return Row(f"{engine.name}: accepted writes of {runners} runners ÷ (⌈n/k⌉ + 1 each)", 1, pushes / best, note)


def _run(shared: Shared, hub: Hub, owner: str, share: int) -> _Tally:
    """Claim chunk after chunk and tell of each with the next, as ``publish`` does; look again where it raced."""
    mine, tally, reports = shared.opened(hub, WORKSPACE, ""), _Tally(), list[Told]()
    account = Account(f"account-{owner}").taken(owner, AT + LEASE)
    for first in range(0, share, CHUNK):
        claims = tuple(claim(_number(owner, n), owner, 1, account.id) for n in range(first, min(first + CHUNK, share)))
        while True:
            tally.attempts += 1
            answer = mine.intend(Chunk(account, claims, (), tuple(reports)), shared.main)
            if isinstance(answer, Denied):
                raise ValueError(answer.says)
            if isinstance(answer, Landed):
                break
            hub.fetch()
            mine.refresh()
        tally.accepted += 1
        reports = [accepted(row) for row in claims]
    _landed(mine.record(reports, [account.given_back()]))
    return replace(tally, accepted=tally.accepted + 1, attempts=tally.attempts + 1)


def _number(owner: str, number: int) -> int:
    return int(owner.removeprefix("runner")) * DELIVERIES + number


def _landed(answer: object) -> None:
    if not isinstance(answer, Landed):
        raise TypeError(str(answer))
