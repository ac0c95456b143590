"""What people and the runner say of pieces: reviews, approvals and deliveries, and the stage that they add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from expertpost.flows.cases import Case, Stand
from expertpost.flows.context import World
from expertpost.flows.desk import Desk
from expertpost.flows.places import places
from expertpost.flows.proposals import proposals
from expertpost.flows.stages import Stage, Standing, in_review
from expertpost.flows.survey import survey
from expertpost.flows.unwitnessed import in_words, unwitnessed
from expertpost.model import policy
from expertpost.model.freshness import Fresh, fresh
from expertpost.model.piece import Piece
from expertpost.model.policy import NEVER, Reason, Why
from expertpost.model.review import Review, fold
from expertpost.model.witness import Seen
from expertpost.store import events
from expertpost.store.ledger_git import GitLedger
from expertpost.store.pieces import Loaded
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State, Workspace

_HELD = frozenset(
    (Why.HELD, Why.RETRACTED, Why.LATE, Why.BURST, Why.SAME_TEXT, Why.UNFIT, Why.REFUSED, Why.DOUBT, Why.DAMAGED,
     Why.CHANGED)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is known of the pieces that were spoken of, by id; ``open``: as they lie in review, ``merged``: on main."""

    main: State
    reviews: Mapping[str, Review]
    adopted: Mapping[str, frozenset[str]]
    open: Mapping[str, Loaded]
    merged: Mapping[str, Piece]
    cases: Mapping[str, list[Case]]
    notes: tuple[str, ...] = ()
    seen: Seen | None = None

    def unseen(self, id_: str) -> str:
        """Which approvals of a piece no runner has witnessed yet, in words; "" where there is nothing to tell."""
        piece = self.open[id_].piece if id_ in self.open else self.merged.get(id_)
        review = self.reviews.get(id_)
        return in_words(unwitnessed(review, piece.digest, self.seen)) if piece and review and self.seen else ""

    def in_review(self, id_: str) -> Standing | None:
        """The standing of a piece on a review branch; None where it is not there, or main has this very content."""
        piece = self.open[id_].piece if id_ in self.open else None
        merged = self.merged.get(id_)
        if piece is None or (merged and merged.digest == piece.digest):
            return None
        return in_review(policy.still_needs(self.main.config, piece, self.reviews.get(id_, Review()), self.main.people))

    def merged_standing(self, id_: str, now: datetime) -> Standing | None:
        """The standing of a piece that main has; None where nobody ever spoke of it."""
        piece = self.merged.get(id_)
        if piece is None:
            return None
        standing = on_main(self.cases.get(id_, ()), self._against(piece), piece.front.publish_at, now)
        found = self.fresh(piece)
        if standing.stage is not Stage.PUBLISHED or not found.is_stale(now.date()):
            return standing
        doubt = f"{found.doubt.by}: {found.doubt.text}" if found.doubt else ""
        return Standing(Stage.STALE, doubt or f"to be looked at by {found.due}")

    def fresh(self, piece: Piece) -> Fresh:
        """Until when a merged text counts as true."""
        review = self.reviews.get(piece.id, Review())
        return fresh(self.main.config.freshness, self.main.listed[0], piece, review)

    def _against(self, piece: Piece) -> Reason | None:
        """Why this content may stand on no site; None where it may."""
        if piece.digest in self.adopted.get(piece.id, ()):
            return None
        review = self.reviews.get(piece.id)
        if review is None:
            return Reason(Why.NOT_SUBMITTED, "it was adopted, and reads otherwise now")
        return next(iter(policy.still_needs(self.main.config, piece, review, self.main.people)), None)


def listen(world: World, workspace: Workspace, main: State, where: Mapping[str, str]) -> Spoken:
    """Read it all. ``where``: id → path of the pieces on main. Raises Failure where main or the ledger is damaged."""
    hub, config, people = workspace.hub, main.config, main.people
    seen = seen_on(hub, world.now())
    book = events.look(hub, people, seen, config.id)
    reviews = {id_: policy.credible(config, people, review) for id_, review in fold(book.events).items()}
    adopted = policy.adopted(config, people, book.events)
    desk = Desk(world, workspace, hub.tips(), main)
    open_ = {each.piece.id: each for one in proposals(desk) for each in one.pieces if each.piece}
    paths = [where[id_] for id_ in (*reviews, *adopted) if id_ in where]
    merged = {one.piece.id: one.piece for one in (main.loaded(paths) if paths else ()) if one.piece}
    cases, notes = _at_channels(world, workspace, main) if reviews and config.channels else ({}, ())
    return Spoken(main, reviews, adopted, open_, merged, cases, notes, seen)


def _at_channels(world: World, workspace: Workspace, main: State) -> tuple[dict[str, list[Case]], tuple[str, ...]]:
    """Id → the piece at each channel, and what is wrong with channels."""
    hub, config = workspace.hub, main.config
    ledger = GitLedger(hub, config.id, world.now, world.entropy, config.ledger.id)
    there, troubles = places(main, workspace.root)
    found: dict[str, list[Case]] = {}
    for case in survey(main, hub, ledger, world.now(), there, reviewed_only=True).cases:
        found.setdefault(case.piece.id, []).append(case)
    return found, tuple(f"{trouble.channel}: {trouble.what} – {trouble.cure}" for trouble in troubles)


def on_main(cases: Iterable[Case], against: Reason | None, publish_at: datetime | None, now: datetime) -> Standing:
    """The standing of a merged piece. ``against``: why it may stand on no site; ``cases``: it at each channel."""
    meant = [case for case in cases if not any(reason.why in NEVER for reason in case.reasons)]
    held = [(case, reason) for case in meant for reason in case.reasons if reason.why in _HELD]
    if held:
        case, reason = held[0]
        return Standing(Stage.HELD, f"{case.place.channel.name}: {reason.says}")
    if against:
        copies = _out(meant)
        stay = f"; what went out stays there ({copies}): expertpost retract takes it back" if copies else ""
        return Standing(Stage.HELD if against.why in _HELD else Stage.MERGED, against.says + stay)
    return _timed(meant, publish_at, now)


def _timed(meant: list[Case], publish_at: datetime | None, now: datetime) -> Standing:
    """An approved piece that nothing holds: planned, going out, or out."""
    waiting = [case for case in meant if case.stand in (Stand.DUE, Stand.KEPT) and not _is_idle(case)]
    planned = [case for case in waiting if any(reason.why is Why.NOT_YET for reason in case.reasons)]
    names = ", ".join(case.place.channel.name for case in waiting)
    if waiting and len(planned) == len(waiting):
        first = min(filter(None, (case.due for case in planned)), default=publish_at)
        return Standing(Stage.PLANNED, names, first)
    if waiting:
        return Standing(Stage.PUBLISHING, names)
    if publish_at and now < publish_at:
        return Standing(Stage.PLANNED, "the sites", publish_at)
    return Standing(Stage.PUBLISHED, _out(meant) or "the sites")


def _out(meant: list[Case]) -> str:
    """The channels where a copy is, in words."""
    out = (case for case in meant if case.stand in (Stand.DONE, Stand.CORRECTED) and not case.taken_back)
    old = " (an earlier text)"
    return ", ".join(case.place.channel.name + (old if case.stand is Stand.CORRECTED else "") for case in out)


def _is_idle(case: Case) -> bool:
    """Whether nothing will ever go there as things are: not offered in the approval, or nobody is on the list."""
    return any(reason.why in (Why.NOT_OFFERED, Why.NOBODY) for reason in case.reasons)
