"""``review list`` and ``review show``: what waits for a reviewer, and everything one needs to judge it."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from expertpost.errors import Failure, Finding
from expertpost.flows import stages
from expertpost.flows.asked import all_asked, due, for_whom, places_of
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.guarding import hands_on
from expertpost.flows.in_review import Waiting
from expertpost.flows.possession import unproven
from expertpost.flows.proposals import Subject, find, foreign, open_proposals, subjects
from expertpost.flows.since import SEEN, Since, diff, older
from expertpost.flows.staleness import Stale, Tier, stale, tiers
from expertpost.flows.talk import talks, told
from expertpost.model import guarded, host, policy
from expertpost.model.event import Event, EventKind
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason
from expertpost.model.review import Review
from expertpost.model.rules import is_contributor
from expertpost.model.threads import threads, unresolved
from expertpost.render.sheet import Talk

if TYPE_CHECKING:
    from expertpost.flows.posts import Offer

BROKEN = "has errors"
"""The state of a text that cannot be judged before its errors are mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One piece or entry, shown whole. ``text``: the file; ``diff``: what changed since ``compared``, "" for nothing.

    ``compared``: ``seen`` (the last time it was shown here), ``said`` (the person spoke of it, on whatever machine),
    ``main``, or "" where there is nothing older. ``talks``: the comments; ``events``: everything that happened.
    ``notes``: what is wrong with events about it, and with ``people/``. Of what is for reviewers only, others see
    nothing. ``asks_for_signatures``: unsigned approvals do not count. ``stale``: approvals that do not count for all
    that is there now; ``tiers``: where an earlier text needed more than this one.
    """

    waiting: Waiting
    text: str
    diff: str
    compared: str
    offers: "tuple[Offer | Failure, ...]"
    findings: tuple[Finding, ...]
    talks: tuple[Talk, ...]
    events: tuple[Event, ...]
    notes: tuple[Finding, ...]
    asks_for_signatures: bool
    stale: tuple[Stale, ...] = ()
    tiers: tuple[Tier, ...] = ()


def review_list(world: World, *, mine: bool = False) -> tuple[Waiting, ...]:
    """Everything under review that main does not have yet, the longest waiting first.

    ``mine``: only what waits for the person who looks.
    """
    return tuple(each for each in all_waiting(open_desk(world)) if each.for_me or not mine)


def all_waiting(desk: Desk) -> tuple[Waiting, ...]:
    """Everything under review that main does not have yet, the longest waiting first."""
    open_ = [subject for proposal in open_proposals(desk) for subject in subjects(proposal)]
    reviews = desk.reviews([subject.id for subject in open_]) if open_ else {}
    found = [waiting(desk, subject, reviews.get(subject.id, Review())) for subject in open_]
    return tuple(sorted(found, key=lambda each: (each.since is None, each.since or desk.now, each.slug)))


def review_show(world: World, ref: str, since: Since = Since.LAST) -> Shown:
    """One piece or entry, with what is needed to judge it; the next look, and ``approve``, compare with this one.

    Raises Failure XP-REF-NONE or XP-REF-MANY.
    """
    desk = open_desk(world)
    subject = find(desk, ref)
    shown = look_at(desk, subject, since)
    if subject.digest:
        desk.git.run("update-ref", SEEN + subject.id, commit_of(desk, subject))
    return shown


def look_at(desk: Desk, subject: Subject, since: Since, *, private: bool = True) -> Shown:
    """All there is to see of one piece or entry; nothing remembers that somebody looked.

    ``private``: with what is for reviewers only, where the person is one.
    """
    book = desk.book([subject.id])
    review = desk.reviews_in(book).get(subject.id, Review())
    text, private = text_of(desk, subject), private and is_reviewer(desk, subject, review)
    compared, commit = older(desk, subject, review, since)
    offers = offered(desk, subject.piece) if subject.piece else ()
    return Shown(
        waiting=waiting(desk, subject, review),
        text=text,
        diff=diff(desk, commit, subject, commit_of(desk, subject)) if commit else "",
        compared=compared,
        offers=offers,
        findings=_checked(desk, subject),
        talks=talks(review, text, private=private),
        events=told(review, private=private),
        stale=stale(desk, subject, review, offers),
        tiers=tiers(desk, subject, review),
        notes=(*(note for note in book.findings if f":{subject.id}/" in note.path), *desk.main.listed[1]),
        asks_for_signatures=host.asks_for_signatures(desk.config, desk.people),
    )


def waiting(desk: Desk, subject: Subject, review: Review) -> Waiting:
    """How a piece or entry stands in its review."""
    needs = needs_of(desk, subject, review)
    submitted = review.submitted
    proposal, piece = subject.proposal, subject.piece
    author, asked, until = wrote(desk, subject, review), all_asked(desk, subject, review), due(desk, subject, review)
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
        channels=places_of(desk, piece)[1:] if piece else (),
        state=stages.in_review(needs).stage.value if subject.digest else BROKEN,
        needs=tuple(need.says for need in needs),
        also=_also(desk, subject),
        mine=author,
        signed=bool(submitted and submitted.signer),
        is_person=subject.entry is not None,
        guards=_guards(subject),
        asked=asked,
        due=until.at if until else None,
        for_me="" if author else for_whom(desk, subject, review, asked, needs),
        open_comments=_open_comments(desk, subject, review),
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


def is_reviewer(desk: Desk, subject: Subject, review: Review) -> bool:
    """Whether the person who looks gets to see private notes: they are listed, and wrote none of it at any time."""
    hands = {name for event in review.of(EventKind.SUBMIT) for name in (event.by, *event.contributors)}
    return bool(desk.person) and desk.by not in hands and not wrote(desk, subject, review)


def _open_comments(desk: Desk, subject: Subject, review: Review) -> int:
    open_ = unresolved(threads(review))
    if not any(thread.private for thread in open_) or is_reviewer(desk, subject, review):
        return len(open_)
    return sum(not thread.private for thread in open_)


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


def text_of(desk: Desk, subject: Subject) -> str:
    """The file that is under review."""
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
