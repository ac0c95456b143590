"""What ``status`` reads when something has changed: the disk, main, review branches, people's events and the ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost.errors import Failure, errors_among
from expertpost.flows import stages
from expertpost.flows.context import World
from expertpost.flows.here import main_of
from expertpost.flows.overview import Group, Row, Status
from expertpost.flows.stages import Stage, Standing
from expertpost.store.changes import between, touched
from expertpost.store.index import Fact, Index
from expertpost.store.inventory import Inventory, take
from expertpost.store.pieces import DRAFTS, Loaded
from expertpost.store.workspace import State, Workspace, find

if TYPE_CHECKING:
    from expertpost.flows.spoken import Spoken

SOON = timedelta(minutes=10)
"""How long an answer holds while something is on its way out."""


_UNSENT = frozenset({Stage.IN_REVIEW, Stage.APPROVED, Stage.PLANNED, Stage.PUBLISHING})
"""Where it matters whether a runner has witnessed the approvals."""


@dataclass(frozen=True, slots=True)
class _Known:
    """One piece. ``here`` and ``main``: its fact there, None where it is not; ``open``: as it lies in review."""

    here: Fact | None = None
    main: Fact | None = None
    open: Loaded | None = None


@dataclass(slots=True)
class _Room:
    """Everything that was read, once."""

    world: World
    workspace: Workspace
    main: State | None
    inventory: Inventory
    now: datetime
    notes: list[str] = field(default_factory=list)
    spoken: "Spoken | None" = None


def stand(
    world: World, root: Path, index: Index, told: bytes, *, mine: bool, few: int | None
) -> tuple[Status, datetime]:
    """Where every piece stands, and until when that holds.

    ``told``: what ``inventory.start_status`` asked for; ``few``: how many pieces of a group are shown (None: all).
    """
    workspace = find(root, world.env)
    tip = main_of(workspace)
    inventory = take(workspace.git, root, tip, index, told)
    room = _Room(world, workspace, workspace.at(tip) if tip else None, inventory, world.now())
    room.spoken = _listen(room)
    local = _local(room)
    own = _own_names(room) if mine else None
    found: dict[Stage, list[tuple[_Known, Standing]]] = {stage: [] for stage in Stage}
    for known in _pieces(room):
        if own is None or _is_of(known, own):
            standing = _standing(room, known, local)
            found[standing.stage].append((known, standing))
    groups = tuple(_group(room, stage, pairs, few) for stage, pairs in found.items() if pairs)
    return Status(groups, tuple(room.notes)), _until(room, found)


def _listen(room: _Room) -> "Spoken | None":
    """What people and the runner say; None where nobody has said anything yet, or it cannot be read (a note tells)."""
    hub = room.workspace.hub
    if room.main is None or hub.tip(hub.branches.reviews) is None:
        return None
    from expertpost.flows.spoken import listen

    where = {fact.id: path for path, fact in room.inventory.merged.items()}
    try:
        spoken = listen(room.world, room.workspace, room.main, where)
    except Failure as failed:
        room.notes.append(f"{failed.what} – {failed.cure}")
        return None
    room.notes += spoken.notes
    return spoken


def _pieces(room: _Room) -> Iterator[_Known]:
    """Every piece, by path: on the disk, then what only main has, then what is only in review."""
    open_: Mapping[str, Loaded] = room.spoken.open if room.spoken else {}
    on_main = {fact.id or path: fact for path, fact in room.inventory.merged.items()}
    seen: set[str] = set()
    for path, fact in room.inventory.here.items():
        key = fact.id if fact.id and fact.id not in seen else path
        seen.add(key)
        yield _Known(fact, on_main.get(key), open_.get(key))
    for key, fact in on_main.items():
        if key not in seen:
            seen.add(key)
            yield _Known(None, fact, open_.get(key))
    for key, loaded in open_.items():
        if key not in seen:
            yield _Known(open=loaded)


def _local(room: _Room) -> frozenset[str] | None:
    """The paths that the person changed, in files or in commits of their own; None where everything is theirs alone."""
    if room.main is None:
        return None
    git = room.workspace.git
    head = git.commit_of("HEAD")
    if head in (None, room.main.commit):
        return room.inventory.changed
    base = git.merge_base(head or "", room.main.commit)
    own = between(git, base, head or "", DRAFTS) if base else ()
    return room.inventory.changed | {change.path for change in own}


def _standing(room: _Room, known: _Known, local: frozenset[str] | None) -> Standing:
    here, main, spoken = known.here, known.main, room.spoken
    if spoken and known.open and known.open.piece and (in_review := spoken.in_review(known.open.piece.id)):
        return in_review
    if here and (local is None or here.path in local) and (main is None or main.blob != here.blob):
        return Standing(Stage.DRAFT)
    if main is None:
        # It lies in a commit that is behind main, which has it no longer.
        return Standing(Stage.DRAFT, "main does not have it any more")
    merged = spoken.merged_standing(main.id, room.now) if spoken else None
    return merged or stages.UNREVIEWED


def _own_names(room: _Room) -> frozenset[str]:
    """What the person who asks may be called as an author."""
    identity = room.workspace.git.identity()
    people = (room.main or room.workspace.here).listed[0]
    person = people.by_email(identity.email)
    names = {identity.name, identity.email, *((person.handle, person.name, *person.emails) if person else ())}
    return frozenset(name.casefold() for name in names)


def _is_of(known: _Known, names: frozenset[str]) -> bool:
    return any(author.casefold() in names for author in _shown(known)[3])


def _shown(known: _Known) -> tuple[str, str, str, tuple[str, ...], str]:
    """Id, slug, title, authors and path, as the person has them, else as main, else as the review has them."""
    fact = known.here or known.main
    if fact:
        return fact.id, fact.slug, fact.title, tuple(filter(None, fact.authors.split("\n"))), fact.path
    if known.open is None or known.open.piece is None:
        return "", "", "", (), ""
    front = known.open.piece.front
    return front.id, front.slug, front.title, front.authors, known.open.path


def _group(room: _Room, stage: Stage, pairs: list[tuple[_Known, Standing]], few: int | None) -> Group:
    if stage is Stage.PLANNED:
        pairs = sorted(pairs, key=lambda pair: pair[1].at or room.now)
    return Group(stage.value, stages.SAYS[stage], len(pairs), tuple(_row(room, *pair) for pair in pairs[:few]))


def _row(room: _Room, known: _Known, standing: Standing) -> Row:
    id_, slug, title, authors, path = _shown(known)
    says, note = standing.says, ""
    if standing.stage is Stage.DRAFT and known.here:
        says = standing.says or _trouble(room, known.here)
        note = "changes what main has" if known.main else ""
    elif known.open and known.here and _differs(room, known.here, known.open):
        note = "your file here reads otherwise than what was submitted"
    elif room.spoken and standing.stage in _UNSENT:
        note = room.spoken.unseen(id_)
    return Row(
        stage=standing.stage.value,
        id=id_,
        slug=slug,
        title=title,
        path=path,
        authors=authors,
        says=says,
        next=stages.next_step(standing, slug, says),
        at=standing.at.isoformat() if standing.at else "",
        note=note,
    )


def _read_here(room: _Room, fact: Fact) -> Loaded | None:
    """The file on the disk, judged; None where it is gone by now."""
    here = room.workspace.here
    return next(iter(touched(here.files, here.config, [fact.path]).pieces), None)


def _trouble(room: _Room, fact: Fact) -> str:
    """How much there is to mend before the draft can be submitted, as far as its front matter tells."""
    loaded = _read_here(room, fact)
    wrong = errors_among(loaded.findings) if loaded else ()
    return f"{len(wrong)} thing{'s' if len(wrong) > 1 else ''} to mend: {wrong[0].what}" if wrong else ""


def _differs(room: _Room, here: Fact, submitted: Loaded) -> bool:
    loaded = _read_here(room, here)
    digests = [each.piece.digest if each and each.piece else None for each in (loaded, submitted)]
    return digests[0] != digests[1]


def _until(room: _Room, found: Mapping[Stage, list[tuple[_Known, Standing]]]) -> datetime:
    """Until when time alone changes nothing: days end, planned moments come, runs write their ledger."""
    midnight = datetime.combine(room.now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    soon = [room.now + SOON] if found[Stage.PUBLISHING] or found[Stage.HELD] else []
    return min([midnight, *soon, *(standing.at for _, standing in found[Stage.PLANNED] if standing.at)])
