"""Which channels the workspace has, what each promises, and whether its secrets are here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from expertpost.errors import Failure, Finding
from expertpost.flows.channels_lock import hints
from expertpost.flows.context import World
from expertpost.flows.places import Trouble
from expertpost.model.channel import Channel, Guarantee
from expertpost.publishers import registry, secrets, settings
from expertpost.publishers.base import Limits
from expertpost.store.workspace import State, find


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One configured channel. ``missing``: names of secrets that are not to be found here.

    ``guarantee`` and ``limits`` are None where the publisher cannot be loaded; ``findings`` say why. ``ends``: that its
    credentials end soon, or have ended, None where they do not as far as ``channels.lock`` knows.
    """

    channel: Channel
    says: str
    guarantee: Guarantee | None
    limits: Limits | None
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]
    ends: Trouble | None = None


def channels(world: World) -> tuple[ChannelView, ...]:
    """Every channel that ``expertpost.toml`` names as it lies on the disk, in its order. Nothing is sent."""
    workspace = find(world.here, world.env)
    ends = {trouble.channel: trouble for trouble in hints(workspace.here.config.channels, world.now())}
    found = views(workspace.here, workspace.root, world.env)
    return tuple(replace(view, ends=ends.get(view.channel.name)) for view in found)


def views(state: State, root: Path, env: Mapping[str, str]) -> tuple[ChannelView, ...]:
    """Every channel of one state of the workspace, with the secrets that ``env`` and the disk have."""
    return tuple(_view(channel, root, env) for channel in state.config.channels.values())


def _view(channel: Channel, root: Path, env: Mapping[str, str]) -> ChannelView:
    missing = tuple(str(name) for name in secrets.missing(channel, env, root))
    try:
        publisher = registry.publisher(channel.publisher)
    except Failure as failed:
        finding = Finding("expertpost.toml", channel.line, failed.code, failed.what, failed.cure)
        return ChannelView(channel, "", None, None, missing, (finding,))
    findings = settings.read(publisher, channel)[1]
    return ChannelView(channel, publisher.says, publisher.guarantee, publisher.limits, missing, findings)
