"""What a service says in headers about how much it still takes, and from when it takes more. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
"""Headers that say when a service takes more again."""
_LEFT = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_EPOCH = 1_000_000_000


def quiet_until(headers: Mapping[str, str], at: datetime, longest: timedelta) -> datetime | None:
    """From when a service takes more that says it takes nothing now; None where it says nothing of the kind.

    ``headers``: names in small letters, of an answer got ``at`` an instant; at most ``longest`` is waited.
    """
    if "0" not in (headers.get(name, "").strip() for name in _LEFT):
        return None
    moments = (moment(headers.get(name, ""), at) for name in RESETS)
    return next((min(found, at + longest) for found in moments if found and found > at), None)


def moment(reset: str, at: datetime) -> datetime | None:
    """Seconds since 1970 (X), seconds from now (the drafts of RateLimit headers), or RFC 3339 (Mastodon)."""
    try:
        if reset.replace(".", "", 1).isascii() and reset.replace(".", "", 1).isdigit():
            seconds = float(reset[:15])
            return datetime.fromtimestamp(seconds, UTC) if seconds > _EPOCH else at + timedelta(seconds=seconds)
        found = datetime.fromisoformat(reset)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else None
