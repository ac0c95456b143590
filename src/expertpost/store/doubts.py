"""Of which pieces somebody said that something in them is wrong, told without reading all that was ever said."""

from expertpost.model.freshness import Verdict
from expertpost.store.events import id_at
from expertpost.store.hub import Hub

_WRONG = f'"verdict":"{Verdict.WRONG}"'
"""How a statement says so (canonical JSON); whether it counts is for whoever reads the event."""


def doubted(hub: Hub) -> frozenset[str]:
    """The ids of the pieces that an event on the branch of people's facts calls wrong, as last fetched."""
    tip = hub.tip(hub.branches.reviews)
    if tip is None:
        return frozenset()
    found = hub.git.run("grep", "-l", "-z", "-I", "-F", "-e", _WRONG, tip, ok=(0, 1)).decode("utf-8", "replace")
    paths = (line.removeprefix(f"{tip}:") for line in found.split("\0"))
    return frozenset(path.rpartition("/")[0] for path in paths if id_at(path))
