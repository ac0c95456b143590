"""Reminders of reviews as the runner sends them: our own words about slugs, through the channel that is named for it.

A request is a signed event (``flows.review_remind``), or a rule whose time is over: then those whom it names in
``escalate`` are told, once, without anybody's doing. What is sent names pieces by their slugs alone, and those that
the channel's readers may not read by nothing at all: no word of a text that nobody approved leaves the house this way.
The ledger holds each reminder like every other delivery, under a key of the person and the day, so it is sent once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from expertpost.flows.asked import asked_of, helping
from expertpost.flows.cases import Case
from expertpost.flows.notices import Notice, Post, case_of, sent_lately
from expertpost.flows.review_remind import PAUSE
from expertpost.flows.survey import pieces_of
from expertpost.model.event import Event, EventKind
from expertpost.model.people import Person
from expertpost.model.piece import Piece
from expertpost.model.policy import credible, deadline, entitled
from expertpost.model.review import Review, fold
from expertpost.store import events
from expertpost.store.changes import between, touched
from expertpost.store.files import CommitFiles
from expertpost.store.people import PEOPLE
from expertpost.store.pieces import DRAFTS
from expertpost.store.workspace import State

_OVERDUE = timedelta(days=14)
"""For so long after its time is over somebody is told of a late review; a runner that slept longer tells nobody."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What one person is to be told. ``id`` stands for a piece's id in the ledger's keys: one a person and day."""

    id: str
    at: datetime
    pieces: tuple[str, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A piece that waits: the submission that stands, who has still to decide, and who is asked besides, since when."""

    submit: Event
    asked: tuple[str, ...]
    helpers: tuple[str, ...] = ()
    late: datetime | None = None


def reminders(post: Post) -> tuple[Case, ...]:
    """Every reminder that was asked for in the last day, or is due by a rule, and may be sent now, one a person."""
    people = post.state.people
    asked = {one.slug: one for one in sorted(_requests(post), key=lambda one: (one.at, one.id))}
    open_ = _open(post) if any(rule.escalate for rule in post.config.review.rules) else {}
    waiting = _waiting(post, open_, {piece for request in asked.values() for piece in request.pieces})
    made = (
        _first(post, person, _wanted(person, asked.get(person.handle), waiting), waiting) for person in people.listed
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


def _open(post: Post) -> dict[str, Piece]:
    """Piece id → the text on its review branch: nobody's word for it, so a submission has to name its digest."""
    hub = post.hub
    found: dict[str, Piece] = {}
    for branch, tip in hub.tips().items():
        if branch.startswith(post.config.branches.review):
            files = State(CommitFiles(hub.git, tip), tip).files
            paths = [change.path for change in between(hub.git, post.state.commit, tip, DRAFTS)]
            loaded = touched(files, post.config, paths).pieces
            found |= {one.piece.id: one.piece for one in loaded if one.piece}
    return found


def _waiting(post: Post, open_: Mapping[str, Piece], wanted: Iterable[str]) -> dict[str, _Waiting]:
    """Piece id → the submission that stands and who has still to decide; without what is merged just so."""
    ids, people = frozenset((*wanted, *open_)), post.state.people
    if not ids:
        return {}
    merged = {piece.id: piece.digest for piece in pieces_of(post.state, lambda piece: piece in ids)[0]}
    found = {}
    for id_, said in fold(events.read(post.hub, people, post.seen, post.config.id, only=ids)).items():
        review = credible(post.config, people, said)
        if (event := review.submitted) and merged.get(id_) != event.digest:
            found[id_] = _late(post, _Waiting(event, asked_of(event.digest, review)), open_.get(id_), review)
    return found


def _late(post: Post, waiting: _Waiting, piece: Piece | None, review: Review) -> _Waiting:
    """The same, with those whom the rules name for a text that is late."""
    if piece is None or piece.digest != waiting.submit.digest:
        return waiting
    over = deadline(post.config, piece, review, post.state.people, post.now)
    if over is None or not over.late or post.now - over.at > _OVERDUE:
        return waiting
    return replace(waiting, helpers=helping(over, post.state.people, piece, review), late=over.at)


def _wanted(person: Person, asked: Event | None, waiting: Mapping[str, _Waiting]) -> tuple[_Request, ...]:
    """What one person is to be told, the oldest first: what a rule asks for, and what somebody asked for."""
    days: dict[str, list[tuple[datetime, str]]] = {}
    for piece, one in waiting.items():
        if one.late and person.handle in one.helpers:
            days.setdefault(f"{one.late:%Y-%m-%d}", []).append((one.late, piece))
    late = [
        _Request(f"escalation/{person.handle}/{day}", min(told)[0], tuple(piece for _, piece in told), late=True)
        for day, told in days.items()
    ]
    own = [_Request(_id(person.handle, asked.at), asked.at, asked.pieces)] if asked else []
    return tuple(sorted((*late, *own), key=lambda one: (one.at, one.id)))


def _first(post: Post, person: Person, wanted: Iterable[_Request], waiting: Mapping[str, _Waiting]) -> Case | None:
    """The reminder of one person; None where nothing waits for them, or they got one less than a day ago."""
    return next((case for one in wanted if (case := _case(post, person, one, waiting))), None)


def _case(post: Post, person: Person, request: _Request, waiting: Mapping[str, _Waiting]) -> Case | None:
    named = [waiting[piece] for piece in request.pieces if piece in waiting]
    open_ = [one.submit for one in named if person.handle in (*one.asked, *one.helpers)]
    if not open_ or _told_lately(post, person, request):
        return None
    lines = sorted(_line(post, event) for event in open_)
    what = "are late, and need" if request.late else "wait for"
    head, end = f"Reviews that {what} {person.name}:", "All of them: `expertpost review list --mine`"
    title = f"{len(lines)} review{'s'[: len(lines) > 1]} for {person.name}"
    notice = Notice(request.id, f"reminder-{person.handle}", title, (head, "", *lines, "", end), request.at)
    return case_of(post, person, notice)


def _line(post: Post, event: Event) -> str:
    if post.may_name(event.slug, event.audience):
        return f"- `expertpost review show {event.slug}` (since {event.at:%d %B})"
    return "- a piece that not everybody here may read"


def _id(handle: str, at: datetime) -> str:
    """What stands for a piece's id in the ledger's keys: one a person and day."""
    return f"reminder/{handle}/{at:%Y-%m-%d}"


def _told_lately(post: Post, person: Person, request: _Request) -> bool:
    """Whether another reminder of theirs was claimed less than a day ago: two days may meet within minutes."""
    days = [post.now - timedelta(days=back) for back in range(_OVERDUE.days + 2)]
    ids = {_id(person.handle, day) for day in (*days[:2], request.at - PAUSE)}
    ids |= {f"escalation/{person.handle}/{day:%Y-%m-%d}" for day in days}
    return any(sent_lately(post, person, id_, PAUSE) for id_ in ids - {request.id})
