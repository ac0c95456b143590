"""``review log``: who said and did what about a piece, when, and whether the signature under it is good."""

from dataclasses import dataclass
from enum import StrEnum

from expertpost.errors import Failure, Finding
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.proposals import Subject, find
from expertpost.flows.review import is_reviewer
from expertpost.flows.talk import told
from expertpost.model.event import Event
from expertpost.model.review import Review
from expertpost.store.events import Book, is_subject


class Signature(StrEnum):
    """What the signature under an event is worth, by the keys that main lists."""

    GOOD = "good"
    NONE = "unsigned"
    BAD = "not valid"


@dataclass(frozen=True, slots=True)
class Line:
    """One event. ``counts``: it is not one that would permit something and is not proven to be by whom it names."""

    event: Event
    signature: Signature
    counts: bool


@dataclass(frozen=True, slots=True)
class Log:
    """Everything about one piece or entry, oldest first. ``notes``: what is wrong with files that are no events."""

    id: str
    slug: str
    title: str
    lines: tuple[Line, ...]
    notes: tuple[Finding, ...]


def review_log(world: World, ref: str) -> Log:
    """The log of a piece, also of one that is nowhere any more where ``ref`` is its whole id. Raises Failure."""
    desk = open_desk(world)
    subject = _subject(desk, ref)
    book = desk.book([subject.id])
    review = desk.reviews_in(book).get(subject.id, Review())
    bad = _paths(book, "XP-EVENT-SIGNATURE")
    lines = tuple(
        Line(event, _signature(event, bad), event.id not in review.doubted)
        for event in told(review, private=is_reviewer(desk, subject, review))
    )
    notes = tuple(f for f in book.findings if f":{subject.id}/" in f.path and f.code != "XP-EVENT-SIGNATURE")
    return Log(subject.id, subject.slug, subject.title, lines, notes)


def _subject(desk: Desk, ref: str) -> Subject:
    try:
        return find(desk, ref)
    except Failure as unknown:
        if unknown.code != "XP-REF-NONE" or not is_subject(ref):
            raise
        return Subject(id=ref, slug=ref, title=ref, path="", digest="", proposal=None)


def _paths(book: Book, code: str) -> frozenset[str]:
    """The names of the files of which this is told."""
    return frozenset(finding.path.rpartition("/")[2] for finding in book.findings if finding.code == code)


def _signature(event: Event, bad: frozenset[str]) -> Signature:
    if event.signer:
        return Signature.GOOD
    return Signature.BAD if f"{event.id}.md" in bad else Signature.NONE
