"""The piece that a request is about: on main, under review, or gone from the workspace with copies still out there."""

from collections.abc import Iterable
from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.flows.addresses import of_copy
from expertpost.flows.desk import Desk, Topic
from expertpost.flows.proposals import find
from expertpost.model.delivery import Delivery
from expertpost.model.draft import nearest
from expertpost.model.piece import Piece
from expertpost.model.review import Review
from expertpost.store.ledger_git import GitLedger


@dataclass(frozen=True, slots=True)
class Meant:
    """One piece and what was sent of it. ``piece`` is None where main does not have it as a valid one (any more)."""

    topic: Topic
    title: str
    piece: Piece | None
    review: Review
    rows: tuple[Delivery, ...]


def meant(desk: Desk, ref: str) -> Meant:
    """What ``ref`` names: slug, id, path or the address of a copy. Raises Failure XP-REF-NONE or XP-REF-MANY."""
    every = known_rows(desk)
    return of_piece(desk, _gone(ref, every) or find(desk, ref).id, every)


def of_piece(desk: Desk, id_: str, every: Iterable[Delivery] = ()) -> Meant:
    """The piece of this id, with those of the rows that are its own."""
    piece = _on_main(desk, id_)
    review = desk.review_of(id_)
    slug = piece.front.slug if piece else next((e.slug for e in reversed(review.told) if e.slug), "")
    topic = Topic(id_, slug, piece.digest if piece else "")
    rows = tuple(row for row in every if row.key.piece == id_)
    return Meant(topic, piece.front.title if piece else slug or id_, piece, review, rows)


def known_rows(desk: Desk) -> tuple[Delivery, ...]:
    """Every delivery that the runner told of.

    It is on the branch, whichever engine the runner works with: no secret is needed to read it.
    """
    ledger = GitLedger(desk.hub, desk.config.id, desk.world.now, desk.world.entropy, desk.config.ledger.id)
    return tuple(row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery))


def _gone(ref: str, every: Iterable[Delivery]) -> str:
    """The id of the piece whose copy has this address, or whose whole id this is; "" where ``find`` has to look."""
    rows = tuple(every)
    if "://" not in ref:
        return next((row.key.piece for row in rows if row.key.piece == ref.upper()), "")
    copy = of_copy(ref, rows)
    return copy.key.piece if copy else ""


def _on_main(desk: Desk, id_: str) -> Piece | None:
    from expertpost.store.roll import Roll

    texts = Roll(desk.git, desk.main.commit).where("id", id_)
    loaded = desk.main.loaded([texts[0].path]) if texts else ()
    return next((one.piece for one in loaded), None)


def places_named(desk: Desk, names: Iterable[str]) -> tuple[str, ...]:
    """These channels and sites, each once and sorted. Raises Failure XP-CHANNEL for one that is not configured."""
    known = {*desk.config.channels, *desk.config.sites}
    wanted = tuple(sorted(set(names)))
    for name in wanted:
        if name not in known:
            what = f"no channel or site is called {name!r}"
            raise Failure("XP-CHANNEL", what, nearest(name, known), exit_code=Exit.USAGE)
    return wanted
