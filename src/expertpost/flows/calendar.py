"""``calendar``: what went, and what goes, where and when; with what is too near to something else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.outbox import read
from expertpost.flows.plan import Planned, plan
from expertpost.model.calendar import Collision, Entry, Mark, collisions
from expertpost.model.delivery import ARRIVED, Delivery, State
from expertpost.model.moment import BadMoment, instant
from expertpost.model.piece import Piece
from expertpost.model.policy import adopted, approved_for_site, reaches
from expertpost.model.review import Review, fold
from expertpost.store import events
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State as Merged
from expertpost.store.workspace import Workspace, find

AHEAD = timedelta(days=90)
"""So far a calendar looks ahead where nobody says until when."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The entries from ``start`` to before ``end``, by time, shown in ``zone``; and what collides among them."""

    name: str
    workspace: str
    made: datetime
    start: datetime
    end: datetime
    zone: ZoneInfo
    entries: tuple[Entry, ...] = ()
    collisions: tuple[Collision, ...] = ()


def calendar(world: World, *, start: str = "", end: str = "", fetch: bool = True) -> Calendar:
    """Everything between two instants: ``start`` is the beginning of today where it is "", ``end`` 90 days later.

    A day alone is its beginning in the workspace's zone. Raises Failure XP-TIME and those of the workspace.
    """
    workspace = find(world.here, world.env)
    config, now = workspace.here.config, world.now()
    zone = ZoneInfo(config.timezone)
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    first = _moment(start, config.timezone) if start else today
    last = _moment(end, config.timezone) if end else first + AHEAD
    if last <= first:
        what = f"the end, {last:%Y-%m-%d %H:%M}, is not after the start, {first:%Y-%m-%d %H:%M}"
        raise Failure("XP-TIME", what, "let --to be later than --from", exit_code=Exit.USAGE)
    looked = plan(world, fetch=fetch)
    found = list(_sent(world))
    known = {entry.uid for entry in found}
    planned = (_planned(one, now) for one in looked.planned if _has_time(one))
    found += (entry for entry in planned if entry.uid not in known)
    merged = workspace.merged()
    found += _pages(workspace, merged, now) if merged else ()
    entries = tuple(sorted((e for e in found if first <= e.at < last), key=lambda e: (e.at, e.place, e.slug)))
    return Calendar(config.name, config.id, now, first, last, zone, entries, collisions(entries))


def _moment(text: str, timezone: str) -> datetime:
    try:
        return instant(text, timezone)
    except BadMoment as wrong:
        raise Failure("XP-TIME", wrong.what, wrong.cure, exit_code=Exit.USAGE) from wrong


def _sent(world: World) -> Iterator[Entry]:
    """What arrived, one entry for each edition at each channel."""
    rows, pieces, _ = read(world, fetch=False)
    alike: dict[tuple[str, str, int], list[Delivery]] = {}
    for row in rows:
        if row.state in ARRIVED:
            alike.setdefault((row.key.piece, row.key.channel, row.key.edition), []).append(row)
    for (id_, channel, edition), found in alike.items():
        first = min(found, key=lambda row: row.intent.at)
        piece = pieces.get(id_)
        yield Entry(
            at=first.intent.at,
            place=channel,
            piece=id_,
            slug=piece.front.slug if piece else "",
            title=piece.front.title if piece else id_,
            mark=Mark.SENT,
            edition=edition,
            count=len(found),
            says="" if first.state is State.DELIVERED else "taken back",
            url=first.receipt.url if first.receipt else "",
        )


def _has_time(one: Planned) -> bool:
    return one.ahead or (one.due or one.wanted) is not None


def _planned(one: Planned, now: datetime) -> Entry:
    due = one.due or one.wanted or now
    return Entry(
        at=max(due, now) if one.ahead else due,
        place=one.channel,
        piece=one.piece,
        slug=one.slug,
        title=one.title,
        mark=Mark.PLANNED if one.ahead else Mark.HELD,
        edition=one.edition,
        count=max(one.count, 1),
        says="; ".join(reason.says for reason in one.reasons) if not one.ahead else "",
    )


def _pages(workspace: Workspace, state: Merged, now: datetime) -> Iterator[Entry]:
    """The pages that appear at a time of their own: approved for the sites, with a ``publish_at``."""
    config, people, hub = state.config, state.people, workspace.hub
    timed = [piece for piece in state.pieces() if piece.front.publish_at]
    if not (timed and config.sites):
        return
    told = events.read(hub, people, seen_on(hub, now), config.id, only=[piece.id for piece in timed])
    reviews, elsewhere = fold(told), adopted(config, people, told)
    for piece in timed:
        review = reviews.get(piece.id, Review())
        if approved_for_site(config, piece, review, people, elsewhere.get(piece.id, frozenset())):
            yield from _pages_of(state, piece)


def _pages_of(state: Merged, piece: Piece) -> Iterator[Entry]:
    for site in state.config.sites.values():
        if piece.front.publish_at and reaches(state.config, piece, site.name, site.readers) is None:
            yield Entry(
                at=piece.front.publish_at,
                place=site.name,
                piece=piece.id,
                slug=piece.front.slug,
                title=piece.front.title,
                mark=Mark.PAGE,
                url=f"{site.base_url}pieces/{piece.front.slug}.html" if site.base_url else "",
            )
