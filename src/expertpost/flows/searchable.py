"""What one set of readers may look up, kept fresh: what main holds at its newest known commit, cut for them."""

import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from expertpost import __version__
from expertpost.finder.search import MEANING, SearchIndex
from expertpost.finder.texts import Text
from expertpost.flows import stopped
from expertpost.flows.context import World
from expertpost.flows.tip import main_of
from expertpost.model.audience import Audiences
from expertpost.model.canonical import digest_of
from expertpost.store.git import GitFailed
from expertpost.store.workspace import State, Workspace

if TYPE_CHECKING:
    from expertpost.model.piece import Piece

_COMMIT, _RULES, _PEOPLE = "commit", "rules", "people"
_FEW = 500
"""Up to so many changed files are read one by one; after more of them everything is read anew."""


@contextlib.contextmanager
def searchable(world: World, workspace: Workspace, readers: tuple[str, ...]) -> Iterator[SearchIndex]:
    """The index for these readers, as of what this repository knows of the shared main; nothing is fetched.

    Raises Failure, among others XP-SEARCH-INDEX.
    """
    commit = main_of(workspace)
    name = f"search-{digest_of(sorted(readers))[:16]}.sqlite"
    index = SearchIndex(workspace.git.git_dir() / "expertpost" / name if commit else None)
    try:
        follows = index.note(_COMMIT) == f"{commit} {__version__} {MEANING}"
        if not follows or not stopped.is_told(index, workspace.hub, commit):
            state = _state(workspace, commit)
            if not follows:
                _refresh(world, workspace, state, commit, readers, index)
            stopped.tell(world, state, workspace.hub, commit, readers, index)
        yield index
    finally:
        index.close()


def _refresh(
    world: World,
    workspace: Workspace,
    state: State,
    commit: str | None,
    readers: tuple[str, ...],
    index: SearchIndex,
) -> None:
    audiences = state.config.audiences
    rules = digest_of([__version__, MEANING, repr(sorted(audiences.named.items()))])
    old = index.note(_COMMIT).partition(" ")[0] if index.note(_RULES) == rules else ""
    paths = _changed(workspace, old, state) if old else None
    gone, pieces = _news(state, paths)
    if paths is None:
        world.tell("reading every piece for the index of pieces …")
    texts = filter(None, map(partial(text_for, readers, audiences), pieces))
    if paths is None or any(path.startswith("people/") for path in paths):
        index.call(_names(state), {})
    index.follow(gone, texts, {_COMMIT: f"{commit} {__version__} {MEANING}", _RULES: rules})


def _state(workspace: Workspace, commit: str | None) -> State:
    from expertpost.store.files import CommitFiles, WorkFiles

    if commit is None:
        return workspace.here
    return State(CommitFiles(workspace.git, commit, near=WorkFiles(workspace.root)), commit)


def _changed(workspace: Workspace, old: str, state: State) -> list[str] | None:
    """The paths that differ between two commits, None where they are too many or the older one is gone."""
    from expertpost.store.changes import between

    try:
        changes = between(workspace.git, old, state.commit, "drafts", "people")
    except GitFailed:
        return None
    # Where an index.md comes or goes, the texts beside it stop or begin to be pieces.
    homes = [
        each.path.removesuffix("/index.md")
        for each in changes
        if each.path.endswith("/index.md") and not (each.was and each.blob)
    ]
    beside = [entry.path for home in homes for entry in state.files.below(home)]
    return [*(change.path for change in changes), *beside] if len(changes) <= _FEW else None


def _news(state: State, paths: list[str] | None) -> tuple[list[str] | None, Iterable["Piece"]]:
    """The paths at which nothing of before holds (None: nowhere), and the pieces that are to be read anew."""
    if paths is None:
        return None, state.pieces()
    from expertpost.store.changes import touched

    pieces = [loaded.piece for loaded in touched(state.files, state.config, paths).pieces if loaded.piece]
    return paths, pieces


def text_for(readers: tuple[str, ...], audiences: Audiences, piece: "Piece") -> Text | None:
    """What these readers may look up of a piece; None where they may not read it, or that cannot be decided."""
    from expertpost.finder.gather import topic_key
    from expertpost.render.cut import UnclosedBlock
    from expertpost.render.shown import show
    from expertpost.render.words import visible_words

    if not audiences.may_read(readers, piece.front.audience):
        return None
    try:
        shown = show(piece, readers, audiences)
    except UnclosedBlock:
        return None
    front = shown.front
    return Text(
        piece.path,
        front.id,
        front.slug,
        front.title,
        front.summary,
        visible_words(shown.body),
        front.authors,
        front.topics,
        tuple(map(topic_key, front.topics)),
        front.kind.value,
        front.audience,
        front.review_by.isoformat() if front.review_by else "",
        front.language,
    )


def _names(state: State) -> Iterator[tuple[str, str, str]]:
    """Each name under which a piece may speak of somebody listed, with their handle and name."""
    for person in state.listed[0].listed:
        for name in (person.handle, *person.emails, person.name):
            yield name.casefold(), person.handle, person.name
