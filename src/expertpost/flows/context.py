"""The world a flow may touch, passed in at the edge so that tests can pass another."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expertpost.store.git import Running
    from expertpost.store.workspace import Workspace


def _now() -> datetime:
    return datetime.now(UTC)


def _since_boot() -> float:
    """Seconds since the machine started, also those in which it slept, where the system counts them (Linux)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0
"""Seconds for which somebody stands back at most who was too late once, and as often as one likes."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A workspace whose remote is being looked at. ``tree``: the answer to ``start_status``, where it was asked."""

    workspace: "Workspace"
    tree: "Running | None" = None


@dataclass(frozen=True, slots=True)
class World:
    """Where the person stands and what the outside gives.

    ``here``: the folder the command was called in. ``now``: an aware UTC clock. ``monotonic``: seconds that also count
    while the machine sleeps, where the system can. ``entropy``: n random bytes. ``env``: the environment.
    ``tell``: takes one short line of progress. ``ahead``: what git is busy with already (``flows.ahead``).
    ``sleep``: waits for so many seconds.
    """

    here: Path
    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = _since_boot
    entropy: Callable[[int], bytes] = os.urandom
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    tell: Callable[[str], None] = lambda _line: None
    ahead: Ahead | None = None
    sleep: Callable[[float], None] = time.sleep

    def stand_back(self, tries: int) -> None:
        """Wait for a random time, after more tries for a longer one: who met at a branch does not meet there again."""
        longest = min(_FIRST_WAIT * 2 ** min(tries, 10), _LONGEST_WAIT)
        self.sleep(longest * int.from_bytes(self.entropy(2), "big") / 0xFFFF)
