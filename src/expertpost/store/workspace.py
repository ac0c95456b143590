"""A workspace: found from where the person stands, and seen at one commit or as it lies on the disk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure, Finding, Problems
from expertpost.model.config import Config
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.store import config as settings
from expertpost.store import lock, templates
from expertpost.store.files import MAX_ASSET, CommitFiles, Files, Unreadable, WorkFiles
from expertpost.store.git import Git
from expertpost.store.hub import Hub

if TYPE_CHECKING:
    from expertpost.store.pieces import Loaded


@dataclass(frozen=True)
class State:
    """One state of a workspace: its settings, people and pieces, each read when first asked for."""

    files: Files
    commit: str = ""

    @cached_property
    def config(self) -> Config:
        """The settings. Raises Failure XP-WORKSPACE-NONE or Problems."""
        entries = self.files.below(settings.NAME, lock.NAME, templates.POSTS)
        there = dict(zip((entry.path for entry in entries), self.files.read_all(entries), strict=True))
        content, locked = there.pop(settings.NAME, None), there.pop(lock.NAME, b"")
        if content is None:
            raise no_workspace(self.commit or "here")
        config = settings.read_config(_bytes(content))
        channels = lock.with_locks(config.channels, lock.read_lock(_bytes(locked)))
        return replace(config, channels=channels, templates=templates.of_posts(there))

    @cached_property
    def listed(self) -> tuple[People, tuple[Finding, ...]]:
        """Everyone under ``people/`` and what is wrong there."""
        from expertpost.store.people import load_people

        return load_people(self.files)

    @property
    def people(self) -> People:
        """Everyone listed. Raises Problems where any entry is wrong: who may approve must never be a guess."""
        people, findings = self.listed
        if findings:
            raise Problems(
                findings, what="people/ has errors", cure="mend them; nothing was done", exit_code=Exit.FINDINGS
            )
        return people

    def loaded(self, only: Iterable[str] | None = None) -> "Iterator[Loaded]":
        """Every file under ``drafts/`` that is or should be a piece (or those at the given paths)."""
        from expertpost.store.pieces import load_all

        return load_all(self.files, self.config, only)

    def pieces(self) -> Iterator[Piece]:
        """The valid pieces; of two with one id the first by path (``check`` reports the other)."""
        seen: set[str] = set()
        for loaded in self.loaded():
            if loaded.piece and loaded.piece.id not in seen:
                seen.add(loaded.piece.id)
                yield loaded.piece

    def asset(self, piece: Piece, name: str) -> bytes | None:
        """The bytes of a file beside a piece, None where it is not there or cannot be taken."""
        folder = piece.path.rpartition("/")[0]
        if name not in {asset.name for asset in piece.assets}:
            return None
        try:
            return self.files.read(f"{folder}/{name}", MAX_ASSET)
        except Unreadable:
            return None

    def text(self, path: str) -> str | None:
        """The text of a file, None where it is not there. Raises Unreadable."""
        content = self.files.read(path)
        return None if content is None else content.decode("utf-8", "replace")


def _bytes(content: bytes | Unreadable) -> bytes:
    """What could be read. Raises Unreadable."""
    if isinstance(content, Unreadable):
        raise content
    return content


def no_workspace(where: str) -> Failure:
    """The failure for a folder or commit that is no workspace."""
    cure = "go into one, or make one: expertpost init, or expertpost join ADDRESS"
    return Failure("XP-WORKSPACE-NONE", "this is no expertpost workspace", cure, where=where, exit_code=Exit.USAGE)


@dataclass(frozen=True)
class Workspace:
    """The person's own folder. ``remote``: the name of the remote everybody shares, None where there is none."""

    root: Path
    git: Git
    remote: str | None

    @cached_property
    def here(self) -> State:
        """What lies on the disk now."""
        return State(WorkFiles(self.root))

    def at(self, commit: str) -> State:
        """The workspace in one commit; never the working copy."""
        return State(CommitFiles(self.git, commit), commit)

    @cached_property
    def hub(self) -> Hub:
        """The shared branches as this repository last saw them."""
        return Hub(self.git, self.here.config.branches, self.remote)

    def merged(self) -> State | None:
        """The shared main as last fetched, None while it has no commit."""
        tip = self.hub.tip(self.hub.branches.main)
        return self.at(tip) if tip else None


def find(here: Path, env: Mapping[str, str] | None = None) -> Workspace:
    """The workspace around a folder. Raises Failure XP-WORKSPACE-NONE or XP-GIT-NONE."""
    root = next((folder for folder in (here, *here.parents) if (folder / settings.NAME).is_file()), None)
    if root is None:
        raise no_workspace(str(here))
    git = Git(root, env)
    if not (root / ".git" / "HEAD").is_file() and git.top() is None:
        cure = "git init here, or clone the workspace: expertpost join ADDRESS"
        raise Failure("XP-GIT-NONE", "the workspace is in no git repository", cure, where=str(root))
    remote = "origin" if git.remote_url("origin") else None
    return Workspace(root, git, remote)
