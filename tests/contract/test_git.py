"""The git publisher under the public contract, against git's own server."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tests.git_server import TOKEN, GitTwin, bare_repository, git

from expertpost.flows.committing import Git
from expertpost.model.channel import Setting
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Twin


class TestGit(PublisherContract):
    """A Hugo site in a repository that is reached by HTTP and a token."""

    publisher = Git
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    against = "real server (git)"

    def open_twin(self, folder: Path) -> Twin:
        """The site's repository, and a workspace that is one."""
        git(folder, "init", "-q", "--template=")
        return GitTwin(bare_repository(folder / "served" / "site.git"))

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The repository and the directory."""
        assert isinstance(twin, GitTwin)
        return {"repository": twin.repository, "directory": "content"}
