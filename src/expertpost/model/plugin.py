"""What others wrote and we call: found by entry points, one distribution for each name, and never the end of a run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from expertpost.errors import Exit, Failure

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")
CURE = "install it again, or ask those who make it"
"""What to do about a plug-in that does not work."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A call into a plug-in ended in an exception, which says this."""

    says: str


def attempt(call: Callable[[], T]) -> T | Broken:
    """What the call answers, never an exception: on the other side is code that nobody here wrote."""
    try:
        return call()
    except Exception as broken:  # noqa: BLE001 # whatever a plug-in raises is its own fault, and is told as such
        return Broken(f"{type(broken).__name__}: {broken}")


def load(entries: Iterable["EntryPoint"], kind: str) -> tuple[tuple[str, Callable[..., object]], ...]:
    """Name and function behind each entry point, by name. ``kind``: what they are, in words.

    Raises Failure XP-PLUGIN-TWICE where two distributions claim a name, XP-PLUGIN-BROKEN where one does not load.
    """
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entries, key=lambda each: each.name):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            both = " and ".join(sorted(each.dist.name for each in (other, entry) if each.dist))
            what = f"{both} both claim the {kind} {entry.name!r}"
            raise Failure("XP-PLUGIN-TWICE", what, "uninstall one of them", exit_code=Exit.GUARD)
    return tuple((name, _function(entry, kind)) for name, entry in found.items())


def _function(entry: "EntryPoint", kind: str) -> Callable[..., object]:
    found = loaded(entry)
    if not callable(found):
        raise Failure("XP-PLUGIN-BROKEN", f"{entry.name} is no {kind}", CURE, where=entry.value)
    return found


def loaded(entry: "EntryPoint") -> object:
    """What an entry point names. Raises Failure XP-PLUGIN-BROKEN."""
    found: object = attempt(entry.load)
    if isinstance(found, Broken):
        raise Failure("XP-PLUGIN-BROKEN", f"{entry.name} does not load: {found.says}", CURE, where=entry.value)
    return found
