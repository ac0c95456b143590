"""Sending to one channel after another: whose turn it is, what stops one of them, and what makes all be judged anew."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from expertpost.errors import Failure
from expertpost.flows.cases import Case, Stand
from expertpost.flows.context import World
from expertpost.flows.deliver import deliver
from expertpost.flows.places import Place, Trouble, kept_safe, trouble
from expertpost.flows.report import Line
from expertpost.flows.run import Run
from expertpost.flows.way import ELSEWHERE, Job, Stopped, Way
from expertpost.model.delivery import Delivery
from expertpost.publishers import registry
from expertpost.store.hub import Hub, Raced
from expertpost.store.ledger import Ledger
from expertpost.store.rewind import Tags
from expertpost.store.workspace import State, Workspace


@dataclass(slots=True)
class Errand:
    """One call of ``publish``. ``lines``: what was carried out of people's wishes.

    ``stopped``: channel → why it was left early; ``troubles`` by channel, "" for none.
    """

    world: World
    workspace: Workspace
    hub: Hub
    run: Run
    tags: Tags
    dry_run: bool
    channels: tuple[str, ...]
    limit: int | None
    lines: dict[tuple[str, ...], Line] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)


def send_out(
    errand: Errand, ledger: Ledger, state: State, there: Iterable[Place], cases: tuple[Case, ...]
) -> Raced | None:
    """Send what is due to one channel after another; Raced where everything is to be judged anew first."""
    left = deque(there)
    while left:
        ended = _send_to(errand, ledger, state, left.popleft(), cases)
        if isinstance(ended, Raced):
            return ended
        if ended and ended.met:
            # Whoever met another runner goes on elsewhere, each at another place, not all at the next one.
            left.rotate(int.from_bytes(errand.world.entropy(2), "big"))
    return None


def _send_to(
    errand: Errand, ledger: Ledger, state: State, place: Place, cases: tuple[Case, ...]
) -> Raced | Stopped | None:
    """Send what is due at one channel. Whatever is wrong there is noted and stops this channel only."""
    now, run, name = errand.world.now(), errand.run, place.channel.name
    due = sorted((c for c in cases if c.place is place and c.stand is Stand.DUE), key=Case.waited)
    jobs = [Job(case, slot) for case in due for slot in case.ready(now)]
    if not jobs or run.stop():
        return None
    try:
        account = run.accounts.get(place.account) or ledger.account(place.account)
    except Failure as damaged:
        errand.troubles[name] = trouble(name, damaged)
        return None
    if account.leased_to_another(run.owner, now):
        errand.stopped[name] = ELSEWHERE
        return None
    if account.not_before and now < account.not_before:
        errand.stopped[name] = f"the service is left in peace until {account.not_before.isoformat(timespec='seconds')}"
        return None
    made = kept_safe(partial(registry.publisher_for, place.channel, errand.workspace.root, errand.world.env))
    if isinstance(made, Failure):
        errand.troubles[name] = trouble(name, made)
        return None
    if abandoned(ledger, place, now):
        return Raced((errand.hub.branches.ledger,))
    again = partial(look_again, errand, ledger)
    ended = deliver(Way(run, ledger, place, made, lambda case, file: state.asset(case.piece, file), again), jobs)
    if isinstance(ended, Stopped):
        _stopped(errand, name, ended)
    return ended


def abandoned(ledger: Ledger, place: Place, now: datetime) -> bool:
    """Whether a claim at this channel has run out since the last look: whoever takes over an account mends it first."""
    rows = (row for row in ledger.open() if isinstance(row, Delivery) and row.key.channel == place.channel.name)
    return any(row.lost(now) and not (place.keyed and row.intent.key_lives(now)) for row in rows)


def look_again(errand: Errand, ledger: Ledger) -> bool:
    """Look at the shared branches again: whether main and people's facts are still those that were judged."""
    hub = errand.hub
    facts = hub.tip(hub.branches.reviews)
    hub.fetch()
    ledger.refresh()
    return hub.tip(hub.branches.main) == errand.run.main and hub.tip(hub.branches.reviews) == facts


def _stopped(errand: Errand, name: str, stopped: Stopped) -> None:
    errand.stopped[name] = stopped.says
    if stopped.failed:
        cure = "expertpost doctor --probe looks at it; the next run tries again"
        errand.troubles[name] = Trouble(name, "XP-CHANNEL-STOPPED", stopped.says, cure)
