"""Whether the shared repository lies on a host: asked first, as all that is about hosts takes time to load."""

from collections.abc import Iterable
from dataclasses import replace

from expertpost.flows.context import World
from expertpost.flows.parcel import Submitted
from expertpost.hosts.registry import address_of
from expertpost.store.workspace import Workspace, find


def is_hosted(workspace: Workspace) -> bool:
    """Whether its remote has the address of a host, and not that of a folder."""
    address = workspace.git.remote_url(workspace.remote) if workspace.remote else None
    return bool(address) and address_of(address or "") != ("", "")


def announced(world: World, sent: Iterable[Submitted]) -> tuple[str, tuple[str, ...]]:
    """The page of the request for what was submitted, and what did not work there; see ``flows.request``."""
    told = tuple(sent)
    workspace = world.ahead.workspace if world.ahead else find(world.here, world.env)
    if not any(each.branch for each in told) or not is_hosted(workspace):
        return "", ()
    from expertpost.flows.request import announce

    # What git looked at before the submission is old now.
    done = announce(replace(world, ahead=None), told)
    return done.url, done.notes
