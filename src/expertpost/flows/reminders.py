"""Reminders of reviews as the runner sends them: our own words about slugs, through the channel that is named for it.

A request is a signed event (``flows.review_remind``). What is sent names pieces by their slugs alone, and those that
the channel's readers may not read by nothing at all: no word of a text that nobody approved leaves the house this way.
The ledger holds each reminder like every other delivery, under a key of the person and the day, so it is sent once.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from expertpost.flows.asked import asked_of
from expertpost.flows.cases import Case
from expertpost.flows.notices import Notice, Post, case_of, sent_lately
from expertpost.flows.review_remind import PAUSE
from expertpost.flows.survey import pieces_of
from expertpost.model.event import Event, EventKind
from expertpost.model.people import Person
from expertpost.model.policy import credible, entitled
from expertpost.model.review import fold
from expertpost.store import events
from expertpost.store.people import PEOPLE


def reminders(post: Post) -> tuple[Case, ...]:
    """Every reminder that was asked for in the last day and may be sent now."""
    asked = {one.slug: one for one in sorted(_requests(post), key=lambda one: (one.at, one.id))}
    submitted = _submitted(post, {piece for request in asked.values() for piece in request.pieces})
    made = (
        _case(post, person, asked[person.handle], submitted)
        for person in post.state.people.listed
        if person.handle in asked
    )
    return tuple(case for case in made if case)


def _requests(post: Post) -> Iterator[Event]:
    """Requests of the last day by people who may ask."""
    people = post.state.people
    names = [f"{PEOPLE}/{person.handle}" for person in people.listed]
    for review in fold(events.read(post.hub, people, post.seen, post.config.id, only=names)).values():
        for event in review.of(EventKind.REMIND):
            recent = timedelta(0) <= post.now - event.at < PAUSE
            if recent and event.piece == f"{PEOPLE}/{event.slug}" and entitled(post.config, people, event):
                yield event


def _submitted(post: Post, wanted: Iterable[str]) -> dict[str, tuple[Event, tuple[str, ...]]]:
    """Piece id → the submission that stands and who has still to decide; without what is merged just so."""
    ids, people = frozenset(wanted), post.state.people
    if not ids:
        return {}
    merged = {piece.id: piece.digest for piece in pieces_of(post.state, lambda piece: piece in ids)[0]}
    found = {}
    for id_, said in fold(events.read(post.hub, people, post.seen, post.config.id, only=ids)).items():
        review = credible(post.config, people, said)
        if (event := review.submitted) and merged.get(id_) != event.digest:
            found[id_] = event, asked_of(event.digest, review)
    return found


def _case(
    post: Post, person: Person, request: Event, submitted: Mapping[str, tuple[Event, tuple[str, ...]]]
) -> Case | None:
    """The reminder of one person; None where nothing waits for them, or they got one less than a day ago."""
    named = [submitted[piece] for piece in request.pieces if piece in submitted]
    waiting = [event for event, asked in named if person.handle in asked]
    if not waiting or sent_lately(post, person, _id(person.handle, request.at - PAUSE), PAUSE):
        return None
    lines = sorted(_line(post, event) for event in waiting)
    head, end = f"Reviews that wait for {person.name}:", "All of them: `expertpost review list --mine`"
    title = f"{len(lines)} review{'s'[: len(lines) > 1]} for {person.name}"
    id_, slug = _id(person.handle, request.at), f"reminder-{person.handle}"
    return case_of(post, person, Notice(id_, slug, title, (head, "", *lines, "", end), request.at))


def _line(post: Post, event: Event) -> str:
    if post.may_name(event.slug, event.audience):
        return f"- `expertpost review show {event.slug}` (since {event.at:%d %B})"
    return "- a piece that not everybody here may read"


def _id(handle: str, at: datetime) -> str:
    """What stands for a piece's id in the ledger's keys: one a person and day."""
    return f"reminder/{handle}/{at:%Y-%m-%d}"
