"""``retract``: take a piece back; the runner removes what can be removed, and people are told what they must remove."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure
from expertpost.flows.asking import Asked, must_be_allowed, record, request
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.meant import Meant, meant, places_named
from expertpost.flows.places import Place, places
from expertpost.flows.review_say import words
from expertpost.flows.wishes import removable
from expertpost.model.delivery import CLAIMED, IN_DOUBT, TRIED, Delivery, State
from expertpost.model.event import EventKind
from expertpost.model.policy import reaches


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that is, or may be, out there. ``by_hand``: only a person can remove it; ``says``: how it goes away."""

    channel: str
    edition: int
    state: State
    url: str
    key: str
    by_hand: bool
    says: str


@dataclass(frozen=True, slots=True)
class Retracted:
    """What was asked for, every copy that is concerned, and the sites on which a notice takes the page's place."""

    asked: Asked
    copies: tuple[Copy, ...]
    sites: tuple[str, ...]


def retract(
    world: World, ref: str, channels: Iterable[str] = (), reason: str = "", *, dry_run: bool = False
) -> Retracted:
    """Ask that every copy of a piece, or those at these channels and sites, be taken back; and let nothing more go.

    For its authors, editors and admins. Raises Failure XP-ASK-WHO, XP-WORDS, XP-RETRACT-NONE.
    """
    desk = open_desk(world)
    about = meant(desk, ref)
    named = places_named(desk, channels)
    there = {place.channel.name: place for place in places(desk.main, desk.workspace.root)[0]}
    rows = [row for row in about.rows if (not named or row.key.channel in named) and _may_be_there(row)]
    copies = tuple(sorted((_copy(desk, there, row) for row in rows), key=lambda copy: (copy.channel, copy.key)))
    sites = tuple(_sites(desk, about, named))
    if not copies and not sites and about.piece is None:
        what = "no copy of it is known, and main has no such piece"
        raise Failure("XP-RETRACT-NONE", what, "expertpost outbox list --all tells what went out", exit_code=Exit.USAGE)
    event = request(desk, about, EventKind.RETRACT, named, words(reason, "a reason"))
    event = replace(event, deliveries=tuple(row.key.id for row in rows if not row.key.target))
    must_be_allowed(desk, about, event)
    return Retracted(record(desk, about, event, dry_run=dry_run), copies, sites)


def _may_be_there(row: Delivery) -> bool:
    """Whether a copy is out there, or may be, or is on its way."""
    return row.state is State.DELIVERED or row.state in IN_DOUBT | CLAIMED | TRIED


def _copy(desk: Desk, there: dict[str, Place], row: Delivery) -> Copy:
    place, key = there.get(row.key.channel), row.key.id
    url = row.receipt.url if row.receipt else ""
    by_hand, says = False, "publish removes it with its next run"
    if row.state in TRIED:
        says = "it did not arrive yet, and will not be sent"
    elif row.state is not State.DELIVERED:
        by_hand, says = True, f"it may be there: look, then: expertpost outbox resolve {key[:12]}"
    elif row.key.target:
        by_hand, says = True, "a letter cannot be taken back: write to those who got it"
    elif not removable(place, row):
        by_hand, says = True, f"remove it by hand, then: expertpost outbox resolve {key[:12]} --removed"
    return Copy(row.key.channel, row.key.edition, row.state, url, key, by_hand, says)


def _sites(desk: Desk, about: Meant, named: tuple[str, ...]) -> Iterator[str]:
    """The sites that may show the piece: the next build shows a notice there."""
    for site in desk.config.sites.values():
        meant_too = not named or site.name in named
        if about.piece and meant_too and reaches(desk.config, about.piece, site.name, site.readers) is None:
            yield site.name
