"""One run of one runner: what it has claimed, what the ledger has still to be told, and how long a claim lasts."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.model.delivery import Delivery, Report, learn
from expertpost.model.key import Account, Key
from expertpost.model.witness import Witness
from expertpost.publishers.secrets import reason
from expertpost.store.hub import Denied
from expertpost.store.journal import Journal
from expertpost.store.ledger import Told


@dataclass(slots=True)
class Run:
    """One run of one runner (``owner``): what it has claimed, and what the ledger has still to be told.

    ``main`` is the commit that was judged. ``stop`` says that somebody asked to end. ``rows``: every delivery touched.
    ``seen``: people's events of which the ledger has still to be told that this run saw them first.
    ``pace``: so many claims it may make in a minute (0: as many as it likes); ``claims``: when it made the latest ones.
    """

    world: World
    journal: Journal
    owner: str
    stop: Callable[[], bool]
    main: str
    pending: list[Told] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    rows: dict[str, Delivery] = field(default_factory=dict)
    seen: list[Witness] = field(default_factory=list)
    pace: int = 0
    claims: deque[float] = field(default_factory=deque)

    def keep(self, row: Delivery, *facts: Report) -> Delivery:
        """Note what became of a claim: on this machine's disk now, in the ledger with the next push."""
        self.note(row.key, *facts)
        self.rows[row.key.id] = learn(row, facts)
        return self.rows[row.key.id]

    def note(self, key: Key, *facts: Report) -> None:
        """Note what became of a post that was out already, on the disk now and in the ledger with the next push."""
        told = Told(key, facts)
        self.journal.keep(told)
        self.pending.append(told)

    def told(self) -> None:
        """The ledger knows everything up to now."""
        self.pending.clear()
        self.seen.clear()
        self.journal.clear()

    def keep_pace(self) -> None:
        """Wait until one more claim keeps to the pace, or somebody asks to end."""
        while self.pace and len(self.claims) >= self.pace and not self.stop():
            left = self.claims[0] + 60 - self.world.monotonic()
            if left > 0:
                self.world.sleep(min(left, 1.0))
            else:
                self.claims.popleft()
        self.claims.append(self.world.monotonic())

    def pause(self, account: str, until: datetime | None) -> None:
        """Leave an account in peace until then."""
        self.accounts[account] = self.accounts[account].paused(until)


def denied(answer: Denied) -> Failure:
    """The failure where the host does not let the runner write its ledger. Without a ledger nothing is sent."""
    what = f"the shared repository does not take the ledger: {reason(answer.says)}"
    return Failure(
        "XP-LEDGER-DENIED", what, "let this runner push to that branch; nothing was sent", where=answer.branch
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """How long ago a claim was begun. Of two clocks the one that ran further counts: a machine may sleep (§5)."""

    world: World
    since: float
    at: datetime
    usable: timedelta

    @classmethod
    def start(cls, world: World, usable: timedelta) -> "Watch":
        """Begin now, before the claim is pushed."""
        return cls(world, world.monotonic(), world.now(), usable)

    def over(self) -> bool:
        """Whether it is too late to begin another send under this claim."""
        elapsed = max(self.world.monotonic() - self.since, (self.world.now() - self.at).total_seconds())
        return elapsed >= self.usable.total_seconds()
