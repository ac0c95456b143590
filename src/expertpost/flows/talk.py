"""What was said about a piece: each thread at the line where it stands now, and what the person may see of it."""

from dataclasses import replace

from expertpost.model.anchor import Anchor, Lines, Place
from expertpost.model.event import Event
from expertpost.model.review import Review
from expertpost.model.threads import Thread, hidden, threads
from expertpost.render.sheet import Talk


def talks(review: Review, text: str, *, private: bool) -> tuple[Talk, ...]:
    """Every thread, with its place in ``text``; those for reviewers only where ``private``."""
    lines, unseen = Lines(text), frozenset() if private else hidden(review)
    found = (_seen(thread, unseen) for thread in threads(review) if thread.first.id not in unseen)
    return tuple(Talk(thread, _place(thread.first, lines)) for thread in found)


def told(review: Review, *, private: bool) -> tuple[Event, ...]:
    """Everything that happened, as a story; what is for reviewers only where ``private``."""
    unseen = frozenset() if private else hidden(review)
    return tuple(event for event in review.told if event.id not in unseen)


def _seen(thread: Thread, unseen: frozenset[str]) -> Thread:
    return replace(thread, replies=tuple(each for each in thread.replies if each.id not in unseen))


def _place(first: Event, lines: Lines) -> Place | None:
    if not first.line:
        return None
    before, after = (tuple(filter(None, text.split("\n"))) for text in (first.above, first.below))
    return lines.find(Anchor(first.line, first.quote, before, after))
