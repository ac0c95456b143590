"""What an approval on the host's own pages is worth, and why one does not count. Pure."""

from collections.abc import Callable, Iterator

from expertpost.model.config import Config, HostApprovals
from expertpost.model.event import Event, EventKind
from expertpost.model.people import ADMIN, People, Person
from expertpost.model.review import Review


def asks_for_signatures(config: Config, people: People) -> bool:
    """Whether only signed events permit anything: as set, and where it is not set from the second person on."""
    return len(people.listed) > 1 if config.review.signed is None else config.review.signed


def must_sign(config: Config, people: People, person: Person) -> bool:
    """Whether only this person's signature makes an approval theirs: they list a key, or the workspace asks for it."""
    return bool(person.keys) or asks_for_signatures(config, people)


def is_from_host(event: Event) -> bool:
    """Whether it was said on a host and brought from there."""
    return bool(event.origin)


def speaks_for(config: Config, people: People, event: Event) -> bool:
    """Whether an approval from a host is as good as one given here.

    Where no signature is asked for it is; anybody could write one there anyway. Where one is, it is a remark unless
    the workspace says ``host_approvals = "count"``, and then an admin has to sign for having seen it on the host.
    """
    return not against(config, people, event)


def against(config: Config, people: People, event: Event) -> str:
    """Why an approval from a host does not count whatever it is of, "" where it does."""
    person = people.by_handle(event.by)
    rule = config.review.host_approvals
    if person is None or event.workspace != config.id:
        return f"{event.by} is not listed in people/"
    if event.kind is not EventKind.APPROVE:
        return "only approvals come from a host"
    if rule in (HostApprovals.COMMENT, HostApprovals.NEVER):
        return f'the workspace takes none from there (host_approvals = "{rule}")'
    if not must_sign(config, people, person):
        return ""
    if rule is None:
        return "it has no signature, and one is asked for: expertpost review approve"
    if "/" in event.piece:
        return "changes of people and settings need a signature: expertpost review approve"
    vouching = people.by_handle(event.carrier)
    if event.signer != event.carrier or vouching is None or ADMIN not in vouching.roles:
        return "somebody with the role admin has to bring it in, signed: expertpost review sync"
    return ""


def voices(config: Config, people: People, event: Event) -> tuple[str, ...]:
    """The handles on whose word an approval rests: who gave it and, where a signature is asked for, who vouches."""
    person = people.by_handle(event.by)
    asked = person is not None and must_sign(config, people, person)
    vouched = is_from_host(event) and asked and config.review.host_approvals is HostApprovals.COUNT
    return (event.by, event.carrier) if vouched else (event.by,)


def not_counted(
    config: Config, people: People, review: Review, digest: str, wrote: Callable[[str], bool]
) -> tuple[str, ...]:
    """A sentence for each person whose newest approval on a host does not count for this text, and why.

    ``wrote``: whether somebody, by handle, had a hand in the text.
    """
    found: dict[str, str] = {}
    for event in review.told:
        if is_from_host(event) and event.kind is EventKind.APPROVE:
            hands = [who for who in voices(config, people, event) if wrote(who)]
            own = (f"{' and '.join(hands)} wrote some of it",) if hands else ()
            found[event.by] = "; ".join((*_why_not(config, people, event, digest), *own))
    return tuple(f"{who}’s approval on the host does not count: {why}" for who, why in found.items() if why)


def _why_not(config: Config, people: People, event: Event, digest: str) -> Iterator[str]:
    if event.digest != digest:
        yield "it was for an older text"
    if why := against(config, people, event):
        yield why
