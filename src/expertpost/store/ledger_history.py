"""Whether the history of a ledger is one of a ledger: nothing gone, nothing delivered undone, everything legible. Pure.

Every engine tells its history as steps; what must hold between them is judged here once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from expertpost.model.delivery import Delivery, State
from expertpost.model.key import Pin
from expertpost.store.fields import NotUnderstood
from expertpost.store.ledger import Row
from expertpost.store.ledger_json import row_from


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a ledger that must be looked at. ``where``: the write, file or key, for people."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Step:
    """One write. ``rows``: key → the line it wrote; ``gone``: keys it took away; ``wrong``: what else is amiss."""

    name: str
    rows: Mapping[str, bytes]
    gone: frozenset[str] = frozenset()
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class Judged:
    """What a history adds up to."""

    steps: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def judge(steps: Iterable[Step], workspace: str) -> Judged:
    """Go through a history from its beginning."""
    judged = Judged()
    for step in steps:
        judged.steps += 1
        judged.problems += (Problem(step.name, what) for what in _wrong(step, judged.rows, workspace))
    return judged


def _wrong(step: Step, rows: dict[str, Row], workspace: str) -> Iterator[str]:
    yield from step.wrong
    yield from (f"{key[:12]} was there before, and is gone" for key in sorted(step.gone))
    for key, line in sorted(step.rows.items()):
        try:
            row = row_from(line, workspace)
        except NotUnderstood as wrong:
            yield f"{key[:12]} {wrong}"
            continue
        if says := _undone(rows.get(key), row):
            yield f"{key[:12]} {says}"
        rows[key] = row


def _undone(before: Row | None, after: Row) -> str:
    """What of a row was undone by its next version; "" where nothing was."""
    if before is None:
        return ""
    if isinstance(before, Pin) or isinstance(after, Pin):
        same = isinstance(before, Pin) and isinstance(after, Pin) and before.targets == after.targets
        return "" if same else "has other recipients than were pinned"
    return _forgotten(before, after)


def _forgotten(before: Delivery, after: Delivery) -> str:
    if before.receipt and (after.receipt is None or before.receipt.remote_id not in _copies(after)):
        return "was delivered, and is not any more"
    if after.intent.epoch < before.intent.epoch:
        return "went back to an older claim"
    if after.resolved[: len(before.resolved)] != before.resolved:
        return "forgot what a person decided"
    if before.state is State.DELIVERED and not set(before.also) <= set(_copies(after)):
        return "forgot a further copy"
    return ""


def _copies(row: Delivery) -> tuple[str, ...]:
    return (row.receipt.remote_id, *row.also) if row.receipt else row.also
