"""What this repository knows of the shared main, without asking anybody."""

from expertpost.store.workspace import Workspace


def main_of(workspace: Workspace) -> str | None:
    """The newest commit of the shared main that this repository knows, whoever fetched it; None where there is none."""
    git, hub = workspace.git, workspace.hub
    seen = hub.tip(hub.branches.main)
    if workspace.remote is None:
        return seen
    pulled = git.commit_of(f"refs/remotes/{workspace.remote}/{hub.branches.main}")
    newer = pulled is not None and pulled != seen and (seen is None or git.is_ancestor(seen, pulled))
    return pulled if newer else seen
