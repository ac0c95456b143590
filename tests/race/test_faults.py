"""One fault after another, each at its worst moment; the services tell what they took."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.race.conftest import HANG
from tests.race.crew import Crew
from tests.race.engines import Engine
from tests.race.town import HOUR, Town, gate

from expertpost.store.git import Git
from expertpost.testing.twin import Fault

pytestmark = pytest.mark.timeout(HANG)
LEASE = 6.0
"""Longer than a claim of ``Mailroom.short_leases``, in seconds."""


@pytest.fixture
def town(tmp_path: Path, crew: Crew, engine: Engine) -> Iterator[Town]:
    """Three channels, the mailing to three."""
    with closing(Town.found(tmp_path, crew, engine, recipients=3)) as made:
        yield made


def test_a_runner_that_sleeps_past_its_claim(town: Town) -> None:
    """Stopped in the middle of a chunk until others took over, a runner that wakes up sends nothing more."""
    town.short_leases()
    town.write(1, 2, 3)
    sleeper = town.begin()
    town.hook.after = lambda: os.kill(sleeper.pid, signal.SIGSTOP)
    town.hook.wait_for(1)
    slept = time.monotonic()
    for _ in range(4):
        town.later += LEASE
        assert not town.run().killed
    taken = town.taken()
    # Its own clock is the system's: it has to wake up when its claim is over.
    time.sleep(max(0.0, slept + LEASE - time.monotonic()))
    os.kill(sleeper.pid, signal.SIGCONT)
    sleeper.end()

    assert taken == town.taken()
    town.settle()
    assert ([], []) == (town.broken(), town.harm())


@pytest.mark.parametrize("refused", range(1, 7))
def test_the_host_refuses_a_push(town: Town, refused: int) -> None:
    """Whichever push of a run the host refuses: what was not claimed is not sent, what was sent is not sent again."""
    town.write(1)
    with gate(town.room.org.remote, refuse=refused):
        town.run()
    town.settle()

    assert ([], []) == (town.broken(), town.harm())


@pytest.mark.parametrize("lost", range(1, 7))
def test_the_answer_to_a_push_is_lost(town: Town, tmp_path: Path, lost: int) -> None:
    """A push that was accepted and looked like a failure is found out by looking, and counts as won."""
    real = shutil.which("git")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/sh\n"{real}" "$@"\ncode=$?\ncase " $* " in *" push "*) echo x >> "{tmp_path}/pushes"\n'
        f'test "$(wc -l < "{tmp_path}/pushes")" -eq {lost} && {{ echo "fatal: it hung up" >&2; exit 128; }};;'
        "esac\nexit $code\n"
    )
    wrapper.chmod(0o755)
    town.write(1)
    town.env = {**town.env, "PATH": f"{wrapper.parent}:{os.environ['PATH']}"}
    first = town.run()
    town.env = {name: value for name, value in town.env.items() if name != "PATH"}
    town.settle()

    assert not first.killed
    assert (tmp_path / "pushes").exists()
    assert ([], []) == (town.broken(), town.harm())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root makes a small disk")
@pytest.mark.parametrize("where", ["remote", "runner"])
def test_the_disk_is_full(town: Town, where: str) -> None:
    """Where the claim cannot be kept nothing is sent; with room again everything goes once."""
    folder = town.room.org.remote if where == "remote" else town.room.runner.clone
    town.write(1)
    with small_disk(folder) as fill:
        fill()
        full = town.run()
        sent = town.taken()
    town.settle()

    assert not full.killed
    assert {} == dict(sent) or where == "runner"
    assert full.exit != 0
    assert ([], []) == (town.broken(), town.harm())


@pytest.mark.parametrize("chore", [("gc", "--prune=now", "--quiet"), ("repack", "-adq"), ("pack-refs", "--all")])
def test_the_repository_is_tidied_between_runs(town: Town, chore: tuple[str, ...]) -> None:
    """Chores of git between the runs, at the shared repository and in the runner's clone, change nothing."""
    for number in range(1, 4):
        town.write(number)
        town.run(kill=8 * number)
        for folder in (town.room.org.remote, town.room.runner.clone):
            subprocess.run(["git", "-C", str(folder), *chore], check=True, timeout=60)
    town.settle()

    assert ([], []) == (town.broken(), town.harm())


def test_main_is_rewound_while_a_run_is_under_way(town: Town) -> None:
    """What was taken back from main before its claim is not sent; the pieces that stayed go once."""
    town.write(1)
    before = Git(town.room.org.remote, {}).text("rev-parse", "main").strip()
    town.write(2)
    town.later += HOUR
    subprocess.run(["git", "-C", str(town.room.org.remote), "update-ref", "refs/heads/main", before], check=True)
    town.settle()

    assert [] == town.broken([1])
    assert 0 == sum(count for (number, _, _), count in town.taken().items() if number == "2")


@pytest.mark.parametrize("jump", [-HOUR, HOUR, 400 * 24 * HOUR], ids=["back", "ahead", "a-year-ahead"])
def test_the_clock_jumps(town: Town, jump: float) -> None:
    """A runner whose clock went wrong after another was killed sends nothing twice."""
    town.write(1)
    assert town.run(kill=12).killed
    town.later += jump
    town.run()
    town.later = max(town.later, 0) + HOUR
    town.settle()

    assert [] == [one for one in town.broken() if "taken" in one]
    assert [] == town.harm()


def test_a_search_that_lags(town: Town) -> None:
    """A service that took a post and does not show it yet gets no second one."""
    town.write(1)
    town.chat.lag = 1
    town.chat.fail(Fault.ANSWER_LOST)
    town.settle(runs=12)

    assert ([], []) == (town.broken(), town.harm())


@pytest.mark.parametrize(
    "fault", [Fault.BROKEN_BEFORE, Fault.BROKEN_AFTER, Fault.ANSWER_LOST, Fault.HALF_ANSWER, Fault.SLOW]
)
def test_every_answer_that_proves_nothing(town: Town, fault: Fault) -> None:
    """A service that breaks, hangs up, tells half or drips leaves doubt: never a second post, never a hidden loss."""
    town.write(1)
    for twin in (town.hook, town.chat, town.mail):
        if fault in twin.faults:
            twin.fail(fault)
    town.settle(runs=12)

    assert ([], []) == (town.broken(), town.harm())


def test_a_storm_of_refusals(town: Town) -> None:
    """A service that has had too many requests five times is asked as rarely as it wants, and gets each post once."""
    town.write(1, 2)
    for _ in range(5):
        town.hook.fail(Fault.THROTTLED)
        town.chat.fail(Fault.THROTTLED)
    town.settle(runs=20)

    assert ([], []) == (town.broken(), town.harm())
    assert len(town.hook.requests) <= 2 + 5


def test_a_token_revoked_in_the_middle(town: Town) -> None:
    """The account rests, the other channels go on, and with a good token everything goes once."""
    town.write(1, 2, 3)
    town.hook.after = lambda: town.hook.fail(Fault.DENIED)
    first = town.run()

    assert 3 == sum(count for (_, channel, _), count in town.taken().items() if channel == "chat")
    assert (1, 1) == (first.exit, len(town.hook.arrived()))
    town.settle()
    assert ([], []) == (town.broken(), town.harm())


def test_a_week_without_a_schedule(town: Town) -> None:
    """After a week the pieces that waited go once, or wait for a person because they are late; none goes unseen."""
    town.write(1)
    town.later += 3 * 24 * HOUR
    town.settle()

    assert ([], []) == (town.broken(), town.harm())


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """The folder on a disk of its own that can be filled; emptied and put back afterwards."""
    aside = folder.with_name(folder.name + "-aside")
    shutil.copytree(folder, aside, symlinks=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, timeout=60).returncode:
        pytest.skip("not even root may mount a disk here, as in most containers")
    try:
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
        filler = folder / "filler"

        def fill() -> None:
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"\0" * 4096)
                except OSError:
                    pass

        yield fill
        filler.unlink()
        shutil.rmtree(aside)
        shutil.copytree(folder, aside, symlinks=True)
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=60)
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(aside)
