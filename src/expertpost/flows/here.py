"""Finding one piece on the disk among many: by the index first, so that only files that fit are read."""

from pathlib import PurePosixPath

from expertpost.errors import Exit, Failure
from expertpost.flows import refs
from expertpost.flows.tip import main_of as main_of
from expertpost.model.draft import nearest
from expertpost.store.changes import touched
from expertpost.store.index import Fact, Index
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


def find_here(workspace: Workspace, ref: str) -> Loaded:
    """The piece on the disk that ``ref`` names. Raises Failure XP-REF-NONE or XP-REF-MANY."""
    facts = inventory_of(workspace).here.values()
    wanted = refs.as_path(ref, workspace.root)
    paths = [fact.path for fact in facts if _fits(fact, ref, wanted)]
    if not paths:
        cure = nearest(ref, {fact.slug for fact in facts})
        raise Failure("XP-REF-NONE", f"no piece is called {ref!r}", cure, exit_code=Exit.USAGE)
    here = workspace.here
    return refs.one(ref, touched(here.files, here.config, paths).pieces, workspace.root)


def _fits(fact: Fact, ref: str, path: str) -> bool:
    pure = PurePosixPath(path).as_posix()
    by_path = pure in (fact.path, fact.path.removesuffix(".md"), fact.path.removesuffix("/index.md"))
    return by_path or fact.slug == ref or (len(ref) >= refs.MIN_PREFIX and fact.id.startswith(ref.upper()))
