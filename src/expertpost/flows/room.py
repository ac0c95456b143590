"""Where publishing looks and writes: the shared branches, read from a repository of the run's own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.model.channel import SecretName
from expertpost.model.config import Config
from expertpost.publishers.secrets import value_of
from expertpost.store.bare import own_repository
from expertpost.store.hub import Hub
from expertpost.store.ledger_git import GitLedger
from expertpost.store.rewind import Tags
from expertpost.store.workspace import Workspace

if TYPE_CHECKING:
    from expertpost.store.ledger_mirror import MirroredLedger

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
    """The ledger as people read it, on its branch, as last fetched. Raises Failure XP-LEDGER-….

    ``tags``: for a runner, which looks whether the branch lost anything, and writes.
    """
    own = (hub, config.id, world.now, world.entropy, config.ledger.id, tags, world.stand_back)
    if config.ledger.url is None:
        return GitLedger(*own)
    from expertpost.store.ledger_mirror import Mirror

    return Mirror(*own)


def database_of(
    hub: Hub, config: Config, url: SecretName, world: World, root: Path, tags: Tags | None = None
) -> "MirroredLedger":
    """The ledger in the database that the settings name. Raises Failure XP-LEDGER-…, XP-SECRET-MISSING."""
    from expertpost.store.database import open_database
    from expertpost.store.ledger_mirror import MirroredLedger

    database = open_database(address_of(url, world, root), root)
    pinned = config.ledger.id
    return MirroredLedger(database, hub, config.id, world.now, world.entropy, pinned, tags, world.stand_back)


def address_of(name: SecretName, world: World, root: Path) -> str:
    """The address of a database behind the name of a secret. Raises Failure XP-SECRET-MISSING."""
    address = value_of(name, world.env, root)
    if address is None:
        cure = "set the variable (or its _FILE), write the file or store it in the keyring (expertpost[keyring])"
        raise Failure("XP-SECRET-MISSING", f"no value for {name}", cure, where="[ledger] engine", exit_code=Exit.GUARD)
    return address


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
