"""``ledger copy`` and ``ledger init``: a ledger goes on at another place, begins, or begins again after a loss."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.ledger_places import BRANCH, Where, landed, places
from expertpost.flows.room import guard_home
from expertpost.model.delivery import CLAIMED, Delivery, State, move
from expertpost.model.evidence import Doubted
from expertpost.store.claiming import id_of
from expertpost.store.ledger import Contents, Row, contents_of, sealed
from expertpost.store.ledger_mirror import Mirror, elsewhere, guard_point
from expertpost.store.ledger_sql import SqlLedger
from expertpost.store.measures import news
from expertpost.store.rewind import Tags

LEFT = "the ledger was copied while this was claimed: nobody can tell what became of it"
FOUND = "the ledger lost what came after: nobody can tell what became of it"
"""What is said of a claim that stood open when a ledger went on elsewhere, or after a loss."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, or would be. ``unknown``: claims in doubt from now on; ``line``: for expertpost.toml."""

    id: str
    deliveries: int
    unknown: int
    line: str
    dry_run: bool = False


def copy(world: World, source: str, target: str, wait: Callable[[float], None], *, dry_run: bool = False) -> Copied:
    """Seal the ledger at ``source``, wait until nobody can be sending, and let it go on at ``target``.

    ``wait`` takes seconds. May be run again after whatever stopped it. Raises Failure where nothing can be copied.
    """
    where = places(world)
    guard_home(where.workspace, where.hub, where.config)
    old, branch = where.opened(source), where.branch()
    _guard_source(source, old, branch)
    new = None if target == BRANCH else where.database(target)
    _guard_target(old.terms.id, branch, new)
    if not dry_run:
        landed(old.seal(target))
        _wait_out(world, old, wait)
        old.refresh()
    contents, unknown = _left(contents_of(old), world.now(), LEFT)
    if old.damages():
        what = f"{len(old.damages())} entries there cannot be understood, and what is copied must be whole"
        raise Failure("XP-LEDGER-DAMAGED", what, "expertpost ledger verify lists them", exit_code=Exit.GUARD)
    if not dry_run:
        _go_on(branch, new, contents)
    deliveries = sum(isinstance(row, Delivery) for row in contents.rows)
    return Copied(old.terms.id, deliveries, unknown, line_for(target), dry_run)


def _guard_source(name: str, old: Mirror | SqlLedger, branch: Mirror) -> None:
    """Raises Failure where that is not the ledger of this workspace, or not all of it."""
    if not old.exists:
        raise Failure("XP-LEDGER-NONE", f"there is no ledger at {name}", "expertpost ledger verify shows where it is")
    if isinstance(old, SqlLedger):
        if branch.exists and branch.point is None:
            raise elsewhere(BRANCH)
        guard_point(old, branch)
    elif branch.point is not None:
        what = "the branch only shows a ledger that is in a database"
        raise Failure("XP-LEDGER-NONE", what, "name that database as the place to copy from", exit_code=Exit.USAGE)


def _guard_target(id_: str, branch: Mirror, new: SqlLedger | None) -> None:
    """Raises Failure where there is another ledger already, or one that has gone on by itself."""
    if new is None:
        taken = branch.exists and branch.point is None
    else:
        head = new.head()
        # A copy that was stopped has written once.
        taken = head is not None and (new.terms.id != id_ or head.number > 1)
    if taken:
        cure = "copy to an empty database; or to git, where the branch only shows what is in the database"
        raise Failure("XP-LEDGER-TAKEN", "there is a ledger at that place already", cure, exit_code=Exit.GUARD)


def _wait_out(world: World, old: Mirror | SqlLedger, wait: Callable[[float], None]) -> None:
    leases = [account.lease_until for account in old.accounts() if account.owner]
    leases += [row.intent.lease_until for row in old.open() if isinstance(row, Delivery) and row.state in CLAIMED]
    until = max(filter(None, leases), default=world.now())
    while (left := (until - world.now()).total_seconds()) > 0:
        world.tell(f"sealed; a runner may still be sending until {until.isoformat(timespec='seconds')}")
        wait(min(left, 30))


def _left(contents: Contents, now: datetime, says: str) -> tuple[Contents, int]:
    """The contents with nobody sending any more, and how many claims are in doubt for that."""
    rows = tuple(_doubted(row, now, says) for row in contents.rows)
    free = tuple(account.given_back() for account in contents.accounts)
    return replace(contents, rows=rows, accounts=free), sum(a != b for a, b in zip(rows, contents.rows, strict=True))


def _doubted(row: Row, now: datetime, says: str) -> Row:
    if not isinstance(row, Delivery) or row.state not in CLAIMED:
        return row
    return move(row.key, row, Doubted(row.intent.nonce, now, says))


def _go_on(branch: Mirror, new: SqlLedger | None, contents: Contents) -> None:
    if new is None:
        landed(branch.resume(contents))
        return
    if not new.exists:
        landed(new.fill(contents))
    landed(branch.restart(contents, new.point()))


def line_for(place: str) -> str:
    """What ``[ledger]`` says of a place, in expertpost.toml."""
    kind, _, name = place.partition(":")
    if place == BRANCH:
        return 'engine = "git"'
    return f'engine = {{ {kind} = "{name}" }}' if kind != "sqlite" else 'engine = { env = "EXPERTPOST_LEDGER_URL" }'


@dataclass(frozen=True, slots=True)
class Begun:
    """A ledger. ``new``: it did not exist before. ``found``: deliveries in it; ``unknown``: claims now in doubt."""

    id: str
    place: str
    new: bool
    found: int = 0
    unknown: int = 0


def init(world: World, *, adopt: bool = False, dry_run: bool = False) -> Begun:
    """Begin the ledger that the settings name, if there is none.

    With ``adopt`` a ledger that lost something is taken as it is, with all that is known elsewhere: what the branch
    shows of a database comes back, and every claim is in doubt. Raises Failure XP-REWOUND without.
    """
    where = places(world, anew=adopt and not dry_run)
    guard_home(where.workspace, where.hub, where.config)
    branch = where.branch(Tags(where.hub, adopting=True) if adopt else None)
    if where.place == BRANCH:
        return _init_branch(world, branch, adopt=adopt, dry_run=dry_run)
    if branch.exists and branch.point is None:
        raise elsewhere(where.hub.branches.ledger)
    return _init_database(where, branch, where.database(where.place), adopt=adopt, dry_run=dry_run)


def _init_branch(world: World, branch: Mirror, *, adopt: bool, dry_run: bool) -> Begun:
    new = not branch.exists
    if branch.point is not None:
        raise sealed(branch.terms, BRANCH)
    contents, unknown = _left(contents_of(branch), world.now(), FOUND) if adopt else (contents_of(branch), 0)
    if not dry_run and (new or adopt):
        landed(branch.resume(contents, adopted=adopt))
    return Begun(branch.terms.id, BRANCH, new, len(contents.rows), unknown)


def _init_database(where: Where, branch: Mirror, ledger: SqlLedger, *, adopt: bool, dry_run: bool) -> Begun:
    if not adopt:
        guard_point(ledger, branch)
    new = not ledger.exists
    if new:
        ledger.terms = replace(branch.terms if branch.exists else ledger.terms, sealed="")
    both = _both(contents_of(ledger), contents_of(branch))
    contents, unknown = _left(both, where.world.now(), FOUND) if adopt else (both, 0)
    if not dry_run and (new or adopt):
        landed(branch.begin(ledger.terms))
        landed(ledger.adopt(contents))
        landed(branch.restart(contents, ledger.point()))
    return Begun(ledger.terms.id, where.place, new, len(contents.rows), unknown)


def _both(one: Contents, other: Contents) -> Contents:
    """All that two histories of one ledger know: delivered beats everything, otherwise what was told last."""
    rows = {id_of(row): row for row in one.rows}
    for row in other.rows:
        rows[id_of(row)] = _further(rows.get(id_of(row)), row)
    accounts = {account.id: account for account in one.accounts}
    for account in other.accounts:
        known = accounts.get(account.id, account)
        accounts[account.id] = max(known, account, key=lambda each: each.epoch).paused(known.not_before)
    seen = {witness.event: witness for witness in (*other.seen, *one.seen)}
    measured = {each.key: each for each in one.measured}
    measured |= news(measured, other.measured)
    return Contents(
        one.terms, tuple(rows.values()), tuple(accounts.values()), tuple(seen.values()), tuple(measured.values())
    )


def _further(one: Row | None, other: Row) -> Row:
    if not isinstance(one, Delivery) or not isinstance(other, Delivery):
        return other
    return max(one, other, key=lambda row: (row.state is State.DELIVERED, row.at))
