"""The pull request (merge request) of a review: opened and kept up to date when somebody submits."""

from collections.abc import Callable, Iterable

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.hosting import Told, accounts_of, host_of, politely
from expertpost.flows.mirror import mirror
from expertpost.flows.parcel import Submitted
from expertpost.flows.proposals import Proposal, Subject, proposal_of, subjects
from expertpost.flows.review import needs_of, offered
from expertpost.hosts.base import Host, Request
from expertpost.hosts.registry import KINDS
from expertpost.model.config import Config, HostApprovals
from expertpost.model.host import asks_for_signatures
from expertpost.model.people import People
from expertpost.model.review import Review
from expertpost.render import request as page

LABEL = "expertpost"


def announce(world: World, sent: Iterable[Submitted], reviewers: Iterable[str] = ()) -> Told:
    """Open or update the request of every branch that was submitted. ``reviewers``: handles of whom to ask.

    The text is submitted by then: whatever the host refuses is a note.
    """
    branches = sorted({each.branch for each in sent if each.branch})
    return politely(lambda: _announce(world, branches, tuple(reviewers))) if branches else Told()


def _announce(world: World, branches: Iterable[str], reviewers: tuple[str, ...]) -> Told:
    desk = open_desk(world)
    host = host_of(desk)
    if host is None:
        return Told()
    told = [_present(desk, host, proposal_of(desk, branch, desk.tips[branch]), reviewers)
            for branch in branches if branch in desk.tips]  # fmt: skip
    return Told(" ".join(each.url for each in told), tuple(note for each in told for note in each.notes))


def _present(desk: Desk, host: Host, proposal: Proposal, reviewers: tuple[str, ...]) -> Told:
    there = subjects(proposal)
    reviews = desk.reviews([subject.id for subject in there])
    title = page.title_of([subject.title for subject in there])
    counts = f"{says_what_counts(desk.config, desk.people, KINDS[host.place.kind])}"
    body = page.body_of(counts, [_part(desk, subject, reviews.get(subject.id, Review())) for subject in there])
    request = host.find(proposal.branch)
    if request is None:
        request = host.open(proposal.branch, desk.config.branches.main, title, body)
    elif (request.title, request.body.replace("\r\n", "\n")) != (title, body):
        host.edit(request, title, body)
    notes = (
        *_try(lambda: None if LABEL in request.labels else host.label(request, (LABEL,))),
        *_try(lambda: _invite(desk, host, request, {*reviewers, *_asked(reviews.values())})),
        *mirror(desk, host, request, there, reviews),
    )
    return Told(request.url, notes)


def _part(desk: Desk, subject: Subject, review: Review) -> page.Part:
    piece = subject.piece
    offers = [made for made in offered(desk, piece) if not isinstance(made, Failure)] if piece else []
    return page.Part(
        title=subject.title,
        slug=subject.slug,
        digest=subject.digest,
        audience=piece.front.audience if piece else ("people/",),
        posts=tuple((made.channel.name, made.post) for made in offers if made.post),
        needs=tuple(need.says for need in needs_of(desk, subject, review)),
    )


def says_what_counts(config: Config, people: People, host: str) -> str:
    """The first line of a request: whether an approval on its page counts as one."""
    own = "approve with `expertpost review approve`"
    match config.review.host_approvals:
        case HostApprovals.NEVER:
            return f"An approval on this page does not count: {own}."
        case HostApprovals.COMMENT:
            return f"An approval on this page is a remark and does not count: {own}."
        case HostApprovals.COUNT:
            return f"An approval on this page counts once it is brought in from {host} (`expertpost review sync`)."
        case _ if asks_for_signatures(config, people):
            return f"An approval on this page does not count, as approvals here are signed: {own}."
        case _:
            brought = f"An approval on this page counts once it is brought in from {host} (`expertpost review sync`)"
            return f"{brought}; whoever lists a key signs instead: `expertpost review approve`."


def _asked(reviews: Iterable[Review]) -> set[str]:
    """The handles of those whom the submissions ask."""
    submitted = [review.submitted for review in reviews]
    return {handle for event in submitted if event for handle in event.reviewers}


def _invite(desk: Desk, host: Host, request: Request, reviewers: set[str]) -> None:
    own = request.author.casefold()
    accounts = [
        account for account in accounts_of(desk.people, host.place, sorted(reviewers)) if account.casefold() != own
    ]
    if accounts:
        host.invite(request, tuple(accounts))


def _try(wish: Callable[[], None]) -> tuple[str, ...]:
    """What did not work of a wish that the rest can do without."""

    def tried() -> Told:
        wish()
        return Told()

    return politely(tried).notes
