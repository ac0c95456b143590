"""Whether a piece may stand on a site: what people's events say of this very content. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from expertpost.model import policy
from expertpost.model.config import Config
from expertpost.model.freshness import days_for, fresh
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason, Why
from expertpost.model.review import Review


@dataclass(frozen=True, slots=True)
class Facts:
    """The reviews of pieces by id, and the digests under which pieces were adopted as published elsewhere."""

    reviews: Mapping[str, Review] = field(default_factory=dict)
    adopted: Mapping[str, frozenset[str]] = field(default_factory=dict)


def against(config: Config, people: People, piece: Piece, known: Facts, site: str = "") -> Reason | None:
    """Why this content may not stand on a site (its name), None where it may.

    A hold keeps a page away like it keeps a post: what somebody stopped is not shown.
    """
    if piece.id not in known.reviews and piece.digest in known.adopted.get(piece.id, ()):
        return None
    review = known.reviews.get(piece.id, Review())
    if stopped := policy.stopped(policy.credible(config, people, review), site, piece.front.slug):
        return stopped[-1]
    if _was_allowed(config, people, piece, known):
        return None
    return next(iter(policy.still_needs(config, piece, review, people)), Reason(Why.NOT_APPROVED, "not approved yet"))


def stale_from(config: Config, people: People, piece: Piece, known: Facts) -> int:
    """From when somebody should look at a text again, in Unix seconds: 0 for never, 1 where it is doubted."""
    rules, review = config.freshness, known.reviews.get(piece.id)
    if review is None and piece.front.review_by is None and not days_for(rules, piece):
        return 0
    found = fresh(rules, people, piece, policy.credible(config, people, review or Review()))
    if found.doubt or found.due is None:
        return 1 if found.doubt else 0
    return int(datetime.combine(found.due, time(), UTC).timestamp())


def taken_back(config: Config, people: People, piece: Piece, known: Facts, site: str) -> tuple[str, ...]:
    """The slug, and the day on which it was taken back, of a piece that would be shown otherwise; () for any other.

    What was never allowed to be shown leaves no notice: its address alone may tell too much.
    """
    event = policy.credible(config, people, known.reviews.get(piece.id, Review())).retracted(site)
    if event is None or not _was_allowed(config, people, piece, known):
        return ()
    return (piece.front.slug, event.at.date().isoformat())


def _was_allowed(config: Config, people: People, piece: Piece, known: Facts) -> bool:
    """Whether this content may stand on a site, but for what stops it."""
    review, adopted = known.reviews.get(piece.id, Review()), known.adopted.get(piece.id, frozenset())
    return policy.approved_for_site(config, piece, review, people, adopted)


def approved_at(config: Config, people: People, piece: Piece, known: Facts) -> datetime | None:
    """When the last approval that was needed came; None for what was adopted or is not approved."""
    review = known.reviews.get(piece.id)
    count = policy.tally(config, piece, review, people, "") if review else None
    last = count.enough(count.counted) if count else None
    return last.at if last else None
