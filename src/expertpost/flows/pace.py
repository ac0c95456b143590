"""Progress of something long: a line a second, none for what is over sooner."""

from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from expertpost.flows.context import World

T = TypeVar("T")


def told(world: World, what: str, items: Iterable[T], total: Sized | None = None) -> Iterator[T]:
    """The items one by one; once a second the world hears how many are done, as in ``checked 1,200 of 10,000``."""
    last = world.monotonic()
    of = f" of {len(total):,}" if total is not None else ""
    for number, item in enumerate(items):
        if world.monotonic() - last >= 1:
            last = world.monotonic()
            world.tell(f"{what} {number:,}{of}")
        yield item
