"""``prove``: a folder that shows a third party who approved a text and where it went, checkable without expertpost."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from expertpost.errors import Exit, Failure, errors_among
from expertpost.flows import refs
from expertpost.flows.addresses import of_copy, resolved
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.posts import offers
from expertpost.flows.proof import Evidence, pack
from expertpost.flows.room import ledger_of
from expertpost.model.canonical import canonical_json, sha256
from expertpost.model.delivery import Delivery, State
from expertpost.model.host import asks_for_signatures
from expertpost.model.key import Pin
from expertpost.model.piece import Piece
from expertpost.store import config as settings
from expertpost.store.disk import put_new
from expertpost.store.events import contents, id_at, written_in
from expertpost.store.files import MAX_ASSET
from expertpost.store.kept import kept
from expertpost.store.ledger import Row
from expertpost.store.ledger_git import GitLedger
from expertpost.store.people import PEOPLE
from expertpost.store.roll import Roll
from expertpost.store.tree import Entry
from expertpost.store.workspace import State as Workspace

OUT = "build/proofs"
"""Where bundles go unless somebody names another place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What was packed. ``checksum``: SHA-256 of its list of checksums, which stands for the whole bundle.

    ``missing``: what the text lacks, nothing where it is approved. ``signed``: unsigned approvals count for nothing
    here. ``unsigned``: how many of the approvals that count have no signature. ``copies``: where it was delivered.
    """

    folder: Path
    piece: str
    slug: str
    title: str
    digest: str
    commit: str
    approved_by: tuple[str, ...]
    missing: tuple[str, ...]
    signed: bool
    unsigned: int
    copies: tuple[str, ...]
    checksum: str


def prove(world: World, ref: str, out: str = "") -> Proven:
    """Pack everything about a piece on main, or about the copy of it at an address. Raises Failure XP-PROVE-….

    ``out``: a folder that is empty or not there yet. Where the text went out, people and settings are those by which
    it was sent: what happened to keys afterwards changes nothing about that.
    """
    desk = open_desk(world)
    ledger = ledger_of(desk.hub, desk.config, world)
    piece, commit, rows = _find(desk, ledger, ref)
    evidence = _gather(desk, ledger, piece, commit, rows)
    folder = (world.here / out) if out else desk.workspace.root / OUT / piece.front.slug
    files = pack(evidence)
    _write(folder, files)
    counted = {event.id: event for place in evidence.places for event in evidence.counting(place)}
    delivered = (row for row in rows if isinstance(row, Delivery) and row.receipt)
    return Proven(
        folder=folder,
        piece=piece.id,
        slug=piece.front.slug,
        title=piece.front.title,
        digest=piece.digest,
        commit=commit,
        approved_by=tuple(sorted({event.by for event in counted.values()})),
        missing=evidence.missing,
        signed=asks_for_signatures(evidence.config, evidence.people),
        unsigned=sum(event.signer is None for event in counted.values()),
        copies=tuple(f"{row.key.channel} {row.receipt.url if row.receipt else ''}".strip() for row in delivered),
        checksum=sha256(files["SHA256SUMS"]),
    )


def _find(desk: Desk, ledger: GitLedger, ref: str) -> tuple[Piece, str, tuple[Row, ...]]:
    """The piece, the commit that has it as it is meant, and everything the ledger knows of it."""
    every = _rows(ledger)
    copy = of_copy(ref, every) if "://" in ref else None
    path = "" if copy else _path(desk, ref)
    if copy:
        piece = _piece_at(desk, copy.intent.commit, copy.key.piece)
        if piece is None or piece.digest != copy.intent.content:
            what = f"the text that went there is not in this clone any more: commit {copy.intent.commit[:12]}"
            raise Failure("XP-PROVE-GONE", what, "run it in a clone with the whole history", where=ref)
        return piece, copy.intent.commit, _about(every, piece)
    (loaded,) = desk.main.loaded([path])
    if loaded.piece is None:
        finding = errors_among(loaded.findings)[0]
        raise Failure(finding.code, finding.what, finding.cure, where=path, exit_code=Exit.FINDINGS)
    rows = _about(every, loaded.piece)
    return loaded.piece, _judged_at(desk, loaded.piece, rows), rows


def _rows(ledger: GitLedger) -> tuple[Row, ...]:
    return tuple(sorted((*ledger.open(), *ledger.settled()), key=lambda row: _id(row)))


def _id(row: Row) -> str:
    return row.id if isinstance(row, Pin) else row.key.id


def _about(rows: Iterable[Row], piece: Piece) -> tuple[Row, ...]:
    return tuple(row for row in rows if (row.base if isinstance(row, Pin) else row.key).piece == piece.id)


def _judged_at(desk: Desk, piece: Piece, rows: Iterable[Row]) -> str:
    """The commit by which this very text was sent first, where it was and this clone has it; else main."""
    sent = [row for row in rows if isinstance(row, Delivery) and row.state is State.DELIVERED]
    first = min((row for row in sent if row.intent.content == piece.digest), key=lambda row: row.at, default=None)
    commit = desk.git.commit_of(first.intent.commit) if first else None
    return commit or desk.main.commit


def _path(desk: Desk, ref: str) -> str:
    """The path on main that a ref names: slug, id, path, or the address of its page on a site."""
    ref = resolved(ref, desk.workspace, desk.world, desk.config)
    return refs.on_roll(ref, Roll(desk.git, desk.main.commit), desk.workspace.root).path


def _piece_at(desk: Desk, commit: str, id_: str) -> Piece | None:
    there = desk.git.commit_of(commit)
    return next((one for one in desk.workspace.at(there).pieces() if one.id == id_), None) if there else None


def _gather(desk: Desk, ledger: GitLedger, piece: Piece, commit: str, rows: tuple[Row, ...]) -> Evidence:
    state = desk.workspace.at(commit)
    events = [(entry, content) for entry, content in contents(desk.hub, [piece.id]) if _is_about(entry, content, piece)]
    seen = ledger.witnessed(id_at(entry.path) for entry, _ in events)
    branches = desk.hub.branches
    facts = (branches.reviews, branches.ledger)
    evidence = Evidence(
        config=state.config,
        people=state.people,
        piece=piece,
        state=dict(_state_files(state, piece)),
        posts={},
        events=[(entry, content) for entry, content in events if isinstance(content, bytes)],
        seen=seen,
        rows=rows,
        made=desk.now,
        commits={branches.main: commit, **{name: desk.tips.get(name, "-") for name in facts}},
    )
    evidence = replace(evidence, kept=kept(desk.hub, piece.id, [event.since for event in evidence.told if event.since]))
    evidence = replace(evidence, posts=dict(_posts(desk, evidence)))
    went = {row.intent.digest for row in rows if isinstance(row, Delivery)} - {
        sha256(p) for p in evidence.posts.values()
    }
    return replace(evidence, kept={**evidence.kept, **kept(desk.hub, piece.id, went)})


def _posts(desk: Desk, evidence: Evidence) -> Iterator[tuple[str, bytes]]:
    """Channel → the post that was approved for it: as this version makes it, or as it was kept when another one did."""
    approvals = evidence.review.approvals(evidence.piece.digest)
    approved = {name: {e.posts[name] for e in approvals if name in e.posts} for e in approvals for name in e.posts}
    made = {
        o.channel.name: canonical_json(o.post.content)
        for o in offers(evidence.config, evidence.people, evidence.piece)
        if o.post
    }
    for name, digests in approved.items():
        if name in made and sha256(made[name]) in digests:
            yield name, made[name]
        elif found := sorted(kept(desk.hub, evidence.piece.id, digests).items()):
            yield name, canonical_json(found[0][1])


def _is_about(entry: Entry, content: object, piece: Piece) -> bool:
    """Whether a file of the branch is a well-formed event that speaks of the piece."""
    if not isinstance(content, bytes):
        return False
    try:
        event = written_in(entry.path, content).event
    except (ValueError, RecursionError):
        return False
    return event.piece == piece.id or piece.id in event.adopted


def _state_files(state: Workspace, piece: Piece) -> Iterator[tuple[str, bytes]]:
    """The files of the workspace that decide: settings, people, and the piece with what lies beside it."""
    folder = piece.path.removesuffix("/index.md")
    entries = state.files.below(settings.NAME, PEOPLE, folder)
    for entry, content in zip(entries, state.files.read_all(entries, MAX_ASSET), strict=True):
        if isinstance(content, bytes):
            yield entry.path, content


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the bundle, all of it or nothing. Raises Failure XP-PROVE-FOLDER."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "there is something already"
        raise Failure("XP-PROVE-FOLDER", what, "name another folder: --out", where=str(folder), exit_code=Exit.USAGE)
    with ExitStack() as undo:
        for path, content in files.items():
            put_new(folder / path, content, undo)
        undo.pop_all()
