"""What people said, told on the host's page too: each event is one comment there, once, and never a private note."""

from collections.abc import Iterable, Mapping

from expertpost.flows import talk
from expertpost.flows.desk import Desk
from expertpost.flows.hosting import Told, account_of, host_of, persons_by_account, politely
from expertpost.flows.proposals import Subject
from expertpost.flows.review import commit_of
from expertpost.hosts.base import Host, Remark, RemarkKind, Request
from expertpost.model.event import Event, EventKind
from expertpost.model.host import is_from_host
from expertpost.model.review import Review
from expertpost.render import request as page

MOST = 30
"""Comments that one command writes; the next command goes on."""


def echo(desk: Desk, subject: Subject, review: Review, event: Event) -> tuple[str, ...]:
    """Tell the host of an event that was just recorded, and of earlier ones that it does not have; notes."""
    proposal = subject.proposal
    if proposal is None:
        return ()

    def tell() -> Told:
        host = host_of(desk)
        request = host.find(proposal.branch) if host else None
        if host is None or request is None:
            return Told()
        notes = _approve(desk, host, request, subject, event) if event.kind is EventKind.APPROVE else ()
        after = Review((*review.events, event), review.doubted)
        return Told(request.url, (*notes, *mirror(desk, host, request, (subject,), {subject.id: after})))

    return politely(tell).notes


def _approve(desk: Desk, host: Host, request: Request, subject: Subject, event: Event) -> tuple[str, ...]:
    """Approve on the host as well, where the token is the person's own; nobody approves there their own request."""
    own = account_of(desk.person, host.place) if desk.person else ""
    account = host.account()
    if not account or (own and own.casefold() != account.casefold()) or account == request.author:
        return ()

    def agree() -> Told:
        host.approve(request, commit_of(desk, subject), page.comment_of(event))
        return Told()

    return politely(agree).notes


def mirror(
    desk: Desk, host: Host, request: Request, there: Iterable[Subject], reviews: Mapping[str, Review]
) -> tuple[str, ...]:
    """Write every event that the request's page does not have yet, oldest first; notes."""

    def write() -> Told:
        shown = mirrored(desk, host, host.remarks(request))
        told = [
            e for subject in there for e in talk.told(reviews.get(subject.id, Review()), private=False) if is_shown(e)
        ]
        missing = [event for event in told if event.id not in shown]
        for event in missing[:MOST]:
            host.say(request, page.comment_of(event))
        return Told()

    return politely(write).notes


def is_shown(event: Event) -> bool:
    """Whether an event belongs on the host's page: a private note never, and one that was said there is there."""
    return page.is_mirrored_kind(event) and not is_from_host(event) and not event.private


def mirrored(desk: Desk, host: Host, remarks: Iterable[Remark]) -> dict[str, Remark]:
    """Event id → the comment that mirrors it. A mark counts where the token's account or somebody listed wrote it."""
    listed = persons_by_account(desk.people, host.place)
    mine = host.account().casefold()
    found: dict[str, Remark] = {}
    for remark in remarks:
        account = remark.account.casefold()
        ours = account == mine or account in listed or (not mine and account.endswith("[bot]"))
        if ours and remark.kind is not RemarkKind.DISMISSED and (event := page.marked(remark.text)):
            found.setdefault(event, remark)
    return found
