"""The folder publisher under the public contract, once for each site builder."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from expertpost.model.channel import Setting
from expertpost.publishers.folder import Folder
from expertpost.render.markdown import to_html
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Arrived, Fault, Twin


class FolderTwin(Twin):
    """A site's folder, read as Hugo and Jekyll read it."""

    faults = frozenset({Fault.DOWN})

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def arrived(self) -> tuple[Arrived, ...]:
        """Every page in it."""
        return tuple(self._read(page) for page in sorted(self.folder.rglob("*")) if page.suffix in (".md", ".html"))

    def _read(self, page: Path) -> Arrived:
        _, front, body = page.read_text(encoding="utf-8").split("---\n", 2)
        headers = {str(key).lower(): str(value) for key, value in yaml.safe_load(front).items()}
        return Arrived(
            page.name + headers["expertpost"], headers, body, body if page.suffix == ".html" else to_html(body)
        )

    def held(self) -> Mapping[str, str]:
        """Every page by its place in the folder."""
        pages = (page for page in sorted(self.folder.rglob("*")) if page.suffix in (".md", ".html"))
        return {page.relative_to(self.folder).as_posix(): page.read_text(encoding="utf-8") for page in pages}

    def fail(self, fault: Fault) -> None:
        """Take the folder away."""
        self.folder = self.folder.rename(self.folder.with_name("gone"))

    def close(self) -> None:
        """Nothing is held."""


class FolderContract:
    """What both have in common."""

    against = "a folder"

    def open_twin(self, folder: Path) -> FolderTwin:
        """An empty folder."""
        (folder / "site").mkdir()
        return FolderTwin(folder / "site")


class TestHugo(FolderContract, PublisherContract):
    """A content folder of Hugo."""

    publisher = Folder

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The folder, relative to the workspace."""
        return {"path": "site"}


class TestJekyll(FolderContract, PublisherContract):
    """A source folder of Jekyll."""

    publisher = Folder

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The folder and the builder."""
        return {"path": "site", "style": "jekyll"}
