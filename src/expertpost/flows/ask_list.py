"""``ask list`` and ``ask show``: what is asked, where it stands, and why it is with whom it is with."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from expertpost.finder.rank import Expert
from expertpost.flows.ask_whom import Asked
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.knowing import shelf
from expertpost.flows.questions import UNANSWERED, Matter, board_of
from expertpost.model.draft import nearest
from expertpost.model.question import Question


@dataclass(frozen=True, slots=True)
class Listed:
    """Questions, oldest first. ``mine``: the ids of those that are with whoever looks now."""

    matters: tuple[Matter, ...]
    mine: frozenset[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """One question, whole. ``asked``: everybody it is with now, and what speaks for them today."""

    matter: Matter
    asked: tuple[Asked, ...]
    now: datetime


def list_(world: World, *, mine: bool = False, everything: bool = False, audience: Iterable[str] = ()) -> Listed:
    """The unanswered questions, or all; those that wait for whoever looks or were asked by them, or all.

    ``audience``: only what all these readers may read. Raises Failure, among others XP-AUDIENCE.
    """
    desk = open_desk(world)
    there = board_of(desk)
    readers = _readers(desk, audience)
    # What is under review may be for fewer readers than the question, and nobody approved it.
    readable = (replace(each, begun=()) for each in there.readable(readers))
    found = tuple(readable) if readers else tuple(there.matters.values())
    waiting = frozenset(each.question.id for each in there.waiting(desk.by))
    chosen = (each for each in found if everything or each.stand in UNANSWERED)
    own = (each for each in chosen if not mine or each.question.id in waiting or each.question.by == desk.by)
    return Listed(tuple(own), waiting, desk.now)


def _readers(desk: Desk, audience: Iterable[str]) -> tuple[str, ...]:
    from expertpost.errors import Exit, Failure

    readers, known = tuple(audience), desk.config.audiences.named
    for name in readers:
        if name not in known:
            what = f"audience {name[:60]!r} is unknown"
            raise Failure("XP-AUDIENCE", what, nearest(name, known), exit_code=Exit.USAGE)
    return readers


def show(world: World, ref: str) -> Shown:
    """One question with everything that was said about it. Raises Failure XP-ASK-NONE or XP-ASK-MANY."""
    desk = open_desk(world)
    there = board_of(desk)
    matter = there.find(ref)
    handles = matter.question.with_whom(desk.now) if matter.stand in UNANSWERED else ()
    known = _experts(world, matter.question, handles) if handles else {}
    named = [(handle, desk.people.by_handle(handle)) for handle in handles]
    asked = tuple(Asked(handle, person.name if person else "", known.get(handle)) for handle, person in named)
    return Shown(matter, asked, desk.now)


def _experts(world: World, question: Question, handles: Iterable[str]) -> dict[str, Expert]:
    """Handle → what speaks for them, for those of the handles for whom anything does."""
    wanted = frozenset(handles)
    with shelf(world) as opened:
        found = opened.experts(opened.query(question.text, question.topics, (question.by,)))
        return {one.person: one for one in found if one.person in wanted}
