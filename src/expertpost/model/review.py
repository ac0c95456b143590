"""The review that people's facts about a piece add up to, whatever order they arrive in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from expertpost.model.event import Event, EventKind


@dataclass(frozen=True)
class Review:
    """All events of one piece, folded. The same events in any order give the same answers (protocol §2).

    ``doubted``: ids of events that would permit something and whose author is not proven (``policy.credible`` names
    them). They give no answer, but who saw them saw what they saw: a forged event never cuts an honest one off.
    """

    events: tuple[Event, ...] = ()
    doubted: frozenset[str] = frozenset()

    @cached_property
    def _ancestry(self) -> Mapping[str, frozenset[str]]:
        """For each event the ids of all events its author had seen, directly or through others."""
        parents = {event.id: event.prev for event in self.events}
        seen: dict[str, frozenset[str]] = {}
        for event in self.events:
            found: set[str] = set()
            waiting = list(event.prev)
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting.extend(parents.get(one, ()))
            seen[event.id] = frozenset(found)
        return seen

    @cached_property
    def told(self) -> tuple[Event, ...]:
        """All events as a story: by time, and nothing before what its author had seen, whatever their clocks said."""
        at = {event.id: event.at for event in self.events}
        seen = {one: [id_ for id_ in ids if id_ in at] for one, ids in self._ancestry.items()}
        moment = {one: max(at[id_] for id_ in (one, *ids)) for one, ids in seen.items()}
        return tuple(sorted(self.events, key=lambda e: (moment[e.id], len(seen[e.id]), e.id)))

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Ids of the events nobody has answered yet: what the next event names in ``prev``."""
        answered = {prev for event in self.events for prev in event.prev}
        return tuple(sorted(event.id for event in self.events if event.id not in answered))

    def of(self, kind: EventKind, digest: str | None = None) -> tuple[Event, ...]:
        """Events of one kind (about one digest), oldest first; equal times are ordered by id."""
        found = (e for e in self.events if e.kind is kind and digest in (None, e.digest) and e.id not in self.doubted)
        return tuple(sorted(found, key=lambda e: (e.at, e.id)))

    def saw(self, later: Event, earlier: Event) -> bool:
        """Whether the author of ``later`` had seen ``earlier``."""
        return earlier.id in self._ancestry[later.id]

    @cached_property
    def submitted(self) -> Event | None:
        """The submit event that stands last: one that no other submit or unsubmit has seen; None where none is."""
        moves = [*self.of(EventKind.SUBMIT), *self.of(EventKind.UNSUBMIT)]
        last = [e for e in moves if not any(self.saw(other, e) for other in moves)]
        submits = sorted((e for e in last if e.kind is EventKind.SUBMIT), key=lambda e: (e.at, e.id))
        return submits[-1] if submits else None

    def contributors(self, digest: str) -> frozenset[str] | None:
        """Everyone who had a hand in this digest, by all its submit events; None when it was never submitted."""
        submits = self.of(EventKind.SUBMIT, digest)
        return frozenset(c for e in submits for c in (*e.contributors, e.by)) if submits else None

    def returned(self, digest: str) -> Event | None:
        """The last return of this digest that no approval and no new submit has answered, or None."""
        answers = [*self.of(EventKind.APPROVE, digest), *self.of(EventKind.SUBMIT)]
        open_ = [e for e in self.of(EventKind.RETURN, digest) if not any(self.saw(a, e) for a in answers)]
        return open_[-1] if open_ else None

    def approvals(self, digest: str) -> tuple[Event, ...]:
        """The standing approvals of this digest: the approver had seen every return, and every own withdrawal.

        A concurrent return or withdrawal wins; of one person's approvals the one that saw the others counts, of
        concurrent ones the later.
        """
        returns = self.of(EventKind.RETURN, digest)
        withdrawals = self.of(EventKind.WITHDRAW)
        approvals = self.of(EventKind.APPROVE, digest)
        standing: dict[str, Event] = {}
        for event in approvals:
            against = (*returns, *(w for w in withdrawals if w.by == event.by and w.digest in (digest, "")))
            replaced = any(other.by == event.by and self.saw(other, event) for other in approvals)
            if not replaced and all(self.saw(event, other) for other in against):
                standing[event.by] = event
        return tuple(standing[handle] for handle in sorted(standing))

    def approved_by(self, handle: str) -> tuple[Event, ...]:
        """This person's approvals of any text of the piece that they have not withdrawn, oldest first."""
        back = [w for w in self.of(EventKind.WITHDRAW) if w.by == handle]
        return tuple(
            e
            for e in self.of(EventKind.APPROVE)
            if e.by == handle and not any(w.digest in (e.digest, "") and not self.saw(e, w) for w in back)
        )

    def held(self, place: str = "") -> Event | None:
        """The last hold of a channel or site, or of the whole piece (""), that no release has seen; None for none."""
        return next(reversed(self._standing(EventKind.HOLD, place, self.of(EventKind.RELEASE))), None)

    def retracted(self, place: str = "") -> Event | None:
        """The last request to take a piece back that stands at a channel or site (""; everywhere), or None."""
        return next(reversed(self.retractions(place)), None)

    def retractions(self, place: str, edition: int = 0) -> tuple[Event, ...]:
        """The requests to take a piece back that stand at a place (against one ``edition``; 0: the newest).

        Whoever has seen one brings the piece back: with a release, or at one channel by asking for a new edition, which
        leaves the earlier ones taken back.
        """
        anew = (e for e in self.of(EventKind.REPUBLISH) if place in e.editions and not 0 < edition < e.editions[place])
        return self._standing(EventKind.RETRACT, place, (*self.of(EventKind.RELEASE), *anew))

    def released(self, place: str = "") -> Event | None:
        """The last word that lets it go at a channel or site (""; everywhere): a release or a new edition, or None."""
        anew = [e for e in self.of(EventKind.REPUBLISH) if place in e.editions]
        found = [*anew, *(e for e in self.of(EventKind.RELEASE) if not e.channels or place in e.channels)]
        return max(found, key=lambda e: (e.at, e.id), default=None)

    def _standing(self, kind: EventKind, place: str, lifts: Iterable[Event]) -> tuple[Event, ...]:
        lifting = [e for e in lifts if not e.channels or place in e.channels]
        stops = (e for e in self.of(kind) if not e.channels or place in e.channels)
        return tuple(e for e in stops if not any(self.saw(lift, e) for lift in lifting))


def fold(events: Iterable[Event]) -> dict[str, Review]:
    """The review of each piece id; adoption events speak of many pieces and are left to ``adoptions``."""
    by_piece: dict[str, dict[str, Event]] = {}
    for event in events:
        if event.kind is not EventKind.ADOPT:
            by_piece.setdefault(event.piece, {})[event.id] = event
    return {piece: Review(tuple(found[i] for i in sorted(found))) for piece, found in by_piece.items()}


def adoptions(events: Iterable[Event]) -> dict[str, frozenset[str]]:
    """Piece id → the content digests under which it was adopted as published elsewhere: for sites only.

    Whoever can write the branch can write such an event: ``policy.adopted`` passes those that count.
    """
    found: dict[str, set[str]] = {}
    for event in events:
        if event.kind is EventKind.ADOPT:
            for piece, digest in event.adopted.items():
                found.setdefault(piece, set()).add(digest)
    return {piece: frozenset(digests) for piece, digests in found.items()}
