"""``import``: Markdown from elsewhere becomes pieces under ``drafts/``; no body changes, nothing is overwritten."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from expertpost.errors import Exit, Failure, Finding
from expertpost.flows import refs
from expertpost.flows.arrivals import Arrival, Intake
from expertpost.flows.as_published import Recorded, prepare, record
from expertpost.flows.context import World
from expertpost.flows.pace import told
from expertpost.flows.sources import gather
from expertpost.model.draft import has_hidden, nearest
from expertpost.model.identity import folded, new_id
from expertpost.store.disk import put_instead, put_new
from expertpost.store.files import MAX_ASSET, Unreadable
from expertpost.store.pieces import Loaded, listing
from expertpost.store.workspace import Workspace, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What stands in where a text says nothing: ``author`` ("" is the person), ``audience`` (() is colleagues).

    ``as_published``: record that the texts, as adopted, were published before.
    """

    author: str = ""
    audience: tuple[str, ...] = ()
    as_published: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """One text that is a piece now. ``added``: the keys that are new; ``files``: what was copied to lie beside it."""

    source: str
    path: str
    id: str
    title: str
    added: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What ``import`` did or, in a dry run, would do.

    ``there``: paths of pieces that were adopted before. ``refused``: texts and files left alone, and why. ``notes``:
    what was put aside in texts that were adopted. ``others``: texts in the folders that are no Markdown. ``recorded``:
    those that count as published.
    """

    brought: tuple[Brought, ...]
    there: tuple[str, ...]
    refused: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    others: tuple[str, ...]
    recorded: Recorded
    dry_run: bool


def bring(world: World, paths: Sequence[str], wish: Wish, *, dry_run: bool = False) -> Import:
    """Adopt everything at ``paths``. Raises Failure (XP-IMPORT-NONE, XP-AUDIENCE, XP-AUTHORS, XP-IDENTITY).

    What cannot be adopted is left alone and reported. A write that fails takes back every new file.
    """
    desk = prepare(world) if wish.as_published else None
    workspace = find(world.here, world.env)
    root = workspace.root.resolve()
    loaded = tuple(told(world, "read", workspace.here.loaded()))
    listed = listing(workspace.here.files)
    found = gather(world, root, paths, listed)
    homes = [*(each.path for each in loaded), *(source.home for source in found.sources)]
    intake = Intake(
        root=root,
        config=workspace.here.config,
        authors=_authors(workspace, wish.author),
        audience=_known_audience(workspace, wish.audience),
        new_id=lambda: new_id(int(world.now().timestamp() * 1000), world.entropy(10)),
        loaded={folded(each.path): each for each in loaded},
        owned={entry.path: f"{home}/index.md" for home, inside in listed.assets.items() for entry in inside},
        folders={str(up) for home in homes if not home.endswith("/index.md") for up in PurePosixPath(home).parents},
        owners=_owners(loaded),
    )
    for source in told(world, "read", found.sources, found.sources):
        intake.take(source)
    if not dry_run:
        _write(world, root, intake)
    paths_now = [*(arrival.path for arrival in intake.arrivals), *intake.there]
    recorded = record(desk, paths_now, dry_run=dry_run) if desk else Recorded()
    return Import(
        brought=tuple(_brought(each) for each in intake.arrivals),
        there=tuple(intake.there),
        refused=tuple(sorted(intake.refused)),
        notes=tuple(sorted((*intake.notes, *recorded.notes))),
        others=found.others,
        recorded=recorded,
        dry_run=dry_run,
    )


def _authors(workspace: Workspace, name: str) -> Callable[[], tuple[str, ...]]:
    """Who wrote what names nobody: the named one, else the person; asked for only when it is needed."""
    if name and (has_hidden(name) or len(name) > 200):
        raise Failure("XP-AUTHORS", "this is no author", "give a handle: --author ana", exit_code=Exit.USAGE)

    @cache
    def authors() -> tuple[str, ...]:
        people = workspace.here.people
        if name:
            return (people.handle_of(name) or name,)
        identity = workspace.git.identity()
        return (people.handle_of(identity.email) or identity.name,)

    return authors


def _known_audience(workspace: Workspace, names: tuple[str, ...]) -> tuple[str, ...]:
    known = workspace.here.config.audiences.named
    for name in names:
        if name not in known:
            what = f"the audience {name[:40]!r} is unknown"
            raise Failure("XP-AUDIENCE", what, nearest(name, known), exit_code=Exit.USAGE)
    return names


def _owners(loaded: Sequence[Loaded]) -> dict[str, str]:
    """Slug or id → the first path that has it."""
    found: dict[str, str] = {}
    for each in loaded:
        found.setdefault(folded(refs.slug_of(each)), each.path)
        found.setdefault(refs.id_of(each), each.path)
    return found


def _brought(arrival: Arrival) -> Brought:
    front = arrival.adopted.front
    files = tuple(path for path, _ in arrival.files)
    return Brought(arrival.source.shown, arrival.path, front.id, front.title, arrival.adopted.added, files)


def _write(world: World, root: Path, intake: Intake) -> None:
    with ExitStack() as undo:
        for arrival in told(world, "written", intake.arrivals, intake.arrivals):
            content = arrival.adopted.text.encode()
            if arrival.source.here:
                put_instead(root / arrival.path, content)
                continue
            for path, entry in arrival.files:
                _copy(arrival, root / path, entry.path, undo)
            put_new(root / arrival.path, content, undo)
        undo.pop_all()


def _copy(arrival: Arrival, target: Path, source: str, undo: ExitStack) -> None:
    try:
        content = arrival.source.files.read(source, MAX_ASSET)
    except Unreadable as changed:
        raise Failure("XP-IMPORT-FILE", changed.why, "run the command again", where=source) from changed
    put_new(target, content or b"", undo)
