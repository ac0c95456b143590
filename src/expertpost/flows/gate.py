"""``review gate``: a check that a host can require; it fails until everything on a branch is approved as it lies."""

from dataclasses import dataclass

from expertpost.errors import Exit, Failure, Finding, errors_among
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.proposals import Proposal, Subject, find_proposal, foreign, proposal_of, subjects
from expertpost.flows.review import needs_of
from expertpost.model.review import Review
from expertpost.store.git import GitFailed

_FETCHED = "refs/expertpost/gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a branch brings, and everything that is missing. ``also``: files on it that no approval covers.

    ``branch`` is "" for what is checked out.
    """

    branch: str
    commit: str
    slugs: tuple[str, ...] = ()
    missing: tuple[Finding, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it may be merged."""
        return not self.missing


def gate(world: World, ref: str = "", branch: str = "") -> Gate:
    """Judge what a piece's review branch, a branch of any name, or what is checked out would bring to main.

    Pieces are recognised by their content, so a branch of another name does not pass by. Raises Failure XP-GATE-BRANCH.
    """
    desk = open_desk(world)
    desk.must_know_people()
    proposal = find_proposal(desk, ref) if ref else _named(desk, branch)
    there = _judged(desk, proposal)
    reviews = desk.reviews([subject.id for subject in there if subject.id])
    also = _also(desk, proposal, there)
    missing = [found for subject in there for found in _missing(desk, subject, reviews.get(subject.id, Review()))]
    return Gate(
        branch=proposal.branch,
        commit=proposal.tip,
        slugs=tuple(subject.slug for subject in there),
        missing=tuple(sorted(missing + (_beside(proposal, also) if there else _loose(proposal)))),
        also=also,
    )


def _judged(desk: Desk, proposal: Proposal) -> tuple[Subject, ...]:
    """What can be approved on it: settings on a review branch only; elsewhere it is for the host to guard them."""
    on_review = proposal.branch.startswith(desk.config.branches.review)
    return tuple(subject for subject in subjects(proposal) if on_review or not subject.guarded)


def _also(desk: Desk, proposal: Proposal, there: tuple[Subject, ...]) -> tuple[str, ...]:
    """What it changes besides."""
    judged = any(subject.guarded for subject in there)
    settings = () if judged else (each.change.path for each in proposal.guarded)
    return tuple(sorted({*foreign(desk, proposal), *settings}))


def _named(desk: Desk, branch: str) -> Proposal:
    """What a branch of the shared repository, or without a name what is checked out, changes."""
    commit = desk.tips.get(branch) if branch else desk.git.commit_of("HEAD")
    if branch and commit is None:
        commit = _fetched(desk, branch)
    if commit is None:
        cure = "name a branch of the shared repository; in a job, check out its whole history (fetch-depth: 0)"
        what = f"there is no branch {branch[:80]!r}" if branch else "nothing is checked out"
        raise Failure("XP-GATE-BRANCH", what, cure, exit_code=Exit.USAGE)
    return proposal_of(desk, branch, commit)


def _fetched(desk: Desk, branch: str) -> str | None:
    if desk.workspace.remote is None:
        return desk.git.commit_of(f"refs/heads/{branch}")
    if desk.git.answer("check-ref-format", f"refs/heads/{branch}")[0] != 0:
        return None
    try:
        desk.git.start_fetch(desk.workspace.remote, [f"+refs/heads/{branch}:{_FETCHED}"]).out()
    except GitFailed:
        return None
    return desk.git.commit_of(_FETCHED)


def _missing(desk: Desk, subject: Subject, review: Review) -> list[Finding]:
    """What one piece or entry lacks: its errors, or what policy asks for."""
    if not subject.digest:
        return list(errors_among(subject.findings))
    cure = f"expertpost review show {subject.slug}"
    return [Finding(subject.path, 0, "XP-GATE", need.says, cure) for need in needs_of(desk, subject, review)]


def _beside(proposal: Proposal, also: tuple[str, ...]) -> list[Finding]:
    """What would slip into main beside what was approved."""
    cure = "take it off the branch; settings are changed by a request of their own"
    return [Finding(path, 0, "XP-GATE", f"it changes {path} too, which no approval covers", cure) for path in also]


def _loose(proposal: Proposal) -> list[Finding]:
    """A history that cannot be compared with main lets nobody tell what it brings."""
    if proposal.base:
        return []
    cure = "check out the whole history (fetch-depth: 0), or join main into the branch"
    what = "the branch has nothing in common with main here"
    return [Finding(proposal.branch or "HEAD", 0, "XP-GATE", what, cure)]
