"""The evidence that a workspace holds itself: pieces with their reviews, and what people say of themselves."""

from collections.abc import Iterator
from datetime import datetime

from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.gather import Seen, topic_key
from expertpost.model.event import Event, EventKind
from expertpost.model.identity import moment_of
from expertpost.model.piece import Kind, Piece
from expertpost.model.review import Review

_PARTS = {EventKind.APPROVE: Part.APPROVED, EventKind.COMMENT: Part.REVIEWED, EventKind.RETURN: Part.REVIEWED}
_LONGEST = 40_000


def pieces(seen: Seen) -> Iterator[Evidence]:
    """Who wrote each piece on main, and who approved, returned or commented on it, at the time when they did."""
    for piece in seen.pieces:
        front = piece.front
        text = f"{_line(front.title)}\n{_line(front.summary)}\n\n{piece.body[:_LONGEST]}"
        topics = tuple(dict.fromkeys(map(topic_key, front.topics)))
        review = seen.reviews.get(piece.id, Review())
        authors = tuple(dict.fromkeys(map(seen.person, front.authors)))
        written = Part.ANSWERED if front.kind is Kind.ANSWER else Part.WROTE
        at = _written_at(piece, review, seen.now)
        for person in authors:
            yield Evidence(person, text, topics, at, 1, f"piece {front.slug}", written)
        for (person, part), event in _had_a_say(seen, review).items():
            if person not in authors:
                yield Evidence(person, text, topics, event.at, 1, f"piece {front.slug}", part)


def _written_at(piece: Piece, review: Review, now: datetime) -> datetime:
    """When a piece was last submitted; without a review when it came out, or when its id was made."""
    submitted = review.submitted
    known = submitted.at if submitted else piece.front.publish_at or moment_of(piece.id)
    return min(known, now)


def _had_a_say(seen: Seen, review: Review) -> dict[tuple[str, Part], Event]:
    """(person, part) → the last event in which they had it; what somebody with a key did not sign shows nothing."""
    keyed = {person.handle for person in seen.people.listed if person.keys}
    events = (event for event in review.told if event.kind in _PARTS and event.id not in review.doubted)
    return {(event.by, _PARTS[event.kind]): event for event in events if event.signer or event.by not in keyed}


def people(seen: Seen) -> Iterator[Evidence]:
    """The topics that people name in their own entry, and what they write about themselves, as of today."""
    today = seen.now.replace(hour=0, minute=0, second=0, microsecond=0)
    for person in seen.people.listed:
        if person.topics or person.bio.strip():
            topics = tuple(dict.fromkeys(map(topic_key, person.topics)))
            text = f"{_line(person.name)}\n{_line(' '.join(person.topics))}\n\n{person.bio[:_LONGEST]}"
            yield Evidence(person.handle, text, topics, today, 1, f"entry {person.path}", Part.SAYS)


def _line(text: str) -> str:
    return " ".join(text.split())
