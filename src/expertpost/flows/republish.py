"""``republish``: send a piece to a channel once more, as a new edition; the earlier copy stays."""

from collections.abc import Iterable
from dataclasses import replace

from expertpost.errors import Exit, Failure
from expertpost.flows.asking import Asked, must_be_allowed, record, request
from expertpost.flows.context import World
from expertpost.flows.desk import open_desk
from expertpost.flows.meant import Meant, meant, places_named
from expertpost.model.delivery import CLAIMED, IN_DOUBT, TRIED, State
from expertpost.model.event import EventKind
from expertpost.model.piece import Piece
from expertpost.model.policy import editions_of

_PAGES = frozenset({"confluence", "folder", "mediawiki"})
"""Publishers that keep a piece as one page, found by its name: a second one has no place beside the first."""


def republish(world: World, ref: str, channels: Iterable[str], reason: str = "", *, dry_run: bool = False) -> Asked:
    """Ask for one more edition at each of these channels. For editors and admins.

    Refused while an earlier edition may still arrive. Raises Failure XP-REPUBLISH-CHANNEL, XP-REPUBLISH-NONE,
    XP-REPUBLISH-DOUBT, XP-REPUBLISH-PAGE, XP-ASK-WHO.
    """
    desk = open_desk(world)
    about = meant(desk, ref)
    named = tuple(name for name in places_named(desk, channels) if name in desk.config.channels)
    if not named:
        what = "a second post needs a channel that is named; pages are built anew by themselves"
        raise Failure("XP-REPUBLISH-CHANNEL", what, "write --channel NAME", exit_code=Exit.USAGE)
    if about.piece is None:
        what, cure = "main has no such piece any more, so there is no text to send", "put it back on main first"
        raise Failure("XP-REPUBLISH-NONE", what, cure, exit_code=Exit.USAGE)
    editions = {name: _next(about, about.piece, name) for name in named}
    for name in named:
        if desk.config.channels[name].publisher in _PAGES:
            _must_be_gone(about, about.piece, name)
    event = replace(request(desk, about, EventKind.REPUBLISH, named, reason), editions=editions)
    must_be_allowed(desk, about, event)
    notes = [
        f"{name}: edition {edition} goes out with the next run, if its text is approved there"
        for name, edition in editions.items()
    ]
    return record(desk, about, event, notes, dry_run=dry_run)


def _next(about: Meant, piece: Piece, name: str) -> int:
    """The number of the next edition. Raises Failure where the earlier one is not over, or nothing went there."""
    rows = [row for row in about.rows if row.key.channel == name]
    current = editions_of(piece, name, about.review)
    open_ = next((row for row in rows if row.state in IN_DOUBT | CLAIMED | TRIED), None)
    if open_:
        what = f"edition {open_.key.edition} at {name} is {open_.state.value}: it may be there, or still arrive"
        cure = f"look there and say so first: expertpost outbox resolve {open_.key.id[:12]}"
        raise Failure("XP-REPUBLISH-DOUBT", what, cure, where=piece.path, exit_code=Exit.NEEDS_PERSON)
    if not any(row.key.edition == current for row in rows):
        what = f"edition {current} never went to {name}"
        raise Failure("XP-REPUBLISH-NONE", what, "expertpost plan says why", where=piece.path, exit_code=Exit.USAGE)
    return current + 1


def _must_be_gone(about: Meant, piece: Piece, name: str) -> None:
    """Raise Failure while the page of an earlier edition is there; the new one would be refused for ever."""
    if any(row.key.channel == name and row.state is State.DELIVERED for row in about.rows):
        what = f"{name} keeps a piece as one page, and it is there"
        cure = f"expertpost update {piece.front.slug} gives it the approved text; or take it back first"
        raise Failure("XP-REPUBLISH-PAGE", what, cure, where=piece.path, exit_code=Exit.USAGE)
