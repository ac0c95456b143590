"""``channels probe``: whose account each service sees in us, and until when the credentials hold; it posts nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.places import kept_safe
from expertpost.model.channel import Channel
from expertpost.model.draft import nearest
from expertpost.model.outcome import Refused
from expertpost.publishers import registry
from expertpost.publishers.base import Probe
from expertpost.store.workspace import find

AHEAD = timedelta(days=14)
"""So long before credentials end somebody is told."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What a service told. ``well``: it would take a post now. ``account``: "" where it did not tell.

    ``expires``: until when the credentials hold, None where nobody says. ``cure``: "" where there is nothing to do.
    """

    channel: str
    well: bool
    says: str
    cure: str = ""
    account: str = ""
    expires: datetime | None = None


def probe(world: World, names: tuple[str, ...] = ()) -> tuple[Probed, ...]:
    """Ask the services of the channels named (of all, where none is), in configured order.

    Raises Failure XP-CHANNEL and those of the workspace.
    """
    workspace = find(world.here, world.env)
    chosen = named(workspace.here.config.channels, names)
    return tuple(probed(channel, workspace.root, world) for channel in chosen)


def named(channels: Mapping[str, Channel], names: Iterable[str]) -> tuple[Channel, ...]:
    """The channels of these names, all where none is given. Raises Failure XP-CHANNEL."""
    asked = tuple(dict.fromkeys(names))
    for name in asked:
        if name not in channels:
            cure = nearest(name, channels) if channels else "add a [channels.NAME] table to expertpost.toml"
            raise Failure("XP-CHANNEL", f"no channel is called {name!r}", cure, exit_code=Exit.USAGE)
    return tuple(channel for name, channel in channels.items() if not asked or name in asked)


def probed(channel: Channel, root: Path, world: World) -> Probed:
    """What the service of one channel tells; whatever is in the way is told instead.

    Where the service does not tell until when the credentials hold, ``channels.lock`` may know it from the log-in.
    """
    now = world.now()
    found = kept_safe(lambda: registry.publisher_for(channel, root, world.env).probe(now))
    if isinstance(found, Failure):
        return Probed(channel.name, False, found.what, found.cure)
    if not isinstance(found, Probe):
        cure = "check the channel's settings and secrets" if isinstance(found, Refused) else "try again later"
        return Probed(channel.name, False, getattr(found, "reason", "the service told nothing"), cure)
    says = f"the service knows us as {found.account}"
    expires = found.expires or (channel.lock.expires if channel.lock else None)
    if expires is None:
        return Probed(channel.name, True, says, "", found.account)
    return Probed(
        channel.name,
        expires > now,
        f"{says}; the credentials {ending(expires, now)}",
        renewal(channel.name) if expires < now + AHEAD else "",
        found.account,
        expires,
    )


def ending(expires: datetime, now: datetime) -> str:
    """``end in 9 days (2026-12-04)``, or that they have ended."""
    day = expires.date().isoformat()
    if expires <= now:
        return f"ended on {day}"
    days = (expires - now).days
    return f"end in {days} day{'s'[: days != 1]} ({day})" if days else f"end today ({expires.isoformat()})"


def renewal(channel: str) -> str:
    """How to renew the credentials of a channel."""
    return f"renew them: expertpost channels login {channel}, or as the handbook's page of channels says"
