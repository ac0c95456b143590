"""What changed in a text under review since somebody looked at it, spoke of it, or since main has it."""

from enum import StrEnum

from expertpost.flows.desk import Desk
from expertpost.flows.guarding import digest_of_guarded
from expertpost.flows.proposals import Subject, proposal_of
from expertpost.model.event import EventKind
from expertpost.model.review import Review
from expertpost.store.changes import entrants, touched
from expertpost.store.history import commits_of

SEEN = "refs/expertpost/seen/"
"""For each piece id (or ``people/<handle>``) the commit as which it was shown here last."""
_LOOKED = frozenset({EventKind.COMMENT, EventKind.RETURN, EventKind.APPROVE})


class Since(StrEnum):
    """What a text is compared with: what the person saw or spoke of last, or what main has."""

    LAST = "last"
    MAIN = "main"


def older(desk: Desk, subject: Subject, review: Review, since: Since) -> tuple[str, str]:
    """What to compare with: ``seen`` (here), ``said`` (by the person, anywhere) or ``main``, and its commit.

    Two times "" where there is nothing older.
    """
    if subject.guarded and subject.proposal:
        # Of what decides, the whole change is looked at each time.
        return "main", subject.proposal.base
    if since is Since.LAST and subject.digest:
        seen, said = desk.git.commit_of(SEEN + subject.id), _spoken_of(desk, subject, review)
        if said and (seen is None or (said != seen and desk.git.is_ancestor(seen, said))):
            return "said", said
        if seen:
            return "seen", seen
    base = subject.proposal.base if subject.proposal else ""
    return ("main", base) if base and desk.workspace.at(base).files.below(*subject.homes) else ("", "")


def _spoken_of(desk: Desk, subject: Subject, review: Review) -> str:
    """The newest commit of the review branch that has the text of which the person spoke last, "" where none has."""
    mine = [event for event in review.told if event.by == desk.by and event.kind in _LOOKED]
    if not mine or subject.proposal is None:
        return ""
    if mine[-1].digest == subject.digest:
        return subject.proposal.tip
    commits = commits_of(desk.git, subject.proposal.base, subject.proposal.tip, subject.path)
    return next((commit for commit in commits if digest_at(desk, commit, subject) == mine[-1].digest), "")


def digest_at(desk: Desk, commit: str, subject: Subject) -> str:
    """The content digest of the same path in another commit, "" where it has no valid text there."""
    files = desk.workspace.at(commit).files
    if subject.guarded and subject.proposal:
        return digest_of_guarded(proposal_of(desk, subject.proposal.branch, commit).guarded)
    if subject.entry:
        return next((entry.digest for entry in entrants(files, [subject.path]) if entry.person), "")
    pieces = touched(files, desk.config, [subject.path]).pieces
    return next((loaded.piece.digest for loaded in pieces if loaded.piece), "")


def diff(desk: Desk, commit: str, subject: Subject, newer: str) -> str:
    """The lines that changed between two commits, as git shows them; no program that a repository names is run."""
    options = ("-p", "-r", "--no-ext-diff", "--no-textconv", "--no-color")
    return desk.git.run("diff-tree", *options, commit, newer, "--", *subject.homes).decode("utf-8", "replace")
