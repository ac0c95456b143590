"""What the runner writes to one person: a few lines of our own through the channel that is named for reminders.

Such a notice is a delivery like every other one, under a key of the person and the day or week, so it is sent once. The
channel is read by colleagues only (``store.config``); what a line may name is for those who write it to see to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from expertpost.errors import Failure
from expertpost.flows.cases import Case, Slot, Stand
from expertpost.flows.places import Place, kept_safe
from expertpost.flows.posts import offer
from expertpost.model.config import Config
from expertpost.model.delivery import Delivery
from expertpost.model.identity import SLUG
from expertpost.model.key import Key, Pin, pin_id, target_of
from expertpost.model.people import People, Person
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.witness import Seen
from expertpost.store.hub import Hub
from expertpost.store.ledger import Ledger
from expertpost.store.workspace import State

READERS = ("colleagues",)


@dataclass(frozen=True, slots=True)
class Post:
    """Where notices go in this run."""

    state: State
    hub: Hub
    ledger: Ledger
    place: Place
    now: datetime

    @property
    def config(self) -> Config:
        """The settings as merged."""
        return self.state.config

    @property
    def seen(self) -> Seen:
        """When events were first witnessed."""
        return Seen(self.now, self.ledger.witnessed)

    def may_name(self, slug: str, audience: Sequence[str]) -> bool:
        """Whether everybody who reads the channel may know that this piece is there."""
        may_read = self.config.audiences.may_read(self.place.channel.readers, audience)
        return may_read and SLUG.fullmatch(slug) is not None


def post_of(state: State, hub: Hub, ledger: Ledger, now: datetime, there: Sequence[Place]) -> Post | None:
    """Where notices go; None where no channel is named for them, or not only colleagues read it."""
    config = state.config
    place = next((each for each in there if each.channel.name == config.review.reminders), None)
    if place is None or not config.audiences.may_read(place.channel.readers, READERS):
        return None
    return Post(state, hub, ledger, place, now)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is written to somebody. ``id`` stands for a piece's id in the ledger's keys; ``due``: since when."""

    id: str
    slug: str
    title: str
    lines: tuple[str, ...]
    due: datetime


def case_of(post: Post, person: Person, notice: Notice) -> Case | None:
    """The notice as something to send; None where it was sent already, or nothing may be sent."""
    front = FrontMatter(id=notice.id, title=notice.title, authors=(), slug=notice.slug, audience=READERS)
    piece = Piece(front, "\n".join((*notice.lines, "")), "")
    made = kept_safe(lambda: offer(replace(post.config, sites={}), People(), piece, post.place.channel))
    if isinstance(made, Failure) or made.post is None:
        return None
    slots, pin = _slots(post, _keys(post, person, notice.id))
    case = Case(piece, post.place, Stand.DUE, due=notice.due, post=made.post, pin=pin, slots=slots)
    return case if case.ready(post.now) else None


def _keys(post: Post, person: Person, piece: str) -> dict[str, Key]:
    """Mail address (or "") → key: to the channel itself, or to those of its addresses that are the person's own."""
    place = post.place
    base = Key(post.config.id, piece, place.channel.name, place.account)
    if place.single:
        return {"": base}
    own = {mail.casefold() for mail in person.emails}
    texts = [address.text for address in place.targets if address.text.casefold() in own]
    return {text: replace(base, target=target_of(post.ledger.terms.salt, text)) for text in texts}


def _slots(post: Post, keys: Mapping[str, Key]) -> tuple[tuple[Slot, ...], Pin | None]:
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


def is_told(post: Post, person: Person, id_: str) -> bool:
    """Whether the notice with this id was ever claimed: what is sent once needs no second look."""
    return bool(post.ledger.look_up(key.id for key in _keys(post, person, id_).values()))


def sent_lately(post: Post, person: Person, id_: str, pause: timedelta) -> bool:
    """Whether the notice with this id was claimed less than ``pause`` ago: days and weeks may meet within minutes."""
    keys = _keys(post, person, id_)
    rows = post.ledger.look_up(key.id for key in keys.values()).values()
    return any(not isinstance(row, Delivery) or post.now - row.at < pause for row in rows)
