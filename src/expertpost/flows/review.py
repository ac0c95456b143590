"""``review list`` and ``review show``: what waits for a reviewer, and everything one needs to judge it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from expertpost.errors import Failure, Finding
from expertpost.flows import stages
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.guarding import hands_on
from expertpost.flows.possession import unproven
from expertpost.flows.proposals import Subject, find, foreign, is_merged, proposals, subjects
from expertpost.flows.staleness import Stale, Tier, stale, tiers
from expertpost.model import guarded, host, policy
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason
from expertpost.model.review import Event, Review
from expertpost.model.rules import is_contributor

if TYPE_CHECKING:
    from expertpost.flows.posts import Offer

SEEN = "refs/expertpost/seen/"
"""For each piece id (or ``people/<handle>``) the commit as which it was shown here last."""
BROKEN = "has errors"
"""The state of a text that cannot be judged before its errors are mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One piece or entry under review. ``by``: who submitted it, ``since`` when; ``channels``: where it would go.

    ``state``: a stage of ``flows.stages``, or ``has errors``; ``needs``: what it lacks, in sentences. ``also``: other
    files that its branch changes; ``guards``: what its branch changes of who may decide, and what runs. ``mine``: the
    person who asks wrote some of it. ``signed``: its submission is.
    """

    id: str
    slug: str
    title: str
    path: str
    branch: str
    commit: str
    digest: str
    by: str
    since: datetime | None
    authors: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    state: str = ""
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    mine: bool = False
    signed: bool = False
    is_person: bool = False
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One piece or entry, shown whole. ``text``: the file; ``diff``: what changed since ``compared``, "" for nothing.

    ``compared``: ``seen`` (the last time it was shown here), ``main``, or "" where there is nothing older. ``notes``:
    what is wrong with events about it, and with ``people/``. ``asks_for_signatures``: unsigned approvals do not count.
    ``stale``: approvals that do not count for all that is there now; ``tiers``: where an earlier text needed more than
    this one.
    """

    waiting: Waiting
    text: str
    diff: str
    compared: str
    offers: "tuple[Offer | Failure, ...]"
    findings: tuple[Finding, ...]
    events: tuple[Event, ...]
    notes: tuple[Finding, ...]
    asks_for_signatures: bool
    stale: tuple[Stale, ...] = ()
    tiers: tuple[Tier, ...] = ()


def review_list(world: World) -> tuple[Waiting, ...]:
    """Everything under review that main does not have yet, the longest waiting first."""
    desk = open_desk(world)
    open_ = [subject for proposal in proposals(desk) if not is_merged(desk, proposal) for subject in subjects(proposal)]
    reviews = desk.reviews([subject.id for subject in open_]) if open_ else {}
    found = [waiting(desk, subject, reviews.get(subject.id, Review())) for subject in open_]
    return tuple(sorted(found, key=lambda each: (each.since is None, each.since or desk.now, each.slug)))


def review_show(world: World, ref: str) -> Shown:
    """One piece or entry, with what is needed to judge it; the next look, and ``approve``, compare with this one.

    Raises Failure XP-REF-NONE or XP-REF-MANY.
    """
    desk = open_desk(world)
    subject = find(desk, ref)
    book = desk.book([subject.id])
    review = desk.reviews_in(book).get(subject.id, Review())
    compared, older = _older(desk, subject)
    offers = offered(desk, subject.piece) if subject.piece else ()
    shown = Shown(
        waiting=waiting(desk, subject, review),
        text=_text(desk, subject),
        diff=_diff(desk, older, subject) if older else "",
        compared=compared,
        offers=offers,
        findings=_checked(desk, subject),
        events=review.told,
        stale=stale(desk, subject, review, offers),
        tiers=tiers(desk, subject, review),
        notes=(*(note for note in book.findings if f":{subject.id}/" in note.path), *desk.main.listed[1]),
        asks_for_signatures=host.asks_for_signatures(desk.config, desk.people),
    )
    if subject.digest:
        desk.git.run("update-ref", SEEN + subject.id, commit_of(desk, subject))
    return shown


def waiting(desk: Desk, subject: Subject, review: Review) -> Waiting:
    """How a piece or entry stands in its review."""
    needs = needs_of(desk, subject, review)
    submitted = review.submitted
    proposal, piece = subject.proposal, subject.piece
    return Waiting(
        id=subject.id,
        slug=subject.slug,
        title=subject.title,
        path=subject.path,
        branch=proposal.branch if proposal else "",
        commit=commit_of(desk, subject),
        digest=subject.digest,
        by=submitted.by if submitted else "",
        since=submitted.at if submitted else None,
        authors=piece.front.authors if piece else (),
        audience=piece.front.audience if piece else (),
        channels=_channels(desk, piece) if piece else (),
        state=stages.in_review(needs).stage.value if subject.digest else BROKEN,
        needs=tuple(need.says for need in needs),
        also=_also(desk, subject),
        mine=wrote(desk, subject, review),
        signed=bool(submitted and submitted.signer),
        is_person=subject.entry is not None,
        guards=_guards(subject),
    )


def _also(desk: Desk, subject: Subject) -> tuple[str, ...]:
    """What its branch changes besides: what nobody can approve, and what has to be approved by itself."""
    proposal = subject.proposal
    if proposal is None:
        return ()
    by_itself = () if subject.guarded else (each.change.path for each in proposal.guarded)
    return tuple(sorted({*foreign(desk, proposal), *by_itself}))


def _guards(subject: Subject) -> tuple[str, ...]:
    """What its branch changes of who may decide, by which rules, and what runs them."""
    found = {each.guard.value for each in subject.proposal.guarded} if subject.proposal else set()
    return tuple(sorted(found | ({guarded.Guard.PEOPLE.value} if subject.entry else set())))


def needs_of(desk: Desk, subject: Subject, review: Review) -> tuple[Reason, ...]:
    """What a piece or entry lacks before its review is done; nothing where it is invalid: its findings say that."""
    if subject.piece:
        return policy.still_needs(desk.config, subject.piece, review, desk.people)
    if subject.entry and subject.entry.person:
        needs = guarded.entry_needs(desk.config, desk.people, subject.entry.person, subject.digest, review)
        return (*needs, *unproven(desk.config.id, desk.people, subject.entry.person))
    if subject.guarded and subject.proposal and subject.digest:
        wrote_it = hands_on(desk, subject.proposal.tip, subject.homes)
        return guarded.settings_needs(desk.config, desk.people, subject.digest, wrote_it, review)
    return ()


def wrote(desk: Desk, subject: Subject, review: Review) -> bool:
    """Whether the person who asks had a hand in it."""
    contributors = review.contributors(subject.digest) or frozenset()
    if subject.piece:
        return is_contributor(desk.people, desk.by, contributors, subject.piece)
    if subject.guarded and subject.proposal:
        contributors |= {*hands_on(desk, subject.proposal.tip, subject.homes)}
    handles = {subject.slug, *contributors, *(desk.people.handle_of(name) for name in contributors)}
    return desk.by in handles


def commit_of(desk: Desk, subject: Subject) -> str:
    """The commit that has it: the tip of its review branch, or main."""
    return subject.proposal.tip if subject.proposal else desk.main.commit


def offered(desk: Desk, piece: Piece) -> "tuple[Offer | Failure, ...]":
    """What every channel would get, by the settings on main; a publisher that breaks is a failure of its own."""
    if not desk.config.channels:
        return ()
    from expertpost.flows.places import kept_safe
    from expertpost.flows.posts import offer

    return tuple(
        kept_safe(partial(offer, desk.config, desk.people, piece, channel)) for channel in desk.config.channels.values()
    )


def _channels(desk: Desk, piece: Piece) -> tuple[str, ...]:
    """The channels that may get the piece, by audience and by its own choice."""
    named = desk.config.channels.values()
    return tuple(c.name for c in named if policy.reaches(desk.config, piece, c.name, c.readers) is None)


def _older(desk: Desk, subject: Subject) -> tuple[str, str | None]:
    """What to compare with: what was shown here last, else what main had."""
    if subject.guarded and subject.proposal:
        # Of what decides, the whole change is looked at each time.
        return "main", subject.proposal.base
    seen = desk.git.commit_of(SEEN + subject.id) if subject.digest else None
    if seen:
        return "seen", seen
    base = subject.proposal.base if subject.proposal else ""
    return ("main", base) if base and desk.workspace.at(base).files.below(*subject.homes) else ("", None)


def _diff(desk: Desk, older: str, subject: Subject) -> str:
    """The lines that changed, as git shows them; no program that a repository names is run for it."""
    options = ("-p", "-r", "--no-ext-diff", "--no-textconv", "--no-color")
    out = desk.git.run("diff-tree", *options, older, commit_of(desk, subject), "--", *subject.homes)
    return out.decode("utf-8", "replace")


def _text(desk: Desk, subject: Subject) -> str:
    return desk.workspace.at(commit_of(desk, subject)).text(subject.path) or ""


def _checked(desk: Desk, subject: Subject) -> tuple[Finding, ...]:
    """What ``check`` says of it, judged by main's settings among the pieces beside it on its branch."""
    if subject.loaded is None or subject.loaded.raw is None:
        return subject.findings
    from expertpost.flows.check import inspect
    from expertpost.store.roll import Roll

    commit = commit_of(desk, subject)
    every = Roll(desk.git, commit)
    channels = tuple(desk.config.channels.values())
    return tuple(
        sorted(inspect(desk.world, desk.workspace, desk.judged_at(commit), (subject.loaded,), every, channels))
    )
