"""``outbox``: what the ledger knows of deliveries, for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from expertpost.errors import Exit, Failure
from expertpost.flows import refs
from expertpost.flows.addresses import resolved
from expertpost.flows.context import World
from expertpost.flows.room import ledger_of
from expertpost.flows.survey import pieces_of
from expertpost.model.delivery import ARRIVED, SETTLED, Delivery, State
from expertpost.model.piece import Piece
from expertpost.store.ledger import Damaged
from expertpost.store.workspace import find

LATEST = 20
"""So many groups of settled deliveries are listed where nobody asks for all."""


@dataclass(frozen=True, slots=True)
class Group:
    """Deliveries of one piece to one channel that stand alike. ``slug`` is "" for a piece that is gone.

    ``at``: when the last of them got there; ``reason``: what was said of it.
    """

    piece: str
    slug: str
    channel: str
    edition: int
    state: State
    count: int
    at: datetime
    reason: str
    url: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """Groups, the open ones first, then the newest first. ``more``: how many settled groups were left out."""

    groups: tuple[Group, ...] = ()
    more: int = 0
    damages: tuple[Damaged, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One delivery with everything that is known of it, and the slug of its piece ("" where it is gone)."""

    delivery: Delivery
    slug: str


def list_(world: World, *, everything: bool = False, fetch: bool = True) -> Outbox:
    """Every delivery that is open, in doubt or refused, and what went out last (or all of it, with ``everything``)."""
    rows, pieces, damages = read(world, fetch=fetch)
    slugs = {piece: found.front.slug for piece, found in pieces.items()}
    groups = sorted(_groups(rows, slugs), key=lambda group: (group.state in SETTLED, -group.at.timestamp()))
    shown = [g for g in groups if everything or g.state not in ARRIVED]
    delivered = [g for g in groups if not everything and g.state in ARRIVED]
    return Outbox((*shown, *delivered[:LATEST]), max(0, len(delivered) - LATEST), damages)


def show(world: World, ref: str, *, fetch: bool = True) -> tuple[Shown, ...]:
    """Every delivery of one piece, or the one whose key begins like this, oldest first.

    ``ref``: slug, path, address of a copy, or beginning of an id. Raises Failure XP-REF-NONE.
    """
    rows, pieces, _ = read(world, fetch=fetch)
    workspace = find(world.here, world.env)
    ref = resolved(ref, workspace, world)
    wanted = refs.as_path(ref, workspace.root)
    fits = {piece: refs.fit(ref, wanted, found.path, found.front.slug, piece) for piece, found in pieces.items()}
    of_piece = {piece for piece, how in fits.items() if how and how == max(fits.values())}
    named = [row for row in rows if row.key.piece in of_piece or _begins(row, ref)]
    if not named:
        cure = "expertpost outbox list shows what is there; expertpost plan what is not there yet"
        raise Failure("XP-REF-NONE", f"the ledger knows no delivery of {ref!r}", cure, exit_code=Exit.USAGE)
    ordered = sorted(named, key=lambda row: (row.intent.at, row.key.id))
    slugs = {piece: found.front.slug for piece, found in pieces.items()}
    return tuple(Shown(row, slugs.get(row.key.piece, "")) for row in ordered)


def _begins(row: Delivery, ref: str) -> bool:
    if len(ref) < refs.MIN_PREFIX:
        return False
    return row.key.id.startswith(ref.lower()) or row.key.piece.startswith(ref.upper())


def read(world: World, *, fetch: bool) -> tuple[list[Delivery], dict[str, Piece], tuple[Damaged, ...]]:
    """Every delivery, the pieces on main that were sent by id, and what cannot be read."""
    workspace = find(world.here, world.env)
    if fetch:
        workspace.hub.fetch()
    state = workspace.merged()
    if state is None:
        return [], {}, ()
    ledger = ledger_of(workspace.hub, state.config, world)
    rows = [row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery)]
    ids = {row.key.piece for row in rows}
    pieces, _ = pieces_of(state, lambda piece: piece in ids)
    return rows, {piece.id: piece for piece in pieces}, ledger.damages()


def _groups(rows: Iterable[Delivery], slugs: dict[str, str]) -> Iterable[Group]:
    alike: dict[tuple[str, str, int, State], list[Delivery]] = {}
    for row in rows:
        alike.setdefault((row.key.piece, row.key.channel, row.key.edition, row.state), []).append(row)
    for (piece, channel, edition, state), found in alike.items():
        last = max(found, key=lambda row: row.at)
        url = last.receipt.url if last.receipt else ""
        slug = slugs.get(piece, "")
        yield Group(piece, slug, channel, edition, state, len(found), last.at, last.reason, url)
