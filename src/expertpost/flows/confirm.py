"""``confirm``: a person signs that a merged text is still true, or says what in it is not; one event, nothing more."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from expertpost.errors import Exit, Failure
from expertpost.flows.asking import Asked, record, request
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.meant import Meant, meant
from expertpost.flows.review_say import listed, words
from expertpost.model.event import Event, EventKind
from expertpost.model.freshness import Fresh, Verdict, fresh, may_confirm
from expertpost.model.moment import BadMoment, day
from expertpost.model.piece import Piece
from expertpost.model.review import Review


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was recorded, and how fresh the text is with it. ``path``: where it lies, to be corrected there."""

    asked: Asked
    fresh: Fresh
    path: str


def confirm(world: World, ref: str, text: str = "", until: str = "", *, dry_run: bool = False) -> Confirmed:
    """Sign that the text on main is still true, ``until`` a day (2027-06-30) or as long as the rules say.

    Its authors, experts on one of its topics, editors and admins may. Raises Failure XP-CONFIRM-WHO, XP-CONFIRM-NONE,
    XP-CONFIRM-UNTIL, and those of ``open_desk``.
    """
    desk = open_desk(world)
    listed(desk)
    about = meant(desk, ref)
    piece = _merged(about)
    if not may_confirm(desk.people, piece, desk.by):
        what = "it is not yours, and your entry in people/ names none of its topics"
        topics = ", ".join(piece.front.topics)
        cure = f"ask one of its authors ({', '.join(piece.front.authors)}), or somebody who knows {topics or 'it'}"
        raise Failure("XP-CONFIRM-WHO", what, cure, where=piece.path, exit_code=Exit.NEEDS_PERSON)
    event = request(desk, about, EventKind.CONFIRM, (), text)
    event = replace(event, verdict=Verdict.TRUE.value, due=_until(desk, until) if until else None)
    return _recorded(desk, about, piece, event, dry_run=dry_run)


def correct(world: World, ref: str, reason: str, *, dry_run: bool = False) -> Confirmed:
    """Sign that something in the text on main is wrong; it counts as stale until it is corrected or confirmed.

    Everyone who is listed may. Raises Failure XP-CONFIRM-NONE, XP-WORDS, and those of ``open_desk``.
    """
    desk = open_desk(world)
    listed(desk)
    about = meant(desk, ref)
    piece = _merged(about)
    event = request(desk, about, EventKind.CONFIRM, (), words(reason, "what is wrong"))
    return _recorded(desk, about, piece, replace(event, verdict=Verdict.WRONG.value), dry_run=dry_run)


def _recorded(desk: Desk, about: Meant, piece: Piece, event: Event, *, dry_run: bool) -> Confirmed:
    asked = record(desk, about, event, dry_run=dry_run)
    after = Review((*about.review.events, event), about.review.doubted)
    return Confirmed(asked, fresh(desk.config.freshness, desk.people, piece, after), piece.path)


def _merged(about: Meant) -> Piece:
    if about.piece is None:
        cure = "what is in review is looked at there: expertpost review show"
        raise Failure("XP-CONFIRM-NONE", "main does not have it", cure, where=about.topic.slug, exit_code=Exit.USAGE)
    return about.piece


def _until(desk: Desk, text: str) -> datetime:
    """The day as the event states it. It must lie ahead."""
    try:
        found = day(text)
    except BadMoment as wrong:
        raise Failure("XP-CONFIRM-UNTIL", wrong.what, wrong.cure, exit_code=Exit.USAGE) from wrong
    if found <= _today(desk):
        raise Failure("XP-CONFIRM-UNTIL", f"{found} is over", "name a day ahead of us", exit_code=Exit.USAGE)
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _today(desk: Desk) -> date:
    return desk.now.astimezone(UTC).date()
