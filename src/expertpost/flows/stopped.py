"""Which pieces a search must not show as if they stood: those that somebody holds, or took back, where it matters."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expertpost.finder.search import SearchIndex
    from expertpost.flows.context import World
    from expertpost.model.review import Review
    from expertpost.store.hub import Hub
    from expertpost.store.workspace import State

_ONCE, _FACTS = "stopped once", "facts"


def is_told(index: "SearchIndex", hub: "Hub", commit: str | None) -> bool:
    """Whether the index knows what is stopped, by main at this commit and people's facts as last fetched."""
    return index.note(_FACTS) == _key(hub, commit)


def tell(
    world: "World", state: "State", hub: "Hub", commit: str | None, readers: tuple[str, ...], index: "SearchIndex"
) -> None:
    """Let the index know what is stopped for these readers; ``state`` is that of ``commit``.

    Pieces of which anything new was said are looked at, and those that were ever stopped.
    """
    from expertpost.flows.showing import said, touched
    from expertpost.model.event import EventKind
    from expertpost.model.identity import ID
    from expertpost.model.policy import credible
    from expertpost.store.spotted import stopped_once

    reviews = hub.tip(hub.branches.reviews) or ""
    news = touched(hub, index.note(_FACTS).rpartition(" ")[2], reviews)
    ids = stopped_once(hub) if news is None else {*filter(ID.fullmatch, news), *index.note(_ONCE).split()}
    found = said(hub, state.config, state.listed[0], world.now(), ids)[0] if ids else {}
    stops = (EventKind.HOLD, EventKind.RETRACT)
    once = {id_: review for id_, review in found.items() if any(review.of(kind) for kind in stops)}
    places = [
        site.name for site in state.config.sites.values() if state.config.audiences.may_read(readers, site.readers)
    ]
    proven = {id_: credible(state.config, state.listed[0], review) for id_, review in once.items()}
    stopped = {id_: says for id_, review in proven.items() if (says := how(review, places))}
    index.stop(stopped, {_FACTS: _key(hub, commit), _ONCE: " ".join(sorted(once))})


def how(review: "Review", places: Iterable[str]) -> str:
    """``held`` or ``taken back`` where a piece is stopped as a whole, or on all of these sites; "" where it stands."""
    named = tuple(places)
    for says, event_at in (("taken back", review.retracted), ("held", review.held)):
        if event_at() or (named and all(event_at(place) for place in named)):
            return says
    return ""


def _key(hub: "Hub", commit: str | None) -> str:
    return f"{commit} {hub.tip(hub.branches.reviews) or ''}"
