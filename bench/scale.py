"""A million deliveries, 200 accounts and 50 runners on PostgreSQL, with the real engine: ``python -m bench.scale``.

Every runner is a process of its own with a clone of its own, claims as ``publish`` does – the look at main by a push
included – and notes what it "sent" in a file of its own, as a service would. Nothing waits for a service: what is
measured is what the ledger alone can carry.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import psycopg
from bench.ledger import delivered
from tests import postgres

from expertpost.model.delivery import Delivery
from expertpost.store.database import open_database
from expertpost.store.git import make_bare
from expertpost.store.hub import Hub, Landed
from expertpost.store.ledger import Chunk, Contents, Told
from expertpost.store.ledger_sql import SqlLedger
from expertpost.testing.ledger_stage import AT, LEASE, Shared, accepted, claim, clock, key

BATCH, CHUNK = 50_000, 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated. ``history``: deliveries that went out before; ``each``: how many an account has now."""

    history: int
    accounts: int
    runners: int
    each: int


@dataclass(slots=True)
class Tally:
    """What one runner did. ``took``: seconds of each claim, its look at main included."""

    accepted: int = 0
    raced: int = 0
    sent: int = 0
    took: list[float] = field(default_factory=list)


def main() -> None:
    """Simulate, check that nothing was sent twice or left out, and print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    for name, number in (("history", 1_000_000), ("accounts", 200), ("runners", 50), ("each", 100)):
        asked.add_argument(f"--{name}", type=int, default=number)
    plan = Plan(**vars(asked.parse_args()))
    with tempfile.TemporaryDirectory() as folder, postgres.server(durable=True) as server:
        address = server.database()
        shared = _shared(Path(folder), address)
        _fill(shared, plan.history)
        _tell("size of the database", f"{_size(address) / 1e6:,.0f} MB with {plan.history:,} deliveries")
        _look(shared, plan)
        _simulate(shared, plan, Path(folder))
        _tell("size of the database", f"{_size(address) / 1e6:,.0f} MB at the end")


def _tell(what: str, figures: str) -> None:
    print(f"{what}: {figures}", flush=True)


def _shared(folder: Path, address: str) -> Shared:
    def opened(hub: Hub, workspace: str, pinned: str) -> SqlLedger:
        return SqlLedger(open_database(address, folder), hub, workspace, clock, os.urandom, pinned)

    made = Shared(make_bare(folder / "remote.git"), opened)
    made.merge()
    return made


def _ledger(shared: Shared, who: str) -> SqlLedger:
    found = shared.ledger(who)
    if not isinstance(found, SqlLedger):
        raise TypeError("this simulates a database")
    return found


def _fill(shared: Shared, history: int) -> None:
    ledger, begun = _ledger(shared, "history"), time.perf_counter()
    for first in range(0, history, BATCH):
        rows = tuple(delivered(number) for number in range(first, min(first + BATCH, history)))
        _landed(ledger.adopt(Contents(ledger.terms, rows)))
    _tell("filled", f"{history:,} deliveries in {time.perf_counter() - begun:.0f} s")


def _size(address: str) -> int:
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def _look(shared: Shared, plan: Plan) -> None:
    ledger = _ledger(shared, "reader")
    for count in (50, 10_000):
        due = [key(number).id for number in range(0, plan.history, max(plan.history // count, 1))][:count]
        took = []
        for _ in range(3):
            begun = time.perf_counter()
            ledger.look_up(due)
            took.append(time.perf_counter() - begun)
        _tell(f"{count:,} keys looked up", f"{statistics.median(took) * 1000:,.0f} ms")
    begun = time.perf_counter()
    ledger.open()
    _tell("everything that is open", f"{(time.perf_counter() - begun) * 1000:,.0f} ms")


def _simulate(shared: Shared, plan: Plan, folder: Path) -> None:
    fork, begun = get_context("fork"), time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with fork.Pool(plan.runners, initializer=_keep, initargs=(shared, plan, folder)) as pool:
        tallies = pool.map(_run, range(plan.runners), chunksize=1)
        pool.close()
        pool.join()
    took = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    logs = [line for file in folder.glob("*.sent") for line in file.read_text(encoding="utf-8").splitlines()]
    wanted = plan.accounts * plan.each
    if len(logs) != wanted or len(set(logs)) != wanted:
        raise ValueError(f"{len(logs)} were sent, {len(set(logs))} of them different; {wanted} were due")
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    claims = sorted(seconds for one in tallies for seconds in one.took)
    accepted_, raced = sum(one.accepted for one in tallies), sum(one.raced for one in tallies)
    _tell("deliveries", f"{wanted:,}, each once, by {plan.runners} runners at {plan.accounts} accounts in {took:.1f} s")
    _tell("a second", f"{wanted / took:,.0f} deliveries, {accepted_ / took:,.1f} accepted writes")
    _tell("writes", f"{accepted_:,} accepted, {raced:,} raced")
    _tell("one claim", f"median {claims[len(claims) // 2] * 1000:,.0f} ms, slowest {claims[-1] * 1000:,.0f} ms")
    _tell("CPU of runners and git", f"{cpu / wanted * 1000:.2f} ms a delivery")


_HERE: list[tuple[Shared, Plan, Path]] = []


def _keep(shared: Shared, plan: Plan, folder: Path) -> None:
    _HERE.append((shared, plan, folder))


def _run(number: int) -> Tally:
    """One runner: account after account, beginning at a place of its own, until nothing is left."""
    shared, plan, folder = _HERE[0]
    owner, tally = f"runner{number}", Tally()
    ledger = _ledger(shared, owner)
    with (folder / f"{owner}.sent").open("w", encoding="utf-8") as log:
        for account in _in_turn(number, plan):
            for row in _through(shared, ledger, account, owner, plan.each, tally):
                print(row.key.id, file=log)
    return tally


def _in_turn(number: int, plan: Plan) -> Iterable[int]:
    first = number * plan.accounts // plan.runners
    return ((first + step) % plan.accounts for step in range(plan.accounts))


def _through(shared: Shared, ledger: SqlLedger, number: int, owner: str, each: int, tally: Tally) -> Iterator[Delivery]:
    """Send what is left at one account, chunk by chunk; nothing where somebody else is sending there."""
    id_, main, reports = f"account{number}", shared.main, list[Told]()
    account = ledger.account(id_)
    numbers = [10_000_000 + number * each + one for one in range(each)]
    while not account.leased_to_another(owner, AT):
        known = ledger.look_up(key(one, id_).id for one in numbers)
        due = [one for one in numbers if key(one, id_).id not in known][:CHUNK]
        if not due:
            break
        account = account.taken(owner, AT + LEASE)
        claims = tuple(claim(one, owner, account.epoch, id_) for one in due)
        begun = time.perf_counter()
        answer = ledger.intend(Chunk(account, claims, (), tuple(reports)), main)
        if not isinstance(answer, Landed):
            tally.raced += 1
            account = ledger.account(id_)
            continue
        tally.took.append(time.perf_counter() - begun)
        tally.accepted += 1
        yield from claims
        tally.sent += len(claims)
        reports = [accepted(row, f"id-{row.key.id[:8]}") for row in claims]
    if reports:
        _landed(ledger.record(reports, [replace(account, owner=owner).given_back()]))
        tally.accepted += 1


def _landed(answer: object) -> None:
    if not isinstance(answer, Landed):
        raise TypeError(str(answer))


if __name__ == "__main__":
    main()
