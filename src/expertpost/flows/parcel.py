"""What one ``submit`` sends to one review branch: a commit in which nobody's words are lost, and the signed facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Finding, Problems
from expertpost.flows.desk import Desk, topic_of
from expertpost.flows.drafts import Draft, home, moved_from
from expertpost.flows.policy_few import nobody_left
from expertpost.flows.proposals import Proposal
from expertpost.flows.propose import Proposed, propose
from expertpost.flows.weave import Woven, weave
from expertpost.model.event import EventKind
from expertpost.model.piece import Piece
from expertpost.model.policy import adopted
from expertpost.model.review import Review
from expertpost.store.changes import between, touched
from expertpost.store.events import Written
from expertpost.store.history import ever_had, hands
from expertpost.store.writing import write_commit

SUBMITTED = "refs/expertpost/submitted/"
"""For each piece id the commit that has the text as it lay here when it was submitted last."""
_MIN_SEEN = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """One piece as it went to review. ``digest`` is that of the text on the review branch, ``commit`` its tip.

    ``again``: it was under review before. ``joined``: others' words are in it that the file here does not have.
    ``unchanged``: this text was there already, nothing was sent. ``branch`` is "" for a text that main has just so.
    ``reviewers``: who is asked to review it, and why. ``stuck``: why nobody can approve it, and what helps.
    """

    id: str
    slug: str
    title: str
    path: str
    branch: str
    commit: str
    digest: str
    again: bool = False
    joined: bool = False
    unchanged: bool = False
    signed: bool = False
    reviewers: tuple[Proposed, ...] = ()
    stuck: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes to one branch. ``old``: where the branch is now, None: it is new. ``snapshots``: piece id → commit."""

    branch: str
    old: str | None
    commit: str
    written: tuple[Written, ...]
    pieces: tuple[Submitted, ...]
    snapshots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Round:
    """What the person said: a ``message``, and the commit whose text they have taken into account after a clash.

    ``reviewers``: the handles of those who are to review it.
    """

    message: str = ""
    having_seen: str = ""
    reviewers: tuple[str, ...] = ()

    def knows(self, commit: str) -> bool:
        """Whether the person named this commit."""
        return len(self.having_seen) >= _MIN_SEEN and commit.startswith(self.having_seen)


def parcel(
    desk: Desk,
    branch: str,
    proposal: Proposal | None,
    drafts: Iterable[Draft],
    reviews: Mapping[str, Review],
    said: Round,
) -> Parcel:
    """Build the commit and the events for one branch; nothing moves yet. Raises Problems for a clash of words."""
    theirs = proposal.tip if proposal else desk.main.commit
    known = {p.path for p in proposal.pieces} if proposal else set()
    drafts = [draft if draft.piece.path in known else _with_old_place(desk, draft) for draft in drafts]
    bases = [_grown_from(desk, draft, theirs) for draft in drafts]
    woven = [_woven(desk, draft, draft.files, base, theirs, said) for draft, base in zip(drafts, bases, strict=True)]
    # Where others' words come in, mine are a commit of their own and the result is a merge of both: the next
    # submission knows from it what this file was like.
    own = [
        _as_it_lies(desk, draft, base) if each.joined else ""
        for draft, base, each in zip(drafts, bases, woven, strict=True)
    ]
    changes = {path: content for each in woven for path, content in each.changes.items()}
    commit = theirs
    if changes:
        commit = write_commit(
            desk.git, changes, _title(drafts, said), desk.identity, desk.now, base=theirs, parents=[o for o in own if o]
        )
    snapshots = {draft.piece.id: one or commit for draft, one in zip(drafts, own, strict=True)}
    if proposal:
        commit = _with_main(desk, proposal, commit, drafts, said)
    as_here = not proposal and not any(each.joined for each in woven)
    pieces = [draft.piece if as_here else _shared(desk, commit, draft, theirs) for draft in drafts]
    submissions = [
        _submission(desk, proposal, commit, draft, piece, reviews.get(piece.id, Review()), said)
        for draft, piece in zip(drafts, pieces, strict=True)
    ]
    told = tuple(
        _told(desk, branch, proposal, commit, draft, piece, submission)
        for draft, piece, submission in zip(drafts, pieces, submissions, strict=True)
    )
    written = tuple(each.written for each in submissions if each.written)
    return Parcel(branch, desk.tips.get(branch), commit, written, told, snapshots)


@dataclass(frozen=True, slots=True)
class _Submission:
    """The event, None where it would say nothing new, who is asked by it, and why nobody can answer ("": they can)."""

    written: Written | None = None
    reviewers: tuple[Proposed, ...] = ()
    stuck: str = ""


def _title(drafts: Iterable[Draft], said: Round) -> str:
    return said.message or f"Submit: {', '.join(draft.piece.front.title for draft in drafts)}"


def _with_old_place(desk: Desk, draft: Draft) -> Draft:
    """The draft, knowing where main still has it when it was moved here."""
    if desk.main.files.below(draft.piece.path):
        return draft
    old = moved_from(desk, draft.piece)
    return replace(draft, names=(*draft.names, home(old))) if old else draft


def _grown_from(desk: Desk, draft: Draft, theirs: str) -> str | None:
    """The commit from which both the file here and ``theirs`` have grown; None for a file that began here.

    That is what was submitted here last, or what is checked out where that is newer. A submission that never came into
    ``theirs`` (taken back, or its branch removed) is the person's own: then it is where that submission began.
    """
    git = desk.git
    head = git.commit_of("HEAD")
    checked_out = head if head in (None, theirs) else git.merge_base(head, theirs)
    last = git.commit_of(SUBMITTED + draft.piece.id)
    if last is None or (checked_out and not git.is_ancestor(checked_out, last)):
        return checked_out
    if git.is_ancestor(last, theirs):
        return last
    began = git.merge_base(last, theirs)
    texts = [entry for entry in git.tree(last, *draft.names) if entry.path == draft.piece.path]
    # A squash or a rebase on the host has the text and not the commit.
    came_in = began and texts and ever_had(git, began, theirs, texts[0].path, texts[0].blob)
    return last if came_in else began


def _woven(desk: Desk, draft: Draft, mine: Mapping[str, bytes], base: str | None, theirs: str, said: Round) -> Woven:
    woven = weave(desk.git, mine, theirs if said.knows(theirs) else base, theirs, draft.names)
    if woven.clashes:
        raise clash(desk, draft, theirs, woven.clashes)
    return woven


def clash(desk: Desk, draft: Draft, theirs: str, clashes: Iterable[Finding]) -> Problems:
    """The refusal that shows both versions and the way on."""
    who = desk.git.text("log", "-1", "--format=%an", theirs, "--", *draft.names) or "somebody"
    again = f"expertpost submit {draft.piece.front.slug} --having-seen {theirs[:10]}"
    return Problems(
        clashes,
        what=f"{who} changed the same lines of {draft.piece.path}; nothing was sent, nothing here was changed",
        cure=f"write into your file what both need, then: {again}",
        exit_code=Exit.NEEDS_PERSON,
    )


def _with_main(desk: Desk, proposal: Proposal, commit: str, drafts: list[Draft], said: Round) -> str:
    """The commit, joined with what main has changed in these pieces since the branch left it."""
    main, git = desk.main.commit, desk.git
    names = [name for draft in drafts for name in draft.names]
    if main == proposal.base or not between(git, proposal.base, main, *names):
        return commit
    changes: dict[str, bytes | None] = _rest_of(desk, proposal, commit, names)
    for draft in drafts:
        entries = git.tree(commit, *draft.names)
        mine = dict(zip((entry.path for entry in entries), git.blobs(e.blob for e in entries), strict=True))
        changes |= _woven(desk, draft, mine, proposal.base, main, said).changes
    title = f"Take over what main has: {', '.join(draft.piece.front.title for draft in drafts)}"
    return write_commit(git, changes, title, desk.identity, desk.now, base=main, parents=(commit,))


def _rest_of(desk: Desk, proposal: Proposal, commit: str, names: list[str]) -> dict[str, bytes | None]:
    """What the branch changes elsewhere. Raises Problems where main changed that too: its own author has to join it."""
    inside = [change for change in between(desk.git, proposal.base, commit) if not _among(change.path, names)]
    theirs = {change.path for change in between(desk.git, proposal.base, desk.main.commit)}
    both = [change.path for change in inside if change.path in theirs]
    if both:
        cure = "submit that piece too, in the same command"
        clashes = [Finding(path, 0, "XP-SUBMIT-CLASH", "main has changed it too", cure) for path in both]
        raise Problems(clashes, what="the review holds more pieces", cure=cure, exit_code=Exit.NEEDS_PERSON)
    regular = [change for change in inside if change.regular and change.blob]
    contents = desk.git.blobs(change.blob for change in regular)
    found: dict[str, bytes | None] = dict(zip((change.path for change in regular), contents, strict=True))
    return found | {change.path: None for change in inside if change.gone and change.regular}


def _among(path: str, names: Iterable[str]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in names)


def _shared(desk: Desk, commit: str, draft: Draft, theirs: str) -> Piece:
    """The piece as the commit has it. Raises Problems where joining two good texts gave a bad one."""
    found = touched(desk.workspace.at(commit).files, desk.config, [draft.piece.path]).pieces
    if len(found) == 1 and found[0].piece:
        return found[0].piece
    findings = [finding for loaded in found for finding in loaded.findings]
    slug = draft.piece.front.slug
    look, send = f"expertpost review show {slug}", f"expertpost submit {slug} --having-seen {theirs[:10]}"
    cure = f"look at theirs ({look}); to send yours in its place: {send}"
    raise Problems(findings, what="joined with what others wrote, the text has errors", cure=cure)


def _submission(
    desk: Desk, proposal: Proposal | None, commit: str, draft: Draft, piece: Piece, review: Review, said: Round
) -> _Submission:
    """What is said with this text: that it was submitted, who had a hand in it, and who is asked."""
    merged = commit == desk.main.commit
    if merged and _is_known(desk, review, piece):
        return _Submission()
    if proposal and commit == proposal.tip and _stands(review, piece, said.reviewers):
        before = review.contributors(piece.digest) or ()
        return _Submission(stuck=nobody_left(desk.config, desk.people, piece, before))
    # A branch that starts with this very commit has no other hands on it: no need to look.
    mails = hands(desk.git, None if merged else desk.main.commit, commit, draft.names) if proposal or merged else ()
    names = {*piece.front.authors, desk.by, *mails}
    contributors = tuple(sorted({desk.people.handle_of(name) or name for name in names}))
    event = desk.event(EventKind.SUBMIT, topic_of(piece), review, said.message)
    asked = propose(desk, piece, review, contributors, said.reviewers)
    event = replace(
        event,
        audience=piece.front.audience,
        contributors=contributors,
        reviewers=tuple(sorted(each.handle for each in asked)),
    )
    stuck = nobody_left(desk.config, desk.people, piece, contributors)
    return _Submission(replace(desk.signed(event, must=True), kept=(piece.content,)), asked, stuck)


def _stands(review: Review, piece: Piece, reviewers: tuple[str, ...]) -> bool:
    """Whether this very text is submitted, by somebody proven, to these too, and waits for no answer to a return."""
    submitted = review.submitted
    if submitted is None or not set(reviewers) <= set(submitted.reviewers):
        return False
    return submitted.digest == piece.digest and not review.returned(piece.digest)


def _is_known(desk: Desk, review: Review, piece: Piece) -> bool:
    """Whether what main has just so was submitted, or adopted as published: else nobody could ever review it."""
    if review.contributors(piece.digest) is not None:
        return True
    events = desk.book(only=()).events
    return piece.digest in adopted(desk.config, desk.people, events).get(piece.id, ())


def _told(
    desk: Desk, branch: str, proposal: Proposal | None, commit: str, draft: Draft, piece: Piece, said: _Submission
) -> Submitted:
    return Submitted(
        id=piece.id,
        slug=piece.front.slug,
        title=piece.front.title,
        path=piece.path,
        branch="" if commit == desk.main.commit else branch,
        commit=commit,
        digest=piece.digest,
        again=proposal is not None,
        joined=piece.digest != draft.piece.digest,
        unchanged=said.written is None,
        signed=bool(said.written and said.written.signature),
        reviewers=said.reviewers,
        stuck=said.stuck,
    )


def _as_it_lies(desk: Desk, draft: Draft, base: str | None) -> str:
    """A commit that has the text as it lies here, on what it grew from."""
    files: dict[str, bytes | None] = dict(draft.files)
    title = f"As it lay with {desk.by}: {draft.piece.front.title}"
    return write_commit(desk.git, files, title, desk.identity, desk.now, base=base)
