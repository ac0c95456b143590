"""Comments as conversations: what answers what, which are settled, and which are for reviewers only. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from expertpost.model.event import Event, EventKind
from expertpost.model.review import Review

_SAID = frozenset({EventKind.COMMENT, EventKind.RESOLVE})
MIN_ID = 4
"""The shortest beginning of an id that names a comment."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment and what was answered to it, oldest first. ``resolved``: who settled it last, None while it is open.

    ``edited``: earlier words of what was changed on a host, where it was said; they are told by ``review log`` alone.
    """

    first: Event
    replies: tuple[Event, ...] = ()
    resolved: Event | None = None
    edited: tuple[Event, ...] = ()

    @property
    def private(self) -> bool:
        """Whether all of it is for reviewers only: answers never make it less so."""
        return self.first.private

    @property
    def comments(self) -> tuple[Event, ...]:
        """Everything that was said in it."""
        return (self.first, *self.replies)


def threads(review: Review) -> tuple[Thread, ...]:
    """Every thread of a review, in the order in which they began.

    A thread is open again when somebody answered without having seen that it was resolved.
    """
    roots = _roots(review)
    members: dict[str, list[Event]] = {}
    for event in review.told:
        if event.id in roots and event.id not in review.doubted:
            members.setdefault(roots[event.id], []).append(event)
    first = {event.id: event for event in review.told if event.kind is EventKind.COMMENT}
    return tuple(_thread(review, first[root], said) for root, said in members.items() if root in first)


def _thread(review: Review, first: Event, said: list[Event]) -> Thread:
    # A clock may be wrong: what began it comes first, whatever its time says.
    comments = (first, *(event for event in said if event.kind is EventKind.COMMENT and event is not first))
    last = {_remark(event): event for event in comments}
    first, *replies = (last[remark] for remark in dict.fromkeys(map(_remark, comments)))
    edited = tuple(event for event in comments if last[_remark(event)] is not event)
    ends = [
        event
        for event in said
        if event.kind is EventKind.RESOLVE and all(review.saw(event, comment) for comment in (first, *replies))
    ]
    return Thread(first, tuple(replies), ends[-1] if ends else None, edited)


def _remark(event: Event) -> tuple[str, ...]:
    """What stands for a remark of a host, however often it was changed there; any other comment is one by itself.

    Somebody else's, or an unsigned one in place of a signed one, never stands for it: it would hide what was said.
    """
    return (event.origin, event.by, "signed" if event.signer else "") if event.origin else (event.id,)


def _roots(review: Review) -> dict[str, str]:
    """For each comment and resolution the id of the comment that its thread began with; an answer to nothing begins."""
    comments = {event.id: event for event in review.events if event.kind is EventKind.COMMENT}

    def root(event: Event) -> str:
        # An id is a digest over what it answers, so the way up has an end.
        while event.reply in comments:
            event = comments[event.reply]
        return event.id

    return {event.id: root(event) for event in review.events if event.kind in _SAID}


def hidden(review: Review) -> frozenset[str]:
    """Ids of everything for reviewers only: private comments, and whatever was said in a thread that began so."""
    roots = _roots(review)
    private = {event.id for event in review.events if event.private}
    return frozenset(private | {said for said, first in roots.items() if first in private})


def unresolved(found: Iterable[Thread]) -> tuple[Thread, ...]:
    """The threads that nobody settled."""
    return tuple(thread for thread in found if thread.resolved is None)


def named(found: Iterable[Thread], beginning: str) -> tuple[Thread, ...]:
    """The threads with a comment whose id begins so; none for fewer than ``MIN_ID`` characters."""
    wanted = beginning.lower()
    if len(wanted) < MIN_ID:
        return ()
    return tuple(
        thread for thread in found if any(event.id.startswith(wanted) for event in (*thread.comments, *thread.edited))
    )
