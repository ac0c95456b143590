"""Authors who are nobody in ``people/`` but are spelled almost like somebody there."""

import difflib
from collections.abc import Iterator
from functools import lru_cache

from expertpost.checks.context import Context
from expertpost.errors import Finding, Severity


def misspelt_authors(context: Context) -> Iterator[Finding]:
    """Whoever is not listed may write too, so only a near miss is worth a word."""
    if context.piece is None:
        return
    known = tuple(name for person in context.people.listed for name in (person.handle, person.name))
    for author in context.piece.front.authors:
        near = "" if context.people.handle_of(author) else _near(author, known)
        if near:
            what = f"nobody in people/ is called {author[:60]!r}"
            key = "authors" if "authors" in context.raw.values else "author"
            yield context.found(0, "XP-AUTHOR-UNKNOWN", what, f"did you mean {near}?", Severity.WARNING, key=key)


@lru_cache(maxsize=4096)
def _near(name: str, known: tuple[str, ...]) -> str:
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), "")
