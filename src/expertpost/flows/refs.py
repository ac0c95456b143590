"""Finding the piece a person means: by slug, unique beginning of an id, or path (addresses: ``addresses.resolved``)."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure
from expertpost.model.draft import RawDraft, Value, default_slug, nearest
from expertpost.store.pieces import Loaded

if TYPE_CHECKING:
    from expertpost.store.index import Text
    from expertpost.store.roll import Roll

MIN_PREFIX = 4
"""The shortest beginning of an id that names a piece."""


def slug_of(loaded: Loaded) -> str:
    """The slug of a file that may not be a valid piece."""
    if loaded.piece:
        return loaded.piece.front.slug
    written = loaded.raw.values.get("slug") if loaded.raw else None
    return written if isinstance(written, str) and written else default_slug(loaded.path)


def id_of(loaded: Loaded) -> str:
    """The id written in a file, "" where there is none."""
    written = loaded.raw.values.get("id") if loaded.raw else None
    return written if isinstance(written, str) else ""


def one(ref: str, loaded: Sequence[Loaded], root: Path | None = None) -> Loaded:
    """The piece that ``ref`` names. Raises Failure XP-REF-NONE or XP-REF-MANY.

    ``root``: the workspace's folder, so that absolute paths and paths with ``./`` are understood.
    """
    wanted = as_path(ref, root)
    fitting = [(fit(ref, wanted, found.path, slug_of(found), id_of(found)), found) for found in loaded]
    best = max((how for how, _ in fitting), default=0)
    matches = [found for how, found in fitting if how and how == best]
    if not matches:
        what = f"no piece is called {ref!r}"
        raise Failure("XP-REF-NONE", what, nearest(ref, {slug_of(found) for found in loaded}), exit_code=Exit.USAGE)
    if len(matches) > 1:
        paths = ", ".join(found.path for found in matches[:5])
        raise Failure(
            "XP-REF-MANY", f"{ref!r} names {len(matches)} pieces", f"say which: {paths}", exit_code=Exit.USAGE
        )
    return matches[0]


def fit(ref: str, wanted: str, path: str, slug: str, id_: str) -> int:
    """How well a ref names a piece: 3 by its path, 2 by its slug, 1 by the beginning of its id, 0 not at all.

    ``wanted`` is ``as_path`` of the ref.
    """
    if path in (wanted, f"{wanted}.md", f"{wanted}/index.md"):
        return 3
    if slug == ref:
        return 2
    return int(len(ref) >= MIN_PREFIX and id_.startswith(ref.upper()))


def outlined(text: "Text") -> Loaded:
    """A text of which only the id, the slug and the audience are known."""
    known: dict[str, Value] = {"id": text.id, "slug": text.slug, "audience": [*text.audience.splitlines()]}
    return Loaded(text.path, None, (), RawDraft(text.path, known, {}, ""))


def on_roll(ref: str, roll: "Roll", root: Path) -> Loaded:
    """The text of a roll that ``ref`` names, outlined. Raises Failure XP-REF-NONE or XP-REF-MANY."""
    wanted = as_path(ref, root)
    prefix = ref.upper() if len(ref) >= MIN_PREFIX else ""
    found = roll.named((wanted, f"{wanted}.md", f"{wanted}/index.md"), ref, prefix)
    # Where it names none, what it is most like is told.
    return one(ref, [outlined(text) for text in found or roll.every()], root)


def several(refs: Iterable[str], loaded: Sequence[Loaded], root: Path | None = None) -> tuple[Loaded, ...]:
    """The pieces that the refs name, each once, in the order given; all of them where no ref is given."""
    found = {each.path: each for each in (one(ref, loaded, root) for ref in refs)}
    return tuple(found.values()) or tuple(loaded)


def as_path(ref: str, root: Path | None) -> str:
    """A ref as a path relative to the workspace, whether or not it is one."""
    path = Path(ref)
    if root is not None and path.is_absolute():
        path = path.relative_to(root) if path.is_relative_to(root) else path
    return path.as_posix().removeprefix("./")
