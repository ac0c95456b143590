"""A run of ``publish`` that finds everything as the last one left it has nothing to do, and is told so at once.

A clock starts the runner day and night, and mostly nothing has happened. What is due follows from the shared branches,
the clock, the pages that are live and what this machine noted of earlier runs. Where a run leaves nothing that waits
for any of the last three, it notes where the branches and the witness tags were. While they are there, and for an hour
at most, the next run need only ask for those. Nothing is ever sent by the word of a note.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost import __version__
from expertpost.flows.context import World
from expertpost.flows.status import git_dir_of, root_of, stamp
from expertpost.store.git import TIMEOUT, Git, GitFailed

if TYPE_CHECKING:
    from expertpost.flows.report import Published
    from expertpost.model.config import Config
    from expertpost.store.hub import Hub
    from expertpost.store.ledger import Ledger
    from expertpost.store.rewind import Tags

NOTE = "quiet.json"
BELIEVED = timedelta(hours=1)
"""For so long a note counts: what nobody thought of costs an hour, not a post."""


@dataclass(frozen=True, slots=True)
class Note:
    """Where everything was. ``of``: the program and settings of the run; ``at``: when, in seconds since 1970.

    ``asked``: the patterns of all refs that matter; ``refs``: those of them that were there, with their ids.
    """

    of: str
    at: float
    commit: str
    remote: str
    asked: tuple[str, ...]
    refs: Mapping[str, str]


def unchanged(world: World) -> str:
    """The merged commit, where nothing has happened since a run that left nothing to wait for; else "".

    Raises Failure, for what ``workspace.find`` raises.
    """
    root = root_of(world)
    git = Git(root, world.env)
    own = git_dir_of(git, root)
    note = _read(own)
    if note is None or note.of != _of(root, own) or any((own / "expertpost" / "journal").glob("*")):
        return ""
    fresh = 0 <= world.now().timestamp() - note.at < BELIEVED.total_seconds()
    return note.commit if fresh and _there(git, note.remote, note.asked) == note.refs else ""


def waits_for_nothing(done: "Published", ledger: "Ledger", config: "Config") -> bool:
    """Whether only a change of the branches can give the next run anything to do or to tell.

    Not so where a line is told (it may wait for its time or its page), a delivery is open, a database is the ledger, or
    a channel is named for reminders, which come by the clock.
    """
    told = done.lines or done.troubles or done.findings or done.interrupted
    return not (told or config.ledger.url or config.review.reminders or ledger.open())


def remember(world: World, root: Path, hub: "Hub", tips: Mapping[str, str], tags: "Tags") -> None:
    """Note that a run which saw the branches at ``tips`` and the ``tags`` left nothing to wait for."""
    names = hub.branches
    heads = {f"refs/heads/{name}": tips.get(name) for name in (names.main, names.reviews, names.ledger)}
    refs = {ref: oid for ref, oid in heads.items() if oid} | tags.there
    own = git_dir_of(Git(root, world.env), root)
    asked = (*heads, f"{tags.prefix}*")
    now = world.now().timestamp()
    note = Note(_of(root, own), now, tips[names.main], hub.remote or "", asked, refs)
    own.joinpath("expertpost").mkdir(exist_ok=True)
    (own / "expertpost" / NOTE).write_text(json.dumps(asdict(note)), encoding="utf-8")


def _of(root: Path, own: Path) -> str:
    """What has to be the same besides the branches: this program, and where it looks for them."""
    return f"{__version__} {stamp(root / 'expertpost.toml')} {stamp(own / 'config')}"


def _read(own: Path) -> Note | None:
    """The note of the last run; None where there is none, or none that can be read."""
    try:
        written = json.loads((own / "expertpost" / NOTE).read_bytes())
    except (OSError, ValueError):
        return None
    match written:
        case {"of": str(of), "at": float(at), "commit": str(commit), "remote": str(remote), **rest}:
            match rest:
                case {"asked": list(asked), "refs": dict(refs)}:
                    return Note(of, at, commit, remote, tuple(map(str, asked)), refs)
    return None


def _there(git: Git, remote: str, asked: Sequence[str]) -> dict[str, str]:
    """Ref → id of all refs that these patterns mean, where everybody shares them; nothing where nobody answers."""
    if not remote:
        listed = git.start("for-each-ref", "--format=%(objectname)%09%(refname)", *asked)
    else:
        listed = git.start_listing(remote, asked)
    try:
        lines = listed.out(timeout=TIMEOUT).decode("utf-8", "replace").splitlines()
    except GitFailed:
        return {}
    return {ref: oid for oid, _, ref in (line.partition("\t") for line in lines)}
