"""``unsubmit``: take a piece back from review. The text stays where it lies on the disk."""

from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, again, clean, denied, open_desk
from expertpost.flows.parcel import SUBMITTED
from expertpost.flows.proposals import Proposal, Subject, find, subjects
from expertpost.model.event import EventKind
from expertpost.store.changes import entrants, touched
from expertpost.store.events import Moves, append
from expertpost.store.files import Files, WorkFiles
from expertpost.store.hub import Denied
from expertpost.store.writing import write_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubmitted:
    """What was taken back. ``commit``: where its review branch was; ``removed``: the branch is gone with it."""

    id: str
    slug: str
    title: str
    path: str
    branch: str
    commit: str
    removed: bool
    signed: bool = False


def unsubmit(world: World, ref: str, message: str = "", *, dry_run: bool = False) -> Unsubmitted:
    """Take a piece or an entry back from review. Raises Failure: not under review, others' words only lie there."""
    desk = open_desk(world)
    subject = find(desk, ref)
    proposal = subject.proposal
    if proposal is None:
        what = "it is not under review"
        raise Failure("XP-REVIEW-NONE", what, "nothing has to be done", where=subject.path, exit_code=Exit.USAGE)
    _nothing_may_be_lost(desk, subject, proposal)
    review = desk.review_of(subject.id)
    written = desk.signed(desk.event(EventKind.UNSUBMIT, subject.topic, review, clean(message)))
    alone = len(subjects(proposal)) == 1
    done = Unsubmitted(
        id=subject.id,
        slug=subject.slug,
        title=subject.title,
        path=subject.path,
        branch=proposal.branch,
        commit=proposal.tip,
        removed=alone,
        signed=bool(written.signature),
    )
    if dry_run:
        return done
    new = None if alone else _without(desk, subject, proposal)
    first = True

    def moves() -> Moves:
        nonlocal first
        if not first and again(desk).tips.get(proposal.branch) != proposal.tip:
            what = "the review changed at the same moment"
            raise Failure("XP-UNSUBMIT-MOVED", what, "look at it again, then unsubmit", where=proposal.branch)
        first = False
        return {proposal.branch: (new, proposal.tip)}

    answer = append(desk.hub, [written] if subject.digest else [], desk.identity, desk.now, moves)
    if isinstance(answer, Denied):
        raise denied(answer)
    return done


def _nothing_may_be_lost(desk: Desk, subject: Subject, proposal: Proposal) -> None:
    """Raise Failure where the review branch has words that neither the disk nor the last submission from here has."""
    if desk.workspace.remote is None and desk.git.current_branch() == proposal.branch:
        main = desk.hub.branches.main
        what = f"you are working on {proposal.branch} itself, which unsubmit removes"
        raise Failure("XP-UNSUBMIT-HERE", what, f"go back to {main} first: git switch {main}")
    last = desk.git.commit_of(SUBMITTED + subject.id) if subject.digest else None
    known: list[Files] = [WorkFiles(desk.workspace.root), *([desk.workspace.at(last).files] if last else [])]
    if not any(subject.digest == _digest_in(desk, files, subject) for files in known):
        what = "the review has words that are not on your disk; they would be lost"
        cure = (
            f"see them with expertpost review show {subject.slug}, take them into your file and submit, then unsubmit"
        )
        raise Failure("XP-UNSUBMIT-OTHERS", what, cure, where=subject.path, exit_code=Exit.NEEDS_PERSON)


def _digest_in(desk: Desk, files: Files, subject: Subject) -> str:
    if subject.entry:
        return next((entry.digest for entry in entrants(files, [subject.path])), "")
    return next((p.piece.digest for p in touched(files, desk.config, [subject.path]).pieces if p.piece), "")


def _without(desk: Desk, subject: Subject, proposal: Proposal) -> str:
    """The branch without one of its pieces: what lies there becomes what it was on main."""
    home = subject.path.removesuffix("/index.md")
    there = desk.git.tree(proposal.tip, home)
    before = desk.git.tree(proposal.base, home)
    changes: dict[str, bytes | None] = {entry.path: None for entry in there}
    changes |= dict(zip((e.path for e in before), desk.git.blobs(e.blob for e in before), strict=True))
    return write_commit(desk.git, changes, f"Take back: {subject.title}", desk.identity, desk.now, base=proposal.tip)
