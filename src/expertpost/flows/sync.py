"""``review sync``: what was said on the host's pages comes in as events, each of the text that it was said of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, clean, denied, open_desk
from expertpost.flows.hosting import host_of, persons_by_account
from expertpost.flows.mirror import mirror, mirrored
from expertpost.flows.proposals import Proposal, Subject, find_proposal, is_merged, proposals, subjects
from expertpost.flows.review_approve import with_posts
from expertpost.flows.since import digest_at
from expertpost.hosts.base import Host, Remark, RemarkKind, Request
from expertpost.hosts.registry import KINDS
from expertpost.model.canonical import Json
from expertpost.model.config import HostApprovals
from expertpost.model.event import Event, EventKind
from expertpost.model.people import Person
from expertpost.model.review import Review
from expertpost.store.changes import touched
from expertpost.store.events import Written, append
from expertpost.store.history import hands, last_before
from expertpost.store.hub import Denied

_KINDS = {
    RemarkKind.COMMENT: EventKind.COMMENT,
    RemarkKind.RETURN: EventKind.RETURN,
    RemarkKind.APPROVE: EventKind.APPROVE,
    RemarkKind.DISMISSED: EventKind.WITHDRAW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One remark of the host. ``event`` is its id here; where it stayed out, that is "" and ``why`` says the reason."""

    slug: str
    kind: EventKind
    by: str
    at: datetime
    origin: str
    account: str = ""
    event: str = ""
    digest: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What came in, what stayed out and why, and what did not work. ``requests``: the pages that were read."""

    requests: tuple[str, ...] = ()
    brought: tuple[Brought, ...] = ()
    left_out: tuple[Brought, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Round:
    """One sync: the events made so far, and what is told of them."""

    desk: Desk
    host: Host
    people: Mapping[str, Person | None]
    written: list[Written] = field(default_factory=list)
    brought: list[Brought] = field(default_factory=list)
    left_out: list[Brought] = field(default_factory=list)


def sync(world: World, ref: str = "", *, dry_run: bool = False) -> Synced:
    """Bring in what the host's pages of one review, or of all, say and the events do not; a second time nothing.

    Raises Failure XP-HOST-NONE (no host with an interface, or no token) or XP-HOST.
    """
    desk = open_desk(world)
    host = host_of(desk)
    if host is None:
        cure = "log in (gh auth login), or name a token: [host] in the handbook, setting up"
        what = "the shared repository lies on no host that can be asked, or there is no token for it here"
        raise Failure("XP-HOST-NONE", what, cure, exit_code=Exit.USAGE)
    desk.must_know_people()
    here = [find_proposal(desk, ref)] if ref else [each for each in proposals(desk) if not is_merged(desk, each)]
    work = _Round(desk, host, persons_by_account(desk.people, host.place))
    pages = [(proposal, request) for proposal in here if (request := host.find(proposal.branch))]
    read = [_read(work, proposal, request) for proposal, request in pages]
    if work.written and not dry_run:
        answer = append(desk.hub, work.written, desk.identity, desk.now)
        if isinstance(answer, Denied):
            raise denied(answer)
    notes = () if dry_run else tuple(note for request, there, reviews in read
                                     for note in mirror(desk, host, request, there, reviews))  # fmt: skip
    return Synced(
        requests=tuple(request.url for _, request in pages),
        brought=tuple(work.brought),
        left_out=tuple(work.left_out),
        notes=notes,
    )


def _read(work: _Round, proposal: Proposal, request: Request) -> tuple[Request, tuple[Subject, ...], dict[str, Review]]:
    remarks = work.host.remarks(request)
    there = tuple(subject for subject in subjects(proposal) if subject.id)
    reviews = work.desk.reviews([subject.id for subject in there])
    shown = mirrored(work.desk, work.host, remarks)
    ours = {remark.id for remark in shown.values()}
    for subject in there:
        review = reviews.get(subject.id, Review())
        about = [remark for remark in remarks if remark.id not in ours and _is_about(remark, subject, there)]
        for remark in about:
            review = _take(work, subject, review, request, remark, shown)
        reviews[subject.id] = _taken_back(work, subject, review, request, about)
    return request, there, reviews


def _is_about(remark: Remark, subject: Subject, there: Iterable[Subject]) -> bool:
    """A remark on a line is about that file; any other about everything that the request brings."""
    return not remark.path or remark.path == subject.path or all(remark.path != each.path for each in there)


def _take(
    work: _Round, subject: Subject, review: Review, request: Request, remark: Remark, shown: Mapping[str, Remark]
) -> Review:
    """The review with the remark as an event, or as it was where it is known already or stays out."""
    kind = _KINDS[remark.kind]
    text = clean(remark.text)
    origin = _origin(work, request) + remark.id
    same = [event for event in review.told if event.origin == origin and event.kind is kind]
    known = bool(same) and (kind is not EventKind.COMMENT or same[-1].text == text)
    if known or _says_nothing(kind, text, review, origin):
        return review
    person = work.people.get(remark.account.casefold())
    digest = _digest(work.desk, subject, review, remark)
    told = Brought(
        slug=subject.slug,
        kind=kind,
        account=remark.account,
        by=person.handle if person else "",
        at=min(remark.at, work.desk.now),
        origin=origin,
        digest=digest,
    )
    if why := _stays_out(work, kind, person, digest):
        work.left_out.append(replace(told, why=why))
        return review
    seen = _seen(review, remark, shown, told.at, _origin(work, request))
    event, kept = _event(work, subject, review, remark, told, seen)
    # What was changed there takes the place of what it was: ``model.threads`` shows one remark.
    event = replace(event, reply=same[0].id) if same and kind is EventKind.COMMENT else event
    return _bring(work, review, told, event, kept)


def _origin(work: _Round, request: Request) -> str:
    """How the origin of everything begins that was said on a request."""
    return f"{work.host.place.host}/{work.host.place.path}#{request.number} "


def _taken_back(work: _Round, subject: Subject, review: Review, request: Request, about: Iterable[Remark]) -> Review:
    """The review in which an approval that the host has no more is withdrawn, as a host tells of it or not."""
    page = _origin(work, request)
    there = {page + remark.id for remark in about}
    back = {event.origin for event in review.of(EventKind.WITHDRAW)}
    for event in review.events:
        gone = event.origin.startswith(page) and event.origin not in there | back
        if event.kind is EventKind.APPROVE and gone:
            topic = replace(subject.topic, digest=event.digest)
            made = work.desk.event(EventKind.WITHDRAW, topic, review, "taken back there")
            told = Brought(slug=subject.slug, kind=made.kind, by=event.by, at=made.at, origin=event.origin)
            review = _bring(work, review, replace(told, digest=made.digest), replace(made, prev=(event.id,)))
    return review


def _bring(work: _Round, review: Review, told: Brought, event: Event, kept: tuple[Json, ...] = ()) -> Review:
    """Write an event of this round, by whom the host names and brought by the person who asks."""
    made = replace(event, by=told.by, at=told.at, origin=told.origin, carrier=work.desk.by)
    written = replace(work.desk.signed(made), kept=kept)
    work.written.append(written)
    work.brought.append(replace(told, event=written.event.id))
    return Review((*review.events, written.event), review.doubted)


def _says_nothing(kind: EventKind, text: str, review: Review, origin: str) -> bool:
    """A remark without words, or the end of an approval that never came in."""
    if kind is EventKind.WITHDRAW:
        return not any(event.origin == origin and event.kind is EventKind.APPROVE for event in review.events)
    return kind is EventKind.COMMENT and not text


def _stays_out(work: _Round, kind: EventKind, person: Person | None, digest: str) -> str:
    """Why a remark is not brought in, "" where it is."""
    if person is None:
        return "nobody in people/ lists this account (accounts), or several do"
    if kind is EventKind.APPROVE and work.desk.config.review.host_approvals is HostApprovals.NEVER:
        return 'host_approvals = "never"'
    if kind in (EventKind.APPROVE, EventKind.RETURN) and not digest:
        return "the commit that it was made on is not there any more, or its text has errors"
    return ""


def _digest(desk: Desk, subject: Subject, review: Review, remark: Remark) -> str:
    """The text that a remark was made of: that of its commit; without one, for words only, what was submitted then."""
    if remark.commit or remark.kind not in (RemarkKind.COMMENT, RemarkKind.DISMISSED):
        return digest_at(desk, remark.commit, subject) if _has(desk, remark.commit) else ""
    before = [event for event in review.of(EventKind.SUBMIT) if event.at <= remark.at]
    return before[-1].digest if before else subject.digest


def _has(desk: Desk, commit: str) -> bool:
    return bool(commit) and desk.git.commit_of(commit) is not None


def _seen(review: Review, remark: Remark, shown: Mapping[str, Remark], at: datetime, page: str) -> tuple[str, ...]:
    """What the author of a remark had before their eyes: what the page showed by then, and what was submitted.

    An event that the page did not show yet was not seen: a return given here meanwhile is not answered by an approval
    given there.
    """
    seen = {
        event.id
        for event in review.events
        if (event.kind is EventKind.SUBMIT and event.at <= at)
        or (event.id in shown and shown[event.id].at <= remark.at)
        or (event.origin.startswith(page) and event.at <= at)
    }
    beyond = {prev for event in review.events if event.id in seen for prev in event.prev}
    return tuple(sorted(seen - beyond))


def _event(
    work: _Round, subject: Subject, review: Review, remark: Remark, told: Brought, seen: tuple[str, ...]
) -> tuple[Event, tuple[Json, ...]]:
    """The event, and the contents that its digests stand for."""
    desk = work.desk
    made = desk.event(told.kind, replace(subject.topic, digest=told.digest), review, _words(work, remark))
    made = replace(made, at=told.at, prev=seen)
    if told.kind is EventKind.COMMENT and remark.line:
        return replace(made, line=remark.line, quote=_line_of(desk, remark)), ()
    return _approval(desk, subject, made, remark.commit) if told.kind is EventKind.APPROVE else (made, ())


def _words(work: _Round, remark: Remark) -> str:
    if remark.kind is RemarkKind.DISMISSED:
        return f"dismissed on {KINDS[work.host.place.kind]}"
    return remark.text if remark.text.strip() or remark.kind is RemarkKind.APPROVE else "changes requested"


def _line_of(desk: Desk, remark: Remark) -> str:
    """The line that a comment is about, as its commit has it."""
    if not _has(desk, remark.commit):
        return ""
    lines = (desk.workspace.at(remark.commit).text(remark.path) or "").split("\n")
    return clean(lines[remark.line - 1])[:500] if 0 < remark.line <= len(lines) else ""


def _approval(desk: Desk, subject: Subject, event: Event, commit: str) -> tuple[Event, tuple[Json, ...]]:
    """The approval with what each channel would have got then: by the text of its commit and main's settings then."""
    then = last_before(desk.git, desk.main.commit, event.at) or desk.main.commit
    past = replace(desk, main=desk.workspace.at(then))
    names = {
        *(desk.review_of(subject.id).contributors(event.digest) or ()),
        *hands(desk.git, desk.main.commit, commit, subject.homes),
    }
    contributors = tuple(sorted({desk.people.handle_of(name) or name for name in names}))
    event = replace(event, contributors=contributors)
    found = touched(desk.workspace.at(commit).files, past.config, [subject.path]).pieces
    piece = next((loaded.piece for loaded in found if loaded.piece), None)
    event, _, kept = with_posts(past, piece, event, ())
    return event, kept
