"""Which publishers are installed, and how one is made for a channel. Nothing is loaded before it is asked for."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure, Problems
from expertpost.model import plugin
from expertpost.model.channel import Channel
from expertpost.model.draft import nearest
from expertpost.publishers import secrets, settings
from expertpost.publishers.base import Publisher

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "expertpost.publishers"


@cache
def _installed() -> Mapping[str, tuple["EntryPoint", ...]]:
    """Every claim to a publisher's name in this Python, found once."""
    from importlib.metadata import entry_points

    return claims(entry_points(group=GROUP))


def claims(entries: Iterable["EntryPoint"]) -> dict[str, tuple["EntryPoint", ...]]:
    """Name → the entry points that claim it, one for each distribution."""
    found: dict[str, dict[str, EntryPoint]] = {}
    for entry in entries:
        found.setdefault(entry.name, {}).setdefault(entry.dist.name if entry.dist else "", entry)
    return {name: tuple(by.values()) for name, by in found.items()}


def names() -> tuple[str, ...]:
    """The names of all publishers that are installed, sorted."""
    return tuple(sorted(_installed()))


def publisher(name: str) -> type[Publisher[object]]:
    """The publisher of this name. Raises Failure.

    XP-PLUGIN-UNKNOWN: nobody offers it. XP-PLUGIN-TWICE: two distributions claim the name, and taking either could hand
    a secret to the wrong one. XP-PLUGIN-BROKEN: it does not load, or is no publisher.
    """
    claimed = _installed().get(name, ())
    if not claimed:
        raise Failure("XP-PLUGIN-UNKNOWN", f"no publisher is called {name!r}", nearest(name, names()))
    if len(claimed) > 1:
        both = " and ".join(sorted(entry.dist.name for entry in claimed if entry.dist))
        cure = "uninstall one of them; a channel's secrets must not go to the wrong one"
        raise Failure("XP-PLUGIN-TWICE", f"{both} both claim {name!r}", cure, exit_code=Exit.GUARD)
    return loaded(claimed[0])


@cache
def loaded(entry: "EntryPoint") -> type[Publisher[object]]:
    """The class behind an entry point. Raises Failure XP-PLUGIN-BROKEN."""
    found = plugin.loaded(entry)
    if not (isinstance(found, type) and issubclass(found, Publisher)):
        cure = "let the entry point name a class derived from expertpost.publishers.base.Publisher"
        raise Failure("XP-PLUGIN-BROKEN", f"{entry.name} is no publisher", cure, where=entry.value)
    return found


def publisher_for(channel: Channel, root: Path, env: Mapping[str, str] | None = None) -> Publisher[object]:
    """The publisher of one channel, ready to use. Without ``env`` it gets no secrets, and can do all but send.

    Raises Failure for a publisher or secret that is not to be had, Problems for settings that are wrong.
    """
    kind = publisher(channel.publisher)
    chosen, found = settings.read(kind, channel)
    if found:
        what = f"the channel {channel.name} has {len(found)} wrong setting{'s'[: len(found) > 1]}"
        raise Problems(found, what=what, cure="mend expertpost.toml", exit_code=Exit.USAGE)
    return kind(chosen, {} if env is None else secrets.values(channel, env, root), root)
