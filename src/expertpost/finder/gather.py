"""What evidence is gathered from, and who gathers: ours and plug-ins (entry points ``expertpost.evidence``)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, cast

from expertpost.errors import Exit, Failure
from expertpost.finder.evidence import Evidence
from expertpost.model.identity import folded
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.review import Review

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

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

    return load(entry_points(group=GROUP))


def load(entries: Iterable["EntryPoint"]) -> tuple[tuple[str, Gather], ...]:
    """What is behind entry points. Raises Failure where two distributions claim a name, or one does not load."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entries, key=lambda each: each.name):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            both = " and ".join(sorted(each.dist.name for each in (other, entry) if each.dist))
            what = f"{both} both claim the evidence {entry.name!r}"
            raise Failure("XP-PLUGIN-TWICE", what, "uninstall one of them", exit_code=Exit.GUARD)
    return tuple((name, _loaded(entry)) for name, entry in found.items())


def _loaded(entry: "EntryPoint") -> Gather:
    cure = "install it again, or ask those who make it"
    try:
        gather: object = entry.load()
    except (ImportError, AttributeError, SyntaxError) as broken:
        raise Failure("XP-PLUGIN-BROKEN", f"{entry.name} does not load: {broken}", cure, where=entry.value) from broken
    if not callable(gather):
        raise Failure("XP-PLUGIN-BROKEN", f"{entry.name} gathers no evidence", cure, where=entry.value)
    return cast("Gather", gather)
