"""``status``: every piece and where it stands in its life.

The same question in the same state has the same answer: git tells the state while the rest of the program still loads,
and the answer is kept in the index. Only when something has changed is anything read (``flows.standing``).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost import __version__
from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.store.git import Git, Running
from expertpost.store.worktree import changed_in, start_status

if TYPE_CHECKING:
    from expertpost.flows.overview import Status
    from expertpost.store.index import Index

FRESH = 60
"""Seconds for which a look at the shared repository is fresh enough."""
FEW = 10
"""Pieces that each group shows unless all are asked for."""
FETCH_TIMEOUT = 15
_SEEN, _TRIED, _FAILED, _ALONE = "fetched", "fetch-tried", "fetch-failed", "no-remote"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that git is busy with: what the work tree is like, and where all branches are."""

    world: World
    git: Git
    root: Path
    tree: Running
    refs: Running


def begin(world: World) -> Asked:
    """Ask git, and do not wait. Raises Failure, for what ``workspace.find`` raises."""
    root = root_of(world)
    return _ask(world, Git(root, world.env), root)


def _ask(world: World, git: Git, root: Path) -> Asked:
    refs = ("--format=%(objectname) %(refname)", "refs/heads/", "refs/remotes/", "refs/expertpost/hub/")
    return Asked(world, git, root, start_status(git), git.start("for-each-ref", *refs))


def status(world: World, *, mine: bool = False, everything: bool = False, fetch: bool | None = None) -> "Status":
    """Where every piece stands, or every piece of the person who asks. Raises Failure, for what ``begin`` raises.

    ``fetch``: look at the shared repository now, or not at all; None: when the last look is older than ``FRESH``.
    """
    return finish(begin(world), mine=mine, everything=everything, fetch=fetch)


def finish(asked: Asked, *, mine: bool, everything: bool, fetch: bool | None) -> "Status":
    """The answer to what was asked; see ``status``."""
    # Loaded while git works.
    from expertpost.flows.overview import Status
    from expertpost.store.index import Index

    git_dir = git_dir_of(asked.git, asked.root)
    index = Index(git_dir)
    try:
        config = stamp(git_dir / "config")
        notes: tuple[str, ...] = ()
        if fetch is not False and index.note(_ALONE) != config:
            asked, notes = _fetched(asked, index, config, at_once=fetch is True)
        found = _answer(asked, index, config, mine=mine, everything=everything)
        return Status(found.groups, (*notes, *found.notes), float(index.note(_SEEN) or 0))
    finally:
        index.close()


def _fetched(asked: Asked, index: "Index", config: str, *, at_once: bool) -> tuple[Asked, tuple[str, ...]]:
    """Look at the shared repository where the last look is too old; what failed is a note, never an error."""
    now = asked.world.now().timestamp()
    if not at_once and 0 <= now - float(index.note(_TRIED) or -FRESH) < FRESH:
        failed = index.note(_FAILED)
        return asked, (failed,) if failed else ()
    from expertpost.store.workspace import find

    workspace = find(asked.world.here, asked.world.env)
    if workspace.remote is None:
        index.write_note(_ALONE, config)
        return asked, ()
    from expertpost.flows.adopt import adopt

    index.write_note(_TRIED, str(now))
    # What git says of the time before the fetch is of no use.
    _ = asked.tree.out(), asked.refs.out()
    try:
        workspace.hub.fetch(timeout=FETCH_TIMEOUT)
        if tip := workspace.hub.tip(workspace.hub.branches.main):
            adopt(workspace, tip)
    except Failure as failed_now:
        index.write_note(_FAILED, failed_now.what)
        return _ask(asked.world, asked.git, asked.root), (failed_now.what,)
    index.write_note(_FAILED, "")
    index.write_note(_SEEN, str(now))
    return _ask(asked.world, asked.git, asked.root), ()


def _answer(asked: Asked, index: "Index", config: str, *, mine: bool, everything: bool) -> "Status":
    """What was answered in this very state before; else a new answer, kept for the next time."""
    from expertpost.flows.overview import SHAPE, from_text, to_text

    who = asked.git.start("config", "--get-regexp", r"^user\.(name|email)$") if mine else None
    tree, refs, own = asked.tree.out(), asked.refs.out(), who.out(ok=(0, 1)) if who else b""
    state = b"\0\0".join((tree, _stamps(asked.root, tree), refs, own, config.encode()))
    question = f"{__version__} {SHAPE} mine={mine} everything={everything}"
    now = asked.world.now()
    kept = index.answer(question, state, now.timestamp())
    if kept is not None:
        return from_text(kept)
    from expertpost.flows.standing import stand

    found, until = stand(asked.world, asked.root, index, tree, mine=mine, few=None if everything else FEW)
    index.keep(question, state, now.timestamp(), until.timestamp(), to_text(found))
    return found


def root_of(world: World) -> Path:
    """The workspace's folder; ``find`` says it where there is none, or no repository."""
    for folder in (world.here, *world.here.parents):
        if (folder / "expertpost.toml").is_file() and (folder / ".git").exists():
            return folder
    from expertpost.store.workspace import find

    return find(world.here, world.env).root


def git_dir_of(git: Git, root: Path) -> Path:
    """The repository's own folder, without asking git in the usual case."""
    usual = root / ".git"
    return usual if usual.is_dir() else git.git_dir()


def stamp(file: Path) -> str:
    """What changes whenever a file does."""
    try:
        about = file.lstat()
    except OSError:
        return "absent"
    return f"{about.st_mtime_ns} {about.st_size} {about.st_ino}"


def _stamps(root: Path, told: bytes) -> bytes:
    """The stamps of all changed files: git tells that they differ, not whether they changed once more."""
    return "\n".join(stamp(root / path) for path in sorted(changed_in(told).paths)).encode()
