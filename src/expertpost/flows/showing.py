"""What the reviews branch says, as far as a build of a site needs it."""

from collections.abc import Iterable
from datetime import datetime

from expertpost.model import policy
from expertpost.model.config import Config
from expertpost.model.people import People
from expertpost.model.review import Review, fold
from expertpost.store import events
from expertpost.store.hub import Hub
from expertpost.store.witness import seen_on


def said(
    hub: Hub, config: Config, people: People, now: datetime, only: Iterable[str] | None = None
) -> tuple[dict[str, Review], dict[str, frozenset[str]]]:
    """The reviews of all pieces (or those with the given ids), and the digests under which pieces were adopted."""
    found = events.read(hub, people, seen_on(hub, now), config.id, only=only)
    return fold(found), policy.adopted(config, people, found)


def touched(hub: Hub, old: str, new: str) -> frozenset[str] | None:
    """The folders of the branch (ids of pieces, and ``events.ADOPTED``) with new events between two of its tips.

    None where nobody can tell.
    """
    if old == new:
        return frozenset()
    if not old or not new:
        return None
    code, out, _ = hub.git.answer("diff-tree", "-r", "--name-only", "--no-renames", old, new)
    return None if code else frozenset(line.partition("/")[0] for line in out.decode("utf-8", "replace").splitlines())
