"""What evidence is gathered from, and who gathers: ours and plug-ins (entry points ``expertpost.evidence``)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeAlias, cast

from expertpost.errors import Failure
from expertpost.finder.evidence import Evidence, Part
from expertpost.model.identity import folded
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.plugin import CURE, Broken, attempt, load
from expertpost.model.review import Review

GROUP = "expertpost.evidence"


@dataclass(frozen=True)
class Seen:
    """One state of the workspace: what main has, and what people's facts say. ``now`` is aware.

    ``reviews``: piece id → its review; what nobody proved gives no answer there.
    """

    pieces: tuple[Piece, ...]
    people: People
    reviews: Mapping[str, Review]
    now: datetime

    def person(self, name: str) -> str:
        """The handle behind a handle, full name or mail address; the name itself where nobody is listed under it."""
        return self.people.handle_of(name) or name.casefold()


Gather: TypeAlias = Callable[[Seen], Iterable[Evidence]]
"""Evidence of one state. What belongs to one source stands together."""


def topic_key(topic: str) -> str:
    """A topic as it is compared: letter case, hyphens, underscores and spaces do not matter."""
    return "-".join(folded(topic).replace("_", " ").replace("-", " ").split())


@cache
def installed() -> tuple[tuple[str, Gather], ...]:
    """Every source of evidence with its name, ours and plug-ins'. Raises Failure XP-PLUGIN-TWICE, XP-PLUGIN-BROKEN."""
    from importlib.metadata import entry_points

    return cast("tuple[tuple[str, Gather], ...]", load(entry_points(group=GROUP), "source of evidence"))


def gathered(name: str, gather: Gather, seen: Seen) -> Iterator[Evidence]:
    """What one source says, one after the other. Raises Failure XP-PLUGIN-BROKEN where it breaks or says nonsense."""
    source = attempt(lambda: iter(gather(seen)))
    while not isinstance(source, Broken):
        there = source
        one = attempt(lambda: next(there, None))
        if one is None:
            return
        source = one if isinstance(one, Broken) else there
        if not isinstance(one, Broken):
            yield _sound(name, one)
    raise Failure("XP-PLUGIN-BROKEN", f"the source of evidence {name!r} broke: {source.says[:300]}", CURE)


def _sound(name: str, one: object) -> Evidence:
    """The evidence, as far as can be told without belief in whoever made it."""
    fine = (
        isinstance(one, Evidence)
        and all(isinstance(text, str) for text in (one.person, one.text, one.source, *one.topics))
        and isinstance(one.at, datetime)
        and one.at.tzinfo is not None
        and isinstance(one.weight, int | float)
        and one.weight > 0
        and isinstance(one.part, Part)
    )
    if not fine:
        what = f"the source of evidence {name!r} yields what is no evidence: {str(one)[:200]}"
        raise Failure("XP-PLUGIN-BROKEN", what, CURE)
    return cast("Evidence", one)
