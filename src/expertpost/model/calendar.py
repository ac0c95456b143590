"""What goes where and when, as the entries of a calendar. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NEAR = timedelta(hours=1)
"""Two pieces at one channel that are nearer to each other collide: the second takes the readers from the first."""


class Mark(StrEnum):
    """What kind of entry it is: a post that went out or will, one that something stands against, or a page."""

    SENT = "sent"
    PLANNED = "planned"
    HELD = "held"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece at one channel or site at one instant (aware).

    ``count``: to how many it goes; ``says``: what stands against it. ``url``: where it is, or will be, "" where nobody
    knows.
    """

    at: datetime
    place: str
    piece: str
    slug: str
    title: str
    mark: Mark
    edition: int = 1
    count: int = 1
    says: str = ""
    url: str = ""

    @property
    def uid(self) -> str:
        """What names the entry for ever, whatever its time and title become."""
        return f"{self.piece}.{self.edition}.{self.place}"


@dataclass(frozen=True, slots=True)
class Collision:
    """Pieces that follow one another at one channel in less than ``NEAR``, by time."""

    place: str
    entries: tuple[Entry, ...]


def collisions(entries: Iterable[Entry]) -> tuple[Collision, ...]:
    """Every run of different pieces at one channel that are too near to each other; pages never collide."""
    by_place: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: (one.at, one.slug)):
        if entry.mark is not Mark.PAGE:
            by_place[entry.place].append(entry)
    return tuple(Collision(place, run) for place, found in sorted(by_place.items()) for run in _runs(found))


def _runs(entries: list[Entry]) -> list[tuple[Entry, ...]]:
    runs: list[list[Entry]] = []
    for entry in entries:
        if runs and entry.at - runs[-1][-1].at < NEAR:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return [tuple(run) for run in runs if len({entry.piece for entry in run}) > 1]
