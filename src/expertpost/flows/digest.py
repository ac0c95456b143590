"""``digest``: what is new, what was answered and what should be looked at again, as a draft for a newsletter.

Nothing in it is for fewer readers than the digest itself, and nothing that is not out yet; it goes through review as
any piece.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.new import open_shelf
from expertpost.flows.posts import names_of
from expertpost.flows.questions import board_of
from expertpost.flows.spoken import Spoken, listen
from expertpost.flows.stages import Stage
from expertpost.flows.stale import Stale, overdue
from expertpost.model.audience import COLLEAGUES
from expertpost.model.draft import Value, nearest
from expertpost.model.identity import new_id
from expertpost.model.moment import BadMoment, day
from expertpost.model.piece import Kind, Piece
from expertpost.model.question import Question
from expertpost.store.changes import between, touched
from expertpost.store.disk import put_new
from expertpost.store.frontmatter import join
from expertpost.store.past import commit_at
from expertpost.store.pieces import DRAFTS
from expertpost.store.roll import Roll

WEEK = timedelta(days=7)
_SOON = 30
"""So many days ahead something is told that should be looked at again."""
_OUT = frozenset({Stage.PUBLISHED, Stage.STALE, Stage.PUBLISHING})
_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")


@dataclass(frozen=True, slots=True)
class Digest:
    """What is told, and the draft that was written or would be: ``path`` and ``text`` are "" where nothing is.

    ``since``: the first day. ``answered``: question and piece. ``stale``: past its day, or within 30 days of it.
    """

    since: date
    audience: tuple[str, ...]
    new: tuple[Piece, ...] = ()
    changed: tuple[Piece, ...] = ()
    answered: tuple[tuple[Question, Piece], ...] = ()
    stale: tuple[Stale, ...] = ()
    path: str = ""
    slug: str = ""
    text: str = ""


def digest(world: World, since: str = "", audience: Iterable[str] = (), *, dry_run: bool = False) -> Digest:
    """Write the draft of a digest of what came since a day (ISO; without it, the last seven), for these readers.

    Raises Failure, among others XP-DIGEST-SINCE, XP-AUDIENCE and those of ``open_desk``.
    """
    desk = open_desk(world)
    readers = _readers(desk, audience)
    first = _first_day(desk, since)
    found = _told(world, desk, first, readers)
    if not (found.new or found.changed or found.answered or found.stale):
        return found
    return _written(world, desk, found, dry_run=dry_run)


def _readers(desk: Desk, audience: Iterable[str]) -> tuple[str, ...]:
    readers, known = tuple(dict.fromkeys(audience)) or (COLLEAGUES,), desk.config.audiences.named
    for name in readers:
        if name not in known:
            what = f"audience {name[:60]!r} is unknown"
            raise Failure("XP-AUDIENCE", what, nearest(name, known), exit_code=Exit.USAGE)
    return readers


def _first_day(desk: Desk, since: str) -> date:
    try:
        return day(since) if since else (desk.now - WEEK).date()
    except BadMoment as wrong:
        raise Failure("XP-DIGEST-SINCE", wrong.what, "write --since 2026-11-18", exit_code=Exit.USAGE) from wrong


def _told(world: World, desk: Desk, first: date, readers: tuple[str, ...]) -> Digest:
    """What these readers are told, everything by title."""
    where = {text.id: text.path for text in Roll(desk.git, desk.main.commit).every() if text.id}
    spoken = listen(world, desk.workspace, desk.main, where)
    out = {each.path: each for each in _out(desk, spoken) if _may_read(desk, readers, each)}
    new, changed = _since(desk, datetime.combine(first, time(), UTC), out)
    asked = {each.question.id: each for each in board_of(desk).readable(readers)}
    answered = [
        (matter.question, piece) for piece in new if (matter := asked.get(piece.front.question)) and matter.answers
    ]
    old = [each for each in overdue(desk, spoken, _SOON) if each.piece.path in out]
    plain = [piece for piece in new if piece.front.question not in {question.id for question, _ in answered}]
    return Digest(first, readers, tuple(plain), tuple(changed), tuple(answered), tuple(old))


def _may_read(desk: Desk, readers: tuple[str, ...], piece: Piece) -> bool:
    return desk.config.audiences.may_read(readers, piece.front.audience)


def _out(desk: Desk, spoken: Spoken) -> Iterable[Piece]:
    """The pieces that are published: approved as they are, due, and not held."""
    for id_, piece in spoken.merged.items():
        standing = spoken.merged_standing(id_, desk.now)
        if standing and standing.stage in _OUT:
            yield piece


def _since(desk: Desk, start: datetime, out: Mapping[str, Piece]) -> tuple[list[Piece], list[Piece]]:
    """The pieces that main did not have at a moment, and those it had otherwise, each by title."""
    git, main = desk.git, desk.main.commit
    before = commit_at(git, main, start)
    if before is None:
        return _by_title(out.values()), []
    changes = {change.path: change for change in between(git, before, main, DRAFTS)}
    gone = [path for path, change in changes.items() if change.gone]
    moved = {each.piece.id for each in touched(desk.workspace.at(before).files, desk.config, gone).pieces if each.piece}
    there = [piece for path, piece in out.items() if path in changes]
    new = [piece for piece in there if not changes[piece.path].was and piece.id not in moved]
    return _by_title(new), _by_title(piece for piece in there if changes[piece.path].was)


def _by_title(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (piece.front.title.casefold(), piece.id))


def _written(world: World, desk: Desk, found: Digest, *, dry_run: bool) -> Digest:
    shelf = open_shelf(world)
    today = desk.now.date()
    slug = shelf.free(f"digest-{today.isoformat()}")
    path = f"{DRAFTS}/{slug}.md"
    text = join(_front(desk, found, slug, today), _body(desk, found))
    if not dry_run:
        _put(shelf.workspace.root / path, text)
    return replace(found, path=path, slug=slug, text=text)


def _put(path: Path, text: str) -> None:
    with ExitStack() as undo:
        put_new(path, text.encode(), undo)
        undo.pop_all()


def _front(desk: Desk, found: Digest, slug: str, today: date) -> dict[str, Value]:
    counts = [
        f"{len(some)} {says}"
        for some, says in (
            (found.new, "new"),
            (found.changed, "changed"),
            (found.answered, "answered"),
            (found.stale, "to be looked at again"),
        )
        if some
    ]
    return {
        "id": new_id(int(desk.now.timestamp() * 1000), desk.world.entropy(10)),
        "title": f"What is new: {found.since.isoformat()} to {today.isoformat()}",
        "summary": f"{', '.join(counts)}.",
        "authors": [desk.by],
        "audience": [*found.audience],
        "topics": [],
        "kind": Kind.ANNOUNCEMENT.value,
        "slug": slug,
    }


def _body(desk: Desk, found: Digest) -> str:
    parts = [
        _part("New", [_line(desk, piece) for piece in found.new]),
        _part(
            "Asked and answered",
            [f"{_plain(question.title)} – {_link(piece)}" for question, piece in found.answered],
        ),
        _part("Changed", [_line(desk, piece) for piece in found.changed]),
        _part("To be looked at again", [_stale(each) for each in found.stale]),
    ]
    return "\n".join(filter(None, parts))


def _part(head: str, lines: list[str]) -> str:
    return "\n".join((f"## {head}", "", *(f"- {line}" for line in lines), "")) if lines else ""


def _line(desk: Desk, piece: Piece) -> str:
    by = ", ".join(map(_plain, names_of(desk.people, piece).values()))
    summary = f": {_plain(piece.front.summary)}" if piece.front.summary else ""
    return f"{_link(piece)}, by {by}{summary}"


def _stale(each: Stale) -> str:
    due = f", from {each.fresh.due.isoformat()}" if each.fresh.due else ""
    return f"{_link(each.piece)}{due}"


def _link(piece: Piece) -> str:
    return f"[{_plain(piece.front.title)}]({piece.path.removeprefix(f'{DRAFTS}/')})"


def _plain(text: str) -> str:
    """Somebody's words as words: no mark in them means anything to Markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
