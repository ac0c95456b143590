"""After a merge: files that lie here exactly as the shared main has them are told to the index, so that a pull goes on.

Without that, git refuses to pull over a draft that its author never committed. No file changes, ever.
"""

from expertpost.model.canonical import blob_id
from expertpost.store.changes import Change, between, follow
from expertpost.store.files import MAX_ASSET, Unreadable, WorkFiles
from expertpost.store.git import Git, GitFailed
from expertpost.store.people import PEOPLE
from expertpost.store.pieces import DRAFTS
from expertpost.store.workspace import Workspace

_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "index.lock")


def adopt(workspace: Workspace, main: str) -> tuple[str, ...]:
    """Stage the files that are identical to those of the shared main (a commit); their paths.

    Only where main is checked out, nothing is under way there, and a pull would be a plain step forward: elsewhere
    staging would get into somebody's own commit.
    """
    git = workspace.git
    head = git.commit_of("HEAD")
    if workspace.remote is None or head is None or head == main:
        return ()
    if not _is_calm(git, workspace.hub.branches.main) or not git.is_ancestor(head, main):
        return ()
    files = WorkFiles(workspace.root)
    same = [change for change in between(git, head, main, DRAFTS, PEOPLE) if lies_here(files, change)]
    return tuple(change.path for change in same) if follow(git, same) else ()


def follow_merge(workspace: Workspace, older: str, newer: str) -> bool:
    """Without a remote, main moves under the person's feet: let the index follow the merge. False: it could not.

    ``older`` and ``newer`` are main before and after.
    """
    if workspace.remote is not None or workspace.git.current_branch() != workspace.hub.branches.main:
        return True
    return follow(workspace.git, between(workspace.git, older, newer))


def lies_here(files: WorkFiles, change: Change) -> bool:
    """Whether the file on the disk has the content that the newer side of a change has."""
    if change.gone or not change.regular:
        return False
    try:
        content = files.read(change.path, MAX_ASSET)
    except (Unreadable, OSError):
        return False
    if content is None:
        return False
    return change.blob in (blob_id(content), blob_id(content.replace(b"\r\n", b"\n")))


def _is_calm(git: Git, main: str) -> bool:
    """Whether main is checked out and no merge, rebase or other git command is under way."""
    try:
        folder = git.folder / git.text("rev-parse", "--git-dir")
    except GitFailed:
        return False
    return git.current_branch() == main and not any((folder / name).exists() for name in _UNDER_WAY)
