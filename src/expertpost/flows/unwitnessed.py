"""Approvals that no runner has seen yet: until one has, the key behind them is judged by the day on which it looks."""

from expertpost.model.review import Review
from expertpost.model.witness import Seen


def unwitnessed(review: Review, digest: str, seen: Seen) -> tuple[str, ...]:
    """The handles of those whose signed approval of this text the ledger does not know yet, sorted."""
    signed = {event.id: event.by for event in review.approvals(digest) if event.signer}
    known = seen.find(signed)
    return tuple(sorted(by for event, by in signed.items() if event not in known))


def in_words(handles: tuple[str, ...]) -> str:
    """The same as a sentence without its end, "" where every approval is witnessed."""
    return (
        f"not witnessed yet: the approval{'s' if len(handles) > 1 else ''} by {', '.join(handles)}" if handles else ""
    )
