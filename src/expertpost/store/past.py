"""What a branch had at an earlier moment."""

from datetime import datetime

from expertpost.store.git import Git


def commit_at(git: Git, tip: str, at: datetime) -> str | None:
    """The commit a branch was at then, as its merges tell; None where it had none yet, or this clone has none."""
    found = git.text("rev-list", "-1", "--first-parent", f"--before={at.isoformat()}", tip, "--")
    return found or None
