"""Many runners on one ledger, in clones of their own; some of them lose their power."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import SECRET, Trap, hook, now
from tests.race.conftest import HANG
from tests.race.crew import Crew, Running
from tests.race.engines import Engine
from tests.race.near import near
from tests.race.town import HOUR, Town

from expertpost.errors import Exit
from expertpost.flows.places import places
from expertpost.flows.publish import publish
from expertpost.flows.report import Result
from expertpost.model.delivery import State
from expertpost.store.files import CommitFiles
from expertpost.store.ledger import Chunk
from expertpost.store.workspace import State as Workspace

pytestmark = pytest.mark.timeout(HANG)
PIECES = 100
RECIPIENTS = 3
MINUTES = 4
"""How long a schedule may go on while its runners are killed."""


@pytest.fixture
def town(tmp_path: Path, crew: Crew, engine: Engine) -> Iterator[Town]:
    """Three channels; five deliveries a piece."""
    with closing(Town.found(tmp_path, crew, engine, recipients=RECIPIENTS)) as made:
        made.short_leases()
        yield made


@pytest.mark.parametrize("runners", [2, 8, 20])
def test_all_at_once(town: Town, runners: int) -> None:
    """Runners that begin together send everything once, and none of them fails."""
    town.write(*range(1, 6))
    clones = [town.room.another(f"runner-{number}") for number in range(runners)]
    ended = [running.end() for running in [town.begin(clone) for clone in clones]]

    assert {0} == {run.status for run in ended}
    assert {0} == {run.exit for run in ended}, ended
    town.settle()
    assert ([], []) == (town.broken(), town.harm())


def test_whoever_meets_another_goes_on_elsewhere(tmp_path: Path, receiver: Trap) -> None:
    """Where somebody else takes one account after another, always right before a claim, a runner sends where it can."""
    room = near(tmp_path, *(hook(receiver, f"hook-{number}") for number in range(32)))
    room.approve(room.merge(), at=now() - timedelta(minutes=1))
    hub = room.fetched()
    there, _ = places(Workspace(CommitFiles(hub.git, hub.tip("main") or "")), room.runner.clone)
    rivals = iter([place.account for place in there][:31])

    def entropy(size: int) -> bytes:
        rival = next(rivals, None) if size == 16 else None
        if rival:
            ledger = room.ledger()
            account = ledger.account(rival).taken("somebody", now() + timedelta(hours=1))
            ledger.intend(Chunk(account, ()), room.fetched().tip("main") or "")
        return os.urandom(size)

    done = publish(replace(room.world, entropy=entropy, sleep=lambda _seconds: None))
    results = Counter(line.result for line in done.lines)

    assert (Exit.DONE, 32) == (done.exit, results[Result.SENT] + results[Result.WAITING])
    assert results[Result.SENT] == len(receiver.arrived()) == len(receiver.requests) >= 1


def test_fifty_within_a_second(tmp_path: Path, crew: Crew, engine: Engine, receiver: Trap) -> None:
    """Fifty runners and sixteen accounts: all end well, none gives up, and each account has its post once."""
    places = [hook(receiver, f"hook-{number}") for number in range(16)]
    room = near(tmp_path, *places, more=engine.more)
    room.approve(room.merge(), at=now() - timedelta(minutes=1))
    clones = [room.another(f"runner-{number}") for number in range(50)]
    env = {**engine.env, "HOOK_SECRET": SECRET}
    begun = [crew.begin(tmp_path, clone.clone, {**clone.env, **env}, later=0) for clone in clones]
    ended = Counter((run.status, run.exit, run.troubles) for run in [one.end() for one in begun])

    assert {(0, 0, ()): 50} == ended
    assert 16 == len(receiver.arrived()) == len(receiver.requests)
    assert {State.DELIVERED: 16} == Counter(row.state for row in room.rows().values())


def test_a_kill_every_second(town: Town) -> None:
    """Eight runners, five hundred deliveries, and a death every second: nothing twice, nothing lost or hidden."""
    town.write(*range(1, PIECES + 1))
    clones = [town.room.another(f"runner-{number}") for number in range(8)]
    chance = random.Random(8)
    running: dict[int, Running] = {}
    killed, end = 0, time.monotonic() + MINUTES * 60
    while time.monotonic() < end and not town.all_settled():
        for number, clone in enumerate(clones):
            if number not in running:
                running[number] = town.begin(clone)
        time.sleep(1)
        victim = chance.choice(sorted(running))
        with suppress(ProcessLookupError):
            os.kill(running[victim].pid, signal.SIGKILL)
            killed += 1
        for number in [each for each, run in running.items() if run.over() or each == victim]:
            running.pop(number).end()
    for run in running.values():
        run.end()
    town.later += HOUR
    town.settle()

    assert ([], []) == (town.broken(), town.harm())
    print(f"{killed} runners killed; {town.doubts()} of {PIECES * (2 + RECIPIENTS)} deliveries are left to a person")
