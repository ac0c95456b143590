"""Values as keys of caches: what was derived from one value is asked for again by the next of twelve channels."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Same(Generic[T]):
    """One value, and only that very one: two that are equal may still differ, as ``1`` and ``true`` do in settings."""

    value: T

    def __eq__(self, other: object) -> bool:
        """Whether the other stands for the same value, not an equal one."""
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        """The same for the same value; the key keeps it alive, so no other gets its place."""
        return id(self.value)
