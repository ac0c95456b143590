"""What evidence is gathered from, and who gathers: ours and plug-ins (entry points ``expertpost.evidence``)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import TypeAlias, TypeVar, cast

from expertpost.errors import Failure
from expertpost.finder.evidence import Evidence, Part
from expertpost.model.identity import folded
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.plugin import CURE, Broken, attempt, load
from expertpost.model.review import Review

GROUP = "expertpost.evidence"
T = TypeVar("T")


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
    source = _kept(name, lambda: iter(gather(seen)))
    step = partial(next, source, None)
    while (one := _kept(name, step)) is not None:
        if not (isinstance(one, Evidence) and _is_sound(*one)):
            what = f"the source of evidence {name!r} yields what is no evidence: {str(one)[:200]}"
            raise Failure("XP-PLUGIN-BROKEN", what, CURE)
        yield one


def _kept(name: str, call: Callable[[], T]) -> T:
    found = attempt(call)
    if isinstance(found, Broken):
        raise Failure("XP-PLUGIN-BROKEN", f"the source of evidence {name!r} broke: {found.says[:300]}", CURE)
    return found


def _is_sound(
    person: object, text: object, topics: object, at: object, weight: object, source: object, part: object
) -> bool:
    """Whether evidence is what its types say: a type checker may never have seen whoever made it."""
    texts = (person, text, source, *topics) if isinstance(topics, tuple) else (None,)
    dated = isinstance(at, datetime) and at.tzinfo is not None
    weighed = isinstance(weight, int | float) and weight > 0
    return all(isinstance(one, str) for one in texts) and dated and weighed and isinstance(part, Part)
