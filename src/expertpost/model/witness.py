"""When the runner first saw an event: the instant at which the key behind it is judged (protocol §4). Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Witness:
    """The runner saw the event of this id for the first time at this instant (aware), as the file of this git blob."""

    event: str
    at: datetime
    blob: str


Find: TypeAlias = Callable[[Iterable[str]], Mapping[str, Witness]]
"""Ids of events → what is known of those that the runner has seen."""


def nobody(_events: Iterable[str]) -> Mapping[str, Witness]:
    """No runner has seen anything yet."""
    return {}


@dataclass(frozen=True, slots=True)
class Seen:
    """How events are judged by time: at their first witness; those that no runner has seen yet as if it were ``now``.

    The time that an event names decides nothing: whoever holds a key can write any (threats: backdating).
    """

    now: datetime
    find: Find = nobody
