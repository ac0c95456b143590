"""Reminders of reviews as the runner sends them: our own words about slugs, through the channel that is named for it.

A request is a signed event (``flows.review_remind``). What is sent names pieces by their slugs alone, and those that
the channel's readers may not read by nothing at all: no word of a text that nobody approved leaves the house this way.
The ledger holds each reminder like every other delivery, under a key of the person and the day, so it is sent once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from expertpost.errors import Failure
from expertpost.flows.asked import asked_of
from expertpost.flows.cases import Case, Slot, Stand
from expertpost.flows.places import Place, kept_safe
from expertpost.flows.posts import offer
from expertpost.flows.review_remind import PAUSE
from expertpost.flows.survey import pieces_of
from expertpost.model.config import Config
from expertpost.model.delivery import Delivery
from expertpost.model.event import Event, EventKind
from expertpost.model.identity import SLUG
from expertpost.model.key import Key, Pin, pin_id, target_of
from expertpost.model.people import People, Person
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.policy import credible, entitled
from expertpost.model.review import fold
from expertpost.model.witness import Seen
from expertpost.store import events
from expertpost.store.hub import Hub
from expertpost.store.ledger import Ledger
from expertpost.store.people import PEOPLE
from expertpost.store.workspace import State

_READERS = ("colleagues",)


@dataclass(frozen=True, slots=True)
class _Post:
    """Where reminders go in this run."""

    state: State
    hub: Hub
    ledger: Ledger
    place: Place
    now: datetime

    @property
    def config(self) -> Config:
        return self.state.config

    @property
    def seen(self) -> Seen:
        return Seen(self.now, self.ledger.witnessed)


def reminders(state: State, hub: Hub, ledger: Ledger, now: datetime, there: Sequence[Place]) -> tuple[Case, ...]:
    """Every reminder that was asked for in the last day and may be sent now; nothing where no channel is named."""
    config, people = state.config, state.people
    place = next((each for each in there if each.channel.name == config.review.reminders), None)
    if place is None or not config.audiences.may_read(place.channel.readers, _READERS):
        return ()
    post = _Post(state, hub, ledger, place, now)
    asked = {one.slug: one for one in sorted(_requests(post), key=lambda one: (one.at, one.id))}
    submitted = _submitted(post, {piece for request in asked.values() for piece in request.pieces})
    made = (_case(post, person, asked[person.handle], submitted) for person in people.listed if person.handle in asked)
    return tuple(case for case in made if case)


def _requests(post: _Post) -> Iterator[Event]:
    """Requests of the last day by people who may ask."""
    people = post.state.people
    names = [f"{PEOPLE}/{person.handle}" for person in people.listed]
    for review in fold(events.read(post.hub, people, post.seen, post.config.id, only=names)).values():
        for event in review.of(EventKind.REMIND):
            recent = timedelta(0) <= post.now - event.at < PAUSE
            if recent and event.piece == f"{PEOPLE}/{event.slug}" and entitled(post.config, people, event):
                yield event


def _submitted(post: _Post, wanted: Iterable[str]) -> dict[str, tuple[Event, tuple[str, ...]]]:
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
    post: _Post, person: Person, request: Event, submitted: Mapping[str, tuple[Event, tuple[str, ...]]]
) -> Case | None:
    """The reminder of one person; None where nothing waits for them, or they got one less than a day ago."""
    named = [submitted[piece] for piece in request.pieces if piece in submitted]
    waiting = [event for event, asked in named if person.handle in asked]
    if not waiting or _sent_lately(post, person, request):
        return None
    note = _note(post, person, request, waiting)
    made = kept_safe(lambda: offer(replace(post.config, sites={}), People(), note, post.place.channel))
    if isinstance(made, Failure) or made.post is None:
        return None
    slots, pin = _slots(post, _keys(post, person, note.id))
    case = Case(note, post.place, Stand.DUE, due=request.at, post=made.post, pin=pin, slots=slots)
    return case if case.ready(post.now) else None


def _note(post: _Post, person: Person, request: Event, waiting: Sequence[Event]) -> Piece:
    """The reminder as a piece of our own words."""
    lines = sorted(_line(post, event) for event in waiting)
    head, end = f"Reviews that wait for {person.name}:", "All of them: `expertpost review list --mine`"
    front = FrontMatter(
        id=_id(person.handle, request.at),
        title=f"{len(lines)} review{'s'[: len(lines) > 1]} for {person.name}",
        authors=(),
        slug=f"reminder-{person.handle}",
        audience=_READERS,
    )
    return Piece(front, "\n".join((head, "", *lines, "", end, "")), "")


def _line(post: _Post, event: Event) -> str:
    if SLUG.fullmatch(event.slug) and post.config.audiences.may_read(post.place.channel.readers, event.audience):
        return f"- `expertpost review show {event.slug}` (since {event.at:%d %B})"
    return "- a piece that not everybody here may read"


def _id(handle: str, at: datetime) -> str:
    """What stands for a piece's id in the ledger's keys: one a person and day."""
    return f"reminder/{handle}/{at:%Y-%m-%d}"


def _keys(post: _Post, person: Person, piece: str) -> dict[str, Key]:
    """Mail address (or "") → key: to the channel itself, or to those of its addresses that are the person's own."""
    place = post.place
    base = Key(post.config.id, piece, place.channel.name, place.account)
    if place.single:
        return {"": base}
    own = {mail.casefold() for mail in person.emails}
    texts = [address.text for address in place.targets if address.text.casefold() in own]
    return {text: replace(base, target=target_of(post.ledger.terms.salt, text)) for text in texts}


def _slots(post: _Post, keys: Mapping[str, Key]) -> tuple[tuple[Slot, ...], Pin | None]:
    """Each delivery with what the ledger knows of it; none where something there cannot be read."""
    known = post.ledger.look_up([*(key.id for key in keys.values()), *(pin_id(key) for key in keys.values())])
    pin = next((row for row in known.values() if isinstance(row, Pin)), None)
    to = {address.text: address for address in post.place.targets}
    slots = []
    for text, key in keys.items():
        row = known.get(key.id)
        if row is not None and not isinstance(row, Delivery):
            return (), pin
        slots.append(Slot(key, to.get(text), row))
    return tuple(slots), pin


def _sent_lately(post: _Post, person: Person, request: Event) -> bool:
    """Whether the reminder of the day before was claimed less than a day ago: two days may meet within minutes."""
    keys = _keys(post, person, _id(person.handle, request.at - PAUSE))
    rows = post.ledger.look_up(key.id for key in keys.values()).values()
    return any(not isinstance(row, Delivery) or post.now - row.at < PAUSE for row in rows)
