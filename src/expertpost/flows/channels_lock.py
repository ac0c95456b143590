"""``channels lock``: ask the services what they take now, and write it down for everybody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from expertpost.errors import Failure
from expertpost.flows.channels_probe import AHEAD, ending, named, renewal
from expertpost.flows.context import World
from expertpost.flows.places import Trouble, kept_safe
from expertpost.model.channel import Channel, Locked
from expertpost.publishers import registry
from expertpost.publishers.base import Limited, Probe, Unreadable
from expertpost.store.lock import NAME, read_lock, written
from expertpost.store.workspace import Workspace, find

STALE = timedelta(days=90)
"""After so long, limits are worth another look."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One channel: what its service says now, and said before; ``trouble`` is why it says nothing.

    ``now`` is None where it was not asked, as its publisher knows the limits itself and nothing expires.
    """

    channel: str
    before: Locked | None
    now: Locked | None
    trouble: str = ""


def lock(world: World, names: tuple[str, ...] = (), *, dry_run: bool = False) -> tuple[Asked, ...]:
    """Ask the services of the channels named (of all, where none is), and write ``channels.lock`` where it differs.

    Limits are mostly told to everybody; until when credentials hold is told only where they are. What is not asked now
    stays as it is, and channels that are gone leave. Raises Failure XP-CHANNEL and those of the workspace.
    """
    workspace = find(world.here, world.env)
    channels = workspace.here.config.channels
    found = tuple(_asked(channel, workspace.root, world) for channel in named(channels, names))
    before = {name: channel.lock for name, channel in channels.items() if channel.lock}
    after = before | {one.channel: one.now for one in found if one.now}
    if not dry_run and after != _there(workspace):
        write(workspace, after)
    return found


def write(workspace: Workspace, locks: Mapping[str, Locked]) -> None:
    """Put ``channels.lock`` into the workspace's folder."""
    (workspace.root / NAME).write_text(written(locks), encoding="utf-8", newline="\n")


def _there(workspace: Workspace) -> dict[str, Locked]:
    content = workspace.here.files.read(NAME)
    return {} if content is None else read_lock(content)


def _asked(channel: Channel, root: Path, world: World) -> Asked:
    now, before = world.now(), channel.lock
    made = kept_safe(lambda: registry.publisher_for(channel, root))
    if isinstance(made, Failure):
        return Asked(channel.name, before, None, made.what)
    limits: Mapping[str, int] | str | Failure = {}
    if isinstance(made, Limited):
        limited = made
        limits = kept_safe(lambda: _limits(limited, now))
    if isinstance(limits, str | Failure):
        return Asked(channel.name, before, None, limits if isinstance(limits, str) else limits.what)
    expires = _expires(channel, root, world) or (before.expires if before else None)
    if not limits and expires is None:
        return Asked(channel.name, before, None)
    told = Locked(now.date(), limits, expires)
    if before and replace(before, read=told.read) == told and told.read - before.read < STALE:
        return Asked(channel.name, before, before)
    return Asked(channel.name, before, told)


def _limits(service: Limited, at: datetime) -> Mapping[str, int] | str:
    """What the service takes, or why it does not tell: a server that is down is no fault of the publisher's."""
    try:
        return service.read_limits(at)
    except Unreadable as silent:
        return str(silent)


def _expires(channel: Channel, root: Path, world: World) -> datetime | None:
    """Until when the credentials hold, where they are here and the service tells."""
    found = kept_safe(lambda: registry.publisher_for(channel, root, world.env).probe(world.now()))
    return found.expires if isinstance(found, Probe) else None


def hints(channels: Mapping[str, Channel], now: datetime) -> Iterator[Trouble]:
    """Credentials that end within two weeks, or have ended, as ``channels.lock`` knows it."""
    for name, channel in channels.items():
        expires = channel.lock.expires if channel.lock else None
        if expires and expires < now + AHEAD:
            yield Trouble(name, "XP-CHANNEL-EXPIRES", f"the credentials {ending(expires, now)}", renewal(name))


def stale(channel: Channel, now: datetime) -> str:
    """Why the limits of a channel are worth another look, or ""."""
    made = kept_safe(lambda: registry.publisher(channel.publisher))
    if isinstance(made, Failure) or not issubclass(made, Limited):
        return ""
    if channel.lock is None:
        return "the service was never asked what it takes"
    days = (now.date() - channel.lock.read).days
    return f"the service was asked {days} days ago what it takes" if days >= STALE.days else ""
