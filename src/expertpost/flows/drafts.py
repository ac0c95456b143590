"""What the expert wrote, as it lies on the disk: which pieces are meant, and their files read once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from expertpost.errors import Finding, Problems, errors_among
from expertpost.flows.addresses import resolved
from expertpost.flows.check import inspect
from expertpost.flows.desk import Desk
from expertpost.flows.proposals import same
from expertpost.flows.refs import on_roll
from expertpost.model.canonical import blob_id
from expertpost.model.piece import Asset, Piece
from expertpost.store.changes import JudgedBy, between, touched
from expertpost.store.files import MAX_ASSET, MAX_PIECE, Unreadable, WorkFiles
from expertpost.store.pieces import DRAFTS, Loaded, load
from expertpost.store.workspace import State
from expertpost.store.writing import changed_files


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece on the disk. ``files``: path → bytes, with the line ends that git keeps; ``names``: where to look for it.

    ``moved_from``: the path that main has it at, where that is another one.
    """

    piece: Piece
    files: Mapping[str, bytes]
    names: tuple[str, ...]
    moved_from: str = ""


def meant(desk: Desk, refs: Iterable[str]) -> tuple[Loaded, ...]:
    """The pieces that refs name on the disk, or without refs those that differ from what the person started from.

    Pieces that main has just so are left out where nobody named them. Raises Failure XP-REF-NONE or XP-REF-MANY.
    """
    here = State(WorkFiles(desk.workspace.root))
    if wanted := tuple(refs):
        paths = [
            on_roll(resolved(ref, desk.workspace, desk.world, desk.config), desk.here, desk.workspace.root).path
            for ref in wanted
        ]
        return touched(here.files, desk.config, paths).pieces
    paths = [*changed_files(desk.git, DRAFTS), *_committed(desk)]
    found = touched(here.files, desk.config, paths).pieces
    merged = touched(desk.main.files, desk.config, [loaded.path for loaded in found]).pieces
    there = {loaded.path: loaded for loaded in merged}
    return tuple(loaded for loaded in found if not same(loaded, there.get(loaded.path)))


def _committed(desk: Desk) -> list[str]:
    """Paths that the person committed here since they left main."""
    head = desk.git.commit_of("HEAD")
    if head is None or head == desk.main.commit:
        return []
    base = desk.git.merge_base(head, desk.main.commit)
    return [change.path for change in between(desk.git, base, head, DRAFTS)] if base else []


def taken(desk: Desk, found: Iterable[Loaded]) -> tuple[Draft, ...]:
    """The pieces with their files' bytes, each file read once: what is judged is what will be submitted.

    Raises Problems with every error that ``check`` finds in them.
    """
    chosen = tuple(found)
    drafts: list[Draft] = []
    wrong: list[Finding] = []
    for loaded in chosen:
        files, text = _bytes(desk, loaded)
        assets = tuple(
            Asset(asset.name, blob_id(files[path]), len(files[path]))
            for asset in (loaded.piece.assets if loaded.piece else ())
            if (path := beside(loaded.path, asset.name)) in files
        )
        again = load(loaded.path, text, desk.config, assets)
        wrong += [*errors_among(again.findings), *_marks(desk, again)]
        if again.piece:
            drafts.append(Draft(again.piece, files, (home(loaded.path),)))
    if chosen:
        state = State(JudgedBy(WorkFiles(desk.workspace.root), desk.main.files))
        channels = tuple(desk.config.channels.values())
        checked = inspect(desk.world, desk.workspace, state, chosen, desk.here, channels)
        wrong += errors_among(checked)
    if wrong:
        raise Problems(dict.fromkeys(wrong), what="the text has errors", cure="mend them; nothing was submitted")
    return tuple(drafts)


def beside(path: str, name: str) -> str:
    """Where a file beside a piece lies."""
    return f"{path.rpartition('/')[0]}/{name}"


def home(path: str) -> str:
    """Where all of a piece lies: its folder, or its one file."""
    return path.removesuffix("/index.md")


def _bytes(desk: Desk, loaded: Loaded) -> tuple[dict[str, bytes], bytes | Unreadable]:
    """Path → bytes of the piece and of what lies beside it, and its text, or why that cannot be read."""
    files = WorkFiles(desk.workspace.root)
    paths = [loaded.path, *(beside(loaded.path, asset.name) for asset in (loaded.piece.assets if loaded.piece else ()))]
    found: dict[str, bytes] = {}
    for path in paths:
        try:
            content = files.read(path, MAX_PIECE if path == loaded.path else MAX_ASSET)
        except Unreadable as wrong:
            if path == loaded.path:
                return {}, wrong
            continue
        if content is not None:
            found[path] = content.replace(b"\r\n", b"\n") if path == loaded.path else content
    return found, found.get(loaded.path, Unreadable(loaded.path, "gone"))


def _marks(desk: Desk, loaded: Loaded) -> list[Finding]:
    """What an unfinished merge left in the text: nobody means to submit that."""
    lines = loaded.piece.body.split("\n") if loaded.piece else []
    first = next((n for n, line in enumerate(lines) if line.startswith("<<<<<<< ")), None)
    # A text about git may hold such a line; git knows whether a merge of this file is unfinished.
    if first is None or loaded.piece is None or not desk.git.run("ls-files", "--unmerged", "--", loaded.path):
        return []
    cure = "keep one of the two versions between <<<<<<< and >>>>>>>, and remove these lines"
    return [Finding(loaded.path, loaded.piece.body_line + first, "XP-SUBMIT-MARKS", "an unfinished merge", cure)]


def moved_from(desk: Desk, piece: Piece) -> str:
    """The path at which main has a piece that lies elsewhere now, "" for a piece that did not move."""
    gone = {path for path in (*desk.here.gone, *_committed(desk)) if path.endswith(".md")}
    old = touched(desk.main.files, desk.config, gone - {piece.path}).pieces if gone else ()
    return next((loaded.path for loaded in old if loaded.piece and loaded.piece.id == piece.id), "")
