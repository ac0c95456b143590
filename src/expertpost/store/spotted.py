"""Which pieces people said something particular about, spotted by its words, without reading all that was ever said."""

from expertpost.model.event import EventKind
from expertpost.model.freshness import Verdict
from expertpost.store.events import id_at
from expertpost.store.hub import Hub


def doubted(hub: Hub) -> frozenset[str]:
    """The ids of the pieces that somebody may have called wrong, as last fetched; whether it counts is judged later."""
    return _saying(hub, f'"verdict":"{Verdict.WRONG}"')


def stopped_once(hub: Hub) -> frozenset[str]:
    """The ids of the pieces that somebody may have held or asked to take back, as last fetched."""
    return _saying(hub, *(f'"kind":"{kind}"' for kind in (EventKind.HOLD, EventKind.RETRACT)))


def _saying(hub: Hub, *words: str) -> frozenset[str]:
    """The subjects of the events whose statements (canonical JSON) have one of these words."""
    tip = hub.tip(hub.branches.reviews)
    if tip is None:
        return frozenset()
    wanted = [part for word in words for part in ("-e", word)]
    found = hub.git.run("grep", "-l", "-z", "-I", "-F", *wanted, tip, ok=(0, 1)).decode("utf-8", "replace")
    paths = (line.removeprefix(f"{tip}:") for line in found.split("\0"))
    return frozenset(path.rpartition("/")[0] for path in paths if id_at(path))
