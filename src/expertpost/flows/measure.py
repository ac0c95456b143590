"""What came back of posts that are out: asked by the runner after everything was sent, and told to the ledger.

It is worth less than anything else in a run: whatever goes wrong here waits for another day, and changes no exit code.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from expertpost.errors import Failure
from expertpost.flows.cases import Case
from expertpost.flows.places import Place, kept_safe
from expertpost.flows.run import Run
from expertpost.model.delivery import Delivery, State
from expertpost.model.measure import Measure, Measured, counted, is_due
from expertpost.model.outcome import Because, Refused
from expertpost.publishers import registry
from expertpost.publishers.base import Measurable, Publisher, Unreadable, guarded
from expertpost.publishers.http import LONGEST_WAIT, listening
from expertpost.publishers.quiet import quiet_until
from expertpost.publishers.service import Trouble, Unanswered
from expertpost.store.ledger import Ledger

MOST = 50
"""So many posts of one channel are asked about in one run; the next run goes on."""
PATIENCE = timedelta(minutes=1)
"""After so much time no further post is asked about: whoever waits for the run waits for posts, not for counts."""


@dataclass(frozen=True, slots=True)
class _Errand:
    """What is needed to ask. ``began``: seconds of the world's clock."""

    run: Run
    ledger: Ledger
    root: Path
    began: float

    def over(self) -> bool:
        """Whether nothing more is asked in this run."""
        return self.run.stop() or self.run.world.monotonic() - self.began > PATIENCE.total_seconds()


def measure(run: Run, ledger: Ledger, root: Path, cases: Iterable[Case]) -> None:
    """Ask the services what they count of each piece's last copies, at most once a day, and tell the ledger.

    Of a thread its first post speaks. ``cases``: every piece at every channel, as judged in this run; no lease is held.
    """
    if ledger.terms.sealed:
        return
    errand = _Errand(run, ledger, root, run.world.monotonic())
    try:
        new = [one for place, rows in _due(ledger, run, cases) for one in _at(errand, place, rows)]
        ledger.record((), (), (), new)
    except Failure as failure:
        # The same failure of sending was told; where nothing was sent, nobody needs to act today.
        run.world.tell(f"what came back was not noted: {failure.what}")


def _due(ledger: Ledger, run: Run, cases: Iterable[Case]) -> Iterator[tuple[Place, list[Delivery]]]:
    """Each channel that counts, with the posts that it is to be asked about now, the least often measured first."""
    now = run.world.now()
    at: dict[str, tuple[Place, list[Delivery]]] = {}
    for case in cases:
        if case.place.single and isinstance(case.place.publisher, Measurable):
            young = (row for row in _rows(ledger, case) if is_due(row.intent.at, (), now))
            at.setdefault(case.place.channel.name, (case.place, []))[1].extend(young)
    for place, young_ones in at.values():
        keys = [row.key.id for row in young_ones]
        known = {key: one.measures for key, one in ledger.measured(keys).items()}
        # Looked up once more: this very run may have removed it.
        rows = [row for row in ledger.look_up(keys).values() if isinstance(row, Delivery)]
        out = (row for row in rows if row.state is State.DELIVERED)
        due = [row for row in out if is_due(row.intent.at, known.get(row.key.id, ()), now)]
        if due:
            yield place, sorted(due, key=lambda row: (len(known.get(row.key.id, ())), row.key.id))[:MOST]


def _rows(ledger: Ledger, case: Case) -> Iterator[Delivery]:
    """A piece's first posts at a channel: of the edition that goes there now, and of those before it."""
    for slot in case.slots[:1]:
        if slot.row:
            yield slot.row
        before = [replace(slot.key, edition=edition).id for edition in range(1, slot.key.edition)]
        yield from (row for row in ledger.look_up(before).values() if isinstance(row, Delivery))


def _at(errand: _Errand, place: Place, rows: Iterable[Delivery]) -> Iterator[Measured]:
    """What one service counts of these posts, until it wants to be left in peace."""
    run, now = errand.run, errand.run.world.now()
    account = errand.ledger.account(place.account)
    made = kept_safe(partial(registry.publisher_for, place.channel, errand.root, run.world.env))
    resting = account.not_before is not None and now < account.not_before
    if isinstance(made, Failure) or resting or account.leased_to_another(run.owner, now):
        return
    for row in rows:
        if errand.over():
            return
        found, goes_on = _asked(run, made, row)
        yield Measured(row.key.id, (Measure(run.world.now(), found),))
        if not goes_on:
            return


def _asked(run: Run, publisher: Publisher[object], row: Delivery) -> tuple[tuple[tuple[str, int], ...], bool]:
    """What the service counts, nothing where it does not say, and whether it may be asked about the next post."""
    receipt, now = row.receipt, run.world.now()
    if receipt is None or not isinstance(publisher, Measurable):
        return (), True

    def ask() -> Mapping[str, int] | Trouble:
        try:
            return publisher.measure(receipt, now)
        except Unanswered as no:
            return no.trouble
        except Unreadable as no:
            return Refused(str(no))

    with listening() as heard:
        found = guarded(ask)
    if isinstance(found, Mapping):
        return counted(found), quiet_until(heard[-1].headers if heard else {}, now, LONGEST_WAIT) is None
    return (), isinstance(found, Refused) and found.because is Because.CONTENT
