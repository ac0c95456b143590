"""The publisher that commits pages, joined to what runs git: no publisher may, and the store knows no publisher."""

from collections.abc import Iterable

from expertpost.publishers.git import Branch, GitPages
from expertpost.store.elsewhere import Elsewhere, Where
from expertpost.store.tree import Identity


class Git(GitPages):
    """Commits each piece as a page to a branch of another repository."""

    def open(self, settings: Iterable[tuple[str, str]]) -> Branch:
        """The branch that the channel's settings name."""
        chosen = self.settings
        by = Identity(chosen.author, chosen.email)
        return Elsewhere(Where(self.root, chosen.repository, chosen.branch, by, tuple(settings)))
