"""``stale``: what is published and should be looked at again, the most urgent first, and who is to look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta

from expertpost.finder.rank import Query
from expertpost.flows.cases import Case
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.knowing import shelf
from expertpost.flows.spoken import Spoken, listen
from expertpost.flows.stages import Stage
from expertpost.model.freshness import Fresh, owners
from expertpost.model.people import Person
from expertpost.model.piece import Piece
from expertpost.store.roll import Roll

_OUT = frozenset({Stage.PUBLISHED, Stage.STALE, Stage.PUBLISHING})
_BREADTH = {"public": 3, "colleagues": 1}
"""How much it matters that readers are misled; other audiences count 2."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Who could look after a piece that nobody owns any more, and the work that says so."""

    handle: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Stale:
    """One piece. ``copies``: how many posts of it are out; ``late``: days since it was due, below 0 for days to come.

    ``owners``: handles of the authors who are still there; where none is, ``proposed`` are those who could step in.
    ``weight``: how urgent it is, to compare within one answer.
    """

    piece: Piece
    fresh: Fresh
    copies: int
    late: int
    owners: tuple[str, ...]
    weight: float
    proposed: tuple[Proposed, ...] = ()


def stale(world: World, *, mine: bool = False, within: int = 0) -> tuple[Stale, ...]:
    """What is out and past its day, or will be ``within`` so many days; ``mine``: what waits for whoever asks.

    Raises Failure, among others those of ``open_desk``.
    """
    desk = open_desk(world)
    where = {text.id: text.path for text in Roll(desk.git, desk.main.commit).every() if text.id}
    found = overdue(desk, listen(world, desk.workspace, desk.main, where), within)
    orphans = [each for each in found if not each.owners]
    proposed = _proposed(world, orphans) if orphans else {}
    whole = [replace(each, proposed=proposed.get(each.piece.id, ())) for each in found]
    return tuple(each for each in whole if not mine or _waits_for(each, desk.person))


def overdue(desk: Desk, spoken: Spoken, within: int = 0) -> list[Stale]:
    """What is out and should be looked at, the most urgent first."""
    today = desk.now.astimezone(UTC).date()
    found = []
    for id_, piece in spoken.merged.items():
        standing = spoken.merged_standing(id_, desk.now)
        if standing is None or standing.stage not in _OUT:
            continue
        each = spoken.fresh(piece)
        if each.is_stale(today + timedelta(days=within)):
            found.append(_weighed(piece, each, spoken.cases.get(id_, ()), today, desk))
    return sorted(found, key=lambda each: (-each.weight, each.piece.path))


def _weighed(piece: Piece, found: Fresh, cases: Iterable[Case], today: date, desk: Desk) -> Stale:
    """Use times risk: the readers it reaches and the posts that are out, by how long it has been due.

    A doubt weighs like a year, and nobody being there to answer doubles it.
    """
    copies = sum(1 for case in cases for slot in case.slots if slot.row and slot.row.receipt)
    late = (today - found.due).days if found.due else 0
    there = tuple(person.handle for person in owners(desk.people, piece))
    breadth = max((_BREADTH.get(name, 2) for name in piece.front.audience), default=1)
    risk = max(late, 0) + 30 + (365 if found.doubt else 0)
    weight = breadth * (1 + copies) * risk * (1 if there else 2)
    return Stale(piece, found, copies, late, there, float(weight))


def _waits_for(one: Stale, person: Person | None) -> bool:
    if person is None:
        return False
    return person.handle in one.owners or person.handle in {each.handle for each in one.proposed[:1]}


def _proposed(world: World, orphans: Iterable[Stale]) -> Mapping[str, tuple[Proposed, ...]]:
    """Piece id → who is likely to know, of those who are listed and there."""
    found: dict[str, tuple[Proposed, ...]] = {}
    with shelf(world) as opened:
        for each in orphans:
            front = each.piece.front
            likely = opened.experts(Query(f"{front.title}\n{front.summary}", opened.query("", front.topics).topics))
            there = [one for one in likely if (who := opened.someone(one.person)).listed and not who.left]
            found[each.piece.id] = tuple(
                Proposed(one.person, opened.someone(one.person).name, one.reasons[0].evidence.title)
                for one in there[:3]
            )
    return found
