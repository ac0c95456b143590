"""``insights``: what came back of pieces that are out, as the runner counted it and the ledger keeps it.

Counts of posts and nothing else: nobody's readers are named, and nobody's pieces are compared with those of others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from expertpost.flows import refs
from expertpost.flows.addresses import resolved
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.places import places
from expertpost.flows.room import ledger_of
from expertpost.flows.survey import pieces_of
from expertpost.model.delivery import ARRIVED, Delivery, State
from expertpost.model.measure import COUNTS, Measure
from expertpost.model.piece import Piece
from expertpost.publishers.base import Measurable
from expertpost.store.ledger import Ledger
from expertpost.store.roll import Roll


@dataclass(frozen=True, slots=True)
class Copy:
    """One piece at one channel. ``at``: when it went out; ``url``: "" where the service gave none.

    ``to``: how many got it there. ``live``: nobody took it back. ``counts``: whether the channel tells how it is
    received; ``measures``: what was counted, the oldest first.
    """

    channel: str
    edition: int
    url: str
    at: datetime
    to: int = 1
    live: bool = True
    counts: bool = True
    measures: tuple[Measure, ...] = ()

    @property
    def answered(self) -> tuple[Measure, ...]:
        """The measures to which the service gave numbers."""
        return tuple(one for one in self.measures if one.counts)

    @property
    def last(self) -> Mapping[str, int]:
        """The last counts."""
        return dict(self.answered[-1].counts) if self.answered else {}


@dataclass(frozen=True, slots=True)
class Out:
    """One piece that is out somewhere, with its copies in the order in which they went."""

    piece: Piece
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Insights:
    """Pieces, the newest first. ``whose``: the author they are of, "" where one piece was asked for.

    ``counting``: the channels that tell how a post is received. ``totals``: channel → the sum of the last counts of
    what is live there.
    """

    pieces: tuple[Out, ...]
    whose: str
    counting: tuple[str, ...]

    @property
    def totals(self) -> Mapping[str, Mapping[str, int]]:
        """See above; channels of which nothing was counted are left out."""
        found: dict[str, Counter[str]] = {}
        for copy in (copy for out in self.pieces for copy in out.copies if copy.live and copy.last):
            found.setdefault(copy.channel, Counter()).update(copy.last)
        return {name: {count: sums[count] for count in COUNTS if count in sums} for name, sums in found.items()}

    @property
    def measured(self) -> bool:
        """Whether any service gave a number."""
        return any(copy.answered for out in self.pieces for copy in out.copies)


def insights(world: World, ref: str = "") -> Insights:
    """What came back of one piece, or of all that the person who asks is an author of.

    Raises Failure, among others XP-REF-NONE, XP-REF-MANY and those of ``open_desk``.
    """
    desk = open_desk(world)
    wanted = _named(desk, ref) if ref else ""
    ledger = ledger_of(desk.hub, desk.config, world)
    rows: dict[str, list[Delivery]] = {}
    for row in (*ledger.open(), *ledger.settled()):
        if isinstance(row, Delivery) and row.state in ARRIVED and wanted in ("", row.key.piece):
            rows.setdefault(row.key.piece, []).append(row)
    pieces, _ = pieces_of(desk.main, lambda id_: id_ in rows or id_ == wanted)
    found = [piece for piece in pieces if (piece.id == wanted if wanted else _is_by(desk, piece))]
    there, _ = places(desk.main, desk.workspace.root)
    counting = tuple(one.channel.name for one in there if isinstance(one.publisher, Measurable) and one.single)
    outs = [Out(piece, tuple(_copies(ledger, rows.get(piece.id, ()), counting))) for piece in found]
    newest = sorted(outs, key=lambda out: (max((copy.at for copy in out.copies), default=desk.now), out.piece.id))
    return Insights(tuple(reversed(newest)), "" if ref else desk.by, counting)


def _named(desk: Desk, ref: str) -> str:
    """The id of the piece on main that a ref names."""
    ref = resolved(ref, desk.workspace, desk.world, desk.config)
    loaded = refs.on_roll(ref, Roll(desk.git, desk.main.commit), desk.workspace.root)
    return refs.id_of(loaded)


def _is_by(desk: Desk, piece: Piece) -> bool:
    names = {desk.people.handle_of(name) or name.casefold() for name in piece.front.authors}
    return desk.by in names or desk.identity.email.casefold() in names


def _copies(ledger: Ledger, rows: Iterable[Delivery], counting: Iterable[str]) -> Iterator[Copy]:
    """What went to each channel, by edition; of a thread its first post."""
    first: dict[tuple[str, str, int], list[Delivery]] = {}
    for row in rows:
        if row.key.part == 0:
            first.setdefault((row.key.channel, row.key.account, row.key.edition), []).append(row)
    for (channel, _, edition), found in sorted(first.items(), key=lambda one: (min(map(_went, one[1])), one[0])):
        row = min(found, key=_went)
        measured = ledger.measured([row.key.id]).get(row.key.id)
        yield Copy(
            channel=channel,
            edition=edition,
            url=row.receipt.url if row.receipt else "",
            at=row.intent.at,
            to=len(found),
            live=any(one.state is State.DELIVERED for one in found),
            counts=channel in counting,
            measures=measured.measures if measured else (),
        )


def _went(row: Delivery) -> datetime:
    return row.intent.at
