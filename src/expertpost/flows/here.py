"""Finding one piece on the disk among many: by the index first, so that only files that fit are read."""

from expertpost.errors import Exit, Failure
from expertpost.flows import refs
from expertpost.flows.addresses import resolved
from expertpost.flows.context import World
from expertpost.flows.tip import main_of as main_of
from expertpost.model.draft import nearest
from expertpost.store.changes import touched
from expertpost.store.index import Index
from expertpost.store.inventory import Inventory, take
from expertpost.store.pieces import Loaded
from expertpost.store.workspace import Workspace
from expertpost.store.worktree import start_status


def inventory_of(workspace: Workspace) -> Inventory:
    """Which pieces lie on the disk and on the shared main."""
    git = workspace.git
    index = Index(git.git_dir())
    try:
        return take(git, workspace.root, main_of(workspace), index, start_status(git).out())
    finally:
        index.close()


def find_here(workspace: Workspace, ref: str, world: World) -> Loaded:
    """The piece on the disk that ``ref`` names. Raises Failure XP-REF-NONE or XP-REF-MANY."""
    ref = resolved(ref, workspace, world)
    facts = inventory_of(workspace).here.values()
    wanted = refs.as_path(ref, workspace.root)
    paths = [fact.path for fact in facts if refs.fit(ref, wanted, fact.path, fact.slug, fact.id)]
    if not paths:
        cure = nearest(ref, {fact.slug for fact in facts})
        raise Failure("XP-REF-NONE", f"no piece is called {ref!r}", cure, exit_code=Exit.USAGE)
    here = workspace.here
    return refs.one(ref, touched(here.files, here.config, paths).pieces, workspace.root)
