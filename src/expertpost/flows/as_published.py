"""``import --as-published``: one signed fact that these very texts were public before; they go to sites only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from expertpost.errors import Exit, Failure, Finding, Severity
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.model.event import Event, EventKind
from expertpost.model.policy import adopted, entitled
from expertpost.store.events import Written, append
from expertpost.store.hub import Denied
from expertpost.store.pieces import Loaded

CHUNK = 10_000
"""Pieces that one adoption names; an event stays well below the size that readers take."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """``pieces``: paths that a new event adopts; ``before``: an earlier one did; ``notes``: those left out, and why."""

    pieces: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()


def prepare(world: World) -> Desk:
    """Look whether this person may adopt at all. Raises Failure XP-IMPORT-WHO and those of ``open_desk``."""
    desk = open_desk(world)
    if desk.person is None:
        what = f"{desk.identity.email} is nobody in people/, and only who is listed can say that a text was published"
        raise Failure("XP-IMPORT-WHO", what, "expertpost join proposes your entry", exit_code=Exit.NEEDS_PERSON)
    return desk


def record(desk: Desk, paths: Iterable[str], *, dry_run: bool = False) -> Recorded:
    """Record the texts at these paths, as they lie on the disk now. Raises Failure (XP-KEY, XP-DENIED, XP-REMOTE)."""
    known = adopted(desk.config, desk.people, desk.book(only=()).events)
    digests: dict[str, str] = {}
    new: list[str] = []
    before: list[str] = []
    notes: list[Finding] = []
    for loaded in desk.workspace.here.loaded(list(paths)):
        piece = loaded.piece
        if piece is None:
            continue
        if why := _unpublished(loaded, desk.now):
            cure = "it is a draft here: submit it when it is ready"
            notes.append(
                Finding(loaded.path, 0, "XP-IMPORT-DRAFT", f"not adopted as published: {why}", cure, Severity.WARNING)
            )
        elif piece.digest in known.get(piece.id, ()):
            before.append(loaded.path)
        else:
            digests[piece.id] = piece.digest
            new.append(loaded.path)
    if digests and not dry_run:
        _append(desk, digests)
    return Recorded(tuple(new), tuple(before), tuple(notes))


def _unpublished(loaded: Loaded, now: datetime) -> str:
    """Why the tool that a text came from would not have shown it, "" where it would have."""
    values = loaded.raw.values if loaded.raw else {}
    if values.get("draft") is True:
        return "draft: true"
    if values.get("published") is False:
        return "published: false"
    if "/_drafts/" in loaded.path:
        return "it lies in _drafts"
    due = loaded.piece.front.publish_at if loaded.piece else None
    if (due and due > now) or _day(values.get("date"), now.date()) > now.date():
        return "its date lies in the future"
    return ""


def _day(value: object, otherwise: date) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return otherwise


def _append(desk: Desk, digests: dict[str, str]) -> None:
    written = [_signed(desk, part) for part in _chunks(list(digests.items()))]
    answer = append(desk.hub, written, desk.identity, desk.now)
    if isinstance(answer, Denied):
        what = f"the host refuses to take the record: {answer.says[:200]}"
        cure = "ask for the right to push, then run the command again: nothing is adopted twice"
        raise Failure("XP-DENIED", what, cure, where=answer.branch, exit_code=Exit.NEEDS_PERSON)


def _chunks(items: Sequence[tuple[str, str]]) -> Iterator[dict[str, str]]:
    rest = iter(items)
    while part := dict(islice(rest, CHUNK)):
        yield part


def _signed(desk: Desk, digests: dict[str, str]) -> Written:
    event = Event(
        kind=EventKind.ADOPT, workspace=desk.config.id, piece="", digest="", by=desk.by, at=desk.now, adopted=digests
    )
    written = desk.signed(event, must=True)
    if not entitled(desk.config, desk.strict_people, written.event):
        what, cure = "unsigned this would not count here", "list your key in people/ first: expertpost join"
        raise Failure("XP-KEY", what, cure, exit_code=Exit.NEEDS_PERSON)
    return written
