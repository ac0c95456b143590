"""How often one run writes to the ledger."""

from dataclasses import dataclass, field
from pathlib import Path

from expertpost.flows.context import World
from expertpost.flows.run import Run
from expertpost.store.journal import Journal


@dataclass
class Watch:
    """A clock that goes on only where somebody sleeps."""

    at: float = 0.0
    rests: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Time goes by."""
        self.rests.append(seconds)
        self.at += seconds

    def run(self, pace: int, *, stopped: bool = False) -> Run:
        """A run by this clock."""
        world = World(Path(), monotonic=lambda: self.at, sleep=self.sleep)
        return Run(world, Journal(Path(), "", "me"), "me", lambda: stopped, "", pace=pace)


def claims(run: Run, watch: Watch, count: int, *, every: float = 0.0) -> list[float]:
    """When each of so many claims was made; ``every``: seconds that each takes."""
    made = []
    for _ in range(count):
        run.keep_pace()
        made.append(watch.at)
        watch.at += every
    return made


def test_a_run_keeps_to_its_pace() -> None:
    """In no minute more claims than allowed, and none later than it has to be."""
    watch = Watch()

    assert [0, 0, 60, 60, 120] == claims(watch.run(2), watch, 5)
    assert 1.0 == max(watch.rests)


def test_a_slow_run_waits_only_for_the_rest() -> None:
    """Time that the sends took counts."""
    watch = Watch()

    assert [0, 25, 60, 85] == claims(watch.run(2), watch, 4, every=25)


def test_without_a_pace_nothing_waits() -> None:
    """As often as it likes, where nothing is set."""
    watch = Watch()

    assert [0] * 100 == claims(watch.run(0), watch, 100)
    assert [] == watch.rests


def test_whoever_is_asked_to_end_does_not_wait() -> None:
    """The chunk is then claimed and given back, as at any other moment."""
    watch = Watch()

    assert [0, 0, 0] == claims(watch.run(1, stopped=True), watch, 3)
