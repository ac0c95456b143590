"""``search``: the pieces that say something, for those who may read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.finder.search import Answer, Hit
from expertpost.flows.context import World
from expertpost.flows.searchable import searchable
from expertpost.model.audience import COLLEAGUES, Audiences
from expertpost.model.people import People
from expertpost.store.workspace import find

FEW = 10
"""Pieces that are shown unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for whom. ``names``: author as a piece has it → what that person is called now.

    ``notes``: that nobody is called like the author who was asked for.
    """

    readers: tuple[str, ...]
    answer: Answer
    names: Mapping[str, str]
    notes: tuple[str, ...] = ()


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
        notes = () if answer.hits or not author else _unknown(author, index.authors(), workspace.here.listed[0])
    return Found(readers, answer, names, notes)


def _unknown(author: str, written: Iterable[str], people: People) -> tuple[str, ...]:
    """That nobody is called so, neither in people/ nor by what these readers may read, with the nearest name."""
    names = (name for one in people.listed for name in (one.handle, one.name, *one.emails))
    known = {name.casefold() for name in (*written, *names)}
    if author.casefold() in known:
        return ()
    from expertpost.model.draft import nearest

    return (f"nobody is called {author[:60]!r}: {nearest(author.casefold(), known)}",)


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
