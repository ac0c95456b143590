"""``submit``: what lies on the disk goes to a review branch, with the signed fact that it was submitted, in one push.

The person's branch, index and files are never touched, whatever state they are in.
"""

from collections.abc import Iterable

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, again, clean, denied, open_desk
from expertpost.flows.drafts import Draft, meant, taken
from expertpost.flows.parcel import SUBMITTED, Parcel, Round, Submitted, parcel
from expertpost.flows.proposals import Proposal, is_merged, proposal_of
from expertpost.flows.refs import id_of
from expertpost.model.identity import SLUG
from expertpost.model.piece import Piece
from expertpost.store.changes import between, follow
from expertpost.store.events import TRIES, Moves, append
from expertpost.store.hub import Denied


class _Moved(Exception):
    """A branch that was built on moved during the push."""


def submit(
    world: World,
    refs: Iterable[str] = (),
    name: str = "",
    message: str = "",
    having_seen: str = "",
    reviewers: Iterable[str] = (),
    *,
    dry_run: bool = False,
) -> tuple[Submitted, ...]:
    """Send pieces to review: those named, or every one that changed here; one branch each, or one called ``name``.

    ``having_seen``: the beginning of the commit whose text the person has taken into account after a clash.
    ``reviewers``: the handles of those who are asked; without any they are proposed.
    Raises Failure or Problems (errors in the text, a clash with what others wrote); then nothing was sent.
    """
    if name and not SLUG.fullmatch(name):
        cure = "use small letters, digits and hyphens: --as spring-series"
        raise Failure("XP-SUBMIT-NAME", f"{name[:80]!r} cannot name a review", cure, exit_code=Exit.USAGE)
    wanted = tuple(refs)
    said = Round(clean(message), having_seen.strip().lower(), tuple(reviewers))
    desk = open_desk(world)
    for _ in range(TRIES):
        parcels = _parcels(desk, wanted, name, said)
        told = tuple(piece for each in parcels for piece in each.pieces)
        if dry_run or all(piece.unchanged for piece in told):
            return told
        try:
            send(desk, parcels)
        except _Moved:
            desk = again(desk)
        else:
            return told
    raise Failure("XP-RACE", "others wrote at the same moment, again and again", "submit again; nothing was sent")


def _parcels(desk: Desk, wanted: tuple[str, ...], name: str, said: Round) -> tuple[Parcel, ...]:
    drafts = taken(desk, meant(desk, wanted))
    reviews = desk.reviews([draft.piece.id for draft in drafts]) if drafts else {}
    groups: dict[str, list[Draft]] = {}
    under_way: dict[str, Proposal] = {}
    for draft in drafts:
        proposal = under_review(desk, draft.piece) or _named(desk, name)
        branch = proposal.branch if proposal else _free_branch(desk, name, draft.piece)
        if proposal:
            _must_fit(desk, proposal, name, draft.piece)
            under_way[branch] = proposal
        groups.setdefault(branch, []).append(draft)
    return tuple(parcel(desk, branch, under_way.get(branch), group, reviews, said) for branch, group in groups.items())


def _named(desk: Desk, name: str) -> Proposal | None:
    """The review that ``--as`` names, where it is under way: the piece joins it."""
    branch = desk.config.branches.review + name
    proposal = proposal_of(desk, branch, desk.tips[branch]) if name and branch in desk.tips else None
    return None if proposal is None or is_merged(desk, proposal) else proposal


def _must_fit(desk: Desk, proposal: Proposal, name: str, piece: Piece) -> None:
    if name and proposal.branch != desk.config.branches.review + name:
        cure = f"submit it without --as, or take it back first: expertpost unsubmit {piece.front.slug}"
        what = f"it is under review as {proposal.branch}"
        raise Failure("XP-SUBMIT-ELSEWHERE", what, cure, where=piece.path, exit_code=Exit.USAGE)


def under_review(desk: Desk, piece: Piece) -> Proposal | None:
    """The review branch that holds a piece, looked for under its own name first; None where there is none."""
    prefix = desk.config.branches.review
    branches = [branch for branch in desk.tips if branch.startswith(prefix)]
    for branch in sorted(branches, key=lambda each: (each != prefix + piece.front.slug, each)):
        proposal = proposal_of(desk, branch, desk.tips[branch])
        # A text that others broke still has its id.
        if any(id_of(loaded) == piece.id for loaded in proposal.pieces) and not is_merged(desk, proposal):
            return proposal
    return None


def _free_branch(desk: Desk, name: str, piece: Piece) -> str:
    """The branch for a piece that is not under review: of its name, or with its id where that holds something else."""
    prefix = desk.config.branches.review
    branch = prefix + (name or piece.front.slug)
    if name or branch not in desk.tips or is_merged(desk, proposal_of(desk, branch, desk.tips[branch])):
        return branch
    return f"{branch}-{piece.id[-6:].lower()}"


def send(desk: Desk, parcels: Iterable[Parcel]) -> None:
    """Push everything at once, then remember what was sent. Raises _Moved, or Failure where the host refuses."""
    sent = [each for each in parcels if each.written]
    # What somebody brought to main without a review is reviewed as it lies there: no branch moves.
    moving = [each for each in sent if each.commit != desk.main.commit]
    expected = {each.branch: each.old for each in moving}
    first = True

    def moves() -> Moves:
        nonlocal first
        if not first:
            tips = desk.hub.tips()
            if any(tips.get(branch) != old for branch, old in expected.items()):
                raise _Moved
        first = False
        return {each.branch: (each.commit, each.old) for each in moving}

    answer = append(desk.hub, [event for each in sent for event in each.written], desk.identity, desk.now, moves)
    if isinstance(answer, Denied):
        raise denied(answer)
    lines = (f"update {SUBMITTED}{piece} {commit}\n" for each in sent for piece, commit in each.snapshots.items())
    desk.git.run("update-ref", "--stdin", stdin="".join(lines).encode())
    if desk.workspace.remote is None and (here := desk.git.current_branch()) in expected:
        moved = next(each for each in moving if each.branch == here)
        follow(desk.git, between(desk.git, moved.old or desk.main.commit, moved.commit))
