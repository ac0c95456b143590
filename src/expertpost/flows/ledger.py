"""``ledger verify`` and ``ledger export``: whether the ledger is whole, and what is in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.flows.ledger_places import places
from expertpost.flows.room import ledger_of
from expertpost.model.canonical import Json
from expertpost.model.delivery import Delivery
from expertpost.model.measure import COUNTS, Measure, Measured
from expertpost.store import ledger_git_history, ledger_sql_history
from expertpost.store.claiming import id_of
from expertpost.store.ledger_history import Judged, Problem, judge
from expertpost.store.ledger_mirror import Mirror
from expertpost.store.ledger_sql import SqlLedger

COLUMNS = (
    "key", "piece", "channel", "account", "edition", "target", "part", "state", "at", "claimed_at", "attempts",
    "not_before", "reason", "remote_id", "url", "also", "commit", "content", "post", "measured_at", *COUNTS,
)  # fmt: skip
"""The fields of an exported delivery, in their order; the last ones are what was counted last, None for nothing."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at: the id of the ledger ("" where there is none yet), how many writes and deliveries it has.

    ``problems``: what is wrong. ``doubts``: what could not be looked at, or may go wrong one day.
    """

    id: str = ""
    engine: str = "git"
    writes: int = 0
    deliveries: int = 0
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Problem, ...] = ()


def verify(world: World, *, fetch: bool = True) -> Verified:
    """Go through the whole history. Raises Failure where the ledger does not even say what it is."""
    where = places(world, fetch=fetch)
    hub, branch = where.hub, where.branch()
    if not branch.exists:
        return Verified()
    on_branch = judge(ledger_git_history.steps_of(hub.git, hub.tip(hub.branches.ledger) or ""), where.config.id)
    on_branch.problems += _reading(branch, on_branch)
    if where.config.ledger.url is None:
        return _verified(branch, "git", on_branch, ())
    try:
        ledger = where.database(where.place)
    except Failure as away:
        says = Problem(where.place, f"the database was not looked at: {away.what}")
        return _verified(branch, "sql", on_branch, (says,))
    in_database, doubts = _in_database(ledger, where.config.id)
    in_database.problems += [*on_branch.problems, *_witnessed(branch, ledger)]
    return _verified(branch, "sql", in_database, doubts)


def _verified(branch: Mirror, engine: str, judged: Judged, doubts: tuple[Problem, ...]) -> Verified:
    deliveries = sum(isinstance(row, Delivery) for row in judged.rows.values())
    return Verified(branch.terms.id, engine, judged.steps, deliveries, tuple(judged.problems), doubts)


def _reading(branch: Mirror, judged: Judged) -> Iterator[Problem]:
    """Where what is read now is not what the history adds up to."""
    read = {id_of(row): row for row in (*branch.open(), *branch.settled())}
    branch.accounts()
    branch.witnessed()
    yield from (Problem(one.where, f"{one.key[:12]} {one.what}".strip()) for one in branch.damages())
    different = (key for key in read.keys() | judged.rows.keys() if read.get(key) != judged.rows.get(key))
    hurt = {one.key for one in branch.damages()}
    yield from (Problem(key[:12], "is not what was written last") for key in sorted(different) if key not in hurt)


def _in_database(ledger: SqlLedger, workspace: str) -> tuple[Judged, tuple[Problem, ...]]:
    if not ledger.exists:
        return Judged(), ()
    with ledger.database.reading() as connection:
        judged = judge(ledger_sql_history.steps_of(connection), workspace)
        judged.problems += ledger_sql_history.pointers(connection)
        return judged, tuple(ledger_sql_history.doubtful_settings(connection))


def _witnessed(branch: Mirror, ledger: SqlLedger) -> Iterator[Problem]:
    """Where the branch and the database do not tell of the same ledger."""
    if branch.point is None:
        yield Problem(branch.terms.id, "the branch holds a ledger of its own, and expertpost.toml names a database")
    elif branch.terms.id != ledger.terms.id and ledger.exists:
        yield Problem(branch.terms.id, f"the branch shows this ledger, and the database holds {ledger.terms.id}")
    elif branch.point.number and ledger.link_at(branch.point.number) != branch.point.link:
        yield Problem(f"write {branch.point.number}", "the branch shows it, and it is not in the database")


def export(world: World, *, fetch: bool = True) -> tuple[dict[str, Json], ...]:
    """Every delivery that the ledger branch shows, one set of fields each, in the order in which they were claimed."""
    where = places(world, fetch=fetch)
    ledger = ledger_of(where.hub, where.config, world)
    rows = [row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery)]
    measured, nothing = ledger.measured(), Measured("", ())
    ordered = sorted(rows, key=lambda row: (row.intent.at, row.key.id))
    return tuple(_fields(row) | _counts(measured.get(row.key.id, nothing)) for row in ordered)


def _counts(measured: Measured) -> dict[str, Json]:
    last = measured.last
    return {"measured_at": last.at.isoformat() if last else None, **{name: _count(last, name) for name in COUNTS}}


def _count(last: Measure | None, name: str) -> int | None:
    return dict(last.counts).get(name) if last else None


def _fields(row: Delivery) -> dict[str, Json]:
    receipt = row.receipt
    return {
        "key": row.key.id,
        "piece": row.key.piece,
        "channel": row.key.channel,
        "account": row.key.account,
        "edition": row.key.edition,
        "target": row.key.target,
        "part": row.key.part,
        "state": row.state.value,
        "at": row.at.isoformat(),
        "claimed_at": row.intent.at.isoformat(),
        "attempts": row.attempts,
        "not_before": row.not_before.isoformat() if row.not_before else None,
        "reason": row.reason,
        "remote_id": receipt.remote_id if receipt else "",
        "url": receipt.url if receipt else "",
        "also": list(row.also),
        "commit": row.intent.commit,
        "content": row.intent.content,
        "post": row.intent.digest,
    }
