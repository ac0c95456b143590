"""``hold`` and ``release``: stop a piece before it goes anywhere, and let it go again; one signed event each."""

from collections.abc import Iterable

from expertpost.errors import Failure
from expertpost.flows.asking import Asked, must_be_allowed, nothing, record, request
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.meant import Meant, meant, places_named
from expertpost.flows.plan import plan
from expertpost.flows.review_say import words
from expertpost.model.event import EventKind
from expertpost.model.policy import Why, stopped

_BRAKES = frozenset({Why.LATE, Why.BURST, Why.SAME_TEXT})
"""What a release lets a piece past that no person stopped."""


def hold(world: World, ref: str, channels: Iterable[str] = (), reason: str = "", *, dry_run: bool = False) -> Asked:
    """Stop a piece everywhere, or at these channels and sites, with a ``reason``. Anybody may. Raises Failure."""
    desk = open_desk(world)
    about = meant(desk, ref)
    event = request(desk, about, EventKind.HOLD, places_named(desk, channels), words(reason, "a reason"))
    out = sorted({row.key.channel for row in about.rows if row.receipt})
    notes = [f"what went out stays there ({', '.join(out)}): expertpost retract takes it back"] if out else []
    return record(desk, about, event, notes, dry_run=dry_run)


def release(world: World, ref: str, channels: Iterable[str] = (), reason: str = "", *, dry_run: bool = False) -> Asked:
    """Let a piece go again: past holds, retractions and brakes. For editors, admins, and whoever stopped it alone.

    Where nothing stops it, nothing is recorded: there is nothing that it could let go.
    Raises Failure XP-ASK-WHO and those of ``open_desk``.
    """
    desk = open_desk(world)
    about = meant(desk, ref)
    event = request(desk, about, EventKind.RELEASE, places_named(desk, channels), reason)
    must_be_allowed(desk, about, event)
    if not _is_stopped(desk, about, event.channels):
        where = f" at {', '.join(event.channels)}" if event.channels else ""
        why = f"nothing stops it{where}: nothing to release"
        return nothing(desk, about, EventKind.RELEASE, why)
    return record(desk, about, event, _still(about, event.channels), dry_run=dry_run)


def _is_stopped(desk: Desk, about: Meant, channels: tuple[str, ...]) -> bool:
    """Whether a person, or a brake, stops the piece at any of these channels and sites (() is all of them)."""
    there = channels or ("", *desk.config.channels, *desk.config.sites)
    if any(stopped(about.review, place) for place in there):
        return True
    try:
        planned = plan(desk.world, fetch=False).planned
    except Failure:
        # Nobody can tell now: then a person's word is better recorded than lost.
        return True
    here = (one for one in planned if one.piece == about.topic.id and one.channel in there)
    return any(reason.why in _BRAKES for one in here for reason in one.reasons)


def _still(about: Meant, released: tuple[str, ...]) -> list[str]:
    """What a release at some channels leaves stopped."""
    if not released or not stopped(about.review):
        return []
    return [f"it stays stopped everywhere but at {', '.join(released)}"]
