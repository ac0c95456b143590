"""``search``: the pieces that say something, for those who may read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.finder.search import Answer, Hit
from expertpost.flows.context import World
from expertpost.flows.searchable import searchable
from expertpost.model.audience import COLLEAGUES, Audiences
from expertpost.store.workspace import find

FEW = 10
"""Pieces that are shown unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for whom. ``names``: author as a piece has it → what that person is called now."""

    readers: tuple[str, ...]
    answer: Answer
    names: Mapping[str, str]


def search(
    world: World,
    words: str,
    audience: Iterable[str] = (),
    topics: Iterable[str] = (),
    author: str = "",
    limit: int = FEW,
) -> Found:
    """The pieces on main that these readers (colleagues, unless others are named) may read and that say the words.

    ``topics``: only pieces of all of them. ``author``: a handle, name or mail address. What the readers may not read is
    neither found nor counted, nor does it correct a spelling. Raises Failure XP-SEARCH-AUDIENCE, XP-SEARCH-WORDS,
    XP-SEARCH-INDEX.
    """
    workspace = find(world.here, world.env)
    readers = tuple(dict.fromkeys(audience)) or (COLLEAGUES,)
    _known(readers, workspace.here.config.audiences)
    if not any(letter.isalnum() for letter in words):
        cure = 'name what you look for: expertpost search "ethylene oxide" seals'
        raise Failure("XP-SEARCH-WORDS", "there is no word to look for", cure, exit_code=Exit.USAGE)
    with searchable(world, workspace, readers) as index:
        answer = index.find(words, _keys(topics), author, limit)
        names = index.called({name for hit in answer.hits for name in hit.authors})
    return Found(readers, answer, names)


def _known(readers: Iterable[str], audiences: Audiences) -> None:
    for name in readers:
        if name not in audiences.named:
            from expertpost.model.draft import nearest

            cure = nearest(name, audiences.named)
            raise Failure("XP-SEARCH-AUDIENCE", f"there is no audience {name[:80]!r}", cure, exit_code=Exit.USAGE)


def _keys(topics: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(topics)
    if not wanted:
        return ()
    from expertpost.finder.gather import topic_key

    return tuple(map(topic_key, wanted))


__all__ = ["FEW", "Answer", "Found", "Hit", "search"]
