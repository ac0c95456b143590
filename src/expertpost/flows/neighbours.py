"""What a check of one piece has to know of all the others."""

from collections.abc import Callable, Collection, Iterable, Sequence

from expertpost.checks.context import Neighbours
from expertpost.flows.refs import id_of, slug_of
from expertpost.model.config import Config
from expertpost.model.draft import RawDraft
from expertpost.model.identity import folded
from expertpost.render.linked import name_of
from expertpost.store.index import Index
from expertpost.store.inventory import take
from expertpost.store.pieces import Loaded
from expertpost.store.workspace import Workspace
from expertpost.store.worktree import start_status


def outline(workspace: Workspace, commit: str | None = None) -> tuple[Loaded, ...]:
    """Every text on the disk, or in a commit, with its id, slug and audience only: far sooner known than the rest."""
    index = Index(workspace.git.git_dir())
    try:
        taken = take(workspace.git, workspace.root, commit, index, start_status(workspace.git).out())
        facts = taken.merged if commit else taken.here
    finally:
        index.close()
    return tuple(
        Loaded(
            fact.path,
            None,
            (),
            RawDraft(fact.path, {"id": fact.id, "slug": fact.slug, "audience": [*fact.audience.splitlines()]}, {}, ""),
        )
        for fact in facts.values()
    )


def neighbours_of(
    every: Sequence[Loaded], paths: Collection[str], config: Config, merged: Callable[[list[str]], Iterable[Loaded]]
) -> Neighbours:
    """The neighbours, from all texts of one state. ``paths``: of all files below ``drafts/``.

    ``merged`` gives what the shared main has at some paths.
    """
    by_id = _grouped((id_of(each), each.path) for each in every)
    by_slug = _grouped((folded(slug_of(each)), each.path) for each in every)
    twins = {path for same in (*by_id.values(), *by_slug.values()) if len(same) > 1 for path in same}
    kept: dict[str, str] = {}
    for each in merged(sorted(twins)) if twins else ():
        kept.setdefault(id_of(each), each.path)
        kept.setdefault(folded(slug_of(each)), each.path)
    return Neighbours(
        audience_of={each.path: _audience(each, config) for each in every},
        files=frozenset(paths).difference(each.path for each in every),
        by_id=by_id,
        by_slug=by_slug,
        by_path=_grouped((folded(each.path), each.path) for each in every),
        by_name=_grouped((folded(name_of(each.path)), each.path) for each in every),
        kept=kept,
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, path in pairs:
        if key:
            found.setdefault(key, []).append(path)
    return {key: tuple(paths) for key, paths in found.items()}


def _audience(loaded: Loaded, config: Config) -> tuple[str, ...] | None:
    """Who may read a text; None where that cannot be told."""
    if loaded.piece:
        return loaded.piece.front.audience
    written = loaded.raw.values.get("audience") if loaded.raw else None
    names = tuple(str(name) for name in written) if isinstance(written, list) else ()
    known = all(name in config.audiences.named for name in names)
    return (names or ("colleagues",)) if known and loaded.raw else None
