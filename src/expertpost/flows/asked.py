"""Who is asked to review something, until when, and whether it waits for the person who looks."""

from collections.abc import Iterable

from expertpost.flows.desk import Desk
from expertpost.flows.proposals import Subject
from expertpost.model.event import EventKind
from expertpost.model.guarded import admins
from expertpost.model.people import ADMIN, People, Person
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason, Why, deadline, reaches
from expertpost.model.review import Review
from expertpost.model.rules import SITES, Deadline, facts_of, is_contributor, rule_for, takes

ASKED = "you are asked"
"""Why something waits for somebody whom its submission names."""
_DECIDED = (EventKind.APPROVE, EventKind.RETURN)


def asked_of(digest: str, review: Review) -> tuple[str, ...]:
    """The handles of those whom the standing submission asks, and who have not decided about this text."""
    submitted = review.submitted
    if submitted is None:
        return ()
    return tuple(handle for handle in submitted.reviewers if not _decided(handle, digest, review))


def _decided(handle: str, digest: str, review: Review) -> bool:
    return any(event.by == handle for kind in _DECIDED for event in review.of(kind, digest))


def due(desk: Desk, subject: Subject, review: Review) -> Deadline | None:
    """Until when a piece should be decided, by the rules that still miss an approval; None where none sets a time."""
    if subject.piece is None:
        return None
    return deadline(desk.config, subject.piece, review, desk.people, desk.now)


def helpers(desk: Desk, subject: Subject, review: Review) -> tuple[str, ...]:
    """Who is asked besides, because it is late: by the rules that are late, and free to decide."""
    late, piece = due(desk, subject, review), subject.piece
    return helping(late, desk.people, piece, review) if late and piece else ()


def helping(late: Deadline, people: People, piece: Piece, review: Review) -> tuple[str, ...]:
    """The handles of those whom a deadline asks besides, who wrote none of the piece and have not decided."""
    hands = review.contributors(piece.digest) or frozenset()
    return tuple(
        handle
        for handle in late.helpers(people)
        if not _decided(handle, piece.digest, review) and not is_contributor(people, handle, hands, piece)
    )


def all_asked(desk: Desk, subject: Subject, review: Review) -> tuple[str, ...]:
    """Everyone who is asked and has not decided: by the submission first, then because it is late."""
    return tuple(dict.fromkeys((*asked_of(subject.digest, review), *helpers(desk, subject, review))))


def for_whom(desk: Desk, subject: Subject, review: Review, asked: Iterable[str], needs: Iterable[Reason]) -> str:
    """Why something waits for the person who looks and wrote none of it; "" where it does not."""
    person, piece = desk.person, subject.piece
    if person is None:
        return ""
    if person.handle in asked:
        return ASKED
    missing = any(need.why is Why.NOT_APPROVED for need in needs)
    if not missing or _decided(person.handle, subject.digest, review):
        return ""
    if piece is None:
        return _of_others(desk.people, person, subject)
    topics = [topic for topic in piece.front.topics if topic in person.topics]
    return f"about {', '.join(topics)}" if topics and may_approve(desk, person, piece) else ""


def _of_others(people: People, person: Person, subject: Subject) -> str:
    """Why an entry in people/ or a change of settings waits for somebody who wrote none of it (``model.guarded``)."""
    deciding = admins(people)
    if deciding and person.handle not in deciding:
        return ""
    if subject.entry is None:
        return "settings wait for an admin" if deciding else ""
    names_the_first = not deciding and subject.entry.person is not None and ADMIN in subject.entry.person.roles
    return "" if names_the_first else "an entry in people/ waits for somebody listed"


def may_approve(desk: Desk, person: Person, piece: Piece) -> bool:
    """Whether an approval by this person could count somewhere, as far as roles and topics go."""
    rules = (rule_for(desk.config, facts_of(piece), place, desk.people) for place in places_of(desk, piece))
    return any(takes(rule, person, piece.front.topics) for rule in rules)


def places_of(desk: Desk, piece: Piece) -> tuple[str, ...]:
    """Where approvals of a piece are asked for: the sites, and the channels that may get it."""
    channels = desk.config.channels.values()
    return (SITES, *(one.name for one in channels if reaches(desk.config, piece, one.name, one.readers) is None))
