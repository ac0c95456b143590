"""Whether a piece may go to one place, and every reason why not (protocol §4). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from expertpost.model import host
from expertpost.model.config import Config
from expertpost.model.due import Inside, expired, from_when, waits_for
from expertpost.model.duties import may
from expertpost.model.event import REQUESTS, Event, EventKind
from expertpost.model.people import People
from expertpost.model.piece import MAX_EDITION, Piece
from expertpost.model.review import Review, adoptions
from expertpost.model.rules import SITES, Deadline, by_whom, deadline_of, is_contributor
from expertpost.model.tally import Tally, count


class Why(StrEnum):
    """The stable names of the reasons for which a piece stays."""

    AUDIENCE = "audience"
    NOT_NAMED = "not-named"
    NOT_SUBMITTED = "not-submitted"
    NOT_APPROVED = "not-approved"
    NOT_OFFERED = "not-offered"
    CHANGED = "changed"
    NOT_YET = "not-yet"
    LATE = "late"
    HELD = "held"
    RETRACTED = "retracted"
    RETURNED = "returned"
    BURST = "burst"
    SAME_TEXT = "same-text"
    INSIDE_FIRST = "inside-first"
    CORRECTED = "corrected"
    ADOPTED = "adopted"
    PAGE = "page"
    NOBODY = "nobody"
    BUSY = "busy"
    PAUSED = "paused"
    UNFIT = "unfit"
    REFUSED = "refused"
    DOUBT = "doubt"
    DAMAGED = "damaged"
    MOVED = "moved"


NEVER = frozenset({Why.AUDIENCE, Why.NOT_NAMED, Why.ADOPTED})
"""Reasons for which a piece was never meant for a channel."""
WAITING = NEVER | {Why.NOT_YET, Why.INSIDE_FIRST, Why.NOT_OFFERED, Why.PAGE, Why.NOBODY, Why.BUSY, Why.PAUSED}
"""Reasons that are normal: nobody has to act (exit 0)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a piece stays, in a sentence that says what somebody can do about it."""

    why: Why
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed when there is no reason against it. ``due``: from when it may go; None while it is not approved.

    ``let_go``: a person released it after it was due, so no brake holds it.
    """

    reasons: tuple[Reason, ...] = ()
    due: datetime | None = None
    let_go: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the piece may go now."""
        return not self.reasons


def tally(config: Config, piece: Piece, review: Review, people: People, channel: str) -> Tally:
    """The standing approvals of this content that count at a channel ("": the sites), and whether they are enough."""
    return count(config, piece, credible(config, people, review), people, channel)


def entitled(config: Config, people: People, event: Event) -> bool:
    """Whether an event is by a listed person and signed as it has to be.

    Somebody with a listed key must have signed with it: otherwise anybody could write their name. Who has left and
    lists no key decides nothing any more.
    """
    if host.is_from_host(event):
        return host.speaks_for(config, people, event)
    person = people.by_handle(event.by)
    if person is None or event.workspace != config.id:
        return False
    must_sign = person.left or host.must_sign(config, people, person)
    return event.signer == event.by if must_sign else event.signer in (None, event.by)


def credible(config: Config, people: People, review: Review) -> Review:
    """The review with every event doubted that would permit something and is not proven to be by whom it names.

    An approval or a release needs an entitled person. A submission or a question may come from somebody who is not
    listed, but nobody listed may be named as its author falsely. What only stops a piece is taken from anyone.
    """
    doubted = frozenset(e.id for e in review.events if e.kind in _PERMITS and not _proven(config, people, review, e))
    return review if doubted == review.doubted else replace(review, doubted=doubted)


_PERMITS = frozenset({
    EventKind.SUBMIT, EventKind.APPROVE, EventKind.RELEASE, EventKind.RESOLVE,
    EventKind.ASK, EventKind.ROUTE, EventKind.DECLINE, EventKind.DUPLICATE, EventKind.CONFIRM,
}) | (REQUESTS - {EventKind.RETRACT})  # fmt: skip
_BY_ANYBODY = frozenset({EventKind.SUBMIT, EventKind.ASK})


def _proven(config: Config, people: People, review: Review, event: Event) -> bool:
    if event.kind not in _BY_ANYBODY or people.by_handle(event.by):
        return entitled(config, people, event) and may(people, review, event)
    return event.workspace == config.id


def adopted(config: Config, people: People, events: Iterable[Event]) -> dict[str, frozenset[str]]:
    """Piece id → the digests under which an entitled person adopted it as published elsewhere: for sites only."""
    return adoptions(e for e in events if e.kind is EventKind.ADOPT and entitled(config, people, e))


def reaches(config: Config, piece: Piece, place: str, readers: tuple[str, ...]) -> Reason | None:
    """None when readers ⊆ audience and the piece names the place (or none); otherwise why it never goes there."""
    front = piece.front
    if not config.audiences.may_read(readers, front.audience):
        wanted, allowed = ", ".join(readers), ", ".join(front.audience)
        return Reason(Why.AUDIENCE, f"{place} is read by {wanted}; the piece is for {allowed}")
    if front.channels is not None and place in config.channels and place not in front.channels:
        return Reason(Why.NOT_NAMED, f"the piece names its channels, and {place} is not among them")
    return None


def approved_for_site(config: Config, piece: Piece, review: Review, people: People, adopted: frozenset[str]) -> bool:
    """Whether this very content may stand on a site: adopted as published, or enough approvals count."""
    if piece.digest in adopted:
        return True
    return not tally(config, piece, review, people, SITES).missing


def judge(
    config: Config,
    piece: Piece,
    review: Review,
    people: People,
    channel: str,
    post_digest: str,
    now: datetime,
    adopted: frozenset[str] = frozenset(),
    inside: Inside = MappingProxyType({}),
) -> Verdict:
    """Whether ``piece`` may go to ``channel`` now: every reason against it, not only the first.

    ``inside``: when it went to channels for colleagues (see ``model.due``).
    """
    place = config.channels[channel]
    outside = reaches(config, piece, channel, place.readers)
    if outside:
        return Verdict((outside,))
    if piece.digest in adopted:
        return Verdict((Reason(Why.ADOPTED, "adopted as published elsewhere: it goes to sites only"),))
    proven = credible(config, people, review)
    reasons = list(stopped(proven, channel, piece.front.slug))
    if proven.contributors(piece.digest) is None:
        return Verdict((*reasons, _not_submitted(piece, proven)))
    found = count(config, piece, proven, people, channel)
    offered = tuple(e for e in found.counted if channel in e.posts)
    good = tuple(e for e in offered if e.posts[channel] == post_digest)
    last = found.enough(good)
    if last is None:
        return Verdict((*reasons, _missing(found, offered, good, channel)))
    due = from_when(config, piece, place, last, good, inside)
    release = proven.released(channel)
    let_go = release.at if release and release.at >= due else None
    reasons += _timing(config, piece, due, let_go, now)
    if first := waits_for(config, place, good, inside):
        says = f"colleagues get it first, and have not had it yet at {', '.join(first)}"
        reasons.append(Reason(Why.INSIDE_FIRST, says))
    return Verdict(tuple(reasons), due, bool(let_go))


def _not_submitted(piece: Piece, proven: Review) -> Reason:
    """Why a text that nobody submitted stays, and who does what about it."""
    earlier = " and ".join(sorted({event.by for event in proven.of(EventKind.APPROVE)}))
    what = f"it reads otherwise than what {earlier} approved" if earlier else "this text was never submitted"
    authors = " or ".join(piece.front.authors)
    says = f"{what}: {authors} has to submit it (expertpost submit {piece.front.slug}), then it is approved"
    return Reason(Why.NOT_SUBMITTED, f"{says} anew" if earlier else says)


def stopped(review: Review, place: str = "", ref: str = "REF") -> tuple[Reason, ...]:
    """Who stopped a piece (``ref``) at a channel or site, or everywhere (""), and what lets it go again."""
    held, back = review.held(place), review.retracted(place)
    found = []
    if held:
        says = f"held by {held.by}: {held.text or 'no reason given'} – expertpost release {ref}"
        found.append(Reason(Why.HELD, says))
    if back:
        says = (
            f"taken back by {back.by}: {back.text or 'no reason given'} – expertpost release {ref}, or republish there"
        )
        found.append(Reason(Why.RETRACTED, says))
    return tuple(found)


def still_needs(config: Config, piece: Piece, review: Review, people: People) -> tuple[Reason, ...]:
    """Everything a piece lacks before its review is done: nothing is missing where this is empty.

    The sites and every channel that an approval names are asked for; a channel nobody named is not offered and needs
    nothing.
    """
    proven = credible(config, people, review)
    reasons = list(stopped(proven, ref=piece.front.slug))
    if back := proven.returned(piece.digest):
        reasons.append(Reason(Why.RETURNED, f"returned by {back.by}: {back.text}"))
    if proven.contributors(piece.digest) is None:
        return (*reasons, _not_submitted(piece, proven))
    lacking: dict[str, list[str]] = {}
    for place in (SITES, *_named(config, piece, proven)):
        found = count(config, piece, proven, people, place)
        if missing := found.missing:
            says = f"{missing} more approval{'s' if missing > 1 else ''}{by_whom(found.rule)}"
            lacking.setdefault(says, []).append(place or "the sites")
    for says, places in lacking.items():
        where = "" if len(lacking) == 1 else f" for {', '.join(places)}"
        reasons.append(Reason(Why.NOT_APPROVED, says + where))
    if lacking:
        hands = proven.contributors(piece.digest) or frozenset()
        wrote = partial(is_contributor, people, contributors=hands, piece=piece)
        idle = host.not_counted(config, people, review, piece.digest, wrote)
        reasons += (Reason(Why.NOT_APPROVED, says) for says in idle)
    return tuple(reasons)


def _missing(found: Tally, offered: tuple[Event, ...], good: tuple[Event, ...], channel: str) -> Reason:
    required = found.rule.approvals
    if found.enough(found.counted) is None:
        says = f"{len(found.counted)} of {required} approvals{by_whom(found.rule)} – expertpost review approve"
        return Reason(Why.NOT_APPROVED, says)
    if found.enough(offered) is None:
        return Reason(Why.NOT_OFFERED, f"{channel} is not named in the approval: never offered there")
    return Reason(Why.CHANGED, f"what {channel} would get is not what was approved ({len(good)} of {required} match)")


def _timing(config: Config, piece: Piece, due: datetime, let_go: datetime | None, now: datetime) -> tuple[Reason, ...]:
    if now < due:
        return (Reason(Why.NOT_YET, f"due {due.isoformat()}"),)
    if expired(config, due, let_go, now):
        days = config.brakes.max_lateness.days
        says = f"expired: was due {due.isoformat()}, longer ago than max_lateness_days = {days}"
        says = f"{says} – expertpost release {piece.front.slug}"
        return (Reason(Why.LATE, says),)
    return ()


def editions_of(piece: Piece, channel: str, proven: Review | None = None) -> int:
    """The edition of this piece for one channel; 1 unless the front matter, or somebody's request, raises it."""
    asked = (event.editions.get(channel, 1) for event in (proven.of(EventKind.REPUBLISH) if proven else ()))
    return min(MAX_EDITION, max((piece.front.editions.get(channel, 1), *asked)))


def deadline(config: Config, piece: Piece, review: Review, people: People, now: datetime) -> Deadline | None:
    """Until when this text should be decided, by the rules that still miss an approval; None where none sets a time.

    It runs from the first proven submission of this very text.
    """
    proven = credible(config, people, review)
    submits = proven.of(EventKind.SUBMIT, piece.digest)
    tallies = [count(config, piece, proven, people, place) for place in (SITES, *_named(config, piece, proven))]
    rules = [each.rule for each in tallies if each.missing]
    return deadline_of(rules, submits[0].at, now) if submits else None


def _named(config: Config, piece: Piece, proven: Review) -> tuple[str, ...]:
    """The channels that an approval of this text names, sorted."""
    return tuple(sorted({name for e in proven.approvals(piece.digest) for name in e.posts if name in config.channels}))
