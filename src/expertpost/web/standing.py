"""Whether a piece may stand on a site: what people's events say of this very content. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from expertpost.model import policy
from expertpost.model.config import Config
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
    if stopped := policy.stopped(policy.credible(config, people, review), site):
        return stopped[-1]
    if policy.approved_for_site(config, piece, review, people, known.adopted.get(piece.id, frozenset())):
        return None
    return next(iter(policy.still_needs(config, piece, review, people)), Reason(Why.NOT_APPROVED, "not approved yet"))


def approved_at(config: Config, people: People, piece: Piece, known: Facts) -> datetime | None:
    """When the last approval that was needed came; None for what was adopted or is not approved."""
    review = known.reviews.get(piece.id)
    count = policy.tally(config, piece, review, people, "") if review else None
    last = count.enough(count.counted) if count else None
    return last.at if last else None
