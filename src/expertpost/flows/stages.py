"""The stages in a piece's life, and the one in which a piece is, told from what is known of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from expertpost.model.identity import SLUG
from expertpost.model.policy import Reason, Why


class Stage(StrEnum):
    """Where a piece stands, in the order of its life."""

    DRAFT = "draft"
    RETURNED = "returned"
    IN_REVIEW = "in review"
    APPROVED = "approved"
    MERGED = "merged"
    HELD = "held"
    PLANNED = "planned"
    PUBLISHING = "publishing"
    STALE = "stale"
    PUBLISHED = "published"


SAYS: Mapping[Stage, str] = {
    Stage.DRAFT: "Drafts: nobody else sees them yet",
    Stage.RETURNED: "Returned: a reviewer wants something changed",
    Stage.IN_REVIEW: "In review",
    Stage.APPROVED: "Approved: ready to be merged",
    Stage.MERGED: "Merged, but not approved: nothing more goes out",
    Stage.HELD: "Held back: somebody has to look",
    Stage.PLANNED: "Planned",
    Stage.PUBLISHING: "Going out with the next runs",
    Stage.STALE: "Published, and due to be looked at again",
    Stage.PUBLISHED: "Published",
}
"""The heading of each stage."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The stage, what there is to know in a sentence, and the moment that it speaks of."""

    stage: Stage
    says: str = ""
    at: datetime | None = None


UNREVIEWED = Standing(Stage.MERGED, "nobody was asked to review it")
"""On main, and never submitted as it lies there."""


def next_step(standing: Standing, slug: str, says: str) -> str:
    """The command that takes the piece further, "" where nobody has to do anything, or it has no usable name."""
    verb = {
        Stage.DRAFT: "check" if says else "submit",
        Stage.RETURNED: "submit",
        Stage.IN_REVIEW: "review show",
        Stage.APPROVED: "review merge",
        Stage.MERGED: "submit" if standing == UNREVIEWED else "review show",
    }.get(standing.stage, "")
    return f"expertpost {verb} {slug}" if verb and SLUG.fullmatch(slug) else ""


def in_review(needs: tuple[Reason, ...]) -> Standing:
    """The standing of a piece that is submitted and not merged, told from what it still needs."""
    says = "; ".join(need.says for need in needs)
    if any(need.why is Why.RETURNED for need in needs):
        return Standing(Stage.RETURNED, says)
    if any(need.why in (Why.HELD, Why.RETRACTED) for need in needs):
        return Standing(Stage.HELD, says)
    return Standing(Stage.IN_REVIEW, f"needs {says}") if needs else Standing(Stage.APPROVED)
