"""What came back of a post that is out: counts of a service at some moments, and when it is asked again. Pure.

Counts alone: who read, liked or answered is not ours to keep.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

COUNTS = ("views", "likes", "shares", "replies", "clicks")
"""What services count, in the order in which people are told."""

LARGEST = 2**53 - 1
"""No count is larger: what lies above is no exact number in JSON, and nobody's readers."""

_DAILY, _WEEKLY = timedelta(days=7), timedelta(weeks=9)
"""A post is measured once a day in its first week and once a week for the eight weeks after it, and then never."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a service counted at one moment: pairs of a name of ``COUNTS`` and a number, or none: no answer."""

    at: datetime
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was counted of one delivery (``key``: the id of its key), the oldest first."""

    key: str
    measures: tuple[Measure, ...]

    @property
    def last(self) -> Measure | None:
        """The last measure to which the service gave numbers; None for none."""
        return next((one for one in reversed(self.measures) if one.counts), None)


def counted(found: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    """What of a service's answer are counts."""
    pairs = ((name, found.get(name)) for name in COUNTS)
    return tuple((name, n) for name, n in pairs if type(n) is int and 0 <= n <= LARGEST)


def is_due(delivered: datetime, before: Iterable[Measure], now: datetime) -> bool:
    """Whether a post that arrived at ``delivered`` is to be measured now.

    Days and not hours count (UTC), so that the first run of a day measures everything that is due on that day.
    """
    age, last = now - delivered, max((one.at for one in before), default=delivered)
    days = (now.astimezone(UTC).date() - last.astimezone(UTC).date()).days
    return age < _WEEKLY and days >= (1 if age < _DAILY else 7)


def grown(before: Measured | None, new: Measured) -> Measured:
    """Both together, one measure a day (UTC): the one that was there first stands."""
    days = {one.at.astimezone(UTC).date(): one for one in (*new.measures, *(before.measures if before else ()))}
    return Measured(new.key, tuple(days[day] for day in sorted(days)))
