"""``review list`` over 500 open reviews in a workspace of 10,000 pieces, against git's own list of the same branches.

Git's side lists the branches and tells for each commit that main does not have who made it and what it changes. Ours
does that too, and also looks at the remote, reads every text, judges it by the policy and folds the signed events.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import corpus
from bench.ratios import Job, Row, cost, interleaved, milliseconds

from expertpost.model.event import Event, EventKind
from expertpost.model.identity import new_id
from expertpost.model.piece import Piece
from expertpost.store.events import Written, append
from expertpost.store.git import Git
from expertpost.store.hub import Landed
from expertpost.store.pieces import load
from expertpost.store.tree import Identity
from expertpost.store.workspace import find
from expertpost.store.writing import write_commit

TIMES = 7
MANY = 10_000
OPEN = 500
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BY = Identity("Anna Measured", "anna@example.org")
WORKSPACE = "01J9Z3N4K5M6P7Q8R9S0T1V2W3"
LISTED = "refs/remotes/origin/review/"


def rows() -> list[Row]:
    """One row: the median of both sides, in turns, with what ours remembers of signatures and texts warm."""
    with tempfile.TemporaryDirectory() as folder:
        clone = _workspace(Path(folder))
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        expertpost = str(Path(sys.executable).with_name("expertpost"))
        told = cost(Job((expertpost, "review", "list", "--json"), clone, env))
        both = f"git for-each-ref {LISTED} && git log --no-merges --name-status --remotes=origin/review/* ^origin/main"
        found = interleaved(
            TIMES,
            ours=Job((expertpost, "review", "list"), clone, env),
            git=Job(("sh", "-c", both), clone, env),
        )
    ours, git = found["ours"].wall, found["git"].wall
    note = f"{milliseconds(ours)} ÷ {milliseconds(git)}; the first time {milliseconds(told.wall)}"
    return [Row(f"`review list`, {OPEN} of {MANY:,} ÷ `git for-each-ref` + `git log`", 4, ours / git, note)]


def _workspace(folder: Path) -> Path:
    """A clone of a bare remote with everything on main, the review branches, and an event or two for each."""
    first, shared, clone = folder / "first", folder / "shared.git", folder / "clone"
    corpus.write(first, MANY)
    corpus.commit(first)
    _run("git", "init", "-q", "--bare", "-b", "main", str(shared))
    _run("git", "-C", str(first), "remote", "add", "origin", str(shared))
    _run("git", "-C", str(first), "push", "-q", "origin", "main")
    git = Git(first)
    _submit(first, git)
    _run("git", "-C", str(shared), "gc", "-q")
    _run("git", "clone", "-q", str(shared), str(clone))
    _run("git", "-C", str(clone), "config", "user.name", BY.name)
    _run("git", "-C", str(clone), "config", "user.email", BY.email)
    return clone


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def _submit(first: Path, git: Git) -> None:
    """Half of the reviews change a piece that main has, half bring a new one; every third one has a comment."""
    main = git.commit_of("HEAD")
    workspace = find(first)
    workspace.hub.fetch()
    written: list[Written] = []
    branches: dict[str, tuple[str | None, str | None]] = {}
    for number, (path, text) in enumerate(_texts()):
        commit = write_commit(git, {path: text.encode()}, f"Submit {number}", BY, AT, base=main)
        branches[f"review/measured-{number:03d}"] = (commit, None)
        piece = load(path, text.encode(), workspace.here.config).piece
        if piece is None:
            raise RuntimeError("the corpus holds a text with errors")
        written += _events(piece, number)
    if not isinstance(append(workspace.hub, written, BY, AT, lambda: branches), Landed):
        raise RuntimeError("the remote of the measurement refuses")


def _texts() -> Iterator[tuple[str, str]]:
    for number, (path, text) in enumerate(corpus.pieces(OPEN)):
        if number % 2:
            yield path, f"{text}\nAnd one more line.\n"
        else:
            fresh = new_id(1_760_000_000_000 + number, number.to_bytes(10))
            yield path.replace("piece-", "fresh-"), text.replace(_id(text), fresh)


def _id(text: str) -> str:
    return text.partition("\nid: ")[2][:26] or text.partition("id: ")[2][:26]


def _events(piece: Piece, number: int) -> Iterator[Written]:
    """The submission, and for every third piece a comment."""
    submitted = Event(
        kind=EventKind.SUBMIT,
        workspace=WORKSPACE,
        piece=piece.id,
        digest=piece.digest,
        by="anna",
        at=AT,
        slug=piece.front.slug,
        contributors=("anna",),
        reviewers=("ben",),
    )
    yield Written(submitted)
    if number % 3 == 0:
        comment = replace(submitted, kind=EventKind.COMMENT, prev=(submitted.id,), text="Which one?", reviewers=())
        yield Written(comment)
