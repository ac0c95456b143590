"""Where publishing looks and writes: the shared branches, read from a repository of the run's own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.model.config import Config
from expertpost.store.bare import own_repository
from expertpost.store.hub import Hub
from expertpost.store.ledger_git import GitLedger
from expertpost.store.rewind import Tags
from expertpost.store.workspace import Workspace

GIT = "git"
"""The engine that needs nothing but the shared repository."""
_SCP = re.compile(r"(?:[^/@]+@)?([^/:@]+):(?!//)(.+)")


@contextmanager
def own_hub(workspace: Workspace, world: World) -> Iterator[Hub]:
    """The shared branches, to be fetched shallow into a bare repository that is gone afterwards.

    Without a remote these are the workspace's own branches.
    """
    branches = workspace.here.config.branches
    if workspace.remote is None:
        yield Hub(workspace.git, branches, None)
        return
    with own_repository(workspace.git, workspace.root, workspace.remote, world.env) as git:
        yield Hub(git, branches, workspace.remote, depth=1)


def ledger_of(hub: Hub, config: Config, world: World, tags: Tags | None = None) -> GitLedger:
    """The ledger that the settings name, as last fetched. Raises Failure XP-LEDGER-….

    ``tags``: for a runner, which looks whether the branch lost anything, and writes.
    """
    if config.ledger.engine != GIT:
        cure = 'write engine = "git", or install a version of expertpost that knows this engine'
        raise Failure("XP-LEDGER-ENGINE", "this version keeps its ledger in git only", cure, exit_code=Exit.GUARD)
    return GitLedger(hub, config.id, world.now, world.entropy, config.ledger.id, tags)


def guard_home(workspace: Workspace, hub: Hub, config: Config) -> None:
    """Refuse to publish from a fork or copy, or from another branch than the one everybody merges to.

    Raises Failure XP-LEDGER-REMOTE or XP-MAIN.
    """
    if config.branches != hub.branches:
        what = f"{hub.branches.main} is the main branch here and {config.branches.main} where it is merged"
        raise Failure("XP-MAIN", what, "use the merged expertpost.toml", exit_code=Exit.GUARD)
    pinned = config.ledger.remote
    if not pinned:
        return
    address = workspace.git.remote_url(workspace.remote) if workspace.remote else None
    if address is None or place_of(address) != place_of(pinned):
        what = f"this workspace publishes from {place_of(pinned)} only, and this is {place_of(address or 'no remote')}"
        cure = "publish there; for a workspace of your own change id and [ledger] remote"
        raise Failure("XP-LEDGER-REMOTE", what, cure, exit_code=Exit.GUARD)


def place_of(address: str) -> str:
    """What an address of a repository names, however it is reached: ``host/path`` without user, port or ``.git``."""
    scp = _SCP.fullmatch(address)
    if scp and "://" not in address:
        host, path = scp[1], scp[2]
    else:
        parts = urlsplit(address)
        host, path = parts.hostname or "", parts.path if parts.scheme else address
    return f"{host.lower()}/{path.strip('/').removesuffix('.git')}" if host else path.rstrip("/").removesuffix(".git")
