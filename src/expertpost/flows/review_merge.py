"""``review merge``: what is approved becomes part of main, by a real merge of the very text that was approved."""

from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure, Finding, Problems, errors_among
from expertpost.flows.adopt import adopt, follow_merge
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, again, open_desk
from expertpost.flows.guarding import brought as has
from expertpost.flows.proposals import Proposal, Subject, find_proposal, foreign, is_merged, proposal_of, subjects
from expertpost.flows.pull_request import pull_request_link
from expertpost.flows.review import needs_of
from expertpost.flows.unwitnessed import unwitnessed
from expertpost.model.host import asks_for_signatures
from expertpost.model.review import Review
from expertpost.store.changes import between, entrants, touched
from expertpost.store.events import Moves, append
from expertpost.store.hub import Denied
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State
from expertpost.store.writing import commit_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became part of main: ``commit`` is main now. ``already``: main had it all, only the branch was removed.

    ``index_ready``: the person's own index could follow (it matters where there is no remote). ``unwitnessed``: whose
    approvals no runner has seen yet.
    """

    branch: str
    commit: str
    slugs: tuple[str, ...]
    titles: tuple[str, ...]
    already: bool = False
    index_ready: bool = True
    unwitnessed: tuple[str, ...] = ()


def merge(world: World, ref: str, *, dry_run: bool = False) -> Merged:
    """Merge a review branch into main and remove it, in one push. Raises Failure.

    XP-MERGE-NOT-YET: something is missing. XP-MERGE-MORE: the branch changes files that nobody reviewed.
    XP-MERGE-CLASH: main has changed the same lines. XP-MERGE-PROTECTED: the host lets nobody push to main.
    """
    plan = _Plan(open_desk(world), ref)
    if dry_run:
        return plan.made
    answer = append(plan.desk.hub, (), plan.desk.identity, plan.desk.now, plan.moves)
    if isinstance(answer, Denied):
        raise _protected(plan.desk, plan.proposal, answer)
    made = plan.made
    ready = follow_merge(plan.desk.workspace, plan.desk.main.commit, made.commit)
    adopt(plan.desk.workspace, made.commit)
    return replace(made, index_ready=ready)


class _Plan:
    """A merge built on what main and the branch are now; built anew when either moved during the push."""

    def __init__(self, desk: Desk, ref: str) -> None:
        self.desk = desk
        self.proposal = find_proposal(desk, ref)
        self.made = self.build()
        self._fresh = True

    def moves(self) -> Moves:
        """The moves of main and of the branch, after a race judged and built anew."""
        if not self._fresh:
            self.desk = again(self.desk)
            tip = self.desk.tips.get(self.proposal.branch)
            if tip is None:
                raise _gone(self.proposal)
            self.proposal = proposal_of(self.desk, self.proposal.branch, tip)
            self.made = self.build()
        self._fresh = False
        main = self.desk.hub.branches.main
        return {
            main: (self.made.commit, self.desk.main.commit),
            self.proposal.branch: (None, self.proposal.tip),
        }

    def build(self) -> Merged:
        """The merge of what is there now. Raises Failure where something is against it."""
        desk, proposal = self.desk, self.proposal
        _must_not_stand_on(desk, proposal)
        there = subjects(proposal)
        already = is_merged(desk, proposal)
        if not already:
            _must_be_done(desk, proposal, there)
        commit = desk.main.commit if already else _merge(desk, proposal, there)
        return Merged(
            branch=proposal.branch,
            commit=commit,
            slugs=tuple(subject.slug for subject in there),
            titles=tuple(subject.title for subject in there),
            already=already,
            unwitnessed=_unwitnessed(desk, there),
        )


def _unwitnessed(desk: Desk, there: tuple[Subject, ...]) -> tuple[str, ...]:
    seen, reviews = seen_on(desk.hub, desk.now), desk.reviews([subject.id for subject in there])
    found = (unwitnessed(reviews.get(one.id, Review()), one.digest, seen) for one in there)
    return tuple(sorted({handle for handles in found for handle in handles}))


def _gone(proposal: Proposal) -> Failure:
    what = f"somebody else merged or removed {proposal.branch} at the same moment"
    return Failure("XP-MERGE-GONE", what, "see where it stands: expertpost status")


def _must_not_stand_on(desk: Desk, proposal: Proposal) -> None:
    """Without a remote the branch that goes away may be the one that is checked out: then nothing is done."""
    if desk.workspace.remote is None and desk.git.current_branch() == proposal.branch:
        main = desk.hub.branches.main
        what = f"you are working on {proposal.branch} itself, which merging removes"
        raise Failure("XP-MERGE-HERE", what, f"go back to {main} first: git switch {main}")


def _must_be_done(desk: Desk, proposal: Proposal, there: tuple[Subject, ...]) -> None:
    """Raise Failure unless everything on the branch was reviewed and nothing is missing."""
    if more := foreign(desk, proposal):
        what = f"the branch also changes {', '.join(more[:5])}, which no approval covers"
        cure = "take that off the branch: nobody can approve it there"
        raise Failure("XP-MERGE-MORE", what, cure, where=proposal.branch, exit_code=Exit.GUARD)
    wrong = [finding for subject in there for finding in errors_among(subject.findings)]
    if wrong:
        raise Problems(wrong, what="the text has errors", cure="its author mends them and submits again")
    desk.must_know_people()
    reviews = desk.reviews([subject.id for subject in there])
    lacking = [
        Finding(subject.path, 0, "XP-MERGE-NOT-YET", need.says, f"expertpost review show {subject.slug}")
        for subject in there
        for need in needs_of(desk, subject, reviews.get(subject.id, Review()))
    ]
    if lacking:
        raise Problems(lacking, what="not ready to be merged", cure=lacking[0].cure, exit_code=Exit.NEEDS_PERSON)


def _merge(desk: Desk, proposal: Proposal, there: tuple[Subject, ...]) -> str:
    """The merge commit, proven to bring exactly what was reviewed."""
    git, main = desk.git, desk.main.commit
    title = f"Merge: {', '.join(subject.title for subject in there)}"
    # Where main did not move, the merge is the branch's own tree.
    tree, clashes = (
        (git.objects.tree_of(proposal.tip), []) if main == proposal.base else git.merged_tree(main, proposal.tip)
    )
    if tree is None:
        raise _clash(there, ", ".join(clashes))
    made = commit_tree(git, tree, [main, proposal.tip], title, desk.identity, desk.now)
    _must_be_the_approved(desk, made, proposal, there)
    return made


def _clash(there: tuple[Subject, ...], what: str) -> Failure:
    slugs = " ".join(subject.slug for subject in there)
    cure = f"its author runs: expertpost submit {slugs} (it takes over what main has), then it is approved again"
    return Failure("XP-MERGE-CLASH", f"main has changed the same text: {what}", cure, exit_code=Exit.NEEDS_PERSON)


def _must_be_the_approved(desk: Desk, made: str, proposal: Proposal, there: tuple[Subject, ...]) -> None:
    """Raise Failure where the merge reads otherwise than what was approved, or touches anything else on main."""
    _must_be_sound(desk, made, proposal)
    if desk.main.commit == proposal.base:
        return
    files = desk.workspace.at(made).files
    pieces = touched(files, desk.config, [subject.path for subject in there]).pieces
    digests = {loaded.path: loaded.piece.digest for loaded in pieces if loaded.piece}
    digests |= {entry.path: entry.digest for entry in entrants(files, [subject.path for subject in there])}
    if has(desk.workspace.at(made), proposal.guarded):
        digests |= {subject.path: subject.digest for subject in there if subject.guarded}
    if other := [subject for subject in there if digests.get(subject.path) != subject.digest]:
        raise _clash(tuple(other), "joined with it, the text is another than the approved one")
    allowed = {change.path for change in between(desk.git, proposal.base, proposal.tip)}
    brought = {change.path for change in between(desk.git, desk.main.commit, made)}
    if astray := sorted(brought - allowed):
        raise _clash(there, f"merging would also change {', '.join(astray[:5])}")


def _must_be_sound(desk: Desk, made: str, proposal: Proposal) -> None:
    """Raise Problems where main would have settings or people with errors: they would stop everybody."""
    state = desk.workspace.at(made)
    if proposal.guarded:
        _ = state.config
    if (proposal.entries or proposal.guarded) and (clashes := state.listed[1]):
        raise Problems(clashes, what="merged, people/ would have errors", cure="mend it and push the branch again")
    if proposal.entries or proposal.guarded:
        _must_have_a_key(state)


def _must_have_a_key(state: State) -> None:
    """Raise Failure where approvals would have to be signed from now on, and nobody could sign any."""
    people = state.people
    if asks_for_signatures(state.config, people) and not any(person.keys for person in people.listed):
        what = "from the second person on approvals are signed, and nobody lists a key"
        cure = "list yours first (expertpost person rotate), or write signed = false under [review] on main"
        raise Failure("XP-MERGE-KEYLESS", what, cure, exit_code=Exit.NEEDS_PERSON)


def _protected(desk: Desk, proposal: Proposal, answer: Denied) -> Failure:
    """The failure for a host that protects main: where a person goes on."""
    main = desk.hub.branches.main
    link = pull_request_link(desk.git.remote_url(desk.workspace.remote or "origin") or "", proposal.branch, main)
    where = link or f"a pull request from {proposal.branch} to {main} on the host"
    what = f"everything is approved, but the host lets nobody push to {main}: {' '.join(answer.says.split())[:200]}"
    cure = f"open {where} and merge it there"
    return Failure("XP-MERGE-PROTECTED", what, cure, where=proposal.branch, exit_code=Exit.NEEDS_PERSON)
