"""The folder publisher under the public contract, once for each site builder."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from expertpost.model.channel import Setting
from expertpost.publishers.folder import Folder
from expertpost.render.markdown import to_html
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Arrived, Fault, Twin


def parted(page: str) -> tuple[dict[str, str], str]:
    """The head of a page, keys in lower case, and its text."""
    if not page.startswith("---\n"):
        head, body = page.split("\n\n", 1)
        return {key.lower(): value for key, _, value in (line.partition(": ") for line in head.split("\n"))}, body
    _, head, body = page.split("---\n", 2)
    return {str(key).lower(): str(value) for key, value in yaml.safe_load(head).items()}, body


class FolderTwin(Twin):
    """A site's folder, read as its builder reads it."""

    faults = frozenset({Fault.DOWN})

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def arrived(self) -> tuple[Arrived, ...]:
        """Every page in it."""
        return tuple(self._read(page) for page in sorted(self.folder.rglob("*")) if page.suffix in (".md", ".html"))

    def _read(self, page: Path) -> Arrived:
        headers, body = parted(page.read_text(encoding="utf-8"))
        html = body if page.suffix == ".html" or body.startswith("<div>") else to_html(body)
        return Arrived(page.name + headers["expertpost"], headers, body, html)

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
    """What all have in common."""

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


class TestPelican(FolderContract, PublisherContract):
    """A content folder of Pelican."""

    publisher = Folder

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The folder and the builder."""
        return {"path": "site", "style": "pelican"}


class TestMkDocs(FolderContract, PublisherContract):
    """The docs folder of MkDocs."""

    publisher = Folder

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The folder and the builder."""
        return {"path": "site", "style": "mkdocs"}


class TestDocusaurus(FolderContract, PublisherContract):
    """The blog folder of Docusaurus."""

    publisher = Folder

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The folder and the builder."""
        return {"path": "site", "style": "docusaurus"}
