"""What people ask of the runner, as it stands on the reviews branch."""

from collections.abc import Mapping
from typing import TypeAlias

from expertpost.model.config import Config
from expertpost.model.people import People
from expertpost.model.policy import credible
from expertpost.model.review import Review, fold
from expertpost.model.witness import Seen
from expertpost.store import events
from expertpost.store.hub import Hub

Requests: TypeAlias = Mapping[str, Review]
"""Piece id → its review, for pieces about which somebody asked for something."""


def requests_in(hub: Hub, config: Config, people: People, seen: Seen) -> dict[str, Review]:
    """Piece id → its whole review, for pieces about which somebody asked for something; who is not proven is doubted.

    Only those pieces are read, told by the names of their events.
    """
    pieces = events.requested(hub)
    found = fold(events.read(hub, people, seen, config.id, only=pieces)) if pieces else {}
    return {piece: credible(config, people, found[piece]) for piece in pieces if piece in found}
