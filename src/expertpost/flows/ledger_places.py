"""Where a ledger can be: the branch, or a database by its file or by the name of the secret that holds its address."""

from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.room import address_of
from expertpost.model.channel import SecretKind, SecretName
from expertpost.model.config import Config
from expertpost.store.database import open_database
from expertpost.store.hub import Denied, Hub, Offer, Raced
from expertpost.store.ledger_mirror import Mirror
from expertpost.store.ledger_sql import SqlLedger
from expertpost.store.rewind import Tags
from expertpost.store.workspace import Workspace, find, no_workspace

BRANCH = "git"


@dataclass(frozen=True, slots=True)
class Where:
    """What a person called a place (``git``, ``env:NAME``, ``sqlite:///FILE``), in one workspace at this moment."""

    workspace: Workspace
    config: Config
    world: World

    @property
    def hub(self) -> Hub:
        """The shared branches."""
        return self.workspace.hub

    @property
    def place(self) -> str:
        """What the settings name."""
        return BRANCH if self.config.ledger.url is None else str(self.config.ledger.url)

    def branch(self, tags: Tags | None = None) -> Mirror:
        """The ledger branch, as last fetched: a ledger of its own, or the mirror of one."""
        return Mirror(self.hub, self.config.id, self.world.now, self.world.entropy, self.config.ledger.id, tags)

    def database(self, name: str) -> SqlLedger:
        """The ledger in a database. Raises Failure XP-LEDGER-NAME, XP-LEDGER-…, XP-SECRET-MISSING."""
        database = open_database(self._address(name), self.workspace.root)
        config = self.config
        return SqlLedger(database, self.hub, config.id, self.world.now, self.world.entropy, config.ledger.id)

    def opened(self, name: str) -> Mirror | SqlLedger:
        """The ledger at a place."""
        return self.branch() if name == BRANCH else self.database(name)

    def _address(self, name: str) -> str:
        if name.startswith("sqlite:"):
            return name
        kind, _, rest = name.partition(":")
        if not rest or kind not in [one.value for one in SecretKind]:
            what = f"{kind!r} names no place of a ledger"
            cure = "git, sqlite:///FILE, or where its address is kept: env:NAME, file:PATH, keyring:NAME"
            raise Failure("XP-LEDGER-NAME", what, cure, exit_code=Exit.USAGE)
        return address_of(SecretName(SecretKind(kind), rest), self.world, self.workspace.root)


def places(world: World, *, fetch: bool = True, anew: bool = False) -> Where:
    """The workspace as it is merged. Raises Failure XP-WORKSPACE-NONE, XP-REMOTE, XP-REWOUND.

    ``anew``: the ledger branch is taken as it is now, whatever was seen of it before.
    """
    workspace = find(world.here, world.env)
    if anew:
        workspace.hub.forget(workspace.hub.branches.ledger)
    if fetch:
        workspace.hub.fetch()
    state = workspace.merged()
    if state is None:
        raise no_workspace(workspace.hub.branches.main)
    return Where(workspace, state.config, world)


def landed(answer: Offer) -> None:
    """Raises Failure where something was not written: XP-LEDGER-DENIED, XP-RACE."""
    if isinstance(answer, Denied):
        cure = "let yourself push there, or have the runner do it"
        raise Failure(
            "XP-LEDGER-DENIED", f"the host does not take the ledger: {answer.says}", cure, where=answer.branch
        )
    if isinstance(answer, Raced):
        raise Failure("XP-RACE", "somebody else writes to the ledger", "run it again; nothing is lost")
