"""``search``: the pieces that say something, for those who may read them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure, Finding, Severity
from expertpost.finder.texts import Answer, Hit
from expertpost.flows.context import World
from expertpost.flows.searchable import searchable
from expertpost.model.audience import COLLEAGUES, Audiences
from expertpost.store.workspace import find

if TYPE_CHECKING:
    from expertpost.finder.search import SearchIndex
    from expertpost.store.workspace import Workspace

FEW = 10
"""Pieces that are shown unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for whom. ``names``: author as a piece has it → what that person is called now.

    ``findings``: that nobody is called like the author who was asked for, or that no piece has one of the topics.
    """

    readers: tuple[str, ...]
    answer: Answer
    names: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


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
    neither found nor counted, nor does it correct a spelling. What is held or was taken back is marked for colleagues,
    and for all others left out, as from their sites. Raises Failure XP-SEARCH-AUDIENCE, XP-SEARCH-WORDS,
    XP-SEARCH-INDEX.
    """
    workspace = find(world.here, world.env)
    readers = tuple(dict.fromkeys(audience)) or (COLLEAGUES,)
    _known(readers, workspace.here.config.audiences)
    if not any(letter.isalnum() for letter in words):
        cure = 'name what you look for: expertpost search "ethylene oxide" seals'
        raise Failure("XP-SEARCH-WORDS", "there is no word to look for", cure, exit_code=Exit.USAGE)
    with searchable(world, workspace, readers) as index:
        wanted = _keys(tuple(topics))
        answer = index.find(words, wanted.keys(), author, limit, stopped=readers == (COLLEAGUES,))
        names = index.called({name for hit in answer.hits for name in hit.authors})
        findings = () if answer.hits else (*_topics(wanted, index), *_author(author, index, workspace))
    return Found(readers, answer, names, findings)


def _topics(wanted: Mapping[str, str], index: "SearchIndex") -> Iterator[Finding]:
    """That no piece that these readers may read has such a topic, with the nearest one."""
    known = index.topics() if wanted else ()
    for key, topic in wanted.items():
        if key not in known:
            yield _unknown("XP-SEARCH-TOPIC", "--topic", f"no piece is about {topic[:60]!r}", key, known)


def _author(author: str, index: "SearchIndex", workspace: "Workspace") -> Iterator[Finding]:
    """That nobody is called so, neither in people/ nor by what these readers may read, with the nearest name."""
    people = workspace.here.listed[0].listed if author else ()
    names = (name for one in people for name in (one.handle, one.name, *one.emails))
    known = {name.casefold() for name in (*(index.authors() if author else ()), *names)}
    if author and author.casefold() not in known:
        what = f"nobody is called {author[:60]!r}"
        yield _unknown("XP-SEARCH-AUTHOR", "--author", what, author.casefold(), known)


def _unknown(code: str, option: str, what: str, word: str, known: Collection[str]) -> Finding:
    from expertpost.model.draft import nearest

    return Finding(option, 0, code, what, nearest(word, known), Severity.WARNING)


def _known(readers: Iterable[str], audiences: Audiences) -> None:
    for name in readers:
        if name not in audiences.named:
            from expertpost.model.draft import nearest

            cure = nearest(name, audiences.named)
            raise Failure("XP-SEARCH-AUDIENCE", f"there is no audience {name[:80]!r}", cure, exit_code=Exit.USAGE)


def _keys(topics: tuple[str, ...]) -> dict[str, str]:
    """Each topic, by how topics are compared."""
    if not topics:
        return {}
    from expertpost.finder.gather import topic_key

    return {topic_key(topic): topic for topic in topics}


__all__ = ["FEW", "Answer", "Found", "Hit", "search"]
