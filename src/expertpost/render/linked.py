"""Where a relative link between pieces leads: one rule for the checks and for the pages."""

from collections.abc import Container, Iterator
from posixpath import basename, dirname, normpath, splitext

from expertpost.render.cut import local_name

_TEXTS = frozenset({".md", ".markdown", ".html", ".htm"})


def linked(path: str, destination: str, paths: Container[str]) -> str:
    """The path of the piece that a relative address in the piece at ``path`` leads to, "" where it leads to none.

    ``paths``: those of all pieces, relative to the workspace. A piece is found as it is written (``y.md``), as a folder
    (``y`` and ``y/`` and ``y.md`` for ``y/index.md``), and under the address other tools give it (``y.html``). From a
    piece in a folder of its own the folder around it is searched too: its links may be older than that folder.
    """
    name = local_name(destination)
    if not name:
        return ""
    here = dirname(path)
    folders = (here, dirname(here)) if path.endswith("/index.md") else (here,)
    found = (each for folder in folders for each in _spellings(normpath(f"{folder}/{name}")))
    return next((each for each in found if each in paths), "")


def _spellings(target: str) -> Iterator[str]:
    stem, ending = splitext(target)
    bare = stem if ending.lower() in _TEXTS else target
    yield target
    yield f"{bare}.md"
    yield f"{bare}/index.md"
    yield f"{bare}/_index.md"
    if bare.endswith("/index"):
        yield f"{dirname(bare)}/_index.md"
        yield f"{dirname(bare)}.md"


def name_of(path: str) -> str:
    """The name under which links find a piece: ``y`` for ``a/y.md``, ``a/y/index.md`` and ``a/y.html``.

    When a piece comes, goes or moves, only pages that link to this name can change.
    """
    stem, ending = splitext(path)
    bare = stem if ending.lower() in _TEXTS else path
    return basename(dirname(bare)) if basename(bare) in ("index", "_index") else basename(bare)
