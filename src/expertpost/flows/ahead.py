"""What git can do while the rest of the program is still being loaded: look at the remote, and at the work tree."""

from dataclasses import replace

from expertpost.flows.context import Ahead, World
from expertpost.store.workspace import find
from expertpost.store.worktree import start_status


def begin(world: World, *, tree: bool = False) -> World:
    """The same world, in which git is busy already; see ``look``."""
    return replace(world, ahead=look(world, tree=tree))


def look(world: World, *, tree: bool = False) -> Ahead:
    """Begin to look, and do not wait. Raises Failure, for what ``workspace.find`` raises.

    ``tree``: ask what differs in the work tree, too.
    """
    workspace = find(world.here, world.env)
    # What is written here counts only once it is pushed.
    workspace.git.durable = workspace.remote is None
    asked = start_status(workspace.git) if tree else None
    workspace.hub.begin()
    return Ahead(workspace, asked)
